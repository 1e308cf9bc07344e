//! Security groups and the prefix lists that their rules name.

use std::borrow::Cow;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use serde::Deserialize;

use crate::{Facet, Initial, Keyed, KindDef, Link, Map, RelationDef, Scope, Second, Text, Value};

/// A security group. Rules that stand on their own in a template or call belong to their group.
pub static SECURITY_GROUP: KindDef = KindDef {
    name: "AWS::EC2::SecurityGroup",
    scope: Scope::Regional,
    arn: Some("arn:{partition}:ec2:{region}:{account}:security-group/{id}"),
    facets: &[&NAME.def, &VPC_ID.def, &INGRESS.def, &EGRESS.def],
    relations: &[&PREFIX_LISTS],
    parts: &["AWS::EC2::SecurityGroupEgress", "AWS::EC2::SecurityGroupIngress"],
    owner: None,
};

/// The account's prefix lists, which rules may name as source or destination.
pub static PREFIX_LISTS: RelationDef = RelationDef {
    name: "prefix-list",
    to: &PREFIX_LIST,
    link: Link::All,
    borrows: &[&PREFIX_LIST_OWNER.def, &PREFIX_LIST_ENTRIES.def],
};

/// The group's name, unique in its network; `default` belongs to AWS's default group.
pub static NAME: Facet<String> = Facet::property("GroupName").read_by(&["ec2:DescribeSecurityGroups"]);

/// The network that it belongs to.
pub static VPC_ID: Facet<String> = Facet::property("VpcId").read_by(&["ec2:DescribeSecurityGroups"]);

/// A group that does not exist has no rules either: it takes two calls to tell the two apart.
const READ_RULES: &[&str] = &["ec2:DescribeSecurityGroupRules", "ec2:DescribeSecurityGroups"];

/// What may come in; a new group lets nothing in. The key is that of [`RawRule::normal`].
pub static INGRESS: Keyed<Value> =
    Keyed::property("SecurityGroupIngress").read_by(READ_RULES).initially(Initial::Empty);

/// What may go out; a new group lets everything out. The key is that of [`RawRule::normal`].
pub static EGRESS: Keyed<Value> =
    Keyed::property("SecurityGroupEgress").read_by(READ_RULES).initially(Initial::Default(everything_out));

/// A customer's prefix list: a named set of address ranges.
pub static PREFIX_LIST: KindDef = KindDef {
    name: "AWS::EC2::PrefixList",
    scope: Scope::Regional,
    arn: Some("arn:{partition}:ec2:{region}:{account}:prefix-list/{id}"),
    facets: &[&PREFIX_LIST_ENTRIES.def, &PREFIX_LIST_OWNER.def],
    relations: &[],
    parts: &[],
    owner: None,
};

/// The address ranges of a prefix list, keyed by the range.
pub static PREFIX_LIST_ENTRIES: Keyed<PrefixListEntry> =
    Keyed::property("Entries").read_by(&["ec2:GetManagedPrefixListEntries"]).initially(Initial::Empty);

/// The account that owns the list; `AWS` for AWS's own lists.
pub static PREFIX_LIST_OWNER: Facet<String> = Facet::property("OwnerId").read_by(&["ec2:DescribeManagedPrefixLists"]);

/// A range of a prefix list.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct PrefixListEntry {
    /// The range.
    pub cidr: String,
}

/// The side of a group's wall that a rule opens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// From outside.
    Ingress,
    /// To the outside.
    Egress,
}

/// Whom a rule lets in or out to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Peer<'a> {
    /// An address range.
    Cidr(&'a str),
    /// A prefix list, by its id.
    PrefixList(&'a str),
    /// A group, by its id.
    Group(&'a str),
    /// The group itself.
    Itself,
}

/// The parts of a rule as a call, a read or a template states them.
#[derive(Clone, Debug)]
pub struct RawRule<'a> {
    /// The protocol in any of its spellings: name, number, `-1` or `all`.
    pub protocol: Cow<'a, str>,
    /// The first port, or the ICMP type.
    pub from: Option<i64>,
    /// The last port, or the ICMP code.
    pub to: Option<i64>,
    /// The other side.
    pub peer: Peer<'a>,
    /// The id that AWS gave to the rule.
    pub id: Option<&'a str>,
}

impl RawRule<'_> {
    /// The rule in normal form: its key and entry. AWS keeps at most one rule per key in a direction, so a rule can be
    /// removed by its key wherever it was learnt from.
    ///
    /// Protocol numbers become names, `-1` loses its ports, TCP and UDP without ports get all of them, host bits of a range
    /// are cleared.
    #[must_use]
    pub fn normal(&self, direction: Direction) -> (Text, Value) {
        let protocol = match &*self.protocol.to_ascii_lowercase() {
            "-1" | "all" => "-1".to_owned(),
            "1" => "icmp".to_owned(),
            "6" => "tcp".to_owned(),
            "17" => "udp".to_owned(),
            "58" => "icmpv6".to_owned(),
            other => other.to_owned(),
        };
        let stated = |port: Option<i64>| port.filter(|port| *port != -1);
        let ports = match &*protocol {
            "tcp" | "udp" => Some((stated(self.from).unwrap_or(0), stated(self.to).unwrap_or(65_535))),
            "icmp" | "icmpv6" => Some((self.from.unwrap_or(-1), self.to.unwrap_or(-1))),
            // Of all other protocols, ports are ignored.
            _ => None,
        };
        let shown = match (&*protocol, ports) {
            ("-1", _) => "all".to_owned(),
            ("icmp" | "icmpv6", Some((-1, _))) | (_, None) => protocol.clone(),
            ("icmp" | "icmpv6", Some((kind, code))) => format!("{protocol} {kind}/{code}"),
            (_, Some((from, to))) if from == to => format!("{protocol} {from}"),
            (_, Some((from, to))) => format!("{protocol} {from}-{to}"),
        };
        let (member, peer) = match (self.peer, direction) {
            (Peer::Cidr(range), _) => {
                let range = normal_cidr(range);
                (if range.contains(':') { "CidrIpv6" } else { "CidrIp" }, range)
            }
            (Peer::PrefixList(id), Direction::Ingress) => ("SourcePrefixListId", id.to_owned()),
            (Peer::PrefixList(id), Direction::Egress) => ("DestinationPrefixListId", id.to_owned()),
            (Peer::Group(id), Direction::Ingress) => ("SourceSecurityGroupId", id.to_owned()),
            (Peer::Group(id), Direction::Egress) => ("DestinationSecurityGroupId", id.to_owned()),
            (Peer::Itself, Direction::Ingress) => ("SourceSecurityGroupId", ITSELF.to_owned()),
            (Peer::Itself, Direction::Egress) => ("DestinationSecurityGroupId", ITSELF.to_owned()),
        };
        let key = format!("{shown} {peer}");
        let value = Value::map([
            ("IpProtocol", Some(protocol.into())),
            ("FromPort", ports.map(|(from, _)| from.into())),
            ("ToPort", ports.map(|(_, to)| to.into())),
            (member, Some(peer.into())),
            (RULE_ID, self.id.map(Value::from)),
        ]);
        (key.into(), value)
    }
}

/// The member of a rule's entry that holds the id AWS gave it, where it is known.
pub const RULE_ID: &str = "SecurityGroupRuleId";

/// Stands for the group itself where a rule names it as its peer, so that the rule is known before the group's id is.
pub const ITSELF: &str = "self";

/// An address range with its host bits cleared and in its shortest spelling; a bare address is a range of one. Text that is
/// no range stays as it is.
#[must_use]
pub fn normal_cidr(text: &str) -> String {
    parse_cidr(text).map_or_else(|| text.to_owned(), |(address, length)| format!("{address}/{length}"))
}

/// The network address and prefix length of a range; host bits are cleared. `None` if the text is no range.
#[must_use]
pub fn parse_cidr(text: &str) -> Option<(IpAddr, u32)> {
    let text = text.trim();
    let (address, length) = match text.split_once('/') {
        Some((address, length)) => (address, Some(length.parse::<u32>().ok()?)),
        None => (text, None),
    };
    match address.parse::<IpAddr>().ok()? {
        IpAddr::V4(address) => {
            let length = length.unwrap_or(32);
            let host = 32_u32.checked_sub(length)?;
            let mask = u32::MAX.checked_shl(host).unwrap_or(0);
            Some((Ipv4Addr::from_bits(address.to_bits() & mask).into(), length))
        }
        IpAddr::V6(address) => {
            let length = length.unwrap_or(128);
            let host = 128_u32.checked_sub(length)?;
            let mask = u128::MAX.checked_shl(host).unwrap_or(0);
            Some((Ipv6Addr::from_bits(address.to_bits() & mask).into(), length))
        }
    }
}

/// The one rule of a new group's egress in a network without IPv6.
fn everything_out(_created: Second) -> Value {
    Value::Map(outward(false))
}

/// The egress rules of a new group: everything to everywhere; to IPv6 addresses only in a network that has them.
#[must_use]
pub fn outward(ipv6: bool) -> Map {
    let ranges: &[&str] = if ipv6 { &["0.0.0.0/0", "::/0"] } else { &["0.0.0.0/0"] };
    ranges.iter().map(|range| all_traffic(Peer::Cidr(range), Direction::Egress)).collect()
}

/// The rule for all traffic with a peer.
#[must_use]
pub fn all_traffic(peer: Peer<'_>, direction: Direction) -> (Text, Value) {
    RawRule { protocol: "-1".into(), from: None, to: None, peer, id: None }.normal(direction)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_spelling_of_a_rule_has_one_key() {
        let rule = |protocol: &'static str, from, to, range| {
            let raw = RawRule { protocol: Cow::from(protocol), from, to, peer: Peer::Cidr(range), id: None };
            raw.normal(Direction::Ingress).0.to_string()
        };
        for (protocol, from, to, range, expected) in [
            ("tcp", Some(22), Some(22), "0.0.0.0/0", "tcp 22 0.0.0.0/0"),
            ("6", Some(22), Some(22), "1.2.3.4/0", "tcp 22 0.0.0.0/0"),
            ("TCP", Some(8000), Some(8080), "203.0.113.9", "tcp 8000-8080 203.0.113.9/32"),
            ("tcp", Some(-1), Some(-1), "10.1.2.3/16", "tcp 0-65535 10.1.0.0/16"),
            ("udp", None, None, "10.0.0.0/8", "udp 0-65535 10.0.0.0/8"),
            ("-1", None, None, "::/0", "all ::/0"),
            ("-1", Some(0), Some(0), "0:0:0:0::1/0", "all ::/0"),
            ("all", Some(-1), Some(-1), "2001:DB8:0::1/32", "all 2001:db8::/32"),
            ("1", Some(8), Some(-1), "0.0.0.0/0", "icmp 8/-1 0.0.0.0/0"),
            ("icmp", Some(-1), Some(-1), "0.0.0.0/0", "icmp 0.0.0.0/0"),
            ("50", Some(0), Some(0), "0.0.0.0/0", "50 0.0.0.0/0"),
            ("tcp", Some(22), Some(22), "0.0.0.0/33", "tcp 22 0.0.0.0/33"),
            ("tcp", Some(22), Some(22), "anywhere", "tcp 22 anywhere"),
        ] {
            assert_eq!(rule(protocol, from, to, range), expected);
        }
    }

    #[test]
    fn an_entry_has_the_names_of_its_direction() {
        for (direction, member) in
            [(Direction::Ingress, "SourcePrefixListId"), (Direction::Egress, "DestinationPrefixListId")]
        {
            let raw = RawRule {
                protocol: "tcp".into(),
                from: Some(443),
                to: Some(443),
                peer: Peer::PrefixList("pl-1"),
                id: Some("sgr-1"),
            };
            let (key, entry) = raw.normal(direction);
            assert_eq!(&*key, "tcp 443 pl-1");
            assert_eq!(entry.get(member).and_then(Value::as_str), Some("pl-1"));
            assert_eq!(entry.get(RULE_ID).and_then(Value::as_str), Some("sgr-1"));
        }
    }
}
