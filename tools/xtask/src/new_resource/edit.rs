//! The places where a noun is registered.

use std::{fs, path::Path};

use anyhow::{Context as _, ensure};
use heck::ToUpperCamelCase as _;

use service::telemetry::NAMESPACE;

use super::Noun;

const TEMPLATE: &str = "template.yaml";

/// A text that is put into a file before or behind the first line that begins with `anchor`, after the first one that
/// begins with `section`.
struct Edit {
    path: &'static str,
    section: String,
    anchor: String,
    text: String,
    behind: bool,
}

fn before(path: &'static str, anchor: impl Into<String>, text: String) -> Edit {
    Edit {
        path,
        section: String::new(),
        anchor: anchor.into(),
        text,
        behind: false,
    }
}

fn behind(path: &'static str, anchor: impl Into<String>, text: String) -> Edit {
    Edit {
        behind: true,
        ..before(path, anchor, text)
    }
}

impl Edit {
    fn after(self, section: impl Into<String>) -> Self {
        Self {
            section: section.into(),
            ..self
        }
    }
}

/// The files that register the noun, as they are after it, by their paths.
pub(super) fn all(root: &Path, noun: &Noun) -> anyhow::Result<Vec<(String, String)>> {
    refuse_taken_names(root, noun)?;
    let mut files: Vec<(String, String)> = Vec::new();
    for edit in edits(noun).into_iter().chain(template(noun)) {
        let known = files.iter().position(|(path, _)| path == edit.path);
        let at = if let Some(at) = known {
            at
        } else {
            let text = fs::read_to_string(root.join(edit.path));
            files.push((edit.path.to_owned(), text.with_context(|| edit.path)?));
            files.len() - 1
        };
        let text = &mut files[at].1;
        *text = edit
            .make(text)
            .with_context(|| format!("{}: put this in by hand:\n{}", edit.path, edit.text))?;
    }
    Ok(files)
}

/// Refuses the names of other crates and of other tables.
fn refuse_taken_names(root: &Path, noun: &Noun) -> anyhow::Result<()> {
    let many = &noun.many;
    let table = format!("  Development{}Table:", many.to_upper_camel_case());
    for (path, line) in [("Cargo.toml", format!("{many} = ")), (TEMPLATE, table)] {
        let text = fs::read_to_string(root.join(path)).with_context(|| path)?;
        let is_taken = text.lines().any(|known| known.starts_with(&line));
        ensure!(!is_taken, "{path} has another {many} already");
    }
    Ok(())
}

impl Edit {
    fn make(&self, text: &str) -> anyhow::Result<String> {
        ensure!(!text.contains(&self.text), "it is there already");
        let (mut in_section, mut found) = (false, false);
        let mut edited = String::with_capacity(text.len() + self.text.len());
        for line in text.split_inclusive('\n') {
            in_section |= line.starts_with(&self.section);
            let here = in_section && !found && line.starts_with(&self.anchor);
            found |= here;
            if here && !self.behind {
                edited.push_str(&self.text);
            }
            edited.push_str(line);
            if here && self.behind {
                edited.push_str(&self.text);
            }
        }
        ensure!(found, "there is no line `{}`", self.anchor);
        Ok(edited)
    }
}

/// The registrations in code, tests and contract.
fn edits(noun: &Noun) -> Vec<Edit> {
    const ACCOUNTS: &str = "shared/accounts/openapi.yaml";

    let Noun { many, one, .. } = noun;
    let (many_type, one_type) = (many.to_upper_camel_case(), one.to_upper_camel_case());
    let dependency = format!("{many}.workspace = true\n");
    let mut edits = vec![
        before(
            "Cargo.toml",
            "    \"shared/service\",",
            format!("    \"shared/{many}\",\n"),
        ),
        before(
            "Cargo.toml",
            "programs = { path",
            format!("{many} = {{ path = \"shared/{many}\" }}\n"),
        ),
        before(
            "shared/service/Cargo.toml",
            "secrecy.workspace",
            dependency.clone(),
        ),
        // The last of the list: what takes the first one by default stays with it.
        before(
            "shared/service/src/nouns.rs",
            "}",
            format!("    {many}: {many}::{one_type}, {many}::routes;\n"),
        )
        .after("nouns! {"),
        before("tests/Cargo.toml", "watchlist.workspace", dependency),
        before(
            "tests/tests/api/main.rs",
            "mod watchlist;",
            format!("mod {many};\n"),
        ),
        before(
            "tests/tests/api/main.rs",
            "        watchlist::tests(),",
            format!("        {many}::tests(),\n"),
        ),
        before(
            "tests/tests/store/nouns.rs",
            "mod watchlist;",
            format!("mod {many};\n"),
        ),
        behind(
            "tests/tests/store/nouns.rs",
            "        Suite::of::<::watchlist::Entry>(),",
            format!("        Suite::of::<::{many}::{one_type}>(),\n"),
        ),
        behind(
            ACCOUNTS,
            "        watchlist: { $ref: '#/components/schemas/ExportedWatchlistResponse'",
            format!(
                "        {many}: {{ $ref: '#/components/schemas/Exported{many_type}Response' }}\n"
            ),
        ),
        behind(
            ACCOUNTS,
            "        - watchlist",
            format!("        - {many}\n"),
        )
        .after("    ExportResponse:"),
        before(
            ACCOUNTS,
            "        watchlist:",
            format!("        {many}:\n          items: []\n"),
        )
        .after("    Export:"),
    ];
    if !noun.private {
        edits.extend([
            before(
                ACCOUNTS,
                "      responses:",
                format!("        - $ref: '#/components/parameters/Delete{many_type}'\n"),
            )
            .after("      operationId: deleteMyAccount"),
            before(
                ACCOUNTS,
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

/// The tables, settings and rights of both stages.
fn template(noun: &Noun) -> Vec<Edit> {
    let Noun { many, .. } = noun;
    let many_type = many.to_upper_camel_case();
    let mut edits = Vec::new();
    for stage in ["Development", "Production"] {
        let table = format!("{stage}{many_type}Table");
        let variable = format!("          {}_TABLE: !Ref {table}\n", many.to_uppercase());
        let scan = if noun.private {
            ""
        } else {
            "                  - dynamodb:Scan\n"
        };
        let by_owner = if noun.private {
            String::new()
        } else {
            format!(
                "              - Sid: {many_type}OfAUser
                Effect: Allow
                Action: dynamodb:Query
                Resource: !Sub \"${{{table}.Arn}}/index/ByOwner\"
"
            )
        };
        let rights = format!(
            "              - Sid: {many_type}
                Effect: Allow
                Action:
                  - dynamodb:DeleteItem
                  - dynamodb:GetItem
                  - dynamodb:PutItem
                  - dynamodb:Query
{scan}                  - dynamodb:UpdateItem
                Resource: !GetAtt {table}.Arn
{by_owner}"
        );
        edits.extend([
            before(TEMPLATE, format!("          IDEMPOTENCY_TABLE: !Ref {stage}IdempotencyTable"), variable),
            before(TEMPLATE, "              - Sid: IdempotencyRecords", rights).after(format!("  {stage}FunctionRole:")),
            before(TEMPLATE, format!("  {stage}IdempotencyTable:"), resource(noun, stage, &table)),
            before(
                TEMPLATE,
                format!("  {stage}IdempotencyTableName:"),
                format!("  {table}Name:\n    Description: Table that holds the {many} of {stage}\n    Value: !Ref {table}\n"),
            ),
        ]);
        let (function, version) = match stage {
            "Development" => ("${DevelopmentFunction}", "$LATEST"),
            _ => ("${ProductionFunction}", "${Version}"),
        };
        for (act, label) in [
            ("Added", ""),
            ("Updated", " updated"),
            ("Deleted", " deleted"),
        ] {
            let chart = |noun: &str| {
                format!(
                    "              [\"{NAMESPACE}\", \"{noun}{act}\", \"FunctionName\", \"{function}\", \"FunctionVersion\", \"{version}\", "
                )
            };
            let text = format!(
                "{}{{\"label\": \"{stage} {many}{label}\"}}],\n",
                chart(&many_type)
            );
            edits.push(before(TEMPLATE, chart("WatchlistEntries"), text));
        }
        for (metric, label) in [
            ("ConsumedReadCapacityUnits", "read"),
            ("ConsumedWriteCapacityUnits", "written"),
            ("ReadThrottleEvents", "read"),
            ("WriteThrottleEvents", "written"),
        ] {
            let chart = |table: &str| {
                format!(
                    "              [\"AWS/DynamoDB\", \"{metric}\", \"TableName\", \"${{{table}}}\", "
                )
            };
            let text = format!(
                "{}{{\"label\": \"{stage} {many} {label}\"}}],\n",
                chart(&table)
            );
            edits.push(before(
                TEMPLATE,
                chart(&format!("{stage}IdempotencyTable")),
                text,
            ));
        }
    }
    edits
}

/// The table of a stage.
fn resource(noun: &Noun, stage: &str, table: &str) -> String {
    let sort = &noun
        .key
        .last()
        .map(|part| part.member.as_str())
        .unwrap_or_default();
    let partition = if noun.private {
        "owner"
    } else {
        &noun.key[0].member
    };
    let (owner, index) = if noun.private {
        ("", String::new())
    } else {
        (
            "        - AttributeName: addedBy\n          AttributeType: S\n",
            format!(
                "      GlobalSecondaryIndexes:
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
            ),
        )
    };
    format!(
        "  {table}:
    Type: AWS::DynamoDB::Table
    Metadata:
      checkov:
        skip:
          - id: CKV_AWS_119
            comment: The parameter CustomerManagedKey says which key; by default one of AWS, which costs nothing.
    DeletionPolicy: Retain
    UpdateReplacePolicy: Retain
    Properties:
      Tags:
        - Key: stage
          Value: {stage}
      BillingMode: PAY_PER_REQUEST
      DeletionProtectionEnabled: true
      PointInTimeRecoverySpecification:
        PointInTimeRecoveryEnabled: true
      SSESpecification: !If [HasDataKey, {{SSEEnabled: true, SSEType: KMS, KMSMasterKeyId: !GetAtt DataKey.Arn}}, !Ref AWS::NoValue]
      AttributeDefinitions:
        - AttributeName: {partition}
          AttributeType: S
        - AttributeName: {sort}
          AttributeType: S
{owner}      KeySchema:
        - AttributeName: {partition}
          KeyType: HASH
        - AttributeName: {sort}
          KeyType: RANGE
{index}
"
    )
}
