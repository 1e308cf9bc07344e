//! CloudFront distributions.
//!
//! Every change replaces the whole configuration, of which only the judged parts are kept: origins may carry secret
//! headers.

use serde::Deserialize;

use crate::{Facet, Initial, KindDef, Scope};

/// A distribution. Its id is generated.
pub static DISTRIBUTION: KindDef = KindDef {
    name: "AWS::CloudFront::Distribution",
    scope: Scope::Global,
    arn: Some("arn:{partition}:cloudfront::{account}:distribution/{id}"),
    facets: &[&DEFAULT_CACHE_BEHAVIOR.def, &CACHE_BEHAVIORS.def, &VIEWER_CERTIFICATE.def, &ORIGINS.def],
    relations: &[],
    parts: &[],
    owner: None,
};

/// How requests that no other behaviour matches are served.
pub static DEFAULT_CACHE_BEHAVIOR: Facet<Behavior> = Facet::property("DistributionConfig.DefaultCacheBehavior")
    .read_by(&["cloudfront:GetDistributionConfig"])
    .initially(Initial::Unread);

/// How requests for some paths are served.
pub static CACHE_BEHAVIORS: Facet<Vec<Behavior>> = Facet::property("DistributionConfig.CacheBehaviors")
    .read_by(&["cloudfront:GetDistributionConfig"])
    .initially(Initial::Absent);

/// The certificate and the versions of TLS that viewers meet; absent means CloudFront's own certificate.
pub static VIEWER_CERTIFICATE: Facet<ViewerCertificate> = Facet::property("DistributionConfig.ViewerCertificate")
    .read_by(&["cloudfront:GetDistributionConfig"])
    .initially(Initial::Absent);

/// Where the content comes from.
pub static ORIGINS: Facet<Vec<Origin>> = Facet::property("DistributionConfig.Origins")
    .read_by(&["cloudfront:GetDistributionConfig"])
    .initially(Initial::Unread);

/// How some requests are served.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Behavior {
    /// The paths; the default behaviour has none.
    pub path_pattern: Option<String>,
    /// The origin, or group of origins, that the content comes from.
    pub target_origin_id: Option<String>,
    /// `allow-all`, `redirect-to-https` or `https-only`.
    pub viewer_protocol_policy: String,
}

/// The certificate and the versions of TLS that viewers meet.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct ViewerCertificate {
    /// CloudFront's own certificate, which forces `TLSv1`.
    pub cloud_front_default_certificate: bool,
    /// The policy for the version of TLS, for example `TLSv1.2_2021`.
    pub minimum_protocol_version: Option<String>,
}

/// Where content comes from.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Origin {
    /// Unique in the distribution.
    pub id: String,
    /// How it is reached, unless it is a bucket or in a VPC.
    pub custom_origin_config: Option<CustomOrigin>,
}

/// How an origin that is no bucket is reached.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct CustomOrigin {
    /// `http-only`, `match-viewer` or `https-only`.
    pub origin_protocol_policy: String,
    /// `SSLv3`, `TLSv1`, `TLSv1.1`, `TLSv1.2`; a template that leaves it out gets `TLSv1` and `SSLv3`.
    #[serde(rename = "OriginSSLProtocols")]
    pub origin_ssl_protocols: Option<Vec<String>>,
}
