//! EC2: security groups, instances, disks and images, networks, and the region's defaults.

mod image_private;
mod instance_imdsv2;
mod instance_public_ip_free;
mod instance_role;
mod instance_user_data_secret_free;
mod launch_template_imdsv2;
mod launch_template_public_ip_free;
mod launch_template_user_data_secret_free;
mod launch_template_volume_encryption;
mod network_acl_admin_ports_closed;
mod region_ebs_default_encryption;
mod region_image_public_block;
mod region_imdsv2_default;
mod region_snapshot_public_block;
mod security_group_all_ports_closed;
mod security_group_default_closed;
mod security_group_egress_scoped;
mod security_group_high_risk_ports_closed;
mod security_group_other_ports_closed;
mod security_group_private_ingress_scoped;
mod security_group_rdp_closed;
mod security_group_ssh_closed;
mod snapshot_encryption;
mod snapshot_private;
mod subnet_public_ip_off;
mod volume_encryption;
mod vpc_dynamodb_endpoint;
mod vpc_endpoint_policy_scoped;
mod vpc_flow_logs;
mod vpc_s3_endpoint;
mod vpc_service_endpoints;

use std::collections::BTreeSet;

use trailhound_model::kinds::ec2::group;
use trailhound_model::kinds::ec2::instance::{self, TemplateVersion};
use trailhound_model::kinds::ec2::network::{
    ENDPOINT_ROUTES, ENDPOINTS, Endpoint, INTERFACES, INTERNET_ROUTES, Interface, ROUTE_TABLE, SUBNETS, VPC,
    VPC_SUBNETS,
};
use trailhound_model::{
    Answer, Entries, Evidence, Keyed, SecretLooking, Seen, Snapshot, Text, Truth, Value, Verdict, Why,
};

use crate::network::{Direction, Group, GroupRule, PrefixList, network};
use crate::{Family, Rule, Signs};

/// The rules of this service.
pub(crate) static RULES: &[&Rule] = &[
    &image_private::RULE,
    &instance_imdsv2::RULE,
    &instance_public_ip_free::RULE,
    &instance_role::RULE,
    &instance_user_data_secret_free::RULE,
    &launch_template_imdsv2::RULE,
    &launch_template_public_ip_free::RULE,
    &launch_template_user_data_secret_free::RULE,
    &launch_template_volume_encryption::RULE,
    &network_acl_admin_ports_closed::RULE,
    &region_ebs_default_encryption::RULE,
    &region_image_public_block::RULE,
    &region_imdsv2_default::RULE,
    &region_snapshot_public_block::RULE,
    &security_group_all_ports_closed::RULE,
    &security_group_default_closed::RULE,
    &security_group_egress_scoped::RULE,
    &security_group_high_risk_ports_closed::RULE,
    &security_group_other_ports_closed::RULE,
    &security_group_private_ingress_scoped::RULE,
    &security_group_rdp_closed::RULE,
    &security_group_ssh_closed::RULE,
    &snapshot_encryption::RULE,
    &snapshot_private::RULE,
    &subnet_public_ip_off::RULE,
    &volume_encryption::RULE,
    &vpc_dynamodb_endpoint::RULE,
    &vpc_endpoint_policy_scoped::RULE,
    &vpc_flow_logs::RULE,
    &vpc_s3_endpoint::RULE,
    &vpc_service_endpoints::RULE,
];

/// What the inbound rules of a security group let in.
const INGRESS_RULES: Family = Family {
    kinds: &[&group::SECURITY_GROUP],
    reads: &[&group::INGRESS.def],
    borrows: &[(&group::PREFIX_LISTS, &[&group::PREFIX_LIST_ENTRIES.def, &group::PREFIX_LIST_OWNER.def])],
    opens_on: &["AuthorizeSecurityGroupIngress", "ModifyManagedPrefixList", "ModifySecurityGroupRules"],
    closes_on: &[
        "DeleteSecurityGroup",
        "ModifyManagedPrefixList",
        "ModifySecurityGroupRules",
        "RevokeSecurityGroupIngress",
    ],
};

/// Which private route tables of a network have a gateway endpoint.
const GATEWAY_ENDPOINTS: Family = Family {
    kinds: &[&VPC],
    reads: &[&ENDPOINT_ROUTES.def, &ENDPOINTS.def, &INTERFACES.def, &INTERNET_ROUTES.def, &SUBNETS.def],
    borrows: &[(&VPC_SUBNETS, &[&ROUTE_TABLE.def])],
    opens_on: &[
        "AssociateRouteTable",
        "DeleteRoute",
        "DeleteVpcEndpoints",
        "ModifyVpcEndpoint",
        "ReplaceRoute",
        "RunInstances",
    ],
    closes_on: &[
        "CreateRoute",
        "CreateVpcEndpoint",
        "DeleteVpc",
        "DisassociateRouteTable",
        "ModifyVpcEndpoint",
        "TerminateInstances",
    ],
};

/// Asks a question of one direction of a group. What is found stands; nothing found means nothing while some of the
/// group's rules are unseen.
fn judge_group(
    group: &Snapshot<'_>,
    direction: Direction,
    question: impl FnOnce(&Group) -> Signs,
    message: impl FnOnce(&[Evidence]) -> String,
) -> Answer {
    let facet: &'static Keyed<Value> = match direction {
        Direction::Ingress => &group::INGRESS,
        Direction::Egress => &group::EGRESS,
    };
    let rules = group.entries(facet)?;
    let lists = |id: &str| prefix_list(group, id);
    let signs = question(&rules.seen().map(|(key, rule)| GroupRule::from_value(key, direction, rule, lists)).collect());
    if !signs.is_certain() {
        rules.settle::<()>(Vec::new())?;
    }
    signs.answer(message)
}

/// What is known of a prefix list that a group's rule names.
fn prefix_list(group: &Snapshot<'_>, id: &str) -> PrefixList {
    if is_aws_id(id) {
        return PrefixList::Aws;
    }
    let mut found = PrefixList::Unread;
    group.related(&group::PREFIX_LISTS).any(|list| {
        let is_it = *list.resource.id == *id && list.resource.region == group.resource.region;
        if is_it && let Ok(known) = read(list) {
            found = known;
        }
        Ok(is_it)
    });
    found
}

/// AWS's first prefix lists have short ids; customers' never had.
fn is_aws_id(id: &str) -> bool {
    id.strip_prefix("pl-").is_some_and(|id| id.len() == 8)
}

fn read(list: &Snapshot<'_>) -> Result<PrefixList, Why> {
    if list.get(&group::PREFIX_LIST_OWNER).known()?.as_deref() == Some("AWS") {
        return Ok(PrefixList::Aws);
    }
    let entries = list.entries(&group::PREFIX_LIST_ENTRIES)?;
    // A list of which only a part is known is not known.
    entries.settle::<()>(Vec::new())?;
    let ranges: Option<Vec<_>> = entries.seen().map(|(_, entry)| network(&entry.cidr)).collect();
    ranges.map(PrefixList::Read).ok_or_else(|| Why::NotUnderstood("a range of a prefix list".into()))
}

/// The keys of the entries, for a message.
fn keys(entries: &[Evidence]) -> String {
    const SHOWN: usize = 5;
    let mut words: Vec<String> = entries.iter().take(SHOWN).map(|entry| format!("`{}`", entry.key)).collect();
    if entries.len() > SHOWN {
        words.push(format!("{} more", entries.len() - SHOWN));
    }
    words.join(", ")
}

/// An instance that its Auto Scaling group or fleet starts and ends is left to its launch template.
fn fleet(instance: &Snapshot<'_>) -> Option<Verdict> {
    match instance.get(&instance::FLEET) {
        Seen::Known(tag) => Some(Verdict::not_applicable(format!("its launch template is judged (`{tag}`)"))),
        Seen::Absent | Seen::Unread(_) => None,
    }
}

/// Whether a metadata service demands tokens, or does not answer at all. Either is enough.
fn tokens_required(tokens: Result<Option<String>, Why>, endpoint: Result<Option<String>, Why>) -> Answer {
    if matches!(&tokens, Ok(Some(tokens)) if tokens == "required")
        || matches!(&endpoint, Ok(Some(endpoint)) if endpoint == "disabled")
    {
        return Ok(Verdict::Pass);
    }
    let tokens = tokens?.unwrap_or_else(|| "optional".to_owned());
    endpoint?;
    Ok(Verdict::fail("HttpTokens", format!("the metadata service answers without a token: `HttpTokens` is `{tokens}`")))
}

/// The default version of a launch template.
fn default_version(template: &Snapshot<'_>) -> Result<TemplateVersion, Why> {
    let missing = || Why::DependsOn("its default version".into());
    let number = template.get(&instance::DEFAULT_VERSION).known()?.ok_or_else(missing)?;
    let versions = template.entries(&instance::VERSIONS)?;
    let found = versions.matching(|key, _| key == number)?;
    found.first().map(|(_, version)| (*version).clone()).ok_or_else(missing)
}

/// The entry of a line of user data.
fn secret_looking(sign: &SecretLooking) -> Evidence {
    Evidence::new(&*sign.name, format!("looks like a secret ({})", sign.detector))
}

/// Whether a network has an interface that no AWS service made for itself.
fn in_use(interfaces: &Entries<'_, Interface>) -> Result<bool, Why> {
    interfaces.any(|_, interface| !interface.requester_managed).known()
}

/// Whether an endpoint is there or about to be: the call that makes one shows it as pending.
fn is_made(endpoint: &Endpoint) -> bool {
    endpoint.state.as_deref().is_none_or(|state| ["available", "pending"].iter().any(|s| state.eq_ignore_ascii_case(s)))
}

/// Whether a gateway endpoint of a service stands in every private route table of a network in use.
fn gateway_endpoint(vpc: &Snapshot<'_>, service: &str) -> Answer {
    if !in_use(&vpc.entries(&INTERFACES)?)? {
        return Ok(Verdict::not_applicable("the network is not in use"));
    }
    let (endpoints, routes) = (vpc.entries(&ENDPOINTS)?, vpc.entries(&ENDPOINT_ROUTES)?);
    let is_gateway = |id: &str| {
        endpoints.any(|own, endpoint| {
            own == id
                && endpoint.vpc_endpoint_type == "Gateway"
                && endpoint.service_name.ends_with(service)
                && is_made(endpoint)
        })
    };
    let (tables, mut doubt) = private_tables(vpc)?;
    let mut bare = Vec::new();
    for table in &tables {
        let mut unclear = None;
        let served = routes.any(|_, route| {
            *route.route_table_id == **table
                && match is_gateway(&route.vpc_endpoint_id) {
                    Truth::Yes => true,
                    Truth::No => false,
                    Truth::Unknown(why) => {
                        unclear = Some(why);
                        false
                    }
                }
        });
        match (served, unclear) {
            (Truth::Yes, _) => {}
            (Truth::No, None) => bare.push(Evidence::new(table.clone(), "has no route to the endpoint")),
            (Truth::Unknown(why), _) | (Truth::No, Some(why)) => doubt = Some(why),
        }
    }
    match doubt {
        Some(why) if bare.is_empty() => Err(why),
        None if tables.is_empty() => Ok(Verdict::not_applicable("the network has no private route table")),
        _ => {
            Ok(Verdict::unless(bare, |bare| format!("private route tables without a gateway endpoint: {}", keys(bare))))
        }
    }
}

/// The route tables that are certainly private: a subnet uses them and none of their routes leads to an internet gateway.
/// Beside them, why there may be more.
fn private_tables(vpc: &Snapshot<'_>) -> Result<(BTreeSet<Text>, Option<Why>), Why> {
    let routes = vpc.entries(&INTERNET_ROUTES)?;
    let subnets = vpc.entries(&SUBNETS)?;
    let (mut tables, mut doubt) = (BTreeSet::new(), None);
    let mut seen = BTreeSet::new();
    vpc.related(&VPC_SUBNETS).any(|subnet| {
        seen.insert(subnet.resource.id.to_string());
        match subnet.get(&ROUTE_TABLE) {
            Seen::Known(table) => match routes.any(|_, route| route.route_table_id == table) {
                Truth::Yes => {}
                Truth::No => {
                    tables.insert(table.into());
                }
                Truth::Unknown(why) => doubt = Some(why),
            },
            Seen::Absent => doubt = Some(Why::DependsOn("the main route table".into())),
            Seen::Unread(why) => doubt = Some(why),
        }
        Ok(false)
    });
    match subnets.any(|id, _| !seen.contains(id)) {
        Truth::No => {}
        Truth::Yes => doubt = Some(Why::NotSeen),
        Truth::Unknown(why) => doubt = Some(why),
    }
    Ok((tables, doubt))
}
