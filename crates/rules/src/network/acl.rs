//! Network ACLs: numbered entries of which the first that matches decides.

use trailhound_model::{Evidence, Text, Value, Why};

use super::spans::Addresses;
use super::{Direction, Ports, Protocol, network};
use crate::Signs;

/// One entry of a network ACL.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AclEntry {
    /// What names it in evidence.
    pub key: Text,
    /// Its place: lower numbers come first. None if not understood.
    pub number: Option<i64>,
    /// Which way.
    pub direction: Direction,
    /// Whether it lets traffic through. None if not understood.
    pub allows: Option<bool>,
    /// The protocol.
    pub protocol: Protocol,
    /// The ports.
    pub ports: Ports,
    /// The networks, none if one of them is not understood.
    addresses: Option<Addresses>,
}

impl AclEntry {
    /// Reads an entry in CloudFormation's shape (`RuleNumber`, `Protocol`, `RuleAction`, `Egress`, `CidrBlock`,
    /// `Ipv6CidrBlock`, `PortRange`).
    #[must_use]
    pub fn from_value(key: &str, value: &Value) -> Self {
        let nets: Vec<_> = ["CidrBlock", "Ipv6CidrBlock"]
            .iter()
            .filter_map(|name| value.get(name))
            .map(|net| net.as_str().and_then(network))
            .collect();
        let addresses = nets.iter().all(Option::is_some) && !nets.is_empty();
        let allows = value.get("RuleAction").and_then(Value::as_str).and_then(|action| match action {
            action if action.eq_ignore_ascii_case("allow") => Some(true),
            action if action.eq_ignore_ascii_case("deny") => Some(false),
            _ => None,
        });
        let range = value.get("PortRange");
        let end = |name: &str| range.and_then(|range| range.get(name));
        let egress = value.get("Egress").and_then(Value::as_bool).unwrap_or(false);
        Self {
            key: key.into(),
            number: value.get("RuleNumber").and_then(Value::as_int),
            direction: if egress { Direction::Egress } else { Direction::Ingress },
            allows,
            protocol: Protocol::from_value(value.get("Protocol")),
            ports: Ports::from_values(end("From"), end("To")),
            addresses: addresses.then(|| Addresses::of(nets.iter().flatten())),
        }
    }

    /// Whether it speaks of this TCP port; none if that cannot be told.
    fn matches(&self, port: u16) -> Option<bool> {
        match (self.protocol, self.ports) {
            (Protocol::All, _) => Some(true),
            (Protocol::Tcp, Ports::Range(from, to)) => Some((from..=to).contains(&port)),
            (Protocol::Tcp, Ports::Unknown) | (Protocol::Unknown, _) => None,
            (Protocol::Udp | Protocol::Icmp | Protocol::Other(_), _) => Some(false),
        }
    }
}

/// The entries of one network ACL. All of them: an entry that nobody has seen may decide before those that were.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NetworkAcl {
    entries: Vec<AclEntry>,
}

impl FromIterator<AclEntry> for NetworkAcl {
    fn from_iter<I: IntoIterator<Item = AclEntry>>(entries: I) -> Self {
        let mut entries: Vec<AclEntry> = entries.into_iter().collect();
        entries.sort_by_key(|entry| entry.number);
        Self { entries }
    }
}

impl NetworkAcl {
    /// Entries by which this TCP port is open to the internet.
    #[must_use]
    pub fn tcp_port(&self, direction: Direction, port: u16) -> Signs {
        let certain = self.read(direction, port, false);
        let mut unclear = self.read(direction, port, true);
        unclear.retain(|entry| certain.iter().all(|sure| sure.key != entry.key));
        let why = (!unclear.is_empty()).then(|| Why::NotUnderstood("an entry of a network ACL".into()));
        Signs { certain, unclear, why }
    }

    /// The entries that open the port, what is not understood read as widely or as narrowly as it can be.
    fn read(&self, direction: Direction, port: u16, most: bool) -> Vec<Evidence> {
        let mut decided = Addresses::default();
        let mut let_in = Addresses::default();
        let mut taking_part: Vec<(&AclEntry, Addresses)> = Vec::new();
        for entry in self.entries.iter().filter(|entry| entry.direction == direction) {
            let understood = entry.number.is_some() && entry.allows.is_some();
            let allows = entry.allows.unwrap_or(most);
            // A doubtful entry counts in the one reading if it opens, in the other if it closes.
            let in_doubt = allows == most;
            let counts = match entry.matches(port) {
                Some(matches) => matches && (understood || in_doubt),
                None => in_doubt,
            };
            if !counts {
                continue;
            }
            let addresses = match &entry.addresses {
                Some(addresses) => addresses.clone(),
                None if in_doubt => Addresses::all(),
                None => continue,
            };
            let new = addresses.minus(&decided);
            decided = decided.union(&addresses);
            if allows {
                let_in = let_in.union(&new);
                taking_part.push((entry, new.public()));
            }
        }
        if !let_in.public().are_internet() {
            return Vec::new();
        }
        let alone = taking_part.iter().any(|(_, part)| part.are_internet());
        taking_part
            .into_iter()
            .filter(|(_, part)| part.are_internet() || !alone && !part.is_empty())
            .map(|(entry, _)| Evidence::new(&*entry.key, format!("opens TCP {port} to the internet")))
            .collect()
    }
}
