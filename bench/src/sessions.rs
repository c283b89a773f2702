//! Finding out who asks: the check that stands before every request, in this machine's memory and from its database.

use std::process::{Command, Stdio};

use serde_json::Value;

use crate::Outcome;
use crate::measure::{median, written};
use crate::report::Section;

const ROUNDS: usize = 5;

pub(crate) fn run() -> Outcome<Section> {
    let program = std::env::var_os("SOUNDKEEP_CHECK").ok_or("start this with `cargo xtask bench`")?;
    let mut rounds = Vec::new();
    for _ in 0..ROUNDS {
        let ran = Command::new(&program).stderr(Stdio::inherit()).output()?;
        rounds.push(serde_json::from_slice::<Value>(&ran.stdout)?);
    }
    let row = |what: &str, name: &str, wanted: &str| {
        let values: Vec<f64> = rounds.iter().filter_map(|round| round.get(name).and_then(Value::as_f64)).collect();
        vec![what.to_owned(), format!("{} µs", written(median(&values))), wanted.to_owned()]
    };
    Ok(Section {
        title: "Who asks",
        conditions: format!(
            "One task, without HTTP: token, its hash, the organisation's epoch, networks, limits of time. The middle of {ROUNDS} \
             runs. The first time a session is read from SQLite with its rights; afterwards it is kept until rights change."
        ),
        columns: &["what", "measured", "wanted"],
        rows: vec![
            row("session", "session_micros", "20 µs"),
            row("API key", "key_micros", "20 µs"),
            row("session, seen for the first time", "first_micros", ""),
        ],
    })
}
