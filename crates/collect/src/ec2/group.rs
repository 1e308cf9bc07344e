//! Security groups and prefix lists.

use trailhound_model::kinds::ec2::group::{self, Direction, PREFIX_LIST, SECURITY_GROUP};
use trailhound_model::{Map, State};
use trailhound_trail::interpret::ec2::group::{range_entry, shown_rule};

use super::{call, filter, list, one};
use crate::client::{Call, Error};
use crate::read::{KindReads, Read, entries, needed};

static DESCRIBE_GROUPS: Call = call("DescribeSecurityGroups", "ec2:DescribeSecurityGroups")
    .gone(&[("InvalidGroup.NotFound", ""), ("InvalidGroupId.Malformed", "")]);
static DESCRIBE_RULES: Call = list("DescribeSecurityGroupRules", "ec2:DescribeSecurityGroupRules");
static DESCRIBE_PREFIX_LISTS: Call = call("DescribeManagedPrefixLists", "ec2:DescribeManagedPrefixLists")
    .gone(&[("InvalidPrefixListID.NotFound", ""), ("InvalidPrefixListId.Malformed", "")]);
static GET_PREFIX_LIST_ENTRIES: Call = list("GetManagedPrefixListEntries", "ec2:GetManagedPrefixListEntries")
    .gone(&[("InvalidPrefixListID.NotFound", ""), ("InvalidPrefixListId.Malformed", "")]);

pub(crate) static READS: &[KindReads] = &[
    KindReads {
        kind: &SECURITY_GROUP,
        reads: &[
            Read {
                facets: &[&group::NAME.def, &group::VPC_ID.def],
                calls: &[&DESCRIBE_GROUPS],
                run: |reader| {
                    Box::pin(async move {
                        let answer = reader.ask(&DESCRIBE_GROUPS, [("GroupId", one(reader.id()))]).await?;
                        let shown = answer.only(&["securityGroupInfo"])?;
                        Ok(vec![
                            (&group::NAME.def, State::Known(needed(shown.text("groupName"))?.into())),
                            (&group::VPC_ID.def, State::Known(needed(shown.text("vpcId"))?.into())),
                        ])
                    })
                },
            },
            Read {
                facets: &[&group::INGRESS.def, &group::EGRESS.def],
                // A group that does not exist has no rules either: the first call tells the two apart.
                calls: &[&DESCRIBE_GROUPS, &DESCRIBE_RULES],
                run: |reader| {
                    Box::pin(async move {
                        let groups = reader.ask(&DESCRIBE_GROUPS, [("GroupId", one(reader.id()))]);
                        let rules = reader.ask(&DESCRIBE_RULES, [filter("group-id", reader.id())]);
                        let (groups, rules) = tokio::join!(groups, rules);
                        groups?.only(&["securityGroupInfo"])?;
                        let rules = rules?;
                        let (mut ingress, mut egress) = (Map::new(), Map::new());
                        for shown in rules.list(&["securityGroupRuleSet"]) {
                            let rule = shown_rule(shown, Some(reader.id())).ok_or(NO_RULE)?;
                            let (side, direction) = match needed(shown.flag("isEgress"))? {
                                true => (&mut egress, Direction::Egress),
                                false => (&mut ingress, Direction::Ingress),
                            };
                            side.extend([rule.normal(direction)]);
                        }
                        Ok(vec![
                            (&group::INGRESS.def, State::Known(ingress.into())),
                            (&group::EGRESS.def, State::Known(egress.into())),
                        ])
                    })
                },
            },
        ],
    },
    KindReads {
        kind: &PREFIX_LIST,
        reads: &[
            Read {
                facets: &[&group::PREFIX_LIST_OWNER.def],
                calls: &[&DESCRIBE_PREFIX_LISTS],
                run: |reader| {
                    Box::pin(async move {
                        let answer = reader.ask(&DESCRIBE_PREFIX_LISTS, [("PrefixListId", one(reader.id()))]).await?;
                        let owner = needed(answer.only(&["prefixListSet"])?.text("ownerId"))?;
                        Ok(vec![(&group::PREFIX_LIST_OWNER.def, State::Known(owner.into()))])
                    })
                },
            },
            Read {
                facets: &[&group::PREFIX_LIST_ENTRIES.def],
                calls: &[&GET_PREFIX_LIST_ENTRIES],
                run: |reader| {
                    Box::pin(async move {
                        let with = [("PrefixListId", reader.id().into())];
                        let answer = reader.ask(&GET_PREFIX_LIST_ENTRIES, with).await?;
                        let ranges = answer.list(&["entrySet"]).map(|entry| needed(entry.text("cidr")));
                        let ranges = ranges.collect::<Result<Vec<_>, _>>()?.into_iter();
                        Ok(vec![(&group::PREFIX_LIST_ENTRIES.def, entries(ranges.map(range_entry)))])
                    })
                },
            },
        ],
    },
];

const NO_RULE: Error = Error::malformed("the answer has a rule that is none");
