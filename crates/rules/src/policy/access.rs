//! What an identity's document allows on all resources: administrators, escalation, whole services.

use std::collections::BTreeSet;

use trailhound_model::{Evidence, Text};

use super::condition::{Condition, Quantifier, Test};
use super::pattern::{Pattern, Set};
use super::{Policy, Statement};
use crate::Signs;
use crate::signs::listed;

/// Keys of conditions that leave an Allow as good as unconditional.
const HARMLESS_KEYS: &[&str] = &[
    "aws:securetransport",
    "aws:requestedregion",
    "aws:currenttime",
    "aws:epochtime",
    "aws:useragent",
    "aws:multifactorauthpresent",
];

/// Actions of services that do not exist: only a wildcard allows them. Two, so that no pattern fits by chance.
const NOWHERE: [&str; 2] = ["trailhound-nowhere:Zq0Jxk", "zqnowhere:Jxkzqjxkzqjx7"];

/// Actions no service has. Two, so that no pattern fits by chance.
const NOTHING: [&str; 2] = ["Zq0Jxk", "Jxkzqjxkzqjx7"];

/// Together with an action of a service that does not exist, what makes an administrator.
const ADMINISTRATOR: &[&str] = &[
    "iam:AttachRolePolicy",
    "iam:PassRole",
    "sts:AssumeRole",
    "kms:Decrypt",
    "s3:DeleteBucket",
    "cloudtrail:StopLogging",
];

/// Actions each of which lets its holder take more rights.
const ESCALATES_ALONE: &[&str] = &[
    "iam:CreatePolicyVersion",
    "iam:SetDefaultPolicyVersion",
    "iam:CreateAccessKey",
    "iam:CreateLoginProfile",
    "iam:UpdateLoginProfile",
    "iam:AttachUserPolicy",
    "iam:AttachGroupPolicy",
    "iam:AttachRolePolicy",
    "iam:PutUserPolicy",
    "iam:PutGroupPolicy",
    "iam:PutRolePolicy",
    "iam:AddUserToGroup",
    "iam:UpdateAssumeRolePolicy",
    "lambda:UpdateFunctionCode",
    "ssm:SendCommand",
];

const PASS_ROLE: &str = "iam:PassRole";

/// What lets the holder of `iam:PassRole` act as the passed role: one action of every group of a row.
const ESCALATES_WITH_PASS_ROLE: &[&[&[&str]]] = &[
    &[&["ec2:RunInstances", "ec2:RequestSpotInstances"]],
    &[
        &["lambda:CreateFunction"],
        &["lambda:InvokeFunction", "lambda:CreateEventSourceMapping", "lambda:AddPermission"],
    ],
    &[&["glue:CreateDevEndpoint"]],
    &[&["glue:CreateJob", "glue:UpdateJob"], &["glue:StartJobRun", "glue:CreateTrigger"]],
    &[&["cloudformation:CreateStack"]],
    &[&["codebuild:CreateProject", "codebuild:UpdateProject"], &["codebuild:StartBuild"]],
    &[&["ecs:RegisterTaskDefinition"], &["ecs:RunTask", "ecs:StartTask", "ecs:CreateService", "ecs:UpdateService"]],
    &[&["states:CreateStateMachine"], &["states:StartExecution"]],
    &[&["sagemaker:CreateNotebookInstance"], &["sagemaker:CreatePresignedNotebookInstanceUrl"]],
    &[&["ssm:StartAutomationExecution"]],
];

/// Actions that decrypt with any key there is.
const DECRYPTS: &[&str] = &["kms:Decrypt", "kms:ReEncryptFrom"];

/// A set of actions that lets its holder take more rights, and the statements that allow them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Escalation {
    /// The actions, all of which are needed.
    pub actions: Vec<&'static str>,
    /// Keys of the statements that allow them: those that allow the whole set, or if none does, all that take part.
    pub statements: Vec<Text>,
}

impl Policy {
    /// Whether the document allows the action on all resources.
    #[must_use]
    pub fn allows_everywhere(&self, action: &str) -> Signs {
        self.ask(|statements| {
            let grants = Grants(statements);
            grants.of(action).map(|s| Evidence::new(&*s.key, format!("allows `{action}` on all resources"))).collect()
        })
    }

    /// The statements that make the holder an administrator: a few telling actions and one of a service that does not
    /// exist, all on all resources.
    #[must_use]
    pub fn administrator(&self) -> Signs {
        self.ask(|statements| {
            let grants = Grants(statements);
            let needed = [ADMINISTRATOR, &NOWHERE].concat();
            if !needed.iter().all(|action| grants.of(action).next().is_some()) {
                return Vec::new();
            }
            let whole: Vec<&Statement> =
                grants.all().filter(|s| needed.iter().all(|action| grants.allows(s, action))).collect();
            let taking_part = |s: &&Statement| needed.iter().any(|action| grants.allows(s, action));
            let statements = if whole.is_empty() { grants.all().filter(taking_part).collect() } else { whole };
            let words = |s: &Statement| format!("allows {} on {}", s.actions, s.resources);
            statements.into_iter().map(|s| Evidence::new(&*s.key, words(s))).collect()
        })
    }

    /// The sets of actions allowed on all resources that let the holder take more rights; open values read as widely as
    /// possible.
    #[must_use]
    pub fn escalations(&self) -> Vec<Escalation> {
        Grants(&self.most).escalations()
    }

    /// The statements that let the holder take more rights.
    #[must_use]
    pub fn escalation(&self) -> Signs {
        self.ask(|statements| {
            let found = Grants(statements).escalations();
            let of = |s: &Statement| {
                let sets = found.iter().filter(|set| set.statements.contains(&s.key));
                let names: Vec<String> = sets.map(|set| set.actions.join("` with `")).collect();
                (!names.is_empty()).then(|| Evidence::new(&*s.key, names_allowed(&names)))
            };
            statements.iter().filter_map(of).collect()
        })
    }

    /// The statements that let the holder pass any role to any service.
    #[must_use]
    pub fn unscoped_pass_role(&self) -> Signs {
        const KEY: &str = "iam:passedtoservice";
        let fixes = |condition: &Condition| {
            // The key is in every request to pass a role, so `IfExists` takes nothing away.
            let equals = matches!(condition.test, Test::StringEquals | Test::StringEqualsIgnoreCase | Test::StringLike);
            &*condition.key == KEY
                && equals
                && !condition.negated
                && condition.quantifier != Quantifier::All
                && condition.is_fixed()
        };
        self.ask(|statements| {
            let grants = Grants(statements);
            let counted = |s: &&Statement| {
                s.is_allow()
                    && s.conditions.iter().all(|c| &*c.key == KEY || is_harmless(c))
                    && !s.conditions.iter().any(fixes)
                    && grants.reaches_all(s, PASS_ROLE)
            };
            let entry = |s: &Statement| Evidence::new(&*s.key, "allows `iam:PassRole` of any role to any service");
            statements.iter().filter(counted).map(entry).collect()
        })
    }

    /// Whether every action of the service is allowed on all resources, also ones that do not exist yet.
    #[must_use]
    pub fn allows_whole_service(&self, service: &str) -> Signs {
        self.ask(|statements| {
            let grants = Grants(statements);
            let whole = |s: &&Statement| NOTHING.iter().all(|name| grants.allows(s, &format!("{service}:{name}")));
            let entry = |s: &Statement| Evidence::new(&*s.key, format!("allows `{service}:*` on all resources"));
            grants.all().filter(whole).map(entry).collect()
        })
    }

    /// The statements that allow whole services (`service:*`, or everything) on all resources.
    #[must_use]
    pub fn whole_services(&self) -> Signs {
        self.ask(|statements| {
            let grants = Grants(statements);
            let of = |s| {
                let services = grants.services(s);
                let names = services.iter().map(|service| &**service);
                (!services.is_empty())
                    .then(|| Evidence::new(&*s.key, format!("allows {} on all resources", listed(names))))
            };
            grants.all().filter_map(of).collect()
        })
    }

    /// The statements that decrypt with every key.
    #[must_use]
    pub fn decrypts_everywhere(&self) -> Signs {
        self.ask(|statements| {
            let grants = Grants(statements);
            let of = |s: &Statement| {
                let found: Vec<&str> = DECRYPTS.iter().copied().filter(|action| grants.allows(s, action)).collect();
                let words = || format!("allows {} with every key", listed(found.iter().copied()));
                (!found.is_empty()).then(|| Evidence::new(&*s.key, words()))
            };
            statements.iter().filter_map(of).collect()
        })
    }

    /// The statements that allow by saying what they leave out (`NotAction`, `NotResource`).
    #[must_use]
    pub fn implicit_allows(&self) -> Signs {
        self.ask(|statements| {
            let of = |s: &Statement| {
                let words = match (s.actions.is_complement(), s.resources.is_complement()) {
                    (true, true) => "allows by NotAction and NotResource",
                    (true, false) => "allows by NotAction",
                    (false, true) => "allows by NotResource",
                    (false, false) => return None,
                };
                s.is_allow().then(|| Evidence::new(&*s.key, words))
            };
            statements.iter().filter_map(of).collect()
        })
    }

    /// The statements of a VPC endpoint's policy that let everything, or a whole service, through to all resources.
    #[must_use]
    pub fn unscoped_endpoint(&self) -> Signs {
        self.ask(|statements| {
            let grants = Grants(statements);
            let of = |s: &Statement| {
                let open = s.is_allow() && !s.is_narrowed(super::Keys::All);
                let services = if open { grants.services_on_all(s) } else { Vec::new() };
                let names = services.iter().map(|service| &**service);
                (!services.is_empty())
                    .then(|| Evidence::new(&*s.key, format!("lets {} through to all resources", listed(names))))
            };
            statements.iter().filter_map(of).collect()
        })
    }
}

/// Whether an attached policy is one that makes an administrator: AWS's own two, in any partition, or one of the given.
#[must_use]
pub fn is_administrator_attachment(arn: &str, configured: &BTreeSet<String>) -> bool {
    let own = arn.strip_prefix("arn:").and_then(|rest| rest.split_once(":iam::aws:policy/"));
    own.is_some_and(|(_, name)| matches!(name, "AdministratorAccess" | "IAMFullAccess")) || configured.contains(arn)
}

fn names_allowed(sets: &[String]) -> String {
    format!("allows on all resources {}", listed(sets.iter().map(String::as_str)))
}

/// Whether a condition leaves an Allow as good as unconditional.
fn is_harmless(condition: &Condition) -> bool {
    HARMLESS_KEYS.contains(&&*condition.key)
}

/// The effective actions of a document: its Allows minus its unconditional Denies.
struct Grants<'a>(&'a [Statement]);

impl<'a> Grants<'a> {
    /// The Allows that count.
    fn all(&self) -> impl Iterator<Item = &'a Statement> + use<'a> {
        self.0.iter().filter(|s| s.is_allow() && s.conditions.iter().all(is_harmless))
    }

    /// The Allows that count and allow the action on all resources.
    fn of(&self, action: &str) -> impl Iterator<Item = &'a Statement> {
        self.all().filter(move |s| self.reaches_all(s, action))
    }

    /// Whether the statement counts and allows the action on all resources.
    fn allows(&self, statement: &Statement, action: &str) -> bool {
        statement.is_allow() && statement.conditions.iter().all(is_harmless) && self.reaches_all(statement, action)
    }

    /// Whether the statement, whatever its conditions, allows the action on all resources and no Deny takes that away.
    fn reaches_all(&self, statement: &Statement, action: &str) -> bool {
        if !statement.actions.contains(action) {
            return false;
        }
        let service = action.split_once(':').map_or(action, |(service, _)| service);
        let denies = || self.0.iter().filter(|s| s.is_unconditional_deny() && s.actions.contains(action));
        match &statement.resources {
            Set::Only(patterns) => patterns
                .iter()
                .filter(|pattern| is_all_resources(pattern, service))
                .any(|pattern| !denies().any(|deny| takes_away(deny, pattern, service))),
            Set::Except(_) => {
                let everything = Pattern::resource("*", false);
                !denies().any(|deny| takes_away(deny, &everything, service))
            }
        }
    }

    fn escalations(&self) -> Vec<Escalation> {
        let mut found: Vec<Escalation> =
            ESCALATES_ALONE.iter().filter_map(|&action| self.escalation(vec![action])).collect();
        if self.of(PASS_ROLE).next().is_none() {
            return found;
        }
        for row in ESCALATES_WITH_PASS_ROLE {
            let allowed =
                |group: &&[&'static str]| group.iter().copied().find(|action| self.of(action).next().is_some());
            let picked: Option<Vec<&'static str>> = row.iter().map(allowed).collect();
            found.extend(picked.and_then(|picked| self.escalation([vec![PASS_ROLE], picked].concat())));
        }
        found
    }

    /// The escalation by these actions, if all of them are allowed.
    fn escalation(&self, actions: Vec<&'static str>) -> Option<Escalation> {
        if !actions.iter().all(|action| self.of(action).next().is_some()) {
            return None;
        }
        let key = |s: &Statement| s.key.clone();
        let mut statements: Vec<Text> =
            self.all().filter(|s| actions.iter().all(|action| self.allows(s, action))).map(key).collect();
        if statements.is_empty() {
            statements = self.all().filter(|s| actions.iter().any(|action| self.allows(s, action))).map(key).collect();
        }
        Some(Escalation { actions, statements })
    }

    /// The whole services the statement allows on all resources, if it counts.
    fn services(&self, statement: &Statement) -> Vec<String> {
        if statement.conditions.iter().all(is_harmless) { self.services_on_all(statement) } else { Vec::new() }
    }

    /// The whole services the statement allows on all resources, whatever its conditions.
    fn services_on_all(&self, statement: &Statement) -> Vec<String> {
        if NOWHERE.iter().all(|action| self.reaches_all(statement, action)) {
            return vec![if statement.actions.is_complement() {
                statement.actions.to_string()
            } else {
                "*".to_owned()
            }];
        }
        let mut services: Vec<String> = Vec::new();
        for pattern in statement.actions.patterns() {
            let Some((service, _)) = pattern.as_str().split_once(':') else { continue };
            let shown = format!("{}:*", service.to_ascii_lowercase());
            if services.contains(&shown) {
                continue;
            }
            // A wildcard in the service's name is taken at its word, with letters in place of the wildcards.
            let concrete = service.replace(['*', '?'], "x");
            let actions = NOTHING.map(|name| format!("{concrete}:{name}"));
            if actions.iter().all(|action| pattern.matches(action) && self.reaches_all(statement, action)) {
                services.push(shown);
            }
        }
        services
    }
}

/// Whether the pattern stands for all resources that an action of the service can have: everything, or an ARN whose parts
/// after the service are wildcards or empty, save the type that the last part may begin with.
fn is_all_resources(pattern: &Pattern, service: &str) -> bool {
    let text = pattern.as_str();
    if pattern.is_everything() {
        return true;
    }
    let mut parts = text.splitn(6, ':');
    if parts.next() != Some("arn") {
        return false;
    }
    let (partition, named) = (parts.next().unwrap_or_default(), parts.next());
    let Some(named) = named else { return partition == "*" };
    // Roles are assumed through STS, and are IAM's.
    let is_its =
        |name: &str| Pattern::action(name).matches(service) || service.eq_ignore_ascii_case("sts") && name == "iam";
    let rest: Vec<&str> = parts.collect();
    let Some((last, middle)) = rest.split_last() else { return named.ends_with('*') && is_its(named) };
    let wild = |part: &str| part.chars().all(|c| matches!(c, '*' | '?'));
    if !is_its(named) || !middle.iter().all(|part| wild(part)) || !last.contains('*') {
        return false;
    }
    // `key/*`, `log-group:*:*`, `*/*`: a literal type may come first when more follows. In `s3:::b/*` it is a bucket.
    let mut segments = last.split(['/', ':']);
    let first = segments.next().unwrap_or_default();
    let mut more = segments.peekable();
    let is_bucket = service.eq_ignore_ascii_case("s3") && middle.last() == Some(&"");
    let is_type = rest.len() == 3 && more.peek().is_some() && !first.contains(['*', '?', '$']) && !is_bucket;
    (wild(first) || is_type) && more.all(wild)
}

/// Whether an unconditional Deny that names the action leaves less than all resources of what the pattern stands for.
fn takes_away(deny: &Statement, pattern: &Pattern, service: &str) -> bool {
    match &deny.resources {
        Set::Only(denied) => {
            denied.iter().any(|d| d.covers(pattern) || pattern.is_everything() && is_whole_arn(d, service))
        }
        // All but these is denied, so only these are left.
        Set::Except(left) => !left.iter().any(|l| is_all_resources(l, service)),
    }
}

/// `arn:aws:s3:::*` and the like: every ARN of the service.
fn is_whole_arn(pattern: &Pattern, service: &str) -> bool {
    is_all_resources(pattern, service) && pattern.as_str().splitn(6, ':').nth(5).is_none_or(|last| last == "*")
}
