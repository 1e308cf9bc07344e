use trailhound_model::kinds::lambda::{FUNCTION, URLS};
use trailhound_model::{Evidence, Verdict};

use crate::rule;
use crate::signs::listed;

rule! {
    /// Function URLs ask who is calling.
    ///
    /// ## Why
    /// A URL with `AuthType` `NONE` answers everyone on the internet. Whoever finds it runs the function with its role;
    /// nothing in front of it counts, limits or logs callers.
    ///
    /// ## Fix
    /// - Console: function → Configuration → Function URL → Edit → Auth type `AWS_IAM`.
    /// - CLI: `aws lambda update-function-url-config --function-name NAME --auth-type AWS_IAM`; then remove the permission
    ///   whose condition is `lambda:FunctionUrlAuthType` `NONE`.
    /// - CloudFormation: `AuthType: AWS_IAM` on `AWS::Lambda::Url`.
    ///
    /// ## Limits
    /// A function that checks a signature or token itself fails too: accept it with an exception. The permission that such
    /// a URL needs is not looked at.
    item: S3PublicAccess,
    severity: High,
    kinds: [FUNCTION],
    reads: [URLS],
    opens_on: ["CreateFunctionUrlConfig", "UpdateFunctionUrlConfig"],
    closes_on: [
        "DeleteAlias20150331",
        "DeleteFunction20150331",
        "DeleteFunctionUrlConfig",
        "UpdateFunctionUrlConfig",
    ],
    controls: [],
    judge: |function, _| {
        let urls = function.entries(&URLS)?;
        if !urls.any(|_, _| true).known()? {
            return Ok(Verdict::not_applicable("it has no URL"));
        }
        let open = urls.matching(|_, auth| auth != "AWS_IAM")?;
        let open = open.into_iter().map(|(qualifier, auth)| Evidence::new(qualifier, format!("`AuthType` is `{auth}`")));
        Ok(Verdict::unless(open.collect(), |open| {
            format!("everyone may call the function's URL: {}", listed(open.iter().map(|entry| &*entry.key)))
        }))
    },
}
