use trailhound_model::Verdict;
use trailhound_model::kinds::mq::{BROKER, PUBLICLY_ACCESSIBLE};

use crate::rule;

rule! {
    /// Message brokers have no public address.
    ///
    /// ## Why
    /// A broker with a public address is one stolen password away from anybody: its console and its ports answer the whole
    /// internet, and what it carries are orders, events and commands.
    ///
    /// ## Fix
    /// - Console: a broker cannot be moved: create one with Access type Private, move the clients, delete the public one.
    /// - CLI: `aws mq create-broker --no-publicly-accessible ...`
    /// - CloudFormation: `PubliclyAccessible: false` on `AWS::AmazonMQ::Broker`; the change replaces the broker.
    ///
    /// ## Limits
    /// Does not ask what the security groups of the broker let in. The call that makes a broker shows its id in the answer
    /// only: a record without one tells nothing.
    item: PrivateNetwork,
    severity: High,
    kinds: [BROKER],
    reads: [PUBLICLY_ACCESSIBLE],
    opens_on: ["CreateBroker"],
    closes_on: ["DeleteBroker"],
    controls: [(Nist80053, "AC-4"), (Nist80053, "SC-7")],
    judge: |broker, _| {
        let public = broker.get(&PUBLICLY_ACCESSIBLE).known()? == Some(true);
        Ok(if public { Verdict::fail("PubliclyAccessible", "the broker has a public address") } else { Verdict::Pass })
    },
}
