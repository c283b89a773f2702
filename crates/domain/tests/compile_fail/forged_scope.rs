use soundkeep_domain::access::{ScopeOf, marks};

fn widen(mut scope: ScopeOf<marks::ConversationsView>) -> ScopeOf<marks::ConversationsView> {
    scope.everything = true;
    scope
}

fn main() {
    let _ = widen;
}
