//! A mail server that others wrote, for tests that send mail: aiosmtpd, in a process of its own.

use serde_json::Value;
use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

/// Where tests learn the interpreter that knows the packages of `xtask/requirements.txt`.
const INTERPRETER: &str = "SOUNDKEEP_TEST_PYTHON";
/// So long is waited for what must come.
const PATIENCE: Duration = Duration::from_secs(20);

/// A mail server; ends when it is dropped.
pub struct MailServer {
    /// Its port on this machine.
    pub port: u16,
    process: Child,
    letters: Receiver<Value>,
}

/// How connections to it are secured, with the certificate and key where there are some.
#[derive(Debug, Clone, Copy)]
pub enum Secured<'files> {
    /// Not at all.
    Not,
    /// By STARTTLS, without which it takes nothing.
    StartTls(&'files Path, &'files Path),
    /// From the first byte.
    Tls(&'files Path, &'files Path),
}

impl MailServer {
    /// Starts one, which asks for user and password if there are some.
    #[must_use]
    pub fn start(secured: Secured<'_>, login: Option<(&str, &str)>) -> Self {
        let python = std::env::var(INTERPRETER).unwrap_or_else(|_| {
            panic!("{INTERPRETER} doesn't name an interpreter with aiosmtpd: `cargo xtask test` makes one")
        });
        let mut command = Command::new(python);
        command.arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("python/mail_server.py"));
        let mut with = |word: &str, files: (&Path, &Path)| {
            command.args(["--security", word, "--certificate"]).arg(files.0).arg("--key").arg(files.1);
        };
        match secured {
            Secured::Not => {}
            Secured::StartTls(certificate, key) => with("starttls", (certificate, key)),
            Secured::Tls(certificate, key) => with("tls", (certificate, key)),
        }
        if let Some((user, password)) = login {
            command.args(["--user", user, "--password", password]);
        }
        let mut process =
            command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().expect("Python starts");
        let mut lines = BufReader::new(process.stdout.take().expect("its output")).lines();
        let port = lines.next().expect("its port").expect("its port").trim().parse().expect("a port");
        let (sender, letters) = channel();
        std::thread::spawn(move || {
            for line in lines.map_while(Result::ok) {
                let letter = serde_json::from_str(&line).expect("a letter");
                if sender.send(letter).is_err() {
                    return;
                }
            }
        });
        Self { port, process, letters }
    }

    /// The next letter that it took; waits for it.
    #[must_use]
    pub fn letter(&self) -> Letter {
        Letter(self.letters.recv_timeout(PATIENCE).expect("a letter comes"))
    }

    /// Whether it took nothing more.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.letters.try_recv().is_err()
    }
}

impl Drop for MailServer {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// A letter that a mail server took.
#[derive(Debug)]
pub struct Letter(pub Value);

impl Letter {
    /// To whom it went.
    #[must_use]
    pub fn to(&self) -> &str {
        self.0["to"][0].as_str().expect("a recipient")
    }

    /// All of it as it came over the wire.
    #[must_use]
    pub fn data(&self) -> &str {
        self.0["data"].as_str().expect("a message")
    }

    /// A header as it came, with its folded lines.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<String> {
        let (head, _) = self.data().split_once("\r\n\r\n").expect("a head");
        let unfolded = head.replace("\r\n ", " ");
        let found = unfolded.split("\r\n").find_map(|line| line.strip_prefix(name)?.strip_prefix(": "));
        found.map(str::to_owned)
    }

    /// What it says, in both forms, decoded by Python's own reader of mail.
    #[must_use]
    pub fn read(&self) -> Read {
        let python = std::env::var(INTERPRETER).expect("an interpreter");
        let program = "import sys, json, email, email.policy\n\
            mail = email.message_from_string(json.load(sys.stdin), policy=email.policy.default)\n\
            form = lambda kind: mail.get_body((kind,)).get_content()\n\
            print(json.dumps([str(mail['subject']), form('plain'), form('html'), str(mail['to']), str(mail['from'])]))";
        let mut process = Command::new(python)
            .args(["-c", program])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("Python starts");
        let input = process.stdin.take().expect("its input");
        serde_json::to_writer(input, &self.0["data"]).expect("it reads");
        let output = process.wait_with_output().expect("it ends").stdout;
        let [subject, text, html, to, from]: [String; 5] = serde_json::from_slice(&output).expect("five texts");
        Read { subject, text, html, to, from }
    }

    /// The link in it.
    #[must_use]
    pub fn link(&self) -> String {
        let text = self.read().text;
        let at = text.find("http").expect("a link");
        text[at..].split_whitespace().next().expect("a link").to_owned()
    }
}

/// A letter as people read it.
#[derive(Debug)]
pub struct Read {
    /// What it is about.
    pub subject: String,
    /// What it says.
    pub text: String,
    /// The same as HTML.
    pub html: String,
    /// To whom it goes.
    pub to: String,
    /// Who sends it.
    pub from: String,
}
