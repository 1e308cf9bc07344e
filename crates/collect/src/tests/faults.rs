//! What networks, proxies and quotas do.

use std::pin::Pin;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use trailhound_engine::port::Presence;
use trailhound_model::Why;
use trailhound_model::kinds::{iam, s3};

use tokio::time::Instant;

use super::aws::{Aws, Fault, Reply};
use super::*;
use crate::{ExternalId, ReaderRole};

const POLICY: &str = "GET /acme?policy";
const GROUPS: &str = "ListGroupsForUser UserName=ann";

fn quick() -> Options {
    Options {
        attempt_timeout: Duration::from_millis(200),
        operation_timeout: Duration::from_millis(700),
        ..Options::default()
    }
}

/// The state of a bucket's policy when its read is answered so.
async fn policy(aws: &Aws, replies: impl IntoIterator<Item = Reply>) -> (Presence, State) {
    for reply in replies {
        aws.tell(POLICY, reply);
    }
    let collector = Collector::new(&aws.config(), &quick());
    let reading = collector.read(&resource("AWS::S3::Bucket", "acme"), &[&s3::POLICY.def]).await;
    (reading.presence, reading.facets.into_iter().next().unwrap().1)
}

fn error(status: u16, code: &str) -> Reply {
    Reply::new(status, &format!("<Error><Code>{code}</Code><Message>no</Message></Error>"))
}

#[tokio::test]
async fn every_fault_has_its_name_and_none_is_an_answer() {
    let failed = |what: &'static str| State::Unread(Why::ReadFailed(what.into()));
    let web_page = "<html><body>Sign in to the guest network</body></html>";
    for (reply, presence, expected) in [
        (Reply::new(200, r#"{"Statement":[]}"#), Presence::Present, "PolicyDocument = {\"Statement\":[]}"),
        (error(404, "NoSuchBucketPolicy"), Presence::Present, "PolicyDocument is absent"),
    ] {
        let (found, state) = policy(&Aws::start(), [reply]).await;
        assert_eq!((found, line(&s3::POLICY, &state).as_str()), (presence, expected));
    }
    for (reply, presence, expected) in [
        (error(404, "NoSuchBucket"), Presence::NotFound, failed("there is no such resource")),
        (error(403, "AccessDenied"), Presence::Unproven, State::Unread(Why::AccessDenied)),
        (error(400, "ExpiredToken"), Presence::Unproven, State::Unread(Why::AccessDenied)),
        (error(503, "SlowDown"), Presence::Unproven, failed("throttled")),
        (error(400, "Weird\"Code"), Presence::Unproven, failed("WeirdCode")),
        (Reply::new(403, web_page), Presence::Unproven, failed("HTTP 403 with no error of AWS")),
        (Reply::new(502, web_page), Presence::Unproven, failed("HTTP 502 with no error of AWS")),
        (Reply::new(200, web_page), Presence::Unproven, failed("AnswerIsAWebPage")),
        (Reply::new(200, "{\"Statement\":["), Presence::Unproven, failed("AnswerIsNoJson")),
        (Reply::new(200, "<policy>none</policy>"), Presence::Unproven, failed("the answer lacks a member")),
        (Reply::fault(Fault::Truncated), Presence::Unproven, failed("the answer broke off")),
        (Reply::fault(Fault::HangsUp), Presence::Unproven, failed("no connection to AWS")),
        (Reply::fault(Fault::Hangs), Presence::Unproven, failed("timed out")),
    ] {
        let (aws, start) = (Aws::start(), Instant::now());
        assert_eq!(policy(&aws, [reply.clone()]).await, (presence, expected), "{reply:?}");
        assert!(start.elapsed() < Duration::from_secs(3), "{reply:?}");
    }
}

#[tokio::test]
async fn a_throttled_call_is_tried_again() {
    let aws = Aws::start();
    let replies = [error(503, "SlowDown"), error(500, "InternalError"), Reply::new(200, r#"{"Statement":[]}"#)];
    let (presence, state) = policy(&aws, replies).await;
    assert_eq!(
        (presence, line(&s3::POLICY, &state).as_str()),
        (Presence::Present, "PolicyDocument = {\"Statement\":[]}")
    );
    assert_eq!(aws.times(POLICY), 3);
}

#[tokio::test]
async fn nobody_listening_is_said() {
    let mut aws = Aws::start();
    aws.url = "http://127.0.0.1:9".to_owned();
    let (presence, state) = policy(&aws, []).await;
    assert_eq!((presence, state), (Presence::Unproven, State::Unread(Why::ReadFailed("no connection to AWS".into()))));
}

#[tokio::test]
async fn a_bucket_is_asked_about_in_its_own_region_and_calls_are_signed_as_s3_wants() {
    let aws = Aws::start();
    let moved = Reply { headers: "x-amz-bucket-region: eu-west-1\r\n".to_owned(), ..error(301, "PermanentRedirect") };
    aws.tell("GET /acme?policy", moved);
    aws.tell("GET /acme?policy", error(404, "NoSuchBucketPolicy"));
    aws.tell("GET /acme?acl", Reply::new(200, "<AccessControlPolicy><AccessControlList/></AccessControlPolicy>"));
    let collector = Collector::new(&aws.config(), &quick());
    let bucket = resource("AWS::S3::Bucket", "acme");
    assert_eq!(collector.read(&bucket, &[&s3::POLICY.def]).await.presence, Presence::Present);
    assert_eq!(collector.read(&bucket, &[&s3::GRANTS.def]).await.presence, Presence::Present);
    let signed: Vec<_> = aws.asked().iter().map(|asked| asked.head["authorization"].clone()).collect();
    assert!(signed[0].contains("/us-east-1/s3/aws4_request"), "{}", signed[0]);
    assert!(signed[1].contains("/eu-west-1/s3/aws4_request"), "{}", signed[1]);
    assert!(signed[2].contains("/eu-west-1/s3/aws4_request"), "learnt: {}", signed[2]);
    let head = &aws.asked()[0].head;
    assert_eq!(head["x-amz-content-sha256"], "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    assert_eq!(head["x-amz-expected-bucket-owner"], "111122223333");
    assert_eq!(head["x-amz-security-token"], "token");
}

/// The groups of a user, from pages.
async fn groups(pages: &[(&str, &str)]) -> State {
    let aws = Aws::start();
    for (marker, page) in pages {
        let line = if marker.is_empty() {
            GROUPS.to_owned()
        } else {
            format!("ListGroupsForUser Marker={marker} UserName=ann")
        };
        let body = format!("<XResponse><XResult>{page}</XResult></XResponse>");
        aws.tell(&line, Reply::new(200, &body));
    }
    let collector = Collector::new(&aws.config(), &quick());
    let reading = collector.read(&resource("AWS::IAM::User", "ann"), &[&iam::user::GROUPS.def]).await;
    reading.facets.into_iter().next().unwrap().1
}

#[tokio::test]
async fn lists_are_followed_to_their_end_or_not_known() {
    let group = |name: &str| format!("<Groups><member><GroupName>{name}</GroupName></member></Groups>");
    let cut = |name: &str, marker: &str| format!("{}<IsTruncated>true</IsTruncated>{marker}", group(name));
    let first = cut("a", "<Marker>m+1=</Marker>");
    let all = groups(&[("", &first), ("m+1=", &group("b"))]).await;
    assert_eq!(line(&iam::user::GROUPS, &all), r#"Groups = {"a":"a","b":"b"}"#);
    let failed = |what: &'static str| State::Unread(Why::ReadFailed(what.into()));
    assert_eq!(groups(&[("", &cut("a", ""))]).await, failed("a list says that it was cut and not where it goes on"));
    let again = cut("b", "<Marker>m+1=</Marker>");
    assert_eq!(groups(&[("", &first), ("m+1=", &again)]).await, failed("the pages of a list go round in a circle"));
    // A list that does not say whether it was cut is followed all the same, and half a word is none.
    let silent = format!("{}<Marker>m+1=</Marker>", group("a"));
    let all = groups(&[("", &silent), ("m+1=", &group("b"))]).await;
    assert_eq!(line(&iam::user::GROUPS, &all), r#"Groups = {"a":"a","b":"b"}"#);
    let garbled = format!("{}<IsTruncated>perhaps</IsTruncated>", group("a"));
    assert_eq!(groups(&[("", &garbled)]).await, failed("a list does not say clearly whether it was cut"));
    // What is no group may be the one that is looked for.
    let nameless = "<Groups><member><GroupName>a</GroupName></member><member><Path>/</Path></member></Groups>";
    assert_eq!(groups(&[("", nameless)]).await, failed("the answer lacks a member"));
    // A marker without the word that the list was cut leads nowhere.
    let whole = groups(&[("", &format!("{}<Marker>x</Marker><IsTruncated>false</IsTruncated>", group("a")))]).await;
    assert_eq!(line(&iam::user::GROUPS, &whole), r#"Groups = {"a":"a"}"#);
}

#[tokio::test]
async fn a_list_of_which_one_element_fails_is_not_known() {
    let aws = Aws::start();
    let names =
        "<XResponse><XResult><PolicyNames><member>p</member><member>q</member></PolicyNames></XResult></XResponse>";
    aws.tell("ListRolePolicies RoleName=r", Reply::new(200, names));
    let document = "<XResponse><XResult><PolicyDocument>%7B%7D</PolicyDocument></XResult></XResponse>";
    aws.tell("GetRolePolicy PolicyName=p RoleName=r", Reply::new(200, document));
    aws.tell("GetRolePolicy PolicyName=q RoleName=r", error(403, "AccessDenied"));
    let collector = Collector::new(&aws.config(), &quick());
    let reading = collector.read(&resource("AWS::IAM::Role", "r"), &[&iam::role::POLICIES.def]).await;
    assert_eq!(lines(&reading), ["Unproven", "Policies is unread: AWS denied the read"]);
}

const ASSUME: &str = "AssumeRole RoleArn=arn:aws:iam::444455556666:role/reader RoleSessionName=trailhound ExternalId=x";

fn hub() -> Options {
    let role = ReaderRole { name: "reader".to_owned(), external_id: Some(Arc::new("x".to_owned())) };
    Options { account: Some("111122223333".to_owned()), role: Some(role), ..quick() }
}

#[tokio::test]
async fn another_account_is_read_with_its_role() {
    let aws = Aws::start();
    let assumed = "<AssumeRoleResponse><AssumeRoleResult><Credentials><AccessKeyId>ASIAOTHER</AccessKeyId>\
        <SecretAccessKey>s</SecretAccessKey><SessionToken>t</SessionToken><Expiration>2099-01-01T00:00:00Z</Expiration>\
        </Credentials></AssumeRoleResult></AssumeRoleResponse>";
    aws.tell(ASSUME, Reply::new(200, assumed));
    aws.tell(POLICY, error(404, "NoSuchBucketPolicy"));
    aws.tell("GET /other?policy", error(404, "NoSuchBucketPolicy"));
    let collector = Collector::new(&aws.config(), &hub());
    let ours = resource("AWS::S3::Bucket", "acme");
    let theirs = ResourceId { account: "444455556666".into(), id: "other".into(), ..ours.clone() };
    for bucket in [&ours, &theirs, &theirs] {
        assert_eq!(collector.read(bucket, &[&s3::POLICY.def]).await.presence, Presence::Present);
    }
    assert_eq!(aws.times(ASSUME), 1, "credentials are kept");
    let keys: Vec<_> = aws.asked().iter().map(|asked| asked.head["authorization"].contains("ASIAOTHER")).collect();
    assert_eq!(keys, [false, false, true, true], "ours, the role's call, theirs twice");
}

#[tokio::test]
async fn a_role_is_asked_for_whatever_the_configuration_lacks() {
    let aws = Aws::start();
    aws.tell(ASSUME, error(403, "AccessDenied"));
    let mut config = aws.config().to_builder();
    config.set_time_source(None).set_sleep_impl(None).set_retry_config(None);
    let collector = Collector::new(&config.build(), &hub());
    let theirs = ResourceId { account: "444455556666".into(), ..resource("AWS::S3::Bucket", "other") };
    let reading = collector.read(&theirs, &[&s3::POLICY.def]).await;
    assert_eq!(reading.facets[0].1, State::Unread(Why::AccessDenied));
    assert!(aws.times(ASSUME) > 0);
}

#[tokio::test]
async fn a_role_that_refuses_is_access_denied_and_not_asked_again_and_again() {
    let aws = Aws::start();
    aws.tell(
        ASSUME,
        Reply::new(403, "<ErrorResponse><Error><Code>AccessDenied</Code><Message>no</Message></Error></ErrorResponse>"),
    );
    let collector = Collector::new(&aws.config(), &hub());
    let theirs = ResourceId { account: "444455556666".into(), ..resource("AWS::S3::Bucket", "other") };
    for _ in 0..2 {
        let reading = read(&collector, &theirs).await;
        assert_eq!(reading.presence, Presence::Unproven);
        for (facet, state) in reading.facets {
            assert_eq!(state, State::Unread(Why::AccessDenied), "{}", facet.name);
        }
    }
    assert_eq!(aws.asked().len(), aws.times(ASSUME), "nothing else was asked");
    assert!(aws.times(ASSUME) <= 2, "{}", aws.times(ASSUME));
}

/// An external id that may be missing for a while, and how often it was asked for.
#[derive(Default)]
struct Kept(Mutex<Option<String>>, AtomicUsize);

impl ExternalId for Kept {
    fn get(&self) -> Pin<Box<dyn Future<Output = Option<String>> + Send + '_>> {
        self.1.fetch_add(1, Ordering::SeqCst);
        Box::pin(std::future::ready(self.0.lock().unwrap().clone()))
    }
}

#[tokio::test]
async fn the_external_id_is_asked_for_when_another_account_is_read_and_not_before() {
    let (aws, kept) = (Aws::start(), Arc::new(Kept::default()));
    aws.tell(POLICY, error(404, "NoSuchBucketPolicy"));
    let role = ReaderRole { name: "reader".to_owned(), external_id: Some(kept.clone()) };
    let collector = Collector::new(&aws.config(), &Options { role: Some(role), ..hub() });
    let ours = resource("AWS::S3::Bucket", "acme");
    assert_eq!(collector.read(&ours, &[&s3::POLICY.def]).await.presence, Presence::Present);
    assert_eq!(kept.1.load(Ordering::SeqCst), 0, "our own account needs none");
    // Without it no role is asked for, and nothing is known.
    let theirs = ResourceId { account: "444455556666".into(), ..ours };
    let reading = collector.read(&theirs, &[&s3::POLICY.def]).await;
    let missing = Why::ReadFailed("the external id of the reader role cannot be read".into());
    assert_eq!((reading.presence, &reading.facets[0].1), (Presence::Unproven, &State::Unread(missing)));
    assert_eq!(aws.times(ASSUME), 0);
    // Once it is there, it is used without a minute of silence.
    *kept.0.lock().unwrap() = Some("x".to_owned());
    aws.tell(ASSUME, error(403, "AccessDenied"));
    assert_eq!(collector.read(&theirs, &[&s3::POLICY.def]).await.facets[0].1, State::Unread(Why::AccessDenied));
    assert!(aws.times(ASSUME) > 0);
}
