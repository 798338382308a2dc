//! A page with commands and their expected output.
//!
//! A block of `sh` is run as it stands; the block of `text` after it, if there is one, is its expected output, line by
//! line. There, `…` stands for one or more characters.

use std::fmt::Write as _;

/// The server's URL in the pages.
const SERVER: &str = "http://127.0.0.1:3000";
/// The separator that is printed after each block.
const SEPARATOR: char = '\u{1e}';

/// The steps of a page.
#[derive(Debug, Clone)]
pub(crate) struct Page {
    steps: Vec<Step>,
}

#[derive(Debug, Clone)]
struct Step {
    /// The line of the page on which it begins.
    line: usize,
    commands: String,
    expected: Vec<String>,
}

impl Page {
    pub(crate) fn read(text: &str) -> Self {
        let mut steps: Vec<Step> = Vec::new();
        let mut lines = (1..).zip(text.lines());
        while let Some((line, begin)) = lines.next() {
            let Some(language) = begin.strip_prefix("```") else {
                continue;
            };
            let block = lines.by_ref().map(|(_, text)| text.to_owned());
            let block: Vec<_> = block.take_while(|text| text != "```").collect();
            match language {
                "sh" => steps.push(Step {
                    line,
                    commands: block.join("\n"),
                    expected: Vec::new(),
                }),
                "text" => {
                    let step = steps.last_mut().expect("commands come first");
                    assert!(step.expected.is_empty(), "line {line}: a second answer");
                    step.expected = block;
                }
                _ => {}
            }
        }
        assert!(!steps.is_empty());
        Self { steps }
    }

    /// All commands, for the server at this URL.
    pub(crate) fn script(&self, url: &str) -> String {
        let mut script = String::new();
        for step in &self.steps {
            let commands = step.commands.replace(SERVER, url);
            writeln!(script, "{commands}\nprintf '\\036'").unwrap();
        }
        script
    }

    /// The lines in which the printed output differs from the page.
    pub(crate) fn differences(&self, printed: &str) -> Vec<String> {
        let blocks: Vec<_> = printed.split_terminator(SEPARATOR).collect();
        assert_eq!(blocks.len(), self.steps.len());
        let mut differences = Vec::new();
        for (step, block) in self.steps.iter().zip(blocks) {
            let mut printed = block.lines();
            let mut expected = step.expected.iter();
            loop {
                let (expected, printed) = (expected.next(), printed.next());
                match (expected, printed) {
                    (None, None) => break,
                    (Some(expected), Some(printed)) if fits(expected, printed) => {}
                    _ => differences.push(format!(
                        "commands of line {}\n  expected: {}\n  printed:  {}",
                        step.line,
                        expected.map_or("nothing", String::as_str),
                        printed.map_or("nothing".to_owned(), masked),
                    )),
                }
            }
        }
        differences
    }

    /// This page with a mistake in one line, for each line of what it expects.
    pub(crate) fn with_one_line_wrong(&self) -> impl Iterator<Item = Self> {
        let places = self.steps.iter().enumerate();
        let places = places.flat_map(|(step, of)| (0..of.expected.len()).map(move |i| (step, i)));
        places.map(|(step, i)| {
            let mut wrong = self.clone();
            let line = &mut wrong.steps[step].expected[i];
            // The last digit of the status.
            let digit = line.pop().expect("a status");
            line.push(if digit == '9' { '0' } else { '9' });
            wrong
        })
    }
}

/// True if a printed line matches the expected one.
fn fits(expected: &str, printed: &str) -> bool {
    let mut parts = expected.split('…');
    let Some(mut rest) = parts.next().and_then(|first| printed.strip_prefix(first)) else {
        return false;
    };
    let mut parts = parts.peekable();
    while let Some(part) = parts.next() {
        let Some(skipped) = rest.chars().next().map(char::len_utf8) else {
            return false;
        };
        if parts.peek().is_none() {
            return rest[skipped..].ends_with(part);
        }
        let Some(at) = rest[skipped..].find(part) else {
            return false;
        };
        rest = &rest[skipped + at + part.len()..];
    }
    rest.is_empty()
}

/// A line with tokens and the like masked: they are of no use in a failure message.
fn masked(line: &str) -> String {
    let mask = |(i, part): (usize, &str)| {
        let hide = i % 2 == 1 && part.len() > 24 && !part.starts_with("/problems/");
        if hide {
            "…".to_owned()
        } else {
            part.to_owned()
        }
    };
    let parts: Vec<_> = line.split('"').enumerate().map(mask).collect();
    parts.join("\"")
}
