//! The demo recordings are what their index says: every codec, voices where the transcript has them, invented numbers.

use serde_json::Value;

use crate::files::analyse;

fn demo(path: &str) -> Vec<u8> {
    std::fs::read(format!("{}/../../demo/{path}", env!("CARGO_MANIFEST_DIR"))).unwrap()
}

fn json(path: &str) -> Value {
    serde_json::from_slice(&demo(path)).unwrap()
}

#[test]
fn every_demo_recording_is_what_the_index_says() {
    let conversations = json("conversations.json");
    let mut codecs = std::collections::BTreeSet::new();
    let mut bytes_total = 0;
    for conversation in conversations.as_array().unwrap() {
        let name = conversation["file"].as_str().unwrap();
        let bytes = demo(name);
        let analysis = analyse(&bytes).unwrap_or_else(|error| panic!("{name}: {error}"));
        let codec = conversation["codec"].as_str().unwrap();
        assert!(analysis.codec.name().starts_with(codec), "{name}");
        assert_eq!(analysis.findings, [], "{name}");
        assert!(analysis.duration_ms().abs_diff(conversation["duration_ms"].as_u64().unwrap()) < 100, "{name}");
        let channels = conversation["channels"].as_array().unwrap();
        assert_eq!(analysis.channels.len(), channels.len(), "{name}");
        for (channel, label) in analysis.channels.iter().zip(channels) {
            let (mut spoken, mut found) = (0, 0);
            for line in conversation["transcript"].as_array().unwrap() {
                if label != "both" && line["speaker"] != *label {
                    continue;
                }
                let (from, until) = (line["from_ms"].as_u64().unwrap(), line["until_ms"].as_u64().unwrap());
                // Pauses between sentences are part of a line.
                spoken += until - from;
                let overlap = |from_ms: u64, until_ms: u64| until.min(until_ms).saturating_sub(from.max(from_ms));
                found += channel.speech.iter().map(|sound| overlap(sound.from_ms, sound.until_ms)).sum::<u64>();
            }
            assert!(spoken > 300 && found * 100 > spoken * 60, "{name} {label}: {found} of {spoken} ms");
        }
        assert!(bytes.len() < 500_000, "{name}");
        bytes_total += bytes.len();
        codecs.insert(codec.to_owned());
    }
    assert!(bytes_total < 3_200_000, "{bytes_total}");
    assert_eq!(codecs.into_iter().collect::<Vec<_>>(), ["alaw", "flac", "mp3", "mulaw", "opus", "pcm"]);
}

#[test]
fn demo_people_and_conversations_fit_together_and_nobody_is_real() {
    let people = json("people.json");
    let of_people = |field: &str| -> Vec<String> {
        people["people"].as_array().unwrap().iter().map(|person| person[field].as_str().unwrap().to_owned()).collect()
    };
    let (emails, roles) = (of_people("email"), of_people("role"));
    let count = |role: &str| roles.iter().filter(|found| *found == role).count();
    assert_eq!(["admin", "manager", "supervisor", "analyst", "agent"].map(count), [1, 1, 2, 2, 6]);
    assert!(emails.iter().all(|email| email.ends_with("@example.org")));
    let agents: Vec<&Value> = people["people"]
        .as_array()
        .unwrap()
        .iter()
        .flat_map(|person| person["agent_ids"].as_array().unwrap())
        .collect();
    let groups: Vec<&Value> = people["groups"].as_array().unwrap().iter().map(|group| &group["name"]).collect();
    for conversation in json("conversations.json").as_array().unwrap() {
        assert!(conversation["agent"].is_null() || agents.contains(&&conversation["agent"]), "{conversation}");
        assert!(groups.contains(&&conversation["group"]), "{conversation}");
        for note in conversation["notes"].as_array().unwrap() {
            assert!(emails.iter().any(|email| note["author"] == **email), "{note}");
        }
        for side in ["from_number", "to_number"] {
            let number = conversation[side].as_str().unwrap();
            let fictional = ["+155501", "+4420794", "+493023125"].iter().any(|range| number.starts_with(range));
            assert!(fictional || number.len() == 3, "{number}");
        }
    }
}
