//! A server of ours to measure: started from the release binary, in a folder of its own.

use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::Outcome;
use crate::http::Connection;

const READY_WITHIN: Duration = Duration::from_secs(120);

/// The binary that `cargo xtask bench` built.
///
/// # Errors
/// When nobody said where it is.
pub(crate) fn binary() -> Outcome<PathBuf> {
    std::env::var_os("SOUNDKEEP_BINARY")
        .map(PathBuf::from)
        .ok_or_else(|| "SOUNDKEEP_BINARY names no server: start this with `cargo xtask bench`".into())
}

/// A running demo vault. Ends when it is dropped.
pub(crate) struct Vault {
    server: Child,
    /// `host:port`.
    pub(crate) host: String,
    /// What the demo said of each of its users.
    users: Vec<Value>,
    /// The token of its directory.
    directory: Option<String>,
    folder: Option<tempfile::TempDir>,
}

impl Vault {
    /// # Errors
    /// When it doesn't become ready.
    pub(crate) fn demo() -> Outcome<Self> {
        let folder = tempfile::Builder::new().prefix("soundkeep-bench-").tempdir()?;
        let mut vault = Self::demo_in(folder.path(), None)?;
        vault.folder = Some(folder);
        Ok(vault)
    }

    /// A demo vault in a folder that stays, on SQLite or on a PostgreSQL database.
    ///
    /// # Errors
    /// When it doesn't become ready.
    pub(crate) fn demo_in(folder: &Path, database: Option<&str>) -> Outcome<Self> {
        let mut command = Command::new(binary()?);
        if let Some(url) = database {
            command.env("SOUNDKEEP_DATABASE", url);
        }
        Self::demo_by(&mut command, folder)
    }

    /// The same behind a proxy on this machine, which says for each request where it comes from.
    ///
    /// # Errors
    /// When it doesn't become ready.
    pub(crate) fn demo_behind_proxy(folder: &Path) -> Outcome<Self> {
        Self::demo_by(Command::new(binary()?).args(["--trusted-proxies", "127.0.0.1/32"]), folder)
    }

    fn demo_by(command: &mut Command, folder: &Path) -> Outcome<Self> {
        command.args(["demo", "--json", "--listen", "127.0.0.1:0", "--data-dir"]).arg(folder);
        let mut server = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn()?;
        let out = server.stdout.take().ok_or("no output of the server")?;
        let mut vault = Self { server, host: String::new(), users: Vec::new(), directory: None, folder: None };
        // The server goes on to hold its end: the rest of its lines is read until it ends.
        let (tell, hear) = std::sync::mpsc::channel();
        std::thread::spawn(move || {
            for line in BufReader::new(out).lines().map_while(Result::ok) {
                if tell.send(line).is_err() {
                    break;
                }
            }
        });
        let start = Instant::now();
        while vault.host.is_empty() || vault.users.is_empty() || vault.directory.is_none() || !is_ready(&vault.host) {
            if start.elapsed() > READY_WITHIN {
                return Err("the demo vault was not ready in time".into());
            }
            if let Ok(line) = hear.recv_timeout(Duration::from_millis(50)) {
                vault.hear(&line);
            }
        }
        Ok(vault)
    }

    fn hear(&mut self, line: &str) {
        let Ok(said) = serde_json::from_str::<Value>(line) else {
            return;
        };
        if let Some(url) = said.get("url").and_then(Value::as_str) {
            self.host = url.trim_start_matches("http://").trim_end_matches('/').to_owned();
        }
        if let Some(token) = said.get("scim_token").and_then(Value::as_str) {
            self.directory = Some(token.to_owned());
        }
        if said.get("api_key").is_some() {
            self.users.push(said);
        }
    }

    /// The header line that makes the demo's directory the caller.
    ///
    /// # Errors
    /// When the demo has none.
    pub(crate) fn directory(&self) -> Outcome<String> {
        let token = self.directory.as_ref().ok_or("the demo has no directory")?;
        Ok(format!("Authorization: Bearer {token}\r\n"))
    }

    /// The header line that makes a demo user the caller.
    ///
    /// # Errors
    /// When the demo has no user with this role.
    pub(crate) fn key_of(&self, role: &str) -> Outcome<String> {
        self.users
            .iter()
            .find(|user| user.get("role").and_then(Value::as_str).is_some_and(|held| held.eq_ignore_ascii_case(role)))
            .and_then(|user| user.get("api_key").and_then(Value::as_str))
            .map(|key| format!("Authorization: Bearer {key}\r\n"))
            .ok_or_else(|| format!("the demo has no key for the role {role}").into())
    }
}

/// Another node over the same database, objects and root key. Ends when it is dropped.
pub(crate) struct Node {
    server: Child,
    /// `host:port`.
    pub(crate) host: String,
    _folder: tempfile::TempDir,
}

impl Node {
    /// # Errors
    /// When it doesn't become ready.
    pub(crate) fn beside(first: &Path, database: &str) -> Outcome<Self> {
        let folder = tempfile::Builder::new().prefix("soundkeep-bench-").tempdir()?;
        std::os::unix::fs::symlink(first.join("objects"), folder.path().join("objects"))?;
        let host = std::net::TcpListener::bind("127.0.0.1:0")?.local_addr()?.to_string();
        let mut command = Command::new(binary()?);
        command.env("SOUNDKEEP_DATABASE", database).env("SOUNDKEEP_ROOT_KEY_FILE", first.join("root.key"));
        command.args(["serve", "--listen", &host, "--data-dir"]).arg(folder.path());
        let server = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn()?;
        let node = Self { server, host, _folder: folder };
        let start = Instant::now();
        while !is_ready(&node.host) {
            if start.elapsed() > READY_WITHIN {
                return Err("the second node was not ready in time".into());
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        Ok(node)
    }
}

impl Drop for Node {
    fn drop(&mut self) {
        self.server.kill().ok();
        self.server.wait().ok();
    }
}

fn is_ready(host: &str) -> bool {
    Connection::open(host).and_then(|mut connection| Ok(connection.get("/readyz", "")?.status == 200)).unwrap_or(false)
}

impl Vault {
    /// Ends it in good order, so that all is written.
    ///
    /// # Errors
    /// When it can't be told.
    pub(crate) fn stop(mut self) -> Outcome {
        Command::new("kill").args(["-TERM", &self.server.id().to_string()]).status()?;
        self.server.wait()?;
        Ok(())
    }
}

impl Drop for Vault {
    fn drop(&mut self) {
        self.server.kill().ok();
        self.server.wait().ok();
    }
}

/// Memory of a process and of its children, in bytes: resident now, or at its highest.
pub(crate) fn memory(process: u32, line: &str) -> u64 {
    let children = std::fs::read_to_string(format!("/proc/{process}/task/{process}/children")).unwrap_or_default();
    let below: u64 =
        children.split_whitespace().filter_map(|child| child.parse().ok()).map(|child| memory(child, line)).sum();
    below + own_memory(process, line)
}

fn own_memory(process: u32, line: &str) -> u64 {
    std::fs::read_to_string(format!("/proc/{process}/status"))
        .unwrap_or_default()
        .lines()
        .find_map(|text| {
            text.strip_prefix(line)?.trim_start_matches(':').trim().strip_suffix(" kB")?.parse::<u64>().ok()
        })
        .unwrap_or(0)
        * 1024
}

/// Writes a mono 8 kHz WAV of this many seconds: mu-law, or PCM with 16 bit.
///
/// # Errors
/// When the file can't be written.
pub(crate) fn write_wav(path: &Path, seconds: u32, seed: u64, is_mu_law: bool) -> Outcome {
    use std::io::Write as _;
    let (format, bytes_per_sample): (u16, u16) = if is_mu_law { (7, 1) } else { (1, 2) };
    let length = seconds * 8000 * u32::from(bytes_per_sample);
    let mut out = std::io::BufWriter::new(std::fs::File::create(path)?);
    out.write_all(b"RIFF")?;
    out.write_all(&(36 + length).to_le_bytes())?;
    out.write_all(b"WAVEfmt ")?;
    out.write_all(&16_u32.to_le_bytes())?;
    out.write_all(&format.to_le_bytes())?;
    out.write_all(&1_u16.to_le_bytes())?;
    out.write_all(&8000_u32.to_le_bytes())?;
    out.write_all(&(8000 * u32::from(bytes_per_sample)).to_le_bytes())?;
    out.write_all(&bytes_per_sample.to_le_bytes())?;
    out.write_all(&(8 * bytes_per_sample).to_le_bytes())?;
    out.write_all(b"data")?;
    out.write_all(&length.to_le_bytes())?;
    let mut state = seed | 1;
    for _ in 0..length / 8 {
        // Noise, different in each file: nothing on the way can shorten it or take two for one.
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        out.write_all(&state.to_le_bytes())?;
    }
    out.flush()?;
    Ok(())
}
