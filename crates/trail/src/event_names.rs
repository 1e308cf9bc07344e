//! Which event names exist: the list a test holds an interpreter, a facet or a rule against.
//!
//! A rule that waits for a name CloudTrail never writes is silent, not wrong, and nobody notices. Names are easily
//! mistaken: S3's `PutPublicAccessBlock` is logged as `PutBucketPublicAccessBlock`, Lambda's `CreateFunction` as
//! `CreateFunction20150331`. Nothing the product does at run time depends on the list.

const NAMES: &str = include_str!("../event-names.txt");

/// Whether CloudTrail writes events named `name` with the `eventSource` `source`, such as `s3.amazonaws.com`.
///
/// The list holds the services Trailhound watches or may watch; any event of another service is answered with `false`.
#[must_use]
pub fn is_real(source: &str, name: &str) -> bool {
    NAMES.lines().any(|line| line.split_once(' ') == Some((source, name)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names() -> Vec<&'static str> {
        NAMES.lines().filter(|line| !line.starts_with('#')).collect()
    }

    #[test]
    fn the_list_is_sorted_and_has_two_words_a_line() {
        let names = names();
        assert!(names.is_sorted_by(|a, b| a < b), "rewrite it with `cargo xtask event-names`");
        for line in names {
            let words: Vec<_> = line.split(' ').collect();
            assert!(matches!(words[..], [source, _] if source.ends_with(".amazonaws.com")), "{line}");
        }
    }

    #[test]
    fn cloudtrail_spellings_are_real_and_the_apis_are_not() {
        for (source, real) in [
            ("s3.amazonaws.com", "PutBucketPublicAccessBlock"),
            ("s3.amazonaws.com", "PutAccountPublicAccessBlock"),
            ("s3.amazonaws.com", "PutBucketLifecycle"),
            ("lambda.amazonaws.com", "AddPermission20150331v2"),
            ("lambda.amazonaws.com", "CreateFunctionUrlConfig"),
            ("cloudfront.amazonaws.com", "UpdateDistribution2020_05_31"),
            ("es.amazonaws.com", "CreateDomain"),
            ("rds.amazonaws.com", "ModifyDBInstance"),
            ("kms.amazonaws.com", "RotateKey"),
            ("signin.amazonaws.com", "ConsoleLogin"),
        ] {
            assert!(is_real(source, real), "{source} {real}");
        }
        for (source, unreal) in [
            ("s3.amazonaws.com", "PutPublicAccessBlock"),
            ("s3.amazonaws.com", "PutBucketLifecycleConfiguration"),
            ("s3.amazonaws.com", "putBucketAcl"),
            ("lambda.amazonaws.com", "CreateFunction"),
            ("ec2.amazonaws.com", "PutBucketAcl"),
        ] {
            assert!(!is_real(source, unreal), "{source} {unreal}");
        }
    }
}
