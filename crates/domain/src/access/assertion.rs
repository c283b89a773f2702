//! Assertions of access tests: one sentence about who may never do what, and whether it is true.
//!
//! A sentence names roles, groups and people; bound to their ids it is a [`Rule`], and a rule is asked about what
//! everybody is and may. It is true only when no conversation that may ever come would make it false. Knows no
//! database, and no rights but those that it is handed.

mod parse;

pub use parse::{LINE_CHARACTERS_MAX, Line, ParseError, parse, parse_line};

use super::Column;
use super::could::{About, Candidates, Stamps, Way, could};
use super::facts::CallerFacts;
use super::permission::Permission;
use super::role::RoleKey;
use crate::ids::{GroupId, UserId};
use std::fmt;

/// What a name in an assertion names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum NameKind {
    /// A role.
    Role,
    /// A group.
    Group,
    /// A person, by their email address.
    User,
}

impl NameKind {
    /// The word in answers.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Role => "role",
            Self::Group => "group",
            Self::User => "user",
        }
    }
    /// The kind that this word means.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        [Self::Role, Self::Group, Self::User].into_iter().find(|kind| kind.word() == word)
    }
}

/// A name as it stands in a line.
#[derive(Debug, Clone)]
pub struct Name {
    /// What it names.
    pub kind: NameKind,
    /// Without quotation marks.
    pub text: String,
    /// The bytes of the line that it takes, quotation marks too.
    pub bytes: std::ops::Range<usize>,
}

/// Two names are the same wherever they stand.
impl PartialEq for Name {
    fn eq(&self, other: &Self) -> bool {
        self.kind == other.kind && self.text == other.text
    }
}
impl Eq for Name {}

/// Somebody that an assertion names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Party<Role = Name, Group = Name, User = Name> {
    /// Everybody who has a role: people, and programs with a key.
    Role(Role),
    /// The members of a group.
    Members(Group),
    /// The supervisors of a group.
    Supervisors(Group),
    /// A person.
    User(User),
}

/// What an assertion is about: the doing, in a word for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Deed {
    /// A word of the language.
    Verb(Verb),
    /// A permission by its name.
    Has(Permission),
}

impl Deed {
    /// The permissions that let somebody do it.
    #[must_use]
    pub fn permissions(self) -> Vec<Permission> {
        match self {
            Self::Has(permission) => vec![permission],
            // By whatever way the sound gets out.
            Self::Verb(Verb::Hear) => {
                let takes_sound = |permission: &Permission| permission.columns().contains(&Column::Audio);
                Permission::ALL.iter().copied().filter(takes_sound).collect()
            }
            Self::Verb(verb) => verb.permission().into_iter().collect(),
        }
    }
}

macro_rules! verbs {
    ($($name:ident $base:literal $third:literal $done:literal $permission:expr, $meaning:literal;)*) => {
        /// A word for something that one does to conversations.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        #[allow(missing_docs)]
        pub enum Verb { $($name,)* }

        impl Verb {
            /// All of them.
            pub const ALL: &[Verb] = &[$(Verb::$name,)*];
            /// Such as `play`.
            #[must_use]
            pub const fn base(self) -> &'static str { match self { $(Verb::$name => $base,)* } }
            /// Such as `plays`.
            #[must_use]
            pub const fn third(self) -> &'static str { match self { $(Verb::$name => $third,)* } }
            /// Such as `played`.
            #[must_use]
            pub const fn done(self) -> &'static str { match self { $(Verb::$name => $done,)* } }
            /// What it means, in a few words.
            #[must_use]
            pub const fn meaning(self) -> &'static str { match self { $(Verb::$name => $meaning,)* } }
            /// The one permission that it stands for; none when it stands for several.
            #[must_use]
            pub const fn permission(self) -> Option<Permission> { match self { $(Verb::$name => $permission,)* } }
        }
    };
}

verbs! {
    See "see" "sees" "seen" Some(Permission::ConversationsView), "find conversations and see what lists show";
    Hear "hear" "hears" "heard" None, "get the sound by any way: playing, listening live, downloading, mailing, sharing";
    Play "play" "plays" "played" Some(Permission::RecordingsPlay), "play recordings";
    Download "download" "downloads" "downloaded" Some(Permission::RecordingsDownload), "download recordings";
    Read "read" "reads" "read" Some(Permission::TranscriptsView), "read transcripts";
    Edit "edit" "edits" "edited" Some(Permission::ConversationsEdit), "edit tags, notes and whose a conversation is";
    Delete "delete" "deletes" "deleted" Some(Permission::RecordingsDelete), "delete conversations and recordings";
    Export "export" "exports" "exported" Some(Permission::ConversationsExport), "export the list of conversations";
}

/// The conversations that an assertion is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Object<Group = Name> {
    /// All.
    Anything,
    /// The caller's own if `own`, and those of these groups.
    These {
        /// The caller's own too.
        own: bool,
        /// Of one of these groups.
        groups: Vec<Group>,
    },
    /// All but those.
    AllBut {
        /// The caller's own aren't meant.
        own: bool,
        /// Those of these groups aren't meant.
        groups: Vec<Group>,
    },
}

/// One assertion: these, or everybody but these, never do this to those.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Assertion {
    /// Everybody but the named ones.
    pub others: bool,
    /// The named ones.
    pub parties: Vec<Party>,
    /// What they never do.
    pub deed: Deed,
    /// To which conversations.
    pub object: Object,
}

impl Assertion {
    /// All names, in the order of the line.
    #[must_use]
    pub fn names(&self) -> Vec<&Name> {
        let of_parties = self.parties.iter().map(|party| match party {
            Party::Role(name) | Party::Members(name) | Party::Supervisors(name) | Party::User(name) => name,
        });
        let of_object: &[Name] = match &self.object {
            Object::Anything => &[],
            Object::These { groups, .. } | Object::AllBut { groups, .. } => groups,
        };
        let mut names: Vec<&Name> = of_parties.chain(of_object).collect();
        names.sort_by_key(|name| name.bytes.start);
        names
    }

    /// The rule that it is when its names mean these ids.
    ///
    /// # Errors
    /// The names that mean nothing.
    pub fn bind(&self, ids: &impl Ids) -> Result<Rule, Vec<Name>> {
        let mut missing = Vec::new();
        let mut parties = Vec::with_capacity(self.parties.len());
        for party in &self.parties {
            let bound = match party {
                Party::Role(name) => ids.role(&name.text).map(Party::Role).ok_or(name),
                Party::Members(name) => ids.group(&name.text).map(Party::Members).ok_or(name),
                Party::Supervisors(name) => ids.group(&name.text).map(Party::Supervisors).ok_or(name),
                Party::User(name) => ids.user(&name.text).map(Party::User).ok_or(name),
            };
            match bound {
                Ok(party) => parties.push(party),
                Err(name) => missing.push(name.clone()),
            }
        }
        let mut bound = |groups: &[Name]| {
            let mut found = Vec::with_capacity(groups.len());
            for name in groups {
                match ids.group(&name.text) {
                    Some(group) => found.push(group),
                    None => missing.push(name.clone()),
                }
            }
            found
        };
        let about = match &self.object {
            Object::Anything => About::Everything,
            Object::These { own, groups } => About::Within { own: *own, groups: bound(groups) },
            Object::AllBut { own, groups } => About::Outside { own: *own, groups: bound(groups) },
        };
        if !missing.is_empty() {
            return Err(missing);
        }
        Ok(Rule { others: self.others, parties, permissions: self.deed.permissions(), about })
    }
}

/// What names mean.
pub trait Ids {
    /// The role of this name.
    fn role(&self, name: &str) -> Option<RoleKey>;
    /// The group of this name.
    fn group(&self, name: &str) -> Option<GroupId>;
    /// The person with this email address.
    fn user(&self, email: &str) -> Option<UserId>;
}

/// An assertion whose names are bound to ids.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rule {
    others: bool,
    parties: Vec<Party<RoleKey, GroupId, UserId>>,
    permissions: Vec<Permission>,
    about: About,
}

/// What somebody is and may at one moment.
#[derive(Debug, Clone)]
pub struct Standing {
    /// What a decision knows of them.
    pub caller: CallerFacts,
    /// The roles that they hold.
    pub roles: Vec<RoleKey>,
    /// The groups that they are a member of.
    pub members: Vec<GroupId>,
    /// The groups that they look after.
    pub supervises: Vec<GroupId>,
}

/// What somebody could do against an assertion.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Breach {
    /// The permission.
    pub permission: Permission,
    /// Through what they hold it.
    pub way: Way,
}

impl Rule {
    /// The rule with the stamps that matter to it, ready to be asked about many.
    #[must_use]
    pub fn over<'rule>(&'rule self, stamps: &'rule Stamps) -> Question<'rule> {
        Question { rule: self, candidates: stamps.about(self.about.clone()) }
    }

    /// Whether it says something about somebody.
    #[must_use]
    pub fn is_about(&self, standing: &Standing) -> bool {
        let named = self.parties.iter().any(|party| match party {
            Party::Role(role) => standing.roles.contains(role),
            Party::Members(group) => standing.members.contains(group),
            Party::Supervisors(group) => standing.supervises.contains(group),
            Party::User(user) => standing.caller.user() == Some(*user),
        });
        named != self.others
    }
}

/// A rule that is asked about many.
#[derive(Debug, Clone)]
pub struct Question<'rule> {
    rule: &'rule Rule,
    candidates: Candidates<'rule>,
}

impl Question<'_> {
    /// What somebody could do against the rule, if they could.
    #[must_use]
    pub fn broken_by(&self, standing: &Standing) -> Option<Breach> {
        if !self.rule.is_about(standing) {
            return None;
        }
        let breach = |permission: &Permission| {
            let way = could(&standing.caller, *permission, &self.candidates)?;
            Some(Breach { permission: *permission, way })
        };
        self.rule.permissions.iter().find_map(breach)
    }
}

/// A name as it must be written: in quotation marks unless it is one plain word.
#[must_use]
pub fn quoted(name: &str) -> String {
    let is_plain = |c: char| c.is_alphanumeric() || matches!(c, '-' | '_' | '.' | '@' | '+');
    if !name.is_empty() && name.chars().all(is_plain) && !name.eq_ignore_ascii_case("group") {
        return name.to_owned();
    }
    format!("\"{}\"", name.replace('\\', "\\\\").replace('"', "\\\""))
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.kind {
            // What isn't plainly an address must not be taken for a word of the language.
            NameKind::User if !self.text.contains('@') || quoted(&self.text) != self.text => {
                write!(f, "user {}", quoted(&self.text))
            }
            NameKind::User => f.write_str(&self.text),
            NameKind::Role | NameKind::Group => f.write_str(&quoted(&self.text)),
        }
    }
}

impl fmt::Display for Party {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Role(name) => write!(f, "role {name}"),
            Self::Members(name) => write!(f, "members of {name}"),
            Self::Supervisors(name) => write!(f, "supervisors of {name}"),
            Self::User(name) => name.fmt(f),
        }
    }
}

fn joined(parts: impl IntoIterator<Item = String>) -> String {
    parts.into_iter().collect::<Vec<_>>().join(" and ")
}

fn these(own: bool, groups: &[Name]) -> String {
    joined(own.then(|| "own".to_owned()).into_iter().chain(groups.iter().map(|name| format!("group {name}"))))
}

impl fmt::Display for Assertion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let named = joined(self.parties.iter().map(ToString::to_string));
        let one = match self.parties.as_slice() {
            [Party::Role(_) | Party::User(_)] => true,
            _ => self.others,
        };
        let deed = match self.deed {
            Deed::Verb(verb) if one => verb.third().to_owned(),
            Deed::Verb(verb) => verb.base().to_owned(),
            Deed::Has(permission) => format!("{} {permission}", if one { "has" } else { "have" }),
        };
        let everybody = match (self.others, self.parties.is_empty()) {
            (false, _) => named.clone(),
            (true, true) => "everybody".to_owned(),
            (true, false) => format!("everybody but {named}"),
        };
        match &self.object {
            Object::AllBut { own, groups } => write!(f, "{everybody} {deed} only {}", these(*own, groups)),
            object if self.others => {
                let but = if self.parties.is_empty() { String::new() } else { format!(" but {named}") };
                write!(f, "nobody{but} {deed}{}", object_words(object))
            }
            object => write!(f, "{named} never {deed}{}", object_words(object)),
        }
    }
}

fn object_words(object: &Object) -> String {
    match object {
        Object::Anything => String::new(),
        Object::These { own, groups } | Object::AllBut { own, groups } => format!(" {}", these(*own, groups)),
    }
}
