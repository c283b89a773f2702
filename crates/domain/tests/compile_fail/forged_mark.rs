use soundkeep_domain::access::{Permission, PermissionKind, ScopedPermission};

struct Mine;

impl PermissionKind for Mine {
    const PERMISSION: Permission = Permission::RecordingsPlay;
}
impl ScopedPermission for Mine {}

fn main() {}
