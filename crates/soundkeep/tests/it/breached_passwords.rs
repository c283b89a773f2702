//! `serve --breached-passwords`: the published list of leaked passwords, and what becomes of one that is none.

use crate::support::{Vault, http};
use serde_json::json;
use std::path::Path;

const LEAKED: &str = "violet submarines juggle teapots";
/// Its SHA-1, as `sha1sum` gives it.
const HASH: &str = "BD5527BB19D1B90D3E33D9B3A1E819BCFC9ABD2A";

#[test]
fn nobody_chooses_a_password_that_is_in_the_operators_list_of_breached_ones() {
    let vault = Vault::none();
    let (server, people) = vault.demo();
    let key = people.iter().find(|person| person["role"] == "admin").unwrap()["api_key"].as_str().unwrap().to_owned();
    server.stop();
    let list = vault.place().with_extension("txt");
    let serve =
        |path: &Path| vault.run(&["serve", "--listen", "127.0.0.1:0", "--breached-passwords", path.to_str().unwrap()]);
    let said = serve(&list).refused("the list of breached passwords");
    assert!(said.err.contains(list.to_str().unwrap()), "the file is named: {said:?}");
    std::fs::write(&list, format!("{LEAKED}\n")).unwrap();
    serve(&list).refused("SHA-1");
    std::fs::write(&list, format!("{}:2\r\n{HASH}:17\r\n", "F".repeat(40))).unwrap();
    serve(&list).refused("order");

    std::fs::write(&list, format!("{}:1\r\n{HASH}:17\r\n{}:2\r\n", "0".repeat(40), "F".repeat(40))).unwrap();
    let server = vault.serve(&["--breached-passwords", list.to_str().unwrap()]);
    let ada = json!({"email": "ada@example.org", "name": "Ada"});
    let invited = http::ask(&server.origin, &key, "POST", "/api/v1/users", Some(&ada)).json();
    let token = invited["invitation_link"].as_str().unwrap().split('#').nth(1).unwrap().to_owned();
    let redeem = |password: &str| {
        let said = json!({"token": token, "password": password});
        http::ask(&server.origin, &key, "POST", "/api/v1/links/redeem", Some(&said))
    };
    let refused = redeem(LEAKED);
    assert_eq!(refused.status, 422);
    let told = refused.json()["errors"][0].clone();
    assert_eq!(told["field"], "password");
    assert!(told["message"].as_str().unwrap().contains("leaked"), "{told}");
    // What can't be looked up isn't taken for safe, and nothing is lost by it.
    std::fs::write(&list, "").unwrap();
    let away = redeem("seven otters fold paper lamps");
    assert_eq!(away.status, 503, "{:?}", away.json());
    std::fs::write(&list, format!("{}:1\r\n{HASH}:17\r\n{}:2\r\n", "0".repeat(40), "F".repeat(40))).unwrap();
    assert_eq!(redeem("seven otters fold paper lamps").status, 200);
}
