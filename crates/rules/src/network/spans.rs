//! Sets of addresses as intervals, and which of them are the internet.

use std::sync::LazyLock;

use ipnet::IpNet;

/// A set of addresses of one family as inclusive intervals: sorted, apart from each other.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Spans(Vec<(u128, u128)>);

impl Spans {
    /// The union of intervals in any order.
    pub(super) fn of(intervals: impl IntoIterator<Item = (u128, u128)>) -> Self {
        let mut sorted: Vec<(u128, u128)> = intervals.into_iter().collect();
        sorted.sort_unstable();
        let mut merged: Vec<(u128, u128)> = Vec::with_capacity(sorted.len());
        for (from, to) in sorted {
            match merged.last_mut() {
                // Touching intervals become one, unless there is nothing after the last address.
                Some((_, end)) if end.checked_add(1).is_none_or(|next| from <= next) => *end = to.max(*end),
                _ => merged.push((from, to)),
            }
        }
        Self(merged)
    }

    pub(super) fn union(&self, other: &Self) -> Self {
        Self::of(self.0.iter().chain(&other.0).copied())
    }

    /// What is in this set and in the other.
    pub(super) fn within(&self, other: &Self) -> Self {
        let pairs = self.0.iter().flat_map(|a| other.0.iter().map(move |b| (a.0.max(b.0), a.1.min(b.1))));
        Self::of(pairs.filter(|(from, to)| from <= to))
    }

    /// What is in this set and not in the other.
    pub(super) fn minus(&self, other: &Self) -> Self {
        let mut left = Vec::new();
        for &(from, to) in &self.0 {
            let mut next = Some(from);
            for &(cut_from, cut_to) in other.0.iter().filter(|cut| cut.1 >= from && cut.0 <= to) {
                if let Some(start) = next.filter(|start| *start < cut_from) {
                    left.push((start, cut_from - 1));
                }
                next = cut_to.checked_add(1);
            }
            left.extend(next.filter(|start| *start <= to).map(|start| (start, to)));
        }
        Self(left)
    }

    /// How many addresses; all of IPv6 counts as one less than there are.
    pub(super) fn count(&self) -> u128 {
        self.0.iter().fold(0, |sum: u128, (from, to)| sum.saturating_add((to - from).saturating_add(1)))
    }
}

/// Addresses of both families.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Addresses {
    v4: Spans,
    v6: Spans,
}

/// Addresses nobody on the internet has: this network, private (RFC 1918), shared by carriers, loopback, link-local,
/// multicast and reserved.
const NOT_INTERNET_V4: [(u32, u8); 8] = [
    (0x0000_0000, 8),
    (0x0A00_0000, 8),
    (0x6440_0000, 10),
    (0x7F00_0000, 8),
    (0xA9FE_0000, 16),
    (0xAC10_0000, 12),
    (0xC0A8_0000, 16),
    (0xE000_0000, 3),
];
/// The private ranges of RFC 1918.
const PRIVATE_V4: [(u32, u8); 3] = [(0x0A00_0000, 8), (0xAC10_0000, 12), (0xC0A8_0000, 16)];
/// 2000::/3, the only block of IPv6 from which public addresses are given out.
const INTERNET_V6: (u128, u128) = (0x2000 << 112, (0x4000 << 112) - 1);
/// fc00::/7, the private addresses of IPv6.
const PRIVATE_V6: (u128, u128) = (0xFC00 << 112, (0xFE00 << 112) - 1);

/// More public addresses than these are the internet: what one /8, or one /32 of IPv6, holds.
const FEW_V4: u128 = 1 << 24;
const FEW_V6: u128 = 1 << 96;

fn blocks(blocks: &[(u32, u8)]) -> Spans {
    let span = |&(base, bits): &(u32, u8)| (u128::from(base), u128::from(base) + (1 << (32 - u32::from(bits))) - 1);
    Spans::of(blocks.iter().map(span))
}

static NOT_INTERNET: LazyLock<Spans> = LazyLock::new(|| blocks(&NOT_INTERNET_V4));
static PRIVATE: LazyLock<Spans> = LazyLock::new(|| blocks(&PRIVATE_V4));

impl Addresses {
    /// Every address there is.
    pub(super) fn all() -> Self {
        Self { v4: Spans::of([(0, u128::from(u32::MAX))]), v6: Spans::of([(0, u128::MAX)]) }
    }

    /// The union of networks; bits of the host do not count.
    pub(super) fn of<'a>(networks: impl IntoIterator<Item = &'a IpNet>) -> Self {
        let (mut v4, mut v6) = (Vec::new(), Vec::new());
        for network in networks {
            match network {
                IpNet::V4(net) => v4.push((u128::from(net.network().to_bits()), u128::from(net.broadcast().to_bits()))),
                IpNet::V6(net) => v6.push((net.network().to_bits(), net.broadcast().to_bits())),
            }
        }
        Self { v4: Spans::of(v4), v6: Spans::of(v6) }
    }

    pub(super) fn union(&self, other: &Self) -> Self {
        Self { v4: self.v4.union(&other.v4), v6: self.v6.union(&other.v6) }
    }

    /// The union of several sets.
    pub(super) fn sum<'a>(sets: impl Iterator<Item = &'a Self> + Clone) -> Self {
        let v4 = Spans::of(sets.clone().flat_map(|set| set.v4.0.iter().copied()));
        Self { v4, v6: Spans::of(sets.flat_map(|set| set.v6.0.iter().copied())) }
    }

    pub(super) fn minus(&self, other: &Self) -> Self {
        Self { v4: self.v4.minus(&other.v4), v6: self.v6.minus(&other.v6) }
    }

    /// The addresses that somebody on the internet can have.
    pub(super) fn public(&self) -> Self {
        Self { v4: self.v4.minus(&NOT_INTERNET), v6: self.v6.within(&Spans::of([INTERNET_V6])) }
    }

    /// Whether these, all of them public, are so many that they are the internet and not somebody in particular.
    pub(super) fn are_internet(&self) -> bool {
        self.v4.count() > FEW_V4 || self.v6.count() > FEW_V6
    }

    pub(super) fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// Whether more of the addresses are private than a /16, or a /48 of IPv6, holds.
    pub(super) fn is_wide_private(&self) -> bool {
        self.v4.within(&PRIVATE).count() > 1 << 16 || self.v6.within(&Spans::of([PRIVATE_V6])).count() > 1 << 80
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;

    fn addresses(networks: &str) -> Addresses {
        let parsed: Vec<IpNet> = networks.split_whitespace().map(|net| net.parse().expect("a network")).collect();
        Addresses::of(&parsed)
    }

    #[test]
    fn internet() {
        for (networks, expected) in [
            ("0.0.0.0/0", true),
            ("1.2.3.4/0", true),
            ("0.0.0.0/1", true),
            ("0.0.0.0/1 128.0.0.0/1", true),
            ("52.0.0.0/7", true),
            ("52.0.0.0/8", false),
            ("52.0.0.0/8 54.0.0.0/32", true),
            ("52.0.0.0/8 52.1.0.0/16", false),
            ("52.0.0.0/9 54.0.0.0/9", false),
            ("1.2.3.4/32", false),
            ("10.0.0.0/8 172.16.0.0/12 192.168.0.0/16 100.64.0.0/10", false),
            ("10.0.0.0/7", false),
            ("8.0.0.0/6", true),
            ("224.0.0.0/3 127.0.0.0/8 0.0.0.0/8 169.254.0.0/16", false),
            ("::/0", true),
            ("2000::/3", true),
            ("2001::/31", true),
            ("2001:db8::/32", false),
            ("2001:db8::/32 2001:db9::1/128", true),
            ("fc00::/7 fe80::/10 ff00::/8", false),
            ("4000::/2", false),
            ("", false),
        ] {
            assert_eq!(addresses(networks).public().are_internet(), expected, "{networks}");
        }
    }

    #[test]
    fn wide_private() {
        for (networks, expected) in [
            ("10.0.0.0/8", true),
            ("10.0.0.0/15", true),
            ("10.0.0.0/16", false),
            ("172.16.0.0/12", true),
            ("192.168.0.0/16", false),
            ("52.0.0.0/8", false),
            ("fd00::/8", true),
            ("fd12:3456:789a::/48", false),
            ("fd12:3456:789a::/47", true),
        ] {
            assert_eq!(addresses(networks).is_wide_private(), expected, "{networks}");
        }
    }

    #[test]
    fn the_ends_of_the_space_do_not_overflow() {
        let all = Spans::of([(0, u128::MAX)]);
        assert_eq!(all.count(), u128::MAX);
        assert_eq!(all.minus(&all), Spans::default());
        assert_eq!(all.minus(&Spans::of([(5, u128::MAX)])), Spans::of([(0, 4)]));
        assert_eq!(Spans::of([(7, u128::MAX), (u128::MAX, u128::MAX)]), Spans::of([(7, u128::MAX)]));
    }

    fn small() -> impl Strategy<Value = Vec<(u128, u128)>> {
        proptest::collection::vec((0u128..40, 0u128..12).prop_map(|(from, size)| (from, from + size)), 0..6)
    }

    fn set(intervals: &[(u128, u128)]) -> BTreeSet<u128> {
        intervals.iter().flat_map(|(from, to)| *from..=*to).collect()
    }

    proptest! {
        #[test]
        fn intervals_agree_with_sets(a in small(), b in small()) {
            let (p, q) = (Spans::of(a.clone()), Spans::of(b.clone()));
            let (s, t) = (set(&a), set(&b));
            prop_assert_eq!(p.count(), s.len() as u128);
            prop_assert_eq!(set(&p.union(&q).0), s.union(&t).copied().collect());
            prop_assert_eq!(set(&p.within(&q).0), s.intersection(&t).copied().collect());
            prop_assert_eq!(set(&p.minus(&q).0), s.difference(&t).copied().collect());
            // One set has one form.
            let apart = |spans: &Spans| spans.0.windows(2).all(|pair| pair[0].1 + 1 < pair[1].0);
            prop_assert!(apart(&p) && apart(&p.union(&q)) && apart(&p.within(&q)) && apart(&p.minus(&q)));
        }
    }
}
