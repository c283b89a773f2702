//! Lists and searches over millions of conversations, as a supervisor of three groups out of 500 asks for them.
//!
//! Over HTTP on one connection, each answer whole: session, decision, scope, rows, JSON. On SQLite the 99th
//! percentile counts; on PostgreSQL each case stands beside one statement, written by hand for these three
//! groups, that gives the same rows and nothing of the rest. The vaults are made once and kept.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Instant;

use serde_json::Value;

use crate::Outcome;
use crate::http::Connection;
use crate::measure::{median, percentile, written};
use crate::postgres::Postgres;
use crate::report::Section;
use crate::vault::Vault;

const ROWS: u64 = 5_000_000;
const REQUESTS: usize = 300;
const ROUNDS: usize = 3;
const PGBENCH_SECONDS: u32 = 3;
const LIST: &str = "/api/v1/conversations?limit=50";
const COUNT: &str = "/api/v1/conversations/count?";

/// What is asked for, in the order of the table.
const CASES: [Case; 6] = [
    Case { name: "newest 50", ask: Ask::Newest },
    Case { name: "50 from the middle of all (deep page)", ask: Ask::Deep },
    Case { name: "rare word", ask: Ask::Words("quokka") },
    Case { name: "two common words", ask: Ask::Words("billing meyer") },
    Case { name: "count of everything in scope", ask: Ask::Count("") },
    Case { name: "count of a common word", ask: Ask::Count("billing") },
];

struct Case {
    name: &'static str,
    ask: Ask,
}

enum Ask {
    Newest,
    Deep,
    Words(&'static str),
    Count(&'static str),
}

impl Case {
    fn path(&self, deep: &str) -> String {
        match self.ask {
            Ask::Newest => LIST.to_owned(),
            Ask::Deep => format!("{LIST}&cursor={deep}"),
            Ask::Words(words) => format!("{LIST}&q={}", words.replace(' ', "+")),
            Ask::Count("") => COUNT.to_owned(),
            Ask::Count(words) => format!("{COUNT}q={words}"),
        }
    }
}

/// The folder with the vaults, and who asks.
pub(crate) struct Filled {
    folder: PathBuf,
    key: String,
    /// The header line of the administrator.
    pub(crate) admin: String,
}

pub(crate) fn run() -> Outcome<Section> {
    let rows = rows()?;
    let home = PathBuf::from(std::env::var_os("SOUNDKEEP_BENCH_FOLDER").ok_or("start this with `cargo xtask bench`")?);
    let sqlite = filled(&home.join(format!("sqlite-{rows}")), rows, None)?;
    let cold = on_sqlite_cold(&sqlite)?;
    let warm = on_sqlite(&sqlite)?;
    let postgres = Postgres::start(&home.join(format!("postgres-{rows}")))?;
    let beside = on_postgres(&filled(&home.join(format!("postgres-vault-{rows}")), rows, Some(&postgres))?, &postgres)?;
    let mut lines = Vec::new();
    for (((case, cold), warm), (ours, peer)) in CASES.iter().zip(cold).zip(warm).zip(beside) {
        lines.push(vec![
            case.name.to_owned(),
            format!("{} ms", written(median(&warm))),
            format!("{} ms", written(percentile(&warm, 0.99))),
            format!("{} ms", written(cold)),
            format!("{} ms", written(ours)),
            format!("{} ms", written(peer)),
            written(ours / peer),
        ]);
    }
    Ok(Section {
        title: "Lists and searches",
        conditions: format!(
            "{} conversations, 500 groups, 2,000 agents; the asker supervises 3 groups. {} requests a case over HTTP on one \
             connection. Cold: the first request of a new process after the page cache was dropped. PostgreSQL: averages of \
             {ROUNDS} rounds in turns; by hand: one prepared statement through pgbench that gives the same rows with their \
             groups, agents and tags. Wanted: p99 below 10 ms on SQLite, ratio below 1.5 on PostgreSQL.",
            written(rows_written(rows)),
            REQUESTS * ROUNDS
        ),
        columns: &["what", "SQLite, middle", "SQLite, p99", "SQLite, cold", "PostgreSQL", "by hand", "ratio"],
        rows: lines,
    })
}

/// How many conversations: five million, or as many as `SOUNDKEEP_BENCH_ROWS` says.
pub(crate) fn rows() -> Outcome<u64> {
    Ok(std::env::var("SOUNDKEEP_BENCH_ROWS").ok().map_or(Ok(ROWS), |rows| rows.parse())?)
}

#[allow(clippy::cast_precision_loss, reason = "a count of rows is far below 2^52")]
fn rows_written(rows: u64) -> f64 {
    rows as f64
}

/// A vault with this many rows: made once, then found again.
pub(crate) fn filled(folder: &Path, rows: u64, database: Option<&Postgres>) -> Outcome<Filled> {
    let said = folder.join("filled.json");
    if !said.exists() {
        std::fs::create_dir_all(folder)?;
        println!("filling {} with {rows} conversations", folder.display());
        let url = database.map(Postgres::url);
        Vault::demo_in(folder, url.as_deref())?.stop()?;
        let fill = std::env::var_os("SOUNDKEEP_FILL").ok_or("start this with `cargo xtask bench`")?;
        let mut command = Command::new(fill);
        command.arg(folder).arg(rows.to_string()).args(url).stderr(Stdio::inherit());
        let out = command.output()?;
        if !out.status.success() {
            return Err("the vault could not be filled".into());
        }
        if let Some(postgres) = database {
            postgres.sql("VACUUM ANALYZE")?;
        }
        std::fs::write(&said, out.stdout)?;
    }
    let said: Value = serde_json::from_slice(&std::fs::read(&said)?)?;
    let key = |name: &str| -> Outcome<String> {
        let key = said.get(name).and_then(Value::as_str).ok_or("the filled vault has no key")?;
        Ok(format!("Authorization: Bearer {key}\r\n"))
    };
    Ok(Filled { folder: folder.to_owned(), key: key("supervisor_key")?, admin: key("admin_key")? })
}

/// The first answer to each case after the page cache was dropped, in milliseconds; not a number where
/// this user can't drop it.
fn on_sqlite_cold(filled: &Filled) -> Outcome<Vec<f64>> {
    let vault = Vault::demo_in(&filled.folder, None)?;
    let (deep, _) = deep(&vault, filled)?;
    vault.stop()?;
    CASES
        .iter()
        .map(|case| {
            Command::new("sync").status()?;
            if std::fs::write("/proc/sys/vm/drop_caches", "3").is_err() {
                return Ok(f64::NAN);
            }
            let vault = Vault::demo_in(&filled.folder, None)?;
            let mut connection = Connection::open(&vault.host)?;
            let took = asked(&mut connection, &case.path(&deep), &filled.key)?;
            vault.stop()?;
            Ok(took)
        })
        .collect()
}

fn on_sqlite(filled: &Filled) -> Outcome<Vec<Vec<f64>>> {
    let vault = Vault::demo_in(&filled.folder, None)?;
    let (deep, _) = deep(&vault, filled)?;
    let mut connection = Connection::open(&vault.host)?;
    let mut times = vec![Vec::new(); CASES.len()];
    for round in 0..=ROUNDS {
        for (case, times) in CASES.iter().zip(&mut times) {
            let path = case.path(&deep);
            for _ in 0..REQUESTS {
                let took = asked(&mut connection, &path, &filled.key)?;
                // The first round warms up.
                if round > 0 {
                    times.push(took);
                }
            }
        }
    }
    vault.stop()?;
    Ok(times)
}

/// Ours and the statement by hand, milliseconds each.
fn on_postgres(filled: &Filled, postgres: &Postgres) -> Outcome<Vec<(f64, f64)>> {
    let vault = Vault::demo_in(&filled.folder, Some(&postgres.url()))?;
    let (deep, time) = deep(&vault, filled)?;
    let by_hand = ByHand::new(postgres, &time)?;
    let file = filled.folder.join("by-hand.sql");
    let mut connection = Connection::open(&vault.host)?;
    let mut out = Vec::new();
    for case in &CASES {
        let path = case.path(&deep);
        std::fs::write(&file, by_hand.statement(&case.ask))?;
        let (mut ours, mut peers) = (Vec::new(), Vec::new());
        for _ in 0..REQUESTS {
            asked(&mut connection, &path, &filled.key)?;
        }
        for _ in 0..ROUNDS {
            let mut sum = 0.0;
            for _ in 0..REQUESTS {
                sum += asked(&mut connection, &path, &filled.key)?;
            }
            #[allow(clippy::cast_precision_loss, reason = "a count of requests is far below 2^52")]
            ours.push(sum / REQUESTS as f64);
            peers.push(postgres.pgbench(&file, 1, PGBENCH_SECONDS)?.milliseconds);
        }
        out.push((median(&ours), median(&peers)));
    }
    vault.stop()?;
    Ok(out)
}

/// Asks once; gives the milliseconds until the whole answer was there.
fn asked(connection: &mut Connection, path: &str, key: &str) -> Outcome<f64> {
    let start = Instant::now();
    let answer = connection.get(path, key)?;
    let took = start.elapsed().as_secs_f64() * 1000.0;
    if answer.status != 200 {
        return Err(format!("{path} answered {}: {}", answer.status, String::from_utf8_lossy(answer.body)).into());
    }
    Ok(took)
}

/// A cursor from the middle of what the asker reaches, and the time before which its page lies.
fn deep(vault: &Vault, filled: &Filled) -> Outcome<(String, String)> {
    let mut connection = Connection::open(&vault.host)?;
    let started = |order: &str, connection: &mut Connection| -> Outcome<String> {
        let answer = connection.get(&format!("/api/v1/conversations?limit=1&sort={order}"), &filled.key)?;
        let page: Value = serde_json::from_slice(answer.body)?;
        let started = page.pointer("/items/0/started_at").and_then(Value::as_str);
        Ok(started.ok_or_else(|| format!("no conversation: {page}"))?.to_owned())
    };
    let (oldest, newest) = (started("started_at", &mut connection)?, started("-started_at", &mut connection)?);
    let year = |time: &str| time.get(..4).and_then(|year| year.parse::<u32>().ok()).unwrap_or(2025);
    // Two years of calls: the turn of the year lies well inside.
    let middle = format!("{}-01-01T00:00:00Z", (year(&oldest) + year(&newest)).div_ceil(2));
    let answer = connection.get(&format!("{LIST}&until={middle}"), &filled.key)?;
    let page: Value = serde_json::from_slice(answer.body)?;
    let next = page.get("next").and_then(Value::as_str).ok_or("the list has no middle")?.to_owned();
    let last = page.pointer("/items/49/started_at").and_then(Value::as_str).ok_or("the page is short")?.to_owned();
    Ok((next, last))
}

/// The place in the order of all conversations of the first that began at a time.
fn place(postgres: &Postgres, time: &str) -> Outcome<i64> {
    let micros = postgres.sql(&include_str!("../sql/place.sql").replace("{time}", time))?;
    Ok(micros.parse()?)
}

/// The same questions, written by hand for three groups of one organisation.
struct ByHand {
    organisation: String,
    groups: Vec<String>,
    group_tokens: String,
    prefix: String,
    deep: i64,
}

impl ByHand {
    fn new(postgres: &Postgres, deep: &str) -> Outcome<Self> {
        let organisation = postgres.sql(include_str!("../sql/organisation.sql"))?;
        let groups = postgres.sql(include_str!("../sql/groups.sql"))?;
        let groups: Vec<String> = groups.lines().map(str::to_owned).collect();
        let first = groups.first().ok_or("the groups are gone")?;
        // Any row of the group has its token; what all have in common before the part is the prefix.
        let token = postgres.sql(&include_str!("../sql/token.sql").replace("{group}", first))?;
        let head = token.strip_suffix(first.as_str()).ok_or("the search index has no groups")?.to_owned();
        let prefix = head.rsplit_once('_').map(|(prefix, _)| prefix.to_owned()).ok_or("a strange token")?;
        let group_tokens = groups.iter().map(|group| format!("{head}{group}")).collect::<Vec<_>>().join(" | ");
        let deep = place(postgres, deep)?;
        Ok(Self { organisation, groups, group_tokens, prefix, deep })
    }

    fn statement(&self, ask: &Ask) -> String {
        let text = match ask {
            Ask::Newest => page(&self.merged(50, "")),
            Ask::Deep => page(&self.merged(50, &format!(" AND ord < {}", self.deep))),
            Ask::Words(words) => page(&self.found(words, 50)),
            Ask::Count("") => count(&self.merged(1001, "")),
            Ask::Count(words) => count(&self.found(words, 1001)),
        };
        // pgbench takes a statement by line.
        let lines: Vec<&str> = text.lines().filter(|line| !line.starts_with("--")).collect();
        lines.join(" ") + "\n"
    }

    fn merged(&self, limit: u32, and: &str) -> String {
        let walk = |group: &String| {
            include_str!("../sql/walk.sql")
                .trim()
                .replace("{organisation}", &self.organisation)
                .replace("{group}", group)
                .replace("{and}", and)
                .replace("{limit}", &limit.to_string())
        };
        let walks: Vec<String> = self.groups.iter().map(walk).collect();
        let merged = include_str!("../sql/merged.sql").trim().replace("{limit}", &limit.to_string());
        merged.replace("{walks}", &walks.join(" UNION "))
    }

    /// Each word in every part that is searched, the last one unfinished, as the list looks for them.
    fn found(&self, words: &str, limit: u32) -> String {
        let count = words.split(' ').count();
        let in_any_part = |(at, word): (usize, &str)| {
            let open = if at + 1 == count { ":*" } else { "" };
            let parts: Vec<String> =
                ["d", "h", "c", "u", "t", "n"].map(|part| format!("{}_{part}{word}{open}", self.prefix)).to_vec();
            format!("({})", parts.join(" | "))
        };
        let words: Vec<String> = words.split(' ').enumerate().map(in_any_part).collect();
        include_str!("../sql/found.sql")
            .trim()
            .replace("{groups}", &self.group_tokens)
            .replace("{words}", &words.join(" & "))
            .replace("{limit}", &limit.to_string())
    }
}

fn page(places: &str) -> String {
    include_str!("../sql/page.sql").replace("{places}", places)
}

fn count(places: &str) -> String {
    include_str!("../sql/count.sql").replace("{places}", places)
}
