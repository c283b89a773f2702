//! Reading foreign media outside of this process: bytes in through a pipe, frames out.
//!
//! The child limits itself; here it gets a wall clock and is killed when it doesn't answer. Knows no
//! codec, and nothing of where bytes come from or go to.

use crate::{Error, Result};
use bytes::Bytes;
use soundkeep_media::worker::{Frame, FrameDecoder, verdict_of_exit};
use soundkeep_media::{Analysis, MediaError};
use std::os::unix::process::ExitStatusExt;
use std::path::PathBuf;
use std::process::Stdio;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::process::{Child, ChildStdin, ChildStdout, Command};
use tokio::sync::mpsc;

/// A worker that neither takes nor gives anything for so long is stuck.
const SILENCE_MAX: Duration = Duration::from_secs(60);
const PIPE_BYTES: usize = 128 * 1024;

/// How foreign media is read.
#[derive(Debug, Clone)]
pub enum MediaWorker {
    /// In a child process: this program with these arguments.
    Child {
        /// The program.
        program: PathBuf,
        /// Its arguments.
        arguments: Vec<String>,
    },
    /// In this process, for tests of what is around it.
    InProcess,
}

/// Where the original is fed in.
pub(crate) enum Feed {
    Child(ChildStdin),
    InProcess(Option<mpsc::Sender<Bytes>>),
    /// The worker has heard enough.
    Closed,
}

/// Where frames come out.
pub(crate) enum Frames {
    Child { child: Box<Child>, output: ChildStdout, decoder: FrameDecoder },
    InProcess { output: mpsc::Receiver<Vec<u8>>, decoder: FrameDecoder },
}

/// What the worker says next.
pub(crate) enum Said {
    /// Bytes of the playback form.
    Playback(Vec<u8>),
    /// It can be heard.
    Analysed(Box<Analysis>),
    /// It can't be read, and why.
    Unreadable(MediaError),
}

impl MediaWorker {
    /// Starts a worker for one file.
    ///
    /// # Errors
    /// [`Error::Unavailable`] when no process can be started.
    pub(crate) fn start(&self) -> Result<(Feed, Frames)> {
        match self {
            Self::Child { program, arguments } => {
                let mut child = Command::new(program)
                    .args(arguments)
                    .env_clear()
                    .stdin(Stdio::piped())
                    .stdout(Stdio::piped())
                    .stderr(Stdio::null())
                    .kill_on_drop(true)
                    .spawn()
                    .map_err(|error| Error::Unavailable(format!("the media worker can't be started: {error}")))?;
                let (Some(input), Some(output)) = (child.stdin.take(), child.stdout.take()) else {
                    return Err(Error::Unavailable("the media worker has no pipes".to_owned()));
                };
                Ok((Feed::Child(input), Frames::Child { child: Box::new(child), output, decoder: FrameDecoder::new() }))
            }
            Self::InProcess => {
                let (feed, input) = mpsc::channel(4);
                let (frames, output) = mpsc::channel(4);
                tokio::task::spawn_blocking(move || {
                    let reader = ChannelReader { input, rest: Bytes::new() };
                    let options = soundkeep_media::AnalysisOptions::default();
                    // A receiver that went away is the caller's business.
                    let _ = soundkeep_media::worker::run(reader, ChannelWriter(frames), &options);
                });
                Ok((Feed::InProcess(Some(feed)), Frames::InProcess { output, decoder: FrameDecoder::new() }))
            }
        }
    }
}

impl Feed {
    /// Feeds bytes in. A worker that has heard enough takes no more, which is no error.
    pub(crate) async fn write(&mut self, bytes: &Bytes) {
        let open = match self {
            Self::Child(input) => {
                matches!(tokio::time::timeout(SILENCE_MAX, input.write_all(bytes)).await, Ok(Ok(())))
            }
            Self::InProcess(Some(feed)) => feed.send(bytes.clone()).await.is_ok(),
            Self::InProcess(None) | Self::Closed => return,
        };
        if !open {
            *self = Self::Closed;
        }
    }
    /// Says that this was all.
    pub(crate) async fn finish(self) {
        if let Self::Child(mut input) = self {
            // The pipe may be closed from the other side; the frames say why.
            let _ = input.shutdown().await;
        }
    }
}

impl Frames {
    /// What the worker says next.
    ///
    /// # Errors
    /// Never for what is wrong with the media: that is [`Said::Unreadable`].
    pub(crate) async fn next(&mut self) -> Said {
        loop {
            let decoder = match self {
                Self::Child { decoder, .. } | Self::InProcess { decoder, .. } => decoder,
            };
            match decoder.next_frame() {
                Ok(Some(Frame::Begin { .. })) => {}
                Ok(Some(Frame::Playback(bytes))) => return Said::Playback(bytes),
                Ok(Some(Frame::Analysis(analysis))) => return Said::Analysed(analysis),
                Ok(Some(Frame::Failed(error))) => return Said::Unreadable(error),
                Ok(None) => {
                    if !self.read().await {
                        return Said::Unreadable(self.verdict().await);
                    }
                }
                Err(_) => {
                    return Said::Unreadable(MediaError::Corrupt { what: "the decoder lost its way".to_owned() });
                }
            }
        }
    }

    /// Reads on; false at the end or when the worker is stuck.
    async fn read(&mut self) -> bool {
        match self {
            Self::Child { output, decoder, .. } => {
                let mut buffer = vec![0_u8; PIPE_BYTES];
                match tokio::time::timeout(SILENCE_MAX, output.read(&mut buffer)).await {
                    Ok(Ok(read)) if read > 0 => {
                        decoder.push(buffer.get(..read).unwrap_or_default());
                        true
                    }
                    Ok(_) | Err(_) => false,
                }
            }
            Self::InProcess { output, decoder } => match output.recv().await {
                Some(bytes) => {
                    decoder.push(&bytes);
                    true
                }
                None => false,
            },
        }
    }

    /// Why a worker ended without its last word.
    async fn verdict(&mut self) -> MediaError {
        match self {
            Self::Child { child, .. } => {
                // It is at its end or stuck; either way it must go before anybody waits for it.
                let _ = child.start_kill();
                verdict_of_exit(child.wait().await.ok().and_then(|status| status.signal()))
            }
            Self::InProcess { .. } => verdict_of_exit(None),
        }
    }
}

struct ChannelReader {
    input: mpsc::Receiver<Bytes>,
    rest: Bytes,
}

impl std::io::Read for ChannelReader {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        while self.rest.is_empty() {
            match self.input.blocking_recv() {
                Some(bytes) => self.rest = bytes,
                None => return Ok(0),
            }
        }
        let taken = self.rest.split_to(self.rest.len().min(buffer.len()));
        if let Some(space) = buffer.get_mut(..taken.len()) {
            space.copy_from_slice(&taken);
        }
        Ok(taken.len())
    }
}

struct ChannelWriter(mpsc::Sender<Vec<u8>>);

impl std::io::Write for ChannelWriter {
    fn write(&mut self, buffer: &[u8]) -> std::io::Result<usize> {
        self.0.blocking_send(buffer.to_vec()).map_err(|_| std::io::ErrorKind::BrokenPipe)?;
        Ok(buffer.len())
    }
    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}
