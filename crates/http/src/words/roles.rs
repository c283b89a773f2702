//! What is said of roles: what looks like a mistake in one, and why something can't be deleted.

use super::{Language, permission as phrase};
use soundkeep_app::domain::access::{RoleWarning, Scope};
use soundkeep_app::{InUse, Names, Used};

/// What looks like a mistake in a role.
#[must_use]
pub fn role_warning(language: Language, warning: RoleWarning) -> String {
    let RoleWarning::Lacks { permission, needed, held } = warning else {
        return match language {
            Language::English => "This role allows nothing: whoever holds only this can sign in and see nothing.",
            Language::German => "Diese Rolle erlaubt nichts: wer nur sie hat, kann sich anmelden und sieht nichts.",
        }
        .to_owned();
    };
    let (what, without) = (phrase(language, permission), phrase(language, needed));
    match (language, held) {
        (Language::English, Scope::None) => {
            format!("It allows people to {what}, but not to {without}: the one is of little use without the other.")
        }
        (Language::English, _) => {
            format!("It allows people to {what} in more conversations than to {without}: the rest can't be found.")
        }
        (Language::German, Scope::None) => {
            format!("Sie erlaubt, {what}, aber nicht, {without}: das eine nützt ohne das andere wenig.")
        }
        (Language::German, _) => {
            format!("Sie erlaubt in mehr Gesprächen, {what}, als {without}: der Rest ist nicht zu finden.")
        }
    }
}

/// Names in a row, and how many more there are.
fn list(names: &Names, name: impl Fn(&str) -> String, more: impl Fn(usize, bool) -> String) -> Vec<String> {
    let mut list: Vec<String> = names.told.iter().map(|told| name(told)).collect();
    if names.more > 0 {
        list.push(more(names.more, !names.told.is_empty()));
    }
    list
}

/// Why something can't be deleted.
#[must_use]
pub fn in_use(language: Language, found: &InUse) -> String {
    let plural = |count: usize, one: &'static str, many: &'static str| if count == 1 { one } else { many };
    let mut by = match language {
        Language::English => list(&found.users, str::to_owned, |count, more| {
            format!("{count} {}{}", if more { "more " } else { "" }, plural(count, "user", "users"))
        }),
        Language::German => list(&found.users, str::to_owned, |count, more| {
            format!("{count} {}Benutzer", if more { "weitere " } else { "" })
        }),
    };
    by.extend(match language {
        Language::English => list(
            &found.api_keys,
            |name| format!("the API key “{name}”"),
            |count, more| {
                format!("{count} {}{}", if more { "more " } else { "" }, plural(count, "API key", "API keys"))
            },
        ),
        Language::German => list(
            &found.api_keys,
            |name| format!("der API-Schlüssel „{name}“"),
            |count, more| format!("{count} {}API-Schlüssel", if more { "weitere " } else { "" }),
        ),
    });
    let by = by.join(", ");
    match (language, found.used) {
        (Language::English, Used::Role) => format!("This role is still held by {by}: take it away from them first."),
        (Language::English, Used::Group) => {
            format!("Roles are limited to this group that are held by {by}: take those roles away first.")
        }
        (Language::German, Used::Role) => format!("Diese Rolle haben noch {by}: nehmen Sie sie ihnen zuerst weg."),
        (Language::German, Used::Group) => {
            format!("Auf diese Gruppe sind Rollen beschränkt, die noch {by} haben: nehmen Sie diese Rollen zuerst weg.")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_uses_it_is_named() {
        let names = |names: &[&str]| Names::of(names.iter().map(|name| (*name).to_owned()));
        let found = InUse {
            used: Used::Role,
            users: names(&["Ada", "Bo", "Cy", "Di", "Ed", "Fay", "Gus"]),
            api_keys: Names::untold(1),
        };
        let sentence = in_use(Language::English, &found);
        let expected = "This role is still held by Ada, Bo, Cy, Di, Ed, 2 more users, 1 API key: take it away from \
                        them first.";
        assert_eq!(sentence, expected);
        let found = InUse { used: Used::Group, users: names(&["Ada"]), api_keys: Names::default() };
        assert!(in_use(Language::German, &found).contains("die noch Ada haben"));
    }

    #[test]
    fn a_warning_says_what_can_not_be_found() {
        use soundkeep_app::domain::access::Permission as P;
        let lacks = |held| RoleWarning::Lacks { permission: P::RecordingsPlay, needed: P::ConversationsView, held };
        assert_eq!(
            role_warning(Language::English, lacks(Scope::None)),
            "It allows people to play audio recordings, but not to see conversation list entries and metadata: the \
             one is of little use without the other."
        );
        assert!(role_warning(Language::German, lacks(Scope::Own)).starts_with("Sie erlaubt in mehr Gesprächen, "));
    }
}
