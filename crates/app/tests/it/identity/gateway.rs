//! A gateway for text messages on this machine: it keeps what it is told, and answers as a test wants.

use parking_lot::Mutex;
use serde_json::{Value, json};
use soundkeep_app::domain::settings::Wish;
use std::collections::VecDeque;
use std::sync::Arc;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

use crate::messages::wishes;

/// A request that it got.
#[derive(Debug, Clone)]
pub(crate) struct Told {
    pub(crate) head: String,
    pub(crate) body: String,
}

impl Told {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap()
    }

    /// The six digits in it.
    pub(crate) fn code(&self) -> String {
        let digits = |part: &&str| part.len() == 6 && part.bytes().all(|byte| byte.is_ascii_digit());
        self.body.split(|character: char| !character.is_ascii_digit()).find(digits).unwrap().to_owned()
    }
}

#[derive(Default)]
struct Inner {
    told: Mutex<VecDeque<Told>>,
    status: Mutex<Option<u16>>,
}

/// A gateway that answers until it is dropped.
pub(crate) struct Gateway {
    pub(crate) port: u16,
    inner: Arc<Inner>,
    serves: tokio::task::JoinHandle<()>,
}

impl Drop for Gateway {
    fn drop(&mut self) {
        self.serves.abort();
    }
}

impl Gateway {
    pub(crate) async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let inner = Arc::new(Inner::default());
        let serving = Arc::clone(&inner);
        let serves = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                answer(stream, &serving).await;
            }
        });
        Self { port, inner, serves }
    }

    /// Settings that name it.
    pub(crate) fn settings(&self) -> Vec<Wish> {
        wishes(json!({"sms_url": format!("http://127.0.0.1:{}/send?v=1", self.port)}))
    }

    /// What it answers from now on.
    pub(crate) fn answers(&self, status: u16) {
        *self.inner.status.lock() = Some(status);
    }

    /// What it was told next.
    pub(crate) fn told(&self) -> Told {
        self.inner.told.lock().pop_front().expect("it was told something")
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.inner.told.lock().is_empty()
    }
}

async fn answer(mut stream: TcpStream, inner: &Inner) {
    let mut read = Vec::new();
    let mut buffer = [0; 4096];
    loop {
        let count = stream.read(&mut buffer).await.unwrap_or(0);
        if count == 0 {
            return;
        }
        read.extend_from_slice(&buffer[..count]);
        let text = String::from_utf8_lossy(&read).into_owned();
        let Some((head, body)) = text.split_once("\r\n\r\n") else { continue };
        let length = head.lines().find_map(|line| {
            let (name, value) = line.split_once(':')?;
            name.eq_ignore_ascii_case("content-length").then(|| value.trim().parse::<usize>().ok())?
        });
        if body.len() >= length.unwrap_or(0) {
            inner.told.lock().push_back(Told { head: head.to_owned(), body: body.to_owned() });
            break;
        }
    }
    let status = inner.status.lock().unwrap_or(202);
    let said = format!("HTTP/1.1 {status} So\r\ncontent-length: 2\r\nconnection: close\r\n\r\n{{}}");
    let _ = stream.write_all(said.as_bytes()).await;
    let _ = stream.shutdown().await;
}
