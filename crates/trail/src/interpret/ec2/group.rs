//! Security groups and prefix lists.

use std::borrow::Cow;

use trailhound_model::kinds::ec2::group::{
    self, Direction, EGRESS, INGRESS, ITSELF, PREFIX_LIST, Peer, RULE_ID, RawRule, SECURITY_GROUP,
};
use trailhound_model::{Alias, Birth, FacetDef, Map, Removal, Target, Text, Value, Why};

use super::super::draft::{Does, Draft, EventSpec, On, Stated, Unplaced, Verb};
use super::super::{Body, Event};
use super::{elements, ids, request, required, response};

pub(in super::super) static EVENTS: &[EventSpec] = &[
    EventSpec {
        name: "CreateSecurityGroup",
        does: &[Does { verb: Verb::Creates, kind: &SECURITY_GROUP, facets: &[] }],
        interpret: create,
    },
    EventSpec {
        name: "DeleteSecurityGroup",
        does: &[Does { verb: Verb::Deletes, kind: &SECURITY_GROUP, facets: &[] }],
        interpret: |event, draft| {
            on_group(event, draft)?.delete();
            Ok(())
        },
    },
    EventSpec {
        name: "AuthorizeSecurityGroupIngress",
        does: &[Does { verb: Verb::Patches, kind: &SECURITY_GROUP, facets: &[&INGRESS.def] }],
        interpret: |event, draft| authorize(event, draft, Direction::Ingress),
    },
    EventSpec {
        name: "AuthorizeSecurityGroupEgress",
        does: &[Does { verb: Verb::Patches, kind: &SECURITY_GROUP, facets: &[&EGRESS.def] }],
        interpret: |event, draft| authorize(event, draft, Direction::Egress),
    },
    EventSpec {
        name: "RevokeSecurityGroupIngress",
        does: &[Does { verb: Verb::Patches, kind: &SECURITY_GROUP, facets: &[&INGRESS.def] }],
        interpret: |event, draft| revoke(event, draft, Direction::Ingress),
    },
    EventSpec {
        name: "RevokeSecurityGroupEgress",
        does: &[Does { verb: Verb::Patches, kind: &SECURITY_GROUP, facets: &[&EGRESS.def] }],
        interpret: |event, draft| revoke(event, draft, Direction::Egress),
    },
    EventSpec {
        name: "ModifySecurityGroupRules",
        does: &[Does { verb: Verb::Patches, kind: &SECURITY_GROUP, facets: &[&INGRESS.def, &EGRESS.def] }],
        interpret: modify,
    },
    EventSpec {
        name: "CreateManagedPrefixList",
        does: &[Does { verb: Verb::Creates, kind: &PREFIX_LIST, facets: &[] }],
        interpret: |event, draft| {
            let list = response(event).at(&["prefixList"]);
            let id = required(list, "prefixListId", "responseElements.prefixList.prefixListId")?;
            let entries: Map = ranges(request(event), "Entry").map(range_entry).collect();
            let stated = Stated::new()
                .value(&group::PREFIX_LIST_ENTRIES, entries)
                .value(&group::PREFIX_LIST_OWNER, list.text("ownerId").unwrap_or(event.account));
            draft.on(event.resource(&PREFIX_LIST, id)).create(Birth::Certain, stated);
            Ok(())
        },
    },
    EventSpec {
        name: "ModifyManagedPrefixList",
        does: &[Does { verb: Verb::Patches, kind: &PREFIX_LIST, facets: &[&group::PREFIX_LIST_ENTRIES.def] }],
        interpret: |event, draft| {
            let mut list = on_prefix_list(event, draft)?;
            for range in ranges(request(event), "RemoveEntry") {
                list.remove(&group::PREFIX_LIST_ENTRIES, range_entry(range).0);
            }
            for range in ranges(request(event), "AddEntry") {
                let (key, entry) = range_entry(range);
                list.put(&group::PREFIX_LIST_ENTRIES, key, entry);
            }
            Ok(())
        },
    },
    EventSpec {
        name: "RestoreManagedPrefixListVersion",
        does: &[Does { verb: Verb::Stales, kind: &PREFIX_LIST, facets: &[&group::PREFIX_LIST_ENTRIES.def] }],
        interpret: |event, draft| {
            on_prefix_list(event, draft)?.stale(&group::PREFIX_LIST_ENTRIES, Why::Touched);
            Ok(())
        },
    },
    EventSpec {
        name: "DeleteManagedPrefixList",
        does: &[Does { verb: Verb::Deletes, kind: &PREFIX_LIST, facets: &[] }],
        interpret: |event, draft| {
            on_prefix_list(event, draft)?.delete();
            Ok(())
        },
    },
];

/// The alias of a group by its name. Calls may name a group so only in the default network.
fn by_name(event: &Event<'_>, name: &str) -> Alias {
    event.alias(&SECURITY_GROUP, "group-name", name)
}

/// The alias of a network's default group, whose id the creation of the network does not show.
pub(super) fn default_of(event: &Event<'_>, vpc: &str) -> Alias {
    event.alias(&SECURITY_GROUP, "default-group", vpc)
}

/// The rules of a network's default group at its birth: its members reach each other, and everything outside.
pub(super) fn default_group(vpc: &str, ipv6: bool) -> Stated {
    Stated::new()
        .value(&group::NAME, "default")
        .value(&group::VPC_ID, vpc)
        .value(&INGRESS, Map::from_iter([group::all_traffic(Peer::Itself, Direction::Ingress)]))
        .value(&EGRESS, group::outward(ipv6))
}

/// Learns from a response that shows groups by id and name which of them is the network's default group.
pub(super) fn learn_default(event: &Event<'_>, draft: &mut Draft, groups: Body<'_>, vpc: Option<&str>) {
    for shown in elements(groups, "groupSet") {
        if let (Some("default"), Some(id)) = (shown.text("groupName"), shown.text("groupId")) {
            let id = event.resource(&SECURITY_GROUP, id);
            if let Some(vpc) = vpc {
                draft.bind(default_of(event, vpc), &id, false);
            }
            draft.on(id).set(&group::NAME, "default");
        }
    }
}

fn create(event: &Event<'_>, draft: &mut Draft) -> Result<(), Unplaced> {
    let request = request(event);
    let id = required(response(event), "groupId", "responseElements.groupId")?;
    let id = event.resource(&SECURITY_GROUP, id);
    let name = request.text("groupName");
    let vpc = request.text("vpcId");
    // Names alone are used in the default network only, and there a group's network need not be named.
    if let (Some(name), None) = (name, vpc) {
        draft.bind(by_name(event, name), &id, true);
    }
    let stated = Stated::new().value_if(&group::NAME, name).value_if(&group::VPC_ID, vpc).partial(
        &EGRESS,
        group::outward(false),
        Why::DependsOn("whether the network has IPv6".into()),
    );
    draft.on(id).create(Birth::Certain, stated);
    Ok(())
}

/// What the call names: the group's id, in the request or in what the response shows, else its name.
fn target(event: &Event<'_>) -> Result<Target, Unplaced> {
    let (request, response) = (request(event), response(event));
    let shown = || {
        let rules = [AUTHORIZED, REVOKED].into_iter().flat_map(|rules| elements(response, rules));
        rules.into_iter().find_map(|rule| rule.text("groupId")).or_else(|| response.text("groupId"))
    };
    match (request.text("groupId").or_else(shown), request.text("groupName")) {
        (Some(id), _) => Ok(Target::Resource(event.resource(&SECURITY_GROUP, id))),
        (None, Some(name)) => Ok(Target::Alias(by_name(event, name))),
        (None, None) => Err(Unplaced { missing: "requestParameters.groupId" }),
    }
}

fn on_group<'d>(event: &Event<'_>, draft: &'d mut Draft) -> Result<On<'d>, Unplaced> {
    let target = target(event)?;
    if let (Target::Resource(id), Some(name)) = (&target, request(event).text("groupName")) {
        draft.bind(by_name(event, name), id, false);
    }
    Ok(match target {
        Target::Resource(id) => draft.on(id),
        Target::Alias(alias) => draft.on_alias(alias),
    })
}

/// The id of the group, where the call shows it.
fn own_id(target: &Target) -> Option<&str> {
    match target {
        Target::Resource(id) => Some(&id.id),
        Target::Alias(_) => None,
    }
}

/// Where responses list the rules that were added and removed. Records before July 2021 have neither.
const AUTHORIZED: &str = "securityGroupRuleSet";
const REVOKED: &str = "revokedSecurityGroupRuleSet";

const fn facet(direction: Direction) -> &'static FacetDef {
    match direction {
        Direction::Ingress => &INGRESS.def,
        Direction::Egress => &EGRESS.def,
    }
}

fn authorize(event: &Event<'_>, draft: &mut Draft, direction: Direction) -> Result<(), Unplaced> {
    let target = target(event)?;
    let own = own_id(&target);
    let shown = shown_rules(response(event), AUTHORIZED, own);
    let rules = if shown.is_empty() { requested_rules(request(event), own).0 } else { shown };
    let mut group = on_group(event, draft)?;
    if rules.is_empty() {
        group.stale(facet(direction), Why::Touched);
    }
    for rule in rules {
        let (key, entry) = rule.normal(direction);
        group.put(facet(direction), key, entry);
    }
    Ok(())
}

fn revoke(event: &Event<'_>, draft: &mut Draft, direction: Direction) -> Result<(), Unplaced> {
    let (request, response) = (request(event), response(event));
    let target = target(event)?;
    let own = own_id(&target);
    let facet = facet(direction);
    let mut removals: Vec<Removal> =
        shown_rules(response, REVOKED, own).iter().map(|rule| Removal::Key(rule.normal(direction).0)).collect();
    let mut unclear = false;
    // A response that lists what it did not find, and nothing removed, means that nothing happened.
    let nothing = removals.is_empty() && !elements(response, "unknownIpPermissionSet").is_empty();
    if removals.is_empty() && !nothing {
        let (rules, named) = requested_rules(request, own);
        let rule_ids = ["securityGroupRuleIds", "securityGroupRuleIdSet", "securityGroupRuleId"]
            .into_iter()
            .flat_map(|list| ids(request, list, "securityGroupRuleId"));
        removals.extend(rules.iter().map(|rule| Removal::Key(rule.normal(direction).0)));
        removals.extend(rule_ids.map(|id| Removal::Member(RULE_ID.into(), id.into())));
        // The rule of a group named by name was kept under the group's id.
        unclear = named || removals.is_empty();
    }
    let mut group = on_group(event, draft)?;
    for removal in removals {
        match removal {
            Removal::Key(key) => group.remove(facet, key),
            Removal::Member(member, id) => group.remove_by(facet, &member, id),
        };
    }
    if unclear {
        group.stale(facet, Why::Touched);
    }
    Ok(())
}

/// Every modified rule is given in full; its direction is that of the rule with the id.
fn modify(event: &Event<'_>, draft: &mut Draft) -> Result<(), Unplaced> {
    let target = target(event)?;
    let own = own_id(&target);
    let updates = elements(request(event), "SecurityGroupRule");
    let mut group = on_group(event, draft)?;
    let facets = [&INGRESS.def, &EGRESS.def];
    let mut unclear = updates.is_empty();
    for update in updates {
        let id = update.text("SecurityGroupRuleId");
        match (id, shown_rule(update.at(&["SecurityGroupRule"]), own)) {
            (Some(id), Some(rule)) => {
                let (key, entry) = RawRule { id: Some(id), ..rule }.normal(Direction::Ingress);
                group.replace_by(&facets, (RULE_ID, id.into()), key, entry);
            }
            _ => unclear = true,
        }
    }
    if unclear {
        for facet in facets {
            group.stale(facet, Why::Touched);
        }
    }
    Ok(())
}

/// The rules of a list in the form of the newer calls: one peer per rule, each with its id.
fn shown_rules<'a>(body: Body<'a>, list: &str, own: Option<&str>) -> Vec<RawRule<'a>> {
    elements(body, list).into_iter().filter_map(|rule| shown_rule(rule, own)).collect()
}

/// A rule in the form of the newer calls and of `DescribeSecurityGroupRules`; `own` is the id of the group that has it.
#[must_use]
pub fn shown_rule<'a>(rule: Body<'a>, own: Option<&str>) -> Option<RawRule<'a>> {
    let group = || {
        rule.text("referencedGroupId")
            .or_else(|| rule.at(&["referencedGroupInfo"]).text("groupId"))
            .map(|id| group_peer(id, own))
    };
    let peer = rule
        .text("cidrIpv4")
        .or_else(|| rule.text("cidrIpv6"))
        .map(Peer::Cidr)
        .or_else(|| rule.text("prefixListId").map(Peer::PrefixList))
        .or_else(group)?;
    Some(RawRule {
        protocol: protocol(rule)?,
        from: rule.int("fromPort"),
        to: rule.int("toPort"),
        peer,
        id: rule.text("securityGroupRuleId"),
    })
}

/// The rules that a request spells out: under `ipPermissions`, several peers each, or flat beside an empty
/// `ipPermissions`. Says also whether some rule names another group by name only.
fn requested_rules<'a>(request: Body<'a>, own: Option<&str>) -> (Vec<RawRule<'a>>, bool) {
    let mut rules = Vec::new();
    let mut named = request.text("sourceSecurityGroupName").is_some();
    for permission in elements(request, "ipPermissions") {
        let peers = ids(permission, "ipRanges", "cidrIp")
            .into_iter()
            .chain(ids(permission, "ipv6Ranges", "cidrIpv6"))
            .map(Peer::Cidr)
            .chain(ids(permission, "prefixListIds", "prefixListId").into_iter().map(Peer::PrefixList))
            .chain(ids(permission, "groups", "groupId").into_iter().map(|id| group_peer(id, own)));
        named |= elements(permission, "groups").iter().any(|group| group.text("groupId").is_none());
        rules.extend(peers.filter_map(|peer| requested_rule(permission, peer)));
    }
    if let Some(range) = request.text("cidrIp").or_else(|| request.text("cidrIpv6")) {
        rules.extend(requested_rule(request, Peer::Cidr(range)));
    }
    (rules, named)
}

fn requested_rule<'a>(body: Body<'a>, peer: Peer<'a>) -> Option<RawRule<'a>> {
    Some(RawRule { protocol: protocol(body)?, from: body.int("fromPort"), to: body.int("toPort"), peer, id: None })
}

/// The protocol; the new style's XML turns `-1` into a number.
fn protocol<'a>(body: Body<'a>) -> Option<Cow<'a, str>> {
    let shown = body.at(&["ipProtocol"]);
    shown.as_str().map(Cow::Borrowed).or_else(|| Some(Cow::Owned(shown.as_int()?.to_string())))
}

fn group_peer<'a>(id: &'a str, own: Option<&str>) -> Peer<'a> {
    if Some(id) == own || id == ITSELF { Peer::Itself } else { Peer::Group(id) }
}

fn on_prefix_list<'d>(event: &Event<'_>, draft: &'d mut Draft) -> Result<On<'d>, Unplaced> {
    let id = required(request(event), "PrefixListId", "requestParameters.PrefixListId")?;
    Ok(draft.on(event.resource(&PREFIX_LIST, id)))
}

fn ranges<'a>(request: Body<'a>, list: &str) -> impl Iterator<Item = &'a str> {
    ids(request, list, "Cidr").into_iter()
}

/// An address range as an entry of a prefix list.
#[must_use]
pub fn range_entry(range: &str) -> (Text, Value) {
    let range = group::normal_cidr(range);
    (range.as_str().into(), Value::map([("Cidr", Some(range.as_str().into()))]))
}

#[cfg(test)]
mod tests {
    use super::super::check;

    #[test]
    fn a_new_group_lets_nothing_in_and_everything_out_as_far_as_ipv4_goes() {
        check(
            "CreateSecurityGroup",
            r#"{"groupName":"web","groupDescription":"web","vpcId":"vpc-1"}"#,
            r#"{"_return":true,"groupId":"sg-1"}"#,
            &[
                r#"SecurityGroup sg-1 create Certain; GroupName "web"; VpcId "vpc-1"; SecurityGroupEgress Partial({"all 0.0.0.0/0":{"CidrIp":"0.0.0.0/0","IpProtocol":"-1"}}, DependsOn("whether the network has IPv6"))"#,
            ],
        );
        check(
            "CreateSecurityGroup",
            r#"{"groupName":"web","groupDescription":"web"}"#,
            r#"{"_return":true,"groupId":"sg-1"}"#,
            &[
                r#"SecurityGroup sg-1 create Certain; GroupName "web"; SecurityGroupEgress Partial({"all 0.0.0.0/0":{"CidrIp":"0.0.0.0/0","IpProtocol":"-1"}}, DependsOn("whether the network has IPv6"))"#,
                "group-name web begins to mean SecurityGroup sg-1",
            ],
        );
        check(
            "CreateSecurityGroup",
            r#"{"groupName":"web"}"#,
            r#"{"_return":true}"#,
            &["nothing: the record does not name its resource: `responseElements.groupId` is missing"],
        );
        check("DeleteSecurityGroup", r#"{"groupId":"sg-1"}"#, r#"{"_return":true}"#, &["SecurityGroup sg-1 delete"]);
    }

    #[test]
    fn added_rules_are_read_from_the_response() {
        check(
            "AuthorizeSecurityGroupIngress",
            r#"{"groupId":"sg-1","ipPermissions":{"items":[{"ipProtocol":"tcp","fromPort":22,"toPort":22,"groups":{},"ipRanges":{"items":[{"cidrIp":"0.0.0.0/0"}]},"ipv6Ranges":{},"prefixListIds":{}}]}}"#,
            r#"{"securityGroupRuleSet":{"items":[{"groupId":"sg-1","securityGroupRuleId":"sgr-1","isEgress":false,"ipProtocol":"tcp","fromPort":22,"toPort":22,"cidrIpv4":"0.0.0.0/0"}]}}"#,
            &[
                r#"SecurityGroup sg-1 put SecurityGroupIngress tcp 22 0.0.0.0/0 {"CidrIp":"0.0.0.0/0","FromPort":22,"IpProtocol":"tcp","SecurityGroupRuleId":"sgr-1","ToPort":22}"#,
            ],
        );
        check(
            "AuthorizeSecurityGroupEgress",
            r#"{"groupId":"sg-1","ipPermissions":{"items":[{"ipProtocol":"-1","groups":{},"ipRanges":{},"ipv6Ranges":{"items":[{"cidrIpv6":"::/0"}]},"prefixListIds":{}}]}}"#,
            r#"{"securityGroupRuleSet":{"items":[{"groupId":"sg-1","securityGroupRuleId":"sgr-2","isEgress":true,"ipProtocol":"-1","fromPort":-1,"toPort":-1,"cidrIpv6":"::/0"}]}}"#,
            &[
                r#"SecurityGroup sg-1 put SecurityGroupEgress all ::/0 {"CidrIpv6":"::/0","IpProtocol":"-1","SecurityGroupRuleId":"sgr-2"}"#,
            ],
        );
        check(
            "AuthorizeSecurityGroupIngress",
            r#"{"groupId":"sg-1","ipPermissions":{"items":[{"ipProtocol":"tcp","fromPort":22,"toPort":22,"groups":{},"ipRanges":{"items":[{"cidrIp":"0.0.0.0/0"}]},"ipv6Ranges":{},"prefixListIds":{}}]}}"#,
            r#"{"securityGroupRuleSet":{"items":[{"groupId":"sg-1","securityGroupRuleId":"sgr-3","ipProtocol":"tcp","fromPort":80,"toPort":90,"prefixListId":"pl-1"},{"groupId":"sg-1","securityGroupRuleId":"sgr-4","ipProtocol":"udp","fromPort":53,"toPort":53,"referencedGroupInfo":{"groupId":"sg-2","userId":"111122223333"}},{"groupId":"sg-1","securityGroupRuleId":"sgr-5","ipProtocol":"-1","fromPort":-1,"toPort":-1,"referencedGroupInfo":{"groupId":"sg-1","userId":"111122223333"}}]}}"#,
            &[
                r#"SecurityGroup sg-1 put SecurityGroupIngress tcp 80-90 pl-1 {"FromPort":80,"IpProtocol":"tcp","SecurityGroupRuleId":"sgr-3","SourcePrefixListId":"pl-1","ToPort":90}"#,
                r#"SecurityGroup sg-1 put SecurityGroupIngress udp 53 sg-2 {"FromPort":53,"IpProtocol":"udp","SecurityGroupRuleId":"sgr-4","SourceSecurityGroupId":"sg-2","ToPort":53}"#,
                r#"SecurityGroup sg-1 put SecurityGroupIngress all self {"IpProtocol":"-1","SecurityGroupRuleId":"sgr-5","SourceSecurityGroupId":"self"}"#,
            ],
        );
    }

    #[test]
    fn records_before_2021_have_the_rules_in_the_request_only() {
        check(
            "AuthorizeSecurityGroupIngress",
            r#"{"groupId":"sg-1","ipPermissions":{"items":[{"ipProtocol":"tcp","fromPort":"443","toPort":"443","groups":{"items":[{"userId":"111122223333","groupId":"sg-2"},{"groupId":"sg-1"}]},"ipRanges":{"items":[{"cidrIp":"10.1.2.3/16"},{"cidrIp":"0.0.0.0/0"}]},"ipv6Ranges":{"items":[{"cidrIpv6":"::/0"}]},"prefixListIds":{"items":[{"prefixListId":"pl-1"}]}}]}}"#,
            r#"{"_return":true}"#,
            &[
                r#"SecurityGroup sg-1 put SecurityGroupIngress tcp 443 10.1.0.0/16 {"CidrIp":"10.1.0.0/16","FromPort":443,"IpProtocol":"tcp","ToPort":443}"#,
                r#"SecurityGroup sg-1 put SecurityGroupIngress tcp 443 0.0.0.0/0 {"CidrIp":"0.0.0.0/0","FromPort":443,"IpProtocol":"tcp","ToPort":443}"#,
                r#"SecurityGroup sg-1 put SecurityGroupIngress tcp 443 ::/0 {"CidrIpv6":"::/0","FromPort":443,"IpProtocol":"tcp","ToPort":443}"#,
                r#"SecurityGroup sg-1 put SecurityGroupIngress tcp 443 pl-1 {"FromPort":443,"IpProtocol":"tcp","SourcePrefixListId":"pl-1","ToPort":443}"#,
                r#"SecurityGroup sg-1 put SecurityGroupIngress tcp 443 sg-2 {"FromPort":443,"IpProtocol":"tcp","SourceSecurityGroupId":"sg-2","ToPort":443}"#,
                r#"SecurityGroup sg-1 put SecurityGroupIngress tcp 443 self {"FromPort":443,"IpProtocol":"tcp","SourceSecurityGroupId":"self","ToPort":443}"#,
            ],
        );
        check(
            "AuthorizeSecurityGroupIngress",
            r#"{"groupId":"sg-1","ipPermissions":{},"ipProtocol":"tcp","fromPort":22,"toPort":22,"cidrIp":"0.0.0.0/0"}"#,
            r#"{"_return":true}"#,
            &[
                r#"SecurityGroup sg-1 put SecurityGroupIngress tcp 22 0.0.0.0/0 {"CidrIp":"0.0.0.0/0","FromPort":22,"IpProtocol":"tcp","ToPort":22}"#,
            ],
        );
        check(
            "AuthorizeSecurityGroupEgress",
            r#"{"groupId":"sg-1","ipPermissions":{"items":[{"ipProtocol":"-1","groups":{},"ipRanges":{"items":[{"cidrIp":"0.0.0.0/0"}]},"ipv6Ranges":{},"prefixListIds":{}}]}}"#,
            r#"{"_return":true}"#,
            &[r#"SecurityGroup sg-1 put SecurityGroupEgress all 0.0.0.0/0 {"CidrIp":"0.0.0.0/0","IpProtocol":"-1"}"#],
        );
        check(
            "AuthorizeSecurityGroupIngress",
            r#"{"groupId":"sg-1","ipPermissions":{}}"#,
            r#"{"_return":true}"#,
            &["SecurityGroup sg-1 stale SecurityGroupIngress touched"],
        );
    }

    #[test]
    fn removed_rules_are_known_by_tuple_or_id() {
        check(
            "RevokeSecurityGroupEgress",
            r#"{"groupId":"sg-1","ipPermissions":{"items":[{"ipProtocol":"-1","fromPort":0,"toPort":0,"groups":{},"ipRanges":{"items":[{"cidrIp":"0.0.0.0/0"}]},"ipv6Ranges":{},"prefixListIds":{}}]}}"#,
            r#"{"_return":true}"#,
            &["SecurityGroup sg-1 remove SecurityGroupEgress all 0.0.0.0/0"],
        );
        check(
            "RevokeSecurityGroupIngress",
            r#"{"groupId":"sg-1","ipPermissions":{},"ipProtocol":"tcp","fromPort":22,"toPort":22,"cidrIp":"0.0.0.0/0"}"#,
            r#"{"_return":true}"#,
            &["SecurityGroup sg-1 remove SecurityGroupIngress tcp 22 0.0.0.0/0"],
        );
        check(
            "RevokeSecurityGroupIngress",
            r#"{"groupId":"sg-1","ipPermissions":{},"securityGroupRuleIds":{"items":[{"securityGroupRuleId":"sgr-1"},{"securityGroupRuleId":"sgr-2"}]}}"#,
            r#"{"_return":true}"#,
            &[
                r#"SecurityGroup sg-1 remove SecurityGroupIngress SecurityGroupRuleId="sgr-1""#,
                r#"SecurityGroup sg-1 remove SecurityGroupIngress SecurityGroupRuleId="sgr-2""#,
            ],
        );
        check(
            "RevokeSecurityGroupIngress",
            r#"{"groupId":"sg-1","ipPermissions":{},"securityGroupRuleIds":{"items":["sgr-1"]}}"#,
            r#"{"_return":true}"#,
            &[r#"SecurityGroup sg-1 remove SecurityGroupIngress SecurityGroupRuleId="sgr-1""#],
        );
        check(
            "RevokeSecurityGroupIngress",
            r#"{"groupId":"sg-1","ipPermissions":{},"securityGroupRuleIds":{"items":["sgr-1"]}}"#,
            r#"{"_return":true,"revokedSecurityGroupRuleSet":{"items":[{"securityGroupRuleId":"sgr-1","groupId":"sg-1","isEgress":false,"ipProtocol":"tcp","fromPort":22,"toPort":22,"cidrIpv4":"0.0.0.0/0"}]}}"#,
            &["SecurityGroup sg-1 remove SecurityGroupIngress tcp 22 0.0.0.0/0"],
        );
    }

    #[test]
    fn a_removal_that_found_nothing_changes_nothing_and_one_that_is_not_shown_leaves_doubt() {
        check(
            "RevokeSecurityGroupIngress",
            r#"{"groupId":"sg-1","ipPermissions":{"items":[{"ipProtocol":"tcp","fromPort":22,"toPort":22,"groups":{},"ipRanges":{"items":[{"cidrIp":"0.0.0.0/0"}]},"ipv6Ranges":{},"prefixListIds":{}}]}}"#,
            r#"{"_return":true,"unknownIpPermissionSet":{"items":[{"ipProtocol":"tcp"}]}}"#,
            &["nothing: no_effect"],
        );
        check(
            "RevokeSecurityGroupIngress",
            r#"{"groupId":"sg-1","ipPermissions":{}}"#,
            r#"{"_return":true}"#,
            &["SecurityGroup sg-1 stale SecurityGroupIngress touched"],
        );
        check(
            "RevokeSecurityGroupIngress",
            r#"{"groupId":"sg-1","ipPermissions":{},"sourceSecurityGroupName":"web"}"#,
            r#"{"_return":true}"#,
            &["SecurityGroup sg-1 stale SecurityGroupIngress touched"],
        );
        check(
            "RevokeSecurityGroupIngress",
            r#"{"groupId":"sg-1","ipPermissions":{"items":[{"ipProtocol":"tcp","fromPort":80,"toPort":80,"groups":{"items":[{"groupName":"web"}]},"ipRanges":{"items":[{"cidrIp":"10.0.0.0/8"}]},"ipv6Ranges":{},"prefixListIds":{}}]}}"#,
            r#"{"_return":true}"#,
            &[
                "SecurityGroup sg-1 remove SecurityGroupIngress tcp 80 10.0.0.0/8",
                "SecurityGroup sg-1 stale SecurityGroupIngress touched",
            ],
        );
    }

    #[test]
    fn a_group_may_be_named_by_name() {
        check(
            "AuthorizeSecurityGroupIngress",
            r#"{"groupName":"web","ipPermissions":{"items":[{"ipProtocol":"tcp","fromPort":22,"toPort":22,"groups":{},"ipRanges":{"items":[{"cidrIp":"0.0.0.0/0"}]},"ipv6Ranges":{},"prefixListIds":{}}]}}"#,
            r#"{"securityGroupRuleSet":{"items":[{"groupId":"sg-1","securityGroupRuleId":"sgr-1","ipProtocol":"tcp","fromPort":22,"toPort":22,"cidrIpv4":"0.0.0.0/0"}]}}"#,
            &[
                r#"SecurityGroup sg-1 put SecurityGroupIngress tcp 22 0.0.0.0/0 {"CidrIp":"0.0.0.0/0","FromPort":22,"IpProtocol":"tcp","SecurityGroupRuleId":"sgr-1","ToPort":22}"#,
                "group-name web means SecurityGroup sg-1",
            ],
        );
        check(
            "RevokeSecurityGroupIngress",
            r#"{"groupName":"web","ipPermissions":{"items":[{"ipProtocol":"tcp","fromPort":22,"toPort":22,"groups":{},"ipRanges":{"items":[{"cidrIp":"0.0.0.0/0"}]},"ipv6Ranges":{},"prefixListIds":{}}]}}"#,
            r#"{"_return":true}"#,
            &["AWS::EC2::SecurityGroup group-name=web remove SecurityGroupIngress tcp 22 0.0.0.0/0"],
        );
        check(
            "DeleteSecurityGroup",
            r#"{"groupName":"web"}"#,
            r#"{"_return":true}"#,
            &["AWS::EC2::SecurityGroup group-name=web delete"],
        );
        check(
            "AuthorizeSecurityGroupIngress",
            r#"{"ipPermissions":{"items":[{"ipProtocol":"tcp","fromPort":22,"toPort":22,"groups":{},"ipRanges":{"items":[{"cidrIp":"0.0.0.0/0"}]},"ipv6Ranges":{},"prefixListIds":{}}]}}"#,
            r#"{"_return":true}"#,
            &["nothing: the record does not name its resource: `requestParameters.groupId` is missing"],
        );
    }

    // The shapes are derived in part from the API's model: no such record was ever seen in full.
    #[test]
    fn modified_rules_are_replaced_by_id_in_whichever_direction_has_them() {
        check(
            "ModifySecurityGroupRules",
            r#"{"ModifySecurityGroupRulesRequest":{"GroupId":"sg-1","SecurityGroupRule":{"SecurityGroupRuleId":"sgr-1","tag":1,"SecurityGroupRule":{"CidrIpv4":"0.0.0.0/0","FromPort":22,"ToPort":22,"IpProtocol":"tcp"}}}}"#,
            r#"{"ModifySecurityGroupRulesResponse":{"return":true}}"#,
            &[
                r#"SecurityGroup sg-1 replace ["SecurityGroupIngress", "SecurityGroupEgress"] SecurityGroupRuleId="sgr-1" tcp 22 0.0.0.0/0 {"CidrIp":"0.0.0.0/0","FromPort":22,"IpProtocol":"tcp","SecurityGroupRuleId":"sgr-1","ToPort":22}"#,
            ],
        );
        check(
            "ModifySecurityGroupRules",
            r#"{"ModifySecurityGroupRulesRequest":{"GroupId":"sg-1","SecurityGroupRule":[{"SecurityGroupRuleId":"sgr-1","tag":1,"SecurityGroupRule":{"CidrIpv6":"::/0","IpProtocol":-1}},{"SecurityGroupRuleId":"sgr-2","tag":2,"SecurityGroupRule":{"ReferencedGroupId":"sg-1","FromPort":80,"ToPort":80,"IpProtocol":6}}]}}"#,
            r#"{"ModifySecurityGroupRulesResponse":{"return":true}}"#,
            &[
                r#"SecurityGroup sg-1 replace ["SecurityGroupIngress", "SecurityGroupEgress"] SecurityGroupRuleId="sgr-1" all ::/0 {"CidrIpv6":"::/0","IpProtocol":"-1","SecurityGroupRuleId":"sgr-1"}"#,
                r#"SecurityGroup sg-1 replace ["SecurityGroupIngress", "SecurityGroupEgress"] SecurityGroupRuleId="sgr-2" tcp 80 self {"FromPort":80,"IpProtocol":"tcp","SecurityGroupRuleId":"sgr-2","SourceSecurityGroupId":"self","ToPort":80}"#,
            ],
        );
        check(
            "ModifySecurityGroupRules",
            r#"{"ModifySecurityGroupRulesRequest":{"GroupId":"sg-1","SecurityGroupRule":{"SecurityGroupRuleId":"sgr-1","tag":1,"SecurityGroupRule":{"Description":"web"}}}}"#,
            r#"{"ModifySecurityGroupRulesResponse":{"return":true}}"#,
            &[
                "SecurityGroup sg-1 stale SecurityGroupIngress touched",
                "SecurityGroup sg-1 stale SecurityGroupEgress touched",
            ],
        );
    }

    // The shapes are derived from the API's model: no such record was ever seen in full.
    #[test]
    fn prefix_lists_grow_and_shrink() {
        check(
            "CreateManagedPrefixList",
            r#"{"CreateManagedPrefixListRequest":{"PrefixListName":"offices","MaxEntries":5,"AddressFamily":"IPv4","Entry":[{"tag":1,"Cidr":"198.51.100.9/24"},{"tag":2,"Cidr":"203.0.113.0/24"}]}}"#,
            r#"{"CreateManagedPrefixListResponse":{"prefixList":{"prefixListId":"pl-1","ownerId":"111122223333"}}}"#,
            &[
                r#"PrefixList pl-1 create Certain; Entries {"198.51.100.0/24":{"Cidr":"198.51.100.0/24"},"203.0.113.0/24":{"Cidr":"203.0.113.0/24"}}; OwnerId "111122223333""#,
            ],
        );
        check(
            "ModifyManagedPrefixList",
            r#"{"ModifyManagedPrefixListRequest":{"PrefixListId":"pl-1","CurrentVersion":1,"AddEntry":{"tag":1,"Cidr":"0.0.0.0/0"},"RemoveEntry":{"tag":1,"Cidr":"203.0.113.0/24"}}}"#,
            r#"{"ModifyManagedPrefixListResponse":{}}"#,
            &[
                "PrefixList pl-1 remove Entries 203.0.113.0/24",
                r#"PrefixList pl-1 put Entries 0.0.0.0/0 {"Cidr":"0.0.0.0/0"}"#,
            ],
        );
        check(
            "ModifyManagedPrefixList",
            r#"{"ModifyManagedPrefixListRequest":{"PrefixListId":"pl-1","MaxEntries":9}}"#,
            r#"{"ModifyManagedPrefixListResponse":{}}"#,
            &["nothing: no_effect"],
        );
        check(
            "RestoreManagedPrefixListVersion",
            r#"{"RestoreManagedPrefixListVersionRequest":{"PrefixListId":"pl-1","PreviousVersion":1}}"#,
            r#"{"RestoreManagedPrefixListVersionResponse":{}}"#,
            &["PrefixList pl-1 stale Entries touched"],
        );
        check(
            "DeleteManagedPrefixList",
            r#"{"DeleteManagedPrefixListRequest":{"PrefixListId":"pl-1"}}"#,
            r#"{"DeleteManagedPrefixListResponse":{}}"#,
            &["PrefixList pl-1 delete"],
        );
    }
}
