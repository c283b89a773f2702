//! Sentences about access tests: what can't be read, what is broken and by whom. Decides nothing.

use super::{Language, permission};
use soundkeep_app::access::tests::{BrokenLine, Finding, Holder, MissingName, Through, UnfitLine, Witness};
use soundkeep_app::domain::access::assertion::{NameKind, ParseError};

/// How many who could are named in a refusal.
const NAMED_MAX: usize = 3;

/// Why a line can't be read, with its place and what would fit there.
#[must_use]
pub fn unreadable(language: Language, error: &ParseError) -> String {
    let expected: Vec<&str> = error.expected.iter().map(|one| expected(language, one)).collect();
    let (column, many) = (error.column, expected.len() > 1);
    match (language, &error.met) {
        (Language::English, met) => {
            let met = met.as_ref().map_or_else(|| "the line ends".to_owned(), |met| format!("“{met}” doesn't fit"));
            let hint = if many { "one of these would: " } else { "what would: " };
            format!("Column {column}: {met}; {hint}{}.", expected.join(", "))
        }
        (Language::German, met) => {
            let met = met.as_ref().map_or_else(|| "die Zeile endet".to_owned(), |met| format!("„{met}“ passt nicht"));
            let hint = if many { "eines davon passte: " } else { "es passte: " };
            format!("Spalte {column}: {met}; {hint}{}.", expected.join(", "))
        }
    }
}

/// Why a line can't be kept.
#[must_use]
pub fn unfit(language: Language, line: &UnfitLine) -> String {
    match line {
        UnfitLine::Unreadable(error) => unreadable(language, error),
        UnfitLine::Missing(_, name) => format!("{}.", capital(&missing(language, name))),
    }
}

/// What isn't a word of the language of assertions itself.
fn expected(language: Language, english: &str) -> &str {
    if language == Language::English {
        return english;
    }
    match english {
        "an email address" => "eine E-Mail-Adresse",
        "the name of a role" => "der Name einer Rolle",
        "the name of a group" => "der Name einer Gruppe",
        "a permission such as recordings.play" => "eine Berechtigung wie recordings.play",
        "the end of the line" => "das Ende der Zeile",
        "the end of the line: this permission is about no conversations" => {
            "das Ende der Zeile: bei dieser Berechtigung geht es nicht um Gespräche"
        }
        "a closing quotation mark" => "ein schließendes Anführungszeichen",
        other => other,
    }
}

/// A name that means nothing.
#[must_use]
pub fn missing(language: Language, name: &MissingName) -> String {
    let text = &name.text;
    match (language, name.kind) {
        (Language::English, NameKind::Role) => format!("there is no role “{text}”"),
        (Language::English, NameKind::Group) => format!("there is no group “{text}”"),
        (Language::English, NameKind::User) => format!("there is no user {text}"),
        (Language::German, NameKind::Role) => format!("es gibt keine Rolle „{text}“"),
        (Language::German, NameKind::Group) => format!("es gibt keine Gruppe „{text}“"),
        (Language::German, NameKind::User) => format!("es gibt keinen Benutzer {text}"),
    }
}

/// What somebody could do, and through what.
#[must_use]
pub fn witness(language: Language, witness: &Witness) -> String {
    let what = permission(language, witness.permission);
    let scoped = witness.permission.is_scoped();
    let (who, invited) = match &witness.holder {
        Holder::User { name, invited, .. } => (name.clone(), *invited),
        Holder::Program { name, .. } => {
            let key = match language {
                Language::English => format!("The API key “{name}”"),
                Language::German => format!("Den API-Schlüssel „{name}“"),
            };
            (key, false)
        }
    };
    match language {
        Language::English => {
            let invited = if invited { " (invited)" } else { "" };
            let role = witness.role.as_ref().map_or_else(String::new, |role| format!(", by the role “{role}”"));
            let reach = match &witness.through {
                Through::All if scoped => " in every conversation".to_owned(),
                Through::All => String::new(),
                Through::Group(group) => format!(" in conversations of the group “{group}”"),
                Through::Own => " in their own conversations".to_owned(),
            };
            format!("{who}{invited} could {what}{reach}{role}.")
        }
        Language::German => {
            let invited = if invited { " (eingeladen)" } else { "" };
            let role = witness.role.as_ref().map_or_else(String::new, |role| format!(", durch die Rolle „{role}“"));
            let reach = match &witness.through {
                Through::All if scoped => " – in jedem Gespräch".to_owned(),
                Through::All => String::new(),
                Through::Group(group) => format!(" – in Gesprächen der Gruppe „{group}“"),
                Through::Own => " – in eigenen Gesprächen".to_owned(),
            };
            let who = match witness.holder {
                Holder::User { .. } => format!("Für {who}{invited}"),
                Holder::Program { .. } => who.replacen("Den ", "Für den ", 1),
            };
            format!("{who} wäre erlaubt, {what}{reach}{role}.")
        }
    }
}

/// What was found of an assertion, in one sentence.
#[must_use]
pub fn finding(language: Language, finding: &Finding) -> String {
    match (finding, language) {
        (Finding::Holds, Language::English) => "It holds.".to_owned(),
        (Finding::Holds, Language::German) => "Stimmt.".to_owned(),
        (Finding::Broken { missing: names, .. }, _) if !names.is_empty() => capital(&missing_all(language, names)),
        (Finding::Broken { count: 1, .. }, Language::English) => "It doesn't hold: one could.".to_owned(),
        (Finding::Broken { count, .. }, Language::English) => format!("It doesn't hold: {count} could."),
        (Finding::Broken { count: 1, .. }, Language::German) => "Stimmt nicht: für einen gilt es nicht.".to_owned(),
        (Finding::Broken { count, .. }, Language::German) => format!("Stimmt nicht: für {count} gilt es nicht."),
    }
}

fn missing_all(language: Language, names: &[MissingName]) -> String {
    let names: Vec<String> = names.iter().map(|name| missing(language, name)).collect();
    format!("{}.", names.join(", "))
}

fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map(|first| first.to_uppercase().collect::<String>() + letters.as_str()).unwrap_or_default()
}

/// Why a change of rights isn't made: the assertions that it would break, and by whom.
#[must_use]
pub fn assertions_broken(language: Language, lines: &[BrokenLine]) -> String {
    let told: Vec<String> = lines.iter().map(|line| broken(language, line)).collect();
    told.join(" ")
}

fn broken(language: Language, line: &BrokenLine) -> String {
    let BrokenLine { number, text, missing: names, witnesses, count } = line;
    let mut why: Vec<String> = Vec::new();
    if !names.is_empty() {
        why.push(capital(&missing_all(language, names)));
    }
    why.extend(witnesses.iter().take(NAMED_MAX).map(|one| witness(language, one)));
    let more = count.saturating_sub(NAMED_MAX);
    if more > 0 {
        why.push(match language {
            Language::English => format!("So could {more} more."),
            Language::German => format!("Ebenso für {more} weitere."),
        });
    }
    let why = why.join(" ");
    match language {
        Language::English => format!("This would break the access test in line {number}, “{text}”: {why}"),
        Language::German => format!("Das würde den Zugriffstest in Zeile {number} verletzen, „{text}“: {why}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use soundkeep_app::domain::UserId;
    use soundkeep_app::domain::access::Permission;
    use soundkeep_app::domain::access::assertion::parse_line;

    fn lines() -> Vec<BrokenLine> {
        let one = Witness {
            holder: Holder::User {
                id: UserId::from_bytes([1; 16]),
                name: "Mo Muster".to_owned(),
                email: "mo@example.org".to_owned(),
                invited: true,
            },
            permission: Permission::RecordingsPlay,
            role: Some("Supervisor".to_owned()),
            through: Through::Group("Sales".to_owned()),
        };
        vec![BrokenLine {
            number: 3,
            text: "group HR is heard only by members of HR-Leads".to_owned(),
            missing: Vec::new(),
            witnesses: vec![one],
            count: 1,
        }]
    }

    #[test]
    fn a_refusal_names_the_assertion_and_who_could() {
        assert_eq!(
            assertions_broken(Language::English, &lines()),
            "This would break the access test in line 3, “group HR is heard only by members of HR-Leads”: Mo Muster \
             (invited) could play audio recordings in conversations of the group “Sales”, by the role “Supervisor”."
        );
        assert_eq!(
            assertions_broken(Language::German, &lines()),
            "Das würde den Zugriffstest in Zeile 3 verletzen, „group HR is heard only by members of HR-Leads“: Für Mo \
             Muster (eingeladen) wäre erlaubt, Tonaufnahmen anzuhören – in Gesprächen der Gruppe „Sales“, durch die \
             Rolle „Supervisor“."
        );
    }

    #[test]
    fn a_line_that_can_not_be_read_is_told_in_both_languages() {
        let error = parse_line(1, "group HR is herd only by role Admin").unwrap_err();
        assert!(
            unreadable(Language::English, &error).starts_with("Column 13: “herd” doesn't fit; one of these would: ")
        );
        let error = parse_line(1, "role").unwrap_err();
        assert_eq!(unreadable(Language::German, &error), "Spalte 5: die Zeile endet; es passte: der Name einer Rolle.");
    }
}
