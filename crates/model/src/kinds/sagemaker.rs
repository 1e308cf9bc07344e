//! SageMaker: notebook instances.

use crate::{Facet, Initial, KindDef, Scope, Value};

/// A notebook instance. Its id is its name.
pub static NOTEBOOK: KindDef = KindDef {
    name: "AWS::SageMaker::NotebookInstance",
    scope: Scope::Regional,
    arn: Some("arn:{partition}:sagemaker:{region}:{account}:notebook-instance/{id}"),
    facets: &[&DIRECT_INTERNET_ACCESS.def],
    relations: &[],
    parts: &[],
    owner: None,
};

/// `Enabled` where SageMaker gives the instance a way to the internet past the account's network, which it does unless asked
/// otherwise. It is decided when the instance is made.
pub static DIRECT_INTERNET_ACCESS: Facet<String> = Facet::property("DirectInternetAccess")
    .read_by(&["sagemaker:DescribeNotebookInstance"])
    .initially(Initial::Default(|_| Value::from("Enabled")));
