//! Where a call is sent, and for which region it is signed.

use trailhound_model::{GLOBAL, partition_of};

use super::call::{Endpoint, Service};

/// Where a call is sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Place {
    pub(crate) url: String,
    /// The region that the signature names.
    pub(crate) region: String,
}

/// The endpoint of a service for a resource's account and region. `custom` replaces AWS's own, as `AWS_ENDPOINT_URL` does.
pub(crate) fn place(service: &Service, partition: &str, account: &str, region: &str, custom: Option<&str>) -> Place {
    let region = match (service.endpoint, partition) {
        (Endpoint::Global, "aws-cn") => "cn-north-1",
        (Endpoint::Global, "aws-us-gov") => "us-gov-west-1",
        (Endpoint::Global, _) => "us-east-1",
        (Endpoint::PerAccountIn(region), _) => region,
        (Endpoint::Regional | Endpoint::PerAccount, _) => region,
    };
    if let Some(url) = custom {
        return Place { url: url.trim_end_matches('/').to_owned(), region: region.to_owned() };
    }
    let suffix = if partition == "aws-cn" { "amazonaws.com.cn" } else { "amazonaws.com" };
    let host = service.host;
    let url = match (service.endpoint, partition) {
        (Endpoint::Global, "aws-cn") => format!("https://{host}.{region}.{suffix}"),
        (Endpoint::Global, "aws-us-gov") => format!("https://{host}.us-gov.{suffix}"),
        (Endpoint::Global, _) => format!("https://{host}.{suffix}"),
        (Endpoint::PerAccount | Endpoint::PerAccountIn(_), _) => format!("https://{account}.{host}.{region}.{suffix}"),
        (Endpoint::Regional, _) => format!("https://{host}.{region}.{suffix}"),
    };
    Place { url, region: region.to_owned() }
}

/// The region to ask about a resource: its own, or one of its partition where it has none.
pub(crate) fn region_for<'a>(partition: &str, region: &'a str, near: Option<&'a str>) -> &'a str {
    if region != GLOBAL {
        return region;
    }
    match (near.filter(|near| partition_of(near) == partition), partition) {
        (Some(near), _) => near,
        (None, "aws-cn") => "cn-north-1",
        (None, "aws-us-gov") => "us-gov-west-1",
        (None, _) => "us-east-1",
    }
}

#[cfg(test)]
mod tests {
    use super::super::call::Protocol;
    use super::*;

    #[test]
    fn every_partition_has_its_endpoints() {
        static EC2: Service = Service::new("ec2", Protocol::Ec2(""));
        static IAM: Service = Service::new("iam", Protocol::Query("")).endpoint(Endpoint::Global);
        static CONTROL: Service =
            Service::new("s3", Protocol::S3).at("s3-control", "s3").endpoint(Endpoint::PerAccount);
        for (service, partition, region, url, signed) in [
            (&EC2, "aws", "eu-west-1", "https://ec2.eu-west-1.amazonaws.com", "eu-west-1"),
            (&EC2, "aws-cn", "cn-north-1", "https://ec2.cn-north-1.amazonaws.com.cn", "cn-north-1"),
            (&IAM, "aws", "eu-west-1", "https://iam.amazonaws.com", "us-east-1"),
            (&IAM, "aws-cn", "cn-north-1", "https://iam.cn-north-1.amazonaws.com.cn", "cn-north-1"),
            (&IAM, "aws-us-gov", "us-gov-east-1", "https://iam.us-gov.amazonaws.com", "us-gov-west-1"),
            (&CONTROL, "aws", "eu-west-1", "https://111122223333.s3-control.eu-west-1.amazonaws.com", "eu-west-1"),
        ] {
            let expected = Place { url: url.to_owned(), region: signed.to_owned() };
            assert_eq!(place(service, partition, "111122223333", region, None), expected);
            let custom = place(service, partition, "111122223333", region, Some("http://127.0.0.1:4566/"));
            assert_eq!(custom, Place { url: "http://127.0.0.1:4566".to_owned(), region: signed.to_owned() });
        }
    }

    #[test]
    fn what_has_no_region_is_asked_about_nearby_in_its_own_partition() {
        assert_eq!(region_for("aws", "eu-west-1", Some("us-west-2")), "eu-west-1");
        assert_eq!(region_for("aws", GLOBAL, Some("us-west-2")), "us-west-2");
        assert_eq!(region_for("aws-cn", GLOBAL, Some("us-west-2")), "cn-north-1");
        assert_eq!(region_for("aws", GLOBAL, None), "us-east-1");
    }
}
