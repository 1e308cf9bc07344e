//! RDS parameter groups, and the clusters of other services that RDS keeps.

use trailhound_model::kinds::rds::{PARAMETERS, TLS_PARAMETERS};
use trailhound_model::{Map, State, Value, Why};

use crate::life::{Said, Writer};
use crate::resolve::{is_intrinsic, is_open};

/// The parameters that decide about TLS.
pub(super) fn parameter_group(writer: &mut Writer<'_>) {
    let state = match writer.said(PARAMETERS.name) {
        Said::Nothing => State::Known(Map::new().into()),
        Said::Value(Value::Map(map)) if !is_intrinsic(&map) => {
            let (mut known, mut open) = (Map::new(), false);
            for (name, value) in map.iter().filter(|(name, _)| TLS_PARAMETERS.contains(&&***name)) {
                if is_open(value) {
                    open = true;
                } else {
                    known.insert(name.clone(), value.to_string().into());
                }
            }
            if open { State::Partial(known, Why::Unresolved) } else { State::Known(known.into()) }
        }
        Said::Value(_) | Said::Open => State::Unread(Why::Unresolved),
    };
    writer.state(&PARAMETERS, state);
}

/// The engine of a type of cluster that calls and reads show as RDS's own.
pub(crate) fn engine_of(kind: &str) -> Option<&'static str> {
    match kind {
        "AWS::DocDB::DBCluster" => Some("docdb"),
        "AWS::Neptune::DBCluster" => Some("neptune"),
        _ => None,
    }
}

/// The properties of such a cluster as those of RDS's.
pub(crate) fn of_engine(properties: Value, engine: &str) -> Value {
    match properties {
        Value::Map(mut map) if !is_intrinsic(&map) => {
            map.insert("Engine".into(), engine.into());
            map.into()
        }
        Value::Null => Value::map([("Engine", Some(engine.into()))]),
        open => open,
    }
}
