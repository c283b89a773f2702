use soundkeep_domain::access::{CallerFacts, ThingFacts, authorize, marks};

fn ask(caller: &CallerFacts, thing: &ThingFacts) -> bool {
    authorize::<marks::UsersManage>(caller, thing).is_ok()
}

fn main() {
    let _ = ask;
}
