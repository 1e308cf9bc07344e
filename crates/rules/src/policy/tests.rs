//! One table per question: a document, what is asked, and the statements that answer.

use std::collections::BTreeSet;

use trailhound_model::Value;

use super::*;

pub(super) fn policy(json: &str) -> Policy {
    Policy::from_value(&Value::from_json(json).expect("the test's JSON is well formed"))
        .expect("the test's policy parses")
}

/// A document of one statement without a `Sid`, so that its key is `#1`.
fn one(statement: &str) -> Policy {
    policy(&format!(r#"{{"Version":"2012-10-17","Statement":{{{statement}}}}}"#))
}

/// The keys, then the unclear ones marked with `?`.
fn keys(signs: &Signs) -> String {
    let mut keys: Vec<String> = signs.certain.iter().map(|e| e.key.to_string()).collect();
    keys.extend(signs.unclear.iter().map(|e| format!("{}?", e.key)));
    keys.join(" ")
}

#[track_caller]
fn check(json: &str, ask: impl Fn(&Policy) -> Signs, expected: &str) {
    let signs = ask(&if json.trim_start().starts_with('{') { policy(json) } else { one(json) });
    assert_eq!(keys(&signs), expected, "{json}\n{signs:#?}");
    assert_eq!(signs.why.is_some(), !signs.unclear.is_empty());
}

// --- parsing ------------------------------------------------------------------------------------------------------

#[test]
fn object_json_text_and_encoded_text_are_one_policy() {
    let json = r#"{"Version":"2012-10-17","Statement":[{"Sid":"É","Effect":"Allow","Action":"s3:*","Resource":"*"}]}"#;
    let object = policy(json);
    let text = Policy::from_value(&Value::from(json)).unwrap();
    let encoded: String = json.bytes().map(|b| format!("%{b:02X}")).collect();
    let encoded = Policy::from_value(&Value::from(encoded)).unwrap();
    assert_eq!(object, text);
    assert_eq!(object, encoded);
    assert_eq!(&*object.statements()[0].key, "É");
}

#[test]
fn what_is_no_policy_is_an_error_that_says_why() {
    let error = |value: &Value| Policy::from_value(value).unwrap_err().to_string();
    assert_eq!(error(&Value::from("{not json")), "a policy's text is not JSON (line 1, column 2)");
    assert_eq!(error(&Value::from("%7B%2")), "a policy's text is not well URL-encoded");
    assert_eq!(error(&Value::from("%7B%FF%7D")), "a policy's text is not well URL-encoded");
    assert_eq!(error(&Value::from("[]")), "a policy is neither an object nor text");
    assert_eq!(error(&Value::Null), "a policy is neither an object nor text");
    assert_eq!(error(&Value::from_json("{}").unwrap()), "a policy has no statement");
    assert_eq!(error(&Value::from_json(r#"{"Fn::Sub":"x"}"#).unwrap()), "a policy is decided only at deployment");
    for (statement, problem) in [
        (r#""Effect":"allow","Action":"*""#, "an effect that is neither Allow nor Deny"),
        (r#""Effect":"Allow""#, "not exactly one of Action and NotAction"),
        (r#""Effect":"Allow","Action":"*","NotAction":"*""#, "not exactly one of Action and NotAction"),
        (r#""Effect":"Allow","Action":7"#, "an action or resource that is not text"),
        (r#""Effect":"Allow","Action":"*","Resource":{"a":1}"#, "an action or resource that is not text"),
        (r#""Effect":"Allow","Action":"*","action":"s3:*""#, "one member twice"),
        (r#""Effect":"Allow","Action":"*","Principal":null"#, "a principal that is not text"),
        (r#""Effect":"Allow","Action":"*","Condition":"x""#, "a condition that is not an object"),
        (r#""Effect":"Allow","Action":"*","Condition":{"Bool":"x"}"#, "a condition operator without keys"),
    ] {
        let value = Value::from_json(&format!(r#"{{"Statement":[{{{statement}}}]}}"#)).unwrap();
        assert_eq!(error(&value), format!("statement 1 of a policy has {problem}"));
    }
}

#[test]
fn keys_are_stable_and_unique() {
    let statement = |sid: &str| format!(r#"{{"Sid":"{sid}","Effect":"Allow","Action":"s3:*","Resource":"*"}}"#);
    let list = ["A", "", "A", "#2", "B"].map(statement).join(",");
    let policy = policy(&format!(r#"{{"Statement":[{list}]}}"#));
    let keys: Vec<&str> = policy.statements().iter().map(|s| &*s.key).collect();
    assert_eq!(keys, ["A", "#2", "A#3", "#2#4", "B"]);
}

#[test]
fn long_texts_are_cut_in_evidence() {
    let long = "é".repeat(5_000);
    let policy = one(&format!(
        r#""Sid":"{long}","Effect":"Allow","Principal":{{"AWS":["*","{long}"]}},"Action":"{long}","Resource":"{long}""#
    ));
    let public = policy.public(Flavour::Resource);
    assert!(public.certain[0].key.ends_with("…#1") && public.certain[0].key.chars().count() < 130);
    assert!(public.certain[0].detail.chars().count() < 400);
    // The normal form is for comparing, and keeps all of it.
    assert!(policy.to_value().to_json().len() > 20_000);
}

#[test]
fn variables_count_from_version_2012_on() {
    let narrowed = |version: &str, value: &str| {
        let json = format!(
            r#"{{{version}"Statement":{{"Effect":"Allow","Principal":"*","Action":"*","Resource":"*",
            "Condition":{{"StringEquals":{{"aws:PrincipalAccount":"{value}"}}}}}}}}"#
        );
        policy(&json).public(Flavour::Resource).is_clear()
    };
    let new = r#""Version":"2012-10-17","#;
    let old = r#""Version":"2008-10-17","#;
    assert!(!narrowed(new, "${aws:ResourceAccount}"));
    // Before, the same text is text: no account has such a name.
    assert!(narrowed(old, "${aws:ResourceAccount}"));
    assert!(narrowed("", "${aws:ResourceAccount}"));
    // A dollar escape is a plain character, and a star after it is not.
    assert!(narrowed(new, "${*}"));
    assert!(!narrowed(new, "${*}*"));
    assert!(!narrowed(new, "*${$}"));
}

#[test]
fn normal_form_does_not_show_spelling() {
    let a = policy(
        r#"{"Statement":[{"Effect":"Allow","Action":["s3:GetObject","S3:putobject"],"Resource":"*","Principal":{"AWS":"123456789012"},
        "Condition":{"StringEquals":{"AWS:SourceArn":["b","a"]}}},{"Effect":"Deny","Action":"*","Resource":"*"}]}"#,
    );
    let b = policy(
        r#"{"statement":[{"Effect":"Deny","Action":["*"],"Resource":["*"]},{"effect":"Allow","action":["s3:PutObject","s3:getobject","s3:GetObject"],
        "Resource":["*"],"Principal":{"AWS":["arn:aws:iam::123456789012:root"]},"Condition":{"StringEquals":{"aws:sourcearn":["a","b"]}}}]}"#,
    );
    assert_eq!(a.to_value(), b.to_value());
}

// --- everyone -----------------------------------------------------------------------------------------------------

#[test]
fn everyone() {
    for (principal, expected) in [
        (r#""Principal":"*""#, true),
        (r#""Principal":{"AWS":"*"}"#, true),
        (r#""Principal":{"AWS":["123456789012","*"]}"#, true),
        (r#""Principal":{"AWS":"arn:aws:iam::*:root"}"#, true),
        (r#""Principal":{"AWS":"arn:aws:iam::*:role/deploy"}"#, true),
        (r#""Principal":{"AWS":"arn:aws:iam::12345678901?:root"}"#, true),
        (r#""NotPrincipal":{"AWS":"123456789012"}"#, true),
        (r#""Principal":{"Federated":"accounts.google.com"}"#, true),
        (r#""Principal":{"Federated":"graph.facebook.com"}"#, true),
        (r#""Principal":{"Federated":"www.amazon.com"}"#, true),
        (r#""Principal":{"CanonicalUser":"arn:aws:iam::*:root"}"#, true),
        (r#""Principal":{"Service":"*"}"#, true),
        (r#""principal":{"aws":"*"}"#, true),
        (r#""Principal":{"AWS":"123456789012"}"#, false),
        (r#""Principal":{"AWS":123456789012}"#, false),
        (r#""Principal":{"AWS":"arn:aws-cn:iam::123456789012:root"}"#, false),
        (r#""Principal":{"AWS":"arn:aws:iam::123456789012:user/*"}"#, false),
        (r#""Principal":{"AWS":"arn:aws:iam::cloudfront:user/CloudFront Origin Access Identity E1"}"#, false),
        (r#""Principal":{"AWS":"AROAJQABLZS4A3QDU576Q"}"#, false),
        (r#""Principal":{"Service":"sns.amazonaws.com"}"#, false),
        (r#""Principal":{"Federated":"arn:aws:iam::123456789012:saml-provider/Corp"}"#, false),
        (r#""Principal":{"Federated":"arn:aws:iam::123456789012:oidc-provider/accounts.google.com"}"#, false),
        (r#""Principal":{"AWS":[]}"#, false),
    ] {
        let policy = one(&format!(r#""Effect":"Allow",{principal},"Action":"*","Resource":"*""#));
        let public = policy.public(Flavour::Resource);
        assert_eq!(public.is_certain(), expected, "{principal}");
        assert_eq!(policy.statements()[0].principals.has_everyone(), expected, "{principal}");
    }
}

// --- narrowed -----------------------------------------------------------------------------------------------------

#[test]
fn narrowed() {
    // The condition; whether it narrows in general; whether S3 thinks so too.
    for (condition, general, bucket) in [
        (r#""StringEquals":{"aws:SourceAccount":"123456789012"}"#, true, true),
        (r#""stringequals":{"AWS:sourceACCOUNT":"123456789012"}"#, true, true),
        (r#""StringEqualsIgnoreCase":{"aws:SourceOwner":"123456789012"}"#, true, true),
        (r#""StringLike":{"aws:SourceAccount":["123456789012","210987654321"]}"#, true, true),
        (r#""ForAnyValue:StringEquals":{"aws:SourceAccount":"123456789012"}"#, true, true),
        (r#""StringLike":{"aws:SourceAccount":["123456789012","2109876543*"]}"#, false, false),
        (r#""StringEquals":{"aws:SourceAccount":[]}"#, false, false),
        (r#""StringEquals":{"aws:SourceAccount":""}"#, false, false),
        (r#""StringEqualsIfExists":{"aws:SourceAccount":"123456789012"}"#, false, false),
        (r#""ForAllValues:StringEquals":{"aws:SourceAccount":"123456789012"}"#, false, false),
        (r#""StringNotEquals":{"aws:SourceAccount":"123456789012"}"#, false, false),
        (r#""Null":{"aws:SourceAccount":"false"}"#, false, false),
        (r#""StringMatches":{"aws:SourceAccount":"123456789012"}"#, false, false),
        (r#""NumericEquals":{"aws:SourceAccount":"123456789012"}"#, false, false),
        (r#""StringEquals":{"aws:PrincipalOrgID":"o-a1b2c3d4e5"}"#, true, true),
        (r#""StringEquals":{"aws:PrincipalOrgID":["o-a1b2c3d4e5","*"]}"#, false, false),
        (r#""StringLike":{"aws:PrincipalOrgID":"o-*"}"#, false, false),
        (r#""ForAnyValue:StringLike":{"aws:PrincipalOrgPaths":"o-a1b2c3d4e5/r-ab12/ou-ab12-1/*"}"#, true, true),
        (r#""ForAnyValue:StringLike":{"aws:PrincipalOrgPaths":"o-*/r-ab12/*"}"#, false, false),
        (r#""StringEquals":{"aws:SourceOrgID":"o-a1b2c3d4e5"}"#, true, false),
        (r#""ForAnyValue:StringLike":{"aws:SourceOrgPaths":"o-a1b2c3d4e5/*"}"#, true, false),
        (r#""StringEquals":{"aws:PrincipalAccount":"123456789012"}"#, true, true),
        (r#""ArnLike":{"aws:PrincipalArn":"arn:aws:iam::123456789012:role/*"}"#, true, true),
        (r#""ArnLike":{"aws:PrincipalArn":"arn:aws:iam::*:role/deploy"}"#, false, false),
        (r#""StringLike":{"aws:PrincipalArn":"*"}"#, false, false),
        (r#""ArnEquals":{"aws:SourceArn":"arn:aws:sns:eu-west-1:123456789012:t"}"#, true, true),
        (r#""ArnLike":{"aws:SourceArn":"arn:aws:cloudtrail:*:123456789012:trail/*"}"#, true, true),
        (r#""ArnLike":{"aws:SourceArn":"arn:aws:s3:::my-bucket"}"#, true, true),
        (r#""ArnLike":{"aws:SourceArn":"arn:aws:s3:::my-bucket/*"}"#, true, true),
        (r#""ArnLike":{"aws:SourceArn":"arn:aws:s3:::my-*"}"#, false, false),
        (r#""ArnLike":{"aws:SourceArn":"arn:aws:s3:::*"}"#, false, false),
        (r#""ArnLike":{"aws:SourceArn":"arn:aws:apigateway:eu-west-1::/restapis/x"}"#, false, false),
        (r#""ArnLike":{"aws:SourceArn":"arn:aws:sns:*:${aws:PrincipalAccount}:t"}"#, false, false),
        (r#""StringEquals":{"aws:SourceVpc":"vpc-0a1b2c3d"}"#, true, true),
        (r#""StringLike":{"aws:SourceVpc":"vpc-*"}"#, false, false),
        (r#""StringEquals":{"aws:SourceVpce":"vpce-0a1b2c3d"}"#, true, true),
        (r#""IpAddress":{"aws:SourceIp":"192.0.2.0/24"}"#, true, true),
        (r#""IpAddress":{"aws:SourceIp":["192.0.2.7","2001:db8::1"]}"#, true, true),
        (r#""IpAddress":{"aws:SourceIp":"11.0.0.0/8"}"#, true, true),
        (r#""IpAddress":{"aws:SourceIp":"172.16.0.0/12"}"#, true, true),
        (r#""IpAddress":{"aws:SourceIp":"2001:db8::/32"}"#, true, true),
        (r#""IpAddress":{"aws:SourceIp":"2001:da8::/31"}"#, false, false),
        (r#""IpAddress":{"aws:SourceIp":"0.0.0.0/0"}"#, false, false),
        (r#""IpAddress":{"aws:SourceIp":["192.0.2.0/24","128.0.0.0/1"]}"#, false, false),
        (r#""IpAddress":{"aws:SourceIp":"office"}"#, false, false),
        (r#""NotIpAddress":{"aws:SourceIp":"192.0.2.0/24"}"#, false, false),
        (r#""StringEquals":{"aws:SourceIp":"192.0.2.0/24"}"#, false, false),
        (r#""StringLike":{"aws:userid":"AROAJQABLZS4A3QDU576Q:*"}"#, false, false),
        (r#""StringEquals":{"aws:userid":"AIDAJQABLZS4A3QDU576Q"}"#, true, true),
        (r#""StringEquals":{"kms:CallerAccount":"123456789012"}"#, true, false),
        (r#""StringEquals":{"kms:ViaService":"s3.eu-west-1.amazonaws.com"}"#, false, false),
        (r#""StringEquals":{"aws:ResourceAccount":"123456789012"}"#, false, false),
        (r#""StringEquals":{"lambda:EventSourceToken":"amzn1.ask.skill.1"}"#, true, false),
        (r#""ArnLike":{"s3:DataAccessPointArn":"arn:aws:s3:eu-west-1:123456789012:accesspoint/*"}"#, true, true),
        (r#""ArnLike":{"s3:DataAccessPointArn":"arn:aws:s3:eu-west-1:*:accesspoint/a"}"#, false, false),
        (r#""StringEquals":{"s3:DataAccessPointAccount":"123456789012"}"#, true, false),
        (r#""Bool":{"elasticfilesystem:AccessedViaMountTarget":"true"}"#, true, false),
        (r#""Bool":{"elasticfilesystem:AccessedViaMountTarget":false}"#, false, false),
        (r#""Bool":{"aws:SecureTransport":"true"}"#, false, false),
        (r#""StringLike":{"aws:Referer":"https://example.com/*"}"#, false, false),
        (r#""StringEquals":{"aws:UserAgent":"x","aws:RequestedRegion":"eu-west-1"}"#, false, false),
        (r#""DateLessThan":{"aws:CurrentTime":"2030-01-01T00:00:00Z"}"#, false, false),
        (r#""StringEquals":{"sts:ExternalId":"s3cret"}"#, false, false),
        // One narrowing condition is enough, for all have to hold.
        (r#""Bool":{"aws:SecureTransport":"true"},"StringEquals":{"aws:SourceVpc":"vpc-1"}"#, true, true),
    ] {
        let policy = one(&format!(
            r#""Effect":"Allow","Principal":"*","Action":"s3:GetObject","Resource":"*","Condition":{{{condition}}}"#
        ));
        assert_eq!(policy.public(Flavour::Resource).is_clear(), general, "{condition}");
        assert_eq!(policy.public(Flavour::Bucket).is_clear(), bucket, "S3: {condition}");
    }
}

// --- public -------------------------------------------------------------------------------------------------------

pub(super) const GET: &str = r#"{"Sid":"Get","Effect":"Allow","Principal":"*","Action":["s3:GetObject","s3:PutObject"],"Resource":"arn:aws:s3:::b/*"}"#;

pub(super) fn with(statements: &[&str]) -> String {
    format!(r#"{{"Version":"2012-10-17","Statement":[{}]}}"#, statements.join(","))
}

#[test]
fn public_minus_unconditional_denies() {
    let public = |p: &Policy| p.public(Flavour::Bucket);
    let deny = |rest: &str| format!(r#"{{"Effect":"Deny",{rest}}}"#);
    for (rest, expected) in [
        (r#""Principal":"*","Action":"*","Resource":"*""#, ""),
        (r#""Principal":{"AWS":"*"},"Action":"S3:*","Resource":"arn:aws:s3:::b/*""#, ""),
        (r#""Principal":"*","Action":["s3:Get*","s3:Put*"],"Resource":"arn:aws:s3:::*""#, ""),
        (r#""Principal":"*","NotAction":"s3:List*","Resource":"*""#, ""),
        (r#""Principal":"*","Action":"*","NotResource":"arn:aws:s3:::other/*""#, ""),
        (r#""NotPrincipal":{"AWS":"123456789012"},"Action":"*","Resource":"*""#, ""),
        (r#""Principal":"*","Action":"s3:GetObject","Resource":"*""#, "Get"),
        (r#""Principal":"*","Action":"*","Resource":"arn:aws:s3:::b/private/*""#, "Get"),
        (r#""Principal":"*","Action":"*","NotResource":"arn:aws:s3:::b/public/*""#, "Get"),
        (r#""Principal":{"AWS":"123456789012"},"Action":"*","Resource":"*""#, "Get"),
        (r#""Principal":"*","Action":"*","Resource":"*","Condition":{"Bool":{"aws:SecureTransport":"false"}}"#, "Get"),
    ] {
        check(&with(&[GET, &deny(rest)]), public, expected);
        check(&with(&[&deny(rest), GET]), public, expected);
    }
    // Two Denies add up, and what is left is named.
    let (get, put) = (
        deny(r#""Principal":"*","Action":"s3:Get*","Resource":"*""#),
        deny(r#""Principal":"*","Action":"s3:Put*","Resource":"*""#),
    );
    check(&with(&[GET, &get, &put]), public, "");
    let left = policy(&with(&[GET, &get])).public(Flavour::Bucket);
    assert_eq!(&*left.certain[0].detail, "lets everyone `s3:PutObject` on `arn:aws:s3:::b/*`");
}

#[test]
fn public_says_what_did_not_narrow() {
    let policy =
        one(r#""Effect":"Allow","NotPrincipal":{"AWS":"123456789012"},"NotAction":"s3:Delete*","Resource":"*",
        "Condition":{"StringLike":{"aws:SourceVpc":"vpc-*"}}"#);
    assert_eq!(
        &*policy.public(Flavour::Bucket).certain[0].detail,
        "lets everyone except account `123456789012` everything except `s3:Delete*` on `*`; `aws:sourcevpc` does not narrow it"
    );
}

#[test]
fn sns_default_policy_is_not_public() {
    check(
        r#"{"Version":"2008-10-17","Id":"__default_policy_ID","Statement":[{"Sid":"__default_statement_ID","Effect":"Allow","Principal":{"AWS":"*"},
        "Action":["SNS:Publish","SNS:Subscribe"],"Resource":"arn:aws:sns:eu-west-1:123456789012:t",
        "Condition":{"StringEquals":{"AWS:SourceOwner":"123456789012"}}}]}"#,
        |p| p.public(Flavour::Resource),
        "",
    );
}

#[test]
fn principal_org_id_is_not_public() {
    let json = r#""Effect":"Allow","Principal":"*","Action":"s3:GetObject","Resource":"*","Condition":{"StringEquals":{"aws:PrincipalOrgID":"o-abc"}}"#;
    check(json, |p| p.public(Flavour::Bucket), "");
}

#[test]
fn function_url_statements_belong_to_the_url() {
    let json = with(&[
        r#"{"Sid":"Url","Effect":"Allow","Principal":"*","Action":"lambda:InvokeFunctionUrl","Resource":"*","Condition":{"StringEquals":{"lambda:FunctionUrlAuthType":"NONE"}}}"#,
        r#"{"Sid":"Url2","Effect":"Allow","Principal":"*","Action":"lambda:InvokeFunction","Resource":"*","Condition":{"Bool":{"lambda:InvokedViaFunctionUrl":"true"}}}"#,
        r#"{"Sid":"Iam","Effect":"Allow","Principal":"*","Action":"lambda:InvokeFunctionUrl","Resource":"*","Condition":{"StringEquals":{"lambda:FunctionUrlAuthType":"AWS_IAM"}}}"#,
        r#"{"Sid":"Open","Effect":"Allow","Principal":"*","Action":"lambda:InvokeFunction","Resource":"*"}"#,
        r#"{"Sid":"Alexa","Effect":"Allow","Principal":"*","Action":"lambda:InvokeFunction","Resource":"*","Condition":{"StringEquals":{"lambda:EventSourceToken":"t"}}}"#,
    ]);
    check(&json, |p| p.public(Flavour::Function), "Iam Open");
    check(&json, Policy::public_url, "Url Url2");
    check(&json, |p| p.public(Flavour::Resource), "Url Url2 Iam Open");
}

// --- effective actions --------------------------------------------------------------------------------------------

#[test]
fn all_resources() {
    for (resource, s3, kms) in [
        (r#""Resource":"*""#, true, true),
        (r#""Resource":"**""#, true, true),
        (r#""Resource":"?*""#, true, true),
        (r#""Resource":["arn:aws:s3:::b","*"]"#, true, true),
        (r#""NotResource":"arn:aws:s3:::b""#, true, true),
        (r#""Resource":"arn:*""#, true, true),
        (r#""Resource":"arn:aws:*""#, true, true),
        (r#""Resource":"arn:aws:*:*:*:*""#, true, true),
        (r#""Resource":"arn:aws:s3:::*""#, true, false),
        (r#""Resource":"arn:*:s3:::*""#, true, false),
        // Every object of every bucket.
        (r#""Resource":"arn:aws:s3:::*/*""#, true, false),
        (r#""Resource":"arn:aws:s3*""#, true, false),
        (r#""Resource":"arn:aws:s3:*""#, true, false),
        (r#""Resource":"arn:aws:kms:*:*:key/*""#, false, true),
        (r#""Resource":"arn:aws:kms:*:*:*""#, false, true),
        (r#""Resource":"arn:aws:kms:*""#, false, true),
        (r#""Resource":"arn:aws:kms:*:123456789012:key/*""#, false, false),
        (r#""Resource":"arn:aws:kms:eu-west-1:*:key/*""#, false, false),
        (r#""Resource":"arn:aws:kms:*:*:key/1234""#, false, false),
        (r#""Resource":"arn:aws:kms:*:*:key/a*""#, false, false),
        (r#""Resource":"arn:aws:s3:::b/*""#, false, false),
        (r#""Resource":"arn:aws:s3:::b*""#, false, false),
        (r#""Resource":"arn:aws:s3:::${aws:username}/*""#, false, false),
        (r#""Resource":[]"#, false, false),
    ] {
        let policy = one(&format!(r#""Effect":"Allow","Action":"*",{resource}"#));
        assert_eq!(policy.allows_everywhere("s3:GetObject").is_certain(), s3, "{resource}");
        assert_eq!(policy.allows_everywhere("kms:Decrypt").is_certain(), kms, "{resource}");
    }
    // Roles are IAM's, and STS assumes them.
    let policy = one(r#""Effect":"Allow","Action":"sts:AssumeRole","Resource":"arn:aws:iam::*:role/*""#);
    assert!(policy.allows_everywhere("sts:AssumeRole").is_certain());
}

#[test]
fn effective_actions() {
    let decrypt = |p: &Policy| p.allows_everywhere("kms:Decrypt");
    // Wildcards hide names from those who search for them.
    for action in ["kms:Decrypt", "KMS:dEcRyPt", "?ms:Decrypt", "k*t", "*:Dec*", "kms:D?crypt", "*"] {
        check(&format!(r#""Effect":"Allow","Action":"{action}","Resource":"*""#), decrypt, "#1");
        check(&format!(r#""Effect":"Allow","NotAction":"{action}","Resource":"*""#), decrypt, "");
    }
    for action in ["kms:Decrypt2", "kms", "kms:", "s3:*", "?s:Decrypt", ""] {
        check(&format!(r#""Effect":"Allow","Action":"{action}","Resource":"*""#), decrypt, "");
        check(&format!(r#""Effect":"Allow","NotAction":"{action}","Resource":"*""#), decrypt, "#1");
    }
    let allow = r#"{"Sid":"A","Effect":"Allow","Action":"*","Resource":"*"}"#;
    let deny = |rest: &str| with(&[allow, &format!(r#"{{"Effect":"Deny",{rest}}}"#)]);
    for (rest, expected) in [
        (r#""Action":"kms:*","Resource":"*""#, ""),
        (r#""Action":"?MS:decrypt","Resource":"*""#, ""),
        (r#""NotAction":"s3:*","Resource":"*""#, ""),
        (r#""Action":"kms:*","Resource":"arn:aws:kms:*:*:*""#, ""),
        (r#""Action":"kms:*","NotResource":"arn:aws:kms:*:123456789012:key/1""#, ""),
        // A Deny is not a grant.
        (r#""Action":"*","Resource":"*""#, ""),
        (r#""NotAction":"kms:*","Resource":"*""#, "A"),
        (r#""Action":"kms:*","NotResource":"arn:aws:kms:*:*:key/*""#, "A"),
        (r#""Action":"kms:*","Resource":"arn:aws:kms:*:*:key/1""#, "A"),
        (r#""Action":"kms:*","Resource":"arn:aws:s3:::*""#, "A"),
        (r#""Action":"kms:*","Resource":"*","Condition":{"Bool":{"aws:SecureTransport":"false"}}"#, "A"),
    ] {
        check(&deny(rest), decrypt, expected);
    }
    for (condition, expected) in [
        (r#""Bool":{"aws:SecureTransport":"true"}"#, "#1"),
        (r#""StringEquals":{"aws:RequestedRegion":"eu-west-1"},"Bool":{"AWS:MultiFactorAuthPresent":"true"}"#, "#1"),
        (
            r#""DateLessThan":{"aws:CurrentTime":"2099-01-01T00:00:00Z","aws:EpochTime":"1"},"StringLike":{"aws:UserAgent":"*"}"#,
            "#1",
        ),
        ("", "#1"),
        (r#""StringEquals":{"aws:ResourceTag/team":"a"}"#, ""),
        (r#""Bool":{"aws:SecureTransport":"true"},"StringEquals":{"kms:ViaService":"s3.eu-west-1.amazonaws.com"}"#, ""),
    ] {
        let json = format!(r#""Effect":"Allow","Action":"kms:*","Resource":"*","Condition":{{{condition}}}"#);
        check(&json, decrypt, expected);
    }
    // What one statement of a pair allows on some resources does not add up to all.
    check(
        &with(&[
            r#"{"Effect":"Allow","Action":"kms:Decrypt","Resource":"arn:aws:kms:*:*:key/1"}"#,
            r#"{"Effect":"Allow","Action":"kms:List*","Resource":"*"}"#,
        ]),
        decrypt,
        "",
    );
}

#[test]
fn administrator() {
    for (statement, expected) in [
        (r#""Effect":"Allow","Action":"*","Resource":"*""#, "#1"),
        (r#""Effect":"Allow","Action":"*:*","Resource":"*""#, "#1"),
        (r#""Effect":"Allow","Action":["?*"],"Resource":["arn:aws:*:*:*:*"]"#, "#1"),
        // NotAction of a name nobody has.
        (r#""Effect":"Allow","NotAction":"prowler:action","Resource":"*""#, "#1"),
        (r#""Effect":"Allow","NotAction":"s3:Get*","Resource":"*""#, "#1"),
        (r#""Effect":"Allow","Action":"*","NotResource":"arn:aws:s3:::b""#, "#1"),
        (
            r#""Effect":"Allow","Action":"*","Resource":"*","Condition":{"Bool":{"aws:MultiFactorAuthPresent":true}}"#,
            "#1",
        ),
        (r#""Effect":"Allow","NotAction":"iam:*","Resource":"*""#, ""),
        (r#""Effect":"Allow","NotAction":["iam:*","organizations:*","account:*"],"Resource":"*""#, ""),
        (r#""Effect":"Allow","NotAction":"*","Resource":"*""#, ""),
        (r#""Effect":"Allow","Action":["iam:*","sts:*","kms:*","s3:*","cloudtrail:*"],"Resource":"*""#, ""),
        (r#""Effect":"Allow","Action":"*","Resource":"arn:aws:s3:::*""#, ""),
        (r#""Effect":"Allow","Action":"*","Resource":"arn:aws:s3:::b""#, ""),
        (r#""Effect":"Allow","Action":"*","Resource":"*","Condition":{"StringEquals":{"aws:PrincipalTag/a":"b"}}"#, ""),
        (r#""Effect":"Deny","Action":"*","Resource":"*""#, ""),
    ] {
        check(statement, Policy::administrator, expected);
    }
    let rest = r#"{"Sid":"Rest","Effect":"Allow","NotAction":"iam:*","Resource":"*"}"#;
    let iam = r#"{"Sid":"Iam","Effect":"Allow","Action":"iam:*","Resource":"*"}"#;
    let s3 = r#"{"Sid":"S3","Effect":"Allow","Action":"s3:List*","Resource":"*"}"#;
    let all = r#"{"Sid":"All","Effect":"Allow","Action":"*","Resource":"*"}"#;
    let deny = r#"{"Effect":"Deny","Action":"cloudtrail:*","Resource":"*"}"#;
    check(&with(&[rest, iam, s3]), Policy::administrator, "Rest Iam");
    check(&with(&[rest, iam, s3, all]), Policy::administrator, "All");
    check(&with(&[all, deny]), Policy::administrator, "");
    assert_eq!(
        &*one(r#""Effect":"Allow","NotAction":["s3:A","s3:B","s3:C","s3:D","s3:E","s3:F"],"Resource":"*""#)
            .administrator()
            .certain[0]
            .detail,
        "allows everything except `s3:A`, `s3:B`, `s3:C`, `s3:D` and 2 more on `*`"
    );
}

#[test]
fn administrator_attachments() {
    let configured = BTreeSet::from(["arn:aws:iam::123456789012:policy/Boss".to_owned()]);
    for (arn, expected) in [
        ("arn:aws:iam::aws:policy/AdministratorAccess", true),
        ("arn:aws-us-gov:iam::aws:policy/AdministratorAccess", true),
        ("arn:aws-cn:iam::aws:policy/IAMFullAccess", true),
        ("arn:aws:iam::123456789012:policy/Boss", true),
        ("arn:aws:iam::aws:policy/PowerUserAccess", false),
        ("arn:aws:iam::aws:policy/AdministratorAccess-Amplify", false),
        ("arn:aws:iam::123456789012:policy/AdministratorAccess", false),
        ("AdministratorAccess", false),
    ] {
        assert_eq!(is_administrator_attachment(arn, &configured), expected, "{arn}");
    }
}

#[test]
fn escalation() {
    let found = |json: &str| -> Vec<String> {
        let policy = if json.starts_with('{') { policy(json) } else { one(json) };
        policy.escalations().iter().map(|e| format!("{}: {}", e.statements.join(","), e.actions.join("+"))).collect()
    };
    let allow = |actions: &str| format!(r#""Effect":"Allow","Action":{actions},"Resource":"*""#);
    assert_eq!(found(&allow(r#""iam:Create*Key""#)), ["#1: iam:CreateAccessKey"]);
    assert_eq!(found(&allow(r#""?aM:*CCESSkey""#)), ["#1: iam:CreateAccessKey"]);
    assert_eq!(found(&allow(r#""?am:*""#)).len(), 13);
    assert_eq!(
        found(&allow(r#"["ssm:SendCommand","lambda:UpdateFunctionCode"]"#)),
        ["#1: lambda:UpdateFunctionCode", "#1: ssm:SendCommand"]
    );
    assert_eq!(
        found(&allow(r#"["iam:PassRole","ec2:RequestSpotInstances"]"#)),
        ["#1: iam:PassRole+ec2:RequestSpotInstances"]
    );
    assert_eq!(
        found(&allow(r#"["iam:PassRole","lambda:CreateFunction","lambda:AddPermission"]"#)),
        ["#1: iam:PassRole+lambda:CreateFunction+lambda:AddPermission"]
    );
    // Half a set is nothing.
    for half in [
        r#"["iam:PassRole","lambda:CreateFunction"]"#,
        r#"["iam:PassRole","ecs:RunTask"]"#,
        r#"["lambda:CreateFunction","lambda:InvokeFunction"]"#,
        r#"["iam:PassRole","states:CreateStateMachine"]"#,
        r#""iam:PassRole""#,
        r#"["iam:Get*","iam:List*"]"#,
    ] {
        assert_eq!(found(&allow(half)), Vec::<String>::new(), "{half}");
    }
    assert_eq!(found(&allow(r#""*""#)).len(), ESCALATIONS);
    // Split over statements: all that take part are named.
    let pass = r#"{"Sid":"Pass","Effect":"Allow","Action":"iam:PassRole","Resource":"*"}"#;
    let glue = r#"{"Sid":"Glue","Effect":"Allow","Action":"glue:*","Resource":"*"}"#;
    let scoped =
        r#"{"Sid":"Pass","Effect":"Allow","Action":"iam:PassRole","Resource":"arn:aws:iam::123456789012:role/glue"}"#;
    assert_eq!(
        found(&with(&[pass, glue])),
        ["Pass,Glue: iam:PassRole+glue:CreateDevEndpoint", "Pass,Glue: iam:PassRole+glue:CreateJob+glue:StartJobRun"]
    );
    assert_eq!(found(&with(&[scoped, glue])), Vec::<String>::new());
    check(&with(&[pass, glue]), Policy::escalation, "Pass Glue");
    let words = policy(&with(&[pass, glue])).escalation().certain[1].detail.to_string();
    assert!(words.contains("`iam:PassRole` with `glue:CreateJob` with `glue:StartJobRun`"), "{words}");
}

/// Every action that escalates alone, and every row with PassRole.
const ESCALATIONS: usize = 15 + 10;

#[test]
fn pass_role() {
    for (rest, expected) in [
        (r#""Resource":"*""#, "#1"),
        (r#""Resource":"arn:aws:iam::*:role/*""#, "#1"),
        (r#""NotResource":"arn:aws:iam::123456789012:role/admin""#, "#1"),
        (r#""Resource":"*","Condition":{"StringEquals":{"aws:RequestedRegion":"eu-west-1"}}"#, "#1"),
        (r#""Resource":"*","Condition":{"StringLike":{"iam:PassedToService":"*"}}"#, "#1"),
        (r#""Resource":"*","Condition":{"StringLike":{"iam:PassedToService":"*.amazonaws.com"}}"#, "#1"),
        (r#""Resource":"*","Condition":{"StringNotEquals":{"iam:PassedToService":"ec2.amazonaws.com"}}"#, "#1"),
        (
            r#""Resource":"*","Condition":{"ForAllValues:StringEquals":{"iam:PassedToService":"ec2.amazonaws.com"}}"#,
            "#1",
        ),
        (r#""Resource":"*","Condition":{"StringEquals":{"iam:PassedToService":"ec2.amazonaws.com"}}"#, ""),
        (
            r#""Resource":"*","Condition":{"StringEqualsIfExists":{"IAM:passedtoservice":["ec2.amazonaws.com","lambda.amazonaws.com"]}}"#,
            "",
        ),
        (r#""Resource":"*","Condition":{"StringEquals":{"iam:AssociatedResourceArn":"x"}}"#, ""),
        (r#""Resource":"arn:aws:iam::123456789012:role/app-*""#, ""),
    ] {
        check(&format!(r#""Effect":"Allow","Action":"iam:Pass*",{rest}"#), Policy::unscoped_pass_role, expected);
    }
}

#[test]
fn whole_services() {
    let services = |action: &str| -> String {
        let policy = one(&format!(r#""Effect":"Allow","Action":{action},"Resource":"*""#));
        policy.whole_services().certain.iter().map(|e| e.detail.to_string()).collect()
    };
    assert_eq!(
        services(r#"["S3:*","s3:GetObject","ec2:**","sqs:?*","kms:Describe*"]"#),
        "allows `s3:*`, `ec2:*`, `sqs:*` on all resources"
    );
    assert_eq!(services(r#""*""#), "allows `*` on all resources");
    assert_eq!(services(r#""s?:*""#), "allows `s?:*` on all resources");
    assert_eq!(services(r#"["s3:Get*","s3:*Tagging","ec2:Describe*"]"#), "");
    for (json, service, expected) in [
        (r#""Effect":"Allow","NotAction":"prowler:check","Resource":"*""#, "s3", "#1"),
        (r#""Effect":"Allow","NotAction":"s3:*","Resource":"*""#, "s3", ""),
        (r#""Effect":"Allow","NotAction":"s3:*","Resource":"*""#, "ec2", "#1"),
        (r#""Effect":"Allow","Action":"s3:*","Resource":"arn:aws:s3:::b/*""#, "s3", ""),
        (r#""Effect":"Allow","Action":"s3:*","Resource":"arn:aws:s3:::*/*""#, "s3", "#1"),
    ] {
        check(json, |p| p.allows_whole_service(service), expected);
    }
    // Denying one action does not make the rest less than a service.
    let json = with(&[
        r#"{"Sid":"A","Effect":"Allow","Action":"s3:*","Resource":"*"}"#,
        r#"{"Effect":"Deny","Action":"s3:DeleteBucket","Resource":"*"}"#,
    ]);
    check(&json, Policy::whole_services, "A");
}

#[test]
fn decrypting_with_every_key() {
    for (statement, expected) in [
        (r#""Effect":"Allow","Action":"kms:*","Resource":"*""#, "#1"),
        (r#""Effect":"Allow","Action":"kms:ReEncrypt*","Resource":"arn:aws:kms:*:*:key/*""#, "#1"),
        (r#""Effect":"Allow","Action":"kms:Decrypt","Resource":"arn:aws:kms:*:*:alias/*""#, "#1"),
        (r#""Effect":"Allow","Action":"kms:Decrypt","Resource":"arn:aws:kms:*:123456789012:key/*""#, ""),
        (r#""Effect":"Allow","Action":"kms:Encrypt","Resource":"*""#, ""),
        (
            r#""Effect":"Allow","Action":"kms:Decrypt","Resource":"*","Condition":{"StringEquals":{"kms:ViaService":"s3.us-east-1.amazonaws.com"}}"#,
            "",
        ),
    ] {
        check(statement, Policy::decrypts_everywhere, expected);
    }
}

#[test]
fn implicit_allows() {
    check(r#""Effect":"Allow","NotAction":"iam:*","Resource":"*""#, Policy::implicit_allows, "#1");
    check(r#""Effect":"Allow","Action":"s3:*","NotResource":"arn:aws:s3:::b""#, Policy::implicit_allows, "#1");
    check(r#""Effect":"Deny","NotAction":"iam:*","Resource":"*""#, Policy::implicit_allows, "");
    check(r#""Effect":"Allow","Action":"s3:*","Resource":"*""#, Policy::implicit_allows, "");
}

#[test]
fn unscoped_endpoints() {
    for (statement, expected) in [
        (r#""Effect":"Allow","Principal":"*","Action":"*","Resource":"*""#, "#1"),
        (r#""Effect":"Allow","Principal":"*","Action":"s3:*","Resource":"arn:aws:s3:::*""#, "#1"),
        (r#""Effect":"Allow","Principal":{"AWS":"123456789012"},"Action":"*","Resource":"*""#, "#1"),
        (
            r#""Effect":"Allow","Principal":"*","Action":"*","Resource":"*","Condition":{"StringEquals":{"aws:ResourceAccount":"123456789012"}}"#,
            "#1",
        ),
        (
            r#""Effect":"Allow","Principal":"*","Action":"*","Resource":"*","Condition":{"StringEquals":{"aws:PrincipalOrgID":"o-abc"}}"#,
            "",
        ),
        (r#""Effect":"Allow","Principal":"*","Action":["s3:GetObject","s3:PutObject"],"Resource":"*""#, ""),
        (r#""Effect":"Allow","Principal":"*","Action":"s3:*","Resource":"arn:aws:s3:::b/*""#, ""),
    ] {
        check(statement, Policy::unscoped_endpoint, expected);
    }
}

// --- trust --------------------------------------------------------------------------------------------------------

const OWN: &str = "123456789012";
const TRUSTED: &str = "210987654321";

fn parties(trusted: &BTreeSet<String>, complete: bool) -> Parties<'_> {
    Parties { own: OWN, trusted, organisation: None, complete }
}

#[test]
fn trust_for_everyone() {
    let trust = |p: &Policy| p.public(Flavour::Resource);
    for (rest, expected) in [
        (r#""Principal":{"AWS":"*"}"#, "#1"),
        (r#""Principal":{"AWS":"*"},"Condition":{"StringEquals":{"sts:ExternalId":"x"}}"#, "#1"),
        (r#""Principal":{"AWS":"*"},"Condition":{"StringEquals":{"aws:PrincipalOrgID":"o-abc"}}"#, ""),
        (
            r#""Principal":{"AWS":"*"},"Condition":{"ArnLike":{"aws:PrincipalArn":"arn:aws:iam::123456789012:role/*"}}"#,
            "",
        ),
        (r#""Principal":{"Service":"ec2.amazonaws.com"}"#, ""),
        (r#""Principal":{"AWS":"123456789012"}"#, ""),
    ] {
        check(&format!(r#""Effect":"Allow","Action":"sts:AssumeRole",{rest}"#), trust, expected);
    }
}

#[test]
fn external_id() {
    let trusted = BTreeSet::from([TRUSTED.to_owned()]);
    for (rest, expected) in [
        (r#""Principal":{"AWS":"999999999999"}"#, "#1"),
        (r#""Principal":{"AWS":"arn:aws:iam::999999999999:user/vendor"}"#, "#1"),
        (r#""Principal":{"AWS":["123456789012","999999999999"]}"#, "#1"),
        (r#""Principal":{"AWS":"999999999999"},"Condition":{"StringLike":{"sts:ExternalId":"*"}}"#, "#1"),
        (r#""Principal":{"AWS":"999999999999"},"Condition":{"StringEqualsIfExists":{"sts:ExternalId":"x"}}"#, "#1"),
        (r#""Principal":{"AWS":"999999999999"},"Condition":{"StringNotEquals":{"sts:ExternalId":"x"}}"#, "#1"),
        (r#""Principal":{"AWS":"999999999999"},"Condition":{"StringEquals":{"sts:ExternalId":""}}"#, "#1"),
        (r#""Principal":{"AWS":"999999999999"},"Condition":{"StringEquals":{"STS:externalid":"x"}}"#, ""),
        (r#""Principal":{"AWS":"arn:aws:iam::210987654321:root"}"#, ""),
        (r#""Principal":{"AWS":"123456789012"}"#, ""),
        (r#""Principal":{"AWS":"AROAJQABLZS4A3QDU576Q"}"#, ""),
        (r#""Principal":{"Service":"ec2.amazonaws.com"}"#, ""),
        // Left to the rule about everyone.
        (r#""Principal":{"AWS":"*"}"#, ""),
    ] {
        let json = format!(r#""Effect":"Allow","Action":"sts:*",{rest}"#);
        check(&json, |p| p.third_party_without_external_id(&parties(&trusted, true)), expected);
        let doubtful = if expected.is_empty() { String::new() } else { format!("{expected}?") };
        check(&json, |p| p.third_party_without_external_id(&parties(&trusted, false)), &doubtful);
    }
    // Tagging a session lets nobody in.
    check(
        r#""Effect":"Allow","Action":"sts:TagSession","Principal":{"AWS":"999999999999"}"#,
        |p| p.third_party_without_external_id(&parties(&BTreeSet::new(), true)),
        "",
    );
}

#[test]
fn oidc_subject() {
    let github = "token.actions.githubusercontent.com";
    let gitlab = "gitlab.com";
    let aud = |issuer: &str| format!(r#""StringEquals":{{"{issuer}:aud":"sts.amazonaws.com""#);
    for (issuer, condition, expected) in [
        (github, format!(r#"{},"{github}:sub":"repo:acme/app:ref:refs/heads/main"}}"#, aud(github)), ""),
        (github, format!(r#"{}}},"StringLike":{{"{github}:sub":"repo:acme/*"}}"#, aud(github)), ""),
        (github, format!(r#"{}}},"StringLike":{{"{github}:SUB":["repo:acme/*","repo:acme/app:*"]}}"#, aud(github)), ""),
        (github, format!(r#"{}}},"StringLike":{{"{github}:sub":["repo:acme/*","repo:*"]}}"#, aud(github)), "#1"),
        (github, format!(r#"{}}},"StringLike":{{"{github}:sub":"repo:acme*/app:*"}}"#, aud(github)), "#1"),
        (github, format!(r#"{}}},"StringLike":{{"{github}:sub":"repo:${{aws:x}}/app"}}"#, aud(github)), "#1"),
        (github, format!(r#"{}}},"StringLike":{{"{github}:sub":"*"}}"#, aud(github)), "#1"),
        (github, format!(r#"{}}},"ForAllValues:StringLike":{{"{github}:sub":"repo:acme/*"}}"#, aud(github)), "#1"),
        (github, format!(r#"{}}},"StringLikeIfExists":{{"{github}:sub":"repo:acme/*"}}"#, aud(github)), "#1"),
        (github, format!("{}}}", aud(github)), "#1"),
        (github, format!(r#""StringEquals":{{"{github}:sub":"repo:acme/app:environment:prod"}}"#), "#1"),
        (github, format!(r#""StringLike":{{"{github}:aud":"sts.amazonaws.com","{github}:sub":"repo:acme/*"}}"#), ""),
        (github, format!(r#""StringLike":{{"{github}:aud":"*","{github}:sub":"repo:acme/*"}}"#), "#1"),
        (gitlab, format!(r#"{}}},"StringLike":{{"{gitlab}:sub":"project_path:acme/*"}}"#, aud(gitlab)), ""),
        (gitlab, format!(r#"{}}},"StringLike":{{"{gitlab}:sub":"*:acme/*"}}"#, aud(gitlab)), "#1"),
        (gitlab, format!(r#"{},"{github}:sub":"repo:acme/app"}}"#, aud(gitlab)), "#1"),
    ] {
        let json = format!(
            r#""Effect":"Allow","Action":"sts:AssumeRoleWithWebIdentity","Condition":{{{condition}}},
            "Principal":{{"Federated":"arn:aws:iam::123456789012:oidc-provider/{issuer}"}}"#
        );
        check(&json, Policy::unfixed_oidc_subjects, expected);
    }
    let eks = "oidc.eks.eu-west-1.amazonaws.com/id/ABCDEF";
    let json = format!(
        r#""Effect":"Allow","Action":"sts:AssumeRoleWithWebIdentity","Principal":{{"Federated":"arn:aws:iam::123456789012:oidc-provider/{eks}"}},
        "Condition":{{"StringEquals":{{"{eks}:aud":"sts.amazonaws.com","{eks}:sub":"system:serviceaccount:kube-system:dns"}}}}"#
    );
    check(&json, Policy::unfixed_oidc_subjects, "");
    let cognito = |amr: &str| {
        format!(
            r#""Effect":"Allow","Action":"sts:AssumeRoleWithWebIdentity","Principal":{{"Federated":"cognito-identity.amazonaws.com"}},
            "Condition":{{"StringEquals":{{"cognito-identity.amazonaws.com:aud":"eu-west-1:1"}},
            "ForAnyValue:StringLike":{{"cognito-identity.amazonaws.com:amr":"{amr}"}}}}"#
        )
    };
    check(&cognito("authenticated"), Policy::unfixed_oidc_subjects, "");
    check(&cognito("unauthenticated"), Policy::unfixed_oidc_subjects, "#1");
    check(
        r#""Effect":"Allow","Action":"sts:AssumeRoleWithSAML","Principal":{"Federated":"arn:aws:iam::123456789012:saml-provider/Corp"}"#,
        Policy::unfixed_oidc_subjects,
        "",
    );
}

#[test]
fn services_on_behalf_of() {
    for (rest, expected) in [
        (r#""Principal":{"Service":"cloudtrail.amazonaws.com"}"#, "#1"),
        (
            r#""Principal":{"Service":"cloudtrail.amazonaws.com"},"Condition":{"StringEquals":{"aws:SourceAccount":"123456789012"}}"#,
            "",
        ),
        (
            r#""Principal":{"Service":"cloudtrail.amazonaws.com"},"Condition":{"ArnLike":{"aws:SourceArn":"arn:aws:cloudtrail:*:*:trail/*"}}"#,
            "#1",
        ),
        (r#""Principal":{"Service":"ec2.amazonaws.com"}"#, ""),
    ] {
        let json = format!(r#""Effect":"Allow","Action":"sts:AssumeRole",{rest}"#);
        check(&json, |p| p.services_without_source(&["cloudtrail.amazonaws.com"]), expected);
    }
}

// --- other accounts -----------------------------------------------------------------------------------------------

#[test]
fn third_party_grants() {
    let trusted = BTreeSet::from([TRUSTED.to_owned()]);
    let actions = ["s3:PutBucketPolicy", "s3:DeleteObject"];
    for (rest, expected) in [
        (r#""Principal":{"AWS":"999999999999"},"Action":"s3:*""#, "#1"),
        (r#""Principal":{"AWS":"999999999999"},"Action":"s3:Put*Policy""#, "#1"),
        (r#""Principal":{"AWS":"999999999999"},"NotAction":"s3:Get*""#, "#1"),
        (r#""Principal":{"AWS":"999999999999"},"Action":"s3:Get*""#, ""),
        (r#""Principal":{"AWS":"123456789012"},"Action":"s3:*""#, ""),
        (r#""Principal":{"AWS":"arn:aws:iam::210987654321:role/x"},"Action":"s3:*""#, ""),
        (r#""Principal":{"Service":"logging.s3.amazonaws.com"},"Action":"s3:*""#, ""),
        (r#""Principal":{"AWS":"arn:aws:iam::cloudfront:user/E1"},"Action":"s3:*""#, ""),
        (r#""Principal":"*","Action":"s3:*""#, "#1"),
        (r#""Principal":"*","Action":"s3:*","Condition":{"StringEquals":{"aws:PrincipalAccount":"123456789012"}}"#, ""),
        (
            r#""Principal":"*","Action":"s3:*","Condition":{"StringEquals":{"aws:PrincipalAccount":["123456789012","999999999999"]}}"#,
            "#1",
        ),
        (r#""Principal":"*","Action":"s3:*","Condition":{"StringEquals":{"aws:PrincipalOrgID":"o-abc"}}"#, ""),
        (
            r#""Principal":"*","Action":"s3:*","Condition":{"ArnLike":{"aws:PrincipalArn":"arn:aws:iam::999999999999:role/x"}}"#,
            "#1",
        ),
    ] {
        let json = format!(r#""Effect":"Allow","Resource":"arn:aws:s3:::b/*",{rest}"#);
        check(&json, |p| p.third_party_grants(&parties(&trusted, true), &actions), expected);
    }
    let allow =
        r#"{"Sid":"A","Effect":"Allow","Principal":{"AWS":"999999999999"},"Action":"s3:DeleteObject","Resource":"*"}"#;
    let deny = |who: &str| {
        format!(r#"{{"Effect":"Deny","Principal":{{"AWS":"{who}"}},"Action":"s3:Delete*","Resource":"*"}}"#)
    };
    let ask = |p: &Policy| p.third_party_grants(&parties(&BTreeSet::new(), true), &actions);
    check(&with(&[allow]), ask, "A");
    check(&with(&[allow, &deny("*")]), ask, "");
    check(&with(&[allow, &deny("arn:aws:iam::999999999999:root")]), ask, "");
    check(&with(&[allow, &deny("888888888888")]), ask, "A");
    // Whose a canonical id is cannot be told.
    check(r#""Effect":"Allow","Principal":{"CanonicalUser":"79a5"},"Action":"s3:*","Resource":"*""#, ask, "#1?");
}

// --- transport ----------------------------------------------------------------------------------------------------

const INSECURE: &str = r#""Condition":{"Bool":{"aws:SecureTransport":"false"}}"#;

#[test]
fn tls_only_buckets() {
    let ask = |p: &Policy| p.plaintext(Transport::Bucket(Some("b")));
    let both = r#""Resource":["arn:aws:s3:::b","arn:aws:s3:::b/*"]"#;
    for (statement, expected) in [
        (format!(r#""Effect":"Deny","Principal":"*","Action":"s3:*",{both},{INSECURE}"#), ""),
        (format!(r#""Effect":"Deny","Principal":{{"AWS":["*"]}},"Action":["S3:*"],{both},{INSECURE}"#), ""),
        (format!(r#""Effect":"Deny","Principal":"*","Action":"*","Resource":"*",{INSECURE}"#), ""),
        (format!(r#""Effect":"Deny","Principal":"*","Action":"*","Resource":"arn:aws:s3:::b*",{INSECURE}"#), ""),
        (
            format!(
                r#""Effect":"Deny","Principal":"*","Action":"*","Resource":["arn:aws-cn:s3:::b","arn:aws-cn:s3:::b/*"],{INSECURE}"#
            ),
            "",
        ),
        (
            format!(
                r#""Effect":"Deny","Principal":"*","Action":"*",{both},"Condition":{{"Bool":{{"AWS:securetransport":false}}}}"#
            ),
            "",
        ),
        (
            format!(
                r#""Effect":"Deny","Principal":"*","Action":"*",{both},"Condition":{{"NumericLessThan":{{"s3:TlsVersion":1.2}}}}"#
            ),
            "",
        ),
        (
            format!(
                r#""Effect":"Deny","Principal":"*","Action":"*",{both},"Condition":{{"NumericLessThan":{{"s3:TlsVersion":"1.1"}}}}"#
            ),
            "bucket objects",
        ),
        (
            format!(
                r#""Effect":"Deny","Principal":"*","Action":"*",{both},"Condition":{{"NumericLessThanEquals":{{"s3:TlsVersion":"1.2"}}}}"#
            ),
            "bucket objects",
        ),
        // Objects alone are not enough, and the entry says what is missing.
        (
            format!(r#""Effect":"Deny","Principal":"*","Action":"s3:*","Resource":"arn:aws:s3:::b/*",{INSECURE}"#),
            "bucket",
        ),
        (
            format!(r#""Effect":"Deny","Principal":"*","Action":"s3:*","Resource":"arn:aws:s3:::b",{INSECURE}"#),
            "objects",
        ),
        (
            format!(
                r#""Effect":"Deny","Principal":"*","Action":"s3:*","Resource":["arn:aws:s3:::b","arn:aws:s3:::b/x/*"],{INSECURE}"#
            ),
            "objects",
        ),
        (
            format!(
                r#""Effect":"Deny","Principal":"*","Action":"s3:*","Resource":["arn:aws:s3:::c","arn:aws:s3:::c/*"],{INSECURE}"#
            ),
            "bucket objects",
        ),
        // An Allow on condition forbids nothing.
        (
            format!(
                r#""Effect":"Allow","Principal":"*","Action":"s3:*",{both},"Condition":{{"Bool":{{"aws:SecureTransport":"true"}}}}"#
            ),
            "bucket objects",
        ),
        (format!(r#""Effect":"Deny","Principal":"*","Action":"s3:GetObject",{both},{INSECURE}"#), "bucket objects"),
        (
            format!(r#""Effect":"Deny","Principal":{{"AWS":"123456789012"}},"Action":"s3:*",{both},{INSECURE}"#),
            "bucket objects",
        ),
        (
            format!(r#""Effect":"Deny","NotPrincipal":{{"AWS":"123456789012"}},"Action":"s3:*",{both},{INSECURE}"#),
            "bucket objects",
        ),
        (
            format!(
                r#""Effect":"Deny","Principal":"*","Action":"s3:*",{both},"Condition":{{"Bool":{{"aws:SecureTransport":"true"}}}}"#
            ),
            "bucket objects",
        ),
        (
            format!(
                r#""Effect":"Deny","Principal":"*","Action":"s3:*",{both},"Condition":{{"Bool":{{"aws:SecureTransport":"false"}},"StringEquals":{{"aws:SourceVpc":"vpc-1"}}}}"#
            ),
            "bucket objects",
        ),
        (format!(r#""Effect":"Deny","Principal":"*","Action":"s3:*",{both}"#), "bucket objects"),
    ] {
        check(&statement, ask, expected);
    }
    // Two statements, one for the bucket and one for its objects.
    let part = |resource: &str| {
        format!(r#"{{"Effect":"Deny","Principal":"*","Action":"s3:*","Resource":"{resource}",{INSECURE}}}"#)
    };
    check(&with(&[&part("arn:aws:s3:::b"), GET, &part("arn:aws:s3:::b/*")]), ask, "");
    let unnamed = |p: &Policy| p.plaintext(Transport::Bucket(None));
    check(&with(&[&part("arn:aws:s3:::b"), &part("arn:aws:s3:::b/*")]), unnamed, "");
    check(&with(&[&part("arn:aws:s3:::b/*")]), unnamed, "bucket");
}

#[test]
fn tls_only_elsewhere() {
    let deny =
        |action: &str| format!(r#""Effect":"Deny","Principal":"*","Action":"{action}","Resource":"*",{INSECURE}"#);
    for (transport, action, expected) in [
        (Transport::Queue, "sqs:*", ""),
        (Transport::Queue, "*", ""),
        (Transport::Queue, "sqs:SendMessage", "resource"),
        (Transport::Queue, "sns:*", "resource"),
        (Transport::Topic, "SNS:Publish", ""),
        (Transport::Topic, "sns:Subscribe", "resource"),
        (Transport::FileSystem, "elasticfilesystem:*", ""),
        (Transport::FileSystem, "*", ""),
        (Transport::FileSystem, "elasticfilesystem:ClientWrite", "resource"),
    ] {
        check(&deny(action), |p| p.plaintext(transport), expected);
    }
    check(
        r#""Effect":"Deny","Principal":"*","Action":"sqs:*","Resource":"*","Condition":{"NumericLessThan":{"s3:TlsVersion":"1.2"}}"#,
        |p| p.plaintext(Transport::Queue),
        "resource",
    );
}

// --- values that a template leaves open ---------------------------------------------------------------------------

#[test]
fn open_values_make_answers_unclear_only_where_they_matter() {
    let open = r#"{"Ref":"Parameter"}"#;
    let statement =
        |action: &str, resource: &str| format!(r#""Effect":"Allow","Action":{action},"Resource":{resource}"#);
    check(&statement(r#""*""#, open), Policy::administrator, "#1?");
    check(&statement(open, r#""*""#), Policy::administrator, "#1?");
    check(&statement(r#""s3:GetObject""#, open), Policy::administrator, "");
    check(&statement(r#""*""#, &format!(r#"["*",{open}]"#)), Policy::administrator, "#1");
    check(r#"{"Statement":[{"Fn::If":["Prod",{},{}]}]}"#, Policy::administrator, "#1?");

    let public = |p: &Policy| p.public(Flavour::Bucket);
    let allow = |principal: &str, condition: &str| {
        format!(r#""Effect":"Allow","Action":"s3:*","Resource":"*","Principal":{principal},"Condition":{condition}"#)
    };
    check(&allow(&format!(r#"{{"AWS":{open}}}"#), "{}"), public, "#1?");
    check(&allow(r#"{"AWS":{"Fn::GetAtt":["Role","Arn"]}}"#, "{}"), public, "");
    check(&allow(open, "{}"), public, "#1?");
    check(&allow(r#""*""#, open), public, "#1?");
    check(&allow(r#""*""#, &format!(r#"{{"StringEquals":{{"aws:SourceVpc":{open}}}}}"#)), public, "#1?");
    check(&allow(r#""*""#, &format!(r#"{{"Bool":{{"aws:SecureTransport":{open}}}}}"#)), public, "#1");

    // A Deny may or may not take back what is open.
    let deny = format!(r#"{{"Effect":"Deny","Principal":"*","Action":"s3:*","Resource":{open}}}"#);
    check(&with(&[GET, &deny]), public, "Get?");
    let tls = format!(r#""Effect":"Deny","Principal":"*","Action":"s3:*","Resource":{open},{INSECURE}"#);
    check(&tls, |p| p.plaintext(Transport::Bucket(Some("b"))), "bucket? objects?");
}

#[test]
fn what_a_template_does_decide_is_not_open() {
    let decrypt = |resource: &str| format!(r#""Effect":"Allow","Action":"kms:Decrypt","Resource":{resource}"#);
    for (resource, expected) in [
        (r#"{"Fn::GetAtt":["Key","Arn"]}"#, ""),
        (r#"{"Fn::Sub":"arn:${AWS::Partition}:kms:${AWS::Region}:${AWS::AccountId}:key/*"}"#, ""),
        (r#"{"Fn::Sub":"arn:aws:kms:*:*:key/*"}"#, "#1"),
        (r#"{"Fn::Sub":"${Key.Arn}"}"#, ""),
        (r#"{"Fn::Sub":"arn:aws:kms:*:*:key/${Key}"}"#, "#1?"),
        (r#"{"Fn::Sub":"arn:aws:kms:eu-west-1:*:key/${Key}"}"#, ""),
        (r#"{"Fn::Sub":["arn:aws:kms:*:*:key/${K}",{"K":"1234"}]}"#, ""),
        (r#"{"Fn::Sub":["arn:aws:kms:*:*:key/${K}",{"K":{"Ref":"P"}}]}"#, "#1?"),
        (r#"{"Fn::Sub":"arn:aws:kms:*:*:key/${!aws:username}"}"#, ""),
        (r#"{"Fn::Join":[":",["arn:aws:kms","*",{"Ref":"AWS::AccountId"},"key/*"]]}"#, ""),
        (r#"{"Fn::Join":["",["arn:aws:kms:*:*:key/",{"Ref":"Key"}]]}"#, "#1?"),
        (r#"{"Fn::ImportValue":"x"}"#, "#1?"),
    ] {
        check(&decrypt(resource), Policy::decrypts_everywhere, expected);
    }
    let public = |p: &Policy| p.public(Flavour::Bucket);
    let allow = |rest: &str| format!(r#""Effect":"Allow","Action":"s3:*","Resource":"*",{rest}"#);
    check(&allow(r#""Principal":{"AWS":{"Fn::Sub":"arn:aws:iam::${AWS::AccountId}:root"}}"#), public, "");
    check(&allow(r#""Principal":{"AWS":{"Fn::Sub":"arn:aws:iam::${Account}:root"}}"#), public, "#1?");
    let source =
        |arn: &str| format!(r#""Principal":"*","Condition":{{"ArnLike":{{"aws:SourceArn":{{"Fn::Sub":"{arn}"}}}}}}"#);
    check(&allow(&source("arn:aws:sns:*:${AWS::AccountId}:*")), public, "");
    check(&allow(&source("arn:aws:sns:*:${Account}:*")), public, "#1?");
    check(&allow(&source("arn:aws:sns:*:*:${Topic}")), public, "#1");
}
