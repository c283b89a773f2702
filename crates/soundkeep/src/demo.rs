//! `soundkeep demo`: a vault of a shop that doesn't exist, with real speech in it.
//!
//! Everything goes through the same use cases as in earnest; only the clock is shifted, so that people
//! joined their groups before the calls that they took.

use crate::failure::Failure;
use crate::output::Output;
use crate::wiring::SystemClock;
use bytes::Bytes;
use jiff::ToSpan as _;
use jiff::civil::Time;
use jiff::tz::TimeZone;
use rust_embed::RustEmbed;
use serde::Deserialize;
use soundkeep_app::domain::access::{BUILT_IN_ROLES, BuiltInRole, Limit, RoleKey};
use soundkeep_app::domain::conversations::{Direction, Source};
use soundkeep_app::domain::{GroupId, OrganisationId, Timestamp, UserId};
use soundkeep_app::identity::{
    self, Bond, Invitation, KeyRights, ListOptions, NewAgentId, NewApiKey, NewAssignment, NewOrganisation, Redeem,
    Visitor,
};
use soundkeep_app::recordings::ingest::{Ingested, Metadata, Origin, ingest};
use soundkeep_app::{Caller, Vault, conversations, operator};
use soundkeep_crypto::token::{Token, TokenKind};
use std::collections::HashMap;

/// The demo's people came so many days ago.
const BEFORE_DAYS: i64 = 60;
const DAY_SECONDS: i64 = 86_400;

#[derive(RustEmbed)]
#[folder = "../../demo"]
#[include = "*.json"]
#[include = "audio/*"]
struct Files;

#[derive(Deserialize)]
struct People {
    organisation: Organisation,
    groups: Vec<Group>,
    people: Vec<Person>,
}

#[derive(Deserialize)]
struct Organisation {
    name: String,
    slug: String,
    time_zone: String,
}

#[derive(Deserialize)]
struct Group {
    name: String,
    supervisors: Vec<String>,
}

#[derive(Deserialize)]
struct Person {
    name: String,
    email: String,
    role: String,
    groups: Vec<String>,
    agent_ids: Vec<String>,
}

#[derive(Deserialize)]
struct Call {
    file: String,
    channels: Vec<String>,
    started: Started,
    direction: Direction,
    from_number: Option<String>,
    to_number: Option<String>,
    contact: Option<String>,
    agent: Option<String>,
    tags: Vec<String>,
    notes: Vec<Note>,
}

#[derive(Deserialize)]
struct Started {
    days_ago: i64,
    time_of_day: String,
}

#[derive(Deserialize)]
struct Note {
    author: String,
    text: String,
}

fn json<T: for<'de> Deserialize<'de>>(name: &str) -> Result<T, Failure> {
    let file = Files::get(name).ok_or_else(|| Failure::new(format!("the demo's {name} is missing in this program")))?;
    Ok(serde_json::from_slice(&file.data)?)
}

/// People of the demo as callers, by email address.
type Members = HashMap<String, Caller>;

/// Fills the vault the first time, and prints a sign-in link per person.
///
/// # Errors
/// When the vault can't be filled.
pub(crate) async fn prepare(
    vault: &Vault,
    clock: &SystemClock,
    origin: &str,
    json_lines: bool,
    output: &Output,
) -> Result<(), Failure> {
    let people: People = json("people.json")?;
    if json_lines {
        output.answer(serde_json::json!({"url": origin}).to_string()).await;
    }
    let held = operator::all_organisations(vault).await?;
    let organisation = match held.iter().find(|one| one.slug == people.organisation.slug) {
        Some(one) => one.id,
        None => {
            if !json_lines {
                output.answer("Filling the vault with spoken conversations ...").await;
            }
            fill(vault, clock, &people, json_lines, output).await?
        }
    };
    print_links(vault, organisation, &people, origin, json_lines, output).await
}

async fn fill(
    vault: &Vault,
    clock: &SystemClock,
    people: &People,
    quiet: bool,
    output: &Output,
) -> Result<OrganisationId, Failure> {
    clock.shift(-BEFORE_DAYS * DAY_SECONDS);
    let new = NewOrganisation { slug: people.organisation.slug.clone(), name: people.organisation.name.clone() };
    let setup = identity::create_organisation(vault, &new).await?;
    let members = people_in(vault, &setup.token, people).await?;
    clock.shift(0);
    let calls: Vec<Call> = json("conversations.json")?;
    let zone = TimeZone::get(&people.organisation.time_zone).map_err(|error| Failure::new(error.to_string()))?;
    let admin = member(&members, &administrator(people)?.email)?;
    let count = calls.len();
    for (at, call) in calls.into_iter().enumerate() {
        take_in(vault, admin, &members, &zone, call).await?;
        if !quiet && (at + 1) % 8 == 0 {
            output.answer(format!("  {} of {count} conversations", at + 1)).await;
        }
    }
    Ok(setup.organisation)
}

fn administrator(people: &People) -> Result<&Person, Failure> {
    let found = people.people.iter().find(|person| person.role == "admin");
    found.ok_or_else(|| Failure::new("the demo has no administrator"))
}

fn member<'a>(members: &'a Members, email: &str) -> Result<&'a Caller, Failure> {
    members.get(email).ok_or_else(|| Failure::new(format!("the demo's {email} is missing")))
}

/// A password that nobody knows: demo people sign in by link.
fn unknown_password() -> Result<String, Failure> {
    let entropy = soundkeep_crypto::SystemEntropy::new();
    let token = Token::generate(TokenKind::Ticket, &entropy).map_err(|error| Failure::new(error.to_string()))?;
    Ok(token.reveal().to_owned())
}

async fn people_in(vault: &Vault, setup: &str, people: &People) -> Result<Members, Failure> {
    let visitor = Visitor::default();
    let mut members = HashMap::new();
    let first = administrator(people)?;
    let said = Redeem {
        email: Some(first.email.clone()),
        name: Some(first.name.clone()),
        password: Some(unknown_password()?),
        organisation_name: Some(people.organisation.name.clone()),
    };
    let signed_in = identity::redeem_link(vault, setup, said, &visitor).await?;
    let mut admin = identity::check(vault, &signed_in.token, None).await?;
    let mut groups: HashMap<&str, GroupId> = HashMap::new();
    for group in &people.groups {
        let made = identity::create_group(vault, &admin, &group.name).await?;
        groups.insert(&group.name, made.id);
    }
    let mut tokens = HashMap::from([(first.email.clone(), (signed_in.token.clone(), user_of(&admin)?))]);
    for person in people.people.iter().filter(|person| person.email != first.email) {
        let invitation = Invitation {
            email: person.email.clone(),
            name: person.name.clone(),
            assignments: vec![assignment(&person.role)?],
        };
        let invited = identity::invite(vault, &admin, &invitation).await?;
        let said = Redeem { name: Some(person.name.clone()), password: Some(unknown_password()?), ..Redeem::default() };
        let came = identity::redeem_link(vault, &invited.link.token, said, &visitor).await?;
        tokens.insert(person.email.clone(), (came.token, invited.user.id));
        admin = identity::check(vault, &signed_in.token, None).await?;
        for name in &person.groups {
            let group = groups.get(name.as_str()).ok_or_else(|| Failure::new(format!("no group {name}")))?;
            identity::join_group(vault, &admin, Bond::Member, (*group, invited.user.id), None).await?;
        }
    }
    for group in &people.groups {
        let id = groups.get(group.name.as_str()).ok_or_else(|| Failure::new("a group is missing"))?;
        for email in &group.supervisors {
            let (_, user) = tokens.get(email).ok_or_else(|| Failure::new(format!("nobody is called {email}")))?;
            identity::join_group(vault, &admin, Bond::Supervisor, (*id, *user), None).await?;
        }
    }
    for person in &people.people {
        for value in &person.agent_ids {
            let (_, user) = tokens.get(&person.email).ok_or_else(|| Failure::new("somebody is missing"))?;
            let new = NewAgentId { value: value.clone(), from: None, until: None };
            identity::give_agent_id(vault, &admin, *user, &new).await?;
        }
    }
    for (email, (token, _)) in tokens {
        members.insert(email, identity::check(vault, &token, None).await?);
    }
    Ok(members)
}

fn user_of(caller: &Caller) -> Result<UserId, Failure> {
    caller.user().ok_or_else(|| Failure::new("the caller is no person"))
}

fn role(key: &str) -> Result<BuiltInRole, Failure> {
    let found = BUILT_IN_ROLES.into_iter().find(|role| role.key() == key);
    found.ok_or_else(|| Failure::new(format!("there is no built-in role {key}")))
}

/// Supervisors of the demo hear the groups that they supervise, not everybody.
fn assignment(key: &str) -> Result<NewAssignment, Failure> {
    let role = role(key)?;
    let limit = if role == BuiltInRole::Supervisor { Limit::Supervised } else { Limit::None };
    Ok(NewAssignment { role: RoleKey::BuiltIn(role), limit, until: None })
}

async fn take_in(vault: &Vault, admin: &Caller, members: &Members, zone: &TimeZone, call: Call) -> Result<(), Failure> {
    let audio = Files::get(&call.file).ok_or_else(|| Failure::new(format!("the demo's {} is missing", call.file)))?;
    let metadata = Metadata {
        started_at: Some(start(vault, zone, &call.started)?),
        direction: Some(call.direction),
        from_number: call.from_number,
        to_number: call.to_number,
        contact: call.contact,
        agent: call.agent,
        tags: call.tags,
        external_id: None,
        channel_labels: Some(call.channels),
    };
    let bytes = Bytes::from(audio.data.into_owned());
    let input = futures::stream::iter([Ok(bytes)]);
    let name = call.file.rsplit('/').next().unwrap_or_default();
    let origin = Origin { source: Source::Demo, name };
    match ingest(vault, admin, origin, metadata, input).await? {
        Ingested::Stored { conversation, .. } | Ingested::Duplicate { conversation, .. } => {
            for note in call.notes {
                let author = member(members, &note.author)?;
                // Who took the call writes the note; a supervisor's stands under their own name too.
                conversations::notes::add(vault, author, conversation, &note.text).await?;
            }
            Ok(())
        }
        Ingested::Quarantined { error, .. } => Err(Failure::new(format!("the demo's {name} can't be read: {error}"))),
    }
}

fn start(vault: &Vault, zone: &TimeZone, started: &Started) -> Result<Timestamp, Failure> {
    let wrong = |error: jiff::Error| Failure::new(format!("a time of the demo doesn't fit: {error}"));
    let now = jiff::Timestamp::from_microsecond(vault.now().as_unix_micros()).map_err(wrong)?;
    let time: Time = started.time_of_day.parse().map_err(wrong)?;
    let day = now.to_zoned(zone.clone()).date().checked_sub(started.days_ago.days()).map_err(wrong)?;
    let at = day.to_datetime(time).to_zoned(zone.clone()).map_err(wrong)?.timestamp().min(now);
    Ok(Timestamp::from_unix_micros(at.as_microsecond()))
}

async fn print_links(
    vault: &Vault,
    organisation: OrganisationId,
    people: &People,
    origin: &str,
    json_lines: bool,
    output: &Output,
) -> Result<(), Failure> {
    let first = administrator(people)?;
    let (_, admin_id) = operator::user_by_email(vault, Some(organisation), &first.email).await?;
    let link = identity::demo_link(vault, organisation, admin_id).await?;
    let visitor = Visitor::default();
    let signed_in = identity::redeem_link(vault, &link.token, Redeem::default(), &visitor).await?;
    let mut admin = identity::check(vault, &signed_in.token, None).await?;
    revoke_old_keys(vault, &admin).await?;
    if !json_lines {
        output.answer("\nSign in as any of them:\n").await;
    }
    for person in &people.people {
        let (_, user) = operator::user_by_email(vault, Some(organisation), &person.email).await?;
        let link = identity::demo_link(vault, organisation, user).await?;
        let address = format!("{origin}/welcome#{}", link.token);
        if json_lines {
            admin = identity::check(vault, &signed_in.token, None).await?;
            let new = NewApiKey {
                name: format!("Demo key of {}", person.name),
                rights: KeyRights::User(user),
                expires_in_days: Some(7),
            };
            let key = identity::create_api_key(vault, &admin, &new).await?.key;
            let line = serde_json::json!({
                "role": person.role, "email": person.email, "name": person.name, "user_id": user.to_string(),
                "groups": person.groups, "sign_in_link": address, "api_key": key,
            });
            output.answer(line.to_string()).await;
        } else {
            output.answer(format!("  {:<11} {:<16} {address}", person.role, person.name)).await;
        }
    }
    let signed_out = identity::check(vault, &signed_in.token, None).await?;
    identity::sign_out(vault, &signed_out).await?;
    if !json_lines {
        output.answer(format!("\nSoundkeep is at {origin}. Stop it with Ctrl-C.")).await;
    }
    Ok(())
}

/// Keys of earlier demo starts: nobody has their text any more.
async fn revoke_old_keys(vault: &Vault, admin: &Caller) -> Result<(), Failure> {
    let options = ListOptions { limit: identity::PAGE_ROWS_MAX, ..ListOptions::default() };
    let keys = identity::api_keys(vault, admin, &options).await?;
    for key in keys.items.iter().filter(|key| key.name.starts_with("Demo key of ")) {
        identity::revoke_api_key(vault, admin, key.id).await?;
    }
    Ok(())
}
