//! Playing: ranges, validators, and what the ledger says.

use crate::house::{House, events, wav};
use axum::body::Body;
use axum::http::Method;
use serde_json::json;
use soundkeep_testkit::for_each_backend;

#[test]
fn a_recording_comes_in_is_listed_and_is_played_byte_for_byte() {
    for_each_backend(async |backend| {
        let house = House::new(backend).await;
        let admin = house.organisation("main").await;
        let audio = wav(30.0, 7);
        let metadata = json!({"from_number": "+43 1 234567", "contact": "Grace", "tags": ["vip"]});
        let uploaded = admin.upload(Some(&metadata.to_string()), "call.wav", &audio).await.expect(201).json();
        let list = admin.get("/api/v1/conversations").await.expect(200).json();
        assert_eq!(list["items"].as_array().unwrap().len(), 1);
        let listed = &list["items"][0];
        assert_eq!(listed["id"], uploaded["conversation_id"]);
        assert_eq!((listed["contact"].as_str(), listed["duration_ms"].as_i64()), (Some("Grace"), Some(30_000)));
        assert_eq!(
            listed["audio"],
            json!({"state": "ready", "recording_id": uploaded["recording_id"], "may_play": true})
        );

        let path = format!("/api/v1/recordings/{}/audio", uploaded["recording_id"].as_str().unwrap());
        let whole = admin.get(&path).await.expect(200);
        assert!(whole.body == audio, "the bytes that came in");
        assert_eq!(whole.header("content-type"), Some("audio/wav"));
        assert_eq!(whole.header("accept-ranges"), Some("bytes"));
        assert_eq!(whole.header("cache-control"), Some("private, no-store"));
        assert_eq!(whole.header("content-length"), Some(audio.len().to_string().as_str()));
        let tag = whole.header("etag").unwrap().to_owned();

        for (from, until) in [(0, 1), (65_500, 65_600), (1000, 300_000), (audio.len() - 10, audio.len())] {
            let range = format!("bytes={from}-{}", until - 1);
            let part = admin.send(Method::GET, &path, Body::empty(), &[("range", &range)]).await.expect(206);
            assert!(part.body == audio[from..until], "{range}");
            let expected = format!("bytes {from}-{}/{}", until - 1, audio.len());
            assert_eq!(part.header("content-range"), Some(expected.as_str()));
        }
        let tail = admin.send(Method::GET, &path, Body::empty(), &[("range", "bytes=-7")]).await.expect(206);
        assert!(tail.body == audio[audio.len() - 7..]);
        let several = admin.send(Method::GET, &path, Body::empty(), &[("range", "bytes=0-1,5-6")]).await.expect(200);
        assert_eq!(several.body.len(), audio.len());
        let beyond = [("range", "bytes=99999999-")];
        let refused = admin.send(Method::GET, &path, Body::empty(), &beyond).await;
        assert_eq!(refused.header("content-range"), Some(format!("bytes */{}", audio.len()).as_str()));
        refused.problem(416, "range_not_satisfiable");

        let fresh = [("range", "bytes=0-9"), ("if-range", tag.as_str())];
        admin.send(Method::GET, &path, Body::empty(), &fresh).await.expect(206);
        let stale = [("range", "bytes=0-9"), ("if-range", "\"another\"")];
        admin.send(Method::GET, &path, Body::empty(), &stale).await.expect(200);
        let known = admin.send(Method::GET, &path, Body::empty(), &[("if-none-match", tag.as_str())]).await.expect(304);
        assert!(known.body.is_empty());

        let heard = events(&admin, "recording_play").await;
        assert_eq!(heard.len(), 1, "all of this was one listening");
        assert_eq!(heard[0]["object"]["id"], uploaded["recording_id"]);
        assert_eq!(
            (heard[0]["actor"]["name"].as_str(), heard[0]["address"].as_str()),
            (Some("Ada Admin"), Some("127.0.0.1"))
        );
    });
}

#[test]
fn head_tells_lengths_to_those_who_may_play_and_delivers_nothing() {
    for_each_backend(async |backend| {
        let house = House::new(backend).await;
        let admin = house.organisation("main").await;
        let stored = house.conversation(&admin, &json!({})).await;
        let path = format!("/api/v1/recordings/{}/audio", stored.recording);
        let head = admin.send(Method::HEAD, &path, Body::empty(), &[("range", "bytes=0-9")]).await.expect(200);
        assert_eq!((head.header("content-length"), head.body.len()), (Some("8044"), 0));
        let analyst = house.holder(&admin, "analyst").await;
        analyst.send(Method::HEAD, &path, Body::empty(), &[]).await.expect(403);
        house.nobody().send(Method::HEAD, &path, Body::empty(), &[]).await.expect(401);
    });
}

#[test]
fn who_may_see_and_not_hear_is_told_why_in_their_language() {
    for_each_backend(async |backend| {
        let house = House::new(backend).await;
        let admin = house.organisation("main").await;
        let stored = house.conversation(&admin, &json!({})).await;
        let analyst = house.holder(&admin, "analyst").await;
        let path = format!("/api/v1/recordings/{}/audio", stored.recording);
        let problem = analyst.get(&path).await.problem(403, "denied");
        let gate = problem["gates"].as_array().unwrap().iter().find(|gate| gate["outcome"] == "failed").unwrap();
        assert_eq!(
            gate,
            &json!({
                "gate": "role_and_scope", "outcome": "failed", "code": "not_granted",
                "sentence": "None of your roles allows you to play audio recordings.", "set_in": "People → Roles",
            })
        );
        assert_eq!(problem["detail"], gate["sentence"]);
        let german = analyst.clone().with("accept-language", "de-AT,en;q=0.5").get(&path).await.problem(403, "denied");
        assert_eq!(german["detail"], "Keine Ihrer Rollen erlaubt Ihnen, Tonaufnahmen anzuhören.");
        let list = analyst.get("/api/v1/conversations").await.expect(200).json();
        assert_eq!(list["items"][0]["audio"]["may_play"], false);

        let explained =
            analyst.get(&format!("/api/v1/conversations/{}/access", stored.conversation)).await.expect(200).json();
        let play =
            explained["permissions"].as_array().unwrap().iter().find(|one| one["permission"] == "recordings.play");
        assert_eq!(
            (&play.unwrap()["allowed"], &play.unwrap()["gates"][1]["sentence"]),
            (&json!(false), &gate["sentence"])
        );
        assert_eq!(events(&admin, "recording_play").await.len(), 0);
        assert_eq!(events(&admin, "access_refused").await.len(), 2);
    });
}

#[test]
fn rights_that_are_taken_away_end_playback_at_once() {
    for_each_backend(async |backend| {
        let house = House::new(backend).await;
        let admin = house.organisation("main").await;
        let stored = house.conversation(&admin, &json!({})).await;
        let (listener, id) =
            house.user(&admin, "bo@main.example", &json!([{"role": "manager", "limit": "none"}])).await;
        let path = format!("/api/v1/recordings/{}/audio", stored.recording);
        listener.get(&path).await.expect(200);
        let user = admin.get(&format!("/api/v1/users/{id}")).await.expect(200).json();
        let assignment = user["assignments"][0]["id"].as_str().unwrap();
        admin.delete(&format!("/api/v1/users/{id}/assignments/{assignment}")).await.expect(204);
        listener.get(&path).await.problem(404, "not_found");
    });
}

#[test]
fn the_waveform_is_shown_with_its_own_event() {
    for_each_backend(async |backend| {
        let house = House::new(backend).await;
        let admin = house.organisation("main").await;
        let stored = house.conversation(&admin, &json!({"channel_labels": ["agent"]})).await;
        let peaks = admin.get(&format!("/api/v1/recordings/{}/peaks", stored.recording)).await.expect(200).json();
        assert_eq!((peaks["duration_ms"].as_u64(), peaks["channels"][0]["label"].as_str()), (Some(500), Some("agent")));
        let points = peaks["channels"][0]["peaks"].as_array().unwrap().len() as f64 / 2.0;
        let expected = peaks["points_per_second"].as_f64().unwrap() * 0.5;
        assert!((points - expected).abs() <= 1.0, "{points} of {expected}");
        assert_eq!(events(&admin, "waveform_view").await.len(), 1);
    });
}
