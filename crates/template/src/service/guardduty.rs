//! GuardDuty detectors and their filters.

use trailhound_model::kinds::guardduty::{FEATURES, feature};
use trailhound_model::{Life, Map, State, Value, Why};

use crate::life::{Said, Writer, add, at, put, stated};
use crate::part::{Given, Source};

/// What the template does not name is as a new detector has it; unless what it names is decided at deployment.
pub(super) fn detector(writer: &mut Writer<'_>) {
    let (mut stated_ones, mut open) = (Map::new(), false);
    for (name, path) in [
        ("S3_DATA_EVENTS", "DataSources.S3Logs.Enable"),
        ("EKS_AUDIT_LOGS", "DataSources.Kubernetes.AuditLogs.Enable"),
        ("EBS_MALWARE_PROTECTION", "DataSources.MalwareProtection.ScanEc2InstanceWithFindings.EbsVolumes"),
    ] {
        match stated(writer.properties, path).map(|on| on.map(|on| on.as_bool())) {
            Ok(None) => {}
            Ok(Some(Some(on))) => _ = stated_ones.insert(name.into(), feature(name, on)),
            Ok(Some(None)) | Err(_) => open = true,
        }
    }
    match writer.said(FEATURES.name) {
        Said::Nothing => {}
        Said::Value(Value::List(features)) => {
            for one in &features {
                match (stated(one, "Name"), stated(one, "Status")) {
                    (Ok(Some(Value::Text(name))), Ok(Some(Value::Text(status)))) => {
                        let switched = feature(&name, &*status == "ENABLED");
                        stated_ones.insert(name, switched);
                    }
                    _ => open = true,
                }
            }
        }
        Said::Value(_) | Said::Open => open = true,
    }
    if open {
        writer.state(&FEATURES, State::Partial(stated_ones, Why::Unresolved));
    } else if let Some(slot) = Life::born(writer.life.kind, writer.today).slot(&FEATURES) {
        put(&mut writer.life, &FEATURES, slot.state.clone(), slot.origin);
        if !stated_ones.is_empty() {
            add(&mut writer.life, &FEATURES, State::Known(stated_ones.into()));
        }
    }
}

/// A filter of a detector's findings.
pub(crate) fn filter(filter: &Source<'_>) -> Given {
    let action = match stated(filter.properties, "Action") {
        // AWS's default.
        Ok(None) => Some("NOOP".into()),
        Ok(action) => action,
        Err(_) => None,
    };
    let criterion = match at(filter.properties, "FindingCriteria.Criterion") {
        Said::Value(Value::Map(fields)) => {
            // Which fields it names is asked, not what it says of them.
            let fields: Map = fields.into_iter().map(|(field, _)| (field, super::bare())).collect();
            Some(Value::map([("Criterion", Some(fields.into()))]))
        }
        _ => None,
    };
    let key = match stated(filter.properties, "Name") {
        Ok(Some(Value::Text(name))) => name,
        _ => filter.id.clone(),
    };
    Given::one(key, Value::map([("Action", action), ("FindingCriteria", criterion)]))
}
