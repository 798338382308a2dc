//! `cargo xtask export`: writes every resource of a deployment to a file.

use std::{
    fs::File,
    io::{self, BufWriter, Write},
    path::{Path, PathBuf},
    process::ExitCode,
};

use anyhow::{Context as _, anyhow, bail};
use clap::Args;
use http::StatusCode;
use records::{Noun, read_answer};
use serde::Deserialize;
use serde_json::value::RawValue;
use service::nouns::NOUNS;

use crate::{
    client::{Address, Call, Client, SignInArgs},
    progress::progress,
};

/// Arguments of `export`.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  cargo xtask export records.json                      from the running `cargo dev`
  cargo xtask export - | gzip > records.json.gz        to the standard output
  cargo xtask export records.json --from https://abc.execute-api.eu-west-1.amazonaws.com/Production

It writes a JSON array with one record a line. Of a private resource it writes what the account has that signs in. The file appears when it is complete, or not at all. `cargo xtask import` reads it.")]
pub(crate) struct ExportArgs {
    /// The file to write; `-` for the standard output
    file: PathBuf,
    /// The resource to export, by the word for several
    #[arg(long, value_name = "NAME", default_value = NOUNS[0].many)]
    resource: Noun,
    /// Base URL of the stage to export
    #[arg(
        long,
        value_name = "URL",
        default_value = "http://127.0.0.1:3000/Development"
    )]
    from: Address,
    #[command(flatten)]
    sign_in: SignInArgs,
}

pub(crate) async fn run(args: ExportArgs) -> anyhow::Result<ExitCode> {
    if args.file == Path::new("-") {
        let written = export(args.from, &args.sign_in, &args.resource, io::stdout()).await?;
        eprintln!("{written} exported");
        return Ok(ExitCode::SUCCESS);
    }
    // A temporary file beside the target; it is deleted unless it is kept. It is opened with `File`: only the owner can
    // read a file that `tempfile` opens, but an export is for others too.
    let folder = match args.file.parent() {
        Some(folder) if folder != Path::new("") => folder,
        _ => Path::new("."),
    };
    let file = tempfile::Builder::new()
        .prefix(".export-")
        .make_in(folder, |path| File::create_new(path))
        .with_context(|| format!("cannot write in {}", folder.display()))?;
    let written = export(args.from, &args.sign_in, &args.resource, file.as_file()).await?;
    // The target is replaced once the content is on disk.
    file.as_file().sync_all()?;
    file.persist(&args.file)
        .with_context(|| format!("cannot write {}", args.file.display()))?;
    println!("{written} exported");
    Ok(ExitCode::SUCCESS)
}

/// Writes all resources as an array, page by page. Returns their number.
async fn export(
    from: Address,
    sign_in: &SignInArgs,
    noun: &Noun,
    output: impl Write,
) -> anyhow::Result<u64> {
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Page<'a> {
        #[serde(borrow)]
        items: Vec<&'a RawValue>,
        next_cursor: Option<String>,
    }
    let client = Client::connect(from, sign_in).await?;
    let mut output = BufWriter::new(output);
    let progress = progress("{spinner} {human_pos} records, {per_sec}");
    let mut between = "[\n";
    let mut query = vec![("limit", "100".to_owned())];
    loop {
        let call = Call {
            path: noun.list.to_owned(),
            query: query.clone(),
            ..Call::default()
        };
        let answer = client.call(&call).await?;
        if answer.status != StatusCode::OK {
            bail!("listing failed: {}", answer.problem());
        }
        let page: Page<'_> = serde_json::from_slice(&answer.body)
            .with_context(|| format!("the answer is not a page of {}", noun.many))?;
        for item in page.items {
            let item =
                read_answer(noun, item.get().as_bytes()).map_err(|reason| anyhow!(reason))?;
            write!(output, "{between}{}", noun.write(&item)?)?;
            between = ",\n";
            progress.inc(1);
        }
        query.truncate(1);
        match page.next_cursor {
            Some(next) => query.push(("cursor", next)),
            None => break,
        }
    }
    let is_empty = progress.position() == 0;
    output.write_all(if is_empty { "[]\n" } else { "\n]\n" }.as_bytes())?;
    output.flush()?;
    progress.finish_and_clear();
    Ok(progress.position())
}
