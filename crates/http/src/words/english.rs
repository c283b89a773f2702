//! English.

use super::{Language, Person, permission as phrase};
use soundkeep_app::access::explain::ExplainedGate;
use soundkeep_app::domain::access::{Permission, Scope};

pub(super) fn title(code: &str) -> &'static str {
    match code {
        "not_signed_in" => "Not signed in",
        "denied" => "Not allowed",
        "wrong_token" => "Not opened by this token",
        "cross_site" => "Sent by another site",
        "not_found" => "Not found",
        "method_not_allowed" => "Method not allowed",
        "timed_out" => "Took too long",
        "wrong_network" => "Not from here",
        "at_provider" => "The identity provider doesn't let you in",
        "wrong_authentication" => "Not in this way",
        "step_up_needed" => "Please prove who you are",
        "conflict" => "Conflict",
        "access_test_broken" => "An access test would be broken",
        "precondition_failed" => "Changed in between",
        "precondition_required" => "Version missing",
        "confirmation_needed" => "Please confirm",
        "still_counting" => "Still being counted",
        "range_not_satisfiable" => "Range not satisfiable",
        "payload_too_large" => "Too large",
        "invalid_fields" => "Some fields don't fit",
        "unreadable_audio" => "The audio can't be read",
        "too_many_requests" => "Too many requests",
        "unavailable" => "Not available at the moment",
        "damaged" => "The recording is damaged",
        _ => "An error on our side",
    }
}

pub(super) fn detail(code: &str) -> &'static str {
    match code {
        "denied" => "You are not allowed to do this.",
        "wrong_token" => "A SCIM token opens /scim/v2 and nothing else, and nothing else opens that.",
        "cross_site" => "Another site made your browser send this; it was not carried out.",
        "method_not_allowed" => "This can't be done with that method.",
        "timed_out" => "The request took too long.",
        "step_up_needed" => {
            "This is a sensitive change, and you proved who you are more than an hour ago. Do it anew with POST /api/v1/session/step-up."
        }
        "confirmation_needed" => {
            "Nothing was changed yet. Look at what it does, and send it again with the header Soundkeep-Confirmation."
        }
        "still_counting" => {
            "Nothing was changed yet: it is still being counted what this would do. Try again in a moment."
        }
        "precondition_required" => "Say with If-Match which version the change is meant for.",
        "range_not_satisfiable" => "The recording doesn't have these bytes.",
        _ => "Something went wrong that should not have. It was written to the server's log.",
    }
}

/// A sentence as it stands on a page: with a capital and a full stop.
pub(super) fn sentence(text: &str) -> String {
    let mut letters = text.chars();
    let mut sentence: String = letters.next().map(|first| first.to_uppercase().collect()).unwrap_or_default();
    sentence.push_str(letters.as_str());
    if !sentence.ends_with(['.', '!', '?', '…']) {
        sentence.push('.');
    }
    sentence
}

pub(super) fn gate(gate: &ExplainedGate, permission: Permission, person: &Person) -> String {
    let what = phrase(Language::English, permission);
    let role = gate.role.as_deref().map_or_else(|| "role".to_owned(), |role| format!("role “{role}”"));
    let (own, subject, may) = match person {
        Person::You => ("your".to_owned(), "you".to_owned(), "You may".to_owned()),
        Person::Other(name) => (format!("{name}'s"), name.clone(), format!("{name} may")),
    };
    let text = match gate.code {
        "account_active" => format!("{own} account is active."),
        "account_invited" => format!("{own} account is invited and not yet taken up."),
        "account_disabled" => format!("{own} account is switched off."),
        "other_organisation" => "it belongs to another organisation.".to_owned(),
        "granted_all" if permission.is_scoped() => {
            format!("{own} {role} allows it in every conversation.")
        }
        "granted_all" => format!("{own} {role} allows it."),
        "granted_group" => match &gate.group {
            Some(group) => {
                format!("{own} {role} allows it in conversations of the group “{group}”.")
            }
            None => format!("{own} {role} allows it in conversations of this group."),
        },
        "granted_own" => match person {
            Person::You => format!("{own} {role} allows it, because you took part as the agent."),
            Person::Other(name) => {
                format!("{own} {role} allows it, because {name} took part as the agent.")
            }
        },
        "not_granted" => format!("none of {own} roles allows {} to {what}.", them(person)),
        "out_of_reach" => match gate.scope {
            Some(Scope::Own) => {
                format!("{may} {what} only where {subject} took part as the agent.")
            }
            _ => format!("{may} {what} in conversations of certain groups; this one belongs to none of them."),
        },
        "before_appointment" => match &gate.group {
            Some(group) => format!("{subject} supervise the group “{group}” only since after this conversation."),
            None => format!("{subject} supervise its group only since after this conversation."),
        },
        "rows_allow" => "no access group keeps this conversation back.".to_owned(),
        "columns_allow" => "no access group hides a column that this takes.".to_owned(),
        "outside_rows" => {
            let by = gate.by.unwrap_or("rows");
            match &gate.access_group {
                Some(name) => format!("the access group “{name}” leaves this conversation out by its rule over {by}."),
                None => format!("an access group leaves this conversation out by its rule over {by}."),
            }
        }
        "column_hidden" => {
            let column = gate.by.unwrap_or("audio");
            match &gate.access_group {
                Some(name) => format!("the access group “{name}” hides the column “{column}”."),
                None => format!("an access group hides the column “{column}”."),
            }
        }
        "values_erased" => "it depends on numbers or tags that were erased since; nobody can tell any more.".to_owned(),
        "rule_hidden" => "a rule decides this that you may not see.".to_owned(),
        "state_allows" => "the state of the recording allows it.".to_owned(),
        "state_no_recording" => "this conversation has no recording.".to_owned(),
        "state_processing" => "the recording is still being prepared.".to_owned(),
        "state_failed" => "the recording could not be read.".to_owned(),
        "state_erased" => "the recording is erased for good.".to_owned(),
        other => format!("{other}."),
    };
    sentence(&text)
}

const fn them(person: &Person) -> &'static str {
    match person {
        Person::You => "you",
        Person::Other(_) => "them",
    }
}
