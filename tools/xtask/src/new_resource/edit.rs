//! The places where a noun is registered. They are those of the watchlist, which is the noun to copy.

use std::{fs, path::Path};

use anyhow::{Context as _, ensure};
use heck::ToUpperCamelCase as _;

use super::Noun;

const TEMPLATE: &str = "template.yaml";

/// The part of the contract that has the export and the deletion of an account.
const ACCOUNTS: &str = "shared/accounts/openapi.yaml";

/// The files in which the noun gets a copy of whatever names the watchlist.
const COPIED: [&str; 7] = [
    "Cargo.toml",
    "shared/service/Cargo.toml",
    "shared/service/src/nouns.rs",
    TEMPLATE,
    "tests/Cargo.toml",
    "tests/tests/api/main.rs",
    "tests/tests/store/nouns.rs",
];

/// The files that register the noun, as they are after it, by their paths.
pub(super) fn all(root: &Path, noun: &Noun) -> anyhow::Result<Vec<(String, String)>> {
    let read = |path: &str| fs::read_to_string(root.join(path)).with_context(|| path.to_owned());
    let many = &noun.many;
    // The names of other crates and of other tables.
    let table = format!("\n  Development{}Table:", many.to_upper_camel_case());
    for (path, line) in [("Cargo.toml", format!("\n{many} = ")), (TEMPLATE, table)] {
        let is_taken = read(path)?.contains(&line);
        ensure!(!is_taken, "{path} has another {many} already");
    }
    let mut files = Vec::new();
    for path in COPIED {
        let text = read(path)?;
        let copied = copy_watchlist(&text, noun).with_context(|| path.to_owned())?;
        ensure!(
            copied != text,
            "{path} does not name the watchlist: put the {many} in by hand"
        );
        files.push((path.to_owned(), copied));
    }
    let mut accounts = read(ACCOUNTS)?;
    for (section, line, text) in edits(noun) {
        let at = accounts.find(section).and_then(|from| {
            let found = accounts[from..].find(&format!("\n{line}"))?;
            Some(from + found + 1)
        });
        let at = at.with_context(|| format!("{ACCOUNTS}: put this in by hand:\n{text}"))?;
        accounts.insert_str(at, &text);
    }
    files.push((ACCOUNTS.to_owned(), accounts));
    Ok(files)
}

/// Puts a copy for the noun behind each line that names the watchlist, and the lines below it that are indented more.
fn copy_watchlist(text: &str, noun: &Noun) -> anyhow::Result<String> {
    let indent = |line: &str| line.len() - line.trim_start_matches(' ').len();
    let mut copied = String::new();
    let mut lines = text.split_inclusive('\n').peekable();
    while let Some(first) = lines.next() {
        copied.push_str(first);
        if !first.to_lowercase().contains("watchlist") {
            continue;
        }
        let mut block = first.to_owned();
        while let Some(line) = lines.next_if(|line| indent(line) > indent(first)) {
            block.push_str(line);
        }
        copied.push_str(&block[first.len()..]);
        let is_spaced = lines.peek() == Some(&"\n") && block.len() > first.len();
        copied.push_str(if is_spaced { "\n" } else { "" });
        copied.push_str(&in_place_of_watchlist(&block, noun)?);
    }
    Ok(copied)
}

fn in_place_of_watchlist(block: &str, noun: &Noun) -> anyhow::Result<String> {
    let many = &noun.many;
    let many_type = many.to_upper_camel_case();
    let sort = noun.key.last().map_or("", |part| part.member.as_str());
    let block = block
        .replace("WatchlistEntries", &many_type)
        .replace("Watchlist", &many_type)
        .replace("watchlists", many)
        .replace("watchlist", many)
        .replace("WATCHLIST", &many.to_uppercase())
        .replace("Entry", &noun.one.to_upper_camel_case())
        .replace("entryId", sort);
    // A resource that all users read is listed whole, and found by its owner.
    if !noun.private && block.contains("AWS::DynamoDB::Table") {
        shared_table(&block, &noun.key[0].member, sort)
    } else if !noun.private && block.contains("Effect: Allow") {
        shared_rights(&block, &many_type)
    } else {
        Ok(block)
    }
}

fn shared_table(block: &str, partition: &str, sort: &str) -> anyhow::Result<String> {
    let block = swap(
        block,
        "        # By user, so that nobody's key reaches the entries of another.\n",
        "",
    )?;
    let partition = format!("AttributeName: {partition}");
    let block = swap(&block, "AttributeName: owner", &partition)?;
    let block = swap(
        &block,
        "      KeySchema:\n",
        "        - AttributeName: addedBy\n          AttributeType: S\n      KeySchema:\n",
    )?;
    Ok(format!(
        "{block}      GlobalSecondaryIndexes:
        # The keys of what a user added, for the export of their data and the deletion of their account.
        - IndexName: ByOwner
          KeySchema:
            - AttributeName: addedBy
              KeyType: HASH
            - AttributeName: {sort}
              KeyType: RANGE
          Projection:
            ProjectionType: KEYS_ONLY
"
    ))
}

fn shared_rights(block: &str, many_type: &str) -> anyhow::Result<String> {
    let update = "                  - dynamodb:UpdateItem\n";
    let scan = "                  - dynamodb:Scan\n";
    let block = swap(block, update, &format!("{scan}{update}"))?;
    let table = block
        .split_once("!GetAtt ")
        .and_then(|(_, table)| table.split_once(".Arn"));
    let (table, _) = table.context("the watchlist's rights are on no table")?;
    Ok(format!(
        "{block}              - Sid: {many_type}OfAUser
                Effect: Allow
                Action: dynamodb:Query
                Resource: !Sub \"${{{table}.Arn}}/index/ByOwner\"
"
    ))
}

/// Replaces a text that has to be there, because a right or an index that is left out would be missed in the cloud only.
fn swap(block: &str, from: &str, to: &str) -> anyhow::Result<String> {
    let is_there = block.contains(from);
    ensure!(is_there, "the watchlist has no {:?} any more", from.trim());
    Ok(block.replace(from, to))
}

/// What the contract of accounts says of the noun: a section, the line in it before which a text is put, and the text.
fn edits(noun: &Noun) -> Vec<(&'static str, &'static str, String)> {
    let many = &noun.many;
    let many_type = many.to_upper_camel_case();
    let schema = format!("#/components/schemas/Exported{many_type}Response");
    let mut edits = vec![
        (
            "\n    ExportResponse:",
            "        - watchlist",
            format!("        - {many}\n"),
        ),
        (
            "\n    ExportResponse:",
            "        watchlist:",
            format!("        {many}: {{ $ref: '{schema}' }}\n"),
        ),
        (
            "\n    Export:",
            "        watchlist:",
            format!("        {many}:\n          items: []\n"),
        ),
    ];
    if !noun.private {
        edits.extend([
            (
                "\n      operationId: deleteMyAccount",
                "      responses:",
                format!("        - $ref: '#/components/parameters/Delete{many_type}'\n"),
            ),
            (
                "",
                "    PasskeyId:",
                format!(
                    "    Delete{many_type}:
      name: {many}
      in: query
      required: false
      description: |
        What becomes of the {many} that the user added. `delete`, the default: they are deleted. `disown`: they stay, and
        nothing tells any more who added them; from then on only members of the group `editors` can change them.
      schema:
        type: string
        enum: [delete, disown]
      example: disown
"
                ),
            ),
        ]);
    }
    edits
}
