use super::*;

fn change(action: &str, resource: &str, properties: &[&str], replaced: bool) -> Change {
    Change {
        action: action.to_owned(),
        resource: resource.to_owned(),
        properties: properties.iter().map(|name| (*name).to_owned()).collect(),
        replaced,
    }
}

#[test]
fn a_change_is_free_only_where_production_is_not() {
    for (action, resource, properties, replaced, reaches) in [
        (
            "Modify",
            "DevelopmentTable",
            &["BillingMode"][..],
            false,
            false,
        ),
        ("Remove", "ApiDeployment0123456789", &[], false, false),
        ("Add", "ApiDeployment9876543210", &[], false, false),
        (
            "Modify",
            "ApiDevelopmentStage",
            &["DeploymentId"],
            false,
            false,
        ),
        ("Modify", "Api", &["Body"], false, false),
        ("Modify", "Api", &["Body", "Name"], false, true),
        ("Modify", "Api", &[], false, true),
        ("Modify", "Api", &["Body"], true, true),
        (
            "Modify",
            "ProductionFunction",
            &["Code", "Environment"],
            false,
            false,
        ),
        (
            "Modify",
            "ProductionFunction",
            &["ReservedConcurrentExecutions"],
            false,
            true,
        ),
        ("Remove", "ProductionFunction", &[], false, true),
        (
            "Modify",
            "ProductionPreSignUpFunction",
            &["Code"],
            false,
            false,
        ),
        (
            "Modify",
            "ProductionChangesFunction",
            &["Code"],
            false,
            false,
        ),
        (
            "Modify",
            "ProductionMoviesStream",
            &["FunctionName"],
            false,
            true,
        ),
        (
            "Modify",
            "ProductionMoviesTable",
            &["StreamSpecification"],
            false,
            true,
        ),
        (
            "Modify",
            "ProductionFunctionRole",
            &["Policies"],
            false,
            true,
        ),
        (
            "Modify",
            "ProductionUserPool",
            &["LambdaConfig"],
            false,
            true,
        ),
        (
            "Modify",
            "ProductionAlias",
            &["FunctionVersion"],
            false,
            true,
        ),
        ("Modify", "Firewall", &["Rules"], false, true),
        ("Add", "SomethingNew", &[], false, true),
    ] {
        let change = change(action, resource, properties, replaced);
        assert_eq!(reaches_production(&change), reaches, "{change:?}");
    }
}
