//! Instances and launch templates.

use trailhound_model::kinds::ec2::instance::{
    ASSIGNED, DEFAULT_VERSION, FLEET, HTTP_ENDPOINT, HTTP_TOKENS, INSTANCE_PROFILE, PUBLIC_ADDRESSES, USER_DATA,
    VERSIONS,
};
use trailhound_model::secret::Secret;
use trailhound_model::{Map, State, Text, Value, Why};
use trailhound_rules::secret::signs_in_user_data;

use super::bare;
use super::variables::rough;
use crate::life::{Said, Writer, at, kept, stated};
use crate::part::{Given, Source};
use crate::resolve::is_open;

/// An instance. What it does not state may come from its launch template, where that is in the template too.
pub(super) fn instance(writer: &mut Writer<'_>) {
    let inherited = launch_data(writer);
    let data = |inherited: &Inherited| match inherited {
        Inherited::Data(data) => Ok(data.clone()),
        Inherited::Nothing => Ok(Value::default()),
        Inherited::Unknown(why) => Err(why.clone()),
    };
    for (facet, of_region) in [(&HTTP_TOKENS, true), (&HTTP_ENDPOINT, false)] {
        if matches!(writer.said(facet.name), Said::Nothing) {
            let why = Why::DependsOn("the image and the region's default".into());
            match data(&inherited).and_then(|data| stated(&data, facet.name)) {
                Ok(Some(value)) => writer.state(facet, State::Known(value)),
                Ok(None) if of_region => writer.unread(facet, why),
                Ok(None) => writer.state(facet, State::Known("enabled".into())),
                Err(why) => writer.unread(facet, why),
            }
        }
    }
    if matches!(writer.said(INSTANCE_PROFILE.name), Said::Nothing) {
        match data(&inherited).map(|data| at(&data, INSTANCE_PROFILE.name)) {
            Ok(Said::Nothing) => {}
            Ok(Said::Value(profile)) => {
                let name = profile.get("Arn").or_else(|| profile.get("Name")).filter(|name| !is_open(name));
                let state = name.map_or(State::Unread(Why::Unresolved), |name| State::Known(name.clone()));
                writer.state(&INSTANCE_PROFILE, state);
            }
            Ok(Said::Open) => writer.unread(&INSTANCE_PROFILE, Why::Unresolved),
            Err(why) => writer.unread(&INSTANCE_PROFILE, why),
        }
    }
    let own = writer.said(USER_DATA.name);
    let text = match own {
        Said::Nothing => data(&inherited).map(|data| at(&data, USER_DATA.name)),
        own => Ok(own),
    };
    match text {
        Ok(Said::Nothing) => writer.state(&USER_DATA, State::Absent),
        Ok(Said::Value(text)) => writer.state(&USER_DATA, user_data(&text)),
        // The function that packs it is no part of it.
        Ok(Said::Open) => {
            let packed = writer.properties.get(USER_DATA.name).cloned();
            let packed = packed.or_else(|| data(&inherited).ok()?.get(USER_DATA.name).cloned());
            writer.state(&USER_DATA, user_data(&packed.unwrap_or_default()));
        }
        Err(why) => writer.unread(&USER_DATA, why),
    }
    let addresses = match addresses(writer.properties) {
        Addresses::NotSaid => match data(&inherited) {
            Ok(data) => match addresses(&data) {
                Addresses::NotSaid => by_subnet(writer),
                said => said,
            },
            Err(why) => Addresses::Unknown(why),
        },
        said => said,
    };
    match addresses {
        Addresses::Assigned(true) => {
            let assigned = Map::from_iter([(ASSIGNED.into(), bare())]);
            writer.state(&PUBLIC_ADDRESSES, State::Known(assigned.into()));
        }
        Addresses::Assigned(false) => writer.state(&PUBLIC_ADDRESSES, State::Known(Map::new().into())),
        Addresses::NotSaid => writer.unread(&PUBLIC_ADDRESSES, Why::DependsOn("the subnet's setting".into())),
        Addresses::Unknown(why) => writer.unread(&PUBLIC_ADDRESSES, why),
    }
    writer.state(&FLEET, State::Absent);
}

/// What an instance takes from its launch template.
enum Inherited {
    Nothing,
    Data(Value),
    Unknown(Why),
}

fn launch_data(writer: &Writer<'_>) -> Inherited {
    let unknown = || Inherited::Unknown(Why::DependsOn("the launch template".into()));
    match writer.said("LaunchTemplate") {
        Said::Nothing => Inherited::Nothing,
        Said::Open => unknown(),
        Said::Value(named) => {
            let name = named.get("LaunchTemplateId").or_else(|| named.get("LaunchTemplateName"));
            let template = name.and_then(|name| writer.names.named(name, &["AWS::EC2::LaunchTemplate"]));
            // The one version that the template makes is the first, the latest and the default.
            match template.and_then(|template| template.properties.get("LaunchTemplateData")) {
                Some(data) => Inherited::Data(writer.names.stand_in(data)),
                None => unknown(),
            }
        }
    }
}

/// Whether an instance gets a public address.
enum Addresses {
    NotSaid,
    Assigned(bool),
    Unknown(Why),
}

fn addresses(of: &Value) -> Addresses {
    match at(of, "NetworkInterfaces") {
        Said::Nothing => Addresses::NotSaid,
        Said::Open => Addresses::Unknown(Why::Unresolved),
        Said::Value(interfaces) => {
            let mut said = Addresses::NotSaid;
            for interface in interfaces.as_list().unwrap_or_default() {
                match stated(interface, "AssociatePublicIpAddress").map(|on| on.and_then(|on| on.as_bool())) {
                    Ok(Some(true)) => return Addresses::Assigned(true),
                    Ok(Some(false)) => said = Addresses::Assigned(false),
                    Ok(None) if interface.get("NetworkInterfaceId").is_some() => {
                        said = Addresses::Unknown(Why::DependsOn("the addresses of its interface".into()));
                    }
                    Ok(None) => {}
                    Err(why) => said = Addresses::Unknown(why),
                }
            }
            said
        }
    }
}

/// By the subnet, where the template makes it.
fn by_subnet(writer: &Writer<'_>) -> Addresses {
    let subnet = writer.properties.get("SubnetId").cloned().or_else(|| {
        let first = writer.properties.get("NetworkInterfaces")?.as_list()?.first()?;
        first.get("SubnetId").cloned()
    });
    let Some(subnet) = subnet.and_then(|subnet| writer.names.named(&subnet, &["AWS::EC2::Subnet"])) else {
        return Addresses::NotSaid;
    };
    match stated(&writer.names.stand_in(&subnet.properties), "MapPublicIpOnLaunch") {
        Ok(on) => Addresses::Assigned(on.and_then(|on| on.as_bool()).unwrap_or(false)),
        Err(why) => Addresses::Unknown(why),
    }
}

/// What of user data looks like a secret, by line and variable.
fn user_data(packed: &Value) -> State {
    let (signs, doubt) = signs(packed);
    let found: Map = signs.into_iter().collect();
    match doubt {
        Some(why) => State::Partial(found, why),
        None => State::Known(found.into()),
    }
}

/// The secret-looking lines by what names them, and why there may be more. The text itself goes no further.
fn signs(packed: &Value) -> (Vec<(Text, Value)>, Option<Why>) {
    let text = rough(packed);
    let (signs, cut) = signs_in_user_data(&Secret::new(&text));
    let packed = packed.get("Fn::Base64").unwrap_or(packed);
    let open = (packed.as_str().is_none() && is_open(packed)).then_some(Why::Unresolved);
    (signs, cut.or(open))
}

/// A launch template has one version: the one that the template states.
pub(super) fn launch_template(writer: &mut Writer<'_>) {
    let Said::Value(data) = writer.said("LaunchTemplateData") else {
        return writer.unread(&VERSIONS, Why::Unresolved);
    };
    match version(&data) {
        Some(version) => {
            let versions = Map::from_iter([("1".into(), version)]);
            writer.state(&VERSIONS, State::Known(versions.into()));
            writer.state(&DEFAULT_VERSION, State::Known("1".into()));
        }
        None => writer.unread(&VERSIONS, Why::Unresolved),
    }
}

/// What is judged of a version.
fn version(data: &Value) -> Option<Value> {
    let options =
        super::members(&data.get("MetadataOptions").cloned().unwrap_or_default(), &["HttpEndpoint", "HttpTokens"])?;
    let public = match addresses(data) {
        Addresses::Assigned(public) => Some(public.into()),
        Addresses::NotSaid => None,
        Addresses::Unknown(Why::DependsOn(_)) => None,
        Addresses::Unknown(_) => return None,
    };
    let disks = data.get("BlockDeviceMappings").map(|disks| kept(disks, &["DeviceName", "Ebs.Encrypted"]));
    if disks.as_ref().is_some_and(is_open) {
        return None;
    }
    let disks: Vec<Value> = disks
        .as_ref()
        .and_then(Value::as_list)
        .unwrap_or_default()
        .iter()
        .filter(|disk| disk.get("Ebs").is_some())
        .map(|disk| {
            let encrypted = disk.get("Ebs").and_then(|ebs| ebs.get("Encrypted")).cloned();
            Value::map([("DeviceName", disk.get("DeviceName").cloned()), ("Encrypted", encrypted)])
        })
        .collect();
    let user_data = data.get("UserData").filter(|text| **text != Value::Null).map(|packed| {
        let (signs, doubt) = signs(packed);
        let signs: Vec<Value> = signs.into_iter().map(|(_, sign)| sign).collect();
        // Without a finding, what is decided at deployment may still be one.
        let known = doubt.is_none() || !signs.is_empty();
        Value::map([("Signs", known.then(|| signs.into()))])
    });
    Some(Value::map([
        ("MetadataOptions", Some(options)),
        ("AssociatePublicIpAddress", public),
        ("BlockDeviceMappings", (!disks.is_empty()).then(|| disks.into())),
        ("UserData", user_data),
    ]))
}

/// A public address of an instance, by what gives it.
pub(crate) fn address(address: &Source<'_>) -> Given {
    Given::one(address.id.clone(), bare())
}
