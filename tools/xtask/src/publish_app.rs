//! `cargo xtask publish-app`: the web app, built for a stage and uploaded to its bucket.
//!
//! | step | where |
//! | --- | --- |
//! | the addresses of the stage | [`Target`] asks CloudFormation |
//! | the build | Vite, as `apps/quickstart` has it |
//! | the files, their headers and their order | [`files`] |
//! | the upload | [`bucket`] |

mod bucket;
mod files;
#[cfg(test)]
mod tests;

use std::{
    path::{Path, PathBuf},
    process::ExitCode,
};

use anyhow::{Context as _, ensure};
use clap::Args;
use local::server::Stage;
use programs::{
    checkout::{cache, command, root},
    tools::{Tools, run as run_program},
};
use url::Url;

use self::{bucket::Bucket, files::File};
use crate::{aws, progress::progress, stack::Stack, verify::stage};

/// Arguments of `publish-app`.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  cargo xtask publish-app --stack my-api --stage Development --dry-run    build it, and list what would be uploaded
  cargo xtask publish-app --stack my-api --stage Production
  cargo xtask publish-app --stack my-api --stage Production --folder my-app/dist

The stack must have been deployed with WebHosting=true (docs/hosting.md). The app of apps/quickstart is built for
the API of the stage; --folder takes files that were built otherwise. Files under assets/ must have names that
change with their content: browsers keep them for a year, and ask anew for all others. Nothing is deleted, so pages
that are open find their files. index.html comes after the files that it names.

It needs the AWS CLI, node and npm, and credentials that may describe the stack and put objects under app/ of the
bucket. The last line is the result: `23 files at https://d111111abcdef8.cloudfront.net`.")]
pub(crate) struct PublishAppArgs {
    /// The stack; `AWS_PROFILE` and `AWS_REGION` choose where
    #[arg(long, value_name = "NAME")]
    stack: String,
    /// The stage: Development or Production
    #[arg(long, value_name = "STAGE", value_parser = stage)]
    stage: Stage,
    /// Upload the files of this folder, and build nothing
    #[arg(long, value_name = "FOLDER")]
    folder: Option<PathBuf>,
    /// List what would be uploaded, and upload nothing
    #[arg(long)]
    dry_run: bool,
}

pub(crate) async fn run(args: PublishAppArgs) -> anyhow::Result<ExitCode> {
    let stack = Stack::look_up(Path::new("aws"), &args.stack, "").await?;
    let target = Target::of(&stack, args.stage)?;
    let folder = match args.folder {
        Some(folder) => folder,
        None => build(&target, args.stage)?,
    };
    let files = files::of(&folder)?;
    if args.dry_run {
        for file in &files {
            println!("{file}");
        }
        println!("{} files for {}, none uploaded", files.len(), target.app);
        return Ok(ExitCode::SUCCESS);
    }
    let credentials = aws::sdk().await.credentials_provider();
    let credentials = credentials.context("no credentials: set AWS_PROFILE, or run `aws login`")?;
    let bucket = Bucket::new(&target.bucket, target.region, credentials)?;
    upload(&bucket, &folder, &files).await?;
    println!("{} files at {}", files.len(), target.app);
    Ok(ExitCode::SUCCESS)
}

/// The addresses of a stage.
#[derive(Debug, PartialEq, Eq)]
struct Target {
    /// The API, without the stage.
    api_origin: String,
    /// The bucket.
    bucket: String,
    /// The region of the bucket.
    region: String,
    /// The app.
    app: String,
}

impl Target {
    fn of(stack: &Stack, stage: Stage) -> anyhow::Result<Self> {
        let stage = stage.name();
        let api = stack.own_output(&format!("{stage}Url"))?;
        let api_origin = api.strip_suffix(&format!("/{stage}"));
        let bucket = stack.output(&format!("{stage}WebBucketUrl"));
        let bucket = bucket.context(
            "the stack hosts no app: deploy it with WebHosting=true first (docs/hosting.md)",
        )?;
        // An emulator has no distribution.
        let app = stack.output(&format!("{stage}AppUrl")).unwrap_or(bucket);
        Ok(Self {
            api_origin: api_origin
                .with_context(|| format!("{api} does not end with the stage"))?
                .to_owned(),
            bucket: bucket.to_owned(),
            region: stack.region()?.to_owned(),
            app: app.to_owned(),
        })
    }
}

/// Builds the app for a stage, into a folder that is not the app's own: that one has the app of the laptop.
fn build(target: &Target, stage: Stage) -> anyhow::Result<PathBuf> {
    let programs = Tools::default().modules("apps/quickstart")?;
    let app = root().join("apps/quickstart");
    let folder = cache("app").join(stage.name());
    let uploads = Url::parse(&target.bucket)?.origin();
    run_program(
        command(programs.join("tsc"))
            .args(["-p", "."])
            .current_dir(&app),
    )?;
    run_program(
        command(programs.join("vite"))
            .args(["build", "--emptyOutDir", "--outDir"])
            .arg(&folder)
            .current_dir(&app)
            .env("VITE_API_ORIGIN", &target.api_origin)
            .env("VITE_STAGE", stage.name())
            .env("UPLOAD_ORIGIN", uploads.ascii_serialization()),
    )?;
    Ok(folder)
}

/// Uploads the files, in their order.
async fn upload(bucket: &Bucket, folder: &Path, files: &[File]) -> anyhow::Result<()> {
    let progress = progress("{bar:30} {pos}/{len} files  {msg}");
    progress.set_length(files.len() as u64);
    for group in files.chunk_by(|one, next| one.turn == next.turn) {
        bucket
            .put_all(folder, group, |file| {
                progress.set_message(file.path.clone());
                progress.inc(1);
            })
            .await?;
    }
    progress.finish_and_clear();
    ensure!(
        progress.position() == files.len() as u64,
        "some files are missing"
    );
    Ok(())
}
