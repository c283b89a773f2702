use soundkeep_domain::UserId;
use soundkeep_domain::access::ThingFacts;

fn take_part(thing: &mut ThingFacts, user: UserId) {
    thing.agents.push(user);
}

fn main() {
    let _ = take_part;
}
