//! What the names in access tests mean: looked up when a document is saved, kept by id from then on.

use soundkeep_domain::access::RoleKey;
use soundkeep_domain::access::assertion::{Ids, Line, Name, NameKind, parse, quoted};
use soundkeep_domain::identity::normal_email;
use soundkeep_domain::{GroupId, UserId};
use soundkeep_store::access_tests::{BoundName, StoredAccessTests};
use soundkeep_store::identity::folded;
use soundkeep_store::policy::Policy;

/// Names mean whoever and whatever is called so now; capitals and accents don't matter.
pub(super) struct ByName<'policy>(pub(super) &'policy Policy);

impl Ids for ByName<'_> {
    fn role(&self, name: &str) -> Option<RoleKey> {
        let wanted = folded(name);
        self.0.roles().find(|role| folded(&role.name) == wanted).map(|role| role.key)
    }
    fn group(&self, name: &str) -> Option<GroupId> {
        let wanted = folded(name);
        let mut open = self.0.groups().filter(|(id, _)| !self.0.is_closed(*id));
        open.find(|(_, name)| folded(name) == wanted).map(|(id, _)| id)
    }
    fn user(&self, email: &str) -> Option<UserId> {
        let wanted = normal_email(email)?;
        self.0.people().iter().find(|person| person.email == wanted).map(|person| person.id)
    }
}

/// Names mean what they meant when the document was saved, if it is still there.
pub(super) struct Bound<'names> {
    pub(super) names: &'names [BoundName],
    pub(super) policy: &'names Policy,
}

impl Bound<'_> {
    fn id(&self, kind: NameKind, text: &str) -> Option<&str> {
        let found = self.names.iter().find(|name| name.kind == kind.word() && name.text == text);
        found.map(|name| name.id.as_str())
    }
}

impl Ids for Bound<'_> {
    fn role(&self, name: &str) -> Option<RoleKey> {
        let key: RoleKey = self.id(NameKind::Role, name)?.parse().ok()?;
        self.policy.roles().any(|role| role.key == key).then_some(key)
    }
    fn group(&self, name: &str) -> Option<GroupId> {
        let id: GroupId = self.id(NameKind::Group, name)?.parse().ok()?;
        (self.policy.group_name(id).is_some() && !self.policy.is_closed(id)).then_some(id)
    }
    fn user(&self, email: &str) -> Option<UserId> {
        let id: UserId = self.id(NameKind::User, email)?.parse().ok()?;
        self.policy.person(id).map(|person| person.id)
    }
}

/// The ids that the names of these lines mean now; what means nothing is left out.
pub(super) fn bindings(lines: &[Line], policy: &Policy) -> Vec<BoundName> {
    let ids = ByName(policy);
    let mut bound: Vec<BoundName> = Vec::new();
    for name in lines.iter().flat_map(|line| line.assertion.names()) {
        let id = match name.kind {
            NameKind::Role => ids.role(&name.text).map(|key| key.to_string()),
            NameKind::Group => ids.group(&name.text).map(|id| id.to_string()),
            NameKind::User => ids.user(&name.text).map(|id| id.to_string()),
        };
        let kind = name.kind.word().to_owned();
        if let Some(id) = id
            && !bound.iter().any(|held| held.kind == kind && held.text == name.text)
        {
            bound.push(BoundName { kind, text: name.text.clone(), id });
        }
    }
    bound
}

/// The document with the names that everything has now, and what these mean. What is gone keeps the name it had.
pub(super) fn current(stored: &StoredAccessTests, policy: &Policy) -> (String, Vec<BoundName>) {
    let ids = Bound { names: &stored.names, policy };
    let (lines, _) = parse(&stored.text);
    let mut lines = lines.into_iter().peekable();
    let (mut text, mut names) = (String::with_capacity(stored.text.len()), Vec::new());
    for (at, line) in stored.text.split_inclusive('\n').enumerate() {
        let Some(read) = lines.next_if(|read| read.number == at + 1) else {
            text.push_str(line);
            continue;
        };
        let mut written = 0;
        for name in read.assertion.names() {
            let (now, id) = called(name, &ids, policy);
            let kind = name.kind.word().to_owned();
            if let Some(id) = id {
                let bound = BoundName { kind, text: now.clone(), id };
                if !names.contains(&bound) {
                    names.push(bound);
                }
            }
            let kept = if now == name.text { line.get(name.bytes.clone()).map(str::to_owned) } else { None };
            text.push_str(line.get(written..name.bytes.start).unwrap_or_default());
            text.push_str(&kept.unwrap_or_else(|| quoted(&now)));
            written = name.bytes.end;
        }
        text.push_str(line.get(written..).unwrap_or_default());
    }
    (text, names)
}

/// What a name's bearer is called now, with their id. A difference of capitals or accents alone stays as written.
fn called(name: &Name, ids: &Bound<'_>, policy: &Policy) -> (String, Option<String>) {
    let (now, id) = match name.kind {
        NameKind::Role => {
            let key = ids.role(&name.text);
            let role = key.and_then(|key| policy.roles().find(|role| role.key == key));
            (role.map(|role| role.name.clone()), key.map(|key| key.to_string()))
        }
        NameKind::Group => {
            let id = ids.group(&name.text);
            (id.and_then(|id| policy.group_name(id)).map(str::to_owned), id.map(|id| id.to_string()))
        }
        NameKind::User => {
            let id = ids.user(&name.text);
            (id.and_then(|id| policy.person(id)).map(|person| person.email.clone()), id.map(|id| id.to_string()))
        }
    };
    let id = id.or_else(|| ids.id(name.kind, &name.text).map(str::to_owned));
    let now = now.filter(|now| folded(now) != folded(&name.text)).unwrap_or_else(|| name.text.clone());
    (now, id)
}
