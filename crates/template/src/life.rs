//! From a template's resource to what is known of it once it is deployed.
//!
//! A facet that the template states is known, one that it leaves out has AWS's default for a new resource, and one that
//! hangs on something decided at deployment is unread. What no template can tell (access keys, grants of a snapshot, a
//! password's age) is unread too: only the facets named here are taken to start empty.

use trailhound_model::kinds::{ec2::group, ecs, iam, kms, s3};
use trailhound_model::{FacetDef, Kind, Life, Map, Origin, Place, Second, Shape, Slot, State, Text, Value, Why};

use crate::resolve::{is_intrinsic, is_open};

/// Policy documents. The rules read intrinsics in them, so they stay.
const DOCUMENTS: [&str; 8] = [
    "AccessPolicies",
    "AssumeRolePolicyDocument",
    "FileSystemPolicy",
    "KeyPolicy",
    "Policy",
    "PolicyDocument",
    "RepositoryPolicyText",
    "ResourcePolicy.PolicyDocument",
];

/// What no template states and every new resource starts with.
static BORN_WITH: [&FacetDef; 6] = [
    &ecs::STATUS.def,
    &ecs::SUPERSEDED_BY.def,
    &kms::MANAGER.def,
    &kms::STATE.def,
    &s3::GRANTS.def,
    &s3::MFA_DELETE.def,
];

/// What a template says about a place in a resource's properties.
pub(crate) enum Said {
    /// Nothing.
    Nothing,
    /// Something that is decided at deployment.
    Open,
    /// This.
    Value(Value),
}

/// What the properties say at a dotted path.
pub(crate) fn at(properties: &Value, path: &str) -> Said {
    let mut here = properties;
    for name in path.split('.') {
        match here {
            Value::Map(map) if is_intrinsic(map) => return Said::Open,
            Value::Map(map) => match map.get(name) {
                Some(value) => here = value,
                None => return Said::Nothing,
            },
            Value::Null => return Said::Nothing,
            _ => return Said::Open,
        }
    }
    match here {
        Value::Null => Said::Nothing,
        Value::Map(map) if is_intrinsic(map) => Said::Open,
        value => Said::Value(value.clone()),
    }
}

/// Writes the life of one resource.
pub(crate) struct Writer {
    pub(crate) life: Life,
}

impl Writer {
    /// A resource that a template with these properties makes at `today`.
    ///
    /// `stood_in` are the properties with the template's own resources as plain text; only documents keep intrinsics.
    pub(crate) fn new(kind: Kind, logical: &str, properties: &Value, stood_in: &Value, today: Second) -> Self {
        let mut writer = Self { life: Life::born(kind, today) };
        for facet in kind.def().facets {
            match (facet.place, facet.shape) {
                (Place::Property, Shape::Single) => {
                    let source = if DOCUMENTS.contains(&facet.name) { properties } else { stood_in };
                    writer.single(facet, source);
                }
                // Parts of their own write to it; `read_parts` knows which kinds.
                (Place::Part(part), Shape::Single) if crate::part::is_read(part) => {}
                _ if BORN_WITH.iter().any(|born| std::ptr::eq(*born, *facet)) => {}
                _ => writer.open(facet),
            }
        }
        writer.particular(logical, properties, stood_in);
        writer
    }

    /// What is not one property for one facet.
    fn particular(&mut self, logical: &str, properties: &Value, stood_in: &Value) {
        match self.life.kind.name() {
            "AWS::S3::Bucket" => match at(properties, "AccessControl") {
                Said::Nothing => {}
                Said::Value(Value::Text(canned)) if s3::canned_grants(&canned).is_some() => {
                    if let Some(grants) = s3::canned_grants(&canned) {
                        self.state(&s3::GRANTS, State::Known(grants));
                    }
                }
                _ => self.open(&s3::GRANTS),
            },
            "AWS::KMS::Key" => match at(properties, "Enabled") {
                Said::Nothing => {}
                Said::Value(value) if value.as_bool().is_some() => {
                    let state = if value.as_bool() == Some(true) { "Enabled" } else { "Disabled" };
                    self.state(&kms::STATE, State::Known(state.into()));
                }
                _ => self.open(&kms::STATE),
            },
            "AWS::EC2::SecurityGroup" => {
                // No template makes a network's default group; a name left out is made from the logical one.
                if matches!(at(properties, "GroupName"), Said::Nothing) {
                    self.state(&group::NAME, State::Known(logical.into()));
                }
                let side = |name, direction| match at(properties, name) {
                    Said::Nothing => None,
                    Said::Open => Some(State::Unread(Why::Unresolved)),
                    Said::Value(Value::List(rules)) => Some(crate::part::group_rules(&rules, direction)),
                    Said::Value(_) => Some(State::Unread(Why::NotUnderstood(format!("{name} is no list").into()))),
                };
                let ingress = side(group::INGRESS.name, group::Direction::Ingress);
                self.state(&group::INGRESS, ingress.unwrap_or_else(|| State::Known(Map::new().into())));
                match side(group::EGRESS.name, group::Direction::Egress) {
                    Some(egress) => self.state(&group::EGRESS, egress),
                    None => {
                        let (key, entry) = group::all_traffic(group::Peer::Cidr("0.0.0.0/0"), group::Direction::Egress);
                        let rules: Map = [(key, entry)].into_iter().collect();
                        self.put(&group::EGRESS, State::Known(rules.into()), Origin::Default);
                    }
                }
            }
            "AWS::IAM::Role" => {
                self.inline_policies(&iam::role::POLICIES, properties);
                self.texts(&iam::role::ATTACHED_POLICIES, stood_in);
            }
            "AWS::IAM::User" => {
                self.inline_policies(&iam::user::POLICIES, properties);
                self.texts(&iam::user::ATTACHED_POLICIES, stood_in);
                self.texts(&iam::user::GROUPS, stood_in);
                // The password itself is not kept.
                if matches!(at(properties, iam::user::LOGIN_PROFILE.name), Said::Value(_)) {
                    self.state(&iam::user::LOGIN_PROFILE, State::Known(Map::new().into()));
                }
            }
            "AWS::IAM::Group" => {
                self.inline_policies(&iam::group::POLICIES, properties);
                self.texts(&iam::group::ATTACHED_POLICIES, stood_in);
            }
            "AWS::IAM::ManagedPolicy" => {
                if let Said::Value(document) = at(properties, "PolicyDocument") {
                    let versions: Map = [("v1".into(), document)].into_iter().collect();
                    self.state(&iam::policy::VERSIONS, State::Known(versions.into()));
                    self.state(&iam::policy::DEFAULT_VERSION, State::Known("v1".into()));
                }
            }
            "AWS::ECS::TaskDefinition" => self.volumes(properties),
            _ => {}
        }
    }

    fn single(&mut self, facet: &'static FacetDef, properties: &Value) {
        match at(properties, facet.name) {
            Said::Nothing => {}
            // A key or a name that is empty is none.
            Said::Value(Value::Text(text)) if text.is_empty() => {}
            Said::Value(value) if DOCUMENTS.contains(&facet.name) || !is_open(&value) => {
                self.state(facet, State::Known(value));
            }
            Said::Value(_) | Said::Open => self.open(facet),
        }
    }

    /// Inline policies, by name.
    fn inline_policies(&mut self, facet: &'static FacetDef, properties: &Value) {
        self.list(facet, properties, |at, policy| crate::part::inline_entry(policy, &format!("#{}", at + 1)));
    }

    /// A list of texts, each its own key.
    fn texts(&mut self, facet: &'static FacetDef, properties: &Value) {
        self.list(facet, properties, |_, text| Some((text.as_str()?.into(), text.clone())));
    }

    /// Volumes, of which only what EFS needs is kept: the options of a driver may hold a password.
    fn volumes(&mut self, properties: &Value) {
        self.list(&ecs::VOLUMES, properties, |_, volume| {
            let name = volume.get("Name")?.as_str()?;
            let efs = volume.get("EFSVolumeConfiguration");
            if efs.is_some_and(is_open) && efs.and_then(|efs| efs.get("TransitEncryption")).is_some_and(is_open) {
                return None;
            }
            let kept = efs.map(|efs| {
                Value::map([
                    ("FilesystemId", efs.get("FilesystemId").filter(|id| !is_open(id)).cloned()),
                    ("TransitEncryption", efs.get("TransitEncryption").cloned()),
                ])
            });
            Some((name.into(), Value::map([("Name", Some(name.into())), ("EFSVolumeConfiguration", kept)])))
        });
    }

    /// A list as a keyed facet. Items without a key are unseen entries.
    fn list(
        &mut self,
        facet: &'static FacetDef,
        properties: &Value,
        entry: impl Fn(usize, &Value) -> Option<(Text, Value)>,
    ) {
        let state = match at(properties, facet.name) {
            Said::Nothing => State::Known(Map::new().into()),
            Said::Value(Value::List(items)) => entries(&items, entry),
            Said::Value(_) | Said::Open => State::Unread(Why::Unresolved),
        };
        self.state(facet, state);
    }

    pub(crate) fn state(&mut self, facet: &FacetDef, state: State) {
        self.put(facet, state, Origin::Stated);
    }

    pub(crate) fn open(&mut self, facet: &FacetDef) {
        self.put(facet, State::Unread(Why::Unresolved), Origin::Nothing);
    }

    /// Adds entries to a keyed facet beside what is known of it.
    pub(crate) fn add(&mut self, facet: &FacetDef, more: State) {
        let before = self.life.slot(facet).map(|slot| slot.state.clone());
        let (mut map, doubt) = match before {
            Some(State::Known(Value::Map(map))) => (map, None),
            Some(State::Partial(map, why)) => (map, Some(why)),
            _ => (Map::new(), Some(Why::Unresolved)),
        };
        let doubt = match more {
            State::Known(Value::Map(entries)) => {
                map.extend(entries);
                doubt
            }
            State::Partial(entries, why) => {
                map.extend(entries);
                Some(why)
            }
            _ => Some(Why::Unresolved),
        };
        self.state(
            facet,
            match doubt {
                Some(why) => State::Partial(map, why),
                None => State::Known(map.into()),
            },
        );
    }

    fn put(&mut self, facet: &FacetDef, state: State, origin: Origin) {
        let position = self.life.kind.position(facet.name);
        if let Some(slot) = position.and_then(|position| self.life.slots.get_mut(position)) {
            *slot = Slot { state, origin }.into();
        }
    }
}

/// A list as entries with keys. Items without a key are unseen entries.
pub(crate) fn entries(items: &[Value], entry: impl Fn(usize, &Value) -> Option<(Text, Value)>) -> State {
    let known: Map = items.iter().enumerate().filter_map(|(at, item)| entry(at, item)).collect();
    if known.len() == items.len() { State::Known(known.into()) } else { State::Partial(known, Why::Unresolved) }
}
