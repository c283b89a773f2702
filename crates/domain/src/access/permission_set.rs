//! A set of permissions, small enough to be copied: what a key or a token is narrowed to.
//!
//! It only takes away: who holds nothing holds nothing through it.

use super::permission::{BadPermission, Permission};
use std::fmt;
use std::str::FromStr;

/// A set of permissions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct PermissionSet(u64);

const _: () = assert!(Permission::COUNT <= 64, "a set has 64 places");

impl PermissionSet {
    /// Whether a permission is in it.
    #[must_use]
    pub const fn contains(self, permission: Permission) -> bool {
        self.0 & (1 << permission as u8) != 0
    }
    /// Whether nothing is in it.
    #[must_use]
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }
    /// Whether all of it is in another.
    #[must_use]
    pub const fn is_within(self, other: Self) -> bool {
        self.0 & !other.0 == 0
    }
    /// What is in both.
    #[must_use]
    pub const fn and(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }
    /// The permissions, in the order of the table.
    pub fn iter(self) -> impl Iterator<Item = Permission> {
        Permission::ALL.iter().copied().filter(move |permission| self.contains(*permission))
    }
    /// What is in both, where nothing means everything.
    #[must_use]
    pub const fn narrower(one: Option<Self>, other: Option<Self>) -> Option<Self> {
        match (one, other) {
            (Some(one), Some(other)) => Some(one.and(other)),
            (Some(set), None) | (None, Some(set)) => Some(set),
            (None, None) => None,
        }
    }
}

impl FromIterator<Permission> for PermissionSet {
    fn from_iter<T: IntoIterator<Item = Permission>>(permissions: T) -> Self {
        Self(permissions.into_iter().fold(0, |set, permission| set | (1 << permission as u8)))
    }
}

/// Stable names with a space between, as the scopes of OAuth 2.0 are written (RFC 6749, section 3.3).
impl fmt::Display for PermissionSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (place, permission) in self.iter().enumerate() {
            if place > 0 {
                f.write_str(" ")?;
            }
            f.write_str(permission.key())?;
        }
        Ok(())
    }
}

impl FromStr for PermissionSet {
    type Err = BadPermission;
    fn from_str(text: &str) -> Result<Self, BadPermission> {
        text.split(' ').filter(|word| !word.is_empty()).map(str::parse).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_set_survives_its_text_and_only_takes_away() {
        let all: PermissionSet = Permission::ALL.iter().copied().collect();
        assert_eq!(all.to_string().parse(), Ok(all));
        let some: PermissionSet = "recordings.play  conversations.view".parse().unwrap();
        assert_eq!(some.to_string(), "conversations.view recordings.play");
        assert!(some.contains(Permission::RecordingsPlay) && !some.contains(Permission::UsersManage));
        let other: PermissionSet = "recordings.play users.manage".parse().unwrap();
        assert_eq!(some.and(other).to_string(), "recordings.play");
        assert_eq!(PermissionSet::narrower(Some(some), None), Some(some));
        assert_eq!(PermissionSet::narrower(None, None), None);
        assert!(PermissionSet::default().is_empty() && "".parse::<PermissionSet>().unwrap().is_empty());
        assert!("recordings.play,users.manage".parse::<PermissionSet>().is_err());
    }
}
