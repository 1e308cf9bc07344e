//! What makes text look like a secret: a known format, a telling name, or a name that hints and a random value.
//!
//! The formats are few and fixed, so they are matched by hand in one pass over the text. The libraries of formats that
//! exist are whole scanners, or carry hundreds of formats whose licences do not fit this project's.

use std::fmt;

use crate::Secret;

/// How a secret was recognised.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Detector {
    /// An AWS access key id, long-term or temporary.
    AwsAccessKey,
    /// A private key in PEM.
    PrivateKey,
    /// A GitHub token.
    GithubToken,
    /// A Slack token.
    SlackToken,
    /// A Slack webhook, whose address is all one needs to post.
    SlackWebhook,
    /// A Stripe key for real payments.
    StripeKey,
    /// A Google API key.
    GoogleApiKey,
    /// An npm token.
    NpmToken,
    /// A `SendGrid` key.
    SendgridKey,
    /// A JSON Web Token.
    JsonWebToken,
    /// A URL with a password.
    UrlPassword,
    /// A name that says that the value is a secret.
    SecretName,
    /// A name that hints at it and a value that looks random.
    RandomValue,
}

impl Detector {
    /// All of them.
    pub const ALL: [Self; 13] = [
        Self::AwsAccessKey,
        Self::PrivateKey,
        Self::GithubToken,
        Self::SlackToken,
        Self::SlackWebhook,
        Self::StripeKey,
        Self::GoogleApiKey,
        Self::NpmToken,
        Self::SendgridKey,
        Self::JsonWebToken,
        Self::UrlPassword,
        Self::SecretName,
        Self::RandomValue,
    ];

    /// The stable name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::AwsAccessKey => "aws_access_key",
            Self::PrivateKey => "private_key",
            Self::GithubToken => "github_token",
            Self::SlackToken => "slack_token",
            Self::SlackWebhook => "slack_webhook",
            Self::StripeKey => "stripe_key",
            Self::GoogleApiKey => "google_api_key",
            Self::NpmToken => "npm_token",
            Self::SendgridKey => "sendgrid_key",
            Self::JsonWebToken => "json_web_token",
            Self::UrlPassword => "url_password",
            Self::SecretName => "secret_name",
            Self::RandomValue => "random_value",
        }
    }
}

impl fmt::Display for Detector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// Whether a named value looks like a secret, and how one can tell.
#[must_use]
pub fn detect(name: &str, value: &Secret<'_>) -> Option<Detector> {
    let text = value.expose().trim();
    if let Some(known) = known_format(value) {
        return Some(known);
    }
    let segments = segments(name);
    if names_harmless(&segments) || is_harmless(text) {
        None
    } else if names_secret(&segments) {
        Some(Detector::SecretName)
    } else {
        (hints_secret(&segments) && is_random(text)).then_some(Detector::RandomValue)
    }
}

/// Whether a name says that its value is a secret.
#[must_use]
pub fn is_secret_name(name: &str) -> bool {
    let segments = segments(name);
    names_secret(&segments) && !names_harmless(&segments)
}

/// Whether the text holds a secret of a known format, wherever it stands.
#[must_use]
pub fn known_format(text: &Secret<'_>) -> Option<Detector> {
    let bytes = text.expose().as_bytes();
    // Tokens begin where a word does, or random text would hold one now and then.
    let mut in_word = false;
    for (at, &byte) in bytes.iter().enumerate() {
        let Some(rest) = bytes.get(at..) else { break };
        let found = match byte {
            b'A' if starts_aws_key(rest) => Some(Detector::AwsAccessKey),
            b'-' if starts_private_key(rest) => Some(Detector::PrivateKey),
            b':' if starts_url_password(rest) => Some(Detector::UrlPassword),
            _ if in_word => None,
            _ => token_at(rest),
        };
        if found.is_some() {
            return found;
        }
        in_word = byte.is_ascii_alphanumeric();
    }
    None
}

/// The token that begins here.
fn token_at(text: &[u8]) -> Option<Detector> {
    let has = |tail: &[u8], letters: fn(u8) -> bool, least: usize| {
        tail.get(..least).is_some_and(|tail| tail.iter().all(|b| letters(*b)))
    };
    let long = |prefix: &[u8], letters: fn(u8) -> bool, least: usize| {
        text.strip_prefix(prefix).is_some_and(|tail| has(tail, letters, least))
    };
    let alphanumeric = |b: u8| b.is_ascii_alphanumeric();
    match text {
        [b'g', b'h', b'p' | b'o' | b'u' | b's' | b'r', b'_', tail @ ..] if has(tail, alphanumeric, 36) => {
            Some(Detector::GithubToken)
        }
        [b'x', b'o', b'x', b'a' | b'b' | b'p' | b'r' | b's', b'-', tail @ ..] if has(tail, is_base64_url, 10) => {
            Some(Detector::SlackToken)
        }
        [b's' | b'r', b'k', b'_', b'l', b'i', b'v', b'e', b'_', tail @ ..] if has(tail, alphanumeric, 16) => {
            Some(Detector::StripeKey)
        }
        _ if long(b"github_pat_", is_base64_url, 22) => Some(Detector::GithubToken),
        _ if long(b"AIza", is_base64_url, 35) => Some(Detector::GoogleApiKey),
        _ if long(b"npm_", alphanumeric, 36) => Some(Detector::NpmToken),
        _ if starts_sendgrid_key(text) => Some(Detector::SendgridKey),
        _ if starts_web_token(text) => Some(Detector::JsonWebToken),
        _ if starts_webhook(text) => Some(Detector::SlackWebhook),
        _ => None,
    }
}

/// `AKIA` or `ASIA` and sixteen letters of base 32.
fn starts_aws_key(text: &[u8]) -> bool {
    let tail = text.strip_prefix(b"AKIA").or_else(|| text.strip_prefix(b"ASIA"));
    tail.is_some_and(|tail| run(tail, |b| matches!(b, b'A'..=b'Z' | b'2'..=b'7')) >= 16)
}

/// `-----BEGIN PRIVATE KEY-----`, also `RSA`, `EC`, `OPENSSH`, `ENCRYPTED`, and PGP's `PRIVATE KEY BLOCK`.
fn starts_private_key(text: &[u8]) -> bool {
    const LONGEST: usize = 40;
    let Some(label) = text.strip_prefix(b"-----BEGIN ") else { return false };
    let length = run(label, |b| b != b'-').min(LONGEST);
    label.get(..length).is_some_and(|label| label.windows(11).any(|word| word == b"PRIVATE KEY"))
}

/// `SG.` and two parts.
fn starts_sendgrid_key(text: &[u8]) -> bool {
    let Some(tail) = text.strip_prefix(b"SG.") else { return false };
    let id = run(tail, is_base64_url);
    let secret = tail.get(id..).and_then(|rest| rest.strip_prefix(b"."));
    id >= 16 && secret.is_some_and(|secret| run(secret, is_base64_url) >= 32)
}

/// Three parts of base64, the first two of which begin like JSON objects.
fn starts_web_token(text: &[u8]) -> bool {
    // The header is short: without its dot there is no need to look on, however often hostile text begins one.
    const HEADER_MAX: usize = 1 << 10;
    let mut rest = text;
    for (part, begins) in ["eyJ", "eyJ", ""].into_iter().enumerate() {
        if !rest.starts_with(begins.as_bytes()) {
            return false;
        }
        let length = run(if part == 0 { rest.get(..HEADER_MAX).unwrap_or(rest) } else { rest }, is_base64_url);
        let dot = rest.get(length) == Some(&b'.');
        if length < 10 || !dot && part < 2 {
            return false;
        }
        rest = rest.get(length + 1..).unwrap_or_default();
    }
    true
}

/// `hooks.slack.com/services/...`, also for workflows and triggers.
fn starts_webhook(text: &[u8]) -> bool {
    let Some(path) = text.strip_prefix(b"hooks.slack.com/") else { return false };
    ["services/", "workflows/", "triggers/"].iter().any(|kind| {
        path.strip_prefix(kind.as_bytes()).is_some_and(|tail| run(tail, |b| is_base64_url(b) || b == b'/') >= 20)
    })
}

/// `://user:password@host`. The user may be missing, as Redis has it; a reference in place of the password is harmless.
fn starts_url_password(text: &[u8]) -> bool {
    let Some(rest) = text.strip_prefix(b"://") else { return false };
    let end =
        |b: u8| matches!(b, b'/' | b'?' | b'#' | b'@' | b'"' | b'\'' | b'<' | b'>' | b'\\') || b.is_ascii_whitespace();
    let user = run(rest, |b| !end(b) && b != b':');
    let Some(password) = rest.get(user..).and_then(|rest| rest.strip_prefix(b":")) else { return false };
    let length = run(password, |b| !end(b));
    let Some(text) = password.get(..length).and_then(|text| std::str::from_utf8(text).ok()) else { return false };
    password.get(length) == Some(&b'@') && length > 0 && !is_reference(text)
}

/// How many bytes from the start are of a class, as far as is worth looking: no part of a known format is longer.
fn run(text: &[u8], class: impl Fn(u8) -> bool) -> usize {
    const LONGEST: usize = 8 << 10;
    text.iter().take(LONGEST).take_while(|b| class(**b)).count()
}

fn is_base64_url(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_')
}

/// The words of a name in lower case: split at `_`, `-`, `.`, other punctuation and where the case changes
/// (`dbPassword`, `APIKey`). A number at a word's end is dropped.
fn segments(name: &str) -> Vec<String> {
    let mut segments: Vec<String> = Vec::new();
    for part in name.split(|c: char| !c.is_alphanumeric()) {
        let letters: Vec<char> = part.chars().collect();
        let mut word = String::new();
        for (at, &c) in letters.iter().enumerate() {
            let before = at.checked_sub(1).and_then(|at| letters.get(at));
            let after = letters.get(at + 1);
            // A capital after something else, or the last capital of several before a small letter.
            let begins = c.is_uppercase()
                && (before.is_some_and(|b| !b.is_uppercase()) || after.is_some_and(|a| a.is_lowercase()));
            if begins && !word.is_empty() {
                segments.push(std::mem::take(&mut word));
            }
            word.extend(c.to_lowercase());
        }
        segments.push(word);
    }
    for segment in &mut segments {
        segment.truncate(segment.trim_end_matches(|c: char| c.is_ascii_digit()).len());
    }
    segments.retain(|segment| !segment.is_empty());
    segments
}

/// A segment says secret, or two do: `api` and `key`. `PGPASSWORD` and `secretkey`, written without a break, count too.
fn names_secret(segments: &[String]) -> bool {
    const KEYS: &[&str] = &["api", "access", "private", "signing", "encryption", "secret"];
    let word = |segment: &str| {
        matches!(
            segment,
            "password" | "passwd" | "pwd" | "passphrase" | "secret" | "token" | "apikey" | "credential" | "credentials"
        ) || segment.ends_with("password")
            || segment.ends_with("passwd")
            || segment.strip_suffix("key").is_some_and(|first| KEYS.contains(&first))
    };
    let pair = |pair: &[String]| matches!(pair, [first, key] if key == "key" && KEYS.contains(&&**first));
    segments.iter().any(|segment| word(segment)) || segments.windows(2).any(pair)
}

/// The last segment says that the value describes a secret rather than is one.
fn names_harmless(segments: &[String]) -> bool {
    let harmless = |last: &String| {
        matches!(
            &**last,
            "arn" | "name" | "id" | "path" | "url" | "uri" | "file" | "ttl" | "length" | "header" | "enabled"
        )
    };
    segments.last().is_some_and(harmless)
}

/// A segment that goes with keys, of which some are secret. A public key is not.
fn hints_secret(segments: &[String]) -> bool {
    segments.iter().any(|segment| matches!(&**segment, "key" | "auth" | "salt" | "dsn" | "cert"))
        && !segments.iter().any(|segment| segment == "public")
}

/// Nothing, a switch, a small number, a reference to something else, an address or a path, or a public key.
fn is_harmless(text: &str) -> bool {
    const SWITCHES: &[&str] =
        &["true", "false", "yes", "no", "on", "off", "y", "n", "enabled", "disabled", "none", "null", "nil"];
    text.is_empty()
        || SWITCHES.iter().any(|word| text.eq_ignore_ascii_case(word))
        || text.len() < 8 && text.bytes().all(|b| b.is_ascii_digit())
        || text.starts_with("arn:")
        || is_reference(text)
        || is_address(text)
        || ["ssh-rsa ", "ssh-ed25519 ", "ecdsa-sha2-", "-----BEGIN CERTIFICATE", "-----BEGIN PUBLIC KEY"]
            .iter()
            .any(|public| text.starts_with(public))
}

/// The text stands for a value that is elsewhere: a dynamic reference, an intrinsic, a variable, a command, a
/// placeholder or a mask.
fn is_reference(text: &str) -> bool {
    let bracketed = |open: &str, close: &str| text.starts_with(open) && text.ends_with(close);
    let variable = text.strip_prefix('$').is_some_and(|name| {
        let word = name.trim_end_matches('?');
        !word.is_empty() && word.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit() || b == b'_')
    });
    text.starts_with("{{resolve:")
        || text.starts_with("{\"Ref\"")
        || text.starts_with("{\"Fn::")
        || ["!Ref ", "!Sub ", "!GetAtt ", "!ImportValue "].iter().any(|tag| text.starts_with(tag))
        || variable
        || bracketed("${", "}")
        || bracketed("$(", ")")
        || bracketed("`", "`")
        || bracketed("{{", "}}")
        || bracketed("<", ">")
        || bracketed("%", "%")
        || text == "HIDDEN_DUE_TO_SECURITY_REASONS"
        || text.bytes().all(|b| b == b'*')
}

/// A URL, or a path: absolute, or of plain small words, or ending in a file's name.
fn is_address(text: &str) -> bool {
    if text.contains(char::is_whitespace) {
        return false;
    }
    if text.split_once("://").is_some_and(|(scheme, _)| {
        !scheme.is_empty() && scheme.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'-' | b'.'))
    }) {
        return true;
    }
    let Some((_, last)) = text.rsplit_once('/') else { return false };
    let plain = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_' | b'-' | b'/' | b'~' | b'$' | b'{' | b'}');
    let absolute = ["/", "./", "../", "~/"].iter().any(|start| text.starts_with(start));
    let extension = last.rsplit_once('.').is_some_and(|(_, end)| matches!(end.len(), 1..=5));
    let small = text.bytes().any(|b| b.is_ascii_lowercase()) && !text.bytes().any(|b| b.is_ascii_uppercase());
    text.bytes().all(plain) && (absolute || extension || small)
}

/// Whether the text has a stretch of base64 (20 characters or more, at least 4 bits each) or of hexadecimal digits (32
/// or more, at least 3 bits each), measured as Shannon entropy of the stretch.
pub(super) fn is_random(text: &str) -> bool {
    let base64 = |b: u8| is_base64_url(b) || matches!(b, b'+' | b'/');
    let mixed = |stretch: &[u8]| {
        // Words joined by dashes reach four bits as well; random text has digits and letters of both cases.
        let joined = stretch.iter().any(|b| matches!(b, b'-' | b'_'));
        let has = |class: fn(&u8) -> bool| stretch.iter().any(class);
        !joined || has(u8::is_ascii_digit) && has(u8::is_ascii_uppercase) && has(u8::is_ascii_lowercase)
    };
    let stretches = |class: &dyn Fn(u8) -> bool, least: usize, bits: f64, also: &dyn Fn(&[u8]) -> bool| {
        text.as_bytes()
            .split(|b| !class(*b))
            .any(|stretch| stretch.len() >= least && entropy(stretch) >= bits && also(stretch))
    };
    stretches(&base64, 20, 4.0, &mixed) || stretches(&|b: u8| b.is_ascii_hexdigit(), 32, 3.0, &|_| true)
}

/// Bits per byte.
#[expect(clippy::cast_precision_loss, reason = "the length of a value is far below 2^52")]
fn entropy(text: &[u8]) -> f64 {
    let mut counts = [0u32; 256];
    for byte in text {
        if let Some(count) = counts.get_mut(usize::from(*byte)) {
            *count += 1;
        }
    }
    let length = text.len() as f64;
    let bits = |count: &u32| {
        let share = f64::from(*count) / length;
        -share * share.log2()
    };
    counts.iter().filter(|count| **count > 0).map(bits).sum()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Values are put together here, so that no scanner of this repository takes them for lost ones.
    fn fake(parts: &[&str]) -> String {
        parts.concat()
    }

    #[track_caller]
    fn check(name: &str, value: &str, expected: Option<Detector>) {
        assert_eq!(detect(name, &Secret::new(value)), expected, "{name}");
    }

    #[test]
    fn known_formats() {
        let a = |n: usize| "aB3".repeat(n.div_ceil(3)).chars().take(n).collect::<String>();
        for (value, expected) in [
            (fake(&["AKIA", "IOSFODNN7EXAMPLE"]), Detector::AwsAccessKey),
            (fake(&["id=ASIA", "IOSFODNN7EXAMPLE;"]), Detector::AwsAccessKey),
            (fake(&["-----BEGIN ", "RSA PRIVATE KEY-----\nMII"]), Detector::PrivateKey),
            (fake(&["-----BEGIN ", "PRIVATE KEY-----"]), Detector::PrivateKey),
            (fake(&["-----BEGIN PGP ", "PRIVATE KEY BLOCK-----"]), Detector::PrivateKey),
            (fake(&["gh", "p_", &a(36)]), Detector::GithubToken),
            (fake(&["token ghs", "_", &a(40)]), Detector::GithubToken),
            (fake(&["github", "_pat_", &a(22), "_", &a(59)]), Detector::GithubToken),
            (fake(&["xox", "b-123456789012-", &a(24)]), Detector::SlackToken),
            (fake(&["https://hooks.slack", ".com/services/T0000/B0000/", &a(24)]), Detector::SlackWebhook),
            (fake(&["sk_", "live_", &a(24)]), Detector::StripeKey),
            (fake(&["rk_", "live_", &a(24)]), Detector::StripeKey),
            (fake(&["AI", "za", &a(35)]), Detector::GoogleApiKey),
            (fake(&["npm", "_", &a(36)]), Detector::NpmToken),
            (fake(&["SG", ".", &a(22), ".", &a(43)]), Detector::SendgridKey),
            (fake(&["Bearer eyJ", &a(20), ".eyJ", &a(30), ".", &a(43)]), Detector::JsonWebToken),
            (fake(&["postgres://app:", "hunter2@db.internal:5432/app"]), Detector::UrlPassword),
            (fake(&["redis://:", "hunter2@cache:6379"]), Detector::UrlPassword),
        ] {
            // A known format tells, whatever the name says.
            check("SOMETHING", &value, Some(expected));
            check("CONFIG_URL", &format!("see {value} there"), Some(expected));
        }
    }

    #[test]
    fn almost_known_formats() {
        for value in [
            "AKIA0000000000000000",
            "AKIASHORT",
            "-----BEGIN CERTIFICATE-----",
            "-----BEGIN PUBLIC KEY-----",
            "ghp_short",
            "xoxb-",
            "sk_test_aB3aB3aB3aB3aB3aB3aB3aB3",
            "npm_config_registry",
            "SG.",
            "eyJhbGciOiJub25lIn0",
            "https://hooks.slack.com/services/",
            "https://user@example.com/",
            "https://example.com:8443/a@b",
            "git@github.com:acme/app.git",
            "ssh://git@example.com:22/app",
            "postgres://app:${DB_PASSWORD}@db/app",
            "postgres://app:{{password}}@db/app",
            "postgres://app:<password>@db/app",
            "postgres://app@db:5432/app",
            "http://[::1]:80/",
        ] {
            check("SOMETHING", value, None);
        }
    }

    #[test]
    fn names() {
        for (name, expected) in [
            ("PASSWORD", true),
            ("DB_PASSWORD", true),
            ("db.password", true),
            ("db-passwd", true),
            ("dbPassword", true),
            ("PGPASSWORD", true),
            ("MYSQL_PWD", true),
            ("Passphrase", true),
            ("CLIENT_SECRET", true),
            ("clientSecretValue", true),
            // The name is the signal, in whatever style it is written.
            ("TelegramBotToken", true),
            ("GITHUB_TOKEN", true),
            ("apikey", true),
            ("API_KEY", true),
            ("apiKey", true),
            ("APIKey2", true),
            ("AWS_SECRET_ACCESS_KEY", true),
            ("private-key", true),
            ("SIGNING_KEY", true),
            ("encryptionKey", true),
            ("GOOGLE_CREDENTIALS", true),
            ("secretkey", true),
            // The names of things about secrets.
            ("DB_SECRET_ARN", false),
            ("SECRET_NAME", false),
            ("AWS_ACCESS_KEY_ID", false),
            ("TOKEN_URL", false),
            ("PASSWORD_FILE", false),
            ("tokenTtl", false),
            ("PASSWORD_LENGTH", false),
            ("AUTH_TOKEN_HEADER", false),
            ("PASSWORD_AUTH_ENABLED", false),
            ("PRIVATE_KEY_PATH", false),
            // Words that only look alike.
            ("TOKENIZERS_PARALLELISM", false),
            ("SECRETARY", false),
            ("KEYBOARD", false),
            ("PUBLIC_KEY", false),
            ("COMPASS", false),
            ("", false),
        ] {
            assert_eq!(is_secret_name(name), expected, "{name}");
            check(name, "hunter2", expected.then_some(Detector::SecretName));
        }
    }

    #[test]
    fn mysql_allow_empty_password_is_a_switch() {
        for value in ["yes", "YES", "true", "1", "0", "no", "on", "", "  ", "none"] {
            check("MYSQL_ALLOW_EMPTY_PASSWORD", value, None);
        }
        check("MYSQL_ROOT_PASSWORD", "yes!", Some(Detector::SecretName));
    }

    #[test]
    fn the_name_or_arn_of_a_secret_is_no_secret() {
        for value in [
            "arn:aws:secretsmanager:eu-west-1:123456789012:secret:prod/db-AbCdEf",
            "{{resolve:secretsmanager:prod/db:SecretString:password}}",
            "{{resolve:ssm-secure:/prod/db/password:1}}",
            "prod/db/password",
            "/prod/db/Password",
            "/run/secrets/db_password",
            "./secrets/Key.pem",
            "https://vault.example.com/v1/Secret",
            "s3://bucket/Key",
            "${DB_PASSWORD}",
            "$DB_PASSWORD",
            "$(aws ssm get-parameter --name /prod/db)",
            "{\"Ref\":\"DbPassword\"}",
            "!Ref DbPassword",
            "<your password>",
            "****",
            "HIDDEN_DUE_TO_SECURITY_REASONS",
            "1234567",
        ] {
            check("DB_PASSWORD", value, None);
        }
        for value in
            ["12345678", "hunter2", "p/W", "Pa$$word", "$ecret", "a b/c", "correct horse battery staple", "/+x="]
        {
            check("DB_PASSWORD", value, Some(Detector::SecretName));
        }
    }

    #[test]
    fn a_hint_needs_a_random_value() {
        let random = fake(&["wJalrXUtnFEMI/K7MDENG", "/bPxRfiCYEXAMPLEKEY"]);
        let hex = fake(&["9f86d081884c7d659a2f", "eaa0c55ad015a3bf4f1b"]);
        for name in ["KEY", "STRIPE_KEY", "basicAuth", "PASSWORDLESS_SALT", "SENTRY_DSN", "tlsCert", "X-Auth"] {
            check(name, &random, Some(Detector::RandomValue));
            check(name, &hex, Some(Detector::RandomValue));
            for value in [
                "hunter2",
                "orders-by-customer-and-day-of-the-week",
                "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
                "123e4567-e89b-12d3-a456-426614174000",
                "arn:aws:kms:eu-west-1:123456789012:key/123e4567-e89b-12d3-a456-426614174000",
                "https://o1.ingest.sentry.io/wJalrXUtnFEMIK7MDENGbPxRfiCY",
                "path/to/Some/Object2020.json",
                "ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAABgQC7wJalrXUtnFEMIK7MDENG",
            ] {
                check(name, value, None);
            }
        }
        for name in ["KMS_KEY_ID", "PUBLIC_KEY", "KEYSTORE", "BUILD", "COMMIT_HASH"] {
            check(name, &random, None);
        }
    }

    #[test]
    fn detectors_have_distinct_stable_names() {
        let mut names: Vec<&str> = Detector::ALL.iter().map(|detector| detector.name()).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), Detector::ALL.len());
        assert!(names.iter().all(|name| name.bytes().all(|b| b.is_ascii_lowercase() || b == b'_')));
    }

    proptest! {
        #[test]
        fn hostile_text_never_panics(name in "\\PC{0,24}", value in "\\PC{0,64}") {
            // Whether it is one or not, a name alone never decides against a known format.
            let found = detect(&name, &Secret::new(&value));
            if let Some(known) = known_format(&Secret::new(&value)) { prop_assert_eq!(found, Some(known)) }
        }

        #[test]
        fn entropy_is_between_none_and_all_equal(text in proptest::collection::vec(any::<u8>(), 1..64)) {
            let bits = entropy(&text);
            prop_assert!(bits >= -1e-9 && bits <= f64::log2(text.len() as f64) + 1e-9);
        }
    }
}
