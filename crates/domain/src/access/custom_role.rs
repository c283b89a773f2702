//! Roles that an organisation makes itself: what may stand in one, what to begin with, and what looks like a mistake.
//!
//! Knows nobody who holds a role, and no language: warnings are codes with parameters.

use super::permission::{Permission, ScopeKind};
use super::role::Scope;
use std::collections::BTreeMap;

/// Longest name of a role, in characters.
pub const ROLE_NAME_CHARACTERS_MAX: usize = 80;

/// A role to begin with that isn't one of the built-in ones.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RoleTemplate {
    /// Reads and exports the ledger; finds, reads and hears no conversation.
    Auditor,
}

impl RoleTemplate {
    /// All of them.
    pub const ALL: [RoleTemplate; 1] = [Self::Auditor];
    /// Its stable key.
    #[must_use]
    pub const fn key(self) -> &'static str {
        match self {
            Self::Auditor => "auditor",
        }
    }
    /// The lines that it begins with.
    #[must_use]
    pub fn lines(self) -> RoleLines {
        match self {
            Self::Auditor => {
                RoleLines::of(&[(Permission::AuditView, Scope::All), (Permission::AuditExport, Scope::All)])
            }
        }
    }
}

/// Why a word can't stand beside a permission.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BadLine {
    /// Nobody could do it yet.
    #[error("its feature doesn't exist yet")]
    NotAvailable,
    /// It is about the organisation.
    #[error("yes or no")]
    NotPlain,
    /// It is about conversations.
    #[error("none, own, groups or all")]
    NotScoped,
}

/// The lines of a role: how far each permission reaches. What isn't there is none, and none isn't there.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RoleLines(BTreeMap<Permission, Scope>);

impl RoleLines {
    /// These lines, without those whose feature doesn't exist: a copy of a role must not grow by itself one day.
    #[must_use]
    pub fn of(lines: &[(Permission, Scope)]) -> Self {
        let mut held = Self::default();
        for (permission, scope) in lines.iter().filter(|(permission, _)| permission.row().available) {
            held.set(*permission, *scope);
        }
        held
    }
    /// Sets a line anew.
    pub fn set(&mut self, permission: Permission, scope: Scope) {
        match scope {
            Scope::None => self.0.remove(&permission),
            scope => self.0.insert(permission, scope),
        };
    }
    /// How far a permission reaches.
    #[must_use]
    pub fn get(&self, permission: Permission) -> Scope {
        self.0.get(&permission).copied().unwrap_or_default()
    }
    /// The lines that grant something, in the order of the permission table.
    #[must_use]
    pub fn granted(&self) -> Vec<(Permission, Scope)> {
        self.0.iter().map(|(permission, scope)| (*permission, *scope)).collect()
    }
    /// Every permission whose feature exists, with how far it reaches.
    #[must_use]
    pub fn all(&self) -> Vec<(Permission, Scope)> {
        Permission::available().map(|permission| (permission, self.get(permission))).collect()
    }
    /// What looks like a mistake. None of it is forbidden.
    #[must_use]
    pub fn warnings(&self) -> Vec<RoleWarning> {
        if self.0.is_empty() {
            return vec![RoleWarning::Empty];
        }
        let lacks = |permission: Permission, needed: Permission| {
            let (scope, held) = (self.get(permission), self.get(needed));
            (scope > held).then_some(RoleWarning::Lacks { permission, needed, held })
        };
        let found = self.0.keys().filter(|permission| permission.is_scoped());
        let mut warnings: Vec<_> =
            found.filter_map(|permission| lacks(*permission, Permission::ConversationsView)).collect();
        warnings.extend(NEEDS.iter().filter_map(|(permission, needed)| lacks(*permission, *needed)));
        warnings
    }
}

/// What is of little use without another; all about conversations besides need to be found first.
const NEEDS: &[(Permission, Permission)] = &[
    (Permission::RecordingsDownload, Permission::RecordingsPlay),
    (Permission::RecordingsBlackout, Permission::RecordingsPlay),
    (Permission::RecordingsPlayUnredacted, Permission::RecordingsPlay),
    (Permission::AuditExport, Permission::AuditView),
];

/// Something in a role that looks like a mistake.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RoleWarning {
    /// It allows nothing at all.
    Empty,
    /// A permission reaches further than another that it is of little use without.
    Lacks {
        /// The permission.
        permission: Permission,
        /// What it is of little use without.
        needed: Permission,
        /// How far that one reaches.
        held: Scope,
    },
}

impl RoleWarning {
    /// Its stable name.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Empty => "allows_nothing",
            Self::Lacks { held: Scope::None, .. } => "lacks",
            Self::Lacks { .. } => "reaches_further",
        }
    }
}

/// How far a permission reaches by this word.
///
/// # Errors
/// [`BadLine`] when the permission doesn't know the word, or its feature doesn't exist and the word grants something.
pub fn scope_of_word(permission: Permission, word: &str) -> Result<Scope, BadLine> {
    let row = permission.row();
    let scope = match (row.kind, word) {
        (ScopeKind::Plain, "no") | (ScopeKind::Scoped, "none") => Scope::None,
        (ScopeKind::Plain, "yes") | (ScopeKind::Scoped, "all") => Scope::All,
        (ScopeKind::Scoped, "groups") => Scope::Groups,
        (ScopeKind::Scoped, "own") => Scope::Own,
        (ScopeKind::Plain, _) => return Err(BadLine::NotPlain),
        (ScopeKind::Scoped, _) => return Err(BadLine::NotScoped),
    };
    if row.available { Ok(scope) } else { Err(BadLine::NotAvailable) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::access::BuiltInRole;
    use crate::access::Permission as P;

    #[test]
    fn an_auditor_reads_the_ledger_and_nothing_about_conversations() {
        let lines = RoleTemplate::Auditor.lines();
        assert_eq!(lines.granted(), [(P::AuditView, Scope::All), (P::AuditExport, Scope::All)]);
        assert!(lines.granted().iter().all(|(permission, _)| !permission.is_scoped()));
        assert_eq!(lines.warnings(), []);
    }

    #[test]
    fn a_permission_knows_its_words_and_one_without_feature_none() {
        assert_eq!(scope_of_word(P::RecordingsPlay, "groups"), Ok(Scope::Groups));
        assert_eq!(scope_of_word(P::RecordingsPlay, "yes"), Err(BadLine::NotScoped));
        assert_eq!(scope_of_word(P::UsersManage, "yes"), Ok(Scope::All));
        assert_eq!(scope_of_word(P::UsersManage, "all"), Err(BadLine::NotPlain));
        for permission in P::ALL.iter().filter(|permission| !permission.row().available) {
            let word = Scope::All.word(permission.row().kind);
            assert_eq!(scope_of_word(*permission, word), Err(BadLine::NotAvailable), "{permission}");
        }
    }

    #[test]
    fn a_copy_of_a_built_in_role_holds_what_exists_and_nothing_that_comes() {
        let lines = RoleLines::of(&BuiltInRole::Admin.role().scopes);
        assert!(lines.granted().iter().all(|(permission, _)| permission.row().available));
        assert_eq!(lines.get(P::RecordingsPlay), Scope::All);
        assert_eq!(lines.all().len(), P::available().count());
        assert_eq!(lines.warnings(), []);
    }

    #[test]
    fn what_can_not_be_found_and_what_allows_nothing_is_warned_of() {
        let mut lines = RoleLines::default();
        assert_eq!(lines.warnings(), [RoleWarning::Empty]);
        lines.set(P::RecordingsPlay, Scope::All);
        lines.set(P::ConversationsView, Scope::Own);
        let further =
            RoleWarning::Lacks { permission: P::RecordingsPlay, needed: P::ConversationsView, held: Scope::Own };
        assert_eq!((lines.warnings(), further.code()), (vec![further], "reaches_further"));
        lines.set(P::ConversationsView, Scope::None);
        assert_eq!(lines.warnings()[0].code(), "lacks");
        lines.set(P::RecordingsPlay, Scope::None);
        lines.set(P::AuditExport, Scope::All);
        let blind = RoleWarning::Lacks { permission: P::AuditExport, needed: P::AuditView, held: Scope::None };
        assert_eq!(lines.warnings(), [blind]);
    }
}
