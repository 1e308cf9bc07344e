//! What goes over the wire: requests as each protocol writes them, answers as one kind of value.

use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse, OrchestratorError};
use aws_smithy_types::body::SdkBody;
use aws_smithy_types::error::ErrorMetadata;
use roxmltree::{Document, Node, ParsingOptions};
use trailhound_model::{Map, Text, Value};

use super::call::{Call, Parameters, Protocol};
use super::error::Failure;

/// A request before it is signed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Request {
    pub(crate) method: &'static str,
    /// Path and query string.
    pub(crate) target: String,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: String,
}

impl Request {
    /// Writes a call in its protocol.
    pub(crate) fn of(call: &Call, parameters: &Parameters) -> Self {
        match call.service.protocol {
            Protocol::Query(version) => form(call, version, parameters, ".member."),
            Protocol::Ec2(version) => form(call, version, parameters, "."),
            Protocol::S3 | Protocol::RestJson => rest(call, parameters),
            Protocol::Json10(prefix) => json(call, prefix, "application/x-amz-json-1.0", parameters),
            Protocol::Json11(prefix) => json(call, prefix, "application/x-amz-json-1.1", parameters),
        }
    }

    /// As the SDK's runtime takes it.
    pub(crate) fn into_http(self) -> Result<HttpRequest, BoxError> {
        let mut request = HttpRequest::new(SdkBody::from(self.body.clone()));
        request.set_method(self.method)?;
        request.set_uri(self.target.as_str())?;
        request.headers_mut().try_insert("user-agent", concat!("trailhound/", env!("CARGO_PKG_VERSION")))?;
        if self.method == "POST" {
            request.headers_mut().try_insert("content-length", self.body.len().to_string())?;
        }
        for (name, value) in self.headers {
            request.headers_mut().try_insert(name, value)?;
        }
        Ok(request)
    }
}

fn form(call: &Call, version: &str, parameters: &Parameters, list: &str) -> Request {
    let mut body = format!("Action={}&Version={version}", call.name);
    for (name, value) in parameters {
        flatten(&mut body, name, value, list);
    }
    let content_type = ("content-type".to_owned(), "application/x-www-form-urlencoded".to_owned());
    Request { method: call.method, target: call.path.to_owned(), headers: vec![content_type], body }
}

/// Writes `Filter.1.Name=x&Filter.1.Value.1=y`.
fn flatten(body: &mut String, name: &str, value: &Value, list: &str) {
    match value {
        Value::List(elements) => {
            for (number, element) in (1_usize..).zip(elements) {
                flatten(body, &format!("{name}{list}{number}"), element, list);
            }
        }
        Value::Map(members) => {
            for (member, value) in members {
                flatten(body, &format!("{name}.{member}"), value, list);
            }
        }
        scalar => {
            body.push('&');
            body.push_str(name);
            body.push('=');
            body.push_str(&encode(&scalar.to_string()));
        }
    }
}

fn json(call: &Call, prefix: &str, content_type: &str, parameters: &Parameters) -> Request {
    Request {
        method: call.method,
        target: call.path.to_owned(),
        headers: vec![
            ("content-type".to_owned(), content_type.to_owned()),
            ("x-amz-target".to_owned(), format!("{prefix}.{}", call.name)),
        ],
        body: Value::Map(parameters.clone()).to_json(),
    }
}

fn rest(call: &Call, parameters: &Parameters) -> Request {
    let mut target = call.path.to_owned();
    let mut headers = Vec::new();
    for (name, value) in parameters {
        let (label, value) = (format!("{{{name}}}"), value.to_string());
        if target.contains(&label) {
            target = target.replace(&label, &encode(&value));
        } else if name.starts_with("x-amz-") {
            headers.push((name.to_string(), value));
        } else {
            target.push(if target.contains('?') { '&' } else { '?' });
            target.push_str(&format!("{name}={}", encode(&value)));
        }
    }
    Request { method: call.method, target, headers, body: String::new() }
}

/// Percent-encodes everything that RFC 3986 does not call unreserved.
fn encode(text: &str) -> String {
    text.bytes().fold(String::with_capacity(text.len()), |mut encoded, byte| {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~') {
            encoded.push(char::from(byte));
        } else {
            encoded.push_str(&format!("%{byte:02X}"));
        }
        encoded
    })
}

/// An answer as one value, whatever the protocol.
pub(crate) fn answer(protocol: Protocol, response: &HttpResponse) -> Result<Value, OrchestratorError<Failure>> {
    let status = response.status().as_u16();
    let body = response.body().bytes().unwrap_or_default();
    if !response.status().is_success() {
        return Err(OrchestratorError::operation(failure(protocol, response, body)));
    }
    parse(protocol, body).map_err(|what| {
        let meta = Box::new(ErrorMetadata::builder().code(what).build());
        OrchestratorError::operation(Failure { status, meta, region: None })
    })
}

/// Parses the body of a good answer; the error says what is wrong with it.
pub(crate) fn parse(protocol: Protocol, body: &[u8]) -> Result<Value, &'static str> {
    match protocol {
        // S3 answers a bucket's policy as it is.
        Protocol::S3 if body.first() == Some(&b'{') => serde_json::from_slice(body).map_err(|_| "AnswerIsNoJson"),
        Protocol::Query(_) | Protocol::Ec2(_) | Protocol::S3 => {
            let text = std::str::from_utf8(body).map_err(|_| "AnswerIsNoText")?;
            let document = xml(text)?;
            let root = document.root_element();
            // The query protocol wraps its answer: `<GetRoleResponse><GetRoleResult>`.
            let result =
                root.children().find(|child| child.is_element() && child.tag_name().name().ends_with("Result"));
            if matches!(protocol, Protocol::Query(_)) && !root.tag_name().name().ends_with("Response") {
                return Err("AnswerIsNotOfThisCall");
            }
            value_of(result.filter(|_| matches!(protocol, Protocol::Query(_))).unwrap_or(root), 0)
        }
        Protocol::RestJson | Protocol::Json10(_) | Protocol::Json11(_) => {
            // No body at all would read as a list without elements.
            let answer: Value = serde_json::from_slice(body).map_err(|_| "AnswerIsNoJson")?;
            if matches!(answer, Value::Map(_)) { Ok(answer) } else { Err("AnswerIsNoJsonObject") }
        }
    }
}

fn xml(text: &str) -> Result<Document<'_>, &'static str> {
    // A document type would let the sender expand entities; AWS sends none. HTML pages of proxies fail here or below.
    let options = ParsingOptions { allow_dtd: false, nodes_limit: 1_000_000, ..ParsingOptions::default() };
    let document = Document::parse_with_options(text, options).map_err(|_| "AnswerIsNoXml")?;
    if document.root_element().tag_name().name().eq_ignore_ascii_case("html") {
        return Err("AnswerIsAWebPage");
    }
    Ok(document)
}

/// An element as a value: text where it has no elements, a list where its elements are all called `member` or `item` or as
/// itself in the singular, a map
/// of what `entry` elements pair, else a map by name in which names that come again make lists. An empty element is an
/// empty map, which reads as an empty list too.
fn value_of(node: Node<'_, '_>, depth: usize) -> Result<Value, &'static str> {
    if depth > 64 {
        return Err("AnswerIsTooDeep");
    }
    let elements: Vec<_> = node.children().filter(Node::is_element).collect();
    let Some(first) = elements.first().map(|element| element.tag_name().name()) else {
        let text: String = node.children().filter(Node::is_text).filter_map(|part| part.text()).collect();
        return Ok(if text.is_empty() { Value::Map(Map::new()) } else { Value::from(text) });
    };
    let all_are = |name: &str| elements.iter().all(|element| element.tag_name().name() == name);
    if matches!(first, "member" | "item") && all_are(first) {
        return Ok(Value::List(
            elements.into_iter().map(|element| value_of(element, depth + 1)).collect::<Result<_, _>>()?,
        ));
    }
    // RDS: `<DBInstances><DBInstance>`; CloudFront: `<Origins><Quantity/><Items><Origin>`.
    let plural = node.tag_name().name() == "Items" || node.tag_name().name().strip_suffix('s') == Some(first);
    if plural && all_are(first) {
        return Ok(Value::List(
            elements.into_iter().map(|element| value_of(element, depth + 1)).collect::<Result<_, _>>()?,
        ));
    }
    if first == "entry" && all_are("entry") {
        return entries(&elements, depth);
    }
    let mut map = Map::new();
    for element in elements {
        let value = value_of(element, depth + 1)?;
        let name: Text = element.tag_name().name().into();
        match map.get_mut(&name) {
            None => {
                map.insert(name, value);
            }
            Some(Value::List(list)) if list_of_repeats(node, &name) => list.push(value),
            Some(other) => *other = Value::List(vec![std::mem::take(other), value]),
        }
    }
    Ok(Value::Map(map))
}

/// Whether a list under this name came from repeated elements: then the first of them is no list itself.
fn list_of_repeats(node: Node<'_, '_>, name: &str) -> bool {
    let mut same = node.children().filter(|child| child.is_element() && child.tag_name().name() == name);
    let first = same.next();
    let is_list = |element: Node<'_, '_>| {
        let mut children = element.children().filter(Node::is_element).peekable();
        children.peek().is_some() && children.all(|child| matches!(child.tag_name().name(), "member" | "item"))
    };
    same.next().is_some() && first.is_some_and(|first| !is_list(first))
}

fn entries(elements: &[Node<'_, '_>], depth: usize) -> Result<Value, &'static str> {
    let mut map = Map::new();
    for entry in elements {
        let child = |name: &str| entry.children().find(|child| child.tag_name().name().eq_ignore_ascii_case(name));
        let (Some(key), Some(value)) = (child("key"), child("value")) else { return Err("AnswerHasAnEntryWithoutKey") };
        map.insert(key.text().unwrap_or_default().into(), value_of(value, depth + 1)?);
    }
    Ok(Value::Map(map))
}

/// What an error answer says.
fn failure(protocol: Protocol, response: &HttpResponse, body: &[u8]) -> Failure {
    let header = |name: &str| response.headers().get(name);
    let (mut code, mut message, mut region) = (None, None, header("x-amz-bucket-region").map(str::to_owned));
    match protocol {
        Protocol::Query(_) | Protocol::Ec2(_) | Protocol::S3 => {
            if let Ok(document) = std::str::from_utf8(body).map_err(|_| "").and_then(xml) {
                let text = |name: &str| {
                    let found =
                        document.descendants().find(|node| node.has_tag_name(name) || node.tag_name().name() == name);
                    found.and_then(|node| node.text()).map(str::to_owned)
                };
                (code, message) = (text("Code"), text("Message"));
                region = region.or_else(|| text("Region"));
            }
        }
        Protocol::RestJson | Protocol::Json10(_) | Protocol::Json11(_) => {
            let body: Value = serde_json::from_slice(body).unwrap_or_default();
            let text = |name: &str| body.get(name).and_then(Value::as_str).map(str::to_owned);
            code = header("x-amzn-errortype").map(str::to_owned).or_else(|| text("__type")).or_else(|| text("code"));
            // `com.amazonaws.sqs#QueueDoesNotExist`, `AccessDeniedException:http://...`
            code = code.map(|code| {
                let code = code.rsplit_once('#').map_or(code.as_str(), |(_, name)| name);
                code.split_once(':').map_or(code, |(name, _)| name).to_owned()
            });
            message = text("message").or_else(|| text("Message"));
        }
    }
    let mut meta = ErrorMetadata::builder();
    if let Some(code) = code {
        // EC2's CloudTrail codes have a prefix that its answers do not; some proxies of it do.
        meta = meta.code(code.trim_start_matches("Client."));
    }
    if let Some(message) = message {
        meta = meta.message(message);
    }
    Failure { status: response.status().as_u16(), meta: Box::new(meta.build()), region: region.map(Into::into) }
}

#[cfg(test)]
mod tests {
    use super::super::call::{Service, parameters};
    use super::*;

    fn value(json: &str) -> Value {
        Value::from_json(json).unwrap()
    }

    #[test]
    fn parameters_are_written_as_each_protocol_has_them() {
        static EC2: Service = Service::new("ec2", Protocol::Ec2("2016-11-15"));
        static RDS: Service = Service::new("rds", Protocol::Query("2014-10-31"));
        static SQS: Service = Service::new("sqs", Protocol::Json10("AmazonSQS"));
        static S3: Service = Service::new("s3", Protocol::S3);
        let filter = parameters([("Filter", value(r#"[{"Name":"vpc-id","Value":["vpc-1","a b"]}]"#))]);
        let request = Request::of(&Call::new(&EC2, "DescribeFlowLogs", ""), &filter);
        assert_eq!(
            request.body,
            "Action=DescribeFlowLogs&Version=2016-11-15&Filter.1.Name=vpc-id&Filter.1.Value.1=vpc-1&Filter.1.Value.2=a%20b"
        );
        let request = Request::of(&Call::new(&RDS, "X", ""), &parameters([("Names", value(r#"["a"]"#))]));
        assert_eq!(request.body, "Action=X&Version=2014-10-31&Names.member.1=a");
        let request = Request::of(&Call::new(&SQS, "X", ""), &parameters([("A", value(r#"["All",1]"#))]));
        assert_eq!((request.body.as_str(), request.target.as_str()), (r#"{"A":["All",1]}"#, "/"));
        assert!(request.headers.contains(&("x-amz-target".to_owned(), "AmazonSQS.X".to_owned())));
        let call = Call::get(&S3, "X", "", "/{Bucket}?acl");
        let all = parameters([("Bucket", "a/b?".into()), ("x-amz-account-id", "1".into()), ("marker", "é&".into())]);
        let request = Request::of(&call, &all);
        assert_eq!(request.target, "/a%2Fb%3F?acl&marker=%C3%A9%26");
        assert_eq!(request.headers, [("x-amz-account-id".to_owned(), "1".to_owned())]);
    }

    #[test]
    fn xml_becomes_a_value() {
        let query = Protocol::Query("");
        for (protocol, xml, json) in [
            (
                query,
                "<GetXResponse xmlns='u'><GetXResult><Names><member>a</member></Names><None/><B>true</B></GetXResult>\
                 <ResponseMetadata><RequestId>1</RequestId></ResponseMetadata></GetXResponse>",
                r#"{"Names":["a"],"None":{},"B":"true"}"#,
            ),
            (
                query,
                "<GetXResponse><GetXResult><SummaryMap><entry><key>Users</key><value>3</value></entry></SummaryMap>\
                 </GetXResult></GetXResponse>",
                r#"{"SummaryMap":{"Users":"3"}}"#,
            ),
            (
                Protocol::Ec2(""),
                "<R><set><item><a>1</a></item><item><a>2</a></item></set><empty/></R>",
                r#"{"set":[{"a":"1"},{"a":"2"}],"empty":{}}"#,
            ),
            (
                Protocol::S3,
                "<?xml version=\"1.0\"?><C>\n  <Rule>a &amp; b</Rule>\n  <Rule>c</Rule><Rule>d</Rule></C>",
                r#"{"Rule":["a & b","c","d"]}"#,
            ),
            (
                query,
                "<XResponse><L><member>a</member></L><L><member>b</member></L></XResponse>",
                r#"{"L":[["a"],["b"]]}"#,
            ),
            (Protocol::S3, r#"{"Version":"1"}"#, r#"{"Version":"1"}"#),
        ] {
            assert_eq!(parse(protocol, xml.as_bytes()), Ok(value(json)), "{xml}");
        }
    }

    #[test]
    fn what_is_no_answer_of_aws_is_an_error_and_nothing_hangs_on_it() {
        let deep = format!("{}{}", "<a>".repeat(100), "</a>".repeat(100));
        let bomb = r#"<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><x>&b;</x>"#;
        for (protocol, body, what) in [
            (Protocol::Ec2(""), "<R><a>1</a>", "AnswerIsNoXml"),
            (Protocol::Ec2(""), "<html><body>Sign in to the guest network</body></html>", "AnswerIsAWebPage"),
            (Protocol::Ec2(""), bomb, "AnswerIsNoXml"),
            (Protocol::Ec2(""), &deep, "AnswerIsTooDeep"),
            (Protocol::Ec2(""), "", "AnswerIsNoXml"),
            (Protocol::Query(""), "<ok/>", "AnswerIsNotOfThisCall"),
            (Protocol::RestJson, "<html>", "AnswerIsNoJson"),
            (Protocol::RestJson, "", "AnswerIsNoJson"),
            (Protocol::Json11(""), "[]", "AnswerIsNoJsonObject"),
            (Protocol::Json10(""), r#"{"a":"#, "AnswerIsNoJson"),
        ] {
            assert_eq!(parse(protocol, body.as_bytes()), Err(what), "{body}");
        }
    }
}
