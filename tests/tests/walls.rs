//! The walls between the crates, and the order of the modules in each crate of `shared/`.
//!
//! It reads manifests and imports, because it checks the structure of the code and not its behaviour.
#![expect(clippy::unwrap_used, reason = "a test")]

use std::{
    collections::{BTreeMap, BTreeSet, VecDeque},
    fmt::Write as _,
    fs,
    path::{Path, PathBuf},
};

/// The crates of HTTP, AWS and Lambda, which nouns leave to the kit, by the first part of their names.
const OF_THE_KIT: [&str; 6] = ["aws", "axum", "http", "hyper", "lambda", "tower"];

/// A crate of the workspace.
struct Package {
    folder: PathBuf,
    /// Its dependencies, without those of its tests.
    dependencies: BTreeSet<String>,
}

/// The crates in the folders of `place`, by name.
fn packages(place: &str) -> BTreeMap<String, Package> {
    let place = Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(place);
    let folders = fs::read_dir(place)
        .unwrap()
        .map(|entry| entry.unwrap().path());
    folders
        .filter(|folder| folder.join("Cargo.toml").exists())
        .map(|folder| {
            let manifest = fs::read_to_string(folder.join("Cargo.toml")).unwrap();
            let (name, dependencies) = read_manifest(&manifest);
            let package = Package {
                folder,
                dependencies,
            };
            (name, package)
        })
        .collect()
}

/// The name of a crate and its dependencies. Each is a line that takes it from the workspace, so its name is the crate's.
fn read_manifest(manifest: &str) -> (String, BTreeSet<String>) {
    let (mut section, mut name, mut dependencies) = ("", "", BTreeSet::new());
    for line in manifest.lines() {
        if line.starts_with('[') {
            section = line;
            assert!(
                !line.contains("dependencies."),
                "{line}: write it as a line"
            );
        } else if let Some((key, value)) = line.split_once('=') {
            if section == "[package]" && key.trim() == "name" {
                name = value.trim().trim_matches('"');
            }
            if section.ends_with("dependencies]") {
                assert!(
                    line.contains("workspace = true"),
                    "{line}: take it from the workspace"
                );
                let dependency = key.trim().trim_end_matches(".workspace");
                if !section.contains("dev-") {
                    dependencies.insert(dependency.to_owned());
                }
            }
        }
    }
    (name.to_owned(), dependencies)
}

/// True if a crate declares a resource.
fn is_noun(package: &Package) -> bool {
    let mut sources = sources(&package.folder.join("src")).into_values();
    sources.any(|text| {
        let mut lines = text.lines().map(str::trim_start);
        lines.any(|line| line.starts_with("kit::resource!"))
    })
}

/// The names of the nouns.
fn nouns(shared: &BTreeMap<String, Package>) -> BTreeSet<&str> {
    let nouns = shared.iter().filter(|(_, package)| is_noun(package));
    let nouns: BTreeSet<_> = nouns.map(|(name, _)| name.as_str()).collect();
    assert!(nouns.contains("movies"), "{nouns:?}");
    nouns
}

/// The names of all crates of ours but the peers of the benchmarks.
fn ours() -> BTreeSet<String> {
    let places = ["shared", "functions", "tools", "."].into_iter();
    places
        .flat_map(|place| packages(place).into_keys())
        .collect()
}

#[test]
fn each_shared_crate_depends_on_those_below_it_alone() {
    let shared = packages("shared");
    let (nouns, ours) = (nouns(&shared), ours());
    for (name, package) in &shared {
        let mut below = BTreeSet::new();
        if name != "kit" {
            below.insert("kit");
        }
        if ["service", "local"].contains(&name.as_str()) {
            below.insert("accounts");
            below.extend(&nouns);
        }
        if name == "local" {
            below.insert("service");
        }
        let mut others = package.dependencies.intersection(&ours);
        let other = others.find(|other| !below.contains(other.as_str()));
        assert_eq!(other, None, "{name} may not depend on it");
    }
}

#[test]
fn a_noun_leaves_http_and_aws_to_the_kit() {
    let shared = packages("shared");
    for name in nouns(&shared) {
        let dependencies = shared[name].dependencies.iter();
        let mut of_the_kit = dependencies.filter(|dependency| {
            let first = dependency.split(['-', '_']).next();
            first.is_some_and(|first| OF_THE_KIT.contains(&first))
        });
        assert_eq!(of_the_kit.next(), None, "{name} may not depend on it");
    }
}

#[test]
fn the_service_has_every_noun() {
    let shared = packages("shared");
    for noun in nouns(&shared) {
        let has = shared["service"].dependencies.contains(noun);
        assert!(
            has,
            "{noun} declares a resource that no store and no route is made of"
        );
    }
}

#[test]
fn a_function_links_neither_the_stand_ins_nor_a_tool() {
    let mut refused: BTreeSet<_> = packages("tools").into_keys().collect();
    refused.extend(["local".to_owned(), "tests".to_owned()]);
    for (name, package) in packages("functions") {
        let linked = package.dependencies.intersection(&refused).next();
        assert_eq!(linked, None, "{name} may not depend on it");
    }
}

#[test]
fn no_modules_import_each_other_in_a_circle() {
    let mut found = String::new();
    for (name, package) in packages("shared") {
        let modules = Modules::of(&sources(&package.folder.join("src")));
        for circle in modules.circles() {
            let _ = writeln!(found, "{name}: {} -> {}", circle.join(" -> "), circle[0]);
        }
    }
    assert!(found.is_empty(), "modules import each other:\n{found}");
}

/// The text of each module's file, by the module's path: `store::dynamo`, and nothing for the crate itself. Programs in
/// `bin` are crates of their own.
fn sources(folder: &Path) -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    let mut folders = vec![(folder.to_owned(), String::new())];
    while let Some((folder, prefix)) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_stem().unwrap().to_str().unwrap();
            let module = match (prefix.as_str(), name) {
                ("", "lib") => String::new(),
                ("", "bin") => continue,
                (prefix, name) => join(prefix, name),
            };
            if path.is_dir() {
                folders.push((path, module));
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                found.insert(module, fs::read_to_string(&path).unwrap());
            }
        }
    }
    found
}

/// The modules of a crate, a file each, and what they import of each other. Modules that only tests have are left out.
#[derive(Default)]
struct Modules {
    /// The imports of each file, by paths from the crate's root.
    imports: BTreeMap<String, Vec<String>>,
    /// The full path of each name that a file imports: `http::Problem` for `http::error::Problem`.
    names: BTreeMap<String, String>,
}

impl Modules {
    fn of(sources: &BTreeMap<String, String>) -> Self {
        let code = sources
            .iter()
            .map(|(module, text)| (module, without_tests(text)));
        let code: Vec<_> = code.collect();
        let of_tests: BTreeSet<_> = code
            .iter()
            .flat_map(|(module, (_, names))| names.iter().map(|name| join(module, name)))
            .collect();
        let mut modules = Self::default();
        for (module, (lines, _)) in code {
            if !of_tests.iter().any(|test| is_within(module, test)) {
                modules.add(module, &lines);
            }
        }
        modules
    }

    /// Adds the imports of a file.
    fn add(&mut self, file: &str, lines: &[&str]) {
        let mut all = Vec::new();
        let mut inline: Vec<(usize, &str)> = Vec::new();
        let mut lines = lines.iter();
        while let Some(line) = lines.next() {
            let trimmed = line.trim_start();
            let indent = line.len() - trimmed.len();
            let item = without_visibility(trimmed);
            if let Some(rest) = item.strip_prefix("mod ") {
                if let Some(name) = rest.strip_suffix(" {") {
                    inline.push((indent, name));
                }
            } else if trimmed == "}" && inline.last().is_some_and(|(at, _)| *at == indent) {
                inline.pop();
            } else if let Some(start) = item.strip_prefix("use ") {
                let mut tree = start.to_owned();
                while !tree.ends_with(';') {
                    tree.push_str(lines.next().unwrap().trim());
                }
                let names = inline.iter().map(|(_, name)| *name);
                let here = names.fold(file.to_owned(), |path, name| join(&path, name));
                for path in expanded(tree.trim_end_matches(';')) {
                    all.extend(self.import(&here, &path));
                }
            }
        }
        self.imports.insert(file.to_owned(), all);
    }

    /// Notes the name that an import makes in the module `here`, and returns the path; `None` if it is another crate's.
    fn import(&mut self, here: &str, path: &str) -> Option<String> {
        let (path, name) = match path.split_once(" as ") {
            Some((path, name)) => (path, Some(name)),
            None => (path, None),
        };
        let (first, mut rest) = path.split_once("::").unwrap_or((path, ""));
        let mut from = match first {
            "crate" => String::new(),
            "self" => here.to_owned(),
            "super" => parent(here).to_owned(),
            _ => return None,
        };
        while let Some(above) = rest.strip_prefix("super::") {
            from.truncate(parent(&from).len());
            rest = above;
        }
        let path = rest
            .split("::")
            .filter(|name| !["", "self", "*"].contains(name))
            .fold(from, |path, name| join(&path, name));
        let last = path.rsplit("::").next().unwrap_or_default();
        self.names
            .insert(join(here, name.unwrap_or(last)), path.clone());
        Some(path)
    }

    /// The file that has what a path names, wherever it is imported on the way.
    fn file(&self, path: &str) -> &str {
        let mut path = path.to_owned();
        // A name stands for another a few times at most; names that stand for each other end here.
        for _ in 0..16 {
            let file = self.nearest(&path);
            let stands_for = prefixes(&path)
                .take_while(|prefix| prefix.len() > file.len())
                .find_map(|prefix| Some((prefix, self.names.get(prefix)?)));
            match stands_for {
                Some((prefix, other)) if other != prefix => {
                    path = format!("{other}{}", &path[prefix.len()..]);
                }
                _ => return file,
            }
        }
        self.nearest(&path)
    }

    /// The file of the longest part of a path.
    fn nearest(&self, path: &str) -> &str {
        let mut files = prefixes(path).filter_map(|prefix| self.imports.get_key_value(prefix));
        files.next().map_or("", |(file, _)| file)
    }

    /// The other files that each file imports from, but for those above and below it.
    fn edges(&self) -> BTreeMap<&str, BTreeSet<&str>> {
        let mut edges = BTreeMap::new();
        for (file, paths) in &self.imports {
            let others = paths.iter().map(|path| self.file(path));
            let beside = others.filter(|other| !is_within(file, other) && !is_within(other, file));
            edges.insert(file.as_str(), beside.collect());
        }
        edges
    }

    /// A shortest circle through each file that is in one.
    fn circles(&self) -> BTreeSet<Vec<&str>> {
        let edges = self.edges();
        let files = edges.keys();
        files.filter_map(|file| circle(&edges, file)).collect()
    }
}

/// A shortest circle through a file, from the file that is first in the alphabet.
fn circle<'a>(
    edges: &BTreeMap<&'a str, BTreeSet<&'a str>>,
    start: &'a str,
) -> Option<Vec<&'a str>> {
    let mut ways = VecDeque::from([vec![start]]);
    let mut seen = BTreeSet::new();
    while let Some(mut way) = ways.pop_front() {
        for next in edges.get(way.last()?)? {
            if *next == start {
                let first = (0..way.len()).min_by_key(|at| way[*at])?;
                way.rotate_left(first);
                return Some(way);
            }
            if seen.insert(*next) {
                ways.push_back([way.as_slice(), &[*next]].concat());
            }
        }
    }
    None
}

/// The lines of a file without comments and what only tests have, and the names of the modules that only tests have.
fn without_tests(text: &str) -> (Vec<&str>, Vec<&str>) {
    let (mut kept, mut of_tests) = (Vec::new(), Vec::new());
    let lines = text.lines();
    let mut lines = lines.filter(|line| !line.trim_start().starts_with("//"));
    while let Some(line) = lines.next() {
        if line != "#[cfg(test)]" {
            kept.push(line);
            continue;
        }
        // The item ends with its first line that ends with a semicolon, or where its first block ends.
        for line in lines.by_ref() {
            if let Some(rest) = without_visibility(line).strip_prefix("mod ") {
                of_tests.extend(rest.strip_suffix(';'));
            }
            if line.ends_with('{') {
                let _ = lines.find(|line| *line == "}");
                break;
            }
            if line.ends_with(';') {
                break;
            }
        }
    }
    (kept, of_tests)
}

/// An item without its `pub`.
fn without_visibility(item: &str) -> &str {
    match item.strip_prefix("pub(") {
        Some(rest) => rest.split_once(") ").map_or(item, |(_, rest)| rest),
        None => item.strip_prefix("pub ").unwrap_or(item),
    }
}

/// The paths of an import: `a::{b, c::d}` has `a::b` and `a::c::d`.
fn expanded(tree: &str) -> Vec<String> {
    let Some((prefix, list)) = tree.split_once('{') else {
        return vec![tree.trim().to_owned()];
    };
    let list = list.trim_end().strip_suffix('}').unwrap();
    let mut depth = 0;
    let entries = list.split(|character| {
        match character {
            '{' => depth += 1,
            '}' => depth -= 1,
            _ => {}
        }
        character == ',' && depth == 0
    });
    entries
        .filter(|entry| !entry.trim().is_empty())
        .flat_map(expanded)
        .map(|path| format!("{}{path}", prefix.trim()))
        .collect()
}

fn join(path: &str, name: &str) -> String {
    if path.is_empty() {
        name.to_owned()
    } else {
        format!("{path}::{name}")
    }
}

fn parent(path: &str) -> &str {
    path.rsplit_once("::").map_or("", |(parent, _)| parent)
}

/// A path and those above it, the longest first.
fn prefixes(path: &str) -> impl Iterator<Item = &str> {
    std::iter::successors(Some(path), |path| (!path.is_empty()).then(|| parent(path)))
}

/// True if a module is another one, or lies below it.
fn is_within(module: &str, other: &str) -> bool {
    prefixes(module).any(|prefix| prefix == other)
}

/// The name of the case, the files of a crate beside `lib.rs`, and the circle that is found.
type Row = (
    &'static str,
    &'static [(&'static str, &'static str)],
    &'static [&'static str],
);

#[rustfmt::skip]
const CIRCLES: &[Row] = &[
    ("two files", &[("a", "use crate::b::B;"), ("b", "pub(crate) use super::a::A;")], &["a", "b"]),
    ("three files", &[("a", "use crate::c;"), ("b", "use crate::{\n    a::{self, A},\n};"), ("c", "use crate::b as d;")],
        &["a", "c", "b"]),
    ("one way alone", &[("a", "use crate::b::B;"), ("b", "use http::a;")], &[]),
    ("parent and child", &[("a", "pub use self::b::B;"), ("a::b", "use super::A;")], &[]),
    ("a name that a parent passes on", &[("a", "pub use self::b::B;"), ("a::b", "use crate::c::C;"), ("c", "use crate::a::B;")],
        &["a::b", "c"]),
    ("a module in the file", &[("a", "mod m {\n    use super::super::b::B;\n}"), ("b", "use crate::a::m::M;")], &["a", "b"]),
    ("tests and comments", &[("a", "#[cfg(test)]\nmod tests {\n    use crate::b::B;\n}\n// use crate::b::B;"), ("b", "use crate::a::A;")],
        &[]),
    ("a file of tests", &[("a", "#[cfg(test)]\nmod t;"), ("a::t", "use crate::b::B;"), ("b", "use crate::a::t::T;")], &[]),
];

#[test]
fn circles_are_found() {
    for (shown, files, circle) in CIRCLES {
        let files = files.iter().chain(&[("", "")]);
        let files = files.map(|(module, text)| ((*module).to_owned(), (*text).to_owned()));
        let modules = Modules::of(&files.collect());
        let found: Vec<_> = modules.circles().into_iter().flatten().collect();
        assert_eq!(found, *circle, "{shown}");
    }
}
