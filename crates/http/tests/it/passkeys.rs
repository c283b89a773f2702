//! Passkeys over HTTP, with somebody else's device and browser.

use crate::house::{Client, House, ORIGIN, PASSWORD, events};
use crate::walk::text;
use axum::http::Method;
use serde_json::{Value, json};
use soundkeep_http::Config;
use soundkeep_testkit::for_each_backend;
use soundkeep_testkit::passkeys::Device;

/// The answer of a device to what was asked, to be sent.
async fn signed(device: &Device, asked: &Value) -> Value {
    let credential = device.sign(ORIGIN, &asked["options"]).await.unwrap();
    json!({"challenge": asked["challenge"], "credential": credential})
}

/// A passkey that a device made as it was asked, to be sent.
pub(crate) async fn made(device: &Device, asked: &Value) -> Value {
    let credential = device.register(ORIGIN, &asked["options"]).await.unwrap();
    json!({"challenge": asked["challenge"], "credential": credential, "name": "Phone"})
}

/// What somebody sends to add a passkey.
pub(crate) async fn new_passkey(user: &Client, device: &Device) -> Value {
    made(device, &user.post("/api/v1/account/passkeys/options", &json!({})).await.expect(200).json()).await
}

/// Somebody with a passkey, and their device.
pub(crate) async fn owner(house: &House, admin: &Client, email: &str) -> (Client, Device) {
    let user = house.user(admin, email, &json!([])).await.0;
    let device = Device::default();
    let new = new_passkey(&user, &device).await;
    user.post("/api/v1/account/passkeys", &new).await.expect(201);
    (user, device)
}

/// What somebody sends to sign in with a passkey.
pub(crate) async fn at_the_door(house: &House, device: &Device) -> Value {
    signed(device, &house.nobody().post("/api/v1/session/passkey/options", &json!({})).await.expect(200).json()).await
}

/// The token of a sign-in that asks for a second factor.
pub(crate) async fn half(house: &House, email: &str) -> String {
    let password = json!({"email": email, "password": PASSWORD});
    text(&house.nobody().post("/api/v1/session", &password).await.expect(202).json(), "sign_in")
}

#[test]
fn a_passkey_is_added_named_and_signs_in_with_a_cookie() {
    for_each_backend(async |backend| {
        let house = House::new(backend).await;
        let admin = house.organisation("main").await;
        let (bob, device) = owner(&house, &admin, "bob@main.example").await;
        let factors = bob.get("/api/v1/account").await.expect(200).json()["factors"].clone();
        assert_eq!((&factors[0]["kind"], &factors[0]["name"]), (&json!("passkey"), &json!("Phone")));
        let path = format!("/api/v1/account/factors/{}", text(&factors[0], "id"));
        bob.ask(Method::PATCH, &path, &json!({"name": "Old phone"})).await.expect(204);
        let answer = at_the_door(&house, &device).await;
        let come = async |answer: &Value| house.nobody().post("/api/v1/session/passkey", answer).await;
        let done = come(&answer).await.expect(200);
        assert_eq!(done.json()["user"]["email"], "bob@main.example");
        house.with_cookie(&done.cookie()).get("/api/v1/session").await.expect(200);
        come(&answer).await.problem(401, "not_signed_in");
        come(&json!({"challenge": "x", "credential": {}})).await.problem(401, "not_signed_in");
        bob.ask(Method::DELETE, &path, &json!({})).await.expect(204);
        let answer = at_the_door(&house, &device).await;
        come(&answer).await.problem(401, "not_signed_in");
        assert_eq!(events(&admin, "second_factor_renamed").await.len(), 1);
    });
}

#[test]
fn a_sign_in_and_a_step_up_are_answered_with_a_passkey() {
    for_each_backend(async |backend| {
        let house = House::new(backend).await;
        let admin = house.organisation("main").await;
        let (bob, device) = owner(&house, &admin, "bob@main.example").await;
        let password = json!({"email": "bob@main.example", "password": PASSWORD});
        let step = house.nobody().post("/api/v1/session", &password).await.expect(202).json();
        assert_eq!(step["second_factors"], json!(["passkey"]));
        let token = json!({"sign_in": step["sign_in"]});
        let asked = house.nobody().post("/api/v1/session/step/passkey", &token).await.expect(200).json();
        let mut answer = token.clone();
        answer["passkey"] = signed(&device, &asked).await;
        house.nobody().post("/api/v1/session/step", &answer).await.expect(200);
        let asked = bob.post("/api/v1/session/step-up/passkey", &json!({})).await.expect(200).json();
        let proof = json!({"passkey": signed(&device, &asked).await});
        bob.post("/api/v1/session/step-up", &proof).await.expect(204);
        bob.post("/api/v1/session/step-up", &proof).await.problem(422, "invalid_fields");
    });
}

#[test]
fn an_invitation_is_redeemed_with_a_passkey() {
    for_each_backend(async |backend| {
        let house = House::new(backend).await;
        let admin = house.organisation("main").await;
        let new = json!({"email": "ida@main.example", "name": "Ida"});
        let link = text(&admin.post("/api/v1/users", &new).await.expect(201).json(), "invitation_link");
        let token = link.split('#').nth(1).unwrap();
        let asked = house.nobody().post("/api/v1/links/passkey", &json!({"token": token})).await.expect(200).json();
        let device = Device::default();
        let said = json!({"token": token, "passkey": made(&device, &asked).await});
        house.nobody().post("/api/v1/links/redeem", &said).await.expect(200);
        let answer = at_the_door(&house, &device).await;
        house.nobody().post("/api/v1/session/passkey", &answer).await.expect(200);
    });
}

#[test]
fn whether_there_are_passkeys_is_told_to_everybody() {
    for_each_backend(async |backend| {
        let house = House::new(backend).await;
        assert_eq!(house.nobody().get("/api/v1/about").await.expect(200).json()["passkeys"], true);
    });
    for_each_backend(async |backend| {
        let house = House::configured(backend, Config::new("http://127.0.0.1:8080")).await;
        assert_eq!(house.nobody().get("/api/v1/about").await.expect(200).json()["passkeys"], false);
        house.nobody().post("/api/v1/session/passkey/options", &json!({})).await.problem(409, "conflict");
    });
}
