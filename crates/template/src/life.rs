//! From a template's resource to what is known of it once it is deployed.
//!
//! A facet that the template states is known, one that it leaves out has AWS's default for a new resource, and one that
//! hangs on something decided at deployment is unread.

use trailhound_model::kinds::{cloudfront, cloudtrail, ecr, ecs, elb, lambda, opensearch, s3};
use trailhound_model::{FacetDef, Kind, Life, Map, Origin, Place, Second, Shape, Slot, State, Text, Value, Why};

use crate::names::Names;
use crate::resolve::{is_intrinsic, is_open};
use crate::service;

/// Policy documents. The rules read intrinsics in them, so they stay.
const DOCUMENTS: [&str; 10] = [
    "AccessPolicies",
    "AccessPolicy",
    "AssumeRolePolicyDocument",
    "FileSystemPolicy",
    "KeyPolicy",
    "Policy",
    "PolicyDocument",
    "RepositoryPolicyText",
    "ResourcePolicy",
    "ResourcePolicy.PolicyDocument",
];

/// Of these facets only the named members are kept: the others are not judged, may be decided at deployment, and some hold
/// secrets.
static KEPT: [(&FacetDef, &[&str]); 12] = [
    (&cloudfront::CACHE_BEHAVIORS.def, &["PathPattern", "TargetOriginId", "ViewerProtocolPolicy"]),
    (&cloudfront::DEFAULT_CACHE_BEHAVIOR.def, &["TargetOriginId", "ViewerProtocolPolicy"]),
    (
        &cloudfront::ORIGINS.def,
        &["Id", "CustomOriginConfig.OriginProtocolPolicy", "CustomOriginConfig.OriginSSLProtocols"],
    ),
    (&cloudfront::VIEWER_CERTIFICATE.def, &["CloudFrontDefaultCertificate", "MinimumProtocolVersion"]),
    (
        &cloudtrail::EVENT_SELECTORS.def,
        &["?DataResources", "ExcludeManagementEventSources", "IncludeManagementEvents", "ReadWriteType"],
    ),
    (&ecr::ENCRYPTION.def, &["EncryptionType"]),
    (&ecs::NETWORK.def, &["AssignPublicIp"]),
    (&elb::DEFAULT_ACTIONS.def, ACTION),
    (&lambda::VPC.def, &["SubnetIds"]),
    (&s3::ACCESS_POINT_VPC.def, &[]),
    (&s3::ENCRYPTION.def, &["ServerSideEncryptionConfiguration.ServerSideEncryptionByDefault.SSEAlgorithm"]),
    (&s3::LOGGING.def, &[]),
];

/// What is kept of an action of a listener.
pub(crate) const ACTION: &[&str] = &["Type", "RedirectConfig.Protocol"];

/// Lists of which it matters only whether something is in them. An item is something, whatever it will be.
static SOME_OR_NONE: [&FacetDef; 2] = [&lambda::VPC.def, &opensearch::SUBNETS.def];

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

/// What the properties say at a dotted path, if it is all decided before deployment; `None` if they say nothing.
///
/// # Errors
/// It is decided at deployment.
pub(crate) fn stated(properties: &Value, path: &str) -> Result<Option<Value>, Why> {
    match at(properties, path) {
        Said::Nothing => Ok(None),
        Said::Value(value) if !is_open(&value) => Ok(Some(value)),
        Said::Value(_) | Said::Open => Err(Why::Unresolved),
    }
}

/// The properties of a resource, and the life that is written from them.
pub(crate) struct Writer<'m> {
    /// What the resource is called.
    pub(crate) id: Text,
    /// Its properties with the names of the template's own resources.
    pub(crate) properties: &'m Value,
    /// The other resources.
    pub(crate) names: &'m Names<'m>,
    /// When it is made.
    pub(crate) today: Second,
    pub(crate) life: Life,
}

impl<'m> Writer<'m> {
    /// A resource that a template with these properties makes at `today`.
    pub(crate) fn new(kind: Kind, id: Text, properties: &'m Value, names: &'m Names<'m>, today: Second) -> Self {
        let mut writer = Self { id, properties, names, today, life: Life::born(kind, today) };
        for facet in kind.def().facets {
            match (facet.place, facet.shape) {
                (Place::Property, Shape::Single) => writer.single(facet),
                // Its own list, or none.
                (Place::Property, Shape::Keyed) => open(&mut writer.life, facet),
                // What stands in parts of their own, and what no property states, is as AWS makes it.
                (Place::Part(_) | Place::Observed, _) => {}
            }
        }
        service::write(&mut writer);
        writer
    }

    fn single(&mut self, facet: &'static FacetDef) {
        let mut said = at(self.properties, facet.name);
        if let Said::Value(value) = &mut said {
            if let Some((_, members)) = KEPT.iter().find(|(kept, _)| std::ptr::eq(*kept, facet)) {
                *value = kept(value, members);
            }
            if SOME_OR_NONE.iter().any(|of| std::ptr::eq(*of, facet)) {
                *value = some(value);
            }
        }
        match said {
            // An empty text is how templates leave something out.
            Said::Nothing => {}
            Said::Value(Value::Text(text)) if text.is_empty() => {}
            Said::Value(value) if DOCUMENTS.contains(&facet.name) || !is_open(&value) => {
                self.state(facet, State::Known(value));
            }
            Said::Value(_) | Said::Open => open(&mut self.life, facet),
        }
    }

    /// What the properties say at a dotted path.
    pub(crate) fn said(&self, path: &str) -> Said {
        at(self.properties, path)
    }

    /// A list of texts, each its own key.
    pub(crate) fn texts(&mut self, facet: &'static FacetDef) {
        self.list(facet, facet.name, |_, text| Some((text.as_str()?.into(), text.clone())));
    }

    /// A list as a keyed facet. Items without a key are unseen entries.
    pub(crate) fn list(
        &mut self,
        facet: &'static FacetDef,
        path: &str,
        entry: impl Fn(usize, &Value) -> Option<(Text, Value)>,
    ) {
        let state = match self.said(path) {
            Said::Nothing => State::Known(Map::new().into()),
            Said::Value(Value::List(items)) => entries(&items, entry),
            Said::Value(_) | Said::Open => State::Unread(Why::Unresolved),
        };
        self.state(facet, state);
    }

    pub(crate) fn state(&mut self, facet: &FacetDef, state: State) {
        put(&mut self.life, facet, state, Origin::Stated);
    }

    pub(crate) fn unread(&mut self, facet: &FacetDef, why: Why) {
        put(&mut self.life, facet, State::Unread(why), Origin::Nothing);
    }
}

/// Writes a facet.
pub(crate) fn put(life: &mut Life, facet: &FacetDef, state: State, origin: Origin) {
    let position = life.kind.position(facet.name);
    if let Some(slot) = position.and_then(|position| life.slots.get_mut(position)) {
        *slot = Slot { state, origin }.into();
    }
}

/// Leaves a facet to the deployment.
pub(crate) fn open(life: &mut Life, facet: &FacetDef) {
    put(life, facet, State::Unread(Why::Unresolved), Origin::Nothing);
}

/// Leaves it to the deployment whether a keyed facet has more entries.
pub(crate) fn doubt(life: &mut Life, facet: &FacetDef) {
    add(life, facet, State::Unread(Why::Unresolved));
}

/// Adds entries to a keyed facet beside what is known of it.
pub(crate) fn add(life: &mut Life, facet: &FacetDef, more: State) {
    let before = life.slot(facet).map(|slot| slot.state.clone());
    let (mut map, doubt) = match before {
        Some(State::Known(Value::Map(map))) => (map, None),
        Some(State::Absent) => (Map::new(), None),
        Some(State::Partial(map, why)) => (map, Some(why)),
        Some(State::Unread(why)) => (Map::new(), Some(why)),
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
        State::Unread(why) => Some(why),
        State::Known(_) | State::Absent => doubt,
    };
    let state = match doubt {
        Some(why) => State::Partial(map, why),
        None => State::Known(map.into()),
    };
    put(life, facet, state, Origin::Stated);
}

/// A list as entries with keys, each made of its number from 0 and its item. Items without a key are unseen entries.
pub(crate) fn entries(items: &[Value], entry: impl Fn(usize, &Value) -> Option<(Text, Value)>) -> State {
    let (mut known, mut open) = (Map::new(), false);
    for (at, item) in items.iter().enumerate() {
        match entry(at, item) {
            Some((key, value)) => _ = known.insert(key, value),
            None => open = true,
        }
    }
    if open { State::Partial(known, Why::Unresolved) } else { State::Known(known.into()) }
}

/// The value with these members alone, each a dotted path; of a list, of each of its items. One with a question mark goes
/// too if it is decided at deployment.
pub(crate) fn kept(value: &Value, members: &[&str]) -> Value {
    match value {
        Value::List(items) => Value::List(items.iter().map(|item| kept(item, members)).collect()),
        Value::Map(map) if !is_intrinsic(map) => {
            let kept = map.iter().filter_map(|(name, value)| {
                let is_optional = members.iter().any(|member| member.strip_prefix('?') == Some(name));
                if members.contains(&&**name) || is_optional && !is_open(value) {
                    return Some((name.clone(), value.clone()));
                }
                let inner: Vec<&str> =
                    members.iter().filter_map(|member| member.strip_prefix(&**name)?.strip_prefix('.')).collect();
                (!inner.is_empty()).then(|| (name.clone(), kept(value, &inner)))
            });
            Value::Map(kept.collect())
        }
        value => value.clone(),
    }
}

/// The value with a text for every item of its lists that is decided at deployment.
fn some(value: &Value) -> Value {
    const SOMETHING: &str = "<decided at deployment>";
    match value {
        Value::List(items) => {
            // A choice may come out as nothing.
            let may_vanish = |item: &Value| item.get("Fn::If").is_some();
            let item = |item: &Value| if is_open(item) && !may_vanish(item) { SOMETHING.into() } else { item.clone() };
            Value::List(items.iter().map(item).collect())
        }
        Value::Map(map) if !is_intrinsic(map) => {
            Value::Map(map.iter().map(|(name, value)| (name.clone(), some(value))).collect())
        }
        value => value.clone(),
    }
}
