//! The command line: what each command is called, takes and does.
//!
//! Commands that need the vault work on it directly, or through the process that holds it.

use crate::access::{self, AccessCommand};
use crate::api_secret::api_secret;
use crate::config::Options;
use crate::doctor::{check_deeply, doctor};
use crate::failure::Failure;
use crate::import::{Wish, import};
use crate::new_file::NewFile;
use crate::output::Output;
use crate::recover::{self, RecoverCommand};
use crate::serve::{Kind, organisation, serve};
use crate::socket;
use crate::wiring::{DataFolder, SystemClock, open};
use clap::{Parser, Subcommand};
use futures::StreamExt as _;
use serde::{Deserialize, Serialize};
use soundkeep_app::domain::access::{Permission, SystemCaller, matrix_csv};
use soundkeep_app::domain::audit::EventKind;
use soundkeep_app::domain::settings::REGISTRY;
use soundkeep_app::domain::time::Clock as _;
use soundkeep_app::{Vault, audit, operator};
use std::fmt::Write as _;
use std::io::BufReader;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// A self-hosted vault for recorded conversations, and the governance of who may hear them.
#[derive(Parser)]
#[command(version, propagate_version = true)]
pub(crate) struct CommandLine {
    #[command(subcommand)]
    pub(crate) command: Command,
    #[command(flatten)]
    options: Options,
}

#[derive(Subcommand)]
pub(crate) enum Command {
    /// Serve the vault: console, API, watched folders
    Serve,
    /// Serve a vault to try, filled with spoken conversations
    Demo {
        /// Print one JSON object a line instead of text
        #[arg(long)]
        json: bool,
    },
    /// Take in every recording below a folder
    Import {
        /// The folder
        folder: PathBuf,
        /// Print the summary as JSON
        #[arg(long)]
        json: bool,
        /// Print a line per file, too, as soon as it is safe on the disk
        #[arg(long)]
        verbose: bool,
    },
    /// Who may do what, and why
    #[command(subcommand)]
    Access(AccessCommand),
    /// The way back for an organisation that locked itself out
    #[command(subcommand)]
    Recover(RecoverCommand),
    /// The ledger: its key, its export
    #[command(subcommand)]
    Ledger(LedgerCommand),
    /// Verify an exported ledger, offline
    Verify {
        /// The exported ledger
        bundle: PathBuf,
        /// The public key: its text, or a file that holds it
        #[arg(long, value_name = "KEY")]
        public_key: String,
        /// A published checkpoint, or a folder of them; may be given several times
        #[arg(long, value_name = "PATH")]
        checkpoint: Vec<PathBuf>,
        /// Print the report as JSON
        #[arg(long)]
        json: bool,
    },
    /// Make the secret of the day for a program, signed with its API key, which comes by standard input or from a file
    ApiSecret {
        /// The id of the API key, as the console shows it
        #[arg(long)]
        id: String,
        /// Whom it is for: the address of the vault, or the short name or id of the organisation
        #[arg(long, value_name = "ADDRESS")]
        audience: String,
        /// The file that holds the key
        #[arg(long, value_name = "FILE")]
        key_file: Option<PathBuf>,
    },
    /// Look at configuration, keys, database, objects and disk, and say what is wrong
    Doctor {
        /// Open every object, too, and hold it against its row and the ledger
        #[arg(long)]
        deep: bool,
    },
    /// What reference pages are made of
    #[command(hide = true)]
    Reference {
        /// openapi, permissions, events or metrics
        page: String,
    },
    /// Reads foreign media for the server
    #[command(hide = true)]
    MediaWorker,
}

#[derive(Subcommand)]
pub(crate) enum LedgerCommand {
    /// Write the ledger to a file, or to standard output
    Export {
        /// The file
        #[arg(long, value_name = "FILE")]
        output: Option<PathBuf>,
    },
    /// Print the public key that verifies the ledger
    Key,
}

/// A command that needs the vault, as it travels to the process that holds it.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Request {
    organisation: Option<String>,
    task: Task,
}

#[derive(Debug, Serialize, Deserialize)]
enum Task {
    Import(Wish),
    Access(AccessCommand),
    LedgerExport,
    LedgerKey,
    Recover(RecoverCommand),
    Check,
}

/// The request to open every object.
pub(crate) fn deep_check(options: &Options) -> Request {
    Request { organisation: options.organisation.clone(), task: Task::Check }
}

/// Runs a command line.
///
/// # Errors
/// With a sentence for the person who typed it.
pub(crate) async fn run(line: CommandLine) -> Result<ExitCode, Failure> {
    let options = line.options.with_file()?;
    start_log(&line.command);
    let output = Output::terminal();
    let request = |task| Request { organisation: options.organisation.clone(), task };
    let well = match line.command {
        Command::Serve => serve(&options, Kind::Own).await.map(|()| true)?,
        Command::Demo { json } => serve(&options, Kind::Demo { json }).await.map(|()| true)?,
        Command::Import { folder, json, verbose } => {
            options.zone()?;
            let folder = std::fs::canonicalize(&folder)
                .map_err(|error| Failure::new(format!("{} can't be read: {error}", folder.display())))?;
            let wish = Wish { folder, zone: options.time_zone.clone(), json, verbose };
            with_vault(&options, &request(Task::Import(wish)), &output).await?
        }
        Command::Access(AccessCommand::Matrix { .. }) => {
            output.text(matrix_csv()).await;
            true
        }
        Command::Access(command) => with_vault(&options, &request(Task::Access(command.with_file()?)), &output).await?,
        Command::Recover(command) => {
            let console = match &options.public_url {
                Some(url) => url.clone(),
                None => format!("http://{}", options.listen()?),
            };
            with_vault(&options, &request(Task::Recover(command.at(&console))), &output).await?
        }
        Command::Ledger(LedgerCommand::Key) => with_vault(&options, &request(Task::LedgerKey), &output).await?,
        Command::Ledger(LedgerCommand::Export { output: None }) => {
            with_vault(&options, &request(Task::LedgerExport), &output).await?
        }
        Command::Ledger(LedgerCommand::Export { output: Some(file) }) => {
            export_to(&options, &request(Task::LedgerExport), &file).await?
        }
        Command::Verify { bundle, public_key, checkpoint, json } => {
            verify(&bundle, &public_key, &checkpoint, json, &output).await?
        }
        Command::ApiSecret { id, audience, key_file } => {
            output.answer(api_secret(&id, &audience, key_file.as_deref(), SystemClock::default().now())?).await;
            true
        }
        Command::Doctor { deep } => doctor(&options, deep, &output).await?,
        Command::Reference { page } => {
            output.text(reference(&page)?).await;
            true
        }
        Command::MediaWorker => false,
    };
    Ok(if well { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn start_log(command: &Command) {
    let default = if matches!(command, Command::Serve) { "info" } else { "warn" };
    let filter = tracing_subscriber::EnvFilter::try_from_env("SOUNDKEEP_LOG")
        .unwrap_or_else(|_| tracing_subscriber::EnvFilter::new(default));
    tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).init();
}

/// Performs a request on the vault of the data folder, or has it performed by whoever holds it.
async fn with_vault(options: &Options, request: &Request, output: &Output) -> Result<bool, Failure> {
    let data_dir = options.data_dir();
    if options.database.is_none() && !data_dir.join("soundkeep.db").exists() {
        return Err(Failure::new(format!(
            "there is no vault in {}: name its folder with --data-dir, or start `soundkeep serve` first",
            data_dir.display()
        )));
    }
    match DataFolder::hold(&data_dir)? {
        None => socket::ask(&data_dir, request, output).await,
        Some(folder) => {
            let vault = open(options, &folder).await?.vault;
            let done = perform(&vault, request, output).await;
            audit::sequence::sequence(&vault).await?;
            audit::sequence::publish(&vault, true).await?;
            vault.close().await?;
            done
        }
    }
}

/// What a command prints as raw text goes to a file, once it is whole; everything else to the terminal.
async fn export_to(options: &Options, request: &Request, file: &Path) -> Result<bool, Failure> {
    let (sender, mut lines) = tokio::sync::mpsc::channel(64);
    let mut new =
        NewFile::beside(file).map_err(|error| Failure::new(format!("{} can't be written: {error}", file.display())))?;
    let writing = async {
        use std::io::Write as _;
        let out = new.writer();
        while let Some(line) = lines.recv().await {
            match line {
                crate::output::Line::Text(text) => out.write_all(text.as_bytes())?,
                other => crate::output::print(&other),
            }
        }
        Ok::<_, std::io::Error>(())
    };
    let exporting = async move { with_vault(options, request, &Output::socket(sender)).await };
    let (done, written) = tokio::join!(exporting, writing);
    if done? {
        let kept = written.and_then(|()| new.keep());
        kept.map_err(|error| Failure::new(format!("{} can't be written: {error}", file.display())))?;
        return Ok(true);
    }
    Ok(false)
}

/// Performs a request on an open vault; says whether it went well.
///
/// # Errors
/// With a sentence for the person who asked.
pub(crate) async fn perform(vault: &Vault, request: &Request, output: &Output) -> Result<bool, Failure> {
    let slug = request.organisation.as_deref();
    match &request.task {
        Task::Import(wish) => import(vault, slug, wish, output).await,
        Task::Check => check_deeply(vault, slug, output).await,
        Task::Recover(command) => recover::perform(vault, slug, command.clone(), output).await,
        Task::Access(command) => access::perform(vault, slug, command, output).await,
        Task::LedgerKey => {
            let wanted = organisation(vault, slug).await?;
            for one in operator::all_organisations(vault).await?.into_iter().filter(|one| one.id == wanted) {
                output.answer(one.verifier_key).await;
            }
            Ok(true)
        }
        Task::LedgerExport => {
            let caller =
                operator::system_caller(vault, organisation(vault, slug).await?, SystemCaller::Operator).await?;
            let mut chunks = std::pin::pin!(audit::export::export(vault, &caller).await?);
            while let Some(chunk) = chunks.next().await {
                output.text(String::from_utf8_lossy(&chunk?).into_owned()).await;
            }
            Ok(true)
        }
    }
}

async fn verify(
    bundle: &Path,
    public_key: &str,
    checkpoints: &[PathBuf],
    json: bool,
    output: &Output,
) -> Result<bool, Failure> {
    let unreadable =
        |path: &Path, error: std::io::Error| Failure::new(format!("{} can't be read: {error}", path.display()));
    let key = match Path::new(public_key) {
        path if path.is_file() => std::fs::read_to_string(path).map_err(|error| unreadable(path, error))?,
        _ => public_key.to_owned(),
    };
    let mut trusted = Vec::new();
    for path in checkpoints {
        let mut files = vec![path.clone()];
        if path.is_dir() {
            files = std::fs::read_dir(path)
                .map_err(|error| unreadable(path, error))?
                .filter_map(|entry| entry.ok().map(|entry| entry.path()))
                .filter(|file| file.extension().is_some_and(|ending| ending != "txt" && ending != "part"))
                .collect();
            files.sort();
        }
        for file in files {
            trusted.push(std::fs::read_to_string(&file).map_err(|error| unreadable(&file, error))?);
        }
    }
    let file = std::fs::File::open(bundle).map_err(|error| unreadable(bundle, error))?;
    match soundkeep_ledger::verify_bundle(BufReader::new(file), key.trim(), &trusted) {
        Ok(report) if json => output.answer(serde_json::to_string(&report)?).await,
        Ok(report) => {
            output
                .answer(format!(
                    "The ledger is whole: {} entries, {} checkpoints in it fit, {} published ones fit, {} openings verified.",
                    report.entries, report.checkpoints_matched, report.published_matched, report.openings_verified
                ))
                .await;
            if trusted.is_empty() {
                output
                    .remark(
                        "Without published checkpoints (--checkpoint) a rewritten or shortened past can't be noticed.",
                    )
                    .await;
            }
        }
        Err(finding) => {
            match json {
                true => output.answer(serde_json::to_string(&finding)?).await,
                false => output.answer(format!("The ledger is NOT whole: {finding}")).await,
            }
            return Ok(false);
        }
    }
    Ok(true)
}

fn reference(page: &str) -> Result<String, Failure> {
    let mut text = String::new();
    match page {
        "openapi" => text = soundkeep_http::openapi(),
        "metrics" => text = soundkeep_http::metrics_reference(),
        "settings" => text = soundkeep_http::words::settings::reference(REGISTRY),
        "permissions" => {
            text.push_str(
                "# Permissions\n\nMade by `cargo xtask generate`. What is coming is offered nowhere yet.\n\n",
            );
            text.push_str("| permission | scopes | admin | manager | supervisor | analyst | agent | allows | |\n");
            text.push_str("|---|---|---|---|---|---|---|---|---|\n");
            for permission in Permission::ALL {
                let row = permission.row();
                let scopes = if permission.is_scoped() { "own, groups, all" } else { "yes" };
                let _ = write!(text, "| `{}` | {scopes} |", row.key);
                for scope in row.defaults {
                    let _ = write!(text, " {} |", scope.word(row.kind));
                }
                let _ = writeln!(text, " {} | {} |", row.meaning, if row.available { "" } else { "coming" });
            }
        }
        "events" => {
            text.push_str(
                "# Events of the ledger\n\nMade by `cargo xtask generate`.\n\n| event | tells that |\n|---|---|\n",
            );
            for kind in EventKind::ALL {
                let _ = writeln!(text, "| `{}` | {} |", kind.key(), kind.sentence());
            }
        }
        other => {
            return Err(Failure::new(format!("there is no reference page {other:?}")));
        }
    }
    Ok(text)
}
