//! `cargo xtask export`: writes every resource of a deployment to a file.

use std::{
    fs::File,
    io::{self, BufWriter, Write},
    path::{Path, PathBuf},
    process::ExitCode,
    time::Duration,
};

use anyhow::{Context as _, anyhow, bail};
use clap::Args;
use http::StatusCode;
use indicatif::{ProgressBar, ProgressStyle};
use serde::Deserialize;
use serde_json::value::RawValue;
use service::nouns::NOUNS;
use tempfile::NamedTempFile;

use crate::{
    client::{Address, Call, Client, SignInArgs},
    records::{ExportFormat, Item, Noun, Writer, read_answer},
};

/// Arguments of `export`.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  cargo xtask export records.json                      from the running `cargo dev`
  cargo xtask export - --format jsonl | head           to the standard output
  cargo xtask export records.json --from https://abc.execute-api.eu-west-1.amazonaws.com/Production

Of a private resource it writes what the account has that signs in. The file appears when it is complete, or not at all. `cargo xtask import` reads it.")]
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
    /// How to lay it out [default: by the file's name, else json]
    #[arg(long)]
    format: Option<ExportFormat>,
    #[command(flatten)]
    sign_in: SignInArgs,
}

pub(crate) async fn run(args: ExportArgs) -> anyhow::Result<ExitCode> {
    let format = args.format.unwrap_or_else(|| format_of(&args.file));
    let to_stdout = args.file == Path::new("-");
    let temporary = (!to_stdout).then(|| temporary(&args.file)).transpose()?;
    let output: Box<dyn Write> = match &temporary {
        Some(file) => Box::new(file.as_file()),
        None => Box::new(io::stdout()),
    };
    let client = Client::connect(args.from, &args.sign_in).await?;
    let mut writer = Writer::new(BufWriter::new(output), format, &args.resource);
    let progress = progress(args.resource.many);
    let listed = list(&client, &args.resource, |item| {
        writer.write(item)?;
        progress.inc(1);
        Ok(())
    })
    .await;
    progress.finish_and_clear();
    match listed {
        // The reader of the standard output, such as `head`, closed it.
        Err(error) if to_stdout && is_broken_pipe(&error) => return Ok(ExitCode::SUCCESS),
        listed => listed?,
    }
    let (written, _) = writer.finish()?;
    let Some(file) = temporary else {
        eprintln!("{written} exported");
        return Ok(ExitCode::SUCCESS);
    };
    // The target is replaced once the content is on disk.
    file.as_file().sync_all()?;
    file.persist(&args.file)
        .with_context(|| format!("cannot write {}", args.file.display()))?;
    println!("{written} exported");
    Ok(ExitCode::SUCCESS)
}

fn is_broken_pipe(error: &anyhow::Error) -> bool {
    error
        .downcast_ref::<io::Error>()
        .is_some_and(|error| error.kind() == io::ErrorKind::BrokenPipe)
}

fn format_of(path: &Path) -> ExportFormat {
    match path.extension() {
        Some(name) if name == "jsonl" || name == "ndjson" => ExportFormat::Jsonl,
        _ => ExportFormat::Json,
    }
}

fn progress(many: &str) -> ProgressBar {
    let bar = ProgressBar::no_length();
    bar.enable_steady_tick(Duration::from_millis(100));
    let template = format!("{{spinner}} {{human_pos}} {many}, {{per_sec}}");
    match ProgressStyle::with_template(&template) {
        Ok(style) => bar.with_style(style),
        Err(_) => bar,
    }
}

/// Lists all resources, page by page.
async fn list(
    client: &Client,
    noun: &Noun,
    mut each: impl FnMut(&Item) -> io::Result<()>,
) -> anyhow::Result<()> {
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Page<'a> {
        #[serde(borrow)]
        items: Vec<&'a RawValue>,
        next_cursor: Option<String>,
    }
    let mut cursor: Option<String> = None;
    loop {
        let mut query = vec![("limit", "100".to_owned())];
        query.extend(cursor.take().map(|cursor| ("cursor", cursor)));
        let call = Call {
            path: noun.list.to_owned(),
            query,
            ..Call::default()
        };
        let answer = client.call(&call).await?;
        if answer.status != StatusCode::OK {
            bail!("listing failed: {}", answer.problem());
        }
        let page: Page<'_> = serde_json::from_slice(&answer.body)
            .with_context(|| format!("the answer is not a page of {}", noun.many))?;
        for item in page.items {
            each(&read_answer(noun, item.get().as_bytes()).map_err(|reason| anyhow!(reason))?)?;
        }
        match page.next_cursor {
            Some(next) => cursor = Some(next),
            None => return Ok(()),
        }
    }
}

/// A temporary file beside the target. It is deleted unless it is kept.
fn temporary(path: &Path) -> anyhow::Result<NamedTempFile> {
    let folder = match path.parent() {
        Some(folder) if folder != Path::new("") => folder,
        _ => Path::new("."),
    };
    // Opened with `File`: only the owner can read a file that `tempfile` opens, but an export is for others too.
    tempfile::Builder::new()
        .prefix(".export-")
        .make_in(folder, |path| File::create_new(path))
        .with_context(|| format!("cannot write in {}", folder.display()))
}
