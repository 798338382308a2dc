//! `cargo xtask export`: writes every movie of a deployment to a file.

use std::{
    fs::File,
    io::{self, BufWriter, Write},
    path::{Path, PathBuf},
    process::ExitCode,
    time::Duration,
};

use anyhow::{Context as _, anyhow, bail};
use clap::Args;
use http::{Method, StatusCode};
use indicatif::{ProgressBar, ProgressStyle};
use serde::Deserialize;
use serde_json::value::RawValue;
use tempfile::NamedTempFile;

use crate::{
    client::{Address, Call, Client, SignInArgs},
    records::{ExportFormat, Movie, Writer, read_answer},
};

/// Arguments of `export`.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  cargo xtask export movies.json                       from the running `cargo dev`
  cargo xtask export - --format jsonl | head           to the standard output
  MOVIES_EMAIL=ada@example.com cargo xtask export movies.json \\
    --from https://abc.execute-api.eu-west-1.amazonaws.com/Production

The file appears when it is complete, or not at all. `cargo xtask import` reads it.")]
pub(crate) struct ExportArgs {
    /// The file to write; `-` for the standard output
    file: PathBuf,
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
    let output = if to_stdout {
        Output::Stdout(io::stdout())
    } else {
        Output::temporary(&args.file)?
    };
    let client = Client::connect(args.from, &args.sign_in).await?;
    let mut writer = Writer::new(BufWriter::new(output), format);
    let progress = progress();
    let listed = list(&client, |movie| {
        writer.write(movie)?;
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
    let (written, output) = writer.finish()?;
    let output = output
        .into_inner()
        .map_err(io::IntoInnerError::into_error)?;
    output.keep(&args.file)?;
    if to_stdout {
        eprintln!("{written} exported");
    } else {
        println!("{written} exported");
    }
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

fn progress() -> ProgressBar {
    let bar = ProgressBar::no_length();
    bar.enable_steady_tick(Duration::from_millis(100));
    match ProgressStyle::with_template("{spinner} {human_pos} movies, {per_sec}") {
        Ok(style) => bar.with_style(style),
        Err(_) => bar,
    }
}

/// Lists all movies, page by page.
async fn list(
    client: &Client,
    mut each: impl FnMut(&Movie) -> io::Result<()>,
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
            method: Method::GET,
            path: "/movies",
            query,
            ..Call::default()
        };
        let answer = client.call(&call).await?;
        if answer.status != StatusCode::OK {
            bail!("listing failed: {}", answer.problem());
        }
        let page: Page<'_> =
            serde_json::from_slice(&answer.body).context("the answer is not a page of movies")?;
        for item in page.items {
            each(&read_answer(item.get().as_bytes()).map_err(|reason| anyhow!(reason))?)?;
        }
        match page.next_cursor {
            Some(next) => cursor = Some(next),
            None => return Ok(()),
        }
    }
}

/// The output of an export.
enum Output {
    Stdout(io::Stdout),
    /// A temporary file beside the target. It is deleted unless it is kept.
    Temporary(NamedTempFile),
}

impl Output {
    fn temporary(path: &Path) -> anyhow::Result<Self> {
        let folder = match path.parent() {
            Some(folder) if folder != Path::new("") => folder,
            _ => Path::new("."),
        };
        // Opened with `File`: only the owner can read a file that `tempfile` opens, but an export is for others too.
        let file = tempfile::Builder::new()
            .prefix(".export-")
            .make_in(folder, |path| File::create_new(path));
        let file = file.with_context(|| format!("cannot write in {}", folder.display()))?;
        Ok(Self::Temporary(file))
    }

    /// Renames a temporary file to its target, once its content is on disk.
    fn keep(self, path: &Path) -> anyhow::Result<()> {
        if let Self::Temporary(file) = self {
            file.as_file().sync_all()?;
            file.persist(path)
                .with_context(|| format!("cannot write {}", path.display()))?;
        }
        Ok(())
    }
}

impl Write for Output {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Self::Stdout(output) => output.write(bytes),
            Self::Temporary(output) => output.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self {
            Self::Stdout(output) => output.flush(),
            Self::Temporary(output) => output.flush(),
        }
    }
}
