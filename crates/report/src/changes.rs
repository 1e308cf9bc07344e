//! What a transition changed, as lines: settings before and after, written as outlines and compared.

use trailhound_model::{Map, Value};

use crate::escape;

/// The most lines of a change that are shown.
const LINES_MAX: usize = 80;

/// The most characters of a line that are shown.
const WIDTH_MAX: usize = 240;

/// Unchanged lines kept on each side of a changed one.
const AROUND: usize = 2;

/// Above this many comparisons, all lines of one side are taken for new.
const COMPARISONS_MAX: usize = 40_000;

/// A change as lines of text. Each begins with its mark: `-` before, `+` after, a blank for both, `@` for the name of a
/// facet, `…` for lines left out. Safe for terminals; not for HTML.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Changes {
    /// The lines, each ended by `\n` except the last.
    pub text: String,
    /// How many lines, or ends of lines, were left out for their length.
    pub cut: usize,
}

/// Compares the facets of a transition. Empty if nothing is recorded.
#[must_use]
pub fn changes(before: &Value, after: &Value) -> Changes {
    let nothing = Map::new();
    let (before, after) = (before.as_map().unwrap_or(&nothing), after.as_map().unwrap_or(&nothing));
    let mut names: Vec<&str> = before.keys().chain(after.keys()).map(|name| &**name).collect();
    names.sort_unstable();
    names.dedup();
    let mut lines = Vec::new();
    for name in names {
        lines.push(('@', name.to_owned()));
        let (old, new) = (outline(before.get(name)), outline(after.get(name)));
        lines.extend(folded(compare(&old, &new)));
    }
    let mut changes = Changes::default();
    let more = lines.len().saturating_sub(LINES_MAX);
    for (mark, line) in lines.into_iter().take(LINES_MAX) {
        push(&mut changes, mark, &line);
    }
    if more > 0 {
        push(&mut changes, '…', &format!("{more} more lines"));
        changes.cut += more;
    }
    changes
}

fn push(changes: &mut Changes, mark: char, line: &str) {
    if !changes.text.is_empty() {
        changes.text.push('\n');
    }
    changes.text.push(mark);
    let line = escape::terminal(line);
    if line.chars().count() > WIDTH_MAX {
        changes.text.extend(line.chars().take(WIDTH_MAX));
        changes.text.push('…');
        changes.cut += 1;
    } else {
        changes.text.push_str(&line);
    }
}

/// A value as indented lines: `name: value`, list entries behind `- `, text in quotes.
fn outline(value: Option<&Value>) -> Vec<String> {
    let mut lines = Vec::new();
    write(&mut lines, 0, "", value.unwrap_or(&Value::Null));
    lines
}

fn write(lines: &mut Vec<String>, depth: usize, label: &str, value: &Value) {
    let indent = "  ".repeat(depth);
    // A name without a value on its line needs no line if it is empty: the top.
    let head = |lines: &mut Vec<String>| {
        if label.is_empty() {
            depth
        } else {
            lines.push(format!("{indent}{}", label.trim_end()));
            depth + 1
        }
    };
    match value {
        Value::Map(map) if !map.is_empty() => {
            let depth = head(lines);
            for (name, member) in map {
                write(lines, depth, &format!("{name}: "), member);
            }
        }
        Value::List(list) if !list.is_empty() => {
            let scalars = list.iter().all(|entry| !matches!(entry, Value::Map(_) | Value::List(_)));
            let json = value.to_json();
            if scalars && json.len() <= 80 {
                lines.push(format!("{indent}{label}{json}"));
            } else {
                let depth = head(lines);
                for entry in list {
                    write(lines, depth, "- ", entry);
                }
            }
        }
        // Policies are text that is JSON.
        Value::Text(text) if text.starts_with('{') => match Value::from_json(text) {
            Ok(document @ Value::Map(_)) => write(lines, depth, label, &document),
            _ => lines.push(format!("{indent}{label}{}", value.to_json())),
        },
        Value::Null => lines.push(format!("{indent}{label}nothing")),
        Value::Text(text) if depth == 0 && text.starts_with("unknown: ") => lines.push(text.to_string()),
        _ => lines.push(format!("{indent}{label}{}", value.to_json())),
    }
}

/// Lines of both, marked: the longest common subsequence stays.
fn compare(old: &[String], new: &[String]) -> Vec<(char, String)> {
    let same = old.iter().zip(new).take_while(|(a, b)| a == b).count();
    let rest = |lines: &[String]| lines.get(same..).unwrap_or_default().to_vec();
    let (old_rest, new_rest) = (rest(old), rest(new));
    let mut lines: Vec<(char, String)> = old.iter().take(same).map(|line| (' ', line.clone())).collect();
    let (rows, columns) = (old_rest.len(), new_rest.len());
    if rows * columns > COMPARISONS_MAX {
        lines.extend(old_rest.into_iter().map(|line| ('-', line)));
        lines.extend(new_rest.into_iter().map(|line| ('+', line)));
        return lines;
    }
    // common[i][j]: the length of the longest common subsequence of what follows i and j.
    let mut common = vec![vec![0_u32; columns + 1]; rows + 1];
    let at = |common: &[Vec<u32>], i: usize, j: usize| common.get(i).and_then(|row| row.get(j)).copied().unwrap_or(0);
    for i in (0..rows).rev() {
        for j in (0..columns).rev() {
            let best = if old_rest.get(i) == new_rest.get(j) {
                at(&common, i + 1, j + 1) + 1
            } else {
                at(&common, i + 1, j).max(at(&common, i, j + 1))
            };
            if let Some(cell) = common.get_mut(i).and_then(|row| row.get_mut(j)) {
                *cell = best;
            }
        }
    }
    let (mut i, mut j) = (0, 0);
    loop {
        match (old_rest.get(i), new_rest.get(j)) {
            (Some(a), Some(b)) if a == b => {
                lines.push((' ', a.clone()));
                (i, j) = (i + 1, j + 1);
            }
            (Some(a), b) if b.is_none() || at(&common, i + 1, j) >= at(&common, i, j + 1) => {
                lines.push(('-', a.clone()));
                i += 1;
            }
            (_, Some(b)) => {
                lines.push(('+', b.clone()));
                j += 1;
            }
            _ => return lines,
        }
    }
}

/// Runs of unchanged lines far from any change, folded into one line that says how many.
fn folded(lines: Vec<(char, String)>) -> Vec<(char, String)> {
    let changed: Vec<usize> =
        lines.iter().enumerate().filter(|(_, (mark, _))| *mark != ' ').map(|(index, _)| index).collect();
    let near = |index: usize| {
        let next = changed.partition_point(|at| *at < index);
        let close = |at: Option<&usize>| at.is_some_and(|at| at.abs_diff(index) <= AROUND);
        close(changed.get(next)) || next.checked_sub(1).is_some_and(|before| close(changed.get(before)))
    };
    let mut kept = Vec::with_capacity(lines.len());
    let mut hidden = 0;
    for (index, line) in lines.into_iter().enumerate() {
        if near(index) {
            if hidden > 0 {
                kept.push(('…', format!("{hidden} unchanged")));
                hidden = 0;
            }
            kept.push(line);
        } else {
            hidden += 1;
        }
    }
    if hidden > 0 {
        kept.push(('…', format!("{hidden} unchanged")));
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    fn json(text: &str) -> Value {
        Value::from_json(text).unwrap()
    }

    fn text(before: &str, after: &str) -> String {
        changes(&json(before), &json(after)).text
    }

    #[test]
    fn a_changed_member_is_two_lines_among_what_stayed() {
        assert_eq!(
            text(
                r#"{"block":{"A":true,"B":true,"C":true,"D":true,"E":true}}"#,
                r#"{"block":{"A":true,"B":true,"C":true,"D":true,"E":false}}"#
            ),
            "@block\n…2 unchanged\n C: true\n D: true\n-E: true\n+E: false"
        );
    }

    #[test]
    fn nothing_and_unknown_are_said() {
        assert_eq!(text(r#"{"policy":null}"#, r#"{"policy":["a"]}"#), "@policy\n-nothing\n+[\"a\"]");
        assert_eq!(
            text(r#"{"policy":"unknown: not in these logs"}"#, r#"{"policy":1}"#),
            "@policy\n-unknown: not in these logs\n+1"
        );
        assert_eq!(text("null", "null"), "");
    }

    #[test]
    fn a_policy_is_opened() {
        let after = r#"{"policy":"{\"Statement\":[{\"Effect\":\"Allow\",\"Principal\":\"*\"}]}"}"#;
        assert_eq!(
            text("{}", after),
            "@policy\n-nothing\n+Statement:\n+  -\n+    Effect: \"Allow\"\n+    Principal: \"*\""
        );
    }

    #[test]
    fn an_entry_put_between_others_is_one_line() {
        let before = r#"{"rules":{"a":1,"c":3}}"#;
        assert_eq!(text(before, r#"{"rules":{"a":1,"b":2,"c":3}}"#), "@rules\n a: 1\n+b: 2\n c: 3");
    }

    #[test]
    fn what_is_long_is_cut_and_counted() {
        let entries: Vec<String> = (0..200).map(|entry| format!("\"k{entry:03}\":{entry}")).collect();
        let long = "x".repeat(1_000);
        let changes = changes(&Value::Null, &json(&format!("{{\"f\":{{{},\"l\":\"{long}\"}}}}", entries.join(","))));
        assert_eq!(changes.text.lines().count(), LINES_MAX + 1);
        assert!(changes.text.ends_with("…123 more lines"), "{}", changes.text);
        assert_eq!(changes.cut, 123);
        let wide = super::changes(&Value::Null, &json(&format!("{{\"f\":\"{long}\"}}")));
        assert_eq!(wide.cut, 1);
        assert!(wide.text.chars().count() < 300);
    }

    #[test]
    fn hostile_text_stays_on_its_line() {
        let after = Value::map([("f", Some(Value::map([("a\n+b", Some("\u{202e}\n+c".into()))])))]);
        let text = changes(&Value::Null, &after).text;
        assert_eq!(text, "@f\n-nothing\n+a\\u{a}+b: \"\\u{202e}\\n+c\"");
    }
}
