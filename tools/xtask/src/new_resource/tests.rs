use std::{fs, path::Path};

use super::NewResourceArgs;

/// A checkout with nothing but the files that a registration changes.
fn checkout() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for file in [
        "Cargo.toml",
        "shared/accounts/openapi.yaml",
        "shared/service/Cargo.toml",
        "shared/service/src/nouns.rs",
        "template.yaml",
        "tests/Cargo.toml",
        "tests/tests/api/main.rs",
        "tests/tests/store/nouns.rs",
    ] {
        let to = folder.path().join(file);
        fs::create_dir_all(to.parent().unwrap()).unwrap();
        fs::copy(programs::checkout::root().join(file), to).unwrap();
    }
    folder
}

fn make(root: &Path, arguments: &str) -> Result<String, String> {
    let args = NewResourceArgs::parse(arguments).map_err(|error| error.to_string())?;
    args.make(root).map_err(|error| format!("{error:#}"))
}

#[test]
fn a_noun_is_five_files() {
    for arguments in [
        "recipes --key cuisine --key name --field type:line",
        "notes --private --key noteId --field done:flag --field heading:line",
    ] {
        let checkout = checkout();
        let said = make(checkout.path(), arguments).unwrap();
        let made = said.split("Changed:").next().unwrap();
        assert_eq!(made.lines().count(), 6, "{said}");
        // It is there now.
        let again = make(checkout.path(), arguments).unwrap_err();
        assert!(again.contains("is there already"), "{again}");
    }
}

/// Without it no search would find the noun, and no app hear of a change, in the cloud only.
#[test]
fn the_relay_follows_the_noun_on_both_stages() {
    let text = |value: &serde_yaml_ng::Value| serde_yaml_ng::to_string(value).unwrap();
    for (arguments, many, variable) in [
        (
            "recipes --key cuisine --key name --field type:line",
            "Recipes",
            "RECIPES_TABLE",
        ),
        (
            "notes --private --key noteId --field done:flag --field heading:line",
            "Notes",
            "NOTES_TABLE",
        ),
    ] {
        let checkout = checkout();
        make(checkout.path(), arguments).unwrap();
        let template = fs::read_to_string(checkout.path().join("template.yaml")).unwrap();
        let template: serde_yaml_ng::Value = serde_yaml_ng::from_str(&template).unwrap();
        let resource = |name: String| &template["Resources"][name];
        for stage in ["Development", "Production"] {
            let table = format!("{stage}{many}Table");
            let properties = &resource(table.clone())["Properties"];
            assert_eq!(
                properties["StreamSpecification"]["StreamViewType"],
                "KEYS_ONLY"
            );
            let stream = &resource(format!("{stage}{many}Stream"))["Properties"];
            let like = &resource(format!("{stage}WatchlistStream"))["Properties"];
            assert_eq!(
                text(&stream["EventSourceArn"]),
                format!("!GetAtt {table}.StreamArn\n")
            );
            assert_eq!(stream["FunctionName"], like["FunctionName"]);
            let function = &resource(format!("{stage}ChangesFunction"))["Properties"];
            let given = &function["Environment"]["Variables"][variable];
            assert_eq!(text(given), format!("!Ref {table}\n"));
            let role = text(resource(format!("{stage}ChangesFunctionRole")));
            for right in [
                format!("${{{table}.Arn}}/stream/*"),
                format!("!GetAtt {table}.Arn\n"),
            ] {
                assert_eq!(role.matches(&right).count(), 1, "{right}: {role}");
            }
            let role = text(resource(format!("{stage}FunctionRole")));
            assert!(role.contains(&format!("!GetAtt {table}.Arn\n")));
        }
    }
}

#[test]
fn what_cannot_be_made_changes_nothing() {
    let checkout = checkout();
    let nouns = checkout.path().join("shared/service/src/nouns.rs");
    let before = fs::read_to_string(&nouns).unwrap();
    for (arguments, reason) in [
        ("Recipes --key a --key b", "lower-case"),
        (
            "movies --key a --key b",
            "Cargo.toml has another movies already",
        ),
        (
            "time --key a --key b",
            "Cargo.toml has another time already",
        ),
        (
            "search --key a --key b",
            "template.yaml has another search already",
        ),
        ("recipes --key a", "--key is needed twice"),
        ("recipes --private --key a --key b", "--key is needed once"),
        ("recipes --key a --key a", "named twice"),
        (
            "recipes --key a --key version",
            "has a member version already",
        ),
        ("recipes --key a --key b --field c", "NAME:TYPE"),
        (
            "recipes --key a --key b --field c:float",
            "no type of a field",
        ),
        ("recipes --key a --key 1b", "no name of a member"),
        ("recipes --key a --key b --one recipes", "--one"),
    ] {
        let refused = make(checkout.path(), arguments).unwrap_err();
        assert!(refused.contains(reason), "{arguments}: {refused}");
    }
    assert_eq!(fs::read_to_string(&nouns).unwrap(), before);
    // A place for a registration is missing.
    fs::write(&nouns, "").unwrap();
    let refused = make(checkout.path(), "recipes --key a --key b").unwrap_err();
    assert!(refused.contains("by hand"), "{refused}");
    assert!(!checkout.path().join("shared/recipes").exists());
}

#[test]
fn a_right_that_cannot_be_given_is_not_left_out() {
    let checkout = checkout();
    let template = checkout.path().join("template.yaml");
    let before = fs::read_to_string(&template).unwrap();
    for gone in ["- dynamodb:UpdateItem", "AttributeName: owner"] {
        fs::write(&template, before.replace(gone, "- other")).unwrap();
        let refused = make(checkout.path(), "recipes --key a --key b").unwrap_err();
        assert!(refused.contains("template.yaml"), "{refused}");
        assert!(!checkout.path().join("shared/recipes").exists());
    }
}
