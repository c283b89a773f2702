//! Upload: what comes in, what is refused and with which words.

use crate::house::{House, ORIGIN, events, form, wav};
use axum::body::Body;
use axum::http::Method;
use bytes::Bytes;
use futures::StreamExt;
use serde_json::json;
use soundkeep_http::Config;
use soundkeep_testkit::for_each_backend;
use std::time::Duration;

#[test]
fn the_same_bytes_are_recognised_and_answered_with_their_first_ids() {
    for_each_backend(async |backend| {
        let house = House::new(backend).await;
        let admin = house.organisation("main").await;
        let audio = wav(1.0, 3);
        let first = admin.upload(None, "a.wav", &audio).await.expect(201).json();
        let second = admin.upload(None, "b.wav", &audio).await.expect(200).json();
        assert_eq!((&first["duplicate"], &second["duplicate"]), (&json!(false), &json!(true)));
        assert_eq!((&first["recording_id"], &first["sha256"]), (&second["recording_id"], &second["sha256"]));
        assert_eq!(first["bytes"].as_u64(), Some(audio.len() as u64));
        let recording = admin
            .get(&format!("/api/v1/recordings/{}", first["recording_id"].as_str().unwrap()))
            .await
            .expect(200)
            .json();
        assert_eq!((&recording["sha256"], &recording["state"]), (&first["sha256"], &json!("ready")));
    });
}

#[test]
fn what_cannot_be_read_is_answered_with_the_reason_and_kept_in_quarantine() {
    for_each_backend(async |backend| {
        let house = House::new(backend).await;
        let admin = house.organisation("main").await;
        let problem =
            admin.upload(None, "noise.wav", b"this is no audio at all").await.problem(422, "unreadable_audio");
        assert!(!problem["detail"].as_str().unwrap().is_empty());
        let quarantine = admin.get("/api/v1/quarantine").await.expect(200).json();
        let item = &quarantine["items"][0];
        assert_eq!(
            (&item["id"], &item["name"], &item["state"]),
            (&problem["quarantine_id"], &json!("noise.wav"), &json!("waiting"))
        );
        let path = format!("/api/v1/quarantine/{}", item["id"].as_str().unwrap());
        admin.post(&format!("{path}/retry"), &json!({})).await.expect(202);
        admin.delete(&path).await.expect(204);
        admin.delete(&path).await.problem(404, "not_found");
        assert_eq!(admin.get("/api/v1/quarantine").await.expect(200).json()["items"], json!([]));
    });
}

#[test]
fn metadata_that_does_not_fit_is_named_before_anything_is_stored() {
    for_each_backend(async |backend| {
        let house = House::new(backend).await;
        let admin = house.organisation("main").await;
        let audio = wav(0.2, 1);
        for (metadata, field) in [
            (r#"{"started_at": "yesterday"}"#, "started_at"),
            (r#"{"direction": "sideways"}"#, "direction"),
            (r#"{"caller": "x"}"#, "caller"),
            (r#"{"tags": [1]}"#, "tags[0]"),
            (r#"{"started_at": "2099-01-01T00:00:00Z"}"#, "started_at"),
            (r"{not json", "body"),
        ] {
            let problem = admin.upload(Some(metadata), "a.wav", &audio).await.problem(422, "invalid_fields");
            assert_eq!(problem["errors"][0]["field"], field, "{metadata}");
        }
        let long = format!(r#"{{"contact": "{}"}}"#, "x".repeat(70_000));
        admin.upload(Some(&long), "a.wav", &audio).await.problem(413, "payload_too_large");
        assert_eq!(events(&admin, "recording_ingest").await.len(), 0);
    });
}

#[test]
fn forms_that_are_none_or_break_off_are_refused_and_leave_nothing() {
    for_each_backend(async |backend| {
        let house = House::new(backend).await;
        let admin = house.organisation("main").await;
        let send = async |content_type: &str, body: Vec<u8>| {
            admin.send(Method::POST, "/api/v1/recordings", body.into(), &[("content-type", content_type)]).await
        };
        send("application/json", b"{}".to_vec()).await.problem(422, "invalid_fields");
        let (content_type, whole) = form(None, "a.wav", &wav(1.0, 9));
        let broken = send(&content_type, whole[..5000].to_vec()).await.problem(422, "invalid_fields");
        assert_eq!(broken["errors"][0]["field"], "audio");
        send(&content_type, b"--limit--\r\n".to_vec()).await.problem(422, "invalid_fields");
        let empty = form(None, "a.wav", b"").1;
        send(&content_type, empty).await.problem(422, "invalid_fields");
        let strange = b"--limit\r\nContent-Disposition: form-data; name=\"other\"\r\n\r\nx\r\n--limit--\r\n".to_vec();
        assert_eq!(send(&content_type, strange).await.problem(422, "invalid_fields")["errors"][0]["field"], "other");
        assert_eq!(
            admin.get("/api/v1/conversations/count").await.expect(200).json(),
            json!({"count": 0, "exact": true})
        );
    });
}

#[test]
fn a_sender_who_falls_silent_is_cut_off() {
    for_each_backend(async |backend| {
        let mut config = Config::new(ORIGIN);
        config.upload_silence_max = Duration::from_millis(50);
        let house = House::configured(backend, config).await;
        let admin = house.organisation("main").await;
        let (content_type, whole) = form(None, "a.wav", &wav(1.0, 5));
        let first = Bytes::from(whole[..3000].to_vec());
        let silent = futures::stream::iter([Ok::<_, std::io::Error>(first)]).chain(futures::stream::pending());
        let headers = [("content-type", content_type.as_str())];
        let sent = admin.send_once(Method::POST, "/api/v1/recordings", Body::from_stream(silent), &headers);
        sent.await.problem(408, "timed_out");
        assert_eq!(events(&admin, "recording_ingest").await.len(), 0);
    });
}

/// A form of these parts: name, file name, bytes.
fn form_of(parts: &[(&str, Option<&str>, &[u8])]) -> Vec<u8> {
    let mut body = Vec::new();
    for (name, file, bytes) in parts {
        let file = file.map(|file| format!("; filename=\"{file}\"")).unwrap_or_default();
        body.extend(format!("--limit\r\nContent-Disposition: form-data; name=\"{name}\"{file}\r\n\r\n").as_bytes());
        body.extend(*bytes);
        body.extend(b"\r\n");
    }
    body.extend(b"--limit--\r\n");
    body
}

#[test]
fn metadata_counts_wherever_it_stands_and_no_part_is_passed_over() {
    for_each_backend(async |backend| {
        let house = House::new(backend).await;
        let admin = house.organisation("main").await;
        let audio = wav(0.5, 3);
        let said = br#"{"contact": "Grace Behind", "tags": ["late"]}"#;
        let metadata: (&str, Option<&str>, &[u8]) = ("metadata", None, said);
        let sound: (&str, Option<&str>, &[u8]) = ("audio", Some("a.wav"), &audio);
        let send = async |parts: &[(&str, Option<&str>, &[u8])]| {
            // As it comes over a network: in pieces that end anywhere.
            let pieces: Vec<_> = form_of(parts)
                .chunks(700)
                .map(|piece| Ok::<_, std::io::Error>(Bytes::copy_from_slice(piece)))
                .collect();
            let headers = [("content-type", "multipart/form-data; boundary=limit")];
            let body = Body::from_stream(futures::stream::iter(pieces));
            let answered = admin.send(Method::POST, "/api/v1/recordings", body, &headers).await;
            (answered.status.as_u16(), answered.json())
        };

        let refused: [(&[_], &str); 5] = [
            (&[metadata, sound, metadata], "metadata"),
            (&[sound, metadata, metadata], "metadata"),
            (&[sound, ("metadata", None, br#"{"tags": [1]}"#)], "tags[0]"),
            (&[sound, ("metadata", None, br#"{"started_at": "2099-01-01T00:00:00Z"}"#)], "started_at"),
            (&[sound, ("other", None, b"x")], "other"),
        ];
        for (parts, field) in refused {
            let (status, problem) = send(parts).await;
            assert_eq!((status, &problem["errors"][0]["field"]), (422, &json!(field)), "{problem}");
        }
        let (status, problem) = send(&[sound, sound]).await;
        assert_eq!((status, &problem["errors"][0]["field"]), (422, &json!("audio")), "{problem}");
        assert_eq!(events(&admin, "recording_ingest").await.len(), 0);

        let (status, stored) = send(&[sound, metadata]).await;
        assert_eq!(status, 201, "{stored}");
        let path = format!("/api/v1/conversations/{}", stored["conversation_id"].as_str().unwrap());
        let shown = admin.get(&path).await.expect(200).json();
        assert_eq!((&shown["contact"], &shown["tags"]), (&json!("Grace Behind"), &json!(["late"])));
    });
}
