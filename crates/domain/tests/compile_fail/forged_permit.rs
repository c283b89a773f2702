use soundkeep_domain::access::{Permit, marks};

fn forge(real: &Permit<marks::ConversationsView>) -> Permit<marks::RecordingsPlay> {
    Permit {
        organisation: real.organisation(),
        caller: real.caller(),
        conversation: real.conversation(),
        recording: real.recording(),
        recording_version: real.recording_version(),
        policy_epoch: real.policy_epoch(),
        decision: *real.decision(),
        permission: std::marker::PhantomData,
    }
}

fn main() {
    let _ = forge;
}
