use soundkeep_domain::access::{OrganisationPermit, marks};

fn renew(old: OrganisationPermit<marks::AuditExport>) -> OrganisationPermit<marks::AuditExport> {
    OrganisationPermit { policy_epoch: 9, ..old }
}

fn main() {
    let _ = renew;
}
