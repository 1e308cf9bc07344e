//! Systems Manager: parameters and documents.

use crate::{Facet, Initial, KindDef, Scope};

/// A parameter. Its id is its name as in its ARN: without the first slash. Its value is never kept.
pub static PARAMETER: KindDef = KindDef {
    name: "AWS::SSM::Parameter",
    scope: Scope::Regional,
    arn: Some("arn:{partition}:ssm:{region}:{account}:parameter/{id}"),
    facets: &[&TYPE.def],
    relations: &[],
    parts: &[],
    owner: None,
};

/// `String`, `StringList` or `SecureString`; every creator has to choose.
pub static TYPE: Facet<String> =
    Facet::property("Type").read_by(&["ssm:DescribeParameters"]).initially(Initial::Unread);

/// A document: commands or automations that run on instances or in the account. Its id is its name.
pub static DOCUMENT: KindDef = KindDef {
    name: "AWS::SSM::Document",
    scope: Scope::Regional,
    arn: Some("arn:{partition}:ssm:{region}:{account}:document/{id}"),
    facets: &[&DOCUMENT_PUBLIC.def],
    relations: &[],
    parts: &[],
    owner: None,
};

/// Whether every AWS account may read and run the document: it is shared with `all`.
pub static DOCUMENT_PUBLIC: Facet<bool> =
    Facet::observed("SharedWithAll").read_by(&["ssm:DescribeDocumentPermission"]).initially(Initial::OFF);
