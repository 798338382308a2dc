//! `cargo xtask new-resource`: a noun of the service, from templates.

mod edit;
mod field;
#[cfg(test)]
mod tests;

use std::{
    collections::BTreeSet,
    fs,
    path::Path,
    process::{self, ExitCode},
};

use anyhow::{Context as _, ensure};
use clap::{Args, Command, FromArgMatches as _};
use heck::ToUpperCamelCase as _;
use minijinja::{Environment, context};
use programs::checkout::root;

use self::field::{Field, Name};

/// Arguments of `new-resource`.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  cargo xtask new-resource recipes --key cuisine --key name --field steps:text --field cookingTime:integer
  cargo xtask new-resource notes --private --key noteId --field heading:line --field done:flag

It makes a crate, a part of the contract and tests, registers them, and adds the tables of both stages to
template.yaml. It says what is left to do by hand. Nothing is written if a name is taken.")]
pub(crate) struct NewResourceArgs {
    /// The word for several, in lower case: of the crate, the table and the paths
    #[arg(value_name = "NAME")]
    many: String,
    /// The word for one [default: NAME without its last letter]
    #[arg(long, value_name = "WORD")]
    one: Option<String>,
    /// A part of the key: first the partition, then what sorts it; with --private, the id that clients choose
    #[arg(long = "key", value_name = "MEMBER", required = true)]
    key: Vec<Name>,
    /// A member, with its type: line, text, integer, flag, date or lines
    #[arg(
        long = "field",
        value_name = "MEMBER:TYPE",
        default_value = "note:text"
    )]
    fields: Vec<Field>,
    /// Each user has their own, which nobody else reads or writes
    #[arg(long)]
    private: bool,
}

/// Runs the command in this checkout.
pub(crate) fn run(args: &NewResourceArgs) -> anyhow::Result<ExitCode> {
    println!("{}", args.make(root())?);
    Ok(ExitCode::SUCCESS)
}

impl NewResourceArgs {
    /// Parses the arguments of a command line.
    pub(crate) fn parse(arguments: &str) -> anyhow::Result<Self> {
        let command = Command::new("new-resource").no_binary_name(true);
        let matches = Self::augment_args(command).try_get_matches_from(arguments.split(' '))?;
        Ok(Self::from_arg_matches(&matches)?)
    }

    /// Makes the noun in the checkout at `root`, and tells what was done and what is left to do. Nothing is written if a name
    /// is no name or is taken, or if a place for a registration is missing.
    pub(crate) fn make(&self, root: &Path) -> anyhow::Result<String> {
        let noun = Noun::of(self)?;
        let files = noun.files()?;
        for (path, _) in &files {
            ensure!(!root.join(path).exists(), "{path} is there already");
        }
        // All edits are tried before the first is written.
        let edited = edit::all(root, &noun)?;
        for (path, text) in files.iter().chain(&edited) {
            let path = root.join(path);
            let folder = path.parent().context("a file without a folder")?;
            fs::create_dir_all(folder)?;
            fs::write(&path, text).with_context(|| path.display().to_string())?;
        }
        let all = files.iter().chain(&edited).map(|(path, _)| path);
        let rust = all.filter(|path| path.rsplit('.').next() == Some("rs"));
        let status = process::Command::new("rustfmt")
            // The modules that a file has were not changed.
            .args(["--edition", "2024", "--config", "skip_children=true"])
            .args(rust)
            .current_dir(root)
            .status();
        let formatted = status.context("rustfmt does not run")?.success();
        ensure!(formatted, "rustfmt cannot read what was made");
        Ok(noun.report(&files, &edited))
    }
}

/// The noun to make.
struct Noun {
    many: String,
    one: String,
    key: Vec<Name>,
    fields: Vec<Field>,
    private: bool,
}

impl Noun {
    fn of(args: &NewResourceArgs) -> anyhow::Result<Self> {
        let many = args.many.clone();
        let is_word = |word: &str| {
            word.starts_with(|c: char| c.is_ascii_lowercase())
                && word
                    .chars()
                    .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit())
        };
        ensure!(
            is_word(&many),
            "{many:?} is not lower-case letters and digits, such as recipes"
        );
        // The embedded store has a table of this name.
        ensure!(
            many != "records",
            "{many} is the name of a table of the stores"
        );
        let one = args
            .one
            .clone()
            .unwrap_or_else(|| many[..many.len() - 1].to_owned());
        ensure!(
            is_word(&one) && one != many,
            "say the word for one of the {many} with --one"
        );
        let (parts, said) = if args.private {
            (1, "once: the id that clients choose")
        } else {
            (2, "twice: the partition, and what sorts it")
        };
        ensure!(args.key.len() == parts, "--key is needed {said}");
        let names = args
            .key
            .iter()
            .chain(args.fields.iter().map(|field| &field.name));
        let mut seen = BTreeSet::new();
        for Name { member, .. } in names {
            ensure!(seen.insert(member), "{member} is named twice");
        }
        ensure!(
            args.fields.iter().any(|field| field.numbered.is_some()),
            "the tests need a --field that is no flag"
        );
        Ok(Self {
            many,
            one,
            key: args.key.clone(),
            fields: args.fields.clone(),
            private: args.private,
        })
    }

    /// The files, by their paths.
    fn files(&self) -> anyhow::Result<Vec<(String, String)>> {
        let mut environment = Environment::new();
        environment.set_keep_trailing_newline(true);
        let of_key = if self.private { ["Slug"] } else { ["Line"] };
        let values = self.fields.iter().filter_map(|field| field.value);
        let values: BTreeSet<_> = values.chain(of_key).collect();
        let changing = self.fields.iter().find(|field| field.numbered.is_some());
        let context = context! {
            many => self.many, one => self.one, private => self.private, fields => self.fields, values => values,
            Many => self.many.to_upper_camel_case(), One => self.one.to_upper_camel_case(),
            partition => self.key[0], sort => self.key.last(), changing => changing,
        };
        let (code, api) = if self.private {
            (
                include_str!("new_resource/private.rs.j2"),
                include_str!("new_resource/private_api.rs.j2"),
            )
        } else {
            (
                include_str!("new_resource/shared.rs.j2"),
                include_str!("new_resource/shared_api.rs.j2"),
            )
        };
        let manifest = include_str!("new_resource/Cargo.toml.j2");
        let contract = include_str!("new_resource/openapi.yaml.j2");
        let store = include_str!("new_resource/store.rs.j2");
        let many = &self.many;
        let files = [
            (format!("shared/{many}/Cargo.toml"), manifest),
            (format!("shared/{many}/src/lib.rs"), code),
            (format!("shared/{many}/openapi.yaml"), contract),
            (format!("tests/tests/api/{many}.rs"), api),
            (format!("tests/tests/store/nouns/{many}.rs"), store),
        ];
        let made = files.into_iter().map(|(path, template)| {
            let text = environment.render_str(template, &context);
            let text = text.with_context(|| path.clone())?;
            Ok((path, text))
        });
        made.collect()
    }

    fn report(&self, files: &[(String, String)], edited: &[(String, String)]) -> String {
        let list = |files: &[(String, String)]| {
            let paths: Vec<_> = files.iter().map(|(path, _)| format!("  {path}")).collect();
            paths.join("\n")
        };
        let (many, one) = (&self.many, &self.one);
        format!(
            "Made:\n{}\nChanged:\n{}
Next: cargo xtask contract, then cargo xtask test.
By hand:
  - shared/{many}/openapi.yaml: what a {one} and its members are; bounds and types of your own in src/lib.rs.
  - tests/tools/schemathesis.toml: the statuses that its operations may have.
  - docs/first-deploy.md, in the table of what stays: the tables of both stages.
  - functions/api/tests/events/telemetry/cases.rs: a request for each of its metrics.
  - docs: what the API is about, in shared/kit/openapi.yaml and README.md.",
            list(files), list(edited)
        )
    }
}
