//! Import of a folder of mu-law WAV, beside `sha256sum` over the same files; and whether memory stays flat.

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use crate::Outcome;
use crate::measure::{median, written};
use crate::report::Section;
use crate::{startup, vault};

const FILES: u32 = 64;
const FILE_SECONDS: u32 = 600;
const ROUNDS: usize = 5;
/// About 1 MB and 1 GB of mu-law at 8 kHz.
const SMALL_SECONDS: u32 = 125;
const LARGE_SECONDS: u32 = 125_000;

pub(crate) fn run() -> Outcome<Section> {
    let folder = tempfile::tempdir()?;
    let recordings = folder.path().join("monitor/2026/11/20");
    std::fs::create_dir_all(&recordings)?;
    for number in 0..FILES {
        let name = format!("in-200-{}-20261120-{:02}0000-1763600000.{number}.wav", 301_000 + number, number % 24);
        vault::write_wav(&recordings.join(name), FILE_SECONDS, u64::from(number) + 1, true)?;
    }
    let megabytes = f64::from(FILES * FILE_SECONDS) * 8000.0 / 1e6;
    let (mut ours, mut peers) = (Vec::new(), Vec::new());
    for round in 0..ROUNDS {
        peers.push(megabytes / hashed(&recordings)?.as_secs_f64());
        let data = folder.path().join(format!("vault-{round}"));
        let (took, _) = imported(&folder.path().join("monitor"), &data)?;
        ours.push(megabytes / took.as_secs_f64());
        std::fs::remove_dir_all(&data)?;
    }
    std::fs::remove_dir_all(folder.path().join("monitor"))?;
    let small = peak_memory(folder.path(), SMALL_SECONDS)?;
    let large = peak_memory(folder.path(), LARGE_SECONDS)?;
    let (our_rate, peer_rate) = (median(&ours), median(&peers));
    Ok(Section {
        title: "Ingest",
        conditions: format!(
            "{FILES} files of {FILE_SECONDS} s (8 kHz mu-law, {} MB in all), {ROUNDS} rounds in turns, each into a new vault. \
             Memory is the highest of the import and its decoder together, each at its own highest.",
            written(megabytes)
        ),
        columns: &["what", "ours", "peer", "ratio", "wanted"],
        rows: vec![
            vec![
                "import / `sha256sum`".to_owned(),
                format!("{} MB/s", written(our_rate)),
                format!("{} MB/s", written(peer_rate)),
                written(our_rate / peer_rate),
                "0.5".to_owned(),
            ],
            vec![
                "memory, 1 GB file / 1 MB file".to_owned(),
                format!("{} MB", written(large)),
                format!("{} MB", written(small)),
                written(large / small),
                "flat".to_owned(),
            ],
        ],
    })
}

fn hashed(folder: &Path) -> Outcome<Duration> {
    let mut files: Vec<_> = std::fs::read_dir(folder)?.flatten().map(|entry| entry.path()).collect();
    files.sort();
    let start = Instant::now();
    let status = Command::new("sha256sum").args(files).stdout(Stdio::null()).status()?;
    if !status.success() {
        return Err("sha256sum failed".into());
    }
    Ok(start.elapsed())
}

/// Makes an empty vault: the first start does, and then it is stopped in good order.
fn made(data: &Path) -> Outcome {
    let port = std::net::TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
    let host = format!("127.0.0.1:{port}");
    let mut server = Command::new(vault::binary()?)
        .args(["serve", "--listen", &host, "--data-dir"])
        .arg(data)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()?;
    let ready = startup::ready_after(&host, Instant::now());
    Command::new("kill").args(["-TERM", &server.id().to_string()]).status()?;
    server.wait()?;
    ready.map(|_| ())
}

/// Imports a folder into a new vault; gives the time and the highest memory in bytes.
#[allow(clippy::cast_precision_loss, reason = "sizes of processes are far below 2^52")]
fn imported(folder: &Path, data: &Path) -> Outcome<(Duration, f64)> {
    made(data)?;
    let start = Instant::now();
    let mut import = Command::new(vault::binary()?)
        .arg("import")
        .arg(folder)
        .arg("--data-dir")
        .arg(data)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()?;
    let mut highest = 0_u64;
    let status = loop {
        highest = highest.max(vault::memory(import.id(), "VmHWM"));
        if let Some(status) = import.try_wait()? {
            break status;
        }
        std::thread::sleep(Duration::from_millis(5));
    };
    if !status.success() {
        return Err(format!("the import ended with {status}").into());
    }
    Ok((start.elapsed(), highest as f64))
}

fn peak_memory(folder: &Path, seconds: u32) -> Outcome<f64> {
    let (from, data) = (folder.join("one"), folder.join("one-vault"));
    let day = from.join("2026/11/20");
    std::fs::create_dir_all(&day)?;
    vault::write_wav(&day.join("in-200-301-20261120-100000-1763600000.1.wav"), seconds, 99, true)?;
    let (_, highest) = imported(&from, &data)?;
    std::fs::remove_dir_all(&from)?;
    std::fs::remove_dir_all(&data)?;
    Ok(highest / 1e6)
}
