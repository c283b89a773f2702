//! A PostgreSQL server of our own for one run of the tests: its own folder, port and password.
//!
//! Durability is off, because the data goes when the run ends. PostgreSQL refuses to run as root, so
//! root lends it the user that Debian's package made.

use std::io::Read as _;
use std::net::TcpListener;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use crate::outcome::{Failure, Outcome, While};
use crate::{needs, process};

const USER: &str = "soundkeep";
const STARTS_WITHIN: Duration = Duration::from_secs(60);
const TRIES: usize = 3;

/// A running server. Ends, and takes its files away, when it is dropped.
pub(crate) struct Cluster {
    folder: PathBuf,
    programs: PathBuf,
    port: u16,
    password: String,
    owner: Option<Owner>,
    server: Option<Child>,
}

/// The user that the server runs as when we are root.
#[derive(Clone, Copy)]
struct Owner {
    user: u32,
    group: u32,
}

impl Cluster {
    /// Makes a cluster and starts its server.
    ///
    /// # Errors
    /// When the server can't be made or doesn't answer within a minute; with its log.
    pub(crate) fn start(programs: &Path) -> Outcome<Self> {
        let mut cluster = Self {
            folder: new_folder()?,
            programs: programs.to_path_buf(),
            port: 0,
            password: random_hex()?,
            owner: if needs::is_root() { Some(Owner::find()?) } else { None },
            server: None,
        };
        cluster.initialise()?;
        let mut last = Failure::new("PostgreSQL was not started");
        for _ in 0..TRIES {
            match cluster.serve() {
                Ok(()) => return Ok(cluster),
                Err(failure) => last = failure,
            }
        }
        Err(last)
    }

    /// How the tests reach it. Each test makes databases of its own.
    pub(crate) fn url(&self) -> String {
        format!("postgres://{USER}:{}@127.0.0.1:{}/postgres", self.password, self.port)
    }

    fn initialise(&self) -> Outcome {
        let password_file = self.folder.join("password");
        std::fs::write(&password_file, &self.password).while_("write the test server's password")?;
        if let Some(owner) = self.owner {
            for path in [&self.folder, &password_file] {
                std::os::unix::fs::chown(path, Some(owner.user), Some(owner.group))
                    .while_("hand the test server's folder over")?;
            }
        }
        let mut initdb = self.program("initdb");
        initdb
            .args(["--username", USER, "--auth", "scram-sha-256"])
            .args(["--encoding", "UTF8", "--no-locale", "--no-sync"])
            .arg("--pwfile")
            .arg(&password_file)
            .arg("--pgdata")
            .arg(self.data());
        process::quiet(&mut initdb)
    }

    /// One try: another program may take the port between our look and the server's.
    fn serve(&mut self) -> Outcome {
        self.port = TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
        let log = std::fs::File::create(self.log()).while_("make the test server's log")?;
        let mut postgres = self.program("postgres");
        postgres.arg("-D").arg(self.data()).arg("-k").arg(&self.folder).args([
            "-h",
            "127.0.0.1",
            "-p",
            &self.port.to_string(),
        ]);
        for setting in [
            "fsync=off",
            "synchronous_commit=off",
            "full_page_writes=off",
            "max_connections=400",
            "shared_buffers=128MB",
        ] {
            postgres.args(["-c", setting]);
        }
        let mut server =
            postgres.stdin(Stdio::null()).stdout(log.try_clone()?).stderr(log).spawn().while_("start PostgreSQL")?;
        let start = Instant::now();
        while start.elapsed() < STARTS_WITHIN {
            if server.try_wait()?.is_some() {
                return Err(self.with_log("PostgreSQL ended at its start"));
            }
            if self.is_ready() {
                self.server = Some(server);
                return Ok(());
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        self.server = Some(server);
        self.stop();
        Err(self.with_log("PostgreSQL didn't start within a minute"))
    }

    /// The server writes `ready` as the last line of its pid file when it takes connections.
    fn is_ready(&self) -> bool {
        std::fs::read_to_string(self.data().join("postmaster.pid"))
            .is_ok_and(|text| text.lines().last().is_some_and(|line| line.trim() == "ready"))
    }

    fn stop(&mut self) {
        let Some(mut server) = self.server.take() else {
            return;
        };
        let stopped = process::succeeds(
            self.program("pg_ctl").args(["stop", "--mode", "immediate", "--pgdata"]).arg(self.data()),
        );
        if !stopped {
            // The server is ours and about to lose its files: nothing else is left to try.
            server.kill().ok();
        }
        server.wait().ok();
    }

    fn program(&self, name: &str) -> Command {
        let mut command = Command::new(self.programs.join(name));
        command.current_dir(&self.folder);
        if let Some(owner) = self.owner {
            command.uid(owner.user).gid(owner.group);
        }
        command
    }

    fn data(&self) -> PathBuf {
        self.folder.join("data")
    }

    fn log(&self) -> PathBuf {
        self.folder.join("log")
    }

    fn with_log(&self, sentence: &str) -> Failure {
        let log = std::fs::read_to_string(self.log()).unwrap_or_default();
        Failure::new(format!("{sentence}\n{log}"))
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        self.stop();
        std::fs::remove_dir_all(&self.folder).ok();
    }
}

impl Owner {
    /// `postgres` where the package made it, else `nobody`.
    fn find() -> Outcome<Self> {
        ["postgres", "nobody"]
            .iter()
            .find_map(|name| Some(Self { user: id("-u", name)?, group: id("-g", name)? }))
            .ok_or_else(|| Failure::new("no user other than root to run PostgreSQL as"))
    }
}

fn id(which: &str, user: &str) -> Option<u32> {
    process::output(Command::new("id").args([which, user])).ok()?.trim().parse().ok()
}

fn new_folder() -> Outcome<PathBuf> {
    use std::os::unix::fs::DirBuilderExt as _;
    let folder = std::env::temp_dir().join(format!("soundkeep-postgres-{}", random_hex()?));
    std::fs::DirBuilder::new().mode(0o700).create(&folder).while_(format!("make {}", folder.display()))?;
    Ok(folder)
}

fn random_hex() -> Outcome<String> {
    let mut bytes = [0_u8; 16];
    std::fs::File::open("/dev/urandom")?.read_exact(&mut bytes)?;
    Ok(bytes.iter().map(|byte| format!("{byte:02x}")).collect())
}
