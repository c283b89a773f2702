//! German.

use super::{Language, Person, permission as phrase};
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

/// Sentences of use cases that people meet often; all others stay English.
const SENTENCES: &[(&str, &str)] = &[
    ("not signed in", "Sie sind nicht angemeldet."),
    ("not found", "Das gibt es nicht, oder Sie dürfen es nicht sehen."),
    ("it was changed in between: read it again", "Es wurde inzwischen geändert: bitte neu lesen."),
    ("some fields don't fit", "Einige Angaben passen nicht."),
    (
        "the stored recording is damaged and was not opened",
        "Die gespeicherte Aufnahme ist beschädigt und wurde nicht geöffnet.",
    ),
    (
        "this Idempotency-Key was used for another request before",
        "Dieser Idempotency-Key gehört schon zu einer anderen Anfrage.",
    ),
    (
        "the request with this Idempotency-Key is still being carried out",
        "Die Anfrage mit diesem Idempotency-Key wird noch ausgeführt.",
    ),
    (
        "this was done already, and its answer held a secret that is shown only once",
        "Das ist schon geschehen, und die Antwort enthielt ein Geheimnis, das nur einmal gezeigt wird.",
    ),
    ("a name is needed", "Ein Name ist nötig."),
    ("no control characters", "Keine Steuerzeichen."),
    ("an email address such as ada@example.org", "Eine E-Mail-Adresse wie ada@example.org."),
    ("there is no such user", "Diesen Benutzer gibt es nicht."),
    ("there is no such role", "Diese Rolle gibt es nicht."),
    ("there is no such group", "Diese Gruppe gibt es nicht."),
    ("at least one group", "Mindestens eine Gruppe."),
    ("a time to come", "Ein Zeitpunkt in der Zukunft."),
    ("a time after the beginning", "Ein Zeitpunkt nach dem Beginn."),
    ("not a time to come", "Kein Zeitpunkt in der Zukunft."),
    ("lies in the future", "Liegt in der Zukunft."),
    ("the file is empty", "Die Datei ist leer."),
    ("active or disabled", "„active“ oder „disabled“."),
    ("it exists already", "Das gibt es schon."),
    (
        "this is the last user who manages users: give somebody else that role first",
        "Das ist der letzte Benutzer, der Benutzer verwaltet: geben Sie die Rolle zuerst jemand anderem.",
    ),
    (
        "nobody can switch themselves off: ask another administrator",
        "Niemand kann sich selbst abschalten: fragen Sie einen anderen Administrator.",
    ),
    (
        "nobody would be left who manages users: give somebody another role that does first",
        "Niemand würde mehr Benutzer verwalten: geben Sie zuerst jemandem eine andere Rolle, die das erlaubt.",
    ),
    (
        "built-in roles can't be changed or deleted: clone it and change the clone",
        "Mitgelieferte Rollen sind fest: kopieren Sie die Rolle und ändern Sie die Kopie.",
    ),
    (
        "a directory says what this user is called: change it there",
        "Wie dieser Benutzer heißt, sagt ein Verzeichnis: bitte dort ändern.",
    ),
    ("this provider has five tokens: revoke one first", "Dieser Anbieter hat fünf Token: widerrufen Sie zuerst eines."),
    ("this token has ended: make another", "Dieses Token ist abgelaufen: erstellen Sie ein anderes."),
    ("there is a role of this name already", "Eine Rolle mit diesem Namen gibt es schon."),
    ("a built-in role has this name", "So heißt schon eine mitgelieferte Rolle."),
    ("the job has ended already", "Die Arbeit ist schon zu Ende."),
    (
        "say which: an agent id, a time, or conversations",
        "Sagen Sie, welche: eine Agentenkennung, eine Zeit oder Gespräche.",
    ),
    ("either conversations, or an agent id and a time", "Entweder Gespräche, oder Agentenkennung und Zeit."),
    ("there is no such permission", "Diese Berechtigung gibt es nicht."),
    ("its feature doesn't exist yet", "Die Funktion dazu gibt es noch nicht."),
    ("yes or no", "„yes“ oder „no“."),
    ("none, own, groups or all", "„none“, „own“, „groups“ oder „all“."),
    ("either clone_of or a template, not both", "Entweder clone_of oder template, nicht beides."),
    ("the user is switched off: switch them on first", "Der Benutzer ist abgeschaltet: schalten Sie ihn zuerst ein."),
    (
        "the disk is almost full: nothing is taken in until there is space",
        "Die Platte ist fast voll: bis Platz ist, wird nichts aufgenommen.",
    ),
    ("the database can't be reached or can't write", "Die Datenbank ist nicht erreichbar oder kann nicht schreiben."),
    (
        "your organisation asks programs for a secret signed with their key, and for nothing else: make one with soundkeep api-secret, and send it as a bearer token",
        "Ihre Organisation verlangt von Programmen ein mit ihrem Schlüssel signiertes Geheimnis und nichts sonst: machen Sie eines mit soundkeep api-secret, und schicken Sie es als Bearer-Token.",
    ),
    (
        "your organisation asks programs for an access token, and for nothing else: get one for the key's id and text at /oauth2/token, and send it as a bearer token",
        "Ihre Organisation verlangt von Programmen ein Zugriffstoken und nichts sonst: holen Sie eines für Kennung und Text des Schlüssels unter /oauth2/token, und schicken Sie es als Bearer-Token.",
    ),
    ("only networks within those of the key that asks", "Nur Netze innerhalb derer des Schlüssels, der fragt."),
    (
        "the key that asks is held to networks, and this one isn't within those",
        "Der Schlüssel, der fragt, ist an Netze gebunden, und dieser liegt nicht darin.",
    ),
    (
        "this would lock you out: you came in another way than this one",
        "Das würde Sie aussperren: Sie kamen auf einem anderen Weg als diesem.",
    ),
    ("there is nothing in the ledger yet", "Im Hauptbuch steht noch nichts."),
    ("1 to 200", "1 bis 200."),
    ("not a cursor of this list", "Kein Zeiger dieser Liste."),
];

pub(super) fn sentence(english: &str) -> String {
    if let Some((_, german)) = SENTENCES.iter().find(|(known, _)| *known == english) {
        return (*german).to_owned();
    }
    if let Some(seconds) =
        english.strip_prefix("too many requests: try again in ").and_then(|rest| rest.strip_suffix(" seconds"))
    {
        return format!("Zu viele Anfragen: versuchen Sie es in {seconds} Sekunden wieder.");
    }
    if let Some(address) = english
        .strip_prefix("you come from ")
        .and_then(|rest| rest.strip_suffix(", which is none of your organisation's networks"))
    {
        return format!("Sie kommen von {address}, und das ist keines der Netze Ihrer Organisation.");
    }
    if let Some(address) = english
        .strip_prefix("you come from ")
        .and_then(|rest| rest.strip_suffix(", which is none of this key's networks"))
    {
        return format!("Sie kommen von {address}, und das ist keines der Netze dieses Schlüssels.");
    }
    if let Some(count) = english.strip_prefix("at most ").and_then(|rest| rest.strip_suffix(" characters")) {
        return format!("Höchstens {count} Zeichen.");
    }
    super::english::sentence(english)
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
