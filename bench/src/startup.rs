//! How long from start to ready, how much memory when nothing happens, how large the binary is.

use std::net::TcpListener;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use crate::Outcome;
use crate::http::Connection;
use crate::measure::{median, written};
use crate::report::Section;
use crate::vault;

const STARTS: usize = 7;

pub(crate) fn run() -> Outcome<Section> {
    let binary = vault::binary()?;
    let folder = tempfile::tempdir()?;
    let mut times = Vec::new();
    let mut idle = 0;
    for start_number in 0..=STARTS {
        let host = format!("127.0.0.1:{}", TcpListener::bind("127.0.0.1:0")?.local_addr()?.port());
        let start = Instant::now();
        let mut server = Command::new(&binary)
            .args(["serve", "--listen", &host, "--data-dir"])
            .arg(folder.path())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()?;
        let ready = ready_after(&host, start);
        if start_number == STARTS {
            std::thread::sleep(Duration::from_secs(5));
            idle = vault::memory(server.id(), "VmRSS");
        }
        server.kill()?;
        server.wait()?;
        // The first start makes the vault and isn't the one that is promised.
        if start_number > 0 {
            times.push(ready?);
        }
    }
    let size = std::fs::metadata(&binary)?.len();
    Ok(Section {
        title: "Start, memory, size",
        conditions: format!("{STARTS} starts of `soundkeep serve` on an existing vault; memory 5 s after the last."),
        columns: &["what", "measured", "wanted"],
        rows: vec![
            vec!["start to ready".to_owned(), format!("{} ms", written(median(&times))), "500 ms".to_owned()],
            vec!["memory when idle".to_owned(), megabytes(idle), "80 MB".to_owned()],
            vec!["binary".to_owned(), megabytes(size), "80 MB".to_owned()],
        ],
    })
}

/// Waits until the server says that it is ready; gives the milliseconds since the start.
pub(crate) fn ready_after(host: &str, start: Instant) -> Outcome<f64> {
    while start.elapsed() < Duration::from_secs(30) {
        let is_ready =
            Connection::open(host).and_then(|mut connection| Ok(connection.get("/readyz", "")?.status == 200));
        if matches!(is_ready, Ok(true)) {
            return Ok(start.elapsed().as_secs_f64() * 1000.0);
        }
        std::thread::sleep(Duration::from_millis(2));
    }
    Err("the server was not ready after 30 s".into())
}

#[allow(clippy::cast_precision_loss, reason = "sizes of files and processes are far below 2^52")]
fn megabytes(bytes: u64) -> String {
    format!("{} MB", written(bytes as f64 / 1e6))
}
