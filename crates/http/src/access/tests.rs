//! Access tests: the document, changing it, its file, and running it.

use crate::door::Door;
use crate::extract::{Sent, Signed, Speaks, read_body};
use crate::problem::{Answer, Refusal};
use crate::versions::{expected, represented};
use crate::wire::Id;
use crate::words::{self, Language};
use axum::Json;
use axum::extract::{FromRequest, Request, State};
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::http::{HeaderMap, HeaderValue};
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use soundkeep_app::access::tests::{self, Document, Finding, Holder, LineFinding, Run, Through, Witness};
use soundkeep_app::domain::access::assertion::{NameKind, ParseError};
use utoipa::ToSchema;

/// The access tests of the organisation.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct AccessTests {
    /// Grows with every change; 0 before the first.
    version: i64,
    /// One assertion a line; what follows a # is for people. Names are those that everything has now.
    text: String,
    /// What the lines say.
    lines: Vec<AccessTestLine>,
}

/// An assertion.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct AccessTestLine {
    /// Which line, from 1.
    line: usize,
    /// As it is written.
    text: String,
    /// The same in its shortest form.
    sentence: String,
}

impl From<Document> for AccessTests {
    fn from(document: Document) -> Self {
        let lines = document.lines.into_iter().map(|line| AccessTestLine {
            line: line.number,
            sentence: line.assertion.to_string(),
            text: line.text,
        });
        Self { version: document.version, lines: lines.collect(), text: document.text }
    }
}

/// Access tests to be saved, or to be tried.
#[derive(Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct AccessTestsText {
    /// One assertion a line.
    text: String,
}

/// The same as JSON, or as it stands in a file.
pub(crate) struct Written(String);

impl FromRequest<Door> for Written {
    type Rejection = Refusal;
    async fn from_request(request: Request, door: &Door) -> Answer<Self> {
        let media_type = request.headers().get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
        let essence = media_type.and_then(|text| text.split(';').next()).unwrap_or_default().trim();
        if !essence.eq_ignore_ascii_case("text/plain") {
            return Sent::<AccessTestsText>::from_request(request, door).await.map(|Sent(sent)| Self(sent.text));
        }
        let bytes = read_body(request.into_body()).await?;
        let text = String::from_utf8(bytes.into()).map_err(|_| Refusal::invalid("text", "UTF-8 is expected"))?;
        Ok(Self(text))
    }
}

/// Shows the access tests.
#[utoipa::path(get, path = "/api/v1/access-tests", tag = "access",
    responses((status = 200, description = "The access tests.", body = AccessTests), (status = 304, description = "Not changed.")))]
pub(crate) async fn show(State(door): State<Door>, Signed(caller): Signed, headers: HeaderMap) -> Answer<Response> {
    let document = tests::access_tests(&door.vault, &caller).await?;
    let version = document.version;
    represented(&headers, version, &AccessTests::from(document))
}

/// Replaces the access tests: the whole document, as JSON or as the text of a file. An assertion that is broken now may
/// be saved; one that can't be read, or names what isn't there, may not.
#[utoipa::path(put, path = "/api/v1/access-tests", tag = "access",
    request_body(content((AccessTestsText = "application/json"), (String = "text/plain"))),
    params(("If-Match" = String, Header, description = "The version that is changed.")),
    responses((status = 200, description = "As they are now.", body = AccessTests)))]
pub(crate) async fn replace(
    State(door): State<Door>,
    Signed(caller): Signed,
    headers: HeaderMap,
    Written(text): Written,
) -> Answer<Response> {
    let meant = expected(&headers);
    let version = match meant.single()? {
        Some(version) => version,
        None => meant.required(tests::access_tests(&door.vault, &caller).await?.version)?,
    };
    let document = tests::replace(&door.vault, &caller, version, &text).await?;
    let version = document.version;
    represented(&HeaderMap::new(), version, &AccessTests::from(document))
}

/// The access tests as a file, for a repository.
#[utoipa::path(get, path = "/api/v1/access-tests/file", tag = "access",
    responses((status = 200, description = "The file.", body = String, content_type = "text/plain")))]
pub(crate) async fn file(State(door): State<Door>, Signed(caller): Signed) -> Answer<Response> {
    let document = tests::access_tests(&door.vault, &caller).await?;
    let headers = [
        (CONTENT_TYPE, HeaderValue::from_static("text/plain; charset=utf-8")),
        (CONTENT_DISPOSITION, HeaderValue::from_static("attachment; filename=\"access-tests.txt\"")),
    ];
    Ok((headers, document.text).into_response())
}

/// What is to be run.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct AccessTestsToRun {
    /// Access tests that aren't saved; left out, those that are kept are run.
    text: Option<String>,
}

/// What was found of all access tests.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct AccessTestRun {
    /// Whether every assertion can be read and holds.
    holds: bool,
    /// In the order of the lines.
    items: Vec<AccessTestResult>,
}

/// What was found of one line.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct AccessTestResult {
    /// Which line, from 1.
    line: usize,
    /// As it is written; empty when it can't be read.
    text: String,
    outcome: AccessTestOutcome,
    /// What was found, in words.
    sentence: String,
    /// Which character can't be read, from 1.
    #[schema(required = true)]
    column: Option<usize>,
    /// Names that mean nothing; then nobody was asked.
    missing: Vec<MissingName>,
    /// The first of those who could do what the assertion says that they never do.
    witnesses: Vec<AccessTestWitness>,
    /// How many could.
    witnesses_count: usize,
}

/// What was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum AccessTestOutcome {
    /// It is true, and stays so whatever conversations come.
    Holds,
    /// It isn't.
    Broken,
    /// It can't be read.
    Unreadable,
}

/// A name that means nothing, or nothing any more.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct MissingName {
    kind: MissingKind,
    name: String,
    /// In words.
    sentence: String,
}

/// What a name should name.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum MissingKind {
    Role,
    Group,
    User,
}

/// What somebody who breaks an assertion is.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum WitnessKind {
    /// A person.
    User,
    /// A program with a role of its own.
    ApiKey,
}

/// How far a role lets them.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum WitnessReach {
    /// Everything.
    All,
    /// A group.
    Group,
    /// Conversations that they take part in.
    Own,
}

/// Somebody who breaks an assertion.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct AccessTestWitness {
    kind: WitnessKind,
    #[schema(value_type = Id)]
    id: String,
    name: String,
    /// Of a person.
    #[schema(required = true)]
    email: Option<String>,
    /// Invited, but not yet come in.
    invited: bool,
    /// What they could do.
    permission: &'static str,
    /// The role that lets them.
    #[schema(required = true)]
    role: Option<String>,
    reach: WitnessReach,
    /// Through which group.
    #[schema(required = true)]
    group: Option<String>,
    /// All of it in words.
    sentence: String,
}

fn witness(language: Language, found: Witness) -> AccessTestWitness {
    let sentence = words::witness(language, &found);
    let (kind, id, name, email, invited) = match found.holder {
        Holder::User { id, name, email, invited } => (WitnessKind::User, id.to_string(), name, Some(email), invited),
        Holder::Program { id, name } => (WitnessKind::ApiKey, id.to_string(), name, None, false),
    };
    let (reach, group) = match found.through {
        Through::All => (WitnessReach::All, None),
        Through::Group(group) => (WitnessReach::Group, Some(group)),
        Through::Own => (WitnessReach::Own, None),
    };
    let (permission, role) = (found.permission.key(), found.role);
    AccessTestWitness { kind, id, name, email, invited, permission, role, reach, group, sentence }
}

fn result(language: Language, found: LineFinding) -> AccessTestResult {
    let sentence = words::finding(language, &found.finding);
    let (outcome, missing, witnesses, count) = match found.finding {
        Finding::Holds => (AccessTestOutcome::Holds, Vec::new(), Vec::new(), 0),
        Finding::Broken { missing, witnesses, count } => (AccessTestOutcome::Broken, missing, witnesses, count),
    };
    let missing = missing.into_iter().map(|name| MissingName {
        kind: match name.kind {
            NameKind::Role => MissingKind::Role,
            NameKind::Group => MissingKind::Group,
            NameKind::User => MissingKind::User,
        },
        sentence: words::missing(language, &name),
        name: name.text,
    });
    AccessTestResult {
        line: found.number,
        text: found.text,
        outcome,
        sentence,
        column: None,
        missing: missing.collect(),
        witnesses: witnesses.into_iter().map(|found| witness(language, found)).collect(),
        witnesses_count: count,
    }
}

fn unreadable(language: Language, error: &ParseError) -> AccessTestResult {
    AccessTestResult {
        line: error.line,
        text: String::new(),
        outcome: AccessTestOutcome::Unreadable,
        sentence: words::unreadable(language, error),
        column: Some(error.column),
        missing: Vec::new(),
        witnesses: Vec::new(),
        witnesses_count: 0,
    }
}

impl AccessTestRun {
    fn of(language: Language, run: Run) -> Self {
        let holds = run.all_hold();
        let mut items: Vec<AccessTestResult> = run.unreadable.iter().map(|error| unreadable(language, error)).collect();
        items.extend(run.lines.into_iter().map(|found| result(language, found)));
        items.sort_by_key(|item| item.line);
        Self { holds, items }
    }
}

/// What was found, as the API answers, for the command line.
#[must_use]
pub fn document(language: Language, run: Run) -> Value {
    serde_json::to_value(AccessTestRun::of(language, run)).unwrap_or_default()
}

/// Runs the access tests, or some that aren't saved: asks every assertion whether it is true of everybody now.
#[utoipa::path(post, path = "/api/v1/access-tests/run", tag = "access", request_body = AccessTestsToRun,
    responses((status = 200, description = "What was found.", body = AccessTestRun)))]
pub(crate) async fn run(
    State(door): State<Door>,
    Signed(caller): Signed,
    Speaks(language): Speaks,
    Sent(sent): Sent<AccessTestsToRun>,
) -> Answer<Json<AccessTestRun>> {
    let run = tests::run(&door.vault, &caller, sent.text.as_deref()).await?;
    Ok(Json(AccessTestRun::of(language, run)))
}
