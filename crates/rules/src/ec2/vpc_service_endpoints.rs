use trailhound_model::kinds::ec2::network::{ENDPOINT_DNS, ENDPOINTS, INTERFACES, VPC};
use trailhound_model::{Evidence, Truth, Verdict};

use super::{in_use, is_made, keys};
use crate::rule;

rule! {
    /// Networks in use reach the services of AWS that they need through interface endpoints.
    ///
    /// ## Why
    /// Without endpoints every call to AWS needs a way to the internet, and whoever takes over a host has that way too.
    ///
    /// ## Fix
    /// - Console: VPC → Endpoints → Create endpoint → the service, with private DNS names.
    /// - CLI: `aws ec2 create-vpc-endpoint --vpc-endpoint-type Interface --vpc-id ID --service-name com.amazonaws.REGION.SERVICE
    ///   --private-dns-enabled --subnet-ids SUBNETS`
    /// - CloudFormation: `AWS::EC2::VPCEndpoint` with `VpcEndpointType: Interface` and `PrivateDnsEnabled: true`.
    ///
    /// ## Limits
    /// Which services are wanted is configurable (`endpoint_services`). Endpoints shared through a central network or by Route
    /// 53 profiles are not seen. An endpoint counts from the call that makes it.
    item: PrivateNetwork,
    severity: Low,
    kinds: [VPC],
    reads: [ENDPOINT_DNS, ENDPOINTS, INTERFACES],
    opens_on: ["DeleteVpcEndpoints", "ModifyVpcEndpoint", "RunInstances"],
    closes_on: ["CreateVpcEndpoint", "DeleteVpc", "ModifyVpcEndpoint", "TerminateInstances"],
    controls: [
        (SecurityHub, "~EC2.10"),
        (SecurityHub, "~EC2.55"),
        (SecurityHub, "~EC2.56"),
        (SecurityHub, "~EC2.57"),
        (PciDss, "1.2.8"),
        (Nist80053, "AC-4"),
        (Nist80053, "SC-7"),
        (AwsConfig, "service-vpc-endpoint-enabled"),
    ],
    judge: |vpc, settings| {
        if !in_use(&vpc.entries(&INTERFACES)?)? {
            return Ok(Verdict::not_applicable("the network is not in use"));
        }
        let (endpoints, dns) = (vpc.entries(&ENDPOINTS)?, vpc.entries(&ENDPOINT_DNS)?);
        let (mut missing, mut doubt) = (Vec::new(), None);
        for service in &settings.endpoint_services {
            let suffix = format!(".{service}");
            let mut unclear = None;
            let reached = endpoints.any(|id, endpoint| {
                endpoint.vpc_endpoint_type == "Interface"
                    && endpoint.service_name.ends_with(&suffix)
                    && is_made(endpoint)
                    && match dns.any(|named, _| named == id) {
                        Truth::Yes => true,
                        Truth::No => false,
                        Truth::Unknown(why) => {
                            unclear = Some(why);
                            false
                        }
                    }
            });
            match (reached, unclear) {
                (Truth::Yes, _) => {}
                (Truth::No, None) => missing.push(Evidence::new(&**service, "has no interface endpoint")),
                (Truth::Unknown(why), _) | (Truth::No, Some(why)) => doubt = Some(why),
            }
        }
        match doubt {
            Some(why) if missing.is_empty() => Err(why),
            _ => Ok(Verdict::unless(missing, |missing| format!("no interface endpoint for {}", keys(missing)))),
        }
    },
}
