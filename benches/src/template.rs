//! Makes up a CloudFormation template: stacks as people write them, with parts that refer to their owners.

use std::fmt::Write;

/// How many resources one turn of the made-up stack has.
const TURN: usize = 10;

/// A template in YAML with so many resources, made up of turns of ten.
///
/// A turn is a bucket with its policy, a group with a rule of its own and one beside it, a role with an inline policy and one
/// beside it, a topic, a queue, a key and a function. Every third turn has faults.
#[must_use]
pub fn yaml(resources: usize) -> String {
    let mut text = String::from(
        "AWSTemplateFormatVersion: '2010-09-09'\nParameters:\n  Stage: {Type: String, Default: live}\nConditions:\n  \
         Live: !Equals [!Ref Stage, live]\nResources:\n",
    );
    for turn in 0..resources.div_ceil(TURN) {
        let faulty = turn % 3 == 2;
        let range = if faulty { "0.0.0.0/0" } else { "10.0.0.0/8" };
        let action = if faulty { "'*'" } else { "'s3:GetObject'" };
        let status = if faulty { "Suspended" } else { "Enabled" };
        let parts = [
            format!(
                "  Store{turn}:\n    Type: AWS::S3::Bucket\n    Properties:\n      BucketName: !Sub 'store-{turn}-${{Stage}}'\n      \
                 VersioningConfiguration: {{Status: !If [Live, {status}, Suspended]}}\n"
            ),
            format!(
                "  StorePolicy{turn}:\n    Type: AWS::S3::BucketPolicy\n    Properties:\n      Bucket: !Ref Store{turn}\n      \
                 PolicyDocument:\n        Statement:\n          - Effect: Deny\n            Principal: '*'\n            Action: \
                 's3:*'\n            Resource: [!GetAtt Store{turn}.Arn, !Sub '${{Store{turn}.Arn}}/*']\n            Condition: \
                 {{Bool: {{'aws:SecureTransport': false}}}}\n"
            ),
            format!(
                "  Wall{turn}:\n    Type: AWS::EC2::SecurityGroup\n    Properties:\n      GroupDescription: made up\n      \
                 SecurityGroupIngress:\n        - {{IpProtocol: tcp, FromPort: 443, ToPort: 443, CidrIp: 10.0.0.0/8}}\n"
            ),
            format!(
                "  Door{turn}:\n    Type: AWS::EC2::SecurityGroupIngress\n    Properties: {{GroupId: !GetAtt \
                 Wall{turn}.GroupId, IpProtocol: tcp, FromPort: 22, ToPort: 22, CidrIp: {range}}}\n"
            ),
            format!(
                "  Role{turn}:\n    Type: AWS::IAM::Role\n    Properties:\n      AssumeRolePolicyDocument: {{Statement: \
                 [{{Effect: Allow, Principal: {{Service: lambda.amazonaws.com}}, Action: 'sts:AssumeRole'}}]}}\n      \
                 Policies: [{{PolicyName: own, PolicyDocument: {{Statement: [{{Effect: Allow, Action: 'sqs:SendMessage', \
                 Resource: !GetAtt Queue{turn}.Arn}}]}}}}]\n"
            ),
            format!(
                "  RolePolicy{turn}:\n    Type: AWS::IAM::Policy\n    Properties: {{PolicyName: more, Roles: [!Ref \
                 Role{turn}], PolicyDocument: {{Statement: [{{Effect: Allow, Action: {action}, Resource: '*'}}]}}}}\n"
            ),
            format!("  Topic{turn}:\n    Type: AWS::SNS::Topic\n    Properties: {{KmsMasterKeyId: !Ref Key{turn}}}\n"),
            format!("  Queue{turn}:\n    Type: AWS::SQS::Queue\n    Properties: {{SqsManagedSseEnabled: true}}\n"),
            format!("  Key{turn}:\n    Type: AWS::KMS::Key\n    Properties: {{EnableKeyRotation: {}}}\n", !faulty),
            format!(
                "  Work{turn}:\n    Type: AWS::Lambda::Function\n    Properties:\n      Role: !GetAtt Role{turn}.Arn\n      \
                 Environment: {{Variables: {{QUEUE: !Ref Queue{turn}, STAGE: !Ref Stage}}}}\n"
            ),
        ];
        for part in parts.iter().take(resources - turn * TURN) {
            // Writing to a text cannot fail.
            let _ = text.write_str(part);
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_template_has_as_many_resources_as_asked_and_fits_cloudformation() {
        for (resources, judged) in [(1, 1), (7, 4), (2_000, 1_400)] {
            let text = yaml(resources);
            let count = text.lines().filter(|line| line.starts_with("    Type: AWS::")).count();
            assert_eq!(count, resources);
            assert!(text.len() < 1 << 20, "{} bytes", text.len());
            let settings = trailhound_rules::Settings::default();
            let today = trailhound_model::Second::date(2026, 6, 1);
            let checked = trailhound_template::check(&text, &settings, today, None).unwrap_or_else(|e| panic!("{e}"));
            assert_eq!((checked.judged, checked.passed_over.len()), (judged, 0));
        }
    }
}
