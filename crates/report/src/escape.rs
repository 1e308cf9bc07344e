//! Text from events is hostile: names, user agents and documents are chosen by whoever made the call.

use std::borrow::Cow;

/// Text for a terminal: control characters, which could move the cursor or change colours, and characters that reverse
/// the direction of reading are written as `\u{..}`; line breaks too, so that a value cannot pretend to be another line.
#[must_use]
pub fn terminal(text: &str) -> Cow<'_, str> {
    if !text.chars().any(is_unsafe) {
        return Cow::Borrowed(text);
    }
    let mut safe = String::with_capacity(text.len() + 16);
    for letter in text.chars() {
        if is_unsafe(letter) { safe.extend(letter.escape_unicode()) } else { safe.push(letter) }
    }
    Cow::Owned(safe)
}

/// Control characters, and characters that cannot be seen: they reverse the direction of reading, or hide text.
#[must_use]
pub fn is_unsafe(letter: char) -> bool {
    letter.is_control()
        || matches!(
            letter,
            '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{2069}'
                | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}'
        )
}

/// A CSV cell: a spreadsheet takes a cell that begins with one of these for a formula and may run it, so a quote goes
/// before it (CWE-1236). Full-width forms count too where the spreadsheet's language is Japanese or Chinese. Quoting for
/// CSV itself is the writer's.
#[must_use]
pub fn csv(text: &str) -> Cow<'_, str> {
    match text.chars().next() {
        Some('=' | '+' | '-' | '@' | '\t' | '\r' | '\n' | '＝' | '＋' | '－' | '＠') => {
            Cow::Owned(format!("'{text}"))
        }
        _ => Cow::Borrowed(text),
    }
}

/// JSON for a `script` element: `<`, `>` and `&` as escapes, so that no text can end the element, and the two line
/// separators that JavaScript once refused.
#[must_use]
pub fn json_in_html(json: &str) -> String {
    json.replace('<', "\\u003c")
        .replace('>', "\\u003e")
        .replace('&', "\\u0026")
        .replace('\u{2028}', "\\u2028")
        .replace('\u{2029}', "\\u2029")
}

/// Markdown: characters that would format, link or begin a table cell are escaped.
#[must_use]
pub fn markdown(text: &str) -> String {
    let mut safe = String::with_capacity(text.len() + 8);
    for letter in terminal(text).chars() {
        if matches!(
            letter,
            '\\' | '`' | '*' | '_' | '{' | '}' | '[' | ']' | '<' | '>' | '(' | ')' | '#' | '|' | '!' | '~'
        ) {
            safe.push('\\');
        }
        safe.push(letter);
    }
    safe
}

/// Markdown: a value as a code span, in which nothing formats, links or mentions anybody.
#[must_use]
pub fn markdown_code(text: &str) -> String {
    let text = terminal(text);
    let longest = text.split(|letter| letter != '`').map(str::len).max().unwrap_or_default();
    let fence = "`".repeat(longest + 1);
    // A space on both sides is taken off by the reader, and lets a value begin or end with a backtick.
    let pad = if text.is_empty() || text.starts_with(['`', ' ']) || text.ends_with(['`', ' ']) { " " } else { "" };
    format!("{fence}{pad}{text}{pad}{fence}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_reaches_a_terminal_that_could_command_it() {
        assert_eq!(terminal("a\u{1b}[31mred\u{7}\nnext\u{202e}"), "a\\u{1b}[31mred\\u{7}\\u{a}next\\u{202e}");
        assert!(matches!(terminal("plain – text"), Cow::Borrowed(_)));
    }

    #[test]
    fn formulas_become_text() {
        for formula in ["=HYPERLINK(1)", "+1", "-1", "@SUM(1)", "\t=1", "＝1"] {
            assert!(csv(formula).starts_with('\''), "{formula}");
        }
        assert_eq!(csv("a=b"), "a=b");
    }

    #[test]
    fn no_text_can_end_a_script() {
        assert_eq!(json_in_html(r#""</script><!--&""#), r#""\u003c/script\u003e\u003c!--\u0026""#);
    }

    #[test]
    fn a_code_span_ends_where_its_value_ends() {
        for (text, span) in
            [("acme", "`acme`"), ("a`b", "``a`b``"), ("``", "``` `` ```"), ("@team\n# x", "`@team\\u{a}# x`")]
        {
            assert_eq!(markdown_code(text), span);
        }
    }
}
