use soundkeep_domain::access::{CallerFacts, authorize_plain, marks};

fn ask(caller: &CallerFacts) -> bool {
    authorize_plain::<marks::RecordingsPlay>(caller).is_ok()
}

fn main() {
    let _ = ask;
}
