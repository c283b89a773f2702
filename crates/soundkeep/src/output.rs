//! What commands print: answers to standard output, the rest to standard error, here or over the socket.

use std::io::Write as _;
use tokio::sync::mpsc;

/// One line of a command's output.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Line {
    /// An answer.
    Answer(String),
    /// Raw text without an end of line.
    Text(String),
    /// Progress or advice.
    Remark(String),
    /// The command ended well or not.
    End(bool),
}

/// Where a command prints.
#[derive(Clone)]
pub(crate) struct Output(Sink);

#[derive(Clone)]
enum Sink {
    Terminal,
    Socket(mpsc::Sender<Line>),
}

impl Output {
    pub(crate) const fn terminal() -> Self {
        Self(Sink::Terminal)
    }
    pub(crate) const fn socket(sender: mpsc::Sender<Line>) -> Self {
        Self(Sink::Socket(sender))
    }
    pub(crate) async fn answer(&self, text: impl Into<String>) {
        self.line(Line::Answer(text.into())).await;
    }
    pub(crate) async fn text(&self, text: impl Into<String>) {
        self.line(Line::Text(text.into())).await;
    }
    pub(crate) async fn remark(&self, text: impl Into<String>) {
        self.line(Line::Remark(text.into())).await;
    }
    pub(crate) async fn line(&self, line: Line) {
        match &self.0 {
            Sink::Terminal => print(&line),
            Sink::Socket(sender) => {
                // Who asked may have gone; the command ends all the same.
                let _ = sender.send(line).await;
            }
        }
    }
}

/// Prints a line here. A closed pipe is no error: `soundkeep ... | head` is a fair wish.
pub(crate) fn print(line: &Line) {
    let _ = match line {
        Line::Answer(text) => writeln!(std::io::stdout(), "{text}"),
        Line::Text(text) => write!(std::io::stdout(), "{text}").and_then(|()| std::io::stdout().flush()),
        Line::Remark(text) => writeln!(std::io::stderr(), "{text}"),
        Line::End(_) => Ok(()),
    };
}
