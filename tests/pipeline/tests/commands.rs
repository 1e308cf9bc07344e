//! What the documentation tells people to type about the pipeline in an account, typed as it stands there: the stack is
//! deployed, connected to Slack and to another region, a message and an event that failed are given again, and the stack is
//! removed.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test stops at what it did not expect")]

use std::time::Duration;

use serde_json::{Value, json};
use trailhound_emulator::{Options, REGION, Shell, commands};
use trailhound_pipeline_tests::{Failed, Pipeline, STACK, command, envelope, text};

const PAGE: &str = "account.md";
const SSH: &str = "ec2-security-group-ssh-closed";
const SOON: Duration = Duration::from_secs(120);

/// The commands of a section, in which placeholders have become what they stand for.
fn typed(section: &str, for_: &[(&str, &str)]) -> Result<Vec<String>, Failed> {
    let found = commands(PAGE, section)?;
    assert!(!found.is_empty(), "{PAGE} has no commands in {section:?}");
    Ok(found
        .into_iter()
        .map(|command| for_.iter().fold(command, |command, (word, value)| command.replace(word, value)))
        .collect())
}

/// An event is opened while the evaluator cannot find its table, and ends as a dead letter.
fn fail(pipeline: &Pipeline) -> Result<String, Failed> {
    let evaluator = pipeline.output("Evaluator").to_owned();
    let configured = pipeline.aws.call("lambda", "get_function_configuration", json!({ "FunctionName": evaluator }))?;
    let usual = configured.pointer("/Environment/Variables").cloned().unwrap_or_default();
    let set = |variables: &Value| {
        let with = json!({ "FunctionName": evaluator, "Environment": { "Variables": variables } });
        pipeline.aws.call("lambda", "update_function_configuration", with)
    };
    let mut elsewhere = usual.clone();
    elsewhere.as_object_mut().unwrap().insert("TRAILHOUND_TABLE".into(), "nowhere".into());
    set(&elsewhere)?;
    let group = pipeline.group("failing")?;
    let event = envelope(&pipeline.open(&group, 22)?);
    let with = json!({ "FunctionName": evaluator, "InvocationType": "Event", "Payload": event });
    pipeline.aws.call("lambda", "invoke", with)?;
    pipeline.wait(SOON, "a dead letter", |pipeline| {
        (!pipeline.waiting("EventDeadLetters").ok()?.is_empty()).then_some(())
    })?;
    set(&usual)?;
    Ok(group)
}

/// A message that Slack refuses is a dead letter with its reason, and is posted when it is moved back.
fn redrive(pipeline: &Pipeline, shell: &Shell) -> Result<(), Failed> {
    const NOTE: &str = "nobody takes this";
    pipeline.webhook.revoke(true);
    pipeline.aws.call("sns", "publish", json!({ "TopicArn": pipeline.output("Alerts"), "Message": NOTE }))?;
    let letters = pipeline.output("DeliveryDeadLetters");
    pipeline.wait(SOON, "a dead letter", |pipeline| {
        (!pipeline.waiting("DeliveryDeadLetters").ok()?.is_empty()).then_some(())
    })?;
    pipeline.webhook.revoke(false);
    let to = [("DEAD-LETTERS", letters), ("QUEUE", pipeline.output("SlackQueue"))];
    let [commands] = &typed("When something failed", &to)?[..] else { return Err("not one command".into()) };
    let said = shell.run(commands, &[])?;
    for part in [NOTE, "\"reason\"", "404", "TaskHandle"] {
        assert!(said.contains(part), "{part}: {said}");
    }
    pipeline.wait_for_message(&[NOTE])?;
    assert_eq!(pipeline.waiting("DeliveryDeadLetters")?, Vec::<Value>::new());
    Ok(())
}

#[test]
fn what_the_page_says_deploys_sends_again_and_removes() -> Result<(), Failed> {
    let bucket = ("MY-BUCKET", "my-bucket");
    let options = Options { haste: true, ..Options::default() };
    let deployed = Pipeline::deployed_by(options, |emulator, _, webhook| {
        let shell = Shell::beside(emulator.url())?;
        shell.run("aws s3 mb s3://my-bucket", &[])?;
        let [deploy] = &typed("Deploy", &[bucket])?[..] else { return Err("not one command".into()) };
        shell.run(deploy, &[])?;
        let again = shell.run(deploy, &[])?;
        assert!(again.contains("No changes to deploy"), "{again}");

        let file = emulator.log().with_file_name("address");
        std::fs::write(&file, webhook.url())?;
        let [_, slack] = &typed("Slack, both ways", &[bucket])?[..] else { return Err("not two commands".into()) };
        let [secret, deploy] = &slack.lines().collect::<Vec<_>>()[..] else { return Err("not two lines".into()) };
        let secret = shell.run(&secret.replace("ADDRESS-FILE", &file.to_string_lossy()), &[])?;
        shell.run(&deploy.replace("=ARN", &format!("={}", secret.trim())), &[])?;
        Ok(())
    })?;
    let Some(pipeline) = deployed else { return Ok(()) };
    let shell = Shell::beside(pipeline.emulator().url())?;
    let told = pipeline.aws.call("sns", "list_subscriptions", json!({}))?;
    assert!(told.to_string().contains("security@example.com"), "a parameter that is not named keeps its value: {told}");

    let role = ("ARN-OF-THE-OUTPUT", pipeline.output("EvaluatorRoleArn"));
    let member = &typed("Other regions and other accounts", &[role])?[0];
    shell.run(member, &[])?;
    let member = "aws cloudformation describe-stacks --region us-east-1 --stack-name trailhound-member --output text";
    assert!(shell.run(member, &[])?.contains("CREATE_COMPLETE"));

    redrive(&pipeline, &shell)?;
    let group = fail(&pipeline)?;
    assert!(pipeline.findings()?.is_empty());
    let folder = pipeline.emulator().log().with_file_name("typed");
    std::fs::create_dir_all(&folder)?;
    let built = command()?.with_file_name("");
    let from = [("EVENT-DEAD-LETTERS", pipeline.output("EventDeadLetters")), ("REGION", REGION)];
    let [again] = &typed("An event again", &from)?[..] else { return Err("not one command".into()) };
    let answer = shell.clone().at(folder).run(&format!("PATH={}:$PATH\n{again}", built.display()), &[])?;
    assert!(answer.contains("Judged"), "{answer}");
    pipeline.wait_for_finding(&group, SSH, "open")?;

    let (table, key) = (pipeline.output("Table"), pipeline.resources("AWS::KMS::Key")?);
    let [(_, key)] = &key[..] else { return Err("not one key".into()) };
    let [stack, rest] = &typed("Uninstall", &[("TABLE", table), ("KEY", key)])?[..] else {
        return Err("not two commands".into());
    };
    shell.run(stack, &[])?;
    pipeline.wait(SOON, "the end of the stack", |pipeline| {
        let stacks = pipeline.aws.call("cloudformation", "describe_stacks", json!({ "StackName": STACK }));
        let gone = stacks.map_or(true, |stacks| text(&stacks["Stacks"][0], "StackStatus") == "DELETE_COMPLETE");
        gone.then_some(())
    })?;
    let functions = pipeline.aws.call("lambda", "list_functions", json!({}))?;
    assert_eq!(functions["Functions"], json!([]));
    pipeline.aws.call("dynamodb", "describe_table", json!({ "TableName": table }))?;
    shell.run(rest, &[])?;
    assert!(pipeline.aws.call("dynamodb", "describe_table", json!({ "TableName": table })).is_err());
    let key = pipeline.aws.call("kms", "describe_key", json!({ "KeyId": key }))?;
    assert_eq!(text(&key["KeyMetadata"], "KeyState"), "PendingDeletion");
    Ok(())
}
