use trailhound_model::kinds::cloudfront::{DISTRIBUTION, VIEWER_CERTIFICATE};
use trailhound_model::{Verdict, Why};

use crate::rule;

rule! {
    /// Distributions refuse anything older than TLS 1.2.
    ///
    /// ## Why
    /// TLS 1.0 and 1.1 have known weaknesses and are withdrawn. CloudFront's own certificate, which a distribution without a
    /// domain name of its own uses, accepts them and cannot be told otherwise.
    ///
    /// ## Fix
    /// - Console: distribution → Settings → Edit → an own domain name, a custom SSL certificate, and the security policy
    ///   `TLSv1.2_2021`.
    /// - CLI: `aws cloudfront update-distribution` with `ViewerCertificate` `ACMCertificateArn`, `SSLSupportMethod` `sni-only`
    ///   and `MinimumProtocolVersion` `TLSv1.2_2021`.
    /// - CloudFormation: `ViewerCertificate` with `AcmCertificateArn`, `SslSupportMethod: sni-only` and
    ///   `MinimumProtocolVersion: TLSv1.2_2021`.
    ///
    /// ## Limits
    /// Ciphers are not looked at. A security policy whose name is not of AWS's known pattern is answered with unknown.
    item: EncryptionInTransit,
    severity: Low,
    kinds: [DISTRIBUTION],
    reads: [VIEWER_CERTIFICATE],
    opens_on: ["CreateDistribution2020_05_31", "UpdateDistribution2020_05_31"],
    closes_on: ["DeleteDistribution2020_05_31", "UpdateDistribution2020_05_31"],
    controls: [
        (SecurityHub, "~CloudFront.15"),
        (PciDss, "4.2.1"),
        (Nist80053, "AC-17(2)"),
        (Nist80053, "SC-8"),
        (AwsConfig, "~cloudfront-ssl-policy-check"),
    ],
    judge: |distribution, _| {
        let fail = |message: String| Ok(Verdict::fail("ViewerCertificate", message));
        let certificate = distribution.get(&VIEWER_CERTIFICATE).known()?;
        let Some(certificate) = certificate.filter(|certificate| !certificate.cloud_front_default_certificate) else {
            return fail("CloudFront's own certificate accepts TLS 1.0".to_owned());
        };
        match certificate.minimum_protocol_version.as_deref() {
            None => fail("no minimum version of TLS is set".to_owned()),
            Some(version) => match version.split('_').next() {
                Some("TLSv1.2" | "TLSv1.3") => Ok(Verdict::Pass),
                Some("SSLv3" | "TLSv1" | "TLSv1.1") => fail(format!("`{version}` accepts TLS older than 1.2")),
                _ => Err(Why::NotUnderstood(format!("the security policy `{version}`").into())),
            },
        }
    },
}
