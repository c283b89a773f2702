//! As much of HTTP as the tests speak.

use serde_json::Value;
use std::io::{Read as _, Write as _};
use std::net::TcpStream;

/// An answer.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) body: Vec<u8>,
}

impl Answer {
    #[track_caller]
    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|_| panic!("{}", String::from_utf8_lossy(&self.body)))
    }
}

/// Asks with somebody's key.
#[track_caller]
pub(crate) fn ask(origin: &str, key: &str, method: &str, path: &str, body: Option<&Value>) -> Answer {
    let body = body.map(ToString::to_string).unwrap_or_default();
    send(origin, key, (method, path), "application/json", body.as_bytes())
}

/// Asks for a change of rights, and confirms what it does.
#[track_caller]
pub(crate) fn confirmed(origin: &str, key: &str, path: &str, body: &Value) -> Answer {
    let asked = ask(origin, key, "POST", path, Some(body));
    if asked.status != 409 {
        return asked;
    }
    let token = asked.json()["effect"]["confirmation"]["token"].as_str().unwrap().to_owned();
    let kind = format!("application/json\r\nsoundkeep-confirmation: {token}");
    send(origin, key, ("POST", path), &kind, body.to_string().as_bytes())
}

/// Asks for a change of whatever version there is.
#[track_caller]
pub(crate) fn change(origin: &str, key: &str, path: &str, body: &Value) -> Answer {
    send(origin, key, ("PATCH", path), "application/json\r\nif-match: *", body.to_string().as_bytes())
}

#[track_caller]
fn send(origin: &str, key: &str, (method, path): (&str, &str), kind: &str, body: &[u8]) -> Answer {
    let host = origin.strip_prefix("http://").unwrap();
    let mut stream = TcpStream::connect(host).unwrap();
    write!(
        stream,
        "{method} {path} HTTP/1.1\r\nhost: {host}\r\nauthorization: Bearer {key}\r\nconnection: close\r\n\
         content-type: {kind}\r\ncontent-length: {}\r\n\r\n",
        body.len()
    )
    .unwrap();
    stream.write_all(body).unwrap();
    let mut bytes = Vec::new();
    stream.read_to_end(&mut bytes).unwrap();
    let end = bytes.windows(4).position(|four| four == b"\r\n\r\n").unwrap();
    let head = String::from_utf8_lossy(&bytes[..end]).to_lowercase();
    let body = bytes.split_off(end + 4);
    let status = head.split_whitespace().nth(1).unwrap().parse().unwrap();
    let is_chunked = head.contains("transfer-encoding: chunked");
    Answer { status, body: if is_chunked { join(&body) } else { body } }
}

/// The chunks of a body, joined.
fn join(mut body: &[u8]) -> Vec<u8> {
    let mut joined = Vec::new();
    loop {
        let end = body.windows(2).position(|two| two == b"\r\n").unwrap();
        let length = usize::from_str_radix(std::str::from_utf8(&body[..end]).unwrap(), 16).unwrap();
        if length == 0 {
            return joined;
        }
        joined.extend(&body[end + 2..end + 2 + length]);
        body = &body[end + 2 + length + 2..];
    }
}

/// Uploads a recording with somebody's key, in a form whose metadata stands behind the audio.
#[track_caller]
pub(crate) fn upload(origin: &str, key: &str, audio: &[u8], metadata: &Value) -> Answer {
    let mut form = b"--limit\r\nContent-Disposition: form-data; name=\"audio\"; filename=\"a.wav\"\r\n\r\n".to_vec();
    form.extend(audio);
    let said = "\r\n--limit\r\nContent-Disposition: form-data; name=\"metadata\"\r\n\r\n";
    form.extend(format!("{said}{metadata}\r\n--limit--\r\n").as_bytes());
    send(origin, key, ("POST", "/api/v1/recordings"), "multipart/form-data; boundary=limit", &form)
}
