//! Text of two origins: our own words, and quotations from events. Each channel writes them in its way, within its limits.

use std::borrow::Cow;

use trailhound_report::escape;

/// What stands where text was cut.
pub const CUT: &str = "… [cut]";

/// A part of a line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Piece {
    /// Our own words. May hold values in backticks.
    Say(Cow<'static, str>),
    /// A value from an event: anything at all.
    Quote(String),
}

/// A line of text for people.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Line(pub Vec<Piece>);

impl Line {
    /// A line of our own words.
    pub fn say(text: impl Into<Cow<'static, str>>) -> Self {
        Self(vec![Piece::Say(text.into())])
    }

    /// A line that is a value.
    #[must_use]
    pub fn quote(value: &str) -> Self {
        Self::default().and_quote(value)
    }

    /// And our own words.
    #[must_use]
    pub fn and_say(mut self, text: impl Into<Cow<'static, str>>) -> Self {
        self.0.push(Piece::Say(text.into()));
        self
    }

    /// And a value.
    #[must_use]
    pub fn and_quote(mut self, value: &str) -> Self {
        self.0.push(Piece::Quote(value.to_owned()));
        self
    }

    /// And another line.
    #[must_use]
    pub fn and(mut self, other: Self) -> Self {
        self.0.extend(other.0);
        self
    }

    /// A rule's message: our words with found values in backticks. A value that holds a backtick would pass itself off as
    /// our words, so that words with anything that a channel might format, link or mention count as a value too.
    #[must_use]
    pub fn of_message(text: &str) -> Self {
        let mut line = Self::default();
        for (index, part) in text.split('`').enumerate() {
            if part.is_empty() {
                continue;
            }
            if index.is_multiple_of(2) && is_prose(part) {
                line = line.and_say(part.to_owned());
            } else if index.is_multiple_of(2) {
                let inner = part.trim_matches(' ');
                let blank = |at_end: bool| if at_end { " " } else { "" };
                line = line.and_say(blank(part.starts_with(' ')));
                line = line.and_quote(inner).and_say(blank(part.ends_with(' ')));
            } else {
                line = line.and_quote(part);
            }
        }
        line
    }

    /// For e-mail and other plain text: control characters are spelled out, and no mail program makes a link of a value.
    /// At most so many UTF-16 units.
    #[must_use]
    pub fn plain(&self, max: usize) -> String {
        let mut text = String::new();
        for piece in &self.0 {
            match piece {
                Piece::Say(words) => text.push_str(words),
                Piece::Quote(value) => text.push_str(&plain(value)),
            }
        }
        cut(&text, max).into_owned()
    }

    /// For Slack, in its own markup. At most so many UTF-16 units.
    #[must_use]
    pub fn mrkdwn(&self, max: usize) -> String {
        let mut text = String::new();
        let mut room = max;
        for (index, piece) in self.0.iter().enumerate() {
            // What follows needs a place to say that it was cut.
            let last = index + 1 == self.0.len();
            let room_here = if last { room } else { room.saturating_sub(units(CUT)) };
            let part = match piece {
                Piece::Say(words) => cut(&mrkdwn(words), room_here).into_owned(),
                Piece::Quote(value) => mrkdwn_code(value, room_here),
            };
            let used = units(&part);
            if used > room_here || (part.is_empty() && !piece.is_empty()) {
                text.push_str(&cut(CUT, room));
                break;
            }
            text.push_str(&part);
            room -= used;
        }
        text
    }
}

impl Piece {
    fn is_empty(&self) -> bool {
        match self {
            Self::Say(words) => words.is_empty(),
            Self::Quote(_) => false,
        }
    }
}

/// Whether words can stand outside a quotation in any channel: nothing formats, links, mentions or shows a picture.
fn is_prose(text: &str) -> bool {
    let harmless = |letter: char| letter.is_alphanumeric() || " ,.;:()'\"%+-–/=".contains(letter);
    let mut letters = text.chars().peekable();
    let mut before = ' ';
    while let Some(letter) = letters.next() {
        let next = letters.peek().copied().unwrap_or(' ');
        // `host.name`, `scheme:` and `:picture:` are more than words.
        let joins =
            (letter == '.' && before.is_alphanumeric() && next.is_alphabetic()) || (letter == ':' && next != ' ');
        if joins || !harmless(letter) {
            return false;
        }
        before = letter;
    }
    true
}

/// The length of a text as Slack counts it: in UTF-16 units.
#[must_use]
pub fn units(text: &str) -> usize {
    text.chars().map(char::len_utf16).sum()
}

/// At most so many UTF-16 units of a text, and a word that it was cut. An escaped character is whole or absent.
#[must_use]
pub fn cut(text: &str, max: usize) -> Cow<'_, str> {
    if units(text) <= max {
        return Cow::Borrowed(text);
    }
    let mut room = max.saturating_sub(units(CUT));
    let mut kept = String::new();
    for letter in text.chars() {
        let Some(rest) = room.checked_sub(letter.len_utf16()) else { break };
        room = rest;
        kept.push(letter);
    }
    // The longest entity is `&amp;`.
    if let Some(at) = kept.rfind('&').filter(|at| kept.len() - at < 5)
        && !kept.ends_with(';')
    {
        kept.truncate(at);
    }
    if max >= units(CUT) {
        kept.push_str(CUT);
    }
    Cow::Owned(kept)
}

/// A value in plain text.
#[must_use]
pub fn plain(value: &str) -> String {
    escape::terminal(value).replace("://", "[://]")
}

/// The three characters that Slack gives a meaning to everywhere.
#[must_use]
pub fn mrkdwn(text: &str) -> String {
    escape::terminal(text).replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

/// A value as a code span of Slack, in which nothing formats, links or mentions. Slack has no way to write a backtick in
/// one: it becomes `'`. Empty if there is not even room for the marks.
#[must_use]
pub fn mrkdwn_code(value: &str, max: usize) -> String {
    const ROOM: usize = 4;
    if max < ROOM {
        return String::new();
    }
    let text = mrkdwn(value).replace('`', "'");
    // Next to a blank, the mark would not begin or end a span.
    let pad = if text.is_empty() || text.starts_with(char::is_whitespace) || text.ends_with(char::is_whitespace) {
        "\""
    } else {
        ""
    };
    format!("`{pad}{}{pad}`", cut(&text, max - ROOM))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_is_words_and_values() {
        for (message, mrkdwn) in [
            ("SSH (TCP 22) is open by `tcp 22 ::/0`", "SSH (TCP 22) is open by `tcp 22 ::/0`"),
            ("no version since 1.2", "no version since 1.2"),
            // A value with backticks cannot get its end out of the quotation.
            ("name `x` <!channel> `y`", "name `x` `&lt;!channel&gt;` `y`"),
            ("`a` *bold* `b`", "`a` `*bold*` `b`"),
            ("`a` evil.example/login `b`", "`a` `evil.example/login` `b`"),
            ("`a` http://e `b`", "`a` `http://e` `b`"),
            ("`a` :skull: `b`", "`a` `:skull:` `b`"),
            ("` spaced `", "`\" spaced \"`"),
        ] {
            assert_eq!(Line::of_message(message).mrkdwn(200), mrkdwn, "{message}");
        }
    }

    #[test]
    fn plain_text_holds_no_command_and_no_link() {
        let line = Line::say("by ").and_quote("a\u{1b}[31m\r\nSubject: x\u{202e} https://evil.example");
        assert_eq!(line.plain(200), "by a\\u{1b}[31m\\u{d}\\u{a}Subject: x\\u{202e} https[://]evil.example");
    }

    #[test]
    fn a_cut_is_said_and_never_splits_an_escape() {
        assert_eq!(cut("abcdefghijkl", 12), "abcdefghijkl");
        assert_eq!(cut("abcdefghijklm", 12), "abcde… [cut]");
        assert_eq!(cut("abc&amp;xxxxxxxx", 12), "abc… [cut]");
        assert_eq!(cut("abcdef", 3), "");
        for max in 0..40 {
            let line = Line::say("words, ").and_quote("value&value&value").and_say(" more words");
            assert!(units(&line.mrkdwn(max)) <= max, "{max}: {}", line.mrkdwn(max));
        }
    }
}
