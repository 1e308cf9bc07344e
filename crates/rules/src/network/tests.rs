//! One table per question, and a count of single addresses to hold the arithmetic against.

use proptest::prelude::*;

use super::*;

/// Parses `key direction protocol ports sources...`, one rule a line; `pl-read` is 128.0.0.0/1, `pl-aws` AWS's own.
fn group(text: &str) -> Group {
    let rule = |line: &str| {
        let words: Vec<&str> = line.split_whitespace().collect();
        let direction = if words[1] == "in" { Direction::Ingress } else { Direction::Egress };
        let (from, to) = words[3].split_once("..").unwrap_or((words[3], words[3]));
        let end = |text: &str| (text != "-").then(|| Value::from(text));
        let first = words[4];
        let member = match first {
            net if net.contains(':') => "CidrIpv6",
            list if list.starts_with("pl-") => "SourcePrefixListId",
            group if group.starts_with("sg-") => "SourceSecurityGroupId",
            _ => "CidrIp",
        };
        let value = Value::map([
            ("IpProtocol", Some(Value::from(words[2]))),
            ("FromPort", end(from)),
            ("ToPort", end(to)),
            (member, Some(Value::from(first))),
        ]);
        GroupRule::from_value(words[0], direction, &value, |id| match id {
            "pl-read" => PrefixList::Read(vec!["128.0.0.0/1".parse().unwrap()]),
            "pl-aws" => PrefixList::Aws,
            _ => PrefixList::Unread,
        })
    };
    text.lines().map(str::trim).filter(|line| !line.is_empty()).map(rule).collect()
}

fn keys(signs: &Signs) -> String {
    let mut keys: Vec<String> = signs.certain.iter().map(|e| e.key.to_string()).collect();
    keys.extend(signs.unclear.iter().map(|e| format!("{}?", e.key)));
    keys.join(" ")
}

#[track_caller]
fn check(text: &str, ask: impl Fn(&Group) -> Signs, expected: &str) {
    let signs = ask(&group(text));
    assert_eq!(keys(&signs), expected, "{text}\n{signs:#?}");
    assert_eq!(signs.why.is_some(), !signs.unclear.is_empty(), "{signs:#?}");
}

fn ssh(group: &Group) -> Signs {
    group.tcp_port(Direction::Ingress, SSH)
}

#[test]
fn one_port() {
    for (text, expected) in [
        ("a in tcp 22 0.0.0.0/0", "a"),
        ("a in 6 22 0.0.0.0/0", "a"),
        ("a in TCP 20..25 1.2.3.4/0", "a"),
        // IPv6 is the internet too.
        ("a in tcp 22 ::/0", "a"),
        ("a in tcp 22 2000::/3", "a"),
        ("a in -1 - 0.0.0.0/0", "a"),
        ("a in -1 443 0.0.0.0/0", "a"),
        ("a in tcp - 0.0.0.0/0", "a"),
        ("a in tcp -1 0.0.0.0/0", "a"),
        // Two halves are the whole.
        ("a in tcp 22 0.0.0.0/1\nb in tcp 20..22 128.0.0.0/1", "a b"),
        ("a in tcp 22 52.0.0.0/8\nb in tcp 0..65535 pl-read", "b"),
        ("a in tcp 22 52.0.0.0/9\nb in tcp 22 52.128.0.0/9\nc in tcp 22 54.1.2.3/32\nd in tcp 22 10.0.0.0/8", "a b c"),
        // Who opens the port alone, and who else would still open it together.
        ("a in tcp 22 0.0.0.0/0\nb in tcp 22 54.1.2.3/32", "a"),
        ("a in tcp 22 0.0.0.0/0\nb in tcp 22 52.0.0.0/8\nc in tcp 22 53.0.0.0/8", "a b c"),
        // One company's block is not the internet.
        ("a in tcp 22 52.0.0.0/8", ""),
        ("a in tcp 22 84.28.12.2/32", ""),
        ("a in tcp 22 10.0.0.0/8", ""),
        ("a in tcp 22 fc00::/7", ""),
        ("a in tcp 22 sg-1", ""),
        ("a in tcp 22 pl-aws", ""),
        ("a in tcp 23..65535 0.0.0.0/0", ""),
        ("a in tcp 443 0.0.0.0/1\nb in tcp 22 128.0.0.0/8", ""),
        ("a in udp 22 0.0.0.0/0", ""),
        ("a in icmp -1 0.0.0.0/0", ""),
        ("a in 50 - 0.0.0.0/0", ""),
        // What goes out does not come in.
        ("a out tcp 22 0.0.0.0/0", ""),
        // Unknown parts, where they matter.
        ("a in tcp 22 pl-1", "a?"),
        ("a in tcp 22 pl-1\nb in tcp 22 0.0.0.0/0", "b a?"),
        ("a in tcp 443 pl-1", ""),
        ("a in tcp 30..20 0.0.0.0/0", "a?"),
        ("a in tcp 30..20 10.0.0.0/8", ""),
        ("a in tcp 30..20 pl-1", "a?"),
        ("a in tcp 22 somewhere", "a?"),
        ("a in what 22 0.0.0.0/0", "a?"),
        ("a in tcp 22..- 0.0.0.0/0", "a?"),
        ("a in tcp 22..99999 0.0.0.0/0", "a?"),
        ("", ""),
    ] {
        check(text, ssh, expected);
    }
}

#[test]
fn an_unread_list_is_named_as_the_reason() {
    let signs = ssh(&group("a in tcp 22 pl-0123"));
    assert_eq!(
        signs.why.map(|why| why.to_string()).as_deref(),
        Some("it depends on prefix list pl-0123, which is not known")
    );
    // Half of the internet is known, the other half is in the list.
    let signs = ssh(&group("a in tcp 22 52.0.0.0/8\nb in tcp 22 pl-1"));
    assert_eq!(keys(&signs), "b?");
}

#[test]
fn all_ports() {
    let all = |g: &Group| g.all_ports(Direction::Ingress);
    for (text, expected) in [
        ("a in -1 - 0.0.0.0/0", "a"),
        ("a in tcp 0..65535 0.0.0.0/0", "a"),
        ("a in udp 0..65535 ::/0", "a"),
        ("a in tcp - 0.0.0.0/0", "a"),
        ("a in tcp 0..1000 0.0.0.0/0\nb in tcp 1001..65535 0.0.0.0/0", "a b"),
        ("a in -1 - 0.0.0.0/1\nb in tcp 0..65535 128.0.0.0/1", "a b"),
        ("a in tcp 0..1000 0.0.0.0/0\nb in tcp 1002..65535 0.0.0.0/0", ""),
        ("a in tcp 1..65535 0.0.0.0/0", ""),
        // Two open ports are not all.
        ("a in tcp 80 0.0.0.0/0\nb in tcp 443 0.0.0.0/0", ""),
        ("a in icmp - 0.0.0.0/0", ""),
        ("a in -1 - pl-1", "a?"),
        ("a in tcp 30..20 0.0.0.0/0", "a?"),
        ("a in -1 - 10.0.0.0/8", ""),
    ] {
        check(text, all, expected);
    }
    check("a out -1 - 0.0.0.0/0", |g| g.all_ports(Direction::Egress), "a");
    check("a out tcp 443 0.0.0.0/0", |g| g.all_ports(Direction::Egress), "");
}

#[test]
fn ports_of_a_set() {
    let set = BTreeSet::from([21, 3306, 11211]);
    let ask = |g: &Group| g.ports_of(Direction::Ingress, &set);
    check("a in tcp 3306 0.0.0.0/0\nb in udp 11211 ::/0\nc in tcp 80 0.0.0.0/0", ask, "a b");
    check("a in tcp 22..3305 0.0.0.0/0", ask, "");
    check("a in icmp 21 0.0.0.0/0", ask, "");
    let words = ask(&group("a in tcp 0..4000 0.0.0.0/0")).certain[0].detail.to_string();
    assert_eq!(words, "opens TCP 21, TCP 3306 to `0.0.0.0/0`");
}

#[test]
fn other_ports() {
    let (tcp, udp, named) = (BTreeSet::from([80, 443]), BTreeSet::new(), BTreeSet::from([3306]));
    let ask = |g: &Group| g.other_ports(Direction::Ingress, &tcp, &udp, &named);
    for (text, expected) in [
        ("a in tcp 80 0.0.0.0/0\nb in tcp 443 ::/0\nc in tcp 22 ::/0\nd in tcp 3306 ::/0", ""),
        ("a in tcp 8000 0.0.0.0/0", "a"),
        ("a in tcp 80..81 0.0.0.0/0", "a"),
        ("a in udp 443 0.0.0.0/0", "a"),
        ("a in udp 22 0.0.0.0/0", "a"),
        ("a in udp 3306 0.0.0.0/0", ""),
        ("a in 50 - 0.0.0.0/0", "a"),
        ("a in 50 - 0.0.0.0/1\nb in -1 - 128.0.0.0/1", "a b"),
        ("a in icmp -1 0.0.0.0/0\nb in icmpv6 -1 ::/0", ""),
        ("a in -1 - 0.0.0.0/0", "a"),
        ("a in tcp 8000 10.0.0.0/8", ""),
    ] {
        check(text, ask, expected);
    }
    let words = ask(&group("a in tcp 79..82 0.0.0.0/0\nb in 50 - ::/0")).certain;
    assert_eq!(&*words[0].detail, "opens TCP 79, TCP 81-82 to `0.0.0.0/0`");
    assert_eq!(&*words[1].detail, "opens protocol 50 to `::/0`");
}

#[test]
fn private_ingress() {
    for (text, expected) in [
        ("a in -1 - 10.0.0.0/8", "a"),
        ("a in tcp 0..65535 172.16.0.0/12", "a"),
        ("a in -1 - fd00::/8", "a"),
        ("a in -1 - 10.1.0.0/16", ""),
        ("a in -1 - fd12:3456:789a::/48", ""),
        ("a in tcp 443 10.0.0.0/8", ""),
        ("a in -1 - sg-1", ""),
        ("a out -1 - 10.0.0.0/8", ""),
        ("a in -1 - pl-1", "a?"),
        ("a in tcp 30..20 10.0.0.0/8", "a?"),
    ] {
        check(text, Group::wide_private_ingress, expected);
    }
}

#[test]
fn rules_read_from_values() {
    let read = |json: &str| {
        GroupRule::from_value("k", Direction::Ingress, &Value::from_json(json).unwrap(), |_| PrefixList::Unread)
    };
    let rule = read(r#"{"IpProtocol":6,"FromPort":"22","ToPort":22,"CidrIp":"10.1.2.3/8"}"#);
    assert_eq!((rule.protocol, rule.ports), (Protocol::Tcp, Ports::Range(22, 22)));
    assert_eq!(rule.sources, [Source::Cidr("10.0.0.0/8".parse().unwrap())]);
    // A template that leaves the source or the port open.
    let open = read(r#"{"IpProtocol":"tcp","FromPort":22,"ToPort":22,"CidrIp":{"Ref":"Office"}}"#);
    assert_eq!(keys(&ssh(&Group::from_iter([open]))), "k?");
    let open = read(r#"{"IpProtocol":"tcp","FromPort":{"Ref":"P"},"ToPort":{"Ref":"P"},"CidrIp":"0.0.0.0/0"}"#);
    assert_eq!(keys(&ssh(&Group::from_iter([open]))), "k?");
    // A group is a group whichever it is.
    let group = read(r#"{"IpProtocol":"-1","SourceSecurityGroupId":{"Fn::GetAtt":["G","GroupId"]}}"#);
    assert!(ssh(&Group::from_iter([group])).is_clear());
    // A rule that names nobody is not a rule about nobody.
    assert_eq!(keys(&ssh(&Group::from_iter([read(r#"{"IpProtocol":"-1"}"#)]))), "k?");
}

#[test]
fn network_acls() {
    let entry = |line: &str| {
        let words: Vec<&str> = line.split_whitespace().collect();
        let ports = words.get(5).and_then(|ports| ports.split_once(".."));
        let range =
            ports.map(|(from, to)| Value::map([("From", Some(Value::from(from))), ("To", Some(Value::from(to)))]));
        let member = if words[4].contains(':') { "Ipv6CidrBlock" } else { "CidrBlock" };
        AclEntry::from_value(
            words[0],
            &Value::map([
                ("RuleNumber", Some(Value::from(words[0]))),
                ("Egress", Some(Value::from(words[1] == "out"))),
                ("RuleAction", Some(Value::from(words[2]))),
                ("Protocol", Some(Value::from(words[3]))),
                (member, Some(Value::from(words[4]))),
                ("PortRange", range),
            ]),
        )
    };
    for (text, expected) in [
        ("100 in allow -1 0.0.0.0/0", "100"),
        ("100 in allow 6 0.0.0.0/0 22..22", "100"),
        ("100 in allow 6 ::/0 0..1024", "100"),
        ("100 in allow 6 0.0.0.0/0 80..80", ""),
        ("100 in allow 17 0.0.0.0/0 22..22", ""),
        ("100 in allow 6 10.0.0.0/8 22..22", ""),
        ("100 out allow -1 0.0.0.0/0", ""),
        ("32767 in deny -1 0.0.0.0/0", ""),
        // The first that matches decides, in whatever order they come.
        ("200 in allow -1 0.0.0.0/0\n100 in deny 6 0.0.0.0/0 22..22", ""),
        ("100 in allow -1 0.0.0.0/0\n90 in deny 6 0.0.0.0/0 23..23", "100"),
        ("100 in allow -1 0.0.0.0/0\n200 in deny -1 0.0.0.0/0", "100"),
        ("50 in deny -1 0.0.0.0/1\n60 in deny -1 128.0.0.0/1\n70 in allow -1 0.0.0.0/0", ""),
        ("50 in deny -1 0.0.0.0/1\n70 in allow -1 0.0.0.0/0", "70"),
        ("50 in allow 6 0.0.0.0/1 22..22\n70 in allow 6 128.0.0.0/1 0..65535", "50 70"),
        ("50 in deny -1 0.0.0.0/0\n70 in allow -1 ::/0", "70"),
        // What is not understood.
        ("100 in allow 6 0.0.0.0/0 30..20", "100?"),
        ("90 in deny 6 0.0.0.0/0 30..20\n100 in allow -1 0.0.0.0/0", "100?"),
        ("x in deny -1 0.0.0.0/0\n100 in allow -1 0.0.0.0/0", "100?"),
        ("90 in perhaps -1 0.0.0.0/0", "90?"),
        ("90 in allow -1 somewhere", "90?"),
        ("", ""),
    ] {
        let acl: NetworkAcl = text.lines().map(entry).collect();
        let signs = acl.tcp_port(Direction::Ingress, SSH);
        assert_eq!(keys(&signs), expected, "{text}");
        assert_eq!(signs.why.is_some(), !signs.unclear.is_empty());
    }
}

/// A rule over a small world: ports 0 to 7, and networks of IPv4 no smaller than a /16.
#[derive(Clone, Debug)]
struct Small {
    from: u16,
    to: u16,
    base: u32,
    bits: u8,
}

fn small() -> impl Strategy<Value = Vec<Small>> {
    let rule = (0u16..8, 0u16..8, any::<u32>(), 1u8..=16).prop_map(|(a, b, base, bits)| Small {
        from: a.min(b),
        to: a.max(b),
        base,
        bits,
    });
    proptest::collection::vec(rule, 0..5)
}

/// Whether the /16 with this number is one of the internet's.
fn is_public(block: usize) -> bool {
    let (a, b) = (block >> 8, block & 0xFF);
    !(matches!(a, 0 | 10 | 127 | 224..)
        || a == 100 && (64..128).contains(&b)
        || a == 169 && b == 254
        || a == 172 && (16..32).contains(&b)
        || a == 192 && b == 168)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]
    #[test]
    fn openings_agree_with_counting(rules in small()) {
        let group: Group = rules.iter().enumerate().map(|(at, rule)| GroupRule {
            key: format!("r{at}").into(),
            direction: Direction::Ingress,
            protocol: Protocol::Tcp,
            ports: Ports::Range(rule.from, rule.to),
            sources: vec![Source::Cidr(IpNet::new(IpAddr::from(rule.base.to_be_bytes()), rule.bits).unwrap())],
        }).collect();
        let openings = group.openings(Direction::Ingress);
        for port in 0u16..8 {
            let mut blocks = vec![false; 1 << 16];
            for rule in rules.iter().filter(|rule| (rule.from..=rule.to).contains(&port)) {
                let size = 1usize << (16 - rule.bits);
                let first = (rule.base >> 16) as usize / size * size;
                blocks[first..first + size].fill(true);
            }
            let public = blocks.iter().enumerate().filter(|(at, open)| **open && is_public(*at)).count();
            let open = openings.iter().any(|o| o.protocol == Protocol::Tcp && (o.from..=o.to).contains(&port));
            prop_assert_eq!(open, public > 256, "port {}", port);
            prop_assert_eq!(open, group.tcp_port(Direction::Ingress, port).is_certain());
        }
        // Openings are in order, apart, and name only rules that cover them.
        prop_assert!(openings.windows(2).all(|pair| pair[0].protocol != pair[1].protocol || pair[0].to < pair[1].from));
    }

    #[test]
    fn taking_ports_out_leaves_the_others(from in 0u16..20, size in 0u16..20, ports in proptest::collection::btree_set(0u16..40, 0..8)) {
        let opening = Opening { protocol: Protocol::Tcp, from, to: from + size, rules: Vec::new() };
        let left: BTreeSet<u16> = without(&opening, &ports).iter().flat_map(|o| o.from..=o.to).collect();
        let expected: BTreeSet<u16> = (from..=from + size).filter(|port| !ports.contains(port)).collect();
        prop_assert_eq!(left, expected);
    }

    #[test]
    fn more_rules_never_close_a_port(rules in small(), more in small()) {
        let read = |rules: &[Small]| rules.iter().enumerate().map(|(at, rule)| GroupRule {
            key: format!("r{at}").into(),
            direction: Direction::Ingress,
            protocol: Protocol::Tcp,
            ports: Ports::Range(rule.from, rule.to),
            sources: vec![Source::Cidr(IpNet::new(IpAddr::from(rule.base.to_be_bytes()), rule.bits).unwrap())],
        }).collect::<Group>();
        let both: Vec<Small> = rules.iter().chain(&more).cloned().collect();
        for port in 0..8 {
            let before = read(&rules).tcp_port(Direction::Ingress, port).is_certain();
            prop_assert!(!before || read(&both).tcp_port(Direction::Ingress, port).is_certain());
        }
    }
}
