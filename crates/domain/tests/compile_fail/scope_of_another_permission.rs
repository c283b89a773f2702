use soundkeep_domain::access::{CallerFacts, ScopeOf, authorize_list, marks};

fn erase_all(_: &ScopeOf<marks::RecordingsDelete>) {}

fn look(caller: &CallerFacts) {
    if let Ok(scope) = authorize_list::<marks::ConversationsView>(caller) {
        erase_all(&scope);
    }
}

fn main() {
    let _ = look;
}
