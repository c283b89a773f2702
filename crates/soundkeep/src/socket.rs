//! The socket in the data folder: commands reach the process that holds the vault.
//!
//! One line of JSON asks, lines of JSON answer. Only the owner of the data folder can open it.

use crate::commands::{Request, perform};
use crate::failure::Failure;
use crate::output::{Line, Output};
use soundkeep_app::Vault;
use std::fs::File;
use std::os::fd::AsRawFd as _;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::{UnixListener, UnixStream};
use tokio::sync::mpsc;

/// Longest request, in bytes.
const REQUEST_BYTES_MAX: u64 = 64 * 1024;

/// The address of a socket has so many bytes, its end among them (sockaddr_un in unix(7)).
const ADDRESS_BYTES_MAX: usize = 108;

/// How the socket of a data folder is addressed: by its path or, when that is too long, through an open handle of its
/// folder, which has to stay open meanwhile.
struct Address {
    path: PathBuf,
    _folder: Option<File>,
}

impl Address {
    fn of(data_dir: &Path) -> std::io::Result<Self> {
        let path = data_dir.join("control.sock");
        if path.as_os_str().len() < ADDRESS_BYTES_MAX {
            return Ok(Self { path, _folder: None });
        }
        let folder = File::open(data_dir)?;
        let path = PathBuf::from(format!("/proc/self/fd/{}/control.sock", folder.as_raw_fd()));
        Ok(Self { path, _folder: Some(folder) })
    }
}

/// Listens until the future is dropped.
///
/// # Errors
/// When the socket can't be made.
pub(crate) fn listen(vault: Vault, data_dir: &Path) -> Result<tokio::task::JoinHandle<()>, Failure> {
    let listener = bind(data_dir)
        .map_err(|error| Failure::new(format!("no control socket can be made in {}: {error}", data_dir.display())))?;
    Ok(tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let vault = vault.clone();
            tokio::spawn(async move {
                if let Err(error) = answer(&vault, stream).await {
                    tracing::warn!(%error, "a command over the control socket went wrong");
                }
            });
        }
    }))
}

fn bind(data_dir: &Path) -> std::io::Result<UnixListener> {
    let address = Address::of(data_dir)?;
    if address.path.exists() {
        std::fs::remove_file(&address.path)?;
    }
    let listener = UnixListener::bind(&address.path)?;
    std::fs::set_permissions(&address.path, std::fs::Permissions::from_mode(0o600))?;
    Ok(listener)
}

async fn connect(data_dir: &Path) -> std::io::Result<UnixStream> {
    let address = Address::of(data_dir)?;
    UnixStream::connect(&address.path).await
}

async fn answer(vault: &Vault, stream: UnixStream) -> Result<(), Failure> {
    let (read, mut write) = stream.into_split();
    let mut asked = String::new();
    let mut reader = BufReader::new(tokio::io::AsyncReadExt::take(read, REQUEST_BYTES_MAX));
    reader.read_line(&mut asked).await?;
    let request: Request = serde_json::from_str(&asked)?;
    let (sender, mut lines) = mpsc::channel(64);
    let output = Output::socket(sender);
    let performing = async move {
        let end = match perform(vault, &request, &output).await {
            Ok(well) => well,
            Err(failure) => {
                output.remark(format!("soundkeep: {failure}")).await;
                false
            }
        };
        output.line(Line::End(end)).await;
    };
    let writing = async {
        while let Some(line) = lines.recv().await {
            let mut text = serde_json::to_vec(&line)?;
            text.push(b'\n');
            write.write_all(&text).await?;
        }
        Ok::<_, Failure>(())
    };
    let ((), written) = tokio::join!(performing, writing);
    written
}

/// Has the process that holds the vault perform a command, and passes on what it says. Says whether it went well.
///
/// # Errors
/// When nobody listens.
pub(crate) async fn ask(data_dir: &Path, request: &Request, output: &Output) -> Result<bool, Failure> {
    let stream = connect(data_dir).await.map_err(|error| {
        Failure::new(format!("another process holds {} and doesn't answer: {error}", data_dir.display()))
    })?;
    let (read, mut write) = stream.into_split();
    let mut text = serde_json::to_vec(request)?;
    text.push(b'\n');
    write.write_all(&text).await?;
    let mut lines = BufReader::new(read).lines();
    while let Some(line) = lines.next_line().await? {
        match serde_json::from_str(&line)? {
            Line::End(well) => return Ok(well),
            line => output.line(line).await,
        }
    }
    Err(Failure::new("the process that holds the vault ended before its answer"))
}
