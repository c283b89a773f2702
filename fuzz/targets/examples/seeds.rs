//! Writes the seeds that are made by code: `cargo run -p soundkeep-fuzz-targets --example seeds`.
//!
//! Those of sound come from `fuzz/seeds/make.sh`, and what fuzzers found lies beside them. Writes nothing else.
#![allow(clippy::unwrap_used, reason = "a tool of developers that stops where it can't go on")]

use serde_json::json;
use soundkeep_crypto::keys::{OrganisationKey, generate_root_key_text};
use soundkeep_crypto::password::{PasswordCost, PasswordHasher};
use soundkeep_crypto::sealed::seal_whole;
use soundkeep_crypto::signed_secret::{SecretKey, of_day};
use soundkeep_crypto::token::{Token, TokenKind};
use soundkeep_domain::Timestamp;
use soundkeep_fuzz_targets::ledger::{self, ORIGIN};
use soundkeep_fuzz_targets::sealed::{self, CONTEXT, Repeating};
use soundkeep_ledger::{Checkpoint, EntryProof, Event, Frontier, Openings, leaf_hash};
use soundkeep_media::worker::{Frame, FrameWriter, run};
use soundkeep_media::{AnalysisOptions, MediaError};
use std::path::Path;

const ID: &str = "0190a1b2-0000-7000-8000-000000000000";

fn main() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../seeds");
    let all = [
        http_texts(),
        http_oauth(),
        http_upload(),
        intake(),
        ledger_seeds(),
        worker(),
        sealed_seeds(),
        words(),
        scim(),
    ];
    for (target, name, bytes) in all.into_iter().flatten() {
        let target = folder.join(target);
        std::fs::create_dir_all(&target).unwrap();
        std::fs::write(target.join(name), bytes).unwrap();
    }
}

type Seed = (&'static str, String, Vec<u8>);

fn numbered(target: &'static str, seeds: &[impl AsRef<[u8]>]) -> Vec<Seed> {
    let number = |(number, seed): (usize, _)| {
        let bytes: &[u8] = AsRef::<[u8]>::as_ref(seed);
        (target, format!("{number:02}"), bytes.to_vec())
    };
    seeds.iter().enumerate().map(number).collect()
}

fn http_texts() -> Vec<Seed> {
    let bodies = [
        json!({ "started_at": "2026-11-21T09:00:00Z", "direction": "inbound", "from_number": "+49 89 1234567",
            "to_number": "201", "contact": "Ada", "agent": "201", "tags": ["billing", "vip"], "external_id": "1.2",
            "channel_labels": ["agent", "customer"] }),
        json!({ "tags": ["a"], "contact": null, "agent_user_id": ID }),
        json!({ "confirm": "delete", "reason": "asked for" }),
        json!({ "text": "a note" }),
        json!({ "kind": "extension", "value": "201", "from": "2026-11-21T09:00:00Z" }),
        json!({ "name": "import", "role": "agent" }),
        json!({ "role": "supervisor", "limit": "groups", "groups": [ID], "until": "2027-01-01T00:00:00Z" }),
        json!({ "role": ID, "limit": "supervised" }),
        json!({ "name": "Team A" }),
        json!({ "token": "si_0", "password": "correct horse", "name": "Ada" }),
        json!({ "email": "ada@example.org", "password": "correct horse" }),
        json!({ "name": "Ada", "state": "disabled" }),
        json!({ "email": "ada@example.org", "name": "Ada", "assignments": [{ "role": "agent", "limit": "none" }] }),
    ];
    let headers = [
        "X-Forwarded-For: 203.0.113.9, 198.51.100.7\nX-Forwarded-For: 10.0.0.3\nIf-Match: \"v1\", W/\"v2\"\nIf-None-Match: *",
        "Authorization: Bearer sk_0\nCookie: a=b; __Host-soundkeep=ss_0\nAccept-Language: de-AT,de;q=0.9,en;q=0.5",
        "Cookie: __Host-soundkeep=ss_0\nOrigin: https://vault.example.org\nHost: vault.example.org\nSec-Fetch-Site: same-site",
        "x-forwarded-for: [fd00::1]:443, ::ffff:10.0.0.2\nif-match: *",
    ];
    let queries = [
        "q=a%20b&limit=2&cursor=1f.0&sort=-duration".to_owned(),
        format!("from=2026-01-01T00:00:00Z&until=2026-02-01T00:00:00%2B01:00&agent={ID}&group={ID}&tag=vip"),
        "direction=inbound&channel=voice&status=ready&number=%2B4989&min_duration_ms=1&max_duration_ms=9".to_owned(),
        format!("unattributed=true&exact=true&cursor={ID}"),
        "kind=recording_play&actor=a&object=b&outcome=refused&limit=200".to_owned(),
        format!("user={ID}&permission=recordings.play&conversation={ID}"),
        "verbose".to_owned(),
    ];
    let ranges = ["bytes=0-499", "bytes=-500", "bytes=9500-", "bytes=0-0,-1", " Bytes = 1 - 2 ", "seconds=1-2"];
    let ranges: Vec<String> = ranges.iter().map(|range| format!("\x10\x27\0\0\0\0\0\0{range}")).collect();
    [
        numbered("http_body", &bodies.map(|body| body.to_string())),
        numbered("http_headers", &headers),
        numbered("http_query", &queries),
        numbered("http_range", &ranges),
    ]
    .concat()
}

fn http_oauth() -> Vec<Seed> {
    let forms = [
        "\n\ngrant_type=client_credentials&client_id=one&client_secret=sk_1&scope=recordings.play",
        "Basic b25lOnNrXzE=\n\ngrant_type=client_credentials",
        "Basic YSUzQWIrYzpkJTI2ZSUzRGY=\n\ntoken=sa_1&token_type_hint=access_token",
        "Basic b25lOnNrXzE=\nBearer sk_1\na=1&a=2&b=%ff",
    ];
    numbered("http_oauth", &forms)
}

fn http_upload() -> Vec<Seed> {
    let part = |head: &str, body: &str| format!("--x\r\nContent-Disposition: form-data; {head}\r\n\r\n{body}\r\n");
    let metadata = part("name=\"metadata\"", "{\"contact\":\"Ada\",\"tags\":[\"a\"]}");
    let audio = part("name=\"audio\"; filename=\"a.wav\"", "RIFF....WAVE");
    let form = |parts: &[&str]| format!("multipart/form-data; boundary=x\n{}--x--\r\n", parts.concat());
    let other = part("name*=UTF-8''audio; filename=\"\\\"\"", "");
    numbered(
        "http_upload",
        &[
            form(&[&metadata, &audio]),
            form(&[&audio]),
            form(&[&metadata, &metadata]),
            form(&[&other, &audio]),
            form(&[]),
        ],
    )
}

fn intake() -> Vec<Seed> {
    let names = [
        "out-0891234567-201-20260321-141502-1774102502.118",
        "q-+49-30-23125-042-801-20260102-030405-1.2",
        "force-anonymous-3201-20250327-092517-1743042317.12206",
        "in-20251231-235959-204-20260101-000001-9.9",
        "in-1-2-20261025-023000-1.1",
        "exten-201-202-20260329-023000-1.1",
    ];
    let sidecars = [
        json!({ "started_at": "2026-11-21T09:00:00.123456Z", "direction": "outbound", "tags": ["b", "a", " a "],
            "channel_labels": ["agent", "customer"] }),
        json!({ "from_number": "+4989", "to_number": "\u{7}201", "contact": "  Ada ", "agent": "x", "external_id": "1" }),
        json!({}),
    ];
    [numbered("intake_name", &names), numbered("intake_sidecar", &sidecars.map(|one| one.to_string()))].concat()
}

fn ledger_seeds() -> Vec<Seed> {
    let (signing, public) = ledger::key();
    let leaves: Vec<String> = (1..4).map(|at| format!(r#"{{"at":{at},"id":"{at}","kind":"k","v":1}}"#)).collect();
    let hashes: Vec<_> = leaves.iter().map(|leaf| leaf_hash(leaf.as_bytes())).collect();
    let mut frontier = Frontier::new();
    frontier.append_batch(hashes.clone()).unwrap();
    let checkpoint = Checkpoint::new(ORIGIN, 3, frontier.root(), Some(1_763_761_200_000_000)).unwrap();
    let note = checkpoint.sign(public, |message| signing.sign(message)).unwrap();
    let mut half = Frontier::new();
    half.append_batch(hashes.into_iter().take(2)).unwrap();
    let proof = EntryProof::new(2, leaves.last().unwrap().clone(), Openings::new(), vec![half.root()], note.clone());
    proof.verify(&public.to_string()).unwrap();

    let event =
        json!({ "v": 1, "id": ID, "at": 5, "kind": "recording_play", "actor": { "name": "Ada", "ü\n": [1, -2] } });
    let canonical = [Event::from_value(event).unwrap().leaf().to_owned(), r#"[{},"\u0001€𝄞",null,true]"#.to_owned()];
    let words = ["one".to_owned(), "zwei €".to_owned()];
    let bundles = [ledger::export(2, &words, true), ledger::export(3, &words, false), ledger::export(0, &[], true)];
    let unsigned = "origin\n0\nAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\nextra\n".to_owned();
    let trees: [Vec<u8>; 3] =
        [frontier.to_bytes(), half.to_bytes(), vec![1, 0, 0, 0, 0, 0, 0, 0, 3, 0, 0, 0, 0, 0, 0, 0]];
    let histories = [b"\x03\x50\x01\x01\0one two three four five six".as_slice(), b"\x02\x90\x03\0\x01 other words"];
    [
        numbered("ledger_bundle", &bundles),
        numbered("ledger_canonical", &canonical),
        numbered("ledger_history", &histories),
        numbered("ledger_note", &[public.to_string(), note, checkpoint.text(), unsigned]),
        numbered("ledger_proof", &[proof.to_json().unwrap()]),
        numbered("ledger_tree", &trees),
    ]
    .concat()
}

fn worker() -> Vec<Seed> {
    let wav = |samples: usize, codec: u8| {
        let length = u8::try_from(samples).unwrap();
        let mut file = b"RIFF\0\0\0\0WAVEfmt \x10\0\0\0".to_vec();
        file.extend([codec, 0, 1, 0, 0x40, 0x1F, 0, 0, 0x40, 0x1F, 0, 0, 1, 0, 8, 0]);
        file.extend_from_slice(b"data");
        file.extend([length, 0, 0, 0]);
        file.extend((0..length).map(|sample| sample.wrapping_mul(13)));
        file
    };
    let mut spoken = Vec::new();
    for codec in [7, 1] {
        let mut output = Vec::new();
        run(wav(100, codec).as_slice(), &mut output, &AnalysisOptions::default()).unwrap();
        spoken.push(output);
    }
    let mut failed = Vec::new();
    FrameWriter::new(&mut failed).write_frame(&Frame::Failed(MediaError::TooManyChannels { channels: 9 })).unwrap();
    spoken.push(failed);
    [numbered("media_worker", &spoken), numbered("media_file", &[wav(200, 7), wav(50, 6), wav(99, 1)])].concat()
}

fn sealed_seeds() -> Vec<Seed> {
    let entropy = Repeating(b"entropy for seeds");
    let seal = |plain: &[u8]| seal_whole(sealed::key(), CONTEXT, plain, &entropy).unwrap();
    let token = |kind| Token::generate(kind, &entropy).unwrap().reveal().to_owned().into_bytes();
    let organisation = OrganisationKey::generate(&entropy).unwrap();
    let version = soundkeep_crypto::keys::VersionKey::generate(&Repeating(b"another")).unwrap();
    let cheap = PasswordCost { memory_kib: 8, passes: 1, lanes: 1 };
    let keys: Vec<Vec<u8>> = vec![
        token(TokenKind::ApiKey),
        token(TokenKind::Invitation),
        generate_root_key_text(&entropy).unwrap().as_bytes().to_vec(),
        organisation.wrap(CONTEXT, &version, &entropy).unwrap(),
        PasswordHasher::new(cheap).unwrap().hash("a password", &entropy).unwrap().into_bytes(),
    ];
    let signing = SecretKey::from_bytes(&[7; 32]).unwrap();
    let secret = |second| of_day(ID, &signing, sealed::SECRET_AUDIENCE, second).unwrap();
    let secrets = [
        secret(1_795_262_400),
        secret(0),
        "eyJhbGciOiJub25lIiwia2lkIjoiYSJ9.e30.".to_owned(),
        "eyJhbGciOiJIUzI1NiIsImtpZCI6ImEiLCJjcml0IjpbImI2NCJdfQ.eyJleHAiOjEuNX0.AAAA".to_owned(),
    ];
    let streams = [
        [100_000_u64, 70_000, 65_536].map(u64::to_le_bytes).concat(),
        [65_536_u64, 0, 1].map(u64::to_le_bytes).concat(),
        [0_u64, 0, 0].map(u64::to_le_bytes).concat(),
    ];
    let long =
        [[1_u64 << 48, 7, 9].map(u64::to_le_bytes).concat(), [65_584_u64, 1, 65_536].map(u64::to_le_bytes).concat()];
    [
        numbered("sealed_container", &[seal(b""), seal(b"some content"), seal(&[5; 300])]),
        numbered("sealed_container", &long)
            .into_iter()
            .map(|(target, name, seed)| (target, format!("layout-{name}"), seed))
            .collect(),
        numbered("sealed_keys", &keys),
        numbered("sealed_secret", &secrets),
        numbered("sealed_stream", &streams),
    ]
    .concat()
}

fn words() -> Vec<Seed> {
    let domain = [
        ID.to_owned(),
        Timestamp::from_unix_micros(1_763_761_200_123_456).to_string(),
        "2026-11-21T10:00:00+01:00[Europe/Berlin]".to_owned(),
        "supervisor".to_owned(),
        format!("user:{ID}"),
        "recordings.play".to_owned(),
        "ab/cd-0/1".to_owned(),
        " Ada@Example.ORG ".to_owned(),
    ];
    let cursors = ["1f.0", "7fffffffffffffff.2a", "0190a1b2000070008000000000000000616461"];
    let searches = [
        "24/7 support",
        "+49 (89) 123-45 67",
        "Müller-Lüdenscheidt ",
        "ﬁancé 東京 İstanbul",
        "a b c d e f g h i j k l m n",
    ];
    let assertions = [
        "# What must stay true\n\nrole Analyst never plays\n",
        "group HR is heard only by members of HR-Leads",
        "ada@example.org can download nothing",
        "role \"Quality \\\"control\\\"\" and supervisors of Sales see only own or group \"Human, Resources\" # why",
        "nobody but role Admin has users.manage",
        "everybody but members of Sales, user \"a b@example.org\" never edits conversations of group Sales",
        "role A never has users.manage group B\nrolle A",
    ];
    [
        numbered("words_assertions", &assertions),
        numbered("words_domain", &domain),
        numbered("words_cursor", &cursors),
        numbered("words_search", &searches),
    ]
    .concat()
}

fn scim() -> Vec<Seed> {
    let filters = [
        r#"userName eq "ada@example.org""#,
        r#"emails[type eq "work" and primary eq true].value sw "ada""#,
        r#"not (title pr) or (name.givenName co "d" and active ne false)"#,
        r#"urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department eq null"#,
        r#"meta.lastModified gt "2026-11-21T09:00:00Z""#,
    ];
    let paths = [
        "name.givenName",
        r#"emails[type eq "work"].value"#,
        r#"members[value eq "7" or value eq "8"]"#,
        "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager",
        "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User",
    ];
    let patch = |listed: serde_json::Value| {
        json!({"schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"], "Operations": listed}).to_string()
    };
    let patches = [
        patch(json!([{"op": "Replace", "path": "active", "value": "False"}])),
        patch(json!([{"op": "replace", "value": {"name.givenName": "A", "emails[type eq \"work\"].value": "x"}}])),
        patch(json!([{"op": "Add", "path": "emails", "value": [{"value": "c", "primary": true}]}])),
        patch(json!([{"op": "remove", "path": "emails[type eq \"home\"]"}, {"op": "remove", "path": "name"}])),
        json!({"schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"], "userName": "b", "emails": [{"value": "b"}]})
            .to_string(),
    ];
    [numbered("scim_filter", &filters), numbered("scim_path", &paths), numbered("scim_patch", &patches)].concat()
}
