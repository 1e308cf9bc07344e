use trailhound_model::Verdict;
use trailhound_model::kinds::cognito::{ALLOW_GUESTS, IDENTITY_POOL};

use crate::rule;

rule! {
    /// Identity pools give credentials to users who signed in, not to guests.
    ///
    /// ## Why
    /// A pool with guests hands AWS credentials to anybody who knows its id, and the id stands in the application's code. What the
    /// guests' role may do, the whole internet may do.
    ///
    /// ## Fix
    /// - Console: Cognito → Identity pools → the pool → User access → Guest access → Deactivate.
    /// - CLI: `aws cognito-identity update-identity-pool --identity-pool-id ID --identity-pool-name NAME
    ///   --no-allow-unauthenticated-identities`, with every other setting that shall stay
    /// - CloudFormation: `AllowUnauthenticatedIdentities: false` on `AWS::Cognito::IdentityPool`.
    ///
    /// ## Limits
    /// Off until switched on: some applications need guests. What their role allows is judged where the role is.
    item: S3PublicAccess,
    severity: Medium,
    kinds: [IDENTITY_POOL],
    reads: [ALLOW_GUESTS],
    opens_on: ["CreateIdentityPool", "UpdateIdentityPool"],
    closes_on: ["DeleteIdentityPool", "UpdateIdentityPool"],
    controls: [(SecurityHub, "Cognito.2"), (Nist80053, "AC-3")],
    optional: true,
    judge: |pool, _| {
        let guests = pool.get(&ALLOW_GUESTS).known()? == Some(true);
        Ok(if guests { Verdict::fail("guests", "guests get credentials") } else { Verdict::Pass })
    },
}
