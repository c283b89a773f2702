//! What is said of what somebody reaches: which conversations a role gives, and which an access group leaves.

use super::{Language, Person};
use soundkeep_app::access::reach::{Extent, Way};
use soundkeep_app::domain::GroupId;
use soundkeep_app::domain::access::{RecordState, RowField, RowRules};
use soundkeep_app::domain::conversations::{Channel, Direction, Source};

/// Most names or values in one sentence.
const TOLD_MAX: usize = 12;

/// Which conversations a role gives.
#[must_use]
pub fn reach_way(language: Language, way: &Way, person: &Person) -> String {
    let role = &way.given.role_name;
    let is_you = *person == Person::You;
    match language {
        Language::English => {
            let own =
                if is_you { "those you took part in as the agent" } else { "those they took part in as the agent" };
            let which = match &way.extent {
                Extent::Everything => "Every conversation".to_owned(),
                Extent::Own => format!("Only {own}"),
                Extent::Groups { groups, supervised: true } if groups.is_empty() => {
                    let nobody = if is_you { "you supervise" } else { "they supervise" };
                    format!("Those of groups that {nobody}, of which there are none, and {own}")
                }
                Extent::Groups { groups, supervised } => {
                    let names = list(language, groups.iter().map(|group| group.name.as_deref()));
                    let of = match (supervised, is_you) {
                        (true, true) => "Those of groups that you supervise",
                        (true, false) => "Those of groups that they supervise",
                        (false, _) => "Those of groups",
                    };
                    format!("{of}: {names}; and {own}")
                }
            };
            format!("{which}, through the role “{role}”.")
        }
        Language::German => {
            let own = if is_you { "die eigenen als Agent" } else { "eigene als Agent" };
            let which = match &way.extent {
                Extent::Everything => "Jedes Gespräch".to_owned(),
                Extent::Own => format!("Nur {own}"),
                Extent::Groups { groups, supervised: true } if groups.is_empty() => {
                    format!("Die der betreuten Gruppen, von denen es keine gibt, und {own}")
                }
                Extent::Groups { groups, supervised } => {
                    let names = list(language, groups.iter().map(|group| group.name.as_deref()));
                    let of = if *supervised { "Die der betreuten Gruppen" } else { "Die der Gruppen" };
                    format!("{of}: {names}; und {own}")
                }
            };
            format!("{which}, durch die Rolle „{role}“.")
        }
    }
}

/// Which conversations an access group leaves: a sentence for each field that limits. All of them hold.
#[must_use]
pub fn row_rules(language: Language, rules: &RowRules, group_names: &[(GroupId, String)]) -> Vec<String> {
    rules
        .limiting()
        .map(|field| format!("{}: {}.", begins(language, field), values(language, field, rules, group_names)))
        .collect()
}

const fn begins(language: Language, field: RowField) -> &'static str {
    match (language, field) {
        (Language::English, RowField::Numbers) => "Only conversations with one of these numbers",
        (Language::English, RowField::Sources) => "Only what came in by",
        (Language::English, RowField::Statuses) => "Only recordings that are",
        (Language::English, RowField::Tags) => "Only conversations with one of these tags",
        (Language::English, RowField::Channels) => "Only by",
        (Language::English, RowField::Directions) => "Only conversations that are",
        (Language::English, RowField::Groups) => "Only conversations of the groups",
        (Language::German, RowField::Numbers) => "Nur Gespräche mit einer dieser Nummern",
        (Language::German, RowField::Sources) => "Nur was so hereinkam",
        (Language::German, RowField::Statuses) => "Nur Aufnahmen in diesem Zustand",
        (Language::German, RowField::Tags) => "Nur Gespräche mit einem dieser Schlagwörter",
        (Language::German, RowField::Channels) => "Nur auf diesem Weg",
        (Language::German, RowField::Directions) => "Nur Gespräche in dieser Richtung",
        (Language::German, RowField::Groups) => "Nur Gespräche der Gruppen",
    }
}

fn values(language: Language, field: RowField, rules: &RowRules, group_names: &[(GroupId, String)]) -> String {
    let words = |words: Vec<&'static str>| list(language, words.into_iter().map(Some));
    match field {
        RowField::Numbers => {
            let numbers: Vec<String> = rules.numbers().iter().map(ToString::to_string).collect();
            list(language, numbers.iter().map(|number| Some(number.as_str())))
        }
        RowField::Tags => list(language, rules.tags().iter().map(|tag| Some(tag.as_str()))),
        RowField::Groups => {
            let name = |id: &GroupId| {
                let found = group_names.iter().find(|(named, _)| named == id);
                found.map(|(_, name)| name.as_str()).filter(|name| !name.is_empty())
            };
            list(language, rules.groups().iter().map(name))
        }
        RowField::Sources => words(rules.sources().iter().map(|one| source(language, *one)).collect()),
        RowField::Statuses => words(rules.statuses().iter().map(|one| state(language, *one)).collect()),
        RowField::Channels => words(rules.channels().iter().map(|one| channel(language, *one)).collect()),
        RowField::Directions => words(rules.directions().iter().map(|one| direction(language, *one)).collect()),
    }
}

/// Names in a row; how many more there are, and how many have no name that may be told.
fn list<'names>(language: Language, names: impl Iterator<Item = Option<&'names str>>) -> String {
    let all: Vec<Option<&str>> = names.collect();
    let told: Vec<&str> = all.iter().copied().flatten().take(TOLD_MAX).collect();
    let rest = all.len() - told.len();
    let mut list = told.join(", ");
    if rest > 0 {
        let more = match (language, told.is_empty()) {
            (Language::English, true) => format!("{rest} that you may not see"),
            (Language::English, false) => format!(" and {rest} more"),
            (Language::German, true) => format!("{rest}, die Sie nicht sehen dürfen"),
            (Language::German, false) => format!(" und {rest} weitere"),
        };
        list.push_str(&more);
    }
    list
}

const fn source(language: Language, source: Source) -> &'static str {
    match (language, source) {
        (Language::English, Source::Upload) => "upload",
        (Language::English, Source::Folder) => "a watched folder",
        (Language::English, Source::Import) => "import",
        (Language::English, Source::Demo) => "the demo",
        (Language::German, Source::Upload) => "hochgeladen",
        (Language::German, Source::Folder) => "aus einem Ordner",
        (Language::German, Source::Import) => "importiert",
        (Language::German, Source::Demo) => "von der Vorführung",
    }
}

const fn state(language: Language, state: RecordState) -> &'static str {
    match (language, state) {
        (Language::English, RecordState::NoRecording) => "not there",
        (Language::English, RecordState::Processing) => "being prepared",
        (Language::English, RecordState::Ready) => "ready",
        (Language::English, RecordState::Failed) => "not readable",
        (Language::English, RecordState::Erased) => "erased",
        (Language::German, RecordState::NoRecording) => "nicht vorhanden",
        (Language::German, RecordState::Processing) => "in Vorbereitung",
        (Language::German, RecordState::Ready) => "bereit",
        (Language::German, RecordState::Failed) => "nicht lesbar",
        (Language::German, RecordState::Erased) => "gelöscht",
    }
}

const fn channel(language: Language, channel: Channel) -> &'static str {
    match (language, channel) {
        (Language::English, Channel::Voice) => "voice",
        (Language::English, Channel::Chat) => "chat",
        (Language::English, Channel::Email) => "email",
        (Language::English, Channel::Other) => "other means",
        (Language::German, Channel::Voice) => "Sprache",
        (Language::German, Channel::Chat) => "Chat",
        (Language::German, Channel::Email) => "E-Mail",
        (Language::German, Channel::Other) => "anders",
    }
}

const fn direction(language: Language, direction: Direction) -> &'static str {
    match (language, direction) {
        (Language::English, Direction::Inbound) => "inbound",
        (Language::English, Direction::Outbound) => "outbound",
        (Language::English, Direction::Internal) => "internal",
        (Language::English, Direction::Unknown) => "of no known direction",
        (Language::German, Direction::Inbound) => "eingehend",
        (Language::German, Direction::Outbound) => "ausgehend",
        (Language::German, Direction::Internal) => "intern",
        (Language::German, Direction::Unknown) => "unbekannt",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use soundkeep_app::access::reach::{Given, ReachedGroup};
    use soundkeep_app::domain::access::{BuiltInRole, RoleKey, RowValues};

    fn way(extent: Extent) -> Way {
        let role = RoleKey::BuiltIn(BuiltInRole::Supervisor);
        Way { extent, given: Given { assignment: None, role, role_name: "Supervisor".to_owned(), until: None } }
    }

    #[test]
    fn what_a_role_reaches_is_said_in_both_languages() {
        let group = |byte, name: Option<&str>| ReachedGroup {
            group: GroupId::from_bytes([byte; 16]),
            name: name.map(str::to_owned),
            since: None,
        };
        let groups = vec![group(1, Some("HR")), group(2, Some("Sales"))];
        let two = way(Extent::Groups { groups, supervised: false });
        let ada = Person::Other("Ada".to_owned());
        assert_eq!(
            reach_way(Language::English, &two, &ada),
            "Those of groups: HR, Sales; and those they took part in as the agent, through the role “Supervisor”."
        );
        let none = way(Extent::Groups { groups: Vec::new(), supervised: true });
        assert_eq!(
            reach_way(Language::English, &none, &Person::You),
            "Those of groups that you supervise, of which there are none, and those you took part in as the agent, \
             through the role “Supervisor”."
        );
        let unseen = way(Extent::Groups { groups: vec![group(1, None)], supervised: true });
        assert_eq!(
            reach_way(Language::German, &unseen, &Person::You),
            "Die der betreuten Gruppen: 1, die Sie nicht sehen dürfen; und die eigenen als Agent, \
             durch die Rolle „Supervisor“."
        );
    }

    #[test]
    fn each_field_of_a_rule_is_a_sentence() {
        let rules = RowRules::from(RowValues {
            numbers: vec!["+49 30*".parse().unwrap(), "77".parse().unwrap()],
            directions: vec![Direction::Inbound],
            groups: vec![GroupId::from_bytes([1; 16]), GroupId::from_bytes([2; 16])],
            ..RowValues::default()
        });
        let names = [(GroupId::from_bytes([1; 16]), "HR".to_owned()), (GroupId::from_bytes([2; 16]), String::new())];
        assert_eq!(
            row_rules(Language::English, &rules, &names),
            [
                "Only conversations that are: inbound.",
                "Only conversations of the groups: HR and 1 more.",
                "Only conversations with one of these numbers: 4930*, 77.",
            ]
        );
        assert!(row_rules(Language::German, &RowRules::default(), &[]).is_empty());
    }
}
