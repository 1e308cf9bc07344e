use trailhound_model::kinds::lambda::{LAYER_PERMISSIONS, LAYER_VERSION};
use trailhound_model::{Value, Verdict};

use crate::policy::{Flavour, Policy};
use crate::rule;
use crate::signs::listed;

rule! {
    /// Layers let nobody in whom they do not name.
    ///
    /// ## Why
    /// A layer is code and files. A version that everyone may get is published to every AWS account, with whatever was
    /// packed into it.
    ///
    /// ## Fix
    /// - Console: a layer's permissions are not shown there; use the CLI.
    /// - CLI: `aws lambda remove-layer-version-permission --layer-name NAME --version-number N --statement-id SID`; to share
    ///   it, add a permission with an account as `--principal`, or with `--organization-id`.
    /// - CloudFormation: an account as `Principal`, or `OrganizationId`, on `AWS::Lambda::LayerVersionPermission`.
    ///
    /// ## Limits
    /// A layer that is meant for everyone fails too: accept it with an exception.
    item: S3PublicAccess,
    severity: High,
    kinds: [LAYER_VERSION],
    reads: [LAYER_PERMISSIONS],
    opens_on: ["AddLayerVersionPermission20181031"],
    closes_on: ["DeleteLayerVersion20181031", "RemoveLayerVersionPermission20181031"],
    controls: [],
    judge: |layer, _| {
        let permissions = layer.entries(&LAYER_PERMISSIONS)?;
        let statements: Vec<Value> = permissions.seen().map(|(_, statement)| statement.clone()).collect();
        if statements.is_empty() {
            return Ok(Verdict::unless(permissions.settle(Vec::new())?, |_| String::new()));
        }
        let policy = Policy::from_value(&Value::map([("Statement", Some(statements.into()))]))?;
        let open = permissions.settle(policy.public(Flavour::Resource).found()?)?;
        Ok(Verdict::unless(open, |open| {
            format!("everyone may use the layer: {}", listed(open.iter().map(|entry| &*entry.key)))
        }))
    },
}
