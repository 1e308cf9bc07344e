//! A rule's page, parsed: the subset of Markdown that pages use.

use serde::Serialize;

/// A block of a section. Inline code keeps its backticks.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case", tag = "is", content = "text")]
pub enum Block {
    /// A paragraph on one line.
    Paragraph(String),
    /// An entry of a list on one line.
    Entry(String),
    /// Lines as they are.
    Code(String),
}

/// The blocks of the section under `## name`; none if the page has no such section.
#[must_use]
pub fn section(page: &str, name: &str) -> Vec<Block> {
    // Doc comments keep the blank after the slashes.
    let lines = page.lines().map(|line| line.strip_prefix(' ').unwrap_or(line));
    let mut lines = lines.skip_while(|line| line.strip_prefix("## ").is_none_or(|found| found.trim() != name));
    lines.next();
    let mut blocks = Vec::new();
    let mut open = false;
    let mut fence: Option<String> = None;
    for line in lines {
        if let Some(code) = &mut fence {
            if line.trim_end() == "```" {
                blocks.push(Block::Code(fence.take().unwrap_or_default()));
            } else {
                code.push_str(line);
                code.push('\n');
            }
        } else if line.starts_with("## ") {
            break;
        } else if line.starts_with("```") {
            fence = Some(String::new());
            open = false;
        } else if line.trim().is_empty() {
            open = false;
        } else if let Some(entry) = line.strip_prefix("- ") {
            blocks.push(Block::Entry(entry.trim().to_owned()));
            open = true;
        } else if let (true, Some(Block::Entry(text) | Block::Paragraph(text))) = (open, blocks.last_mut()) {
            text.push(' ');
            text.push_str(line.trim());
        } else {
            blocks.push(Block::Paragraph(line.trim().to_owned()));
            open = true;
        }
    }
    blocks.extend(fence.map(Block::Code));
    blocks
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_paragraphs_and_code_are_told_apart() {
        let page = " Title.\n\n ## Why\n Because\n of this.\n\n And that.\n\n ## Fix\n - Console: here.\n - CLI: `aws\n   \
                    more`\n\n Then:\n ```text\n a\n   b\n ```\n\n ## Limits\n None.\n";
        assert_eq!(
            section(page, "Why"),
            [Block::Paragraph("Because of this.".to_owned()), Block::Paragraph("And that.".to_owned())]
        );
        assert_eq!(
            section(page, "Fix"),
            [
                Block::Entry("Console: here.".to_owned()),
                Block::Entry("CLI: `aws more`".to_owned()),
                Block::Paragraph("Then:".to_owned()),
                Block::Code("a\n  b\n".to_owned()),
            ]
        );
        assert_eq!(section(page, "Nothing"), []);
    }

    #[test]
    fn every_rule_says_how_to_fix_it() {
        for (id, rule) in trailhound_rules::all() {
            assert!(!section(rule.page, "Fix").is_empty(), "{id}");
            assert!(!section(rule.page, "Why").is_empty(), "{id}");
        }
    }
}
