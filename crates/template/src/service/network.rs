//! Networks and what stands in them: security groups, prefix lists, subnets, routes, endpoints, flow logs, access lists.

use trailhound_model::kinds::ec2::group::{self, Direction, Peer};
use trailhound_model::kinds::ec2::network::{acl_entry, endpoint_route, route as route_key};
use trailhound_model::{FacetDef, Map, Origin, State, Value, Why};

use super::{bare, members};
use crate::life::{Said, Writer, put, stated};
use crate::part::{Given, Source, group_rules};

pub(super) fn security_group(writer: &mut Writer<'_>) {
    // No template makes a network's default group; a name left out is made from the logical one.
    if matches!(writer.said("GroupName"), Said::Nothing) {
        let name = writer.id.clone();
        writer.state(&group::NAME, State::Known(name.into()));
    }
    let side = |facet: &FacetDef, direction| match writer.said(facet.name) {
        Said::Nothing => None,
        Said::Open => Some(State::Unread(Why::Unresolved)),
        Said::Value(Value::List(rules)) => Some(group_rules(&rules, direction)),
        Said::Value(_) => Some(State::Unread(Why::NotUnderstood(format!("{} is no list", facet.name).into()))),
    };
    let ingress = side(&group::INGRESS, Direction::Ingress);
    let egress = side(&group::EGRESS, Direction::Egress);
    writer.state(&group::INGRESS, ingress.unwrap_or_else(|| State::Known(Map::new().into())));
    match egress {
        Some(egress) => writer.state(&group::EGRESS, egress),
        None => {
            let (key, entry) = group::all_traffic(Peer::Cidr("0.0.0.0/0"), Direction::Egress);
            let rules = Map::from_iter([(key, entry)]);
            put(&mut writer.life, &group::EGRESS, State::Known(rules.into()), Origin::Default);
        }
    }
}

/// A list of the template is the account's own.
pub(super) fn prefix_list(writer: &mut Writer<'_>) {
    writer.list(&group::PREFIX_LIST_ENTRIES, group::PREFIX_LIST_ENTRIES.name, |_, entry| {
        let Value::Text(range) = stated(entry, "Cidr").ok()?? else { return None };
        Some((range.clone(), Value::map([("Cidr", Some(range.into()))])))
    });
    let own = writer.names.account().into();
    writer.state(&group::PREFIX_LIST_OWNER, State::Known(own));
}

/// A flow log of a whole network.
pub(crate) fn flow_log(log: &Source<'_>) -> Given {
    match stated(log.properties, "ResourceType") {
        Ok(Some(Value::Text(kind))) if &*kind != "VPC" => Given::Nothing,
        Ok(_) => log.entry(members(log.properties, &["TrafficType"])),
        Err(why) => Given::Entries(State::Unread(why)),
    }
}

/// An endpoint of a network.
pub(crate) fn endpoint(endpoint: &Source<'_>) -> Given {
    let kind = stated(endpoint.properties, "VpcEndpointType");
    let service = stated(endpoint.properties, "ServiceName");
    match (service, kind) {
        (Ok(Some(service)), Ok(kind)) => {
            let kind = kind.unwrap_or_else(|| "Gateway".into());
            endpoint.entry(Some(Value::map([("ServiceName", Some(service)), ("VpcEndpointType", Some(kind))])))
        }
        _ => endpoint.entry(None),
    }
}

/// Whether an endpoint answers to the service's name. Left out it does not.
pub(crate) fn endpoint_dns(endpoint: &Source<'_>) -> Given {
    match stated(endpoint.properties, "PrivateDnsEnabled").map(|on| on.map(|on| on.as_bool())) {
        Ok(Some(Some(true))) => endpoint.entry(Some(bare())),
        Ok(None | Some(Some(false))) => Given::Nothing,
        Ok(Some(None)) | Err(_) => endpoint.entry(None),
    }
}

/// The route tables that lead to a gateway endpoint.
pub(crate) fn endpoint_routes(endpoint: &Source<'_>) -> Given {
    let tables = match stated(endpoint.properties, "RouteTableIds") {
        Ok(None) => return Given::Nothing,
        Ok(Some(Value::List(tables))) => tables,
        _ => return endpoint.entry(None),
    };
    let routes: Map = tables
        .iter()
        .filter_map(Value::as_str)
        .map(|table| {
            let entry =
                Value::map([("VpcEndpointId", Some(endpoint.id.clone().into())), ("RouteTableId", Some(table.into()))]);
            (endpoint_route(&endpoint.id, table).into(), entry)
        })
        .collect();
    Given::Entries(State::Known(routes.into()))
}

/// A route, if it leads to an internet gateway.
pub(crate) fn route(route: &Source<'_>) -> Given {
    let gateway = match stated(route.properties, "GatewayId") {
        Ok(None) => return Given::Nothing,
        Ok(Some(gateway)) => gateway,
        Err(_) => return route.entry(None),
    };
    let is_internet = gateway.as_str().is_some_and(|id| id.starts_with("igw-"))
        || route.names.named(&gateway, &["AWS::EC2::InternetGateway"]).is_some();
    if !is_internet {
        return Given::Nothing;
    }
    let Ok(Some(Value::Text(table))) = stated(route.properties, "RouteTableId") else { return route.entry(None) };
    let destination = ["DestinationCidrBlock", "DestinationIpv6CidrBlock", "DestinationPrefixListId"]
        .iter()
        .find_map(|name| stated(route.properties, name).ok()?)
        .map_or_else(|| route.name.to_owned(), |destination| destination.to_string());
    Given::one(route_key(&table, &destination).into(), Value::map([("RouteTableId", Some(table.into()))]))
}

/// A subnet, as its network's.
pub(crate) fn subnet(subnet: &Source<'_>) -> Given {
    subnet.entry(Some(bare()))
}

/// A template that makes a subnet means to use the network.
pub(crate) fn use_of_subnet(subnet: &Source<'_>) -> Given {
    subnet.entry(Some(Value::map([("RequesterManaged", Some(false.into()))])))
}

/// The route table that a subnet is associated with.
pub(crate) fn association(association: &Source<'_>) -> Given {
    Given::Whole(match stated(association.properties, "RouteTableId") {
        Ok(Some(table)) => State::Known(table),
        Ok(None) | Err(_) => State::Unread(Why::Unresolved),
    })
}

/// An entry of an access list.
pub(crate) fn acl(entry: &Source<'_>) -> Given {
    const JUDGED: [&str; 7] =
        ["CidrBlock", "Egress", "Ipv6CidrBlock", "PortRange", "Protocol", "RuleAction", "RuleNumber"];
    let Some(judged) = members(entry.properties, &JUDGED) else { return entry.entry(None) };
    let Some(number) = judged.get("RuleNumber").and_then(Value::as_int) else { return entry.entry(None) };
    let egress = judged.get("Egress").and_then(Value::as_bool).unwrap_or(false);
    Given::one(acl_entry(egress, number).into(), judged)
}
