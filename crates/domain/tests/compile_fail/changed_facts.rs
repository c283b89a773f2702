use soundkeep_domain::access::{AccountState, CallerFacts};

fn awaken(caller: &mut CallerFacts) {
    caller.account = AccountState::Active;
}

fn main() {
    let _ = awaken;
}
