//! The tour that `cargo dev` prints, and the page about accounts, taken in a shell as a reader would.
#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a test")]

mod dump;
mod page;

use std::{
    collections::BTreeSet,
    process::{Command, ExitCode},
};

use accounts::identity::Email;
use libtest_mimic::{Arguments, Trial};
use local::{
    server::{Data, Options, Server, Stage},
    tour::tour,
};

use self::page::Page;

/// Runs a script, which stops at the first command that fails, and returns its output.
async fn run(shell: &str, script: &str) -> String {
    let mut command = Command::new(shell);
    command.arg("-euc").arg(script);
    let output = tokio::task::spawn_blocking(move || command.output()).await;
    let output = output.unwrap().expect("the shell starts");
    let complaints = String::from_utf8(output.stderr).unwrap();
    assert!(output.status.success(), "{complaints}");
    assert_eq!(complaints, "");
    String::from_utf8(output.stdout).unwrap()
}

/// Leaves out the tests that the machine has no shell or no curl for: they could not pass.
fn main() -> ExitCode {
    let arguments = Arguments::from_args();
    let here = |program: &str| Command::new(program).arg("--version").output().is_ok();
    let mut trials = Vec::new();
    let shells = ["bash", "zsh"];
    for shell in shells
        .into_iter()
        .filter(|shell| here("curl") && here(shell))
    {
        let name = format!("{shell}::the_tour_succeeds_at_every_step_and_can_be_taken_again");
        trials.push(trial(name, move || take_the_tour_twice(shell)));
        let name = format!("{shell}::the_page_about_accounts_says_what_happens");
        trials.push(trial(name, move || follow_the_page_about_accounts(shell)));
    }
    libtest_mimic::run(&arguments, trials).exit_code()
}

fn trial<F: Future<Output = ()>>(name: String, of: impl Fn() -> F + Send + 'static) -> Trial {
    Trial::test(name, move || {
        let runtime = tokio::runtime::Runtime::new()?;
        runtime.block_on(of());
        Ok(())
    })
}

async fn take_the_tour_twice(shell: &str) {
    let options = Options {
        quiet: true,
        ..Options::default()
    };
    let server = Server::start(options).await.unwrap();
    let tour = tour(server.url());
    // The last word of each line is the status.
    let statuses = |printed: String| -> Vec<_> {
        let statuses = printed.lines().filter_map(|line| line.rsplit(' ').next());
        statuses.map(ToOwned::to_owned).collect()
    };

    let first = ["202", "204", "201", "200", "200", "200", "204"];
    assert_eq!(statuses(run(shell, &tour).await), first);
    // The account is there and confirmed, so that there is no code to send.
    let second = ["202", "201", "200", "200", "200", "204"];
    assert_eq!(statuses(run(shell, &tour).await), second);
    server.stop().await;
}

async fn follow_the_page_about_accounts(shell: &str) {
    let folder = tempfile::tempdir().unwrap();
    let invited = ["joan@example.com", "grace@example.com"];
    let server = Server::start(Options {
        quiet: true,
        data: Data::Folder(folder.path().to_owned()),
        invited: invited.map(|email| Email::parse(email).unwrap()).into(),
        ..Options::default()
    })
    .await
    .unwrap();
    let page = Page::read(include_str!("../../../../docs/accounts.md"));
    let printed = run(shell, &page.script(server.url())).await;
    let differences = page.differences(&printed);
    assert!(differences.is_empty(), "\n{}", differences.join("\n"));
    for wrong in page.with_one_line_wrong() {
        assert_eq!(wrong.differences(&printed).len(), 1);
    }

    // Ada and Joan have deleted their accounts: only the notes of that are left of them, by their ids. Grace's data is
    // still there.
    let mailbox = server.stage(Stage::Development).mailbox().clone();
    let to: Vec<_> = mailbox
        .letters()
        .into_iter()
        .map(|letter| letter.to)
        .collect();
    assert_eq!(to, [Email::parse("grace@example.com").unwrap()]);
    server.stop().await;
    let development = folder.path().join(Stage::Development.name());
    let accounts = dump::of(&development.join("accounts.redb"));
    let movies = dump::of(&development.join("movies.redb"));
    assert!(accounts.contains("grace@example.com"));
    assert!(movies.contains("Hidden Figures"));
    let (notes, movies): (Vec<_>, Vec<_>) = movies
        .lines()
        .partition(|line| line.contains("account deletion"));
    // Three lines for each of the two: a record, its content, and its expiry.
    assert_eq!(notes.len(), 6, "{notes:?}");
    let movies = movies.join("\n");
    let mut theirs = ids(&printed);
    assert!(theirs.len() > 3, "two users, and their sessions");
    theirs.extend([
        "ada@example.com",
        "lovelace@example.org",
        "joan@example.com",
    ]);
    // The movie was added and deleted: the log of changes has its key twice, so that the apps of others delete it as well.
    assert_eq!(movies.matches("Godzilla").count(), 2);
    for trace in theirs {
        assert!(
            !accounts.contains(trace) && !movies.contains(trace),
            "{trace}"
        );
    }
}

/// The ids of users and sessions that were printed.
fn ids(printed: &str) -> BTreeSet<&str> {
    let after = |name| printed.split(name).skip(1);
    after(r#""id":""#)
        .chain(after(r#""addedBy":""#))
        .filter_map(|rest| rest.split('"').next())
        .collect()
}
