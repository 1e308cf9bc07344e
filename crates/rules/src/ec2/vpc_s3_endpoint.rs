use super::{GATEWAY_ENDPOINTS, gateway_endpoint};
use crate::rule;

rule! {
    /// Networks in use reach S3 from their private subnets through a gateway endpoint.
    ///
    /// ## Why
    /// Without the endpoint, traffic to S3 leaves through a NAT gateway: it costs, and no policy of the network can say which
    /// buckets it may reach.
    ///
    /// ## Fix
    /// - Console: VPC → Endpoints → Create endpoint → the service s3, type Gateway → choose the private route tables.
    /// - CLI: `aws ec2 create-vpc-endpoint --vpc-id ID --service-name com.amazonaws.REGION.s3 --route-table-ids TABLE`; an endpoint
    ///   that exists takes more tables by `aws ec2 modify-vpc-endpoint --add-route-table-ids`.
    /// - CloudFormation: `AWS::EC2::VPCEndpoint` with `VpcEndpointType: Gateway` and the tables in `RouteTableIds`.
    ///
    /// ## Limits
    /// A route table is private if a subnet uses it and none of its routes leads to an internet gateway; a network is in use if
    /// it has an interface that no AWS service made for itself. The calls of a log do not show the main route table.
    item: PrivateNetwork,
    severity: Medium,
    family: GATEWAY_ENDPOINTS,
    controls: [(Nist80053, "AC-4"), (Nist80053, "SC-7")],
    judge: |vpc, _| gateway_endpoint(vpc, ".s3"),
}
