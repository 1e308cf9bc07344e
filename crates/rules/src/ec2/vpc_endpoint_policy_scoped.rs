use trailhound_model::kinds::ec2::network::{ENDPOINT_POLICY, ENDPOINT_SERVICE, ENDPOINT_TYPE, VPC_ENDPOINT};
use trailhound_model::{Verdict, Why};

use super::keys;
use crate::policy::Policy;
use crate::rule;

rule! {
    /// VPC endpoints have a policy that names what may pass.
    ///
    /// ## Why
    /// An endpoint that lets everything through is a way out for data: into any bucket or queue of any account, past every
    /// firewall.
    ///
    /// ## Fix
    /// - Console: VPC → Endpoints → the endpoint → Policy → Edit policy.
    /// - CLI: `aws ec2 modify-vpc-endpoint --vpc-endpoint-id ID --policy-document file://policy.json`
    /// - CloudFormation: `PolicyDocument` on `AWS::EC2::VPCEndpoint`; without it AWS allows everything.
    ///
    /// ## Limits
    /// A condition that ties the caller or the resource to an account, organisation or network is enough. Endpoints of other
    /// types than Gateway and Interface, and those to services that are not AWS's, have no policy. Some of AWS's services take
    /// none either: accept the finding for them.
    item: PrivateNetwork,
    severity: Low,
    kinds: [VPC_ENDPOINT],
    reads: [ENDPOINT_POLICY, ENDPOINT_SERVICE, ENDPOINT_TYPE],
    opens_on: ["CreateVpcEndpoint", "ModifyVpcEndpoint"],
    closes_on: ["DeleteVpcEndpoints", "ModifyVpcEndpoint"],
    controls: [(Nist80053, "AC-4"), (Nist80053, "SC-7")],
    judge: |endpoint, _| {
        let kind = endpoint.get(&ENDPOINT_TYPE).known()?.unwrap_or_else(|| "Gateway".to_owned());
        if !matches!(&*kind, "Gateway" | "Interface") {
            return Ok(Verdict::not_applicable(format!("endpoints of type `{kind}` have no policy")));
        }
        let service = endpoint.get(&ENDPOINT_SERVICE).known()?.unwrap_or_default();
        if service.starts_with("com.amazonaws.vpce.") {
            return Ok(Verdict::not_applicable("endpoints to services of others have no policy"));
        }
        let Some(document) = endpoint.get(&ENDPOINT_POLICY).known()? else {
            return Ok(Verdict::fail("PolicyDocument", "the endpoint has no policy, so everything may pass"));
        };
        let policy = Policy::from_value(&document).map_err(|error| Why::NotUnderstood(error.to_string().into()))?;
        policy.unscoped_endpoint().answer(|open| format!("the endpoint's policy lets too much through by {}", keys(open)))
    },
}
