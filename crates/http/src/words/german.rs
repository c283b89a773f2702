//! German.

mod patterns;
mod sentences;
#[cfg(test)]
mod tests;

use super::{Language, Person, permission as phrase};
use patterns::{PATTERNS, filled};
use sentences::SENTENCES;
use soundkeep_app::access::explain::ExplainedGate;
use soundkeep_app::domain::access::{Permission, Scope};

pub(super) fn title(code: &str) -> &'static str {
    match code {
        "not_signed_in" => "Nicht angemeldet",
        "denied" => "Nicht erlaubt",
        "wrong_token" => "Mit diesem Token nicht zugänglich",
        "cross_site" => "Von einer anderen Website gesendet",
        "not_found" => "Nicht gefunden",
        "method_not_allowed" => "Methode nicht erlaubt",
        "timed_out" => "Hat zu lange gedauert",
        "wrong_network" => "Nicht von hier",
        "at_provider" => "Der Identitätsanbieter lässt Sie nicht herein",
        "wrong_authentication" => "Nicht auf diesem Weg",
        "step_up_needed" => "Bitte weisen Sie sich aus",
        "conflict" => "Widerspruch",
        "access_test_broken" => "Ein Zugriffstest würde verletzt",
        "precondition_failed" => "Inzwischen geändert",
        "precondition_required" => "Version fehlt",
        "confirmation_needed" => "Bitte bestätigen",
        "still_counting" => "Es wird noch gezählt",
        "range_not_satisfiable" => "Bereich nicht vorhanden",
        "payload_too_large" => "Zu groß",
        "invalid_fields" => "Einige Angaben passen nicht",
        "unreadable_audio" => "Die Tonaufnahme ist nicht lesbar",
        "too_many_requests" => "Zu viele Anfragen",
        "unavailable" => "Zurzeit nicht verfügbar",
        "damaged" => "Die Aufnahme ist beschädigt",
        _ => "Ein Fehler auf unserer Seite",
    }
}

pub(super) fn detail(code: &str) -> &'static str {
    match code {
        "denied" => "Das dürfen Sie nicht.",
        "wrong_token" => "Ein SCIM-Token öffnet /scim/v2 und sonst nichts, und nichts anderes öffnet das.",
        "cross_site" => "Eine andere Website hat Ihren Browser das senden lassen; es wurde nicht ausgeführt.",
        "method_not_allowed" => "Mit dieser Methode geht das nicht.",
        "timed_out" => "Die Anfrage hat zu lange gedauert.",
        "step_up_needed" => {
            "Das ist eine heikle Änderung, und Sie haben sich vor mehr als einer Stunde ausgewiesen. Tun Sie es noch einmal mit POST /api/v1/session/step-up."
        }
        "confirmation_needed" => {
            "Noch wurde nichts geändert. Sehen Sie an, was es bewirkt, und senden Sie es noch einmal mit dem Kopf Soundkeep-Confirmation."
        }
        "still_counting" => {
            "Noch wurde nichts geändert: Es wird noch gezählt, was das bewirkt. Versuchen Sie es gleich noch einmal."
        }
        "precondition_required" => "Sagen Sie mit If-Match, für welche Version die Änderung gedacht ist.",
        "range_not_satisfiable" => "Diese Bytes hat die Aufnahme nicht.",
        _ => "Etwas ist schiefgegangen, das nicht schiefgehen darf. Es steht im Protokoll des Servers.",
    }
}

pub(super) fn sentence(english: &str) -> String {
    if let Some((_, german)) = SENTENCES.iter().find(|(known, _)| *known == english) {
        return (*german).to_owned();
    }
    let filled = PATTERNS.iter().find_map(|pattern| filled(*pattern, english));
    filled.unwrap_or_else(|| super::english::sentence(english))
}

pub(super) fn gate(gate: &ExplainedGate, permission: Permission, person: &Person) -> String {
    let what = phrase(Language::German, permission);
    let role = gate.role.as_deref().map_or_else(|| "Rolle".to_owned(), |role| format!("Rolle „{role}“"));
    let (whose_account, whose_role) = match person {
        Person::You => ("Ihr Konto".to_owned(), format!("Ihre {role}")),
        Person::Other(name) => (format!("Das Konto von {name}"), format!("Die {role} von {name}")),
    };
    match gate.code {
        "account_active" => format!("{whose_account} ist aktiv."),
        "account_invited" => {
            format!("{whose_account} ist eingeladen, aber noch nicht in Gebrauch.")
        }
        "account_disabled" => format!("{whose_account} ist abgeschaltet."),
        "other_organisation" => "Es gehört zu einer anderen Organisation.".to_owned(),
        "granted_all" if permission.is_scoped() => {
            format!("{whose_role} erlaubt es in jedem Gespräch.")
        }
        "granted_all" => format!("{whose_role} erlaubt es."),
        "granted_group" => match &gate.group {
            Some(group) => format!("{whose_role} erlaubt es in Gesprächen der Gruppe „{group}“."),
            None => format!("{whose_role} erlaubt es in Gesprächen dieser Gruppe."),
        },
        "granted_own" => match person {
            Person::You => {
                format!("{whose_role} erlaubt es, weil Sie als Agent teilgenommen haben.")
            }
            Person::Other(name) => {
                format!("{whose_role} erlaubt es, weil {name} als Agent teilgenommen hat.")
            }
        },
        "not_granted" => match person {
            Person::You => format!("Keine Ihrer Rollen erlaubt Ihnen, {what}."),
            Person::Other(name) => format!("Keine der Rollen von {name} erlaubt, {what}."),
        },
        "out_of_reach" => {
            let allowed = match person {
                Person::You => "Ihnen ist".to_owned(),
                Person::Other(name) => format!("{name} ist es"),
            };
            match gate.scope {
                Some(Scope::Own) => format!("{allowed} nur in eigenen Gesprächen erlaubt, {what}."),
                _ => format!(
                    "{allowed} nur in Gesprächen bestimmter Gruppen erlaubt, {what}; dieses gehört zu keiner davon."
                ),
            }
        }
        "before_appointment" => match &gate.group {
            Some(group) => format!("die Gruppe „{group}“ wird erst seit einer Zeit nach diesem Gespräch betreut."),
            None => "seine Gruppe wird erst seit einer Zeit nach diesem Gespräch betreut.".to_owned(),
        },
        "rows_allow" => "keine Zugriffsgruppe hält dieses Gespräch zurück.".to_owned(),
        "columns_allow" => "keine Zugriffsgruppe verbirgt eine Spalte, die das braucht.".to_owned(),
        "outside_rows" => match &gate.access_group {
            Some(name) => format!("die Zugriffsgruppe „{name}“ lässt dieses Gespräch durch eine Regel aus."),
            None => "eine Zugriffsgruppe lässt dieses Gespräch durch eine Regel aus.".to_owned(),
        },
        "column_hidden" => match &gate.access_group {
            Some(name) => format!("die Zugriffsgruppe „{name}“ verbirgt eine Spalte, die das braucht."),
            None => "eine Zugriffsgruppe verbirgt eine Spalte, die das braucht.".to_owned(),
        },
        "values_erased" => {
            "das hängt von Nummern oder Schlagwörtern ab, die inzwischen gelöscht sind; niemand kann es mehr sagen."
                .to_owned()
        }
        "rule_hidden" => "darüber entscheidet eine Regel, die Sie nicht sehen dürfen.".to_owned(),
        "state_allows" => "Der Zustand der Aufnahme erlaubt es.".to_owned(),
        "state_no_recording" => "Dieses Gespräch hat keine Aufnahme.".to_owned(),
        "state_processing" => "Die Aufnahme wird noch vorbereitet.".to_owned(),
        "state_failed" => "Die Aufnahme konnte nicht gelesen werden.".to_owned(),
        "state_erased" => "Die Aufnahme ist endgültig gelöscht.".to_owned(),
        other => format!("{other}."),
    }
}
