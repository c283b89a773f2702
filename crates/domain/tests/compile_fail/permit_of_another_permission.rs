use soundkeep_domain::access::{CallerFacts, Permit, ThingFacts, authorize, marks};

fn open(_: &Permit<marks::RecordingsPlay>) {}

fn look(caller: &CallerFacts, thing: &ThingFacts) {
    if let Ok(permit) = authorize::<marks::ConversationsView>(caller, thing) {
        open(&permit);
    }
}

fn main() {
    let _ = look;
}
