//! Networks, subnets, network ACLs and endpoints.

use trailhound_model::kinds::ec2::network::{
    self, ACL_ENTRIES, ACL_VPC_ID, ENDPOINT_DNS, ENDPOINT_POLICY, ENDPOINT_ROUTES, ENDPOINT_SERVICE, ENDPOINT_TYPE,
    ENDPOINTS, FLOW_LOGS, INTERFACES, INTERNET_ROUTES, MAP_PUBLIC_IP, NETWORK_ACL, ROUTE_TABLE, SUBNET, SUBNET_VPC_ID,
    SUBNETS, VPC, VPC_ENDPOINT,
};
use trailhound_model::{Map, Text, Value};
use trailhound_trail::interpret::Body;
use trailhound_trail::interpret::ec2::network::acl_entry;

use super::{call, filter, list, one};
use crate::client::{Call, Error};
use crate::read::{Answer, KindReads, Read, Reader, document, entries, known, needed, stated};

static DESCRIBE_VPCS: Call =
    call("DescribeVpcs", "ec2:DescribeVpcs").gone(&[("InvalidVpcID.NotFound", ""), ("InvalidVpcID.Malformed", "")]);
static DESCRIBE_FLOW_LOGS: Call = list("DescribeFlowLogs", "ec2:DescribeFlowLogs");
static DESCRIBE_ENDPOINTS: Call = list("DescribeVpcEndpoints", "ec2:DescribeVpcEndpoints")
    .gone(&[("InvalidVpcEndpointId.NotFound", ""), ("InvalidVpcEndpointId.Malformed", "")]);
static DESCRIBE_ROUTE_TABLES: Call = list("DescribeRouteTables", "ec2:DescribeRouteTables");
static DESCRIBE_SUBNETS: Call = list("DescribeSubnets", "ec2:DescribeSubnets")
    .gone(&[("InvalidSubnetID.NotFound", ""), ("InvalidSubnetID.Malformed", "")]);
static DESCRIBE_INTERFACES: Call = list("DescribeNetworkInterfaces", "ec2:DescribeNetworkInterfaces");
static DESCRIBE_ACLS: Call = call("DescribeNetworkAcls", "ec2:DescribeNetworkAcls")
    .gone(&[("InvalidNetworkAclID.NotFound", ""), ("InvalidNetworkAclID.Malformed", "")]);

pub(crate) static READS: &[KindReads] = &[
    KindReads {
        kind: &VPC,
        reads: &[
            Read {
                facets: &[&FLOW_LOGS.def],
                calls: &[&DESCRIBE_VPCS, &DESCRIBE_FLOW_LOGS],
                run: |reader| {
                    Box::pin(async move {
                        let answer = in_network(reader, &DESCRIBE_FLOW_LOGS, "resource-id").await?;
                        let logs = answer.list(&["flowLogSet"]).map(|log| {
                            let entry = Value::map([
                                ("TrafficType", Some(needed(log.text("trafficType"))?.into())),
                                ("FlowLogStatus", log.text("flowLogStatus").map(Value::from)),
                            ]);
                            Ok((needed(log.text("flowLogId"))?.into(), entry))
                        });
                        Ok(vec![(&FLOW_LOGS.def, entries(logs.collect::<Result<Vec<_>, Error>>()?))])
                    })
                },
            },
            Read {
                facets: &[&ENDPOINTS.def, &ENDPOINT_DNS.def, &ENDPOINT_ROUTES.def],
                calls: &[&DESCRIBE_VPCS, &DESCRIBE_ENDPOINTS],
                run: |reader| {
                    Box::pin(async move {
                        let answer = in_network(reader, &DESCRIBE_ENDPOINTS, "vpc-id").await?;
                        let (mut all, mut dns, mut routes) = (Map::new(), Map::new(), Map::new());
                        for endpoint in answer.list(&["vpcEndpointSet"]).filter(|endpoint| !is_ending(*endpoint)) {
                            let id: Text = needed(endpoint.text("vpcEndpointId"))?.into();
                            let entry = Value::map([
                                ("ServiceName", Some(needed(endpoint.text("serviceName"))?.into())),
                                ("VpcEndpointType", Some(endpoint.text("vpcEndpointType").unwrap_or("Gateway").into())),
                                ("State", endpoint.text("state").map(Value::from)),
                            ]);
                            if endpoint.flag("privateDnsEnabled") == Some(true) {
                                dns.insert(id.clone(), Map::new().into());
                            }
                            for table in endpoint.texts("routeTableIdSet") {
                                let entry = Value::map([
                                    ("VpcEndpointId", Some(id.clone().into())),
                                    ("RouteTableId", Some(table.into())),
                                ]);
                                routes.insert(network::endpoint_route(&id, table).into(), entry);
                            }
                            all.insert(id, entry);
                        }
                        Ok(vec![
                            (&ENDPOINTS.def, known(all)),
                            (&ENDPOINT_DNS.def, known(dns)),
                            (&ENDPOINT_ROUTES.def, known(routes)),
                        ])
                    })
                },
            },
            Read {
                facets: &[&INTERNET_ROUTES.def],
                calls: &[&DESCRIBE_VPCS, &DESCRIBE_ROUTE_TABLES],
                run: |reader| {
                    Box::pin(async move {
                        let answer = in_network(reader, &DESCRIBE_ROUTE_TABLES, "vpc-id").await?;
                        let mut routes = Vec::new();
                        for table in answer.list(&["routeTableSet"]) {
                            let id = needed(table.text("routeTableId"))?;
                            let to_internet = |route: &Body<'_>| {
                                route.text("gatewayId").is_some_and(|gateway| gateway.starts_with("igw-"))
                            };
                            for route in table.list("routeSet").into_iter().filter(to_internet) {
                                let destination =
                                    ["destinationCidrBlock", "destinationIpv6CidrBlock", "destinationPrefixListId"]
                                        .into_iter()
                                        .find_map(|member| route.text(member));
                                let entry = Value::map([("RouteTableId", Some(id.into()))]);
                                routes.push((network::route(id, needed(destination)?).into(), entry));
                            }
                        }
                        Ok(vec![(&INTERNET_ROUTES.def, entries(routes))])
                    })
                },
            },
            Read {
                facets: &[&SUBNETS.def],
                calls: &[&DESCRIBE_VPCS, &DESCRIBE_SUBNETS],
                run: |reader| {
                    Box::pin(async move {
                        let answer = in_network(reader, &DESCRIBE_SUBNETS, "vpc-id").await?;
                        let subnets = answer.list(&["subnetSet"]).filter_map(|subnet| subnet.text("subnetId"));
                        Ok(vec![(&SUBNETS.def, entries(subnets.map(|id| (id.into(), Map::new().into()))))])
                    })
                },
            },
            Read {
                facets: &[&INTERFACES.def],
                calls: &[&DESCRIBE_VPCS, &DESCRIBE_INTERFACES],
                run: |reader| {
                    Box::pin(async move {
                        let answer = in_network(reader, &DESCRIBE_INTERFACES, "vpc-id").await?;
                        let mut all = Vec::new();
                        for interface in answer.list(&["networkInterfaceSet"]) {
                            let attachment = interface.at(&["attachment"]);
                            // Those that end with their instance are kept under its id.
                            let instance = attachment
                                .text("instanceId")
                                .filter(|_| attachment.flag("deleteOnTermination") == Some(true));
                            let key = instance.or_else(|| interface.text("networkInterfaceId"));
                            let by_service = interface.flag("requesterManaged").unwrap_or(false);
                            let entry = Value::map([("RequesterManaged", Some(by_service.into()))]);
                            all.push((needed(key)?.into(), entry));
                        }
                        Ok(vec![(&INTERFACES.def, entries(all))])
                    })
                },
            },
        ],
    },
    KindReads {
        kind: &SUBNET,
        reads: &[
            Read {
                facets: &[&MAP_PUBLIC_IP.def, &SUBNET_VPC_ID.def],
                calls: &[&DESCRIBE_SUBNETS],
                run: |reader| {
                    Box::pin(async move {
                        let answer = reader.ask(&DESCRIBE_SUBNETS, [("SubnetId", one(reader.id()))]).await?;
                        let subnet = answer.only(&["subnetSet"])?;
                        Ok(vec![
                            (&MAP_PUBLIC_IP.def, known(needed(subnet.flag("mapPublicIpOnLaunch"))?)),
                            (&SUBNET_VPC_ID.def, known(needed(subnet.text("vpcId"))?)),
                        ])
                    })
                },
            },
            Read {
                facets: &[&ROUTE_TABLE.def],
                calls: &[&DESCRIBE_SUBNETS, &DESCRIBE_ROUTE_TABLES],
                run: |reader| {
                    Box::pin(async move {
                        let subnet = reader.ask(&DESCRIBE_SUBNETS, [("SubnetId", one(reader.id()))]);
                        let tables = reader.ask(&DESCRIBE_ROUTE_TABLES, [filter("association.subnet-id", reader.id())]);
                        let (subnet, tables) = tokio::join!(subnet, tables);
                        subnet?.only(&["subnetSet"])?;
                        let tables = tables?;
                        // A subnet without a table of its own uses the network's main one.
                        let table = tables.list(&["routeTableSet"]).find_map(|table| table.text("routeTableId"));
                        Ok(vec![(&ROUTE_TABLE.def, stated(table))])
                    })
                },
            },
        ],
    },
    KindReads {
        kind: &VPC_ENDPOINT,
        reads: &[Read {
            facets: &[&ENDPOINT_POLICY.def, &ENDPOINT_SERVICE.def, &ENDPOINT_TYPE.def],
            calls: &[&DESCRIBE_ENDPOINTS],
            run: |reader| {
                Box::pin(async move {
                    let answer = reader.ask(&DESCRIBE_ENDPOINTS, [("VpcEndpointId", one(reader.id()))]).await?;
                    let endpoint = answer.only(&["vpcEndpointSet"])?;
                    if is_ending(endpoint) {
                        return Err(Error::Deleting);
                    }
                    Ok(vec![
                        (&ENDPOINT_POLICY.def, document(endpoint, "policyDocument")),
                        (&ENDPOINT_SERVICE.def, known(needed(endpoint.text("serviceName"))?)),
                        (&ENDPOINT_TYPE.def, known(endpoint.text("vpcEndpointType").unwrap_or("Gateway"))),
                    ])
                })
            },
        }],
    },
    KindReads {
        kind: &NETWORK_ACL,
        reads: &[Read {
            facets: &[&ACL_ENTRIES.def, &ACL_VPC_ID.def],
            calls: &[&DESCRIBE_ACLS],
            run: |reader| {
                Box::pin(async move {
                    let answer = reader.ask(&DESCRIBE_ACLS, [("NetworkAclId", one(reader.id()))]).await?;
                    let acl = answer.only(&["networkAclSet"])?;
                    let mut all = Vec::new();
                    for entry in acl.list("entrySet") {
                        let (egress, number) = (needed(entry.flag("egress"))?, needed(entry.int("ruleNumber"))?);
                        // The last entry of each side denies the rest; nobody made it and nobody can change it.
                        if number < 32_767 {
                            let key = network::acl_entry(egress, number).into();
                            all.push((key, acl_entry(entry, egress, number)));
                        }
                    }
                    Ok(vec![(&ACL_ENTRIES.def, entries(all)), (&ACL_VPC_ID.def, known(needed(acl.text("vpcId"))?))])
                })
            },
        }],
    },
];

/// What a list has of the network, if the network exists.
async fn in_network(reader: &Reader<'_>, call: &'static Call, by: &'static str) -> Result<Answer, Error> {
    let network = reader.ask(&DESCRIBE_VPCS, [("VpcId", one(reader.id()))]);
    let (network, listed) = tokio::join!(network, reader.ask(call, [filter(by, reader.id())]));
    network?.only(&["vpcSet"])?;
    listed
}

fn is_ending(endpoint: Body<'_>) -> bool {
    let state = endpoint.text("state").unwrap_or_default();
    ["deleting", "deleted"].iter().any(|ending| state.eq_ignore_ascii_case(ending))
}
