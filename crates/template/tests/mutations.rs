//! Templates that went wrong somewhere: whatever a hand, a merge or a script leaves, there is an answer or an error with its
//! place, and taking a statement away never makes a pass of a failure that was stated.

use proptest::prelude::*;
use trailhound_model::Second;
use trailhound_rules::Settings;
use trailhound_template::{Options, text};

const GOOD: [&str; 2] = [
    r#"AWSTemplateFormatVersion: "2010-09-09"
Parameters:
  Stage: {Type: String, Default: live}
Mappings:
  Sizes: {live: {Ports: "22"}}
Conditions:
  Live: !Equals [!Ref Stage, live]
Resources:
  Wall:
    Type: AWS::EC2::SecurityGroup
    Properties:
      SecurityGroupIngress:
        - {IpProtocol: tcp, FromPort: 22, ToPort: !FindInMap [Sizes, !Ref Stage, Ports], CidrIp: 0.0.0.0/0}
  Store:
    Type: AWS::S3::Bucket
    Condition: Live
    Properties:
      BucketName: !Sub "${Stage}-store"
      VersioningConfiguration: {Status: !If [Live, Enabled, Suspended]}
  Policy:
    Type: AWS::S3::BucketPolicy
    Properties:
      Bucket: !Ref Store
      PolicyDocument:
        Statement:
          - {Effect: Allow, Principal: "*", Action: "s3:GetObject", Resource: !Join ["", [!GetAtt Store.Arn, "/*"]]}
"#,
    r#"{"Resources": {"Role": {"Type": "AWS::IAM::Role", "Properties": {
  "AssumeRolePolicyDocument": {"Statement": [{"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "sts:AssumeRole"}]},
  "Policies": [{"PolicyName": "all", "PolicyDocument": {"Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}}}],
  "ManagedPolicyArns": [{"Fn::Sub": "arn:aws:iam::aws:policy/AdministratorAccess"}]}},
 "Data": {"Type": "AWS::RDS::DBInstance", "Properties": {"StorageEncrypted": "false", "PubliclyAccessible": true}}}}"#,
];

/// Pieces that are put where they do not belong.
const PIECES: [&str; 24] = [
    "",
    " ",
    "\n",
    "\t",
    "\0",
    "\u{feff}",
    "\u{202e}",
    "é",
    "*a",
    "&a ",
    "!Ref ",
    "!Sub ",
    "!GetAtt [",
    "<<: ",
    "{",
    "}",
    "[",
    "]",
    "\"",
    "'",
    ": ",
    "- ",
    "Fn::If: ",
    "99999999999999999999",
];

/// Checks bytes as the program does.
fn checked(bytes: &[u8]) {
    let settings = Settings::default();
    let today = Second::date(2026, 6, 1);
    for explicit in [false, true] {
        let options = Options { settings: &settings, today, account: None, explicit, exceptions: None };
        match text(bytes).and_then(|text| options.check(text)) {
            Ok(checked) => {
                for row in checked.rows {
                    assert!(row.line >= 1 && row.column >= 1, "{row:?}");
                    assert_eq!(row.verdict == "pass", row.message.is_empty(), "{row:?}");
                    assert_eq!(row.verdict == "fail", !row.evidence.is_empty(), "{row:?}");
                }
            }
            Err(error) => {
                let lines =
                    String::from_utf8_lossy(bytes).matches(['\n', '\r', '\u{85}', '\u{2028}', '\u{2029}']).count() + 2;
                assert!((1..=lines).contains(&error.line) && error.column >= 1 && !error.message.is_empty(), "{error}");
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1_500, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_piece_in_the_wrong_place_is_answered_or_named(
        template in 0..GOOD.len(),
        changes in prop::collection::vec((any::<prop::sample::Index>(), 0..6usize, 0..PIECES.len()), 1..4),
    ) {
        let mut bytes = GOOD.get(template).copied().unwrap_or_default().as_bytes().to_vec();
        for (at, taken, piece) in changes {
            let at = at.index(bytes.len());
            let end = (at + taken).min(bytes.len());
            bytes.splice(at..end, PIECES.get(piece).copied().unwrap_or_default().bytes());
        }
        checked(&bytes);
    }

    #[test]
    fn lines_in_another_order_are_answered_or_named(
        template in 0..GOOD.len(),
        order in prop::collection::vec(any::<prop::sample::Index>(), 1..40),
    ) {
        let lines: Vec<&str> = GOOD.get(template).copied().unwrap_or_default().lines().collect();
        let picked: Vec<&str> = order.iter().map(|index| *index.get(&lines)).collect();
        checked(picked.join("\n").as_bytes());
    }

    #[test]
    fn any_bytes_are_answered_or_named(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        checked(&bytes);
    }
}
