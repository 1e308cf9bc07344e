//! Networks, subnets, network ACLs and endpoints.

use trailhound_model::kinds::ec2::group::{NAME, SECURITY_GROUP};
use trailhound_model::kinds::ec2::network::{
    self, ACL_ENTRIES, ACL_VPC_ID, ENDPOINT_DNS, ENDPOINT_POLICY, ENDPOINT_ROUTES, ENDPOINT_SERVICE, ENDPOINT_TYPE,
    ENDPOINTS, FLOW_LOGS, INTERFACES, INTERNET_ROUTES, MAP_PUBLIC_IP, NETWORK_ACL, ROUTE_TABLE, SUBNET, SUBNET_VPC_ID,
    SUBNETS, VPC, VPC_ENDPOINT,
};
use trailhound_model::{Alias, Birth, FacetDef, Map, Value, Why};

use super::super::draft::{Does, Draft, EventSpec, On, Stated, Unplaced, Verb};
use super::super::{Body, Event};
use super::{elements, group, ids, request, required, response};

const fn patches(facets: &'static [&'static FacetDef]) -> Does {
    Does { verb: Verb::Patches, kind: &VPC, facets }
}

const CREATES_VPC: &[Does] = &[
    Does { verb: Verb::Creates, kind: &VPC, facets: &[] },
    Does { verb: Verb::Creates, kind: &SECURITY_GROUP, facets: &[] },
];

pub(in super::super) static EVENTS: &[EventSpec] = &[
    EventSpec {
        name: "CreateVpc",
        does: CREATES_VPC,
        interpret: |event, draft| {
            let ipv6 = ["amazonProvidedIpv6CidrBlock", "ipv6CidrBlock", "ipv6IpamPoolId"]
                .into_iter()
                .any(|member| request(event).at(&[member]).to_value().is_some_and(|value| value != Value::Bool(false)));
            create(event, draft, ipv6, Stated::new())
        },
    },
    EventSpec {
        name: "CreateDefaultVpc",
        does: CREATES_VPC,
        interpret: |event, draft| {
            // It comes with a subnet per zone and a main route table that leads to the internet.
            let unseen = || Why::DependsOn("what AWS made with the default network".into());
            let stated = Stated::new().unread(&INTERNET_ROUTES, unseen()).unread(&SUBNETS, unseen());
            create(event, draft, false, stated)
        },
    },
    EventSpec {
        name: "DeleteVpc",
        does: &[
            Does { verb: Verb::Deletes, kind: &VPC, facets: &[] },
            Does { verb: Verb::Deletes, kind: &SECURITY_GROUP, facets: &[] },
        ],
        interpret: |event, draft| {
            let vpc = required(request(event), "vpcId", "requestParameters.vpcId")?;
            draft.on(event.resource(&VPC, vpc)).delete();
            draft.on_alias(group::default_of(event, vpc)).delete();
            Ok(())
        },
    },
    EventSpec {
        name: "CreateFlowLogs",
        does: &[Does { verb: Verb::Patches, kind: &VPC, facets: &[&FLOW_LOGS.def] }],
        interpret: create_flow_logs,
    },
    EventSpec {
        name: "DeleteFlowLogs",
        does: &[patches(&[&FLOW_LOGS.def])],
        interpret: |event, draft| {
            let request = request(event);
            // The request's list was called `flowLogId` before the new style too.
            let flow_logs = ids(request, "FlowLogId", "content");
            if flow_logs.is_empty() {
                return Err(Unplaced { missing: "requestParameters.FlowLogId" });
            }
            for id in without_failed(event, flow_logs) {
                draft.on_alias(by_part(event, FLOW_LOG, id)).remove(&FLOW_LOGS, id);
            }
            Ok(())
        },
    },
    EventSpec { name: "CreateSubnet", does: CREATES_SUBNET, interpret: create_subnet },
    EventSpec { name: "CreateDefaultSubnet", does: CREATES_SUBNET, interpret: create_subnet },
    EventSpec {
        name: "ModifySubnetAttribute",
        does: &[Does { verb: Verb::Sets, kind: &SUBNET, facets: &[&MAP_PUBLIC_IP.def] }],
        interpret: |event, draft| {
            let request = request(event);
            let id = required(request, "subnetId", "requestParameters.subnetId")?;
            draft.on(event.resource(&SUBNET, id)).set_if(&MAP_PUBLIC_IP, request.flag("mapPublicIpOnLaunch"));
            Ok(())
        },
    },
    EventSpec {
        name: "DeleteSubnet",
        does: &[Does { verb: Verb::Deletes, kind: &SUBNET, facets: &[] }, patches(&[&SUBNETS.def])],
        interpret: |event, draft| {
            let id = required(request(event), "subnetId", "requestParameters.subnetId")?;
            draft.on(event.resource(&SUBNET, id)).delete();
            draft.on_alias(by_part(event, A_SUBNET, id)).remove(&SUBNETS, id);
            Ok(())
        },
    },
    EventSpec {
        name: "CreateNetworkInterface",
        does: &[patches(&[&INTERFACES.def]), Does { verb: Verb::Sets, kind: &SECURITY_GROUP, facets: &[&NAME.def] }],
        interpret: |event, draft| {
            let interface = response(event).at(&["networkInterface"]);
            let id = required(interface, "networkInterfaceId", "responseElements.networkInterface")?;
            let vpc = required(interface, "vpcId", "responseElements.networkInterface.vpcId")?;
            let network = event.resource(&VPC, vpc);
            draft.bind(by_part(event, INTERFACE, id), &network, true);
            group::learn_default(event, draft, interface, Some(vpc));
            let by_service = interface.flag("requesterManaged").unwrap_or(false);
            let entry = Value::map([("RequesterManaged", Some(by_service.into()))]);
            draft.on(network).put(&INTERFACES, id, entry);
            Ok(())
        },
    },
    EventSpec {
        name: "DeleteNetworkInterface",
        does: &[patches(&[&INTERFACES.def])],
        interpret: |event, draft| {
            let id = required(request(event), "networkInterfaceId", "requestParameters.networkInterfaceId")?;
            draft.on_alias(by_part(event, INTERFACE, id)).remove(&INTERFACES, id);
            Ok(())
        },
    },
    EventSpec {
        name: "CreateRouteTable",
        does: &[],
        interpret: |event, draft| {
            let table = response(event).at(&["routeTable"]);
            let id = required(table, "routeTableId", "responseElements.routeTable.routeTableId")?;
            let vpc = table.text("vpcId").or_else(|| request(event).text("vpcId"));
            let vpc = vpc.ok_or(Unplaced { missing: "requestParameters.vpcId" })?;
            draft.bind(by_part(event, A_ROUTE_TABLE, id), &event.resource(&VPC, vpc), true);
            Ok(())
        },
    },
    EventSpec {
        name: "CreateRoute",
        does: &[patches(&[&INTERNET_ROUTES.def])],
        interpret: |event, draft| set_route(event, draft),
    },
    EventSpec {
        name: "ReplaceRoute",
        does: &[patches(&[&INTERNET_ROUTES.def])],
        interpret: |event, draft| set_route(event, draft),
    },
    EventSpec {
        name: "DeleteRoute",
        does: &[patches(&[&INTERNET_ROUTES.def])],
        interpret: |event, draft| {
            let (table, destination) = route(event)?;
            draft
                .on_alias(by_part(event, A_ROUTE_TABLE, table))
                .remove(&INTERNET_ROUTES, network::route(table, destination));
            Ok(())
        },
    },
    EventSpec {
        name: "AssociateRouteTable",
        does: SETS_ROUTE_TABLE,
        interpret: |event, draft| {
            let request = request(event);
            let table = required(request, "routeTableId", "requestParameters.routeTableId")?;
            // A table can be given to a gateway too; that says nothing about subnets.
            let Some(subnet) = request.text("subnetId") else { return Ok(()) };
            let subnet = event.resource(&SUBNET, subnet);
            if let Some(id) = response(event).text("associationId") {
                draft.bind(by_association(event, id), &subnet, true);
            }
            draft.on(subnet).set(&ROUTE_TABLE, table);
            Ok(())
        },
    },
    EventSpec {
        name: "DisassociateRouteTable",
        does: SETS_ROUTE_TABLE,
        interpret: |event, draft| {
            let id = required(request(event), "associationId", "requestParameters.associationId")?;
            draft.on_alias(by_association(event, id)).clear(&ROUTE_TABLE);
            Ok(())
        },
    },
    EventSpec {
        name: "ReplaceRouteTableAssociation",
        does: SETS_ROUTE_TABLE,
        interpret: |event, draft| {
            // The association of the main route table belongs to no subnet: nobody will explain its name.
            let id = required(request(event), "associationId", "requestParameters.associationId")?;
            let table = required(request(event), "routeTableId", "requestParameters.routeTableId")?;
            draft.on_alias(by_association(event, id)).set(&ROUTE_TABLE, table);
            Ok(())
        },
    },
    EventSpec {
        name: "CreateVpcEndpoint",
        does: &[
            Does { verb: Verb::Creates, kind: &VPC_ENDPOINT, facets: &[] },
            patches(&[&ENDPOINTS.def, &ENDPOINT_DNS.def, &ENDPOINT_ROUTES.def]),
        ],
        interpret: create_endpoint,
    },
    EventSpec {
        name: "ModifyVpcEndpoint",
        does: &[
            Does { verb: Verb::Sets, kind: &VPC_ENDPOINT, facets: &[&ENDPOINT_POLICY.def] },
            patches(&[&ENDPOINT_DNS.def, &ENDPOINT_ROUTES.def]),
        ],
        interpret: |event, draft| {
            let request = request(event);
            let id = required(request, "VpcEndpointId", "requestParameters.VpcEndpointId")?;
            let mut endpoint = draft.on(event.resource(&VPC_ENDPOINT, id));
            endpoint.set_document(&ENDPOINT_POLICY, request.document("PolicyDocument"));
            if request.flag("ResetPolicy") == Some(true) {
                endpoint.clear(&ENDPOINT_POLICY);
            }
            let mut network = draft.on_alias(by_part(event, ENDPOINT, id));
            match request.flag("PrivateDnsEnabled") {
                Some(true) => network.put(&ENDPOINT_DNS, id, Map::new()),
                Some(false) => network.remove(&ENDPOINT_DNS, id),
                None => &mut network,
            };
            for table in ids(request, "RemoveRouteTableId", "content") {
                network.remove(&ENDPOINT_ROUTES, network::endpoint_route(id, table));
            }
            for table in ids(request, "AddRouteTableId", "content") {
                put_endpoint_route(&mut network, id, table);
            }
            Ok(())
        },
    },
    EventSpec {
        name: "DeleteVpcEndpoints",
        does: &[
            Does { verb: Verb::Deletes, kind: &VPC_ENDPOINT, facets: &[] },
            patches(&[&ENDPOINTS.def, &ENDPOINT_DNS.def, &ENDPOINT_ROUTES.def]),
        ],
        interpret: |event, draft| {
            let endpoints = ids(request(event), "VpcEndpointId", "content");
            if endpoints.is_empty() {
                return Err(Unplaced { missing: "requestParameters.VpcEndpointId" });
            }
            for id in without_failed(event, endpoints) {
                draft.on(event.resource(&VPC_ENDPOINT, id)).delete();
                draft
                    .on_alias(by_part(event, ENDPOINT, id))
                    .remove(&ENDPOINTS, id)
                    .remove(&ENDPOINT_DNS, id)
                    .remove_by(&ENDPOINT_ROUTES, "VpcEndpointId", id);
            }
            Ok(())
        },
    },
    EventSpec {
        name: "CreateNetworkAcl",
        does: &[Does { verb: Verb::Creates, kind: &NETWORK_ACL, facets: &[] }],
        interpret: |event, draft| {
            let acl = response(event).at(&["networkAcl"]);
            let id = required(acl, "networkAclId", "responseElements.networkAcl.networkAclId")?;
            let vpc = acl.text("vpcId").or_else(|| request(event).text("vpcId"));
            let stated = Stated::new().value_if(&ACL_VPC_ID, vpc);
            draft.on(event.resource(&NETWORK_ACL, id)).create(Birth::Certain, stated);
            Ok(())
        },
    },
    EventSpec {
        name: "DeleteNetworkAcl",
        does: &[Does { verb: Verb::Deletes, kind: &NETWORK_ACL, facets: &[] }],
        interpret: |event, draft| {
            on_acl(event, draft)?.delete();
            Ok(())
        },
    },
    EventSpec { name: "CreateNetworkAclEntry", does: PATCHES_ACL, interpret: put_acl_entry },
    EventSpec { name: "ReplaceNetworkAclEntry", does: PATCHES_ACL, interpret: put_acl_entry },
    EventSpec {
        name: "DeleteNetworkAclEntry",
        does: PATCHES_ACL,
        interpret: |event, draft| {
            let key = acl_key(event)?;
            on_acl(event, draft)?.remove(&ACL_ENTRIES, network::acl_entry(key.0, key.1));
            Ok(())
        },
    },
];

const CREATES_SUBNET: &[Does] = &[
    Does { verb: Verb::Creates, kind: &SUBNET, facets: &[] },
    Does { verb: Verb::Patches, kind: &VPC, facets: &[&SUBNETS.def] },
];

const SETS_ROUTE_TABLE: &[Does] = &[Does { verb: Verb::Sets, kind: &SUBNET, facets: &[&ROUTE_TABLE.def] }];

const PATCHES_ACL: &[Does] = &[Does { verb: Verb::Patches, kind: &NETWORK_ACL, facets: &[&ACL_ENTRIES.def] }];

/// What a network is known by beside its id: the ids of its parts.
const A_SUBNET: &str = "subnet";
const ENDPOINT: &str = "vpc-endpoint";
const FLOW_LOG: &str = "flow-log";
const INSTANCE: &str = "instance";
const INTERFACE: &str = "network-interface";
const A_ROUTE_TABLE: &str = "route-table";

fn by_part(event: &Event<'_>, space: &'static str, id: &str) -> Alias {
    event.alias(&VPC, space, id)
}

/// A call about many may fail for some of them; the response names those.
fn without_failed<'a>(event: &Event<'a>, mut ids: Vec<&'a str>) -> Vec<&'a str> {
    let failed = elements(response(event), "unsuccessful");
    ids.retain(|id| !failed.iter().any(|item| item.text("resourceId") == Some(id)));
    ids
}

/// The alias of a subnet by its association with a route table.
fn by_association(event: &Event<'_>, id: &str) -> Alias {
    event.alias(&SUBNET, "route-table-association", id)
}

/// The alias of a network by an instance in it.
pub(super) fn of_instance(event: &Event<'_>, id: &str) -> Alias {
    by_part(event, INSTANCE, id)
}

/// A new network has nothing in it but a main route table and a default group, which the call does not show.
fn create(event: &Event<'_>, draft: &mut Draft, ipv6: bool, stated: Stated) -> Result<(), Unplaced> {
    let vpc = required(response(event).at(&["vpc"]), "vpcId", "responseElements.vpc.vpcId")?;
    draft.on(event.resource(&VPC, vpc)).create(Birth::Certain, stated);
    draft.on_alias(group::default_of(event, vpc)).create(Birth::Certain, group::default_group(vpc, ipv6));
    Ok(())
}

/// One call may make several flow logs, one per resource.
fn create_flow_logs(event: &Event<'_>, draft: &mut Draft) -> Result<(), Unplaced> {
    let (request, response) = (request(event), response(event));
    // Flow logs of subnets and interfaces do not cover the network.
    if request.text("ResourceType") != Some("VPC") {
        return Ok(());
    }
    let networks = ids(request, "ResourceId", "content");
    let made = ids(response, "flowLogIdSet", "content");
    if networks.is_empty() {
        return Err(Unplaced { missing: "requestParameters.ResourceId" });
    }
    let all_made = made.len() == networks.len() && elements(response, "unsuccessful").is_empty();
    let entry = Value::map([("TrafficType", Some(request.text("TrafficType").unwrap_or("ALL").into()))]);
    for (at, vpc) in networks.into_iter().enumerate() {
        let vpc = event.resource(&VPC, vpc);
        match made.get(at) {
            Some(id) if all_made => {
                draft.bind(by_part(event, FLOW_LOG, id), &vpc, true);
                draft.on(vpc).put(&FLOW_LOGS, *id, entry.clone());
            }
            // Some failed, and the response does not say whose the others are.
            _ => {
                draft.on(vpc).stale(&FLOW_LOGS, Why::Touched);
            }
        }
    }
    Ok(())
}

fn create_subnet(event: &Event<'_>, draft: &mut Draft) -> Result<(), Unplaced> {
    let subnet = response(event).at(&["subnet"]);
    let id = required(subnet, "subnetId", "responseElements.subnet.subnetId")?;
    let vpc = subnet.text("vpcId").or_else(|| request(event).text("vpcId"));
    let vpc = vpc.ok_or(Unplaced { missing: "responseElements.subnet.vpcId" })?;
    let stated = Stated::new().value(&SUBNET_VPC_ID, vpc).value_if(&MAP_PUBLIC_IP, subnet.flag("mapPublicIpOnLaunch"));
    draft.on(event.resource(&SUBNET, id)).create(Birth::Certain, stated);
    let network = event.resource(&VPC, vpc);
    draft.bind(by_part(event, A_SUBNET, id), &network, true);
    draft.on(network).put(&SUBNETS, id, Map::new());
    Ok(())
}

/// The route table and destination of a route.
fn route<'a>(event: &Event<'a>) -> Result<(&'a str, &'a str), Unplaced> {
    let request = request(event);
    let table = required(request, "routeTableId", "requestParameters.routeTableId")?;
    let destination = ["destinationCidrBlock", "destinationIpv6CidrBlock", "destinationPrefixListId"]
        .into_iter()
        .find_map(|member| request.text(member))
        .ok_or(Unplaced { missing: "requestParameters.destinationCidrBlock" })?;
    Ok((table, destination))
}

/// A new or changed route. Only those to an internet gateway are kept.
fn set_route(event: &Event<'_>, draft: &mut Draft) -> Result<(), Unplaced> {
    let (table, destination) = route(event)?;
    let key = network::route(table, destination);
    let to_internet = request(event).text("gatewayId").is_some_and(|gateway| gateway.starts_with("igw-"));
    let mut network = draft.on_alias(by_part(event, A_ROUTE_TABLE, table));
    if to_internet {
        let entry = Value::map([("RouteTableId", Some(table.into()))]);
        network.put(&INTERNET_ROUTES, key, entry);
    } else {
        network.remove(&INTERNET_ROUTES, key);
    }
    Ok(())
}

fn create_endpoint(event: &Event<'_>, draft: &mut Draft) -> Result<(), Unplaced> {
    let (request, made) = (request(event), response(event).at(&["vpcEndpoint"]));
    let id = required(made, "vpcEndpointId", "responseElements.vpcEndpoint.vpcEndpointId")?;
    let member = |name: &str| made.text(name).or_else(|| request.text(name));
    let service = member("serviceName");
    let kind = member("vpcEndpointType").unwrap_or("Gateway");
    // AWS's own default policy is shown in the response; stating it is no difference.
    let stated = Stated::new()
        .document(&ENDPOINT_POLICY, request.document("PolicyDocument"))
        .value_if(&ENDPOINT_SERVICE, service)
        .value(&ENDPOINT_TYPE, kind);
    draft.on(event.resource(&VPC_ENDPOINT, id)).create(Birth::Certain, stated);
    let vpc = member("vpcId").ok_or(Unplaced { missing: "requestParameters.VpcId" })?;
    let vpc = event.resource(&VPC, vpc);
    draft.bind(by_part(event, ENDPOINT, id), &vpc, true);
    let mut network = draft.on(vpc);
    let entry = Value::map([
        ("ServiceName", Some(service.unwrap_or_default().into())),
        ("VpcEndpointType", Some(kind.into())),
        ("State", member("state").map(Value::from)),
    ]);
    network.put(&ENDPOINTS, id, entry);
    if made.flag("privateDnsEnabled").or_else(|| request.flag("PrivateDnsEnabled")) == Some(true) {
        network.put(&ENDPOINT_DNS, id, Map::new());
    }
    for table in ids(request, "RouteTableId", "content") {
        put_endpoint_route(&mut network, id, table);
    }
    Ok(())
}

fn put_endpoint_route(network: &mut On<'_>, endpoint: &str, table: &str) {
    let entry = Value::map([("VpcEndpointId", Some(endpoint.into())), ("RouteTableId", Some(table.into()))]);
    network.put(&ENDPOINT_ROUTES, network::endpoint_route(endpoint, table), entry);
}

fn on_acl<'d>(event: &Event<'_>, draft: &'d mut Draft) -> Result<On<'d>, Unplaced> {
    let id = required(request(event), "networkAclId", "requestParameters.networkAclId")?;
    Ok(draft.on(event.resource(&NETWORK_ACL, id)))
}

fn acl_key(event: &Event<'_>) -> Result<(bool, i64), Unplaced> {
    let request = request(event);
    let egress = request.flag("egress").unwrap_or(false);
    let number = request.int("ruleNumber").ok_or(Unplaced { missing: "requestParameters.ruleNumber" })?;
    Ok((egress, number))
}

fn put_acl_entry(event: &Event<'_>, draft: &mut Draft) -> Result<(), Unplaced> {
    let (egress, number) = acl_key(event)?;
    let entry = acl_entry(request(event), egress, number);
    on_acl(event, draft)?.put(&ACL_ENTRIES, network::acl_entry(egress, number), entry);
    Ok(())
}

/// An entry of a network ACL as a request or a read shows it.
#[must_use]
pub fn acl_entry(shown: Body<'_>, egress: bool, number: i64) -> Value {
    let protocol = shown.scalar("aclProtocol").or_else(|| shown.scalar("protocol"));
    let text = |name: &str| shown.text(name).map(Value::from);
    Value::map([
        ("RuleNumber", Some(number.into())),
        ("Egress", Some(egress.into())),
        ("RuleAction", text("ruleAction")),
        ("Protocol", protocol.map(Value::from)),
        ("CidrBlock", text("cidrBlock")),
        ("Ipv6CidrBlock", text("ipv6CidrBlock")),
        ("PortRange", port_range(shown.at(&["portRange"]))),
    ])
}

fn port_range(ports: Body<'_>) -> Option<Value> {
    let (from, to) = (ports.int("from")?, ports.int("to")?);
    Some(Value::map([("From", Some(from.into())), ("To", Some(to.into()))]))
}

#[cfg(test)]
mod tests {
    use super::super::check;

    #[test]
    fn a_new_network_brings_a_default_group_whose_id_is_not_shown() {
        check(
            "CreateVpc",
            r#"{"cidrBlock":"10.0.0.0/16","amazonProvidedIpv6CidrBlock":false}"#,
            r#"{"vpc":{"vpcId":"vpc-1","state":"pending","isDefault":false}}"#,
            &[
                "VPC vpc-1 create Certain",
                r#"AWS::EC2::SecurityGroup default-group=vpc-1 create Certain; GroupName "default"; VpcId "vpc-1"; SecurityGroupIngress {"all self":{"IpProtocol":"-1","SourceSecurityGroupId":"self"}}; SecurityGroupEgress {"all 0.0.0.0/0":{"CidrIp":"0.0.0.0/0","IpProtocol":"-1"}}"#,
            ],
        );
        check(
            "CreateVpc",
            r#"{"cidrBlock":"10.0.0.0/16","amazonProvidedIpv6CidrBlock":true}"#,
            r#"{"vpc":{"vpcId":"vpc-1","state":"pending","isDefault":false}}"#,
            &[
                "VPC vpc-1 create Certain",
                r#"AWS::EC2::SecurityGroup default-group=vpc-1 create Certain; GroupName "default"; VpcId "vpc-1"; SecurityGroupIngress {"all self":{"IpProtocol":"-1","SourceSecurityGroupId":"self"}}; SecurityGroupEgress {"all 0.0.0.0/0":{"CidrIp":"0.0.0.0/0","IpProtocol":"-1"},"all ::/0":{"CidrIpv6":"::/0","IpProtocol":"-1"}}"#,
            ],
        );
        check(
            "CreateDefaultVpc",
            r#"{"CreateDefaultVpcRequest":""}"#,
            r#"{"CreateDefaultVpcResponse":{"vpc":{"vpcId":"vpc-1","state":"pending","isDefault":false}}}"#,
            &[
                r#"VPC vpc-1 create Certain; InternetRoutes Unread(DependsOn("what AWS made with the default network")); Subnets Unread(DependsOn("what AWS made with the default network"))"#,
                r#"AWS::EC2::SecurityGroup default-group=vpc-1 create Certain; GroupName "default"; VpcId "vpc-1"; SecurityGroupIngress {"all self":{"IpProtocol":"-1","SourceSecurityGroupId":"self"}}; SecurityGroupEgress {"all 0.0.0.0/0":{"CidrIp":"0.0.0.0/0","IpProtocol":"-1"}}"#,
            ],
        );
        check(
            "DeleteVpc",
            r#"{"vpcId":"vpc-1"}"#,
            r#"{"_return":true}"#,
            &["VPC vpc-1 delete", "AWS::EC2::SecurityGroup default-group=vpc-1 delete"],
        );
    }

    #[test]
    fn flow_logs_are_deleted_by_their_id_alone() {
        check(
            "CreateFlowLogs",
            r#"{"CreateFlowLogsRequest":{"ResourceId":{"tag":1,"content":"vpc-1"},"ResourceType":"VPC","TrafficType":"REJECT"}}"#,
            r#"{"CreateFlowLogsResponse":{"unsuccessful":"","flowLogIdSet":{"item":"fl-1"}}}"#,
            &[r#"VPC vpc-1 put FlowLogs fl-1 {"TrafficType":"REJECT"}"#, "flow-log fl-1 begins to mean VPC vpc-1"],
        );
        check(
            "CreateFlowLogs",
            r#"{"CreateFlowLogsRequest":{"ResourceId":[{"tag":1,"content":"vpc-1"},{"tag":2,"content":"vpc-2"}],"ResourceType":"VPC","TrafficType":"ALL"}}"#,
            r#"{"CreateFlowLogsResponse":{"unsuccessful":"","flowLogIdSet":{"item":["fl-1","fl-2"]}}}"#,
            &[
                r#"VPC vpc-1 put FlowLogs fl-1 {"TrafficType":"ALL"}"#,
                r#"VPC vpc-2 put FlowLogs fl-2 {"TrafficType":"ALL"}"#,
                "flow-log fl-1 begins to mean VPC vpc-1",
                "flow-log fl-2 begins to mean VPC vpc-2",
            ],
        );
        check(
            "CreateFlowLogs",
            r#"{"CreateFlowLogsRequest":{"ResourceId":[{"tag":1,"content":"vpc-1"},{"tag":2,"content":"vpc-2"}],"ResourceType":"VPC","TrafficType":"ALL"}}"#,
            r#"{"CreateFlowLogsResponse":{"unsuccessful":{"item":{"resourceId":"vpc-1"}},"flowLogIdSet":{"item":"fl-2"}}}"#,
            &["VPC vpc-1 stale FlowLogs touched", "VPC vpc-2 stale FlowLogs touched"],
        );
        check(
            "CreateFlowLogs",
            r#"{"CreateFlowLogsRequest":{"ResourceId":{"tag":1,"content":"subnet-1"},"ResourceType":"Subnet","TrafficType":"ALL"}}"#,
            r#"{"CreateFlowLogsResponse":{"unsuccessful":"","flowLogIdSet":{"item":"fl-1"}}}"#,
            &["nothing: no_effect"],
        );
        check(
            "DeleteFlowLogs",
            r#"{"DeleteFlowLogsRequest":{"FlowLogId":{"tag":1,"content":"fl-1"}}}"#,
            r#"{"DeleteFlowLogsResponse":{"unsuccessful":""}}"#,
            &["AWS::EC2::VPC flow-log=fl-1 remove FlowLogs fl-1"],
        );
        check(
            "DeleteFlowLogs",
            r#"{"flowLogId":["fl-1","fl-2"]}"#,
            r#"{"unsuccessful":[]}"#,
            &["AWS::EC2::VPC flow-log=fl-1 remove FlowLogs fl-1", "AWS::EC2::VPC flow-log=fl-2 remove FlowLogs fl-2"],
        );
        check(
            "DeleteFlowLogs",
            r#"{"DeleteFlowLogsRequest":{"FlowLogId":[{"tag":1,"content":"fl-1"},{"tag":2,"content":"fl-2"}]}}"#,
            r#"{"DeleteFlowLogsResponse":{"unsuccessful":{"item":{"resourceId":"fl-1","error":{"code":"InvalidFlowLogId.NotFound"}}}}}"#,
            &["AWS::EC2::VPC flow-log=fl-2 remove FlowLogs fl-2"],
        );
    }

    #[test]
    fn subnets_and_their_route_tables() {
        check(
            "CreateSubnet",
            r#"{"vpcId":"vpc-1","cidrBlock":"10.0.1.0/24"}"#,
            r#"{"subnet":{"subnetId":"subnet-1","vpcId":"vpc-1","mapPublicIpOnLaunch":false}}"#,
            &[
                r#"Subnet subnet-1 create Certain; VpcId "vpc-1"; MapPublicIpOnLaunch false"#,
                "VPC vpc-1 put Subnets subnet-1 {}",
                "subnet subnet-1 begins to mean VPC vpc-1",
            ],
        );
        check(
            "ModifySubnetAttribute",
            r#"{"subnetId":"subnet-1","mapPublicIpOnLaunch":{"value":true}}"#,
            r#"{"_return":true}"#,
            &["Subnet subnet-1 set MapPublicIpOnLaunch true"],
        );
        check(
            "CreateRouteTable",
            r#"{"vpcId":"vpc-1"}"#,
            r#"{"routeTable":{"routeTableId":"rtb-1","vpcId":"vpc-1"}}"#,
            &["route-table rtb-1 begins to mean VPC vpc-1"],
        );
        check(
            "AssociateRouteTable",
            r#"{"routeTableId":"rtb-1","subnetId":"subnet-1"}"#,
            r#"{"associationId":"rtbassoc-1"}"#,
            &[
                r#"Subnet subnet-1 set RouteTableId "rtb-1""#,
                "route-table-association rtbassoc-1 begins to mean Subnet subnet-1",
            ],
        );
        check(
            "AssociateRouteTable",
            r#"{"routeTableId":"rtb-1","gatewayId":"igw-1"}"#,
            r#"{"associationId":"rtbassoc-1"}"#,
            &["nothing: no_effect"],
        );
        check(
            "ReplaceRouteTableAssociation",
            r#"{"associationId":"rtbassoc-1","routeTableId":"rtb-2"}"#,
            r#"{"newAssociationId":"rtbassoc-2"}"#,
            &[r#"AWS::EC2::Subnet route-table-association=rtbassoc-1 set RouteTableId "rtb-2""#],
        );
        check(
            "DisassociateRouteTable",
            r#"{"associationId":"rtbassoc-1"}"#,
            r#"{"_return":true}"#,
            &["AWS::EC2::Subnet route-table-association=rtbassoc-1 clear RouteTableId"],
        );
        check(
            "DeleteSubnet",
            r#"{"subnetId":"subnet-1"}"#,
            r#"{"_return":true}"#,
            &["Subnet subnet-1 delete", "AWS::EC2::VPC subnet=subnet-1 remove Subnets subnet-1"],
        );
    }

    #[test]
    fn only_routes_to_the_internet_are_kept() {
        check(
            "CreateRoute",
            r#"{"routeTableId":"rtb-1","destinationCidrBlock":"0.0.0.0/0","gatewayId":"igw-1"}"#,
            r#"{"_return":true}"#,
            &[r#"AWS::EC2::VPC route-table=rtb-1 put InternetRoutes rtb-1 0.0.0.0/0 {"RouteTableId":"rtb-1"}"#],
        );
        check(
            "CreateRoute",
            r#"{"routeTableId":"rtb-1","destinationIpv6CidrBlock":"::/0","egressOnlyInternetGatewayId":"eigw-1"}"#,
            r#"{"_return":true}"#,
            &["AWS::EC2::VPC route-table=rtb-1 remove InternetRoutes rtb-1 ::/0"],
        );
        check(
            "ReplaceRoute",
            r#"{"routeTableId":"rtb-1","destinationCidrBlock":"0.0.0.0/0","natGatewayId":"nat-1"}"#,
            r#"{"_return":true}"#,
            &["AWS::EC2::VPC route-table=rtb-1 remove InternetRoutes rtb-1 0.0.0.0/0"],
        );
        check(
            "DeleteRoute",
            r#"{"routeTableId":"rtb-1","destinationCidrBlock":"0.0.0.0/0"}"#,
            r#"{"_return":true}"#,
            &["AWS::EC2::VPC route-table=rtb-1 remove InternetRoutes rtb-1 0.0.0.0/0"],
        );
    }

    #[test]
    fn interfaces_show_that_a_network_is_in_use() {
        check(
            "CreateNetworkInterface",
            r#"{"subnetId":"subnet-1"}"#,
            r#"{"networkInterface":{"networkInterfaceId":"eni-1","vpcId":"vpc-1","requesterManaged":false,"groupSet":{"items":[{"groupId":"sg-1","groupName":"default"},{"groupId":"sg-2","groupName":"web"}]}}}"#,
            &[
                r#"SecurityGroup sg-1 set GroupName "default""#,
                r#"VPC vpc-1 put Interfaces eni-1 {"RequesterManaged":false}"#,
                "network-interface eni-1 begins to mean VPC vpc-1",
                "default-group vpc-1 means SecurityGroup sg-1",
            ],
        );
        check(
            "DeleteNetworkInterface",
            r#"{"networkInterfaceId":"eni-1"}"#,
            r#"{"_return":true}"#,
            &["AWS::EC2::VPC network-interface=eni-1 remove Interfaces eni-1"],
        );
    }

    // The shapes are derived from the API's model: no such record was ever seen in full.
    #[test]
    fn endpoints_belong_to_their_network_and_have_a_policy() {
        check(
            "CreateVpcEndpoint",
            r#"{"CreateVpcEndpointRequest":{"VpcId":"vpc-1","ServiceName":"com.amazonaws.eu-west-1.s3","RouteTableId":[{"tag":1,"content":"rtb-1"},{"tag":2,"content":"rtb-2"}]}}"#,
            r#"{"CreateVpcEndpointResponse":{"vpcEndpoint":{"vpcEndpointId":"vpce-1","vpcEndpointType":"Gateway","vpcId":"vpc-1","serviceName":"com.amazonaws.eu-west-1.s3","state":"available"}}}"#,
            &[
                r#"VPCEndpoint vpce-1 create Certain; ServiceName "com.amazonaws.eu-west-1.s3"; VpcEndpointType "Gateway""#,
                r#"VPC vpc-1 put Endpoints vpce-1 {"ServiceName":"com.amazonaws.eu-west-1.s3","State":"available","VpcEndpointType":"Gateway"}"#,
                r#"VPC vpc-1 put EndpointRoutes vpce-1 rtb-1 {"RouteTableId":"rtb-1","VpcEndpointId":"vpce-1"}"#,
                r#"VPC vpc-1 put EndpointRoutes vpce-1 rtb-2 {"RouteTableId":"rtb-2","VpcEndpointId":"vpce-1"}"#,
                "vpc-endpoint vpce-1 begins to mean VPC vpc-1",
            ],
        );
        check(
            "CreateVpcEndpoint",
            r#"{"CreateVpcEndpointRequest":{"VpcId":"vpc-1","ServiceName":"com.amazonaws.eu-west-1.kms","VpcEndpointType":"Interface","PrivateDnsEnabled":true,"PolicyDocument":"{\"Statement\":[]}"}}"#,
            r#"{"CreateVpcEndpointResponse":{"vpcEndpoint":{"vpcEndpointId":"vpce-2","vpcEndpointType":"Interface","vpcId":"vpc-1","serviceName":"com.amazonaws.eu-west-1.kms","state":"pending"}}}"#,
            &[
                r#"VPCEndpoint vpce-2 create Certain; PolicyDocument {"Statement":[]}; ServiceName "com.amazonaws.eu-west-1.kms"; VpcEndpointType "Interface""#,
                r#"VPC vpc-1 put Endpoints vpce-2 {"ServiceName":"com.amazonaws.eu-west-1.kms","State":"pending","VpcEndpointType":"Interface"}"#,
                "VPC vpc-1 put EndpointPrivateDns vpce-2 {}",
                "vpc-endpoint vpce-2 begins to mean VPC vpc-1",
            ],
        );
        check(
            "ModifyVpcEndpoint",
            r#"{"ModifyVpcEndpointRequest":{"VpcEndpointId":"vpce-1","ResetPolicy":true,"AddRouteTableId":{"tag":1,"content":"rtb-3"},"RemoveRouteTableId":{"tag":1,"content":"rtb-1"}}}"#,
            r#"{"ModifyVpcEndpointResponse":{"return":true}}"#,
            &[
                "VPCEndpoint vpce-1 clear PolicyDocument",
                "AWS::EC2::VPC vpc-endpoint=vpce-1 remove EndpointRoutes vpce-1 rtb-1",
                r#"AWS::EC2::VPC vpc-endpoint=vpce-1 put EndpointRoutes vpce-1 rtb-3 {"RouteTableId":"rtb-3","VpcEndpointId":"vpce-1"}"#,
            ],
        );
        check(
            "ModifyVpcEndpoint",
            r#"{"ModifyVpcEndpointRequest":{"VpcEndpointId":"vpce-2","PrivateDnsEnabled":false,"PolicyDocument":"no policy"}}"#,
            r#"{"ModifyVpcEndpointResponse":{"return":true}}"#,
            &[
                "VPCEndpoint vpce-2 stale PolicyDocument not_understood",
                "AWS::EC2::VPC vpc-endpoint=vpce-2 remove EndpointPrivateDns vpce-2",
            ],
        );
        check(
            "DeleteVpcEndpoints",
            r#"{"DeleteVpcEndpointsRequest":{"VpcEndpointId":{"tag":1,"content":"vpce-1"}}}"#,
            r#"{"DeleteVpcEndpointsResponse":{"unsuccessful":""}}"#,
            &[
                "VPCEndpoint vpce-1 delete",
                "AWS::EC2::VPC vpc-endpoint=vpce-1 remove Endpoints vpce-1",
                "AWS::EC2::VPC vpc-endpoint=vpce-1 remove EndpointPrivateDns vpce-1",
                r#"AWS::EC2::VPC vpc-endpoint=vpce-1 remove EndpointRoutes VpcEndpointId="vpce-1""#,
            ],
        );
    }

    #[test]
    fn acl_entries_have_a_direction_and_a_number() {
        check(
            "CreateNetworkAcl",
            r#"{"vpcId":"vpc-1"}"#,
            r#"{"networkAcl":{"networkAclId":"acl-1","vpcId":"vpc-1"}}"#,
            &[r#"NetworkAcl acl-1 create Certain; VpcId "vpc-1""#],
        );
        check(
            "CreateNetworkAclEntry",
            r#"{"networkAclId":"acl-1","ruleNumber":12,"egress":false,"ruleAction":"allow","icmpTypeCode":{},"portRange":{"from":700,"to":702},"aclProtocol":"6","cidrBlock":"0.0.0.0/0"}"#,
            r#"{"_return":true}"#,
            &[
                r#"NetworkAcl acl-1 put Entries ingress 12 {"CidrBlock":"0.0.0.0/0","Egress":false,"PortRange":{"From":700,"To":702},"Protocol":"6","RuleAction":"allow","RuleNumber":12}"#,
            ],
        );
        check(
            "ReplaceNetworkAclEntry",
            r#"{"networkAclId":"acl-1","ruleNumber":500,"egress":true,"ruleAction":"deny","icmpTypeCode":{},"portRange":{},"aclProtocol":"-1","ipv6CidrBlock":"::/0"}"#,
            r#"{"_return":true}"#,
            &[
                r#"NetworkAcl acl-1 put Entries egress 500 {"Egress":true,"Ipv6CidrBlock":"::/0","Protocol":"-1","RuleAction":"deny","RuleNumber":500}"#,
            ],
        );
        check(
            "DeleteNetworkAclEntry",
            r#"{"networkAclId":"acl-1","ruleNumber":12,"egress":false}"#,
            r#"{"_return":true}"#,
            &["NetworkAcl acl-1 remove Entries ingress 12"],
        );
        check("DeleteNetworkAcl", r#"{"networkAclId":"acl-1"}"#, r#"{"_return":true}"#, &["NetworkAcl acl-1 delete"]);
    }
}
