use trailhound_model::Verdict;
use trailhound_model::kinds::dms::{ENDPOINT, ENGINE_NAME, SSL_MODE};

use crate::rule;

rule! {
    /// Endpoints of migrations connect to their databases with TLS.
    ///
    /// ## Why
    /// A migration sends a whole database over the way, and its password first. Without TLS both are readable for everyone on it.
    ///
    /// ## Fix
    /// - Console: DMS → Endpoints → the endpoint → Modify → Secure Socket Layer (SSL) mode.
    /// - CLI: `aws dms modify-endpoint --endpoint-arn ARN --ssl-mode verify-full --certificate-arn ARN`, or `require`
    /// - CloudFormation: `SslMode` on `AWS::DMS::Endpoint`.
    ///
    /// ## Limits
    /// Any mode but `none` passes; only `verify-ca` and `verify-full` look at the certificate. Services of AWS (S3, DynamoDB, Kinesis,
    /// OpenSearch, Redshift, Timestream, Neptune), Kafka and Redis do not go by this setting and are not judged.
    item: EncryptionInTransit,
    severity: Medium,
    kinds: [ENDPOINT],
    reads: [ENGINE_NAME, SSL_MODE],
    opens_on: ["CreateEndpoint", "ModifyEndpoint"],
    closes_on: ["DeleteEndpoint", "ModifyEndpoint"],
    controls: [(SecurityHub, "DMS.9"), (PciDss, "4.2.1"), (Nist80053, "SC-8"), (Nist80053, "SC-23")],
    judge: |endpoint, _| {
        if let Some(engine) = endpoint.get(&ENGINE_NAME).known()?.filter(|engine| OTHERWISE.contains(&&**engine)) {
            return Ok(Verdict::not_applicable(format!("`{engine}` does not go by this setting")));
        }
        Ok(match endpoint.get(&SSL_MODE).known()?.as_deref() {
            None | Some("none") => Verdict::fail("SslMode", "connections are not encrypted"),
            Some(_) => Verdict::Pass,
        })
    },
}

/// Engines that are reached by the API of a service, or have a setting of their own.
const OTHERWISE: [&str; 10] =
    ["dynamodb", "elasticsearch", "kafka", "kinesis", "neptune", "opensearch", "redis", "redshift", "s3", "timestream"];
