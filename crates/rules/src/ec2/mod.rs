//! EC2: security groups, instances, disks and images, networks, and the region's defaults.

mod security_group_all_ports_closed;
mod security_group_default_closed;
mod security_group_egress_scoped;
mod security_group_high_risk_ports_closed;
mod security_group_other_ports_closed;
mod security_group_private_ingress_scoped;
mod security_group_rdp_closed;
mod security_group_ssh_closed;

use trailhound_model::kinds::ec2::group;
use trailhound_model::{Answer, Evidence, Keyed, Snapshot, Value, Why};

use crate::network::{Direction, Group, GroupRule, PrefixList, network};
use crate::{Rule, Signs};

/// The rules of this service.
pub(crate) static RULES: &[&Rule] = &[
    &security_group_all_ports_closed::RULE,
    &security_group_default_closed::RULE,
    &security_group_egress_scoped::RULE,
    &security_group_high_risk_ports_closed::RULE,
    &security_group_other_ports_closed::RULE,
    &security_group_private_ingress_scoped::RULE,
    &security_group_rdp_closed::RULE,
    &security_group_ssh_closed::RULE,
];

/// Asks a question of one direction of a group. What is found stands; nothing found means nothing while some of the
/// group's rules are unseen.
fn judge_group(
    group: &Snapshot<'_>,
    direction: Direction,
    question: impl FnOnce(&Group) -> Signs,
    message: impl FnOnce(&[Evidence]) -> String,
) -> Answer {
    let facet: &'static Keyed<Value> = match direction {
        Direction::Ingress => &group::INGRESS,
        Direction::Egress => &group::EGRESS,
    };
    let rules = group.entries(facet)?;
    let lists = |id: &str| prefix_list(group, id);
    let signs = question(&rules.seen().map(|(key, rule)| GroupRule::from_value(key, direction, rule, lists)).collect());
    if !signs.is_certain() {
        rules.settle::<()>(Vec::new())?;
    }
    signs.answer(message)
}

/// What is known of a prefix list that a group's rule names.
fn prefix_list(group: &Snapshot<'_>, id: &str) -> PrefixList {
    if is_aws_id(id) {
        return PrefixList::Aws;
    }
    let mut found = PrefixList::Unread;
    group.related(&group::PREFIX_LISTS).any(|list| {
        let is_it = *list.resource.id == *id && list.resource.region == group.resource.region;
        if is_it && let Ok(known) = read(list) {
            found = known;
        }
        Ok(is_it)
    });
    found
}

/// AWS's first prefix lists have short ids; customers' never had.
fn is_aws_id(id: &str) -> bool {
    id.strip_prefix("pl-").is_some_and(|id| id.len() == 8)
}

fn read(list: &Snapshot<'_>) -> Result<PrefixList, Why> {
    if list.get(&group::PREFIX_LIST_OWNER).known()?.as_deref() == Some("AWS") {
        return Ok(PrefixList::Aws);
    }
    let entries = list.entries(&group::PREFIX_LIST_ENTRIES)?;
    // A list of which only a part is known is not known.
    entries.settle::<()>(Vec::new())?;
    let ranges: Option<Vec<_>> = entries.seen().map(|(_, entry)| network(&entry.cidr)).collect();
    ranges.map(PrefixList::Read).ok_or_else(|| Why::NotUnderstood("a range of a prefix list".into()))
}

/// The keys of the entries, for a message.
fn keys(entries: &[Evidence]) -> String {
    const SHOWN: usize = 5;
    let mut words: Vec<String> = entries.iter().take(SHOWN).map(|entry| format!("`{}`", entry.key)).collect();
    if entries.len() > SHOWN {
        words.push(format!("{} more", entries.len() - SHOWN));
    }
    words.join(", ")
}
