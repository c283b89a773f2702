use soundkeep_domain::access::{
    CallerFacts, OrganisationPermit, Permit, ScopeOf, ThingFacts, authorize, authorize_list, authorize_plain, marks,
};

fn open(_: &Permit<marks::RecordingsPlay>) {}
fn take_in(_: &OrganisationPermit<marks::RecordingsIngest>) {}
fn list(_: &ScopeOf<marks::ConversationsView>) {}

fn use_them(caller: &CallerFacts, thing: &ThingFacts) {
    if let Ok(permit) = authorize::<marks::RecordingsPlay>(caller, thing) {
        open(&permit);
    }
    if let Ok(permit) = authorize_plain::<marks::RecordingsIngest>(caller) {
        take_in(&permit);
    }
    if let Ok(scope) = authorize_list::<marks::ConversationsView>(caller) {
        list(&scope);
    }
}

fn main() {
    let _ = use_them;
}
