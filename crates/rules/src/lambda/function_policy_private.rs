use std::collections::BTreeMap;

use trailhound_model::kinds::lambda::{FUNCTION, LATEST, PERMISSIONS};
use trailhound_model::{Evidence, Value, Verdict};

use crate::policy::{Flavour, Policy};
use crate::signs::listed;
use crate::{Signs, rule};

rule! {
    /// The policies of a function, its versions and its aliases let nobody in whom they do not name.
    ///
    /// ## Why
    /// A permission for everyone lets any AWS account run the function, at your cost and with the function's role. It is
    /// also a known way to leave a door behind: one call, and the function's configuration looks untouched.
    ///
    /// ## Fix
    /// - Console: function → Configuration → Permissions → Resource-based policy statements → delete the statement.
    /// - CLI: `aws lambda remove-permission --function-name NAME --statement-id SID` (`--qualifier` for a version or
    ///   alias); then add it again with `--source-account`, `--source-arn` or `--principal-org-id`.
    /// - CloudFormation: on `AWS::Lambda::Permission` name an account or service as `Principal`, and for a service set
    ///   `SourceAccount` or `SourceArn`.
    ///
    /// ## Limits
    /// The statement that a function URL without authorization needs is left to `lambda-function-url-auth`. A service as
    /// principal without a source is not public by this rule, although it can be misused by another customer of that
    /// service.
    item: S3PublicAccess,
    severity: Critical,
    kinds: [FUNCTION],
    reads: [PERMISSIONS],
    opens_on: ["AddPermission20150331v2", "PutResourcePolicy"],
    closes_on: [
        "DeleteAlias20150331",
        "DeleteFunction20150331",
        "DeleteResourcePolicy",
        "PutResourcePolicy",
        "RemovePermission20150331v2",
    ],
    controls: [
        (SecurityHub, "Lambda.1"),
        (PciDss, "7.2.1"),
        (Nist80053, "AC-3"),
        (Nist80053, "AC-6"),
        (Nist80053, "SC-7"),
        (AwsConfig, "lambda-function-public-access-prohibited"),
    ],
    judge: |function, _| {
        let permissions = function.entries(&PERMISSIONS)?;
        let mut policies: BTreeMap<&str, Vec<Value>> = BTreeMap::new();
        for (_, permission) in permissions.seen() {
            policies.entry(&permission.qualifier).or_default().push(permission.statement.clone());
        }
        let mut signs = Signs::default();
        for (qualifier, statements) in policies {
            let found = match Policy::from_value(&Value::map([("Statement", Some(statements.into()))])) {
                Ok(policy) => policy.public(Flavour::Function),
                Err(error) => Signs {
                    unclear: vec![Evidence::new("policy", error.to_string())],
                    why: Some(error.into()),
                    ..Signs::default()
                },
            };
            signs.extend(if qualifier == LATEST { found } else { found.under(qualifier) });
        }
        let open = permissions.settle(signs.found()?)?;
        Ok(Verdict::unless(open, |open| {
            format!("everyone may use the function: {}", listed(open.iter().map(|entry| &*entry.key)))
        }))
    },
}
