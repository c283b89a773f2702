use soundkeep_domain::access::{Grants, SystemCaller};

fn become_the_operator() -> Grants {
    Grants::of_system(SystemCaller::Operator)
}

fn main() {
    let _ = become_the_operator;
}
