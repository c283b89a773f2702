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
        let sent = admin.send(Method::POST, "/api/v1/recordings", Body::from_stream(silent), &headers);
        sent.await.problem(408, "timed_out");
        assert_eq!(events(&admin, "recording_ingest").await.len(), 0);
    });
}
