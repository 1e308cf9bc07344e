//! Instances and launch templates.

use trailhound_model::kinds::ec2::group::SECURITY_GROUP;
use trailhound_model::kinds::ec2::instance::{
    ASSIGNED, DEFAULT_VERSION, FLEET, HTTP_ENDPOINT, HTTP_TOKENS, INSTANCE, INSTANCE_PROFILE, LAUNCH_TEMPLATE,
    PUBLIC_ADDRESSES, USER_DATA, VERSIONS,
};
use trailhound_model::kinds::ec2::network::{INTERFACES, VPC};
use trailhound_model::{Alias, Birth, Map, ResourceId, Value, Why, keyed};

use super::super::draft::{Does, Draft, EventSpec, On, Stated, Unplaced, Verb};
use super::super::{Body, Event};
use super::{elements, group, ids, network, request, required, response};

const fn sets(facets: &'static [&'static trailhound_model::FacetDef]) -> Does {
    Does { verb: Verb::Sets, kind: &INSTANCE, facets }
}

pub(in super::super) static EVENTS: &[EventSpec] = &[
    EventSpec {
        name: "RunInstances",
        does: &[
            Does { verb: Verb::Creates, kind: &INSTANCE, facets: &[] },
            Does { verb: Verb::Patches, kind: &VPC, facets: &[&INTERFACES.def] },
            Does { verb: Verb::Sets, kind: &SECURITY_GROUP, facets: &[&trailhound_model::kinds::ec2::group::NAME.def] },
        ],
        interpret: run,
    },
    EventSpec {
        name: "TerminateInstances",
        does: &[
            Does { verb: Verb::Deletes, kind: &INSTANCE, facets: &[] },
            Does { verb: Verb::Patches, kind: &VPC, facets: &[&INTERFACES.def] },
        ],
        interpret: |event, draft| {
            let instances = ids(request(event), "instancesSet", "instanceId");
            if instances.is_empty() {
                return Err(Unplaced { missing: "requestParameters.instancesSet" });
            }
            let by_fleet =
                event.record.user_identity.invoked_by.as_deref().is_some_and(|service| FLEET_MAKERS.contains(&service));
            for id in instances {
                draft.on(event.resource(&INSTANCE, id)).delete();
                if !by_fleet {
                    draft.on_alias(network::of_instance(event, id)).remove(&INTERFACES, id);
                }
            }
            Ok(())
        },
    },
    EventSpec {
        name: "ModifyInstanceMetadataOptions",
        does: &[sets(&[&HTTP_ENDPOINT.def, &HTTP_TOKENS.def])],
        interpret: |event, draft| {
            let (request, effective) = (request(event), response(event).at(&["instanceMetadataOptions"]));
            let option = |name: &str| effective.text(name).or_else(|| request.text(name));
            on(event, draft)?.set_if(&HTTP_TOKENS, option("HttpTokens")).set_if(&HTTP_ENDPOINT, option("HttpEndpoint"));
            Ok(())
        },
    },
    EventSpec {
        name: "ModifyInstanceAttribute",
        does: &[sets(&[&USER_DATA.def])],
        interpret: |event, draft| {
            let request = request(event);
            // The other attributes of this call are not judged.
            let about_user_data = request.at(&["userData"]).is_present()
                || request.text("attribute").or_else(|| request.text("attributeType")) == Some("userData");
            let mut instance = on(event, draft)?;
            if about_user_data {
                instance.stale(&USER_DATA, Why::Hidden);
            }
            Ok(())
        },
    },
    EventSpec {
        name: "ResetInstanceAttribute",
        does: &[sets(&[&USER_DATA.def])],
        interpret: |event, draft| {
            // Only kernel, ramdisk and sourceDestCheck can be reset today.
            let request = request(event);
            let attribute = request.text("attribute").or_else(|| request.text("attributeType"));
            let mut instance = on(event, draft)?;
            if attribute == Some("userData") {
                instance.stale(&USER_DATA, Why::Touched);
            }
            Ok(())
        },
    },
    EventSpec { name: "AssociateIamInstanceProfile", does: &[sets(&[&INSTANCE_PROFILE.def])], interpret: set_profile },
    EventSpec {
        name: "ReplaceIamInstanceProfileAssociation",
        does: &[sets(&[&INSTANCE_PROFILE.def])],
        interpret: set_profile,
    },
    EventSpec {
        name: "DisassociateIamInstanceProfile",
        does: &[sets(&[&INSTANCE_PROFILE.def])],
        interpret: |event, draft| {
            on_associated(event, draft)?.clear(&INSTANCE_PROFILE);
            Ok(())
        },
    },
    EventSpec {
        name: "AssociateAddress",
        does: &[Does { verb: Verb::Patches, kind: &INSTANCE, facets: &[&PUBLIC_ADDRESSES.def] }],
        interpret: |event, draft| {
            let (request, response) = (request(event), response(event));
            let address = request.scalar("publicIp");
            // An address of EC2-Classic has no association; it is known by itself.
            let key = response.text("associationId").map(str::to_owned).or_else(|| address.clone());
            let key = key.ok_or(Unplaced { missing: "responseElements.associationId" })?;
            let entry = Value::map([("PublicIp", address.map(Value::from))]);
            if let Some(instance) = request.text("instanceId") {
                let instance = event.resource(&INSTANCE, instance);
                draft.bind(by_address(event, &key), &instance, true);
                draft.on(instance).put(&PUBLIC_ADDRESSES, key, entry);
            } else {
                let interface = required(request, "networkInterfaceId", "requestParameters.instanceId")?;
                // The call that takes the address away will name the association only, which nothing ties to the instance.
                draft.on_alias(by_interface(event, interface)).stale(&PUBLIC_ADDRESSES, Why::Touched);
            }
            Ok(())
        },
    },
    EventSpec {
        name: "DisassociateAddress",
        does: &[Does { verb: Verb::Patches, kind: &INSTANCE, facets: &[&PUBLIC_ADDRESSES.def] }],
        interpret: |event, draft| {
            let request = request(event);
            let key = request.text("associationId").map(str::to_owned).or_else(|| request.scalar("publicIp"));
            let key = key.ok_or(Unplaced { missing: "requestParameters.associationId" })?;
            draft.on_alias(by_address(event, &key)).remove(&PUBLIC_ADDRESSES, key);
            Ok(())
        },
    },
    EventSpec {
        name: "ModifyNetworkInterfaceAttribute",
        does: &[Does { verb: Verb::Patches, kind: &INSTANCE, facets: &[&PUBLIC_ADDRESSES.def] }],
        interpret: |event, draft| {
            let request = request(event);
            let interface = required(request, "networkInterfaceId", "requestParameters.networkInterfaceId")?;
            // The other attributes of this call are not judged.
            let Some(wished) = request.flag("associatePublicIpAddress") else { return Ok(()) };
            let mut instance = draft.on_alias(by_interface(event, interface));
            if wished {
                instance.put(&PUBLIC_ADDRESSES, ASSIGNED, Map::new());
            } else {
                instance.remove(&PUBLIC_ADDRESSES, ASSIGNED);
            }
            Ok(())
        },
    },
    EventSpec {
        name: "CreateLaunchTemplate",
        does: &[Does { verb: Verb::Creates, kind: &LAUNCH_TEMPLATE, facets: &[] }],
        interpret: |event, draft| {
            let template = response(event).at(&["launchTemplate"]);
            let id = required(template, "launchTemplateId", "responseElements.launchTemplate.launchTemplateId")?;
            let id = event.resource(&LAUNCH_TEMPLATE, id);
            if let Some(name) = template.scalar("launchTemplateName") {
                draft.bind(by_name(event, &name), &id, true);
            }
            let first = version(request(event).at(&["LaunchTemplateData"]), false);
            let stated = Stated::new()
                .value(&DEFAULT_VERSION, template.scalar("defaultVersionNumber").unwrap_or_else(|| "1".to_owned()))
                .value(&VERSIONS, keyed([("1".into(), first)]));
            draft.on(id).create(Birth::Certain, stated);
            Ok(())
        },
    },
    EventSpec {
        name: "CreateLaunchTemplateVersion",
        does: &[Does { verb: Verb::Patches, kind: &LAUNCH_TEMPLATE, facets: &[&VERSIONS.def] }],
        interpret: |event, draft| {
            let (request, shown) = (request(event), response(event).at(&["launchTemplateVersion"]));
            let number = shown.scalar("versionNumber");
            let number = number.ok_or(Unplaced { missing: "responseElements.launchTemplateVersion.versionNumber" })?;
            // The response shows the version as it is; the request only how it differs from its source.
            let effective = shown.at(&["launchTemplateData"]);
            let entry = if effective.is_present() {
                version(effective, false)
            } else {
                version(request.at(&["LaunchTemplateData"]), request.scalar("SourceVersion").is_some())
            };
            on_template(event, draft, shown)?.put(&VERSIONS, number, entry);
            Ok(())
        },
    },
    EventSpec {
        name: "ModifyLaunchTemplate",
        does: &[Does { verb: Verb::Sets, kind: &LAUNCH_TEMPLATE, facets: &[&DEFAULT_VERSION.def] }],
        interpret: |event, draft| {
            let (request, shown) = (request(event), response(event).at(&["launchTemplate"]));
            let default = shown
                .scalar("defaultVersionNumber")
                .or_else(|| request.scalar("SetDefaultVersion").or_else(|| request.scalar("DefaultVersion")));
            on_template(event, draft, shown)?.set_if(&DEFAULT_VERSION, default);
            Ok(())
        },
    },
    EventSpec {
        name: "DeleteLaunchTemplateVersions",
        does: &[Does { verb: Verb::Patches, kind: &LAUNCH_TEMPLATE, facets: &[&VERSIONS.def] }],
        interpret: |event, draft| {
            let deleted = elements(response(event), "successfullyDeletedLaunchTemplateVersionSet");
            let shown = deleted.first().copied().unwrap_or_default();
            let mut template = on_template(event, draft, shown)?;
            for number in deleted.iter().filter_map(|version| version.scalar("versionNumber")) {
                template.remove(&VERSIONS, number);
            }
            Ok(())
        },
    },
    EventSpec {
        name: "DeleteLaunchTemplate",
        does: &[Does { verb: Verb::Deletes, kind: &LAUNCH_TEMPLATE, facets: &[] }],
        interpret: |event, draft| {
            on_template(event, draft, response(event).at(&["launchTemplate"]))?.delete();
            Ok(())
        },
    },
];

/// The tags by which a service marks the instances it starts and ends by itself.
pub const FLEET_TAGS: [&str; 3] = ["aws:autoscaling:groupName", "aws:ec2:fleet-id", "aws:ec2spot:fleet-request-id"];

/// The services that end the instances of Auto Scaling groups and fleets, as `invokedBy` names them.
const FLEET_MAKERS: [&str; 3] = ["autoscaling.amazonaws.com", "ec2fleet.amazonaws.com", "spotfleet.amazonaws.com"];

/// One call starts many instances; all are alike.
fn run(event: &Event<'_>, draft: &mut Draft) -> Result<(), Unplaced> {
    let (request, instances) = (request(event), elements(response(event), "instancesSet"));
    if instances.is_empty() {
        return Err(Unplaced { missing: "responseElements.instancesSet" });
    }
    for instance in instances {
        let name = required(instance, "instanceId", "responseElements.instancesSet.instanceId")?;
        let id = event.resource(&INSTANCE, name);
        let tags = elements(instance, "tagSet");
        let fleet = tags.iter().find(|tag| tag.text("key").is_some_and(|key| FLEET_TAGS.contains(&key)));
        let options = instance.at(&["metadataOptions"]);
        let profile = instance.at(&["iamInstanceProfile"]);
        let stated = Stated::new()
            .value_if(&FLEET, fleet.and_then(|tag| tag.text("key")))
            .value_if(&HTTP_TOKENS, options.text("httpTokens"))
            .value_if(&HTTP_ENDPOINT, options.text("httpEndpoint"))
            .value_if(&INSTANCE_PROFILE, profile.text("arn").or_else(|| profile.text("name")));
        let stated = user_data(request, stated);
        let stated = public_addresses(request, stated);
        draft.on(id.clone()).create(Birth::Certain, stated);
        interfaces(event, draft, instance, &id, fleet.copied());
    }
    Ok(())
}

/// The instance's interfaces: they show that the network is in use, and who is meant by an address on one. A fleet's
/// instances come and go by the thousand; in the network's record the fleet stands for all of them.
fn interfaces(event: &Event<'_>, draft: &mut Draft, instance: Body<'_>, id: &ResourceId, fleet: Option<Body<'_>>) {
    let Some(vpc) = instance.text("vpcId") else { return };
    let network = event.resource(&VPC, vpc);
    group::learn_default(event, draft, instance, Some(vpc));
    let in_use = Value::map([("RequesterManaged", Some(false.into()))]);
    if let Some(tag) = fleet {
        let key = format!("{} {}", tag.text("key").unwrap_or_default(), tag.scalar("value").unwrap_or_default());
        draft.on(network).put(&INTERFACES, key, in_use);
        return;
    }
    draft.bind(network::of_instance(event, &id.id), &network, true);
    for interface in elements(instance, "networkInterfaceSet") {
        if let Some(name) = interface.text("networkInterfaceId") {
            draft.bind(by_interface(event, name), id, false);
        }
    }
    draft.on(network).put(&INTERFACES, &*id.id, in_use);
}

/// A launch template may bring user data that the call does not show.
fn user_data(request: Body<'_>, stated: Stated) -> Stated {
    if request.at(&["userData"]).is_present() {
        stated.unread(&USER_DATA, Why::Hidden)
    } else if names_template(request) {
        stated.unread(&USER_DATA, Why::DependsOn("the launch template".into()))
    } else {
        stated.absent(&USER_DATA)
    }
}

fn names_template(request: Body<'_>) -> bool {
    request.at(&["launchTemplate"]).members().next().is_some()
}

/// The addresses that the call asks for or refuses; where it does neither, the subnet or the template decides.
fn public_addresses(request: Body<'_>, stated: Stated) -> Stated {
    let interfaces = elements(request, "networkInterfaceSet");
    let wishes: Vec<Option<bool>> =
        interfaces.iter().map(|interface| interface.flag("associatePublicIpAddress")).collect();
    if wishes.contains(&Some(true)) {
        let assigned = Map::from_iter([(ASSIGNED.into(), Value::Map(Map::new()))]);
        return stated.value(&PUBLIC_ADDRESSES, assigned);
    }
    if !wishes.is_empty() && wishes.iter().all(|wish| *wish == Some(false)) {
        return stated.value(&PUBLIC_ADDRESSES, Map::new());
    }
    let why = if interfaces.iter().any(|interface| interface.text("networkInterfaceId").is_some()) {
        "the addresses of its interface"
    } else if names_template(request) {
        "the launch template"
    } else {
        "the subnet's setting"
    };
    stated.unread(&PUBLIC_ADDRESSES, Why::DependsOn(why.into()))
}

fn on<'d>(event: &Event<'_>, draft: &'d mut Draft) -> Result<On<'d>, Unplaced> {
    let id = required(request(event), "instanceId", "requestParameters.instanceId")?;
    Ok(draft.on(event.resource(&INSTANCE, id)))
}

/// The alias of an instance by the association of its profile.
fn by_association(event: &Event<'_>, id: &str) -> Alias {
    event.alias(&INSTANCE, "instance-profile-association", id)
}

/// The alias of an instance by the association of an elastic address, or the address.
fn by_address(event: &Event<'_>, id: &str) -> Alias {
    event.alias(&INSTANCE, "address-association", id)
}

/// The alias of an instance by one of its interfaces.
fn by_interface(event: &Event<'_>, id: &str) -> Alias {
    event.alias(&INSTANCE, "network-interface", id)
}

fn association<'a>(event: &Event<'a>) -> Body<'a> {
    response(event).at(&["iamInstanceProfileAssociation"])
}

/// The instance of a profile's association: the request names it, or the response, or both name the association only.
fn on_associated<'d>(event: &Event<'_>, draft: &'d mut Draft) -> Result<On<'d>, Unplaced> {
    let (request, shown) = (request(event), association(event));
    let named = shown.text("associationId").or_else(|| request.text("AssociationId"));
    if let Some(instance) = shown.text("instanceId").or_else(|| request.text("InstanceId")) {
        let instance = event.resource(&INSTANCE, instance);
        if let Some(named) = named {
            draft.bind(by_association(event, named), &instance, false);
        }
        return Ok(draft.on(instance));
    }
    let named = named.ok_or(Unplaced { missing: "requestParameters.AssociationId" })?;
    Ok(draft.on_alias(by_association(event, named)))
}

fn set_profile(event: &Event<'_>, draft: &mut Draft) -> Result<(), Unplaced> {
    let (asked, shown) = (request(event).at(&["IamInstanceProfile"]), association(event).at(&["iamInstanceProfile"]));
    let profile = shown.text("arn").or_else(|| asked.text("Arn")).or_else(|| asked.text("Name"));
    let mut instance = on_associated(event, draft)?;
    match profile {
        Some(profile) => instance.set(&INSTANCE_PROFILE, profile),
        None => instance.stale(&INSTANCE_PROFILE, Why::Touched),
    };
    Ok(())
}

/// The alias of a launch template by its name.
fn by_name(event: &Event<'_>, name: &str) -> Alias {
    event.alias(&LAUNCH_TEMPLATE, "launch-template-name", name)
}

fn on_template<'d>(event: &Event<'_>, draft: &'d mut Draft, shown: Body<'_>) -> Result<On<'d>, Unplaced> {
    let request = request(event);
    let name = request.scalar("LaunchTemplateName").or_else(|| shown.scalar("launchTemplateName"));
    if let Some(id) = request.text("LaunchTemplateId").or_else(|| shown.text("launchTemplateId")) {
        let id = event.resource(&LAUNCH_TEMPLATE, id);
        if let Some(name) = name {
            draft.bind(by_name(event, &name), &id, false);
        }
        return Ok(draft.on(id));
    }
    let name = name.ok_or(Unplaced { missing: "requestParameters.LaunchTemplateId" })?;
    Ok(draft.on_alias(by_name(event, &name)))
}

/// What is judged of a version of a launch template. Its request has `NetworkInterface`, its response
/// `networkInterfaceSet`, and so for disks.
#[must_use]
pub fn version(data: Body<'_>, inherits: bool) -> Value {
    let options = data.at(&["MetadataOptions"]);
    let wishes: Vec<bool> = ["NetworkInterface", "networkInterfaceSet"]
        .into_iter()
        .flat_map(|list| elements(data, list))
        .filter_map(|interface| interface.flag("AssociatePublicIpAddress"))
        .collect();
    let disks: Vec<Value> = ["BlockDeviceMapping", "blockDeviceMappingSet"]
        .into_iter()
        .flat_map(|list| elements(data, list))
        .filter(|disk| disk.at(&["Ebs"]).is_present())
        .map(|disk| {
            Value::map([
                ("DeviceName", Some(disk.text("DeviceName").unwrap_or_default().into())),
                ("Encrypted", disk.at(&["Ebs"]).flag("Encrypted").map(Value::from)),
            ])
        })
        .collect();
    let user_data = data.at(&["UserData"]).is_present();
    Value::map([
        (
            "MetadataOptions",
            Some(Value::map([
                ("HttpTokens", options.text("HttpTokens").map(Value::from)),
                ("HttpEndpoint", options.text("HttpEndpoint").map(Value::from)),
            ])),
        ),
        ("BlockDeviceMappings", (!disks.is_empty()).then(|| disks.into())),
        ("AssociatePublicIpAddress", (!wishes.is_empty()).then(|| wishes.contains(&true).into())),
        // Its text is never looked at: CloudTrail hides it, and what is not hidden may be a secret.
        ("UserData", user_data.then(|| Value::Map(Map::new()))),
        ("Inherits", inherits.then(|| true.into())),
    ])
}

#[cfg(test)]
mod tests {
    use super::super::check;

    #[test]
    fn one_call_starts_many_instances() {
        check(
            "RunInstances",
            r#"{"instancesSet":{"items":[{"imageId":"ami-1","minCount":2,"maxCount":2}]}}"#,
            r#"{"instancesSet":{"items":[{"instanceId":"i-1","vpcId":"vpc-1","networkInterfaceSet":{"items":[{"networkInterfaceId":"eni-1"}]},"metadataOptions":{"state":"pending","httpTokens":"optional","httpEndpoint":"enabled"},"groupSet":{"items":[{"groupId":"sg-9","groupName":"default"}]}},{"instanceId":"i-2","vpcId":"vpc-1","networkInterfaceSet":{"items":[{"networkInterfaceId":"eni-2"}]},"metadataOptions":{"state":"pending","httpTokens":"optional","httpEndpoint":"enabled"},"iamInstanceProfile":{"arn":"arn:aws:iam::111122223333:instance-profile/web"},"groupSet":{"items":[{"groupId":"sg-2"}]}}]}}"#,
            &[
                r#"Instance i-1 create Certain; MetadataOptions.HttpTokens "optional"; MetadataOptions.HttpEndpoint "enabled"; UserData Absent; PublicAddresses Unread(DependsOn("the subnet's setting"))"#,
                r#"SecurityGroup sg-9 set GroupName "default""#,
                r#"VPC vpc-1 put Interfaces i-1 {"RequesterManaged":false}"#,
                r#"VPC vpc-1 put Interfaces i-2 {"RequesterManaged":false}"#,
                r#"Instance i-2 create Certain; MetadataOptions.HttpTokens "optional"; MetadataOptions.HttpEndpoint "enabled"; IamInstanceProfile "arn:aws:iam::111122223333:instance-profile/web"; UserData Absent; PublicAddresses Unread(DependsOn("the subnet's setting"))"#,
                "default-group vpc-1 means SecurityGroup sg-9",
                "instance i-1 begins to mean VPC vpc-1",
                "network-interface eni-1 means Instance i-1",
                "instance i-2 begins to mean VPC vpc-1",
                "network-interface eni-2 means Instance i-2",
            ],
        );
        check(
            "TerminateInstances",
            r#"{"instancesSet":{"items":[{"instanceId":"i-1"},{"instanceId":"i-2"}]}}"#,
            r#"{"instancesSet":{"items":[{"instanceId":"i-1"},{"instanceId":"i-2"}]}}"#,
            &[
                "Instance i-1 delete",
                "AWS::EC2::VPC instance=i-1 remove Interfaces i-1",
                "Instance i-2 delete",
                "AWS::EC2::VPC instance=i-2 remove Interfaces i-2",
            ],
        );
    }

    #[test]
    fn a_fleet_stands_for_its_instances() {
        check(
            "RunInstances",
            "{}",
            r#"{"instancesSet":{"items":[{"instanceId":"i-1","vpcId":"vpc-1","networkInterfaceSet":{"items":[{"networkInterfaceId":"eni-1"}]},"tagSet":{"items":[{"key":"Name","value":"web"},{"key":"aws:autoscaling:groupName","value":"web"}]}}]}}"#,
            &[
                r#"Instance i-1 create Certain; Fleet "aws:autoscaling:groupName"; UserData Absent; PublicAddresses Unread(DependsOn("the subnet's setting"))"#,
                r#"VPC vpc-1 put Interfaces aws:autoscaling:groupName web {"RequesterManaged":false}"#,
            ],
        );
        check(
            "ModifyNetworkInterfaceAttribute",
            r#"{"networkInterfaceId":"eni-1","associatePublicIpAddress":false}"#,
            r#"{"_return":true}"#,
            &["AWS::EC2::Instance network-interface=eni-1 remove PublicAddresses assigned"],
        );
        check(
            "ModifyNetworkInterfaceAttribute",
            r#"{"networkInterfaceId":"eni-1","associatePublicIpAddress":true}"#,
            r#"{"_return":true}"#,
            &["AWS::EC2::Instance network-interface=eni-1 put PublicAddresses assigned {}"],
        );
        check(
            "ModifyNetworkInterfaceAttribute",
            r#"{"networkInterfaceId":"eni-1","sourceDestCheck":{"value":false}}"#,
            r#"{"_return":true}"#,
            &["nothing: no_effect"],
        );
    }

    #[test]
    fn what_a_launch_does_not_say_is_not_known() {
        check(
            "RunInstances",
            r#"{"userData":"<sensitiveDataRemoved>","networkInterfaceSet":{"items":[{"deviceIndex":0,"associatePublicIpAddress":true}]}}"#,
            r#"{"instancesSet":{"items":[{"instanceId":"i-1"}]}}"#,
            &[r#"Instance i-1 create Certain; UserData Unread(Hidden); PublicAddresses {"assigned":{}}"#],
        );
        check(
            "RunInstances",
            r#"{"launchTemplate":{"launchTemplateId":"lt-1"},"networkInterfaceSet":{"items":[{"deviceIndex":0,"associatePublicIpAddress":false}]}}"#,
            r#"{"instancesSet":{"items":[{"instanceId":"i-1","tagSet":{"items":[{"key":"aws:autoscaling:groupName","value":"web"}]}}]}}"#,
            &[
                r#"Instance i-1 create Certain; Fleet "aws:autoscaling:groupName"; UserData Unread(DependsOn("the launch template")); PublicAddresses {}"#,
            ],
        );
        check(
            "RunInstances",
            r#"{"networkInterfaceSet":{"items":[{"networkInterfaceId":"eni-7","deviceIndex":0}]}}"#,
            r#"{"instancesSet":{"items":[{"instanceId":"i-1"}]}}"#,
            &[
                r#"Instance i-1 create Certain; UserData Absent; PublicAddresses Unread(DependsOn("the addresses of its interface"))"#,
            ],
        );
        check(
            "RunInstances",
            r#"{"launchTemplate":{"launchTemplateId":"lt-1"}}"#,
            r#"{"instancesSet":{"items":[{"instanceId":"i-1"}]}}"#,
            &[
                r#"Instance i-1 create Certain; UserData Unread(DependsOn("the launch template")); PublicAddresses Unread(DependsOn("the launch template"))"#,
            ],
        );
        check(
            "RunInstances",
            "{}",
            "{}",
            &["nothing: the record does not name its resource: `responseElements.instancesSet` is missing"],
        );
    }

    #[test]
    fn metadata_options_and_attributes_are_set_one_by_one() {
        check(
            "ModifyInstanceMetadataOptions",
            r#"{"ModifyInstanceMetadataOptionsRequest":{"InstanceId":"i-1","HttpTokens":"required"}}"#,
            r#"{"ModifyInstanceMetadataOptionsResponse":{"instanceId":"i-1","instanceMetadataOptions":{"state":"pending","httpTokens":"required","httpEndpoint":"enabled"}}}"#,
            &[
                r#"Instance i-1 set MetadataOptions.HttpTokens "required""#,
                r#"Instance i-1 set MetadataOptions.HttpEndpoint "enabled""#,
            ],
        );
        check(
            "ModifyInstanceMetadataOptions",
            r#"{"ModifyInstanceMetadataOptionsRequest":{"InstanceId":"i-1","HttpEndpoint":"disabled"}}"#,
            r#"{"ModifyInstanceMetadataOptionsResponse":{}}"#,
            &[r#"Instance i-1 set MetadataOptions.HttpEndpoint "disabled""#],
        );
        check(
            "ModifyInstanceAttribute",
            r#"{"instanceId":"i-1","userData":"<sensitiveDataRemoved>"}"#,
            r#"{"_return":true}"#,
            &["Instance i-1 stale UserData hidden"],
        );
        check(
            "ModifyInstanceAttribute",
            r#"{"instanceId":"i-1","disableApiTermination":{"value":false}}"#,
            r#"{"_return":true}"#,
            &["nothing: no_effect"],
        );
    }

    // The shapes are derived in part from the API's model: no such record was ever seen in full.
    #[test]
    fn a_profile_is_associated_by_instance_and_replaced_by_association() {
        check(
            "AssociateIamInstanceProfile",
            r#"{"AssociateIamInstanceProfileRequest":{"InstanceId":"i-1","IamInstanceProfile":{"Name":"web"}}}"#,
            r#"{"AssociateIamInstanceProfileResponse":{"iamInstanceProfileAssociation":{"associationId":"iip-1","instanceId":"i-1","iamInstanceProfile":{"arn":"arn:aws:iam::111122223333:instance-profile/web"}}}}"#,
            &[
                r#"Instance i-1 set IamInstanceProfile "arn:aws:iam::111122223333:instance-profile/web""#,
                "instance-profile-association iip-1 means Instance i-1",
            ],
        );
        check(
            "ReplaceIamInstanceProfileAssociation",
            r#"{"ReplaceIamInstanceProfileAssociationRequest":{"AssociationId":"iip-1","IamInstanceProfile":{"Name":"other"}}}"#,
            r#"{"ReplaceIamInstanceProfileAssociationResponse":{}}"#,
            &[r#"AWS::EC2::Instance instance-profile-association=iip-1 set IamInstanceProfile "other""#],
        );
        check(
            "DisassociateIamInstanceProfile",
            r#"{"DisassociateIamInstanceProfileRequest":{"AssociationId":"iip-1"}}"#,
            r#"{"DisassociateIamInstanceProfileResponse":{}}"#,
            &["AWS::EC2::Instance instance-profile-association=iip-1 clear IamInstanceProfile"],
        );
        check(
            "DisassociateIamInstanceProfile",
            r#"{"DisassociateIamInstanceProfileRequest":{}}"#,
            r#"{"DisassociateIamInstanceProfileResponse":{}}"#,
            &["nothing: the record does not name its resource: `requestParameters.AssociationId` is missing"],
        );
    }

    #[test]
    fn elastic_addresses_come_and_go_by_their_association() {
        check(
            "AssociateAddress",
            r#"{"instanceId":"i-1","allocationId":"eipalloc-1"}"#,
            r#"{"_return":true,"associationId":"eipassoc-1"}"#,
            &[
                "Instance i-1 put PublicAddresses eipassoc-1 {}",
                "address-association eipassoc-1 begins to mean Instance i-1",
            ],
        );
        check(
            "AssociateAddress",
            r#"{"networkInterfaceId":"eni-1","allocationId":"eipalloc-1"}"#,
            r#"{"_return":true,"associationId":"eipassoc-1"}"#,
            &["AWS::EC2::Instance network-interface=eni-1 stale PublicAddresses touched"],
        );
        check(
            "AssociateAddress",
            r#"{"instanceId":"i-1","publicIp":"203.0.113.7"}"#,
            r#"{"_return":true}"#,
            &[
                r#"Instance i-1 put PublicAddresses 203.0.113.7 {"PublicIp":"203.0.113.7"}"#,
                "address-association 203.0.113.7 begins to mean Instance i-1",
            ],
        );
        check(
            "DisassociateAddress",
            r#"{"associationId":"eipassoc-1"}"#,
            r#"{"_return":true}"#,
            &["AWS::EC2::Instance address-association=eipassoc-1 remove PublicAddresses eipassoc-1"],
        );
    }

    // The shapes are derived in part from the API's model: no such record was ever seen in full.
    #[test]
    fn launch_templates_have_versions() {
        check(
            "CreateLaunchTemplate",
            r#"{"CreateLaunchTemplateRequest":{"LaunchTemplateName":"web","LaunchTemplateData":{"MetadataOptions":{"HttpTokens":"required"},"UserData":"<sensitiveDataRemoved>","NetworkInterface":{"tag":1,"AssociatePublicIpAddress":false},"BlockDeviceMapping":[{"tag":1,"DeviceName":"/dev/xvda","Ebs":{"Encrypted":true}},{"tag":2,"DeviceName":"/dev/xvdb","Ebs":{"VolumeSize":8}},{"tag":3,"DeviceName":"/dev/xvdc","VirtualName":"ephemeral0"}]}}}"#,
            r#"{"CreateLaunchTemplateResponse":{"launchTemplate":{"launchTemplateId":"lt-1","launchTemplateName":"web","defaultVersionNumber":1}}}"#,
            &[
                r#"LaunchTemplate lt-1 create Certain; DefaultVersionNumber "1"; Versions {"1":{"AssociatePublicIpAddress":false,"BlockDeviceMappings":[{"DeviceName":"/dev/xvda","Encrypted":true},{"DeviceName":"/dev/xvdb"}],"MetadataOptions":{"HttpTokens":"required"},"UserData":{}}}"#,
                "launch-template-name web begins to mean LaunchTemplate lt-1",
            ],
        );
        check(
            "CreateLaunchTemplateVersion",
            r#"{"CreateLaunchTemplateVersionRequest":{"LaunchTemplateId":"lt-1","SourceVersion":"1","LaunchTemplateData":{"ImageId":"ami-1"}}}"#,
            r#"{"CreateLaunchTemplateVersionResponse":{"launchTemplateVersion":{"launchTemplateId":"lt-1","versionNumber":2,"launchTemplateData":{"imageId":"ami-1","networkInterfaceSet":{"item":[{"associatePublicIpAddress":true},{"deviceIndex":1}]}}}}}"#,
            &[r#"LaunchTemplate lt-1 put Versions 2 {"AssociatePublicIpAddress":true,"MetadataOptions":{}}"#],
        );
        check(
            "CreateLaunchTemplateVersion",
            r#"{"CreateLaunchTemplateVersionRequest":{"LaunchTemplateName":"web","SourceVersion":1,"LaunchTemplateData":{"ImageId":"ami-1"}}}"#,
            r#"{"CreateLaunchTemplateVersionResponse":{"launchTemplateVersion":{"versionNumber":3}}}"#,
            &[
                r#"AWS::EC2::LaunchTemplate launch-template-name=web put Versions 3 {"Inherits":true,"MetadataOptions":{}}"#,
            ],
        );
        check(
            "ModifyLaunchTemplate",
            r#"{"ModifyLaunchTemplateRequest":{"LaunchTemplateName":"web","SetDefaultVersion":2}}"#,
            r#"{"ModifyLaunchTemplateResponse":{"launchTemplate":{"launchTemplateId":"lt-1","launchTemplateName":"web","defaultVersionNumber":2}}}"#,
            &[
                r#"LaunchTemplate lt-1 set DefaultVersionNumber "2""#,
                "launch-template-name web means LaunchTemplate lt-1",
            ],
        );
        check(
            "DeleteLaunchTemplateVersions",
            r#"{"DeleteLaunchTemplateVersionsRequest":{"LaunchTemplateId":"lt-1","LaunchTemplateVersion":[{"tag":1,"content":1},{"tag":2,"content":9}]}}"#,
            r#"{"DeleteLaunchTemplateVersionsResponse":{"successfullyDeletedLaunchTemplateVersionSet":{"item":{"launchTemplateId":"lt-1","versionNumber":1}},"unsuccessfullyDeletedLaunchTemplateVersionSet":{"item":{"versionNumber":9}}}}"#,
            &["LaunchTemplate lt-1 remove Versions 1"],
        );
        check(
            "DeleteLaunchTemplate",
            r#"{"DeleteLaunchTemplateRequest":{"LaunchTemplateName":"web"}}"#,
            r#"{"DeleteLaunchTemplateResponse":{}}"#,
            &["AWS::EC2::LaunchTemplate launch-template-name=web delete"],
        );
    }
}
