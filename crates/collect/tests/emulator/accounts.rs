//! Reading another account: with the role of `infra/member.yaml`, as that stack makes it, held to its trust policy and permissions.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use aws_smithy_http_client::tls::Provider;
use aws_smithy_http_client::tls::rustls_provider::CryptoMode;
use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpClient, SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_types::SdkConfig;
use serde_json::{Value as Json, json};
use trailhound_collect::{Collector, ExternalId, Options, ReaderRole};
use trailhound_emulator::{ACCESS_KEY, ACCOUNT, Aws, Emulator, REGION};
use trailhound_engine::port::{Collector as _, Presence};
use trailhound_model::{GLOBAL, Kind, ResourceId, State, Why};

use super::{scenario, there};

const MEMBER: &str = "444455556666";
const BUCKET: &str = "read-in-a-member";
const ID: &str = "kept-between-hub-and-member";

/// Counts the calls for a role.
#[derive(Clone, Debug)]
struct Counting<I> {
    inner: I,
    assumed: Arc<AtomicUsize>,
}

impl HttpClient for Counting<SharedHttpClient> {
    fn http_connector(&self, settings: &HttpConnectorSettings, components: &RuntimeComponents) -> SharedHttpConnector {
        let inner = self.inner.http_connector(settings, components);
        SharedHttpConnector::new(Counting { inner, assumed: Arc::clone(&self.assumed) })
    }
}

impl HttpConnector for Counting<SharedHttpConnector> {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let body = String::from_utf8_lossy(request.body().bytes().unwrap_or_default());
        if body.contains("Action=AssumeRole") {
            self.assumed.fetch_add(1, Ordering::SeqCst);
        }
        self.inner.call(request)
    }
}

fn call(aws: &Aws, service: &str, operation: &str, parameters: Json) -> Json {
    aws.call(service, operation, parameters).unwrap_or_else(|error| panic!("{operation}: {error}"))
}

fn text(answer: &Json, pointer: &str) -> String {
    answer.pointer(pointer).and_then(Json::as_str).unwrap_or_else(|| panic!("{pointer} in {answer}")).to_owned()
}

/// Trust in one principal, as the member's stack writes it.
fn trust(principal: &str) -> String {
    let condition = json!({"StringEquals": {"sts:ExternalId": ID}});
    let statement =
        json!({"Effect": "Allow", "Principal": {"AWS": principal}, "Action": "sts:AssumeRole", "Condition": condition});
    json!({"Version": "2012-10-17", "Statement": [statement]}).to_string()
}

/// The evaluator's role in the hub, and a configuration with its credentials.
fn evaluator(hub: &Aws, url: &str) -> (String, SdkConfig) {
    let ours = json!({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": {"AWS": ACCOUNT},
        "Action": "sts:AssumeRole"}]});
    let role = json!({"RoleName": "read-evaluator", "AssumeRolePolicyDocument": ours.to_string()});
    let arn = text(&call(hub, "iam", "create_role", role), "/Role/Arn");
    let may = json!({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "sts:AssumeRole",
        "Resource": "arn:aws:iam::*:role/trailhound-*"}]});
    let policy = json!({"RoleName": "read-evaluator", "PolicyName": "read", "PolicyDocument": may.to_string()});
    call(hub, "iam", "put_role_policy", policy);
    let session = call(hub, "sts", "assume_role", json!({"RoleArn": arn, "RoleSessionName": "evaluator"}));
    let own = |name: &str| text(&session, &format!("/Credentials/{name}"));
    let config = scenario::config(url, &own("AccessKeyId"), &own("SecretAccessKey"), Some(own("SessionToken")));
    (arn, config)
}

/// Deploys the member's stack, and waits until it stands.
async fn deploy(member: &Aws, evaluator: &str) {
    let template = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../infra/member.yaml");
    let parameters: Vec<_> = [
        ("HubAccount", ACCOUNT),
        ("HubRegion", REGION),
        // The emulator knows no pseudo parameters in conditions: there the region is the name of the parameter.
        ("HomeRegion", "AWS::Region"),
        ("EvaluatorRoleArn", evaluator),
        ("ExternalId", ID),
    ]
    .into_iter()
    .map(|(name, value)| json!({"ParameterKey": name, "ParameterValue": value}))
    .collect();
    let stack = json!({"StackName": "read-member", "TemplateBody": std::fs::read_to_string(template).unwrap(),
        "Parameters": parameters, "Capabilities": ["CAPABILITY_NAMED_IAM"]});
    call(member, "cloudformation", "create_stack", stack);
    for _ in 0..600 {
        let stack = call(member, "cloudformation", "describe_stacks", json!({"StackName": "read-member"}));
        match text(&stack, "/Stacks/0/StackStatus").as_str() {
            "CREATE_COMPLETE" => return,
            "CREATE_IN_PROGRESS" => tokio::time::sleep(Duration::from_millis(100)).await,
            status => panic!("the member's stack is {status}: {stack}"),
        }
    }
    panic!("the member's stack does not come to an end");
}

#[tokio::test]
async fn a_member_is_read_with_its_role_and_the_right_external_id_alone() {
    let options = trailhound_emulator::Options { auth: true, ..Default::default() };
    let Some(emulator) = there(Emulator::start(options)) else { return };
    let url = emulator.url();
    let (hub, member) = (Aws::new(url, ACCESS_KEY).unwrap(), Aws::new(url, MEMBER).unwrap());
    let (evaluator, config) = evaluator(&hub, url);
    deploy(&member, &evaluator).await;
    let place = json!({"LocationConstraint": REGION});
    call(&member, "s3", "create_bucket", json!({"Bucket": BUCKET, "CreateBucketConfiguration": place}));
    let versioning = json!({"Bucket": BUCKET, "VersioningConfiguration": {"Status": "Enabled"}});
    call(&member, "s3", "put_bucket_versioning", versioning);
    // A role with all permissions, for somebody else.
    let stranger =
        json!({"RoleName": "trailhound-stranger", "AssumeRolePolicyDocument": trust("arn:aws:iam::999988887777:root")});
    call(&member, "iam", "create_role", stranger);
    let all = json!({"RoleName": "trailhound-stranger", "PolicyArn": "arn:aws:iam::aws:policy/AdministratorAccess"});
    call(&member, "iam", "attach_role_policy", all);

    let bucket = ResourceId {
        partition: "aws".into(),
        account: MEMBER.into(),
        region: GLOBAL.into(),
        kind: Kind::named("AWS::S3::Bucket").unwrap(),
        id: BUCKET.into(),
    };
    let facets = bucket.kind.def().facets;
    for (what, role, id, read) in [
        ("the right external id", "trailhound-reader", Some(ID), true),
        ("a wrong external id", "trailhound-reader", Some("guessed-by-somebody-else"), false),
        ("no external id", "trailhound-reader", None, false),
        ("no role", "trailhound-never-made", Some(ID), false),
        ("a role that trusts another", "trailhound-stranger", Some(ID), false),
        ("the credentials as they are", "", None, false),
    ] {
        let assumed = Arc::new(AtomicUsize::new(0));
        let https =
            aws_smithy_http_client::Builder::new().tls_provider(Provider::Rustls(CryptoMode::Ring)).build_https();
        let counting = Counting { inner: https, assumed: Arc::clone(&assumed) };
        let external_id = id.map(|id| -> Arc<dyn ExternalId> { Arc::new(id.to_owned()) });
        let role = (!role.is_empty()).then(|| ReaderRole { name: role.to_owned(), external_id });
        let calls = usize::from(role.is_some());
        let options = Options { account: Some(ACCOUNT.to_owned()), role, ..scenario::patient() };
        let collector = Collector::new(&config.to_builder().http_client(counting).build(), &options);
        for _ in 0..2 {
            let reading = collector.read(&bucket, facets).await;
            assert!(reading.facets.len() > 8, "{what}: {:?}", reading.facets);
            let presence = if read { Presence::Present } else { Presence::Unproven };
            assert_eq!(reading.presence, presence, "{what}: {:?}", reading.facets);
            for (facet, state) in &reading.facets {
                if read {
                    assert!(matches!(state, State::Known(_) | State::Absent), "{what}: {} is {state:?}", facet.name);
                } else {
                    assert_eq!(*state, State::Unread(Why::AccessDenied), "{what}: {}", facet.name);
                }
            }
        }
        // Credentials are kept, and so is a refusal, for a while.
        assert_eq!(assumed.load(Ordering::SeqCst), calls, "{what}");
    }
}
