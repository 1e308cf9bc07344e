//! Recorded answers: for every kind, what AWS says in the shapes of its API reference, and what is made of it.
//!
//! A file of `answers/` is one story. `about KIND ID` names the resource, `> LINE` a call as it arrives, `< STATUS` and the
//! lines up to an empty one the answer to it, and the rest, from `reads` on, what the reading says.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use super::aws::{Aws, Reply};
use super::*;

pub(super) struct Story {
    pub(super) name: String,
    pub(super) resource: ResourceId,
    pub(super) replies: Vec<(String, Reply)>,
    reads: Vec<String>,
}

pub(super) fn stories() -> Vec<Story> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("answers");
    let mut stories: Vec<_> = std::fs::read_dir(folder)
        .unwrap()
        .map(|file| {
            let path = file.unwrap().path();
            let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
            story(name, &std::fs::read_to_string(&path).unwrap())
        })
        .collect();
    stories.sort_by(|a, b| a.name.cmp(&b.name));
    stories
}

fn story(name: String, text: &str) -> Story {
    let (calls, reads) = text.split_once("\nreads\n").unwrap_or_else(|| panic!("{name} has no `reads`"));
    let mut resource = None;
    let mut replies = Vec::new();
    let mut lines = calls.lines();
    while let Some(line) = lines.next() {
        if let Some(about) = line.strip_prefix("about ") {
            let (kind, id) = about.split_once(' ').unwrap();
            resource = Some(super::resource(kind, id));
        } else if let Some(call) = line.strip_prefix("> ") {
            let status = lines.next().unwrap().strip_prefix("< ").unwrap().parse().unwrap();
            let body: Vec<_> = lines.by_ref().take_while(|line| !line.is_empty()).map(str::trim_start).collect();
            replies.push((call.to_owned(), Reply::new(status, &body.concat())));
        } else {
            assert!(line.is_empty() || line.starts_with('#'), "{name}: {line}");
        }
    }
    let reads = reads.lines().filter(|line| !line.is_empty()).map(str::to_owned).collect();
    Story { name, resource: resource.unwrap(), replies, reads }
}

#[tokio::test]
#[expect(clippy::disallowed_methods, reason = "blessing is asked for in the environment")]
async fn answers_become_states_by_exactly_the_declared_calls() {
    let mut made: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    let bless = std::env::var_os("TRAILHOUND_BLESS").is_some();
    for story in stories() {
        let aws = Aws::start();
        for (line, reply) in &story.replies {
            aws.tell(line, reply.clone());
        }
        let collector = Collector::new(&aws.config(), &Options::default());
        let reading = read(&collector, &story.resource).await;
        let asked: BTreeSet<_> = aws.asked().into_iter().map(|asked| asked.line).collect();
        let told: BTreeSet<_> = story.replies.iter().map(|(line, _)| line.clone()).collect();
        assert_eq!(asked, told, "{}: the calls made and the calls told of", story.name);
        if bless {
            let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("answers").join(format!("{}.txt", story.name));
            let text = std::fs::read_to_string(&path).unwrap();
            let (calls, _) = text.split_once("\nreads\n").unwrap();
            std::fs::write(&path, format!("{calls}\nreads\n{}\n", lines(&reading).join("\n"))).unwrap();
        } else {
            assert_eq!(lines(&reading), story.reads, "{}", story.name);
        }
        made.entry(story.resource.kind.name()).or_default().extend(collector.client.made());
    }
    // What is declared is what the generated policy allows: every action of it is used, and nothing else can be.
    for kind in super::super::kinds() {
        let declared: BTreeSet<_> =
            super::super::reads(kind).flat_map(|read| read.calls).map(|call| call.action).collect();
        assert_eq!(
            made.get(kind.name()).cloned().unwrap_or_default(),
            declared,
            "{kind}: calls made and calls declared"
        );
    }
}
