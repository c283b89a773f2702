//! A PostgreSQL server with everything durable, as it comes: a peer, or the database below a vault.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use crate::Outcome;

/// A running server. Stops when it is dropped; its folder stays.
pub(crate) struct Postgres {
    programs: PathBuf,
    folder: PathBuf,
    port: String,
    is_root: bool,
}

/// What pgbench found.
pub(crate) struct Load {
    /// Transactions a second.
    pub(crate) rate: f64,
    /// Milliseconds each, on average.
    pub(crate) milliseconds: f64,
}

impl Postgres {
    /// Starts a server in a folder, which is made when it isn't there.
    ///
    /// # Errors
    /// When there is no PostgreSQL, or it doesn't start.
    pub(crate) fn start(folder: &Path) -> Outcome<Self> {
        let programs =
            std::env::var_os("SOUNDKEEP_BENCH_POSTGRESQL").map(PathBuf::from).ok_or("PostgreSQL is missing")?;
        let is_root = String::from_utf8_lossy(&Command::new("id").arg("-u").output()?.stdout).trim() == "0";
        let port = std::net::TcpListener::bind("127.0.0.1:0")?.local_addr()?.port().to_string();
        let postgres = Self { programs, folder: folder.to_owned(), port, is_root };
        let data = postgres.folder.join("data");
        if !data.exists() {
            std::fs::create_dir_all(&postgres.folder)?;
            if is_root {
                quiet(Command::new("chown").arg("postgres").arg(&postgres.folder))?;
                for above in folder.ancestors().skip(1).take_while(|above| *above != Path::new("/")) {
                    quiet(Command::new("chmod").arg("a+x").arg(above))?;
                }
            }
            quiet(postgres.program("initdb").args(["--username", "bench", "--auth", "trust", "--pgdata"]).arg(&data))?;
        }
        let options = format!("-k {} -h '' -p {}", postgres.folder.display(), postgres.port);
        quiet(
            postgres
                .program("pg_ctl")
                .args(["start", "--wait", "--silent", "--log"])
                .arg(postgres.folder.join("log"))
                .arg("--pgdata")
                .arg(&data)
                .args(["--options", &options]),
        )?;
        Ok(postgres)
    }

    /// How a vault reaches it.
    pub(crate) fn url(&self) -> String {
        format!("postgres://bench@localhost:{}/postgres?host={}", self.port, self.folder.display())
    }

    /// Runs a statement; gives what it answers, without headings.
    ///
    /// # Errors
    /// When it is refused.
    pub(crate) fn sql(&self, statement: &str) -> Outcome<String> {
        let out =
            self.client("psql").args(["--quiet", "--tuples-only", "--no-align", "--command", statement]).output()?;
        if out.status.success() {
            Ok(String::from_utf8_lossy(&out.stdout).trim().to_owned())
        } else {
            Err(String::from_utf8_lossy(&out.stderr).into_owned().into())
        }
    }

    /// Runs a file of statements, again and again, with statements prepared once a client.
    ///
    /// # Errors
    /// When pgbench can't.
    pub(crate) fn pgbench(&self, file: &Path, clients: usize, seconds: u32) -> Outcome<Load> {
        let out = self
            .client("pgbench")
            .args(["--no-vacuum", "--protocol", "prepared"])
            .args(["--client", &clients.to_string(), "--jobs", &clients.min(2).to_string()])
            .args(["--time", &seconds.to_string(), "--file"])
            .arg(file)
            .output()?;
        let text = String::from_utf8_lossy(&out.stdout);
        let said = |start: &str| -> Option<f64> {
            text.lines().find_map(|line| line.strip_prefix(start)?.split(' ').next()?.parse().ok())
        };
        match (said("tps = "), said("latency average = ")) {
            (Some(rate), Some(milliseconds)) => Ok(Load { rate, milliseconds }),
            _ => Err(format!("pgbench said no rate: {}", String::from_utf8_lossy(&out.stderr)).into()),
        }
    }

    fn client(&self, name: &str) -> Command {
        // Not as the server's user: its input lies in folders of ours.
        let mut command = Command::new(self.programs.join(name));
        command
            .arg("--host")
            .arg(&self.folder)
            .args(["--port", &self.port, "--username", "bench"])
            .env("PGDATABASE", "postgres");
        command
    }

    /// PostgreSQL refuses to run as root.
    fn program(&self, name: &str) -> Command {
        let program = self.programs.join(name);
        let mut command = if self.is_root {
            let mut runuser = Command::new("runuser");
            runuser.args(["-u", "postgres", "--"]).arg(program);
            runuser
        } else {
            Command::new(program)
        };
        command.current_dir("/");
        command
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        let mut stop = self.program("pg_ctl");
        stop.args(["stop", "--mode", "fast", "--pgdata"]).arg(self.folder.join("data"));
        quiet(&mut stop).ok();
        std::thread::sleep(Duration::from_millis(100));
    }
}

fn quiet(command: &mut Command) -> Outcome {
    let out = command.stdin(Stdio::null()).output()?;
    if out.status.success() {
        Ok(())
    } else {
        Err(format!("{command:?}: {}", String::from_utf8_lossy(&out.stderr)).into())
    }
}
