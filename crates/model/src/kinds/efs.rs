//! EFS file systems.

use crate::{Facet, Initial, KindDef, Scope, Value};

/// A file system. Its id is the generated `fs-…`.
pub static FILE_SYSTEM: KindDef = KindDef {
    name: "AWS::EFS::FileSystem",
    scope: Scope::Regional,
    arn: Some("arn:{partition}:elasticfilesystem:{region}:{account}:file-system/{id}"),
    facets: &[&ENCRYPTED.def, &POLICY.def],
    relations: &[],
    parts: &[],
    owner: None,
};

/// Whether the file system is encrypted, for all its life. The API's default is not; the console's is.
pub static ENCRYPTED: Facet<bool> =
    Facet::property("Encrypted").read_by(&["elasticfilesystem:DescribeFileSystems"]).initially(Initial::OFF);

/// The file system policy; without one every client that reaches a mount target may use the file system.
pub static POLICY: Facet<Value> = Facet::property("FileSystemPolicy")
    .read_by(&["elasticfilesystem:DescribeFileSystemPolicy"])
    .initially(Initial::Absent);
