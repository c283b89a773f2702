//! `soundkeep access then`: who could see, play and download a recording at a past time, and who did.

use super::{no_recording, permission_named};
use crate::failure::Failure;
use crate::output::Output;
use crate::serve::organisation;
use soundkeep_app::access::then::{Then, What};
use soundkeep_app::access::who::{Asking, Outcome};
use soundkeep_app::domain::Timestamp;
use soundkeep_app::domain::audit::EventKind;
use soundkeep_app::{Vault, operator};
use soundkeep_http::then_document;
use soundkeep_http::words::{self, Language, Person};

pub(super) async fn then(
    vault: &Vault,
    slug: Option<&str>,
    (recording, at, permission): (&str, &str, Option<&str>),
    json: bool,
    output: &Output,
) -> Result<bool, Failure> {
    let at: Timestamp = at
        .parse()
        .map_err(|_| Failure::new(format!("{at:?} is no time: write it as 2026-11-22T09:30:00Z or with an offset")))?;
    let permission = permission.map(permission_named).transpose()?;
    let asking = Asking { permission, limit: u32::MAX, ..Asking::default() };
    let found = operator::then(vault, organisation(vault, slug).await?, recording, at, &asking).await;
    let found = found.map_err(|error| no_recording(error, recording))?;
    if json {
        output.answer(then_document(Language::English, found).to_string()).await;
        return Ok(true);
    }
    match &found.who {
        None => output.answer(format!("At {at} it was not in the vault yet: nobody could.")).await,
        Some(who) => {
            for (place, count) in who.counts.iter().enumerate() {
                if permission.is_some_and(|permission| permission != count.permission) {
                    continue;
                }
                could(&found, place, output).await;
            }
        }
    }
    if found.is_erased {
        let sentence = "Its numbers and tags of that time are erased: what hung on them can't be told any more.";
        output.answer(sentence.to_owned()).await;
    }
    did(&found, output).await;
    Ok(true)
}

/// Who could do one thing, and by what.
async fn could(found: &Then, place: usize, output: &Output) {
    let Some((who, count)) = found.who.as_ref().and_then(|who| Some((who, who.counts.get(place)?))) else { return };
    let row = count.permission.row();
    let coming = if row.available { "" } else { " (coming)" };
    output.answer(format!("{}: {}{coming}", row.key, row.meaning)).await;
    let (may, back, not, programs) = (count.may, count.held_back, count.may_not, count.programs);
    output.answer(format!("  users: {may} could, {back} held back, {not} could not; programs: {programs} could")).await;
    let users =
        who.users.iter().map(|user| (&user.person.email, Some(user.person.id), &user.person.name, &user.verdicts));
    let programs = who.programs.iter().map(|program| (&program.name, None, &program.name, &program.verdicts));
    for (shown, user, name, verdicts) in users.chain(programs) {
        let Some(verdict) = verdicts.get(place) else { continue };
        let word = match verdict.outcome {
            Outcome::May => "could",
            Outcome::HeldBack => "held back",
            Outcome::NotTold => "not known",
            Outcome::MayNot => continue,
        };
        let person = Person::Other(name.clone());
        let rule = verdict.rule().map(|rule| words::gate(Language::English, rule, count.permission, &person));
        output.answer(format!("  {word:<9} {shown}: {}", rule.unwrap_or_default())).await;
        let made = user.and_then(|user| found.made.get(&user));
        for ground in made.into_iter().flatten().filter(|ground| ground.permissions.contains(&count.permission)) {
            let told = ground
                .event
                .as_ref()
                .map_or_else(String::new, |event| format!("; {}", event_line(&event.event, event.index)));
            let since = ground.since.map_or_else(String::new, |since| format!(" since {since}"));
            let name = ground.name.as_ref().map_or_else(String::new, |name| format!(" “{name}”"));
            output.answer(format!("            {}{name}{since}{told}", what(ground.what))).await;
        }
    }
}

/// What the ledger tells.
async fn did(found: &Then, output: &Output) {
    let Some(did) = &found.did else { return };
    output.answer("By then the ledger tells:".to_owned()).await;
    if did.done.is_empty() && did.refused.is_empty() {
        output.answer("  nobody listened, looked at notes or waveform, or was refused".to_owned()).await;
    }
    for (word, entries) in [("did", &did.done), ("refused", &did.refused)] {
        for entry in entries {
            output.answer(format!("  {word:<9} {}", event_line(&entry.event, entry.index))).await;
        }
    }
    if did.goes_on {
        output.answer("  there is more that is older: see the conversation's history".to_owned()).await;
    }
}

const fn what(what: What) -> &'static str {
    match what {
        What::Account => "the account",
        What::Assignment => "the role was given:",
        What::Role => "the lines of the role",
        What::Supervisor => "supervisor of",
        What::AccessGroup => "the access group",
        What::Member => "member of",
        What::Attribution => "whose conversation it is",
    }
}

/// An event in a line: when, what, by whom, and its number in the ledger.
fn event_line(event: &serde_json::Value, index: Option<i64>) -> String {
    let text = |path: &str| event.pointer(path).and_then(serde_json::Value::as_str);
    let at = event.get("at").and_then(serde_json::Value::as_i64).map(Timestamp::from_unix_micros);
    let kind = text("/kind").unwrap_or_default();
    let told = EventKind::from_key(kind).map_or(kind, |kind| words::event(Language::English, kind));
    let by = text("/actor/name").or_else(|| text("/actor/id")).unwrap_or("somebody");
    let number = index.map_or_else(String::new, |index| format!(" (ledger no. {index})"));
    let at = at.map_or_else(String::new, |at| format!("{at} "));
    format!("{at}{told}, by {by}{number}")
}
