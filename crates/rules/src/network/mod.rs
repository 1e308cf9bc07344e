//! What security groups and network ACLs open to the internet.
//!
//! The sources of all rules that cover a port are merged before they are measured, so that two halves of the internet
//! are the whole of it and one company's /8 is not. What is not known (a prefix list nobody has read, a port range that
//! makes no sense) is read twice, as narrowly and as widely as it can be; where that matters the answer is unclear.

mod acl;
mod spans;

use std::collections::BTreeSet;
use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;

use ipnet::IpNet;
use trailhound_model::{Evidence, Text, Value, Why};

pub use acl::{AclEntry, NetworkAcl};

use crate::Signs;
use crate::signs::clipped;
use spans::Addresses;

/// SSH.
pub const SSH: u16 = 22;
/// Remote desktop.
pub const RDP: u16 = 3389;

/// Which way traffic goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Direction {
    /// Towards the resource.
    Ingress,
    /// Away from it.
    Egress,
}

/// The protocol of a rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Protocol {
    /// All of them (`-1`).
    All,
    /// TCP.
    Tcp,
    /// UDP.
    Udp,
    /// ICMP, of either family. It has no ports.
    Icmp,
    /// Another, by its IANA number.
    Other(u8),
    /// Not understood.
    Unknown,
}

impl Protocol {
    /// Reads a name or a number; a number may be text.
    #[must_use]
    pub fn from_value(value: Option<&Value>) -> Self {
        let Some(value) = value else { return Self::Unknown };
        let number = match value.as_str() {
            Some(text) if text.eq_ignore_ascii_case("tcp") => Some(6),
            Some(text) if text.eq_ignore_ascii_case("udp") => Some(17),
            Some(text) if text.eq_ignore_ascii_case("icmp") => Some(1),
            Some(text) if text.eq_ignore_ascii_case("icmpv6") => Some(58),
            Some(text) if text.eq_ignore_ascii_case("all") => Some(-1),
            _ => value.as_int(),
        };
        match number {
            Some(-1) => Self::All,
            Some(6) => Self::Tcp,
            Some(17) => Self::Udp,
            Some(1 | 58) => Self::Icmp,
            Some(other) => u8::try_from(other).map_or(Self::Unknown, Self::Other),
            None => Self::Unknown,
        }
    }
}

impl fmt::Display for Protocol {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::All => f.write_str("all protocols"),
            Self::Tcp => f.write_str("TCP"),
            Self::Udp => f.write_str("UDP"),
            Self::Icmp => f.write_str("ICMP"),
            Self::Other(number) => write!(f, "protocol {number}"),
            Self::Unknown => f.write_str("an unknown protocol"),
        }
    }
}

/// The ports of a rule, from and to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Ports {
    /// These and all between.
    Range(u16, u16),
    /// Not understood: the first is above the last, or one of them is missing or no port.
    Unknown,
}

impl Ports {
    /// Every port.
    pub const ALL: Self = Self::Range(0, u16::MAX);

    /// Reads the two ends; neither given, or both `-1`, is every port.
    #[must_use]
    pub fn from_values(from: Option<&Value>, to: Option<&Value>) -> Self {
        let port = |value: &Value| value.as_int();
        match (from, to) {
            (None | Some(Value::Null), None | Some(Value::Null)) => Self::ALL,
            (Some(from), Some(to)) => match (port(from), port(to)) {
                (Some(-1), Some(-1)) => Self::ALL,
                (Some(from), Some(to)) => match (u16::try_from(from), u16::try_from(to)) {
                    (Ok(from), Ok(to)) if from <= to => Self::Range(from, to),
                    _ => Self::Unknown,
                },
                _ => Self::Unknown,
            },
            _ => Self::Unknown,
        }
    }
}

/// What is known of a prefix list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PrefixList {
    /// Its networks.
    Read(Vec<IpNet>),
    /// AWS owns it: the addresses of a service, left out like a group.
    Aws,
    /// Nobody has read it.
    Unread,
}

/// Whom a rule is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Source {
    /// A network.
    Cidr(IpNet),
    /// A prefix list.
    PrefixList(Text, PrefixList),
    /// Another security group.
    Group(Text),
    /// Not understood, as it was written.
    Unknown(Text),
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Cidr(net) => write!(f, "`{net}`"),
            Self::PrefixList(text, _) | Self::Group(text) | Self::Unknown(text) => write!(f, "`{}`", clipped(text)),
        }
    }
}

/// Reads a network; a bare address is a network of one, and bits of the host are cleared.
#[must_use]
pub fn network(text: &str) -> Option<IpNet> {
    let text = text.trim();
    IpNet::from_str(text).or_else(|_| IpAddr::from_str(text).map(IpNet::from)).ok().map(|net| net.trunc())
}

/// Whether networks together are open to the internet.
///
/// # Errors
/// When one of them is no network and the others are not enough.
pub fn is_internet<'a>(networks: impl IntoIterator<Item = &'a str>) -> Result<bool, Why> {
    let (mut read, mut unread) = (Vec::new(), None);
    for text in networks {
        match network(text) {
            Some(network) => read.push(network),
            None => unread = Some(Why::NotUnderstood(format!("the network `{text}`").into())),
        }
    }
    match unread {
        _ if Addresses::of(&read).public().are_internet() => Ok(true),
        Some(why) => Err(why),
        None => Ok(false),
    }
}

/// One rule of a security group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GroupRule {
    /// What names it in evidence: stable while the rule exists.
    pub key: Text,
    /// Which way.
    pub direction: Direction,
    /// The protocol.
    pub protocol: Protocol,
    /// The ports.
    pub ports: Ports,
    /// Whom it lets in, or out to.
    pub sources: Vec<Source>,
}

impl GroupRule {
    /// Reads a rule in CloudFormation's shape; `lists` says what is known of a prefix list.
    #[must_use]
    pub fn from_value(key: &str, direction: Direction, value: &Value, lists: impl Fn(&str) -> PrefixList) -> Self {
        let mut sources = Vec::new();
        for name in ["CidrIp", "CidrIpv6"] {
            let Some(value) = value.get(name) else { continue };
            let net = value.as_str().and_then(network);
            sources.push(net.map_or_else(|| Source::Unknown(value.to_string().into()), Source::Cidr));
        }
        for name in ["SourcePrefixListId", "DestinationPrefixListId"] {
            let Some(value) = value.get(name) else { continue };
            sources.push(value.as_str().map_or_else(
                || Source::Unknown(value.to_string().into()),
                |id| Source::PrefixList(id.into(), lists(id)),
            ));
        }
        for name in ["SourceSecurityGroupId", "SourceSecurityGroupName", "DestinationSecurityGroupId"] {
            // Whichever group it is, it is no part of the internet.
            sources.extend(value.get(name).map(|value| Source::Group(value.to_string().into())));
        }
        if sources.is_empty() {
            sources.push(Source::Unknown("nobody".into()));
        }
        let protocol = Protocol::from_value(value.get("IpProtocol"));
        let ports = match protocol {
            // Ports mean nothing to the others; AWS ignores them for `-1`.
            Protocol::Tcp | Protocol::Udp => Ports::from_values(value.get("FromPort"), value.get("ToPort")),
            _ => Ports::ALL,
        };
        Self { key: key.into(), direction, protocol, ports, sources }
    }

    /// The addresses it is about, read as widely (`most`) or as narrowly as they can be.
    fn addresses(&self, most: bool) -> Addresses {
        let parts: Vec<Addresses> = self
            .sources
            .iter()
            .filter_map(|source| match source {
                Source::Cidr(net) => Some(Addresses::of([net])),
                Source::PrefixList(_, PrefixList::Read(nets)) => Some(Addresses::of(nets)),
                Source::PrefixList(_, PrefixList::Unread) | Source::Unknown(_) => most.then(Addresses::all),
                Source::PrefixList(_, PrefixList::Aws) | Source::Group(_) => None,
            })
            .collect();
        Addresses::sum(parts.iter())
    }

    /// The ports it covers on a wire of this protocol, read as widely or as narrowly as they can be.
    fn covers(&self, wire: Protocol, most: bool) -> Option<(u16, u16)> {
        let every = (0, u16::MAX);
        match (self.protocol, self.ports) {
            (Protocol::Unknown, _) => most.then_some(every),
            (Protocol::All, _) => Some(every),
            (own, ports) if own == wire => match ports {
                Ports::Range(from, to) => Some((from, to)),
                Ports::Unknown => most.then_some(every),
            },
            _ => None,
        }
    }

    fn sources_words(&self) -> String {
        let words: Vec<String> = self.sources.iter().map(ToString::to_string).collect();
        words.join(", ")
    }
}

/// Ports of one protocol that are open to the internet, and the rules that open them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Opening {
    /// TCP, UDP or another with no ports.
    pub protocol: Protocol,
    /// The first port; 0 for a protocol without ports.
    pub from: u16,
    /// The last port.
    pub to: u16,
    /// Keys of the rules.
    pub rules: Vec<Text>,
}

impl Opening {
    /// Whether it has a TCP or UDP port of the set.
    fn has(&self, ports: &BTreeSet<u16>) -> bool {
        self.has_ports() && ports.range(self.from..=self.to).next().is_some()
    }

    const fn has_ports(&self) -> bool {
        matches!(self.protocol, Protocol::Tcp | Protocol::Udp)
    }

    const fn is_all(&self) -> bool {
        self.has_ports() && self.from == 0 && self.to == u16::MAX
    }
}

impl fmt::Display for Opening {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.has_ports(), self.from == self.to) {
            (false, _) => write!(f, "{}", self.protocol),
            (true, true) => write!(f, "{} {}", self.protocol, self.from),
            (true, false) if self.is_all() => write!(f, "all ports of {}", self.protocol),
            (true, false) => write!(f, "{} {}-{}", self.protocol, self.from, self.to),
        }
    }
}

/// The rules of one security group.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Group {
    rules: Vec<GroupRule>,
}

impl FromIterator<GroupRule> for Group {
    fn from_iter<I: IntoIterator<Item = GroupRule>>(rules: I) -> Self {
        Self { rules: rules.into_iter().collect() }
    }
}

impl Group {
    /// The rules.
    #[must_use]
    pub fn rules(&self) -> &[GroupRule] {
        &self.rules
    }

    /// What is certainly open to the internet, as ranges of ports opened by the same rules.
    #[must_use]
    pub fn openings(&self, direction: Direction) -> Vec<Opening> {
        self.read(direction, false)
    }

    /// Rules by which every TCP or every UDP port is open to the internet.
    #[must_use]
    pub fn all_ports(&self, direction: Direction) -> Signs {
        self.ask(direction, |openings| {
            let whole = |protocol: Protocol| {
                let mut next = Some(0);
                for opening in openings.iter().filter(|o| o.protocol == protocol) {
                    if next == Some(opening.from) {
                        next = opening.to.checked_add(1);
                    }
                }
                next.is_none()
            };
            let (tcp, udp) = (whole(Protocol::Tcp), whole(Protocol::Udp));
            let open = |o: &&Opening| o.protocol == Protocol::Tcp && tcp || o.protocol == Protocol::Udp && udp;
            openings.iter().filter(open).cloned().collect()
        })
    }

    /// Rules by which this TCP port is open to the internet.
    #[must_use]
    pub fn tcp_port(&self, direction: Direction, port: u16) -> Signs {
        let one = BTreeSet::from([port]);
        self.ask(direction, |openings| {
            openings.iter().filter(|o| o.protocol == Protocol::Tcp && o.has(&one)).cloned().collect()
        })
    }

    /// Rules by which a TCP or UDP port of the set is open to the internet.
    #[must_use]
    pub fn ports_of(&self, direction: Direction, ports: &BTreeSet<u16>) -> Signs {
        self.ask(direction, |openings| {
            let mut found = Vec::new();
            for opening in openings.iter().filter(|o| o.has_ports()) {
                for &port in ports.range(opening.from..=opening.to) {
                    found.push(Opening { from: port, to: port, ..opening.clone() });
                }
            }
            found
        })
    }

    /// Rules by which some port is open to the internet that is neither authorised nor one of the `named`, which have
    /// their own questions; SSH and remote desktop by TCP have theirs too. A protocol without ports is one such port;
    /// ICMP is none.
    #[must_use]
    pub fn other_ports(
        &self,
        direction: Direction,
        authorised_tcp: &BTreeSet<u16>,
        authorised_udp: &BTreeSet<u16>,
        named: &BTreeSet<u16>,
    ) -> Signs {
        let mut tcp: BTreeSet<u16> = authorised_tcp | named;
        tcp.extend([SSH, RDP]);
        let udp = authorised_udp | named;
        self.ask(direction, |openings| {
            let mut found = Vec::new();
            for opening in openings {
                match opening.protocol {
                    Protocol::Tcp => found.extend(without(opening, &tcp)),
                    Protocol::Udp => found.extend(without(opening, &udp)),
                    _ => found.push(opening.clone()),
                }
            }
            found
        })
    }

    /// Rules that open all ports to a private network broader than /16 (/48 in IPv6).
    #[must_use]
    pub fn wide_private_ingress(&self) -> Signs {
        let read = |most: bool| -> Vec<Evidence> {
            let wide = |rule: &&GroupRule| {
                let all =
                    [Protocol::Tcp, Protocol::Udp].iter().any(|wire| rule.covers(*wire, most) == Some((0, u16::MAX)));
                let nets = rule.sources.iter().any(|source| match source {
                    Source::Cidr(net) => Addresses::of([net]).is_wide_private(),
                    Source::PrefixList(_, PrefixList::Read(nets)) => {
                        nets.iter().any(|net| Addresses::of([net]).is_wide_private())
                    }
                    Source::PrefixList(_, PrefixList::Unread) | Source::Unknown(_) => most,
                    Source::PrefixList(_, PrefixList::Aws) | Source::Group(_) => false,
                });
                rule.direction == Direction::Ingress && all && nets
            };
            let entry =
                |rule: &GroupRule| Evidence::new(&*rule.key, format!("opens all ports to {}", rule.sources_words()));
            self.rules.iter().filter(wide).map(entry).collect()
        };
        self.both(read)
    }

    /// Asks a question of what is certainly open and of what may be; it answers with the openings that matter.
    fn ask(&self, direction: Direction, question: impl Fn(&[Opening]) -> Vec<Opening>) -> Signs {
        self.both(|most| self.entries(&question(&self.read(direction, most))))
    }

    /// What the narrow reading shows is certain; what only the wide one does is unclear.
    fn both(&self, entries: impl Fn(bool) -> Vec<Evidence>) -> Signs {
        let certain = entries(false);
        let Some(why) = self.rules.iter().find_map(doubt) else { return Signs { certain, ..Signs::default() } };
        let mut unclear = entries(true);
        unclear.retain(|entry| certain.iter().all(|sure| sure.key != entry.key));
        let own = |entry: &Evidence| self.rules.iter().find(|rule| rule.key == entry.key).and_then(doubt);
        let why = (!unclear.is_empty()).then(|| unclear.iter().find_map(own).unwrap_or(why));
        Signs { certain, unclear, why }
    }

    /// One entry per rule, with all it opens.
    fn entries(&self, openings: &[Opening]) -> Vec<Evidence> {
        const SHOWN: usize = 6;
        let of = |rule: &GroupRule| {
            let mut words: Vec<String> =
                openings.iter().filter(|o| o.rules.contains(&rule.key)).map(ToString::to_string).collect();
            let more = words.len().saturating_sub(SHOWN);
            if words.is_empty() {
                return None;
            }
            words.truncate(SHOWN);
            let more = if more > 0 { format!(" and {more} more") } else { String::new() };
            Some(Evidence::new(&*rule.key, format!("opens {}{more} to {}", words.join(", "), rule.sources_words())))
        };
        self.rules.iter().filter_map(of).collect()
    }

    /// The openings under one reading.
    fn read(&self, direction: Direction, most: bool) -> Vec<Opening> {
        let rules: Vec<Public<'_>> = self
            .rules
            .iter()
            .filter(|rule| rule.direction == direction)
            .map(|rule| Public::new(rule, most))
            .filter(|rule| !rule.addresses.is_empty())
            .collect();
        let mut wires = vec![Protocol::Tcp, Protocol::Udp];
        let mut others: Vec<Protocol> = rules
            .iter()
            .map(|rule| rule.rule.protocol)
            .filter(|p| matches!(p, Protocol::Other(_) | Protocol::All))
            .collect();
        others.sort_unstable();
        others.dedup();
        wires.append(&mut others);
        wires.into_iter().flat_map(|wire| openings(&rules, wire, most)).collect()
    }
}

/// Why what a rule opens is not clear.
fn doubt(rule: &GroupRule) -> Option<Why> {
    for source in &rule.sources {
        match source {
            Source::PrefixList(id, PrefixList::Unread) => {
                return Some(Why::DependsOn(format!("prefix list {id}").into()));
            }
            Source::Unknown(_) => return Some(Why::NotUnderstood("a source of a rule".into())),
            _ => {}
        }
    }
    match (rule.protocol, rule.ports) {
        (Protocol::Unknown, _) => Some(Why::NotUnderstood("the protocol of a rule".into())),
        (_, Ports::Unknown) => Some(Why::NotUnderstood("the ports of a rule".into())),
        _ => None,
    }
}

/// A rule, and the public addresses it is about.
struct Public<'a> {
    rule: &'a GroupRule,
    addresses: Addresses,
    /// Whether these are the internet without any other rule.
    alone: bool,
}

impl<'a> Public<'a> {
    fn new(rule: &'a GroupRule, most: bool) -> Self {
        let addresses = rule.addresses(most).public();
        let alone = addresses.are_internet();
        Self { rule, addresses, alone }
    }
}

/// The open ports of one protocol, neighbours with the same rules joined.
fn openings(rules: &[Public<'_>], wire: Protocol, most: bool) -> Vec<Opening> {
    let covering: Vec<((u16, u16), &Public<'_>)> =
        rules.iter().filter_map(|rule| Some((rule.rule.covers(wire, most)?, rule))).collect();
    // Between two neighbouring cuts the same rules apply to every port.
    let mut cuts: BTreeSet<u32> =
        covering.iter().flat_map(|((from, to), _)| [u32::from(*from), u32::from(*to) + 1]).collect();
    let mut found: Vec<Opening> = Vec::new();
    while let Some(start) = cuts.pop_first() {
        let Some(&next) = cuts.first() else { break };
        let (Ok(from), Ok(to)) = (u16::try_from(start), u16::try_from(next - 1)) else { break };
        let here = covering.iter().filter(|((first, last), _)| (*first..=*last).contains(&from)).map(|(_, rule)| *rule);
        let keys = opening_rules(here);
        match found.last_mut() {
            _ if keys.is_empty() => {}
            Some(last) if last.to.checked_add(1) == Some(from) && last.rules == keys => last.to = to,
            _ => found.push(Opening { protocol: wire, from, to, rules: keys }),
        }
    }
    found
}

/// Which of the rules open a port that all of them cover: those that do so alone, and those that do so together.
fn opening_rules<'a>(rules: impl Iterator<Item = &'a Public<'a>>) -> Vec<Text> {
    let (alone, rest): (Vec<_>, Vec<_>) = rules.partition(|rule| rule.alone);
    let together = rest.len() > 1 && Addresses::sum(rest.iter().map(|rule| &rule.addresses)).are_internet();
    let rest = rest.into_iter().filter(|_| together);
    let mut keys: Vec<Text> = alone.into_iter().chain(rest).map(|rule| rule.rule.key.clone()).collect();
    keys.sort_unstable();
    keys.dedup();
    keys
}

/// What is left of an opening without some ports.
fn without(opening: &Opening, ports: &BTreeSet<u16>) -> Vec<Opening> {
    let mut left = Vec::new();
    let mut next = Some(opening.from);
    for &port in ports.range(opening.from..=opening.to) {
        if let Some(start) = next.filter(|start| *start < port) {
            left.push(Opening { from: start, to: port - 1, ..opening.clone() });
        }
        next = port.checked_add(1);
    }
    left.extend(next.filter(|start| *start <= opening.to).map(|start| Opening { from: start, ..opening.clone() }));
    left
}

#[cfg(test)]
mod tests;
