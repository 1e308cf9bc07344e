//! Templates and what the rules answer about them.

use trailhound_model::Second;
use trailhound_rules::Settings;

use crate::{Checked, Options, check};

const TODAY: Second = Second::date(2026, 6, 1);

fn checked(text: &str) -> Checked {
    check(text, &Settings::default(), TODAY, None).unwrap_or_else(|error| panic!("{error}\n{text}"))
}

fn verdict(checked: &Checked, resource: &str, rule: &str) -> &'static str {
    let row = checked.rows.iter().find(|row| row.resource == resource && row.rule == rule);
    row.unwrap_or_else(|| panic!("no answer of {rule} about {resource}")).verdict
}

/// A template with one bucket of these properties, indented by eight.
fn bucket(properties: &str) -> String {
    format!("Resources:\n  Store:\n    Type: AWS::S3::Bucket\n    Properties:\n{properties}")
}

const BLOCK_OFF: &str = "      PublicAccessBlockConfiguration:\n        BlockPublicAcls: false\n";

#[test]
fn a_resource_is_judged_by_what_the_template_states() {
    for (text, resource, rule, expected) in [
        (bucket("      BucketName: a\n"), "Store", "s3-bucket-versioning", "fail"),
        (bucket("      VersioningConfiguration: {Status: Enabled}\n"), "Store", "s3-bucket-versioning", "pass"),
        (bucket("      VersioningConfiguration: {Status: !Ref P}\n"), "Store", "s3-bucket-versioning", "unknown"),
        (bucket("      VersioningConfiguration: !Ref AWS::NoValue\n"), "Store", "s3-bucket-versioning", "fail"),
        (bucket("      Fn::Transform: {Name: AWS::Include}\n"), "Store", "s3-bucket-versioning", "unknown"),
        (bucket("      BucketName: a\n"), "Store", "s3-bucket-public-access-block", "pass"),
        (bucket(BLOCK_OFF), "Store", "s3-bucket-public-access-block", "fail"),
        (bucket("      AccessControl: PublicRead\n"), "Store", "s3-bucket-acl-private", "fail"),
        (bucket("      AccessControl: Private\n"), "Store", "s3-bucket-acl-private", "pass"),
        (bucket("      AccessControl: !Ref P\n"), "Store", "s3-bucket-acl-private", "unknown"),
    ] {
        assert_eq!(verdict(&checked(&text), resource, rule), expected, "{rule}\n{text}");
    }
}

#[test]
fn parameters_mappings_and_conditions_are_resolved_where_they_are_decided() {
    let template = |parameter: &str, status: &str| {
        format!(
            "Parameters:\n  Kept: {parameter}\nMappings:\n  Stages:\n    live: {{Versioning: Enabled}}\n    test: \
             {{Versioning: Suspended}}\nConditions:\n  Live: !Equals [!Ref Kept, live]\n  Test: !Not [!Condition \
             Live]\n  Never: !And [!Condition Live, !Condition Test]\n  Round: !Condition Round\n{}",
            bucket(&format!("      VersioningConfiguration:\n        Status: {status}\n"))
        )
    };
    let live = "{Type: String, Default: live}";
    for (parameter, status, expected) in [
        (live, "!If [Live, Enabled, Suspended]", "pass"),
        (live, "!If [Test, Enabled, Suspended]", "fail"),
        (live, "!If [Never, Enabled, Suspended]", "fail"),
        (live, "!If [Round, Enabled, Suspended]", "unknown"),
        (live, "!FindInMap [Stages, !Ref Kept, Versioning]", "pass"),
        (live, "!FindInMap [Stages, test, Versioning]", "fail"),
        (live, "!FindInMap [Stages, none, Versioning]", "unknown"),
        ("{Type: String, Default: Ena}", "!Sub '${Kept}bled'", "pass"),
        ("{Type: String, Default: bled}", "!Join ['', [Ena, !Ref Kept]]", "pass"),
        ("{Type: CommaDelimitedList, Default: 'Enabled, Suspended'}", "!Select [1, !Ref Kept]", "fail"),
        ("{Type: String}", "!If [Live, Enabled, Suspended]", "unknown"),
        ("{Type: String}", "!Ref Kept", "unknown"),
        ("{Type: String, NoEcho: true, Default: Enabled}", "!Ref Kept", "unknown"),
        ("{Type: 'AWS::SSM::Parameter::Value<String>', Default: Enabled}", "!Ref Kept", "unknown"),
        ("{Type: String}", "!ImportValue Enabled", "unknown"),
    ] {
        let text = template(parameter, status);
        assert_eq!(verdict(&checked(&text), "Store", "s3-bucket-versioning"), expected, "{parameter} {status}");
    }
}

#[test]
fn a_resource_whose_condition_is_false_is_passed_over() {
    let text = "Conditions:\n  Never: !Equals [a, b]\n".to_owned()
        + &bucket("      BucketName: a\n").replace("    Type", "    Condition: Never\n    Type");
    let checked = checked(&text);
    assert_eq!((checked.judged, checked.rows.len()), (0, 0));
    let passed_over = checked.passed_over[&("its condition is false", "AWS::S3::Bucket".to_owned())];
    assert_eq!((passed_over.line, passed_over.count), (4, 1));
}

#[test]
fn parts_belong_to_their_owners() {
    let policy = |owner: &str, principal: &str| {
        bucket("      BucketName: store\n      PublicAccessBlockConfiguration: {BlockPublicPolicy: false}\n")
            + &format!(
                "  Policy:\n    Type: AWS::S3::BucketPolicy\n    Properties:\n      Bucket: {owner}\n      \
                 PolicyDocument:\n        Statement:\n          - {{Effect: Allow, Principal: {principal}, Action: \
                 's3:GetObject', Resource: !Sub '${{Store.Arn}}/*'}}\n"
            )
    };
    let group = |ingress: &str| {
        format!(
            "Resources:\n  Wall:\n    Type: AWS::EC2::SecurityGroup\n    Properties: {{GroupDescription: a}}\n  \
             Door:\n    Type: AWS::EC2::SecurityGroupIngress\n    Properties: {ingress}\n"
        )
    };
    let ssh = "ec2-security-group-ssh-closed";
    for (text, resource, rule, expected) in [
        (policy("!Ref Store", "'*'"), "Store", "s3-bucket-policy-private", "fail"),
        (policy("store", "'*'"), "Store", "s3-bucket-policy-private", "fail"),
        (policy("!Ref Other", "'*'"), "Store", "s3-bucket-policy-private", "unknown"),
        (policy("!ImportValue Other", "'*'"), "Store", "s3-bucket-policy-private", "pass"),
        (policy("other", "'*'"), "Store", "s3-bucket-policy-private", "pass"),
        (
            policy("!Ref Store", "{AWS: !Sub 'arn:aws:iam::${AWS::AccountId}:root'}"),
            "Store",
            "s3-bucket-policy-private",
            "pass",
        ),
        (
            policy("!Ref Store", "!If [Maybe, '*', {Service: s3.amazonaws.com}]"),
            "Store",
            "s3-bucket-policy-private",
            "unknown",
        ),
        (
            group("{GroupId: !Ref Wall, IpProtocol: tcp, FromPort: 22, ToPort: 22, CidrIp: 0.0.0.0/0}"),
            "Wall",
            ssh,
            "fail",
        ),
        (
            group(
                "{GroupId: !Ref Wall, IpProtocol: tcp, FromPort: 22, ToPort: 22, CidrIp: 10.0.0.1/32, CidrIpv6: '::/0'}",
            ),
            "Wall",
            ssh,
            "fail",
        ),
        (
            group(
                "{GroupId: !Ref Wall, IpProtocol: tcp, FromPort: 22, ToPort: 22, CidrIp: 10.0.0.1/32, CidrIpv6: !Ref P}",
            ),
            "Wall",
            ssh,
            "unknown",
        ),
        (group("{GroupId: !GetAtt Wall.GroupId, IpProtocol: -1, CidrIpv6: '::/0'}"), "Wall", ssh, "fail"),
        (
            group("{GroupId: !Ref Wall, IpProtocol: tcp, FromPort: 22, ToPort: 22, CidrIp: 10.0.0.0/16}"),
            "Wall",
            ssh,
            "pass",
        ),
        (
            group("{GroupId: !Ref Wall, IpProtocol: tcp, FromPort: 22, ToPort: 22, CidrIp: !Ref From}"),
            "Wall",
            ssh,
            "unknown",
        ),
        (
            group("{GroupId: !Ref Other, IpProtocol: tcp, FromPort: 22, ToPort: 22, CidrIp: 0.0.0.0/0}"),
            "Wall",
            ssh,
            "unknown",
        ),
    ] {
        let checked = checked(&text);
        let found = verdict(&checked, resource, rule);
        // All ports open is the fault of a rule of its own, which covers this one.
        assert_eq!(found, expected, "{rule}\n{text}\n{:#?}", checked.rows);
    }
}

#[test]
fn a_part_whose_owner_stands_elsewhere_is_judged_by_itself() {
    let policy = |owners: &str, action: &str| {
        format!(
            "Resources:\n  P:\n    Type: AWS::IAM::Policy\n    Properties: {{PolicyName: p, {owners}PolicyDocument: \
             {{Statement: [{{Effect: Allow, Action: '{action}', Resource: '*'}}]}}}}\n"
        )
    };
    let admin = "iam-policy-admin-free";
    for (text, rule, expected) in [
        (policy("Roles: [ops], ", "*"), admin, Some("fail")),
        (policy("Roles: [!Ref Given], ", "*"), admin, Some("fail")),
        (policy("Roles: [ops], Users: [me], ", "*"), admin, Some("fail")),
        (policy("", "*"), admin, Some("fail")),
        (policy("Roles: [ops], ", "ec2:Describe*"), admin, Some("pass")),
        // What hangs on the rest of the owner is not this part's to say.
        (policy("Roles: [ops], ", "*"), "iam-role-admin-free", None),
        (policy("Users: [me], ", "ec2:Describe*"), "iam-user-policy-free", Some("fail")),
        (policy("Roles: [ops], ", "ec2:Describe*"), "iam-user-policy-free", None),
    ] {
        let checked = checked(&text);
        let answers: Vec<_> = checked.rows.iter().filter(|row| row.rule == rule).map(|row| row.verdict).collect();
        assert_eq!(answers, Vec::from_iter(expected), "{rule}\n{text}");
        assert_eq!((checked.judged, checked.passed_over.len()), (1, 0), "{text}");
    }
    let bucket = "Resources:\n  P:\n    Type: AWS::S3::BucketPolicy\n    Properties: {Bucket: far, PolicyDocument: \
                  {Statement: [{Effect: Allow, Principal: '*', Action: 's3:GetObject', Resource: 'arn:aws:s3:::far/*'}]}}\n";
    assert_eq!(verdict(&checked(bucket), "P", "s3-bucket-policy-private"), "fail");
}

#[test]
fn policies_of_roles_are_read_where_they_stand() {
    let role = "Resources:\n  Ops:\n    Type: AWS::IAM::Role\n    Properties:\n      AssumeRolePolicyDocument: {Statement: \
                [{Effect: Allow, Principal: {Service: ec2.amazonaws.com}, Action: 'sts:AssumeRole'}]}\n";
    let all = "PolicyDocument: {Statement: [{Effect: Allow, Action: '*', Resource: '*'}]}";
    let some =
        "PolicyDocument: {Statement: [{Effect: Allow, Action: 's3:GetObject', Resource: !Sub '${Store.Arn}/*'}]}";
    let policy = |role: &str, document: &str| {
        format!("  P:\n    Type: AWS::IAM::Policy\n    Properties: {{PolicyName: p, Roles: [{role}], {document}}}\n")
    };
    let (attached, inline) = ("iam-role-admin-free", "iam-policy-admin-free");
    for (more, rule, expected) in [
        (String::new(), attached, "pass"),
        ("      ManagedPolicyArns: ['arn:aws:iam::aws:policy/AdministratorAccess']\n".to_owned(), attached, "fail"),
        ("      ManagedPolicyArns: [!Ref Given]\n".to_owned(), attached, "unknown"),
        ("      ManagedPolicyArns: [!Ref Ops]\n".to_owned(), attached, "pass"),
        (String::new(), inline, "pass"),
        (format!("      Policies: [{{PolicyName: p, {all}}}]\n"), inline, "fail"),
        (format!("      Policies: [{{PolicyName: p, {some}}}]\n"), inline, "pass"),
        (format!("      Policies: [{{PolicyName: !Ref Given, {some}}}]\n"), inline, "pass"),
        (format!("      Policies: [{{PolicyName: !Ref A, {all}}}, {{PolicyName: !Ref B, {some}}}]\n"), inline, "fail"),
        (policy("!Ref Ops", all), inline, "fail"),
        (policy("!Ref Ops", some), inline, "pass"),
        (policy("!Ref Given", all), inline, "unknown"),
        (policy("another", all), inline, "pass"),
    ] {
        let text = format!("{role}{more}");
        assert_eq!(verdict(&checked(&text), "Ops", rule), expected, "{rule}\n{text}");
    }
}

#[test]
fn a_reference_to_another_resource_is_some_value() {
    let text = "Resources:\n  Key: {Type: AWS::KMS::Key, Properties: {EnableKeyRotation: 'true'}}\n  Topic:\n    Type: \
                AWS::SNS::Topic\n    Properties: {KmsMasterKeyId: !Ref Key}\n  Other:\n    Type: AWS::SNS::Topic\n    \
                Properties: {KmsMasterKeyId: !Ref Parameter}\n";
    let checked = checked(text);
    assert_eq!(verdict(&checked, "Key", "kms-key-rotation"), "pass");
    assert_eq!(verdict(&checked, "Topic", "sns-topic-encryption"), "pass");
    assert_eq!(verdict(&checked, "Other", "sns-topic-encryption"), "unknown");
    let none = text.replace("!Ref Parameter", "''");
    assert_eq!(verdict(&super::tests::checked(&none), "Other", "sns-topic-encryption"), "fail");
}

#[test]
fn json_and_yaml_say_the_same() {
    let json = r#"{"Resources": {"Store": {"Type": "AWS::S3::Bucket", "Properties":
        {"VersioningConfiguration": {"Status": {"Fn::If": ["Never", "Suspended", "Enabled"]}}}}},
        "Conditions": {"Never": {"Fn::Equals": ["a", "b"]}}}"#;
    let yaml = "Conditions: {Never: !Equals [a, b]}\n".to_owned()
        + &bucket("      VersioningConfiguration: {Status: !If [Never, Suspended, Enabled]}\n");
    let answers = |text: &str| checked(text).rows.iter().map(|row| (row.rule, row.verdict)).collect::<Vec<_>>();
    assert_eq!(answers(json), answers(&yaml));
    assert_eq!(verdict(&checked(json), "Store", "s3-bucket-versioning"), "pass");
}

/// Lines and columns counted by hand. A rule points to the entry at fault, else to the property, else to the resource.
#[test]
fn an_answer_has_the_place_of_what_is_at_fault() {
    let store = bucket(
        "      BucketName: a\n      PublicAccessBlockConfiguration:\n        BlockPublicAcls: true\n        \
         BlockPublicPolicy: false\n      VersioningConfiguration:\n        Status: Suspended\n",
    );
    let group = "Resources:
  Wall:
    Type: AWS::EC2::SecurityGroup
    Properties:
      GroupDescription: a
      SecurityGroupIngress:
        - {IpProtocol: tcp, FromPort: 443, ToPort: 443, CidrIp: 10.0.0.0/8}
        - IpProtocol: tcp
          FromPort: 22
          ToPort: 22
          CidrIp: 0.0.0.0/0
  Door:
    Type: AWS::EC2::SecurityGroupIngress
    Properties: {GroupId: !Ref Wall, IpProtocol: tcp, FromPort: 23, ToPort: 23, CidrIp: 0.0.0.0/0}
";
    let role = r#"{
  "Resources": {
    "Ops": {
      "Type": "AWS::IAM::Role",
      "Properties": {
        "AssumeRolePolicyDocument": {"Statement": []},
        "Policies": [
          {"PolicyName": "read", "PolicyDocument": {"Statement": []}},
          {"PolicyName": "all", "PolicyDocument": {"Statement": [
            {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::a/*"},
            {"Effect": "Allow", "Action": "*", "Resource": "*"}
          ]}}
        ]
      }
    }
  }
}"#;
    let policy = bucket("      PublicAccessBlockConfiguration: {BlockPublicPolicy: false}\n")
        + "  Policy:
    Type: AWS::S3::BucketPolicy
    Properties:
      Bucket: !Ref Store
      PolicyDocument:
        Statement:
          - Sid: Public
            Effect: Allow
            Principal: '*'
            Action: s3:GetObject
            Resource: '*'
";
    for (text, rule, place) in [
        (&*store, "s3-bucket-versioning", (9, 7)),
        (&store, "s3-bucket-public-access-block", (8, 9)),
        (&store, "s3-bucket-acl-disabled", (2, 3)),
        (group, "ec2-security-group-ssh-closed", (8, 11)),
        (group, "ec2-security-group-high-risk-ports-closed", (12, 3)),
        (role, "iam-policy-admin-free", (11, 13)),
        (&policy, "s3-bucket-policy-private", (12, 13)),
        (&policy, "s3-bucket-tls-only", (10, 7)),
    ] {
        let checked = checked(text);
        let row = checked.rows.iter().find(|row| row.rule == rule).unwrap_or_else(|| panic!("no answer of {rule}"));
        assert_eq!((row.line, row.column), place, "{row:?}");
    }
}

#[test]
fn without_the_account_nobody_is_a_third_party() {
    let text = bucket("      BucketName: store\n")
        + "  P:\n    Type: AWS::S3::BucketPolicy\n    Properties:\n      Bucket: !Ref Store\n      PolicyDocument: \
           {Statement: [{Effect: Allow, Principal: {AWS: 'arn:aws:iam::111122223333:root'}, Action: 's3:PutObject', \
           Resource: '*'}]}\n";
    let rule = "s3-bucket-policy-account-scoped";
    for (account, expected) in [(None, "unknown"), (Some("111122223333"), "pass"), (Some("444455556666"), "fail")] {
        let checked = check(&text, &Settings::default(), TODAY, account).unwrap();
        assert_eq!(verdict(&checked, "Store", rule), expected, "{account:?}");
    }
}

#[test]
fn a_bad_template_is_an_error_with_its_place() {
    let deep = format!("Resources: {}{}", "[".repeat(100), "]".repeat(100));
    let many: String = (0..2_501).map(|at| format!("  R{at}: {{Type: x}}\n")).collect();
    let many = format!("Resources:\n{many}");
    for (text, line, says) in [
        ("", 1, "empty"),
        ("just text", 1, "no `Resources`"),
        ("Resources: []", 1, "must be a map"),
        ("Resources:\n  A: 1\n", 2, "must be a map"),
        ("Resources:\n  A: {}\n", 2, "no `Type`"),
        ("Resources:\n  A:\n    Type: AWS::S3::Bucket\n    Type: AWS::S3::Bucket\n", 4, "second time"),
        ("Resources:\n  A: &a {Type: x}\n  B: *a\n", 3, "aliases"),
        ("Resources:\n  A: {Type: !Nonsense x}\n", 2, "no intrinsic function"),
        ("Resources:\n  A: {Type: x, Properties: [1]}\n", 2, "`Properties` must be a map"),
        ("Resources: {A: {Type: x}\n", 2, ""),
        ("Resources: {}\n---\nResources: {}\n", 2, "one document"),
        (&deep, 1, "deep"),
        (&many, 1, "more than 2500 resources"),
        (&"#".repeat(2 << 20), 1, "the most"),
    ] {
        let error = check(text, &Settings::default(), TODAY, None).unwrap_err();
        let shown: String = text.chars().take(80).collect();
        assert_eq!(error.line, line, "{shown}: {error}");
        assert!(error.message.contains(says), "{shown}: {error}");
    }
}

/// A pass that rests on a default fails until the template states the value; one that rests on what it states, or on there
/// being no policy, which nobody can state, passes still.
#[test]
fn a_default_that_is_not_stated_is_no_pass_when_all_must_be_explicit() {
    let resource =
        |kind: &str, properties: &str| format!("Resources:\n  It: {{Type: '{kind}', Properties: {properties}}}\n");
    let (bucket, queue, key, database) =
        ("AWS::S3::Bucket", "AWS::SQS::Queue", "AWS::KMS::Key", "AWS::RDS::DBInstance");
    let block = "{PublicAccessBlockConfiguration: {BlockPublicAcls: true, BlockPublicPolicy: true, IgnorePublicAcls: \
                 true, RestrictPublicBuckets: true}}";
    for (text, rule, expected, names) in [
        (resource(bucket, "{}"), "s3-bucket-public-access-block", "fail", "`PublicAccessBlockConfiguration`"),
        (resource(bucket, block), "s3-bucket-public-access-block", "pass", ""),
        (resource(bucket, "{}"), "s3-bucket-acl-disabled", "fail", "`OwnershipControls`"),
        (
            resource(bucket, "{OwnershipControls: {Rules: [{ObjectOwnership: BucketOwnerEnforced}]}}"),
            "s3-bucket-acl-disabled",
            "pass",
            "",
        ),
        (resource(bucket, "{}"), "s3-bucket-policy-private", "pass", ""),
        (resource(bucket, "{}"), "s3-bucket-versioning", "fail", "never enabled"),
        (resource(queue, "{}"), "sqs-queue-encryption", "fail", "`SqsManagedSseEnabled`"),
        (resource(queue, "{SqsManagedSseEnabled: true}"), "sqs-queue-encryption", "pass", ""),
        (resource(queue, "{KmsMasterKeyId: alias/own}"), "sqs-queue-encryption", "pass", ""),
        (resource(key, "{}"), "kms-key-policy-private", "fail", "`KeyPolicy`"),
        (resource(key, "{KeyPolicy: {Statement: []}}"), "kms-key-policy-private", "pass", ""),
        (resource(database, "{DBSubnetGroupName: own}"), "rds-instance-private", "fail", "`PubliclyAccessible`"),
        (resource(database, "{PubliclyAccessible: false}"), "rds-instance-private", "pass", ""),
        (resource("AWS::EC2::SecurityGroup", "{}"), "ec2-security-group-ssh-closed", "pass", ""),
    ] {
        let settings = Settings::default();
        let options = Options { settings: &settings, today: TODAY, account: None, explicit: true, exceptions: None };
        let checked = options.check(&text).unwrap();
        let row = checked.rows.iter().find(|row| row.rule == rule).unwrap();
        assert_eq!(row.verdict, expected, "{text}{row:?}");
        assert!(row.message.contains(names) && (row.verdict == "fail" || names.is_empty()), "{row:?}");
        // Without being asked to be explicit, nothing changes.
        let lenient = verdict(&check(&text, &settings, TODAY, None).unwrap(), "It", rule);
        assert_eq!(lenient == "fail", names == "never enabled", "{text}");
    }
}

/// Small hostile templates that would grow without bounds: conditions that name each other and text that doubles.
#[test]
fn a_hostile_template_ends_soon() {
    let mut conditions = String::from("Conditions:\n  C0: !Equals [!Ref X, a]\n");
    for level in 1..40 {
        let below = level - 1;
        conditions += &format!("  C{level}: !And [!Condition C{below}, !Condition C{below}]\n");
    }
    let text = conditions + &bucket("      VersioningConfiguration: {Status: !If [C30, Enabled, Suspended]}\n");
    assert_eq!(verdict(&checked(&text), "Store", "s3-bucket-versioning"), "unknown");

    let long = "x".repeat(4_000);
    let text = format!("Parameters: {{P: {{Type: String, Default: {long}}}}}\n")
        + &bucket(&format!("      BucketName: !Sub '{}'\n", "${P}".repeat(100_000)));
    assert_eq!(checked(&text).judged, 1);

    // Names that are long and often referred to, and what all functions share.
    let text = format!("Resources:\n  Store: {{Type: AWS::S3::Bucket, Properties: {{BucketName: {long}}}}}\n")
        + &format!(
            "  Fn: {{Type: AWS::Lambda::Function, Properties: {{FunctionName: !Sub '{}'}}}}\n",
            "${Store}".repeat(60_000)
        );
    assert_eq!(checked(&text).judged, 2);
    let functions: String = (0..400).map(|at| format!("  F{at}: {{Type: AWS::Serverless::Function}}\n")).collect();
    let shared = "x".repeat(500_000);
    let text = format!("Globals: {{Function: {{Description: {shared}}}}}\nResources:\n{functions}");
    let passed_over = checked(&text).passed_over;
    let why = ("what all share is too large to be merged", "AWS::Serverless::Function".to_owned());
    assert!(passed_over.get(&why).is_some_and(|passed_over| passed_over.count > 300), "{passed_over:?}");

    // Parts that may belong to every owner.
    let owners: String = (0..250).map(|at| format!("  F{at}: {{Type: AWS::Lambda::Function}}\n")).collect();
    let part = "Type: AWS::Lambda::Permission, Properties: {FunctionName: !Ref X, Action: a, Principal: '*'}";
    let parts: String = (0..250).map(|at| format!("  P{at}: {{{part}}}\n")).collect();
    assert_eq!(
        verdict(&checked(&format!("Resources:\n{owners}{parts}")), "F0", "lambda-function-policy-private"),
        "unknown"
    );
}
