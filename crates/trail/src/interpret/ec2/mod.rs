//! `ec2.amazonaws.com`: security groups, instances, disks and images, networks, and the region's defaults.
//!
//! EC2 writes its calls in two styles. The old one has lower-case names and lists under `items`; an empty list is `{}`. The
//! new one (most calls younger than 2015) puts request and response under `<Call>Request` and `<Call>Response`, has
//! upper-case names in the request, writes a list of one as the bare element, and a text in a list as
//! `{"tag": 1, "content": "vpc-1"}`.

pub mod disk;
pub mod group;
pub mod instance;
pub mod network;
pub(super) mod region;

use super::draft::Unplaced;
use super::{Body, Event};

/// The request, without the new style's wrapper.
fn request<'a>(event: &Event<'a>) -> Body<'a> {
    unwrapped(event.request, "Request")
}

/// The response, without the new style's wrapper.
fn response<'a>(event: &Event<'a>) -> Body<'a> {
    unwrapped(event.response, "Response")
}

fn unwrapped<'a>(body: Body<'a>, suffix: &str) -> Body<'a> {
    // Of several the first in the order of names, so that the order they are written in does not matter.
    let wrappers = body.members().filter(|(name, _)| name.ends_with(suffix));
    match wrappers.reduce(|first, other| if other.0 <= first.0 { other } else { first }) {
        // A call without parameters has an empty text here.
        Some((_, inner)) => inner.if_map(),
        None => body,
    }
}

/// A member that names the resource.
fn required<'a>(body: Body<'a>, name: &str, missing: &'static str) -> Result<&'a str, Unplaced> {
    body.text(name).ok_or(Unplaced { missing })
}

/// The texts of a list whose elements are texts, or maps with the text under `member`.
fn ids<'a>(body: Body<'a>, list: &str, member: &str) -> Vec<&'a str> {
    elements(body, list)
        .into_iter()
        .filter_map(|item| item.as_str().or_else(|| item.text(member)).or_else(|| item.text("content")))
        .collect()
}

/// The elements of a list. The new style writes an empty one as empty text.
fn elements<'a>(body: Body<'a>, list: &str) -> Vec<Body<'a>> {
    let mut elements = body.list(list);
    elements.retain(|item| item.is_present() && item.as_str() != Some(""));
    elements
}

/// Asserts what a call with this request and response means and teaches.
#[cfg(test)]
fn check(name: &str, request: &str, response: &str, expected: &[&str]) {
    let event = format!(
        r#"{{"eventSource":"ec2.amazonaws.com","eventName":"{name}","requestParameters":{request},"responseElements":{response}}}"#
    );
    assert_eq!(super::testing::meaning(&event), expected, "{name} {request}");
}

#[cfg(test)]
mod tests {
    use super::super::testing::attack;

    #[test]
    fn the_records_of_a_real_attack_are_read_in_full() {
        let Some(told) = attack("ec2.amazonaws.com") else { return };
        let unplaced: Vec<_> =
            told.iter().filter(|(_, lines)| lines.iter().any(|line| line.contains("does not name"))).collect();
        assert!(unplaced.is_empty(), "{unplaced:?}");
        let mut rules: Vec<&str> = told
            .iter()
            .flat_map(|(_, lines)| lines)
            .filter_map(|line| line.strip_prefix("SecurityGroup sg-04cfb7a4712d75b00@123837392027/us-east-1 "))
            .filter(|line| line.contains("Ingress"))
            .collect();
        rules.sort_unstable();
        assert_eq!(
            rules,
            [
                r#"put SecurityGroupIngress tcp 22 0.0.0.0/0 {"CidrIp":"0.0.0.0/0","FromPort":22,"IpProtocol":"tcp","SecurityGroupRuleId":"sgr-0a11552a7d225f5c7","ToPort":22}"#,
                r#"put SecurityGroupIngress tcp 443 0.0.0.0/0 {"CidrIp":"0.0.0.0/0","FromPort":443,"IpProtocol":"tcp","SecurityGroupRuleId":"sgr-0bb31cddb2c27f401","ToPort":443}"#,
                "remove SecurityGroupIngress tcp 22 0.0.0.0/0",
            ]
        );
    }
}
