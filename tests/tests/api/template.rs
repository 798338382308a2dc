//! `template.yaml` says what the code takes for granted.

use serde_yaml_ng::Value;

crate::tests![the_pool_has_the_policy_that_the_service_checks];

/// What a resource of the template has at a path of names.
fn property<'a>(template: &'a Value, resource: &str, path: &[&str]) -> &'a Value {
    let properties = &template["Resources"][resource]["Properties"];
    path.iter().fold(properties, |value, name| &value[*name])
}

async fn the_pool_has_the_policy_that_the_service_checks() {
    let policy = api::identity::PASSWORD_POLICY;
    let text = include_str!("../../../template.yaml");
    let template: Value = serde_yaml_ng::from_str(text).unwrap();
    let declared = property(&template, "UserPool", &["Policies", "PasswordPolicy"]);
    assert_eq!(
        declared["MinimumLength"],
        Value::from(policy.minimum_length)
    );
    for (name, required) in [
        ("RequireLowercase", policy.require_lowercase),
        ("RequireUppercase", policy.require_uppercase),
        ("RequireNumbers", policy.require_numbers),
        ("RequireSymbols", policy.require_symbols),
    ] {
        assert_eq!(declared[name], Value::from(required), "{name}");
    }
    for name in ["AccessTokenValidity", "IdTokenValidity"] {
        let minutes = property(&template, "UserPoolClient", &[name]);
        assert_eq!(*minutes, Value::from(15), "{name}");
    }
}
