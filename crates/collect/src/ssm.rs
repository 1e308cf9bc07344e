//! Systems Manager: parameters, never their values, and the sharing of documents.

use trailhound_model::Value;
use trailhound_model::kinds::ssm::{self, DOCUMENT, PARAMETER};

use crate::client::{Call, Error, Protocol, Service};
use crate::read::{KindReads, Read, known, needed};

static SSM: Service = Service::new("ssm", Protocol::Json11("AmazonSSM")).limited(5.0, 4);

static DESCRIBE_PARAMETERS: Call =
    Call::new(&SSM, "DescribeParameters", "ssm:DescribeParameters").pages("NextToken", "NextToken");
static DESCRIBE_PERMISSION: Call = Call::new(&SSM, "DescribeDocumentPermission", "ssm:DescribeDocumentPermission")
    .pages("NextToken", "NextToken")
    .gone(&[("InvalidDocument", "")]);

pub(crate) static READS: &[KindReads] = &[
    KindReads {
        kind: &PARAMETER,
        reads: &[Read {
            facets: &[&ssm::TYPE.def],
            calls: &[&DESCRIBE_PARAMETERS],
            run: |reader| {
                Box::pin(async move {
                    // An ARN does not tell whether the name begins with a slash; names with others in them do.
                    let rooted = format!("/{}", reader.id());
                    let names = if reader.id().contains('/') { vec![&*rooted] } else { vec![reader.id(), &rooted] };
                    let filter = Value::map([
                        ("Key", Some("Name".into())),
                        ("Option", Some("Equals".into())),
                        ("Values", Some(names.into())),
                    ]);
                    let answer = reader.ask(&DESCRIBE_PARAMETERS, [("ParameterFilters", vec![filter].into())]).await?;
                    let mut kinds = answer.list(&["Parameters"]).map(|parameter| needed(parameter.text("Type")));
                    let kind = kinds.next().ok_or(Error::Gone)??;
                    if kinds.next().is_some() {
                        return Err(Error::malformed("two parameters share one ARN"));
                    }
                    Ok(vec![(&ssm::TYPE.def, known(kind))])
                })
            },
        }],
    },
    KindReads {
        kind: &DOCUMENT,
        reads: &[Read {
            facets: &[&ssm::DOCUMENT_PUBLIC.def],
            calls: &[&DESCRIBE_PERMISSION],
            run: |reader| {
                Box::pin(async move {
                    let with = [("Name", reader.id().into()), ("PermissionType", "Share".into())];
                    let shared = reader.ask(&DESCRIBE_PERMISSION, with).await?.texts(&["AccountIds"])?;
                    let public = shared.iter().any(|account| account.eq_ignore_ascii_case("all"));
                    Ok(vec![(&ssm::DOCUMENT_PUBLIC.def, known(public))])
                })
            },
        }],
    },
];
