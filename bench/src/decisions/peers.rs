//! The same policy in Cedar and in Casbin, written as each of them advises.

use std::str::FromStr as _;

use casbin::{CoreApi as _, DefaultModel, Enforcer, MemoryAdapter, MgmtApi as _};
use cedar_policy::{Authorizer, Context, Decision, Entities, EntityUid, PolicySet, Request, Schema};

use super::{Engine, Question};
use crate::Outcome;

pub(super) fn all(assignments: u32, questions: &[Question]) -> Outcome<Vec<Box<dyn Engine>>> {
    Ok(vec![Box::new(Cedar::new(assignments, questions)?), Box::new(Casbin::new(assignments, questions)?)])
}

const SCHEMA: &str = "
entity Group;
entity User = { active: Bool };
entity Recording in [Group] = { ready: Bool };
action play appliesTo { principal: User, resource: Recording };
";

/// One permit per assignment, and one rule to forbid what isn't active and ready.
struct Cedar {
    authorizer: Authorizer,
    policies: PolicySet,
    entities: Entities,
    requests: Vec<Request>,
}

impl Cedar {
    fn new(assignments: u32, questions: &[Question]) -> Outcome<Self> {
        let (schema, _) = Schema::from_cedarschema_str(SCHEMA)?;
        let mut policies =
            String::from("forbid(principal, action, resource) unless { principal.active && resource.ready };\n");
        for group in 0..assignments {
            policies.push_str(&format!(
                "permit(principal == User::\"u\", action == Action::\"play\", resource in Group::\"g{group}\");\n"
            ));
        }
        let mut entities = vec![serde_json::json!({
            "uid": {"type": "User", "id": "u"}, "attrs": {"active": true}, "parents": []
        })];
        let mut requests = Vec::new();
        for (number, question) in questions.iter().enumerate() {
            let group = format!("g{}", question.group);
            entities.push(serde_json::json!({
                "uid": {"type": "Recording", "id": format!("r{number}")},
                "attrs": {"ready": question.is_ready},
                "parents": [{"type": "Group", "id": group}]
            }));
            requests.push(Request::new(
                EntityUid::from_str("User::\"u\"")?,
                EntityUid::from_str("Action::\"play\"")?,
                EntityUid::from_str(&format!("Recording::\"r{number}\""))?,
                Context::empty(),
                Some(&schema),
            )?);
        }
        Ok(Self {
            authorizer: Authorizer::new(),
            policies: PolicySet::from_str(&policies)?,
            entities: Entities::from_json_value(serde_json::Value::Array(entities), Some(&schema))?,
            requests,
        })
    }
}

impl Engine for Cedar {
    fn name(&self) -> &'static str {
        "Cedar"
    }

    fn allows(&mut self, question: usize) -> bool {
        self.requests.get(question).is_some_and(|request| {
            self.authorizer.is_authorized(request, &self.policies, &self.entities).decision() == Decision::Allow
        })
    }
}

const MODEL: &str = "
[request_definition]
r = sub, active, group, ready, act
[policy_definition]
p = sub, group, act
[policy_effect]
e = some(where (p.eft == allow))
[matchers]
m = r.active == \"yes\" && r.ready == \"yes\" && r.sub == p.sub && r.group == p.group && r.act == p.act
";

/// One policy line per assignment.
struct Casbin {
    enforcer: Enforcer,
    requests: Vec<[String; 5]>,
}

impl Casbin {
    fn new(assignments: u32, questions: &[Question]) -> Outcome<Self> {
        let runtime = tokio::runtime::Builder::new_current_thread().build()?;
        let enforcer = runtime.block_on(async {
            let model = DefaultModel::from_str(MODEL).await?;
            let mut enforcer = Enforcer::new(model, MemoryAdapter::default()).await?;
            let lines =
                (0..assignments).map(|group| vec!["u".to_owned(), format!("g{group}"), "play".to_owned()]).collect();
            enforcer.add_policies(lines).await?;
            Ok::<_, casbin::Error>(enforcer)
        })?;
        let word = |yes: bool| if yes { "yes" } else { "no" }.to_owned();
        Ok(Self {
            enforcer,
            requests: questions
                .iter()
                .map(|question| {
                    [
                        "u".to_owned(),
                        word(true),
                        format!("g{}", question.group),
                        word(question.is_ready),
                        "play".to_owned(),
                    ]
                })
                .collect(),
        })
    }
}

impl Engine for Casbin {
    fn name(&self) -> &'static str {
        "Casbin"
    }

    fn allows(&mut self, question: usize) -> bool {
        let Some([user, active, group, ready, action]) = self.requests.get(question) else {
            return false;
        };
        self.enforcer
            .enforce((user.as_str(), active.as_str(), group.as_str(), ready.as_str(), action.as_str()))
            .unwrap_or(false)
    }
}
