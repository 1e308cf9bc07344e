use trailhound_model::kinds::iam::{ROLE, role};

use super::trust;
use crate::rule;

rule! {
    /// Roles that a service takes for its customers say on whose behalf.
    ///
    /// ## Why
    /// Some services act for every customer who asks. Without a condition on the source, another customer's resource can make the
    /// service use your role: the confused deputy.
    ///
    /// ## Fix
    /// - Console: IAM → Roles → the role → Trust relationships → Edit: add the condition.
    /// - CLI: `aws iam update-assume-role-policy --role-name NAME --policy-document file://trust.json`
    /// - CloudFormation: `Condition: { StringEquals: { aws:SourceAccount: !Ref AWS::AccountId } }` in `AssumeRolePolicyDocument`.
    ///
    /// ## Limits
    /// Looks at the services whose guides ask for such a condition, a fixed list; services that pass roles only within one account
    /// (EC2, Lambda) are not on it. Roles that AWS services own are left out.
    item: IamLeastPrivilege,
    severity: Low,
    kinds: [ROLE],
    reads: [role::PATH, role::TRUST],
    opens_on: ["CreateRole", "UpdateAssumeRolePolicy"],
    closes_on: ["UpdateAssumeRolePolicy"],
    controls: [(Nist80053, "AC-3"), (Nist80053, "AC-6")],
    optional: true,
    judge: |role, _| {
        trust(role, |policy| policy.services_without_source(SERVICES), "the trust policy serves a service for anybody")
    },
}

/// Services that act for other customers and name the source of their calls.
const SERVICES: &[&str] = &[
    "apigateway.amazonaws.com",
    "appsync.amazonaws.com",
    "backup.amazonaws.com",
    "bedrock.amazonaws.com",
    "cloudtrail.amazonaws.com",
    "codebuild.amazonaws.com",
    "config.amazonaws.com",
    "datasync.amazonaws.com",
    "delivery.logs.amazonaws.com",
    "dms.amazonaws.com",
    "events.amazonaws.com",
    "firehose.amazonaws.com",
    "glue.amazonaws.com",
    "iot.amazonaws.com",
    "logs.amazonaws.com",
    "pipes.amazonaws.com",
    "s3.amazonaws.com",
    "sagemaker.amazonaws.com",
    "scheduler.amazonaws.com",
    "ses.amazonaws.com",
    "sns.amazonaws.com",
    "ssm.amazonaws.com",
    "states.amazonaws.com",
    "transfer.amazonaws.com",
    "vpc-flow-logs.amazonaws.com",
];
