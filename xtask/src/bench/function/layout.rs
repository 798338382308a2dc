//! Where in the function's file the code lies that it runs.
//!
//! The kernel maps code a page at a time (some, around it) when it is first run, and each time costs a cold start a
//! microsecond or two; and the processor finds less of it in its tables the more pages it is scattered over. A quarter of the
//! code is all that most cold starts run; `functions/api/first-used.ld` tells the linker to put it side by side, and first
//! what each request runs. Here it is seen whether that file still names what is run, and written anew.

use std::{
    collections::{BTreeSet, HashMap},
    env::consts::OS,
    fs,
    path::{Path, PathBuf},
    slice::from_ref,
};

use anyhow::{Context as _, ensure};
use object::{Object as _, ObjectSection as _, ObjectSymbol as _, SymbolKind};

use super::{callgrind::Callgrind, events, goals::as_f64};
use crate::{bench::Verdict, checkout::root, programs, tools::Tools};

/// The part of the code for what is run first.
const SECTION: &str = ".text.first_used";

/// How much of what a start and a find run has to be in that part.
const GOAL: f64 = 0.9;

fn file() -> PathBuf {
    root().join("functions/api/first-used.ld")
}

/// Compares, and on request writes down what it found.
pub(in crate::bench) async fn run(tools: &Tools, write: bool) -> anyhow::Result<Verdict> {
    if OS != "linux" {
        println!("layout: valgrind follows programs of Linux; nothing to see here");
        return Ok(Verdict::NoGoal);
    }
    let function = programs::build_function_with_symbols(&tools.sam()?)?;
    let code = Code::read(&function)?;
    let callgrind = Callgrind::new(&function).await?;
    let find = events::find().event;
    let every = events::all().into_iter().map(|operation| operation.event);
    let every: Vec<_> = [find.clone()].into_iter().chain(every).collect();
    let once = callgrind.follow(0, from_ref(&find)).await?;
    let once = calls(&once);
    let first = code.known(&once);
    ensure!(
        !first.is_empty(),
        "valgrind saw none of the function's code"
    );
    let thrice = [find.clone(), find.clone(), find];
    let thrice = callgrind.follow(1, &thrice).await?;
    let finds = code.known(&called_more(&calls(&thrice), &once, 2));
    let later = code.known(&calls(&callgrind.follow(2, &every).await?));

    println!(
        "\n{:<34} {:>9} {:>15}",
        "layout", "functions", "of their bytes"
    );
    code.print("run by a find", &finds);
    let together = code.print("run by a start and a find", &first);
    code.print("run by the other operations alone", &(&later - &first));
    println!(
        "{SECTION} is {:.1} MB of {:.1} MB of code",
        as_f64(code.together) / 1e6,
        as_f64(code.total()) / 1e6
    );
    if write {
        let parts = [
            ("A find.", &finds),
            ("A start.", &first),
            ("The other operations.", &later),
        ];
        fs::write(file(), script(&parts))?;
        println!("written: {}", file().display());
        return Ok(Verdict::NoGoal);
    }
    let met = together >= GOAL;
    println!(
        "of what a start and a find run, at least {:.0} % is there: {}",
        GOAL * 100.0,
        if met {
            "met"
        } else {
            "missed: `cargo xtask bench layout --record` writes down anew what is run"
        }
    );
    Ok(if met { Verdict::Met } else { Verdict::Missed })
}

/// Fails if a program has no such part, or next to nothing in it.
pub(super) fn check(program: &Path) -> anyhow::Result<()> {
    let together = Code::read(program)?.together;
    ensure!(
        together > 1_000_000,
        "{} has {together} bytes of code in {SECTION}: the linker did not read {}, or it does not fit the code any more",
        program.display(),
        file().display()
    );
    Ok(())
}

/// The functions of a program.
#[derive(Debug)]
struct Code {
    functions: HashMap<String, Function>,
    /// The bytes of [`SECTION`].
    together: u64,
}

#[derive(Debug, Clone, Copy)]
struct Function {
    bytes: u64,
    is_together: bool,
}

impl Code {
    fn read(program: &Path) -> anyhow::Result<Self> {
        let content = fs::read(program)?;
        let content = object::File::parse(content.as_slice())
            .with_context(|| format!("{} is not a program", program.display()))?;
        let section = content.section_by_name(SECTION);
        let part = section.map_or(0..0, |it| it.address()..it.address() + it.size());
        let functions = content
            .symbols()
            .filter(|symbol| symbol.kind() == SymbolKind::Text && symbol.is_definition())
            .map(|symbol| {
                let function = Function {
                    bytes: symbol.size(),
                    is_together: part.contains(&symbol.address()),
                };
                Ok((symbol.name()?.to_owned(), function))
            })
            .collect::<anyhow::Result<_>>()?;
        Ok(Self {
            functions,
            together: part.end - part.start,
        })
    }

    fn total(&self) -> u64 {
        self.functions.values().map(|function| function.bytes).sum()
    }

    /// Those of the program's functions that were run.
    fn known(&self, run: &HashMap<&str, u64>) -> BTreeSet<&str> {
        let known = self.functions.keys().map(String::as_str);
        known.filter(|name| run.contains_key(name)).collect()
    }

    /// Prints a row, and gives the share of its bytes that lie together.
    fn print(&self, what: &str, names: &BTreeSet<&str>) -> f64 {
        let functions = || names.iter().filter_map(|name| self.functions.get(*name));
        let bytes: u64 = functions().map(|function| function.bytes).sum();
        let together = functions().filter(|function| function.is_together);
        let together: u64 = together.map(|function| function.bytes).sum();
        let share = as_f64(together) / as_f64(bytes.max(1));
        println!("{what:<34} {:>9} {:>13.0} %", names.len(), share * 100.0);
        share
    }
}

/// How often each function was called, in what callgrind wrote. It writes `fn=(12) name` where a function comes up first, with
/// `'2` behind it where it called itself, `fn=(12)` later, and `cfn=(12)` before each `calls=3 …`.
fn calls(seen: &str) -> HashMap<&str, u64> {
    let mut names = HashMap::new();
    let mut calls = HashMap::new();
    let mut last = None;
    for line in seen.lines() {
        if let Some(times) = line.strip_prefix("calls=") {
            let times = times.split(' ').next().map(str::parse::<u64>);
            if let (Some(name), Some(Ok(times))) = (last, times) {
                *calls.entry(name).or_insert(0) += times;
            }
        } else if let Some(number) = line.strip_prefix("fn=").or(line.strip_prefix("cfn=")) {
            let (number, name) = number.split_once(' ').unwrap_or((number, ""));
            if !name.is_empty() {
                let name = name.split_once('\'').map_or(name, |(name, _)| name);
                names.insert(number, name);
                calls.entry(name).or_insert(0);
            }
            last = names.get(number).copied();
        }
    }
    calls
}

/// The functions that were called at least so many times more in one run than in another.
fn called_more<'a>(
    more: &HashMap<&'a str, u64>,
    less: &HashMap<&str, u64>,
    times: u64,
) -> HashMap<&'a str, u64> {
    let is_more = |name: &str, calls| calls >= less.get(name).unwrap_or(&0) + times;
    let more = more.iter().filter(|(name, calls)| is_more(name, **calls));
    more.map(|(name, calls)| (*name, *calls)).collect()
}

/// What the linker reads: each part in a row, and nothing twice. A name's hash is another in each version of the compiler and
/// of a library, so any will do.
fn script(parts: &[(&str, &BTreeSet<&str>)]) -> String {
    let mut known = BTreeSet::new();
    let mut lines = Vec::new();
    for (what, names) in parts {
        lines.push(format!("    /* {what} */\n"));
        let patterns: BTreeSet<_> = names.iter().map(|name| pattern(name)).collect();
        for name in &patterns - &known {
            // Behind `.text` may stand how likely the compiler thinks the function is to be run.
            lines.push(format!("    *(.text*.{name})\n"));
            known.insert(name);
        }
    }
    let lines = lines.concat();
    format!(
        "/* Which code lies together: what a cold start runs. See docs/adr/0019.\n   \
         Written by `cargo xtask bench layout --record`. */\n\
         SECTIONS\n{{\n  {SECTION} :\n  {{\n{lines}  }}\n}}\nINSERT BEFORE .text;\n",
    )
}

/// What is longer is cut off: names reach some thousand letters, and few that begin alike for so long are not used alike.
const LONGEST: usize = 100;

/// `_ZN3api4http6router17h0123456789abcdefE.llvm.1` becomes `_ZN3api4http6router17h*`.
fn pattern(name: &str) -> String {
    let hash = name.rmatch_indices("17h").find(|(at, _)| {
        let behind = name.get(at + 3..).unwrap_or_default();
        let (hash, rest) = behind.split_at_checked(16).unwrap_or_default();
        !hash.is_empty()
            && hash.bytes().all(|byte| byte.is_ascii_hexdigit())
            && rest.starts_with('E')
    });
    let (kept, any) = match (hash, name.split_once(".llvm.")) {
        (Some((at, _)), _) => (name.get(..at + 3).unwrap_or(name), "*"),
        (None, Some((kept, _))) => (kept, "*"),
        (None, None) => (name, ""),
    };
    match kept.split_at_checked(LONGEST) {
        Some((start, rest)) if !rest.is_empty() => format!("{start}*"),
        _ => format!("{kept}{any}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn calls_are_added_up_by_the_name_that_was_written_first() {
        let seen = "fl=(1)\nfn=(1) main\n0 5\ncfn=(2) _ZN3api4http6router17h0123456789abcdefE\ncalls=1 0\n\
                    fn=(1)\nfn=(3) parse'2\ncfn=(2)\ncalls=2 +4 0\ntotals: 7\n";
        let expected = [
            ("_ZN3api4http6router17h0123456789abcdefE", 3),
            ("main", 0),
            ("parse", 0),
        ];
        assert_eq!(calls(seen), HashMap::from(expected));
    }

    #[test]
    fn hashes_and_what_is_very_long_are_left_out() {
        for (name, expected) in [
            (
                "_ZN3api4http6router17h0123456789abcdefE",
                "_ZN3api4http6router17h*",
            ),
            (
                "_ZN3api4http6router17h0123456789abcdefE.llvm.123",
                "_ZN3api4http6router17h*",
            ),
            ("helper.llvm.123", "helper*"),
            ("malloc", "malloc"),
            // A name that only looks so.
            (
                "_ZN3api17hello_to_everybodyE",
                "_ZN3api17hello_to_everybodyE",
            ),
            (
                "_RNvCs1234_7___rustc10rust_panic",
                "_RNvCs1234_7___rustc10rust_panic",
            ),
            ("17h", "17h"),
        ] {
            assert_eq!(pattern(name), expected);
        }
        assert_eq!(pattern(&"a".repeat(100)), "a".repeat(100));
        assert_eq!(pattern(&"a".repeat(101)), "a".repeat(100) + "*");
    }

    #[test]
    fn what_each_request_calls_is_told_from_what_a_start_calls() {
        let once = HashMap::from([("main", 0), ("start", 7), ("find", 1)]);
        let thrice = HashMap::from([("main", 0), ("start", 8), ("find", 3), ("later", 2)]);
        let expected = HashMap::from([("find", 3), ("later", 2)]);
        assert_eq!(called_more(&thrice, &once, 2), expected);
    }

    #[test]
    fn the_parts_follow_each_other_and_nothing_is_named_twice() {
        let finds = BTreeSet::from(["c17h0123456789abcdefE"]);
        let first = BTreeSet::from(["b", "c17hfedcba9876543210E"]);
        let later = BTreeSet::from(["a", "b"]);
        let script = script(&[("1", &finds), ("2", &first), ("3", &later)]);
        let names: Vec<_> = script
            .lines()
            .filter_map(|line| line.trim().strip_prefix("*(.text*."))
            .map(|line| line.strip_suffix(')').unwrap())
            .collect();
        assert_eq!(names, ["c17h*", "b", "a"]);
    }

    /// Without it, or with nothing in it, the linker would say nothing.
    #[test]
    fn the_linker_is_told_of_what_is_run_first() {
        let script = fs::read_to_string(file()).unwrap();
        let build = fs::read_to_string(root().join("functions/api/build.rs")).unwrap();
        assert!(build.contains("first-used.ld"));
        for needed in ["api_function", "orchestrator", "lambda_runtime", "rustls"] {
            assert!(script.contains(needed), "{needed}");
        }
    }
}
