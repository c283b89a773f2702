//! `soundkeep demo`: a vault of a shop that doesn't exist, with real speech in it.
//!
//! Everything goes through the same use cases as in earnest; only the clock is shifted, so that people
//! joined their groups before the calls that they took. Filling goes on where it was interrupted.

mod directory;

use crate::failure::Failure;
use crate::output::Output;
use crate::wiring::SystemClock;
use bytes::Bytes;
use jiff::ToSpan as _;
use jiff::civil::Time;
use jiff::tz::TimeZone;
use rust_embed::RustEmbed;
use serde::Deserialize;
use soundkeep_app::access::weigh::Intent;
use soundkeep_app::domain::access::{AccountState, BUILT_IN_ROLES, BuiltInRole, Limit, RoleKey};
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
/// What the vault remembers when it holds the whole demo.
const FILLED: &str = "demo_filled";

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
    let held = held.iter().find(|one| one.slug == people.organisation.slug).map(|one| one.id);
    let organisation = match held {
        Some(held) if operator::is_done(vault, FILLED).await? => held,
        held => {
            if !json_lines {
                output.answer("Filling the vault with spoken conversations ...").await;
            }
            fill(vault, clock, (&people, held), json_lines, output).await?
        }
    };
    print_links(vault, organisation, &people, origin, json_lines, output).await
}

async fn fill(
    vault: &Vault,
    clock: &SystemClock,
    (people, held): (&People, Option<OrganisationId>),
    quiet: bool,
    output: &Output,
) -> Result<OrganisationId, Failure> {
    clock.shift(-BEFORE_DAYS * DAY_SECONDS);
    let (organisation, first) = first_in(vault, people, held).await?;
    let members = people_in(vault, organisation, &first, people).await?;
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
    operator::set_done(vault, FILLED).await?;
    Ok(organisation)
}

/// Makes the organisation and its administrator, as far as they aren't there; says the administrator's token.
async fn first_in(
    vault: &Vault,
    people: &People,
    held: Option<OrganisationId>,
) -> Result<(OrganisationId, String), Failure> {
    let first = administrator(people)?;
    let setup = match held {
        None => {
            let Organisation { slug, name, .. } = &people.organisation;
            identity::create_organisation(vault, &NewOrganisation { slug: slug.clone(), name: name.clone() }).await?
        }
        Some(held) => match operator::user_by_email(vault, Some(held), &first.email).await {
            Ok((_, user)) => return Ok((held, come_again(vault, held, user).await?)),
            Err(soundkeep_app::Error::NotFound) => identity::prepare_setup(vault)
                .await?
                .ok_or_else(|| Failure::new("the demo's organisation belongs to somebody else"))?,
            Err(error) => return Err(error.into()),
        },
    };
    let said = Redeem {
        email: Some(first.email.clone()),
        name: Some(first.name.clone()),
        password: Some(unknown_password()?),
        organisation_name: Some(people.organisation.name.clone()),
        ..Redeem::default()
    };
    let signed_in = identity::redeem_link(vault, &setup.token, said, &Visitor::default()).await?.signed_in()?;
    Ok((setup.organisation, signed_in.token))
}

/// Signs somebody in who came before the demo was interrupted.
async fn come_again(vault: &Vault, organisation: OrganisationId, user: UserId) -> Result<String, Failure> {
    let link = identity::demo_link(vault, organisation, user).await?;
    Ok(identity::redeem_link(vault, &link.token, Redeem::default(), &Visitor::default()).await?.signed_in()?.token)
}

/// Somebody's id and token: invited and come in, unless they did before.
async fn come(
    vault: &Vault,
    admin: &Caller,
    organisation: OrganisationId,
    person: &Person,
) -> Result<(UserId, String), Failure> {
    let (user, invitation) = match operator::user_by_email(vault, Some(organisation), &person.email).await {
        Ok((_, user)) if identity::user(vault, admin, user).await?.state == AccountState::Active => {
            return Ok((user, come_again(vault, organisation, user).await?));
        }
        Ok((_, user)) => (user, identity::new_user_link(vault, admin, user).await?),
        Err(soundkeep_app::Error::NotFound) => {
            let invitation = Invitation {
                email: person.email.clone(),
                name: person.name.clone(),
                assignments: vec![assignment(&person.role)?],
            };
            let invited = identity::invite(vault, admin, &invitation).await?;
            (invited.user.id, invited.link)
        }
        Err(error) => return Err(error.into()),
    };
    let said = Redeem { name: Some(person.name.clone()), password: Some(unknown_password()?), ..Redeem::default() };
    Ok((user, identity::redeem_link(vault, &invitation.token, said, &Visitor::default()).await?.signed_in()?.token))
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

async fn people_in(
    vault: &Vault,
    organisation: OrganisationId,
    first_token: &str,
    people: &People,
) -> Result<Members, Failure> {
    let mut members = HashMap::new();
    let first = administrator(people)?;
    // What the demo is made of was decided when it was written.
    let mut admin = identity::check(vault, first_token, None).await?.wanting(Intent::Decided);
    let options = ListOptions { limit: identity::PAGE_ROWS_MAX, ..ListOptions::default() };
    let held = identity::groups(vault, &admin, &options).await?.items;
    let mut groups: HashMap<&str, GroupId> = HashMap::new();
    for group in &people.groups {
        let id = match held.iter().find(|one| one.name == group.name) {
            Some(held) => held.id,
            None => identity::create_group(vault, &admin, &group.name).await?.id,
        };
        groups.insert(&group.name, id);
    }
    let mut tokens = HashMap::from([(first.email.clone(), (first_token.to_owned(), user_of(&admin)?))]);
    for person in people.people.iter().filter(|person| person.email != first.email) {
        let (user, token) = come(vault, &admin, organisation, person).await?;
        tokens.insert(person.email.clone(), (token, user));
        admin = identity::check(vault, first_token, None).await?.wanting(Intent::Decided);
        for name in &person.groups {
            let group = groups.get(name.as_str()).ok_or_else(|| Failure::new(format!("no group {name}")))?;
            identity::join_group(vault, &admin, Bond::Member, (*group, user), None).await?;
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
        let (_, user) = tokens.get(&person.email).ok_or_else(|| Failure::new("somebody is missing"))?;
        let held = identity::user(vault, &admin, *user).await?.agent_ids;
        for value in person.agent_ids.iter().filter(|value| held.iter().all(|held| held.value != **value)) {
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
            let held = conversations::notes::list(vault, admin, conversation).await?;
            for note in call.notes.into_iter().filter(|note| held.iter().all(|held| held.text != note.text)) {
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
    let signed_in = identity::redeem_link(vault, &link.token, Redeem::default(), &visitor).await?.signed_in()?;
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
            // Nobody is there to confirm anything.
            admin = identity::check(vault, &signed_in.token, None).await?.wanting(Intent::Decided);
            let new = NewApiKey {
                name: format!("Demo key of {}", person.name),
                rights: KeyRights::User(user),
                scopes: None,
                networks: Vec::new(),
                expires_in_days: Some(7),
                never_expires: false,
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
    if json_lines {
        directory::print_token(vault, &signed_out.wanting(Intent::Decided), origin, output).await?;
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
