use trailhound_model::kinds::iam::{USER, user};
use trailhound_model::{Evidence, Verdict};

use super::keys;
use crate::rule;

rule! {
    /// Users have no active credential for a single service.
    ///
    /// ## Why
    /// CodeCommit passwords, Keyspaces credentials and Bedrock API keys work without a signature and a second factor until
    /// somebody revokes them.
    ///
    /// ## Fix
    /// - Console: IAM → Users → the user → Security credentials → the service's credentials → Make inactive or Delete.
    /// - CLI: `aws iam update-service-specific-credential --user-name NAME --service-specific-credential-id ID --status Inactive`
    /// - CloudFormation: there is no type for it; use signed requests with a role's credentials.
    ///
    /// ## Limits
    /// An expiry date on the credential is not counted.
    item: NoLongTermCredentials,
    severity: Medium,
    kinds: [USER],
    reads: [user::SERVICE_CREDENTIALS],
    opens_on: ["CreateServiceSpecificCredential", "UpdateServiceSpecificCredential"],
    closes_on: ["DeleteServiceSpecificCredential", "UpdateServiceSpecificCredential"],
    controls: [(PciDss, "8.6.3"), (Nist80053, "AC-2"), (Nist80053, "IA-5")],
    judge: |user, _| {
        let credentials = user.entries(&user::SERVICE_CREDENTIALS)?;
        let active = credentials.matching(|_, credential| credential.status == "Active")?;
        let found = active.into_iter().map(|(id, credential)| {
            let service = credential.service_name.as_deref().unwrap_or("a service");
            Evidence::new(id, format!("active credential for `{service}`"))
        });
        Ok(Verdict::unless(found.collect(), |found| {
            format!("the user has active credentials for single services: {}", keys(found))
        }))
    },
}
