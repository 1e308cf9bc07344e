//! What a template sets for the whole region: each has a facet of `Trailhound::Region`.

use trailhound_model::kinds::ec2::region::SNAPSHOT_BLOCK;
use trailhound_model::kinds::{accessanalyzer, config, guardduty, securityhub};
use trailhound_model::{FacetDef, State, Value, Why};

use crate::life::stated;
use crate::part::{Given, Source};

/// A type of resource that there is once in a region, and the facet it sets.
pub(crate) struct Setting {
    pub(crate) kind: &'static str,
    pub(crate) facet: &'static FacetDef,
    pub(crate) read: fn(&Source<'_>) -> Given,
}

/// The types that are read.
pub(crate) static SETTINGS: [Setting; 6] = [
    Setting { kind: "AWS::AccessAnalyzer::Analyzer", facet: &accessanalyzer::ANALYZERS.def, read: analyzer },
    Setting { kind: "AWS::Config::ConfigurationRecorder", facet: &config::RECORDING.def, read: recorder },
    Setting { kind: "AWS::Config::DeliveryChannel", facet: &config::DELIVERY_CHANNEL.def, read: there_is },
    Setting {
        kind: "AWS::EC2::SnapshotBlockPublicAccess",
        facet: &SNAPSHOT_BLOCK.def,
        read: |block| match stated(block.properties, "State") {
            Ok(Some(state)) => Given::Whole(State::Known(state)),
            Ok(None) | Err(_) => Given::Whole(State::Unread(Why::Unresolved)),
        },
    },
    Setting {
        kind: "AWS::GuardDuty::Detector",
        facet: &guardduty::REGION_DETECTOR.def,
        read: |detector| Given::Whole(State::Known(detector.id.clone().into())),
    },
    Setting { kind: "AWS::SecurityHub::Hub", facet: &securityhub::ENABLED.def, read: there_is },
];

fn there_is(_: &Source<'_>) -> Given {
    Given::Whole(State::Known(Value::Bool(true)))
}

/// An analyzer beside those that the region may have.
fn analyzer(analyzer: &Source<'_>) -> Given {
    match stated(analyzer.properties, "Type") {
        Ok(Some(kind)) => {
            let entry = Value::map([("Type", Some(kind)), ("Status", Some("ACTIVE".into()))]);
            Given::one(analyzer.id.clone(), entry)
        }
        Ok(None) | Err(_) => Given::Entries(State::Unread(Why::Unresolved)),
    }
}

/// CloudFormation starts a recorder as soon as there is a delivery channel.
fn recorder(recorder: &Source<'_>) -> Given {
    let started = recorder.names.has("AWS::Config::DeliveryChannel");
    Given::Whole(if started {
        State::Known(Value::Bool(true))
    } else {
        State::Unread(Why::DependsOn("the region's delivery channel".into()))
    })
}
