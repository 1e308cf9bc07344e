//! Networks: VPCs, their subnets, network ACLs and endpoints.

use serde::Deserialize;

use crate::{Facet, Initial, Keyed, KindDef, Link, RelationDef, Scope, Second, Value};

/// A virtual network. What cannot outlive it and is judged with it are entries here: flow logs, endpoints, routes to an
/// internet gateway, and the interfaces that show whether it is in use. Lists of them are as empty for a network that does
/// not exist: only `DescribeVpcs` tells the two apart.
pub static VPC: KindDef = KindDef {
    name: "AWS::EC2::VPC",
    scope: Scope::Regional,
    arn: Some("arn:{partition}:ec2:{region}:{account}:vpc/{id}"),
    facets: &[
        &ENDPOINTS.def,
        &ENDPOINT_DNS.def,
        &ENDPOINT_ROUTES.def,
        &FLOW_LOGS.def,
        &INTERFACES.def,
        &INTERNET_ROUTES.def,
        &SUBNETS.def,
    ],
    relations: &[&VPC_SUBNETS],
    parts: &[],
    owner: None,
};

/// The network's subnets, each with its route table.
pub static VPC_SUBNETS: RelationDef =
    RelationDef { name: "subnet", to: &SUBNET, link: Link::NamedBy(&SUBNET_VPC_ID.def), borrows: &[&ROUTE_TABLE.def] };

/// The flow logs of the network as a whole (not those of a subnet or interface), keyed by id.
pub static FLOW_LOGS: Keyed<FlowLog> =
    Keyed::observed("FlowLogs").read_by(&["ec2:DescribeFlowLogs", "ec2:DescribeVpcs"]).initially(Initial::Empty);

/// The endpoints, keyed by id.
pub static ENDPOINTS: Keyed<Endpoint> =
    Keyed::observed("Endpoints").read_by(&["ec2:DescribeVpcEndpoints", "ec2:DescribeVpcs"]).initially(Initial::Empty);

/// The endpoints that answer to the service's own name within the network, keyed by id. It can be switched apart from the
/// rest of an endpoint.
pub static ENDPOINT_DNS: Keyed<Value> = Keyed::observed("EndpointPrivateDns")
    .read_by(&["ec2:DescribeVpcEndpoints", "ec2:DescribeVpcs"])
    .initially(Initial::Empty);

/// Which route tables send a service's traffic to a gateway endpoint; [`endpoint_route`] makes the key.
pub static ENDPOINT_ROUTES: Keyed<EndpointRoute> = Keyed::observed("EndpointRoutes")
    .read_by(&["ec2:DescribeVpcEndpoints", "ec2:DescribeVpcs"])
    .initially(Initial::Empty);

/// The routes to an internet gateway; [`route`] makes the key.
pub static INTERNET_ROUTES: Keyed<Route> = Keyed::observed("InternetRoutes")
    .read_by(&["ec2:DescribeRouteTables", "ec2:DescribeVpcs"])
    .initially(Initial::Empty);

/// The subnets, keyed by id.
pub static SUBNETS: Keyed<Value> =
    Keyed::observed("Subnets").read_by(&["ec2:DescribeSubnets", "ec2:DescribeVpcs"]).initially(Initial::Empty);

/// The network interfaces, keyed by id. Those that come and go with an instance are kept under the instance's id, those of
/// an Auto Scaling group or fleet under its tag. One is
/// enough to show that the network is in use.
pub static INTERFACES: Keyed<Interface> = Keyed::observed("Interfaces")
    .read_by(&["ec2:DescribeNetworkInterfaces", "ec2:DescribeVpcs"])
    .initially(Initial::Empty)
    .keeping(32);

/// A flow log.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct FlowLog {
    /// `ALL`, `ACCEPT` or `REJECT`.
    pub traffic_type: String,
    /// `ACTIVE`, as a read shows it.
    pub flow_log_status: Option<String>,
}

/// An endpoint of a network.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Endpoint {
    /// The service, for example `com.amazonaws.eu-west-1.s3`.
    pub service_name: String,
    /// `Gateway`, `Interface`, `GatewayLoadBalancer`, ...; AWS's default is `Gateway`.
    pub vpc_endpoint_type: String,
    /// `available`, `pending`, `rejected`, ...
    pub state: Option<String>,
}

/// A route table that sends traffic to a gateway endpoint.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct EndpointRoute {
    /// The endpoint.
    pub vpc_endpoint_id: String,
    /// The route table.
    pub route_table_id: String,
}

/// The key of an endpoint's route table.
#[must_use]
pub fn endpoint_route(endpoint: &str, table: &str) -> String {
    format!("{endpoint} {table}")
}

/// A route.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Route {
    /// The route table that it stands in.
    pub route_table_id: String,
}

/// The key of a route.
#[must_use]
pub fn route(table: &str, destination: &str) -> String {
    format!("{table} {destination}")
}

/// A network interface.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Interface {
    /// An AWS service made it for itself.
    pub requester_managed: bool,
}

/// A subnet.
pub static SUBNET: KindDef = KindDef {
    name: "AWS::EC2::Subnet",
    scope: Scope::Regional,
    arn: Some("arn:{partition}:ec2:{region}:{account}:subnet/{id}"),
    facets: &[&MAP_PUBLIC_IP.def, &ROUTE_TABLE.def, &SUBNET_VPC_ID.def],
    relations: &[],
    parts: &["AWS::EC2::SubnetRouteTableAssociation"],
    owner: None,
};

/// The network that a subnet belongs to.
pub static SUBNET_VPC_ID: Facet<String> = Facet::property("VpcId").read_by(&["ec2:DescribeSubnets"]);

/// The route table that a subnet is associated with; a subnet without one uses the network's main route table.
pub static ROUTE_TABLE: Facet<String> = Facet::part("AWS::EC2::SubnetRouteTableAssociation", "RouteTableId")
    .read_by(&["ec2:DescribeRouteTables", "ec2:DescribeSubnets"])
    .initially(Initial::Absent);

/// Whether instances get a public IPv4 address unasked. Default subnets do, others do not.
pub static MAP_PUBLIC_IP: Facet<bool> =
    Facet::property("MapPublicIpOnLaunch").read_by(&["ec2:DescribeSubnets"]).initially(Initial::Default(off));

fn off(_created: Second) -> Value {
    Value::Bool(false)
}

/// An endpoint as a resource of its own: for its policy.
pub static VPC_ENDPOINT: KindDef = KindDef {
    name: "AWS::EC2::VPCEndpoint",
    scope: Scope::Regional,
    arn: Some("arn:{partition}:ec2:{region}:{account}:vpc-endpoint/{id}"),
    facets: &[&ENDPOINT_POLICY.def, &ENDPOINT_SERVICE.def, &ENDPOINT_TYPE.def],
    relations: &[],
    parts: &[],
    owner: None,
};

/// The endpoint's policy. Where the creator gives none, AWS's default allows everything.
pub static ENDPOINT_POLICY: Facet<Value> =
    Facet::property("PolicyDocument").read_by(&["ec2:DescribeVpcEndpoints"]).initially(Initial::Absent);

/// The service that the endpoint leads to.
pub static ENDPOINT_SERVICE: Facet<String> = Facet::property("ServiceName").read_by(&["ec2:DescribeVpcEndpoints"]);

/// `Gateway` where the creator does not say, `Interface`, `GatewayLoadBalancer`, ...
pub static ENDPOINT_TYPE: Facet<String> =
    Facet::property("VpcEndpointType").read_by(&["ec2:DescribeVpcEndpoints"]).initially(Initial::Default(gateway));

fn gateway(_created: Second) -> Value {
    "Gateway".into()
}

/// A network ACL.
pub static NETWORK_ACL: KindDef = KindDef {
    name: "AWS::EC2::NetworkAcl",
    scope: Scope::Regional,
    arn: Some("arn:{partition}:ec2:{region}:{account}:network-acl/{id}"),
    facets: &[&ACL_ENTRIES.def, &ACL_VPC_ID.def],
    relations: &[&ACL_VPC],
    parts: &["AWS::EC2::NetworkAclEntry"],
    owner: None,
};

/// The network of an ACL.
pub static ACL_VPC: RelationDef =
    RelationDef { name: "vpc", to: &VPC, link: Link::Named(&ACL_VPC_ID.def), borrows: &[&INTERFACES.def] };

/// The network that an ACL belongs to.
pub static ACL_VPC_ID: Facet<String> = Facet::property("VpcId").read_by(&["ec2:DescribeNetworkAcls"]);

/// The entries of an ACL, in the shape of `AWS::EC2::NetworkAclEntry`, keyed by [`acl_entry`]. The lowest number that matches
/// decides; what no entry matches is denied.
pub static ACL_ENTRIES: Keyed<Value> =
    Keyed::observed("Entries").read_by(&["ec2:DescribeNetworkAcls"]).initially(Initial::Empty);

/// The key of an ACL's entry.
#[must_use]
pub fn acl_entry(egress: bool, number: i64) -> String {
    format!("{} {number}", if egress { "egress" } else { "ingress" })
}
