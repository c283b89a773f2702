//! Phone numbers that are confirmed by a code, over HTTP.

use crate::house::{Client, House, events};
use crate::walk::gateway;
use axum::http::Method;
use serde_json::{Value, json};
use soundkeep_app::messages::send_due;
use soundkeep_testkit::for_each_backend;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

/// Enters a number, and answers the code that is sent there.
pub(crate) async fn claim(house: &House, admin: &Client, owner: &Client, number: &str) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    gateway(admin, &format!("http://{}/", listener.local_addr().unwrap())).await;
    let told = owner.ask(Method::PUT, "/api/v1/account/phone", &json!({"number": number})).await.expect(202).json();
    assert_eq!(told["by"], "sms");
    let (tell, mut hear) = tokio::sync::mpsc::unbounded_channel();
    let serves = tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            tell.send(take(stream).await).unwrap();
        }
    });
    send_due(&house.vault, || true).await.unwrap();
    serves.abort();
    // What others were sent before may have waited for a gateway.
    let to: String = number.chars().filter(|one| !one.is_whitespace()).collect();
    loop {
        let body = hear.recv().await.expect("a message to this number");
        let message: Value = serde_json::from_str(&body).unwrap();
        if message["to"] == to.as_str() {
            let digits = |part: &&str| part.len() == 6;
            let text = message["text"].as_str().unwrap();
            return text.split(|one: char| !one.is_ascii_digit()).find(digits).unwrap().to_owned();
        }
    }
}

/// Takes a message, and answers that it was taken.
async fn take(mut stream: TcpStream) -> String {
    let (mut read, mut buffer) = (String::new(), [0; 4096]);
    loop {
        let count = stream.read(&mut buffer).await.unwrap();
        read.push_str(&String::from_utf8_lossy(&buffer[..count]));
        let body = read.split_once("\r\n\r\n").map_or("", |(_, body)| body);
        if serde_json::from_str::<Value>(body).is_ok() {
            let answer = b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\nconnection: close\r\n\r\n";
            stream.write_all(answer).await.unwrap();
            return body.to_owned();
        }
        assert!(count > 0, "no message in {read}");
    }
}

/// Gives somebody a number of their own.
pub(crate) async fn own(house: &House, admin: &Client, owner: &Client, number: &str) {
    let code = claim(house, admin, owner, number).await;
    owner.post("/api/v1/account/phone/confirm", &json!({"code": code})).await.expect(204);
}

#[test]
fn an_own_number_counts_once_its_code_was_shown() {
    for_each_backend(async |backend| {
        let house = House::new(backend).await;
        let admin = house.organisation("main").await;
        let (bob, id) = house.user(&admin, "bob@main.example", &json!([])).await;
        let code = claim(&house, &admin, &bob, "+49 30 123456").await;
        let account = bob.get("/api/v1/account").await.expect(200).json();
        assert!(account["phone"].is_null());
        assert_eq!((&account["phone_waiting"], &account["phone_confirmed"]), (&json!("+4930123456"), &json!(false)));
        let wrong = if code == "123456" { "654321" } else { "123456" };
        let problem = bob.post("/api/v1/account/phone/confirm", &json!({"code": wrong})).await;
        assert_eq!(problem.problem(422, "invalid_fields")["errors"][0]["field"], "code");
        assert_eq!(events(&admin, "phone_change").await.len(), 0);
        bob.post("/api/v1/account/phone/confirm", &json!({"code": code})).await.expect(204);
        let account = bob.get("/api/v1/account").await.expect(200).json();
        assert_eq!((&account["phone"], &account["phone_confirmed"]), (&json!("+4930123456"), &json!(true)));
        let path = format!("/api/v1/users/{id}");
        assert_eq!(admin.get(&path).await.expect(200).json()["phone_confirmed"], true);
        admin.ask(Method::PUT, &format!("{path}/phone"), &json!({"number": "+49 30 654321"})).await.expect(204);
        assert_eq!(admin.get(&path).await.expect(200).json()["phone_confirmed"], false);
        assert_eq!(events(&admin, "phone_change").await.len(), 2);
    });
}
