//! Sentences with something of the request or the vault in them, in German.

/// Sentences with something in them, which stands for `{}` in both.
pub(super) const PATTERNS: &[(&str, &str)] = &[
    ("too many requests: try again in {} seconds", "Zu viele Anfragen: versuchen Sie es in {} Sekunden wieder."),
    (
        "you come from {}, which is none of your organisation's networks",
        "Sie kommen von {}, und das ist keines der Netze Ihrer Organisation.",
    ),
    (
        "you come from {}, which is none of this key's networks",
        "Sie kommen von {}, und das ist keines der Netze dieses Schlüssels.",
    ),
    ("this would lock you out: you come from {}", "Das würde Sie aussperren: Sie kommen von {}."),
    ("this would lock you out: your address is {}", "Das würde Sie aussperren: Ihre Adresse ist {}."),
    (
        "an address of a domain that your organisation approved: {}",
        "Eine Adresse einer Domain, die Ihre Organisation zulässt: {}.",
    ),
    (
        "an address or network such as 192.0.2.7, 192.0.2.0/24 or 2001:db8::/32 is expected, not {}",
        "Erwartet wird eine Adresse oder ein Netz wie 192.0.2.7, 192.0.2.0/24 oder 2001:db8::/32, nicht {}.",
    ),
    ("a domain such as example.org is expected, not {}", "Erwartet wird eine Domain wie example.org, nicht {}."),
    (
        "at least {} characters: a few words that only you put together",
        "Mindestens {} Zeichen: ein paar Wörter, die nur Sie so zusammenstellen.",
    ),
    ("at most {} tags of {} characters", "Höchstens {} Schlagwörter zu {} Zeichen."),
    ("at most {} characters", "Höchstens {} Zeichen."),
    ("at most {} groups", "Höchstens {} Gruppen."),
    ("at most {} conversations", "Höchstens {} Gespräche."),
    ("at most {} assertions", "Höchstens {} Tests."),
    ("at most {} of them", "Höchstens {} davon."),
    ("between 1 and {} characters, in one line", "Zwischen 1 und {} Zeichen, in einer Zeile."),
    ("between 1 and {} characters", "Zwischen 1 und {} Zeichen."),
    ("a whole number from {} to {} is expected", "Erwartet wird eine ganze Zahl von {} bis {}."),
    ("one of these is expected: {}", "Erwartet wird eines davon: {}."),
    ("there is no group {}", "Eine Gruppe {} gibt es nicht."),
    ("{} belongs to {} from {} until {}: end that first", "{} gehört {} von {} bis {}: beenden Sie das zuerst."),
    ("{} belongs to {} from {} on: end that first", "{} gehört {} seit {}: beenden Sie das zuerst."),
    ("an origin begins with https:// ({})", "Ein Ursprung beginnt mit https:// ({})."),
    (
        "no wildcards: list each site by its full name ({})",
        "Keine Platzhalter: führen Sie jede Website mit vollem Namen auf ({}).",
    ),
    (
        "an origin has no path: https://crm.example.org, and nothing behind it ({})",
        "Ein Ursprung hat keinen Pfad: https://crm.example.org, und nichts dahinter ({}).",
    ),
    (
        "a host name such as crm.example.org is expected behind https:// ({})",
        "Hinter https:// wird ein Name wie crm.example.org erwartet ({}).",
    ),
    ("a port is a number from 1 to 65535 ({})", "Ein Port ist eine Zahl von 1 bis 65535 ({})."),
    (
        "only https, because http can be changed on the way ({})",
        "Nur https, weil http unterwegs verändert werden kann ({}).",
    ),
];

/// The German of a sentence of a pattern, with what stood in it.
pub(super) fn filled((english, german): (&str, &str), sentence: &str) -> Option<String> {
    let (mut english, mut german) = (english.split("{}").peekable(), german.split("{}"));
    let mut rest = sentence.strip_prefix(english.next()?)?;
    let mut filled = german.next()?.to_owned();
    while let Some(text) = english.next() {
        let (value, after) = match english.peek() {
            Some(_) => rest.split_once(text)?,
            None => (rest.strip_suffix(text)?, ""),
        };
        filled.push_str(value);
        filled.push_str(german.next()?);
        rest = after;
    }
    Some(filled)
}

#[cfg(test)]
mod tests {
    use super::{PATTERNS, filled};

    #[test]
    fn what_stands_in_a_sentence_stands_in_the_german_one() {
        let pattern = ("{} belongs to {} from {} on: end that first", "{} gehört {} seit {}: beenden Sie das zuerst.");
        let sentence = "204 belongs to Ada {} from today on: end that first";
        assert_eq!(filled(pattern, sentence).unwrap(), "204 gehört Ada {} seit today: beenden Sie das zuerst.");
        assert_eq!(filled(("at most {} characters", "Höchstens {} Zeichen."), "at most 9 groups"), None);
        assert!(PATTERNS.iter().all(|(one, other)| one.matches("{}").count() == other.matches("{}").count()));
    }
}
