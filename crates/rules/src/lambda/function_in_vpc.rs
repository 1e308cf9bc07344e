use trailhound_model::Verdict;
use trailhound_model::kinds::lambda::{FUNCTION, VPC};

use crate::rule;

rule! {
    /// Functions run in a network of the account.
    ///
    /// ## Why
    /// Outside a VPC a function reaches the whole internet and no rule of yours stands between. Inside, security groups, flow
    /// logs and endpoint policies apply.
    ///
    /// ## Fix
    /// - Console: function → Configuration → VPC → Edit → choose private subnets and a security group.
    /// - CLI: `aws lambda update-function-configuration --function-name NAME --vpc-config
    ///   SubnetIds=SUBNET,SecurityGroupIds=GROUP`
    /// - CloudFormation: `VpcConfig` with `SubnetIds` and `SecurityGroupIds` on `AWS::Lambda::Function`.
    ///
    /// ## Limits
    /// Whether the subnets are private is not looked at. Many functions need no network: the rule is off until switched on.
    item: PrivateNetwork,
    severity: Low,
    kinds: [FUNCTION],
    reads: [VPC],
    opens_on: ["CreateFunction20150331", "UpdateFunctionConfiguration20150331v2"],
    closes_on: ["UpdateFunctionConfiguration20150331v2"],
    controls: [
        (SecurityHub, "Lambda.3"),
        (Nist80053, "AC-3"),
        (Nist80053, "SC-7"),
        (AwsConfig, "lambda-inside-vpc"),
    ],
    optional: true,
    judge: |function, _| {
        let vpc = function.get(&VPC).known()?.unwrap_or_default();
        Ok(if vpc.subnet_ids.is_empty() {
            Verdict::fail("VpcConfig", "the function runs outside any VPC")
        } else {
            Verdict::Pass
        })
    },
}
