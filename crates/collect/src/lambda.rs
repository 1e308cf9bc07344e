//! Lambda functions and layers. Environment variables are looked through for secrets at once, and never kept.

use trailhound_model::kinds::lambda::{self, FUNCTION, LATEST, LAYER_VERSION};
use trailhound_model::{Map, Secret, State, Value, Why};
use trailhound_trail::interpret::Body;
use trailhound_trail::interpret::lambda::{permission, shown_vpc, statements};
use trailhound_trail::interpret::variables::Variables;

use crate::client::{Call, Error, Protocol, Service};
use crate::read::{Answer, KindReads, Read, Reader, each, entries, needed, stated};

// Lambda takes 15 of these calls per second in an account.
static LAMBDA: Service = Service::new("lambda", Protocol::RestJson).limited(8.0, 4);

const NO_FUNCTION: &[(&str, &str)] = &[("ResourceNotFoundException", "")];

static GET_CONFIGURATION: Call = Call::get(
    &LAMBDA,
    "GetFunctionConfiguration",
    "lambda:GetFunctionConfiguration",
    "/2015-03-31/functions/{FunctionName}/configuration",
)
.gone(NO_FUNCTION);
// A function without a policy is `not found` as one that does not exist is; only the messages differ.
static GET_POLICY: Call =
    Call::get(&LAMBDA, "GetPolicy", "lambda:GetPolicy", "/2015-03-31/functions/{FunctionName}/policy")
        .absent(&[("ResourceNotFoundException", "no policy"), ("ResourceNotFoundException", "does not exist")])
        .gone(NO_FUNCTION);
static LIST_ALIASES: Call =
    Call::get(&LAMBDA, "ListAliases", "lambda:ListAliases", "/2015-03-31/functions/{FunctionName}/aliases")
        .pages("Marker", "NextMarker")
        .gone(NO_FUNCTION);
static LIST_VERSIONS: Call = Call::get(
    &LAMBDA,
    "ListVersionsByFunction",
    "lambda:ListVersionsByFunction",
    "/2015-03-31/functions/{FunctionName}/versions",
)
.pages("Marker", "NextMarker")
.gone(NO_FUNCTION);
static LIST_URLS: Call = Call::get(
    &LAMBDA,
    "ListFunctionUrlConfigs",
    "lambda:ListFunctionUrlConfigs",
    "/2021-10-31/functions/{FunctionName}/urls",
)
.pages("Marker", "NextMarker")
.gone(NO_FUNCTION);
static GET_LAYER_POLICY: Call = Call::get(
    &LAMBDA,
    "GetLayerVersionPolicy",
    "lambda:GetLayerVersionPolicy",
    "/2018-10-31/layers/{LayerName}/versions/{VersionNumber}/policy",
)
.absent(&[("ResourceNotFoundException", "no policy"), ("ResourceNotFoundException", "does not exist")])
.gone(NO_FUNCTION);

/// The most versions whose policies are read, the newest ones: each costs a call.
const MOST_VERSIONS: usize = 20;

pub(crate) static READS: &[KindReads] = &[
    KindReads {
        kind: &FUNCTION,
        reads: &[
            Read {
                facets: &[&lambda::ENVIRONMENT_SECRETS.def, &lambda::VPC.def],
                calls: &[&GET_CONFIGURATION],
                run: |reader| {
                    Box::pin(async move {
                        let answer = reader.ask(&GET_CONFIGURATION, [function(reader)]).await?;
                        Ok(vec![
                            (&lambda::ENVIRONMENT_SECRETS.def, environment(answer.body().at(&["Environment"]))),
                            (&lambda::VPC.def, stated(shown_vpc(answer.body()))),
                        ])
                    })
                },
            },
            Read {
                facets: &[&lambda::PERMISSIONS.def],
                calls: &[&GET_POLICY, &LIST_ALIASES, &LIST_VERSIONS],
                run: |reader| {
                    Box::pin(async move {
                        let aliases = reader.ask(&LIST_ALIASES, [function(reader)]);
                        let versions = reader.ask(&LIST_VERSIONS, [function(reader)]);
                        let (aliases, versions) = tokio::join!(aliases, versions);
                        let (qualifiers, all) = qualifiers(&aliases?, &versions?);
                        let policies = each(qualifiers, |qualifier| policy(reader, qualifier)).await?;
                        let found: Map = policies.into_iter().flatten().collect();
                        let state = if all { State::Known(found.into()) } else { State::Partial(found, Why::TooMany) };
                        Ok(vec![(&lambda::PERMISSIONS.def, state)])
                    })
                },
            },
            Read {
                facets: &[&lambda::URLS.def],
                calls: &[&LIST_URLS],
                run: |reader| {
                    Box::pin(async move {
                        let answer = reader.ask(&LIST_URLS, [function(reader)]).await?;
                        let urls = answer.list(&["FunctionUrlConfigs"]).map(|url| {
                            let (_, name) = needed(needed(url.text("FunctionArn"))?.split_once(":function:"))?;
                            let qualifier = name.split_once(':').map_or(LATEST, |(_, alias)| alias);
                            Ok((qualifier.into(), needed(url.text("AuthType"))?.into()))
                        });
                        Ok(vec![(&lambda::URLS.def, entries(urls.collect::<Result<Vec<_>, Error>>()?))])
                    })
                },
            },
        ],
    },
    KindReads {
        kind: &LAYER_VERSION,
        reads: &[Read {
            facets: &[&lambda::LAYER_PERMISSIONS.def],
            calls: &[&GET_LAYER_POLICY],
            run: |reader| {
                Box::pin(async move {
                    let (layer, version) = needed(reader.id().rsplit_once(':'))?;
                    let with = [("LayerName", layer.into()), ("VersionNumber", version.into())];
                    let statements = shown_statements(reader.ask(&GET_LAYER_POLICY, with).await)?;
                    let statements = statements.into_iter().map(|(sid, statement)| (sid.into(), statement));
                    Ok(vec![(&lambda::LAYER_PERMISSIONS.def, entries(statements))])
                })
            },
        }],
    },
];

fn function(reader: &Reader<'_>) -> (&'static str, Value) {
    ("FunctionName", reader.id().into())
}

fn environment(shown: Body<'_>) -> State {
    if shown.at(&["Error"]).is_present() {
        return State::Unread(Why::ReadFailed("Lambda could not decrypt it".into()));
    }
    let mut variables = Variables::default();
    for (name, value) in shown.at(&["Variables"]).members() {
        variables.look_at("", name, &Secret::new(value.as_str().unwrap_or_default()));
    }
    variables.into_state()
}

/// What of a function can have a policy of its own, and whether that is all there is.
fn qualifiers(aliases: &Answer, versions: &Answer) -> (Vec<String>, bool) {
    let mut numbered: Vec<u64> =
        versions.list(&["Versions"]).filter_map(|version| version.text("Version")?.parse().ok()).collect();
    numbered.sort_unstable_by(|a, b| b.cmp(a));
    let all = numbered.len() <= MOST_VERSIONS;
    let aliases = aliases.list(&["Aliases"]).filter_map(|alias| alias.text("Name")).map(str::to_owned);
    let versions = numbered.into_iter().take(MOST_VERSIONS).map(|version| version.to_string());
    (std::iter::once(LATEST.to_owned()).chain(aliases).chain(versions).collect(), all)
}

/// The policy of the function itself, or of a version or alias.
async fn policy(reader: &Reader<'_>, qualifier: String) -> Result<Map, Error> {
    let answer = if qualifier == LATEST {
        reader.ask(&GET_POLICY, [function(reader)]).await
    } else {
        reader.ask(&GET_POLICY, [function(reader), ("Qualifier", qualifier.as_str().into())]).await
    };
    let statements = shown_statements(answer)?.into_iter();
    Ok(statements.map(|(sid, statement)| permission(&qualifier, &sid, statement)).collect())
}

/// The statements of a policy, if there is one.
fn shown_statements(answer: Result<Answer, Error>) -> Result<Vec<(String, Value)>, Error> {
    match answer {
        Ok(answer) => match answer.body().document("Policy") {
            Ok(document) => Ok(statements(&needed(document)?).collect()),
            Err(_) => Err(Error::malformed("the policy is not JSON")),
        },
        Err(Error::Absent) => Ok(Vec::new()),
        Err(error) => Err(error),
    }
}
