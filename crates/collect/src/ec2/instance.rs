//! Instances and launch templates. User data is looked through for secrets at once, and never kept.

use trailhound_model::kinds::ec2::instance::{
    ASSIGNED, DEFAULT_VERSION, FLEET, HTTP_ENDPOINT, HTTP_TOKENS, INSTANCE, INSTANCE_PROFILE, LAUNCH_TEMPLATE,
    PUBLIC_ADDRESSES, USER_DATA, VERSIONS,
};
use trailhound_model::{Map, Secret, State, Value, Why};
use trailhound_rules::secret::signs_in_user_data;
use trailhound_trail::interpret::Body;
use trailhound_trail::interpret::ec2::instance::{FLEET_TAGS, version};

use super::{call, filter, list, one};
use crate::client::{Call, Error};
use crate::read::{Answer, KindReads, Read, Reader, entries, known, needed, stated, told};

static DESCRIBE_INSTANCES: Call = call("DescribeInstances", "ec2:DescribeInstances")
    .gone(&[("InvalidInstanceID.NotFound", ""), ("InvalidInstanceID.Malformed", "")]);
static DESCRIBE_ADDRESSES: Call = call("DescribeAddresses", "ec2:DescribeAddresses");
static DESCRIBE_ATTRIBUTE: Call = call("DescribeInstanceAttribute", "ec2:DescribeInstanceAttribute")
    .gone(&[("InvalidInstanceID.NotFound", ""), ("InvalidInstanceID.Malformed", "")]);
const NO_TEMPLATE: &[(&str, &str)] = &[
    ("InvalidLaunchTemplateId.NotFound", ""),
    ("InvalidLaunchTemplateId.NotFoundException", ""),
    ("InvalidLaunchTemplateId.Malformed", ""),
];
static DESCRIBE_TEMPLATES: Call = call("DescribeLaunchTemplates", "ec2:DescribeLaunchTemplates").gone(NO_TEMPLATE);
static DESCRIBE_VERSIONS: Call =
    list("DescribeLaunchTemplateVersions", "ec2:DescribeLaunchTemplateVersions").gone(NO_TEMPLATE);

pub(crate) static READS: &[KindReads] = &[
    KindReads {
        kind: &INSTANCE,
        reads: &[
            Read {
                facets: &[&FLEET.def, &HTTP_ENDPOINT.def, &HTTP_TOKENS.def, &INSTANCE_PROFILE.def],
                calls: &[&DESCRIBE_INSTANCES],
                run: |reader| {
                    Box::pin(async move {
                        let answer = described(reader).await?;
                        let instance = alive(&answer)?;
                        let tags = instance.list("tagSet");
                        let fleet = tags.iter().filter_map(|tag| tag.text("key")).find(|key| FLEET_TAGS.contains(key));
                        let options = instance.at(&["metadataOptions"]);
                        let option = |name: &str| match options.text("state") {
                            Some("pending") => State::Unread(Why::Pending),
                            _ => told(options.text(name)),
                        };
                        Ok(vec![
                            (&FLEET.def, stated(fleet)),
                            (&HTTP_ENDPOINT.def, option("httpEndpoint")),
                            (&HTTP_TOKENS.def, option("httpTokens")),
                            (&INSTANCE_PROFILE.def, stated(instance.at(&["iamInstanceProfile"]).text("arn"))),
                        ])
                    })
                },
            },
            Read {
                facets: &[&PUBLIC_ADDRESSES.def],
                calls: &[&DESCRIBE_INSTANCES, &DESCRIBE_ADDRESSES],
                run: |reader| {
                    Box::pin(async move {
                        let elastic = reader.ask(&DESCRIBE_ADDRESSES, [filter("instance-id", reader.id())]);
                        let (answer, elastic) = tokio::join!(described(reader), elastic);
                        let (answer, elastic) = (answer?, elastic?);
                        let mut all = Map::new();
                        let address = |ip: &str| Value::map([("PublicIp", Some(ip.into()))]);
                        for interface in alive(&answer)?.list("networkInterfaceSet") {
                            let association = interface.at(&["association"]);
                            // Addresses of the account itself are elastic ones: the other call names them.
                            if association.text("ipOwnerId") == Some("amazon")
                                && let Some(ip) = association.text("publicIp")
                            {
                                all.insert(ASSIGNED.into(), address(ip));
                            }
                        }
                        for found in elastic.list(&["addressesSet"]) {
                            let ip = needed(found.text("publicIp"))?;
                            all.insert(found.text("associationId").unwrap_or(ip).into(), address(ip));
                        }
                        Ok(vec![(&PUBLIC_ADDRESSES.def, known(all))])
                    })
                },
            },
            Read {
                facets: &[&USER_DATA.def],
                calls: &[&DESCRIBE_ATTRIBUTE],
                run: |reader| {
                    Box::pin(async move {
                        let with = [("InstanceId", reader.id().into()), ("Attribute", "userData".into())];
                        let answer = reader.ask(&DESCRIBE_ATTRIBUTE, with).await?;
                        let state = match answer.body().at(&["userData"]).text("value") {
                            None => State::Absent,
                            Some(data) => match signs_in_user_data(&Secret::new(data)) {
                                (signs, None) => entries(signs),
                                (signs, Some(why)) => State::Partial(signs.into_iter().collect(), why),
                            },
                        };
                        Ok(vec![(&USER_DATA.def, state)])
                    })
                },
            },
        ],
    },
    KindReads {
        kind: &LAUNCH_TEMPLATE,
        reads: &[
            Read {
                facets: &[&DEFAULT_VERSION.def],
                calls: &[&DESCRIBE_TEMPLATES],
                run: |reader| {
                    Box::pin(async move {
                        let answer = reader.ask(&DESCRIBE_TEMPLATES, [("LaunchTemplateId", one(reader.id()))]).await?;
                        let number = answer.only(&["launchTemplates"])?.scalar("defaultVersionNumber");
                        Ok(vec![(&DEFAULT_VERSION.def, known(needed(number)?))])
                    })
                },
            },
            Read {
                facets: &[&VERSIONS.def],
                calls: &[&DESCRIBE_VERSIONS],
                run: |reader| {
                    Box::pin(async move {
                        let answer = reader.ask(&DESCRIBE_VERSIONS, [("LaunchTemplateId", reader.id().into())]).await?;
                        let mut all = Vec::new();
                        for shown in answer.list(&["launchTemplateVersionSet"]) {
                            let number = needed(shown.scalar("versionNumber"))?;
                            all.push((number.into(), shown_version(shown.at(&["launchTemplateData"]))));
                        }
                        Ok(vec![(&VERSIONS.def, entries(all))])
                    })
                },
            },
        ],
    },
];

async fn described(reader: &Reader<'_>) -> Result<Answer, Error> {
    reader.ask(&DESCRIBE_INSTANCES, [("InstanceId", one(reader.id()))]).await
}

/// The instance in an answer, unless it is at its end: EC2 shows it for an hour after.
fn alive(answer: &Answer) -> Result<Body<'_>, Error> {
    let instance = answer.only(&["reservationSet"])?.list("instancesSet").first().copied().ok_or(Error::Gone)?;
    match instance.at(&["instanceState"]).text("name") {
        Some("terminated" | "shutting-down") => Err(Error::Deleting),
        _ => Ok(instance),
    }
}

/// A version of a launch template. A read, unlike an event, shows the user data.
fn shown_version(data: Body<'_>) -> Value {
    let mut entry = version(data, false);
    if let (Value::Map(members), Some(text)) = (&mut entry, data.text("userData")) {
        let (signs, cut) = signs_in_user_data(&Secret::new(text));
        let signs: Vec<Value> = signs.into_iter().map(|(_, sign)| sign).collect();
        // What was looked at in part may hold more: then it counts as hidden, as in an event.
        let signs = (cut.is_none() || !signs.is_empty()).then(|| signs.into());
        members.insert("UserData".into(), Value::map([("Signs", signs)]));
    }
    entry
}
