//! The smallest HTTP client that can measure a server: one connection, kept open, nothing parsed twice.
//!
//! Both sides of a comparison are asked by the same code, so what it costs weighs on both alike.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::time::Duration;

use crate::Outcome;

/// One open connection to `host:port`.
pub(crate) struct Connection {
    reader: BufReader<TcpStream>,
    host: String,
    body: Vec<u8>,
}

/// What came back. The body stays with the connection until the next request.
pub(crate) struct Answer<'a> {
    pub(crate) status: u16,
    pub(crate) body: &'a [u8],
}

impl Connection {
    pub(crate) fn open(host: &str) -> Outcome<Self> {
        let stream = TcpStream::connect(host)?;
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(Duration::from_secs(60)))?;
        Ok(Self { reader: BufReader::with_capacity(128 * 1024, stream), host: host.to_owned(), body: Vec::new() })
    }

    /// Asks for a path; `headers` are whole lines, each with its line end.
    ///
    /// # Errors
    /// When the connection breaks or the answer has no length.
    pub(crate) fn get(&mut self, path: &str, headers: &str) -> Outcome<Answer<'_>> {
        let request = format!("GET {path} HTTP/1.1\r\nHost: {}\r\n{headers}\r\n", self.host);
        self.send(request.as_bytes())
    }

    /// Posts a body.
    ///
    /// # Errors
    /// As [`Self::get`].
    pub(crate) fn post(&mut self, path: &str, headers: &str, body: &[u8]) -> Outcome<Answer<'_>> {
        self.bring("POST", path, headers, body)
    }

    /// Sends a body by another method.
    ///
    /// # Errors
    /// As [`Self::get`].
    pub(crate) fn bring(&mut self, method: &str, path: &str, headers: &str, body: &[u8]) -> Outcome<Answer<'_>> {
        let mut request = format!(
            "{method} {path} HTTP/1.1\r\nHost: {}\r\nContent-Length: {}\r\n{headers}\r\n",
            self.host,
            body.len()
        )
        .into_bytes();
        request.extend_from_slice(body);
        self.send(&request)
    }

    fn send(&mut self, request: &[u8]) -> Outcome<Answer<'_>> {
        self.reader.get_mut().write_all(request)?;
        let mut line = String::new();
        self.reader.read_line(&mut line)?;
        let status: u16 = line.split(' ').nth(1).ok_or("no status line")?.parse()?;
        let mut length = None;
        let mut is_chunked = false;
        loop {
            line.clear();
            if self.reader.read_line(&mut line)? == 0 {
                return Err("the answer broke off".into());
            }
            if line == "\r\n" {
                break;
            }
            let lower = line.to_ascii_lowercase();
            if let Some(value) = lower.strip_prefix("content-length:") {
                length = Some(value.trim().parse::<usize>()?);
            }
            is_chunked |= lower.starts_with("transfer-encoding:") && lower.contains("chunked");
        }
        self.body.clear();
        if is_chunked {
            self.read_chunks()?;
        } else {
            self.body.resize(length.unwrap_or(0), 0);
            self.reader.read_exact(&mut self.body)?;
        }
        Ok(Answer { status, body: &self.body })
    }

    fn read_chunks(&mut self) -> Outcome {
        loop {
            let mut line = String::new();
            self.reader.read_line(&mut line)?;
            let length = usize::from_str_radix(line.trim(), 16)?;
            let end = self.body.len();
            self.body.resize(end + length, 0);
            let room = self.body.get_mut(end..).ok_or("no room for a chunk")?;
            self.reader.read_exact(room)?;
            let mut line_end = [0; 2];
            self.reader.read_exact(&mut line_end)?;
            if length == 0 {
                return Ok(());
            }
        }
    }
}
