//! The permissions of the function's role.

use aws_sdk_dynamodb::types::AttributeValue;
use local::server::Stage;

use crate::{
    cloud::Cloud,
    role::{Clients, outcome},
};

pub(crate) async fn the_function_may_do_what_it_does_and_no_more(cloud: Cloud) {
    // The session of the role begins with the first request.
    cloud.served_by(Stage::Development).await;
    let aws = Clients::of_the_function(&cloud);
    let movies = cloud.of_stage(Stage::Development, "MoviesTableName");
    let year = AttributeValue::N("1979".to_owned());
    let key = |get: aws_sdk_dynamodb::operation::get_item::builders::GetItemFluentBuilder| {
        get.key("year", year.clone())
            .key("title", AttributeValue::S("Alien".to_owned()))
    };
    let get = key(aws.dynamo.get_item().table_name(movies)).send().await;
    assert_eq!(outcome(get), Ok(()));

    let denied = |call: &str, outcome: Result<(), String>| {
        let code = outcome.expect_err(call);
        let refused = ["AccessDeniedException", "AccessDenied"].contains(&code.as_str());
        assert!(refused, "{call}: {code}");
    };
    let other = key(aws.dynamo.get_item().table_name("others")).send().await;
    denied("GetItem elsewhere", outcome(other));
    // Development runs code that is not approved yet, so it has no access to Production.
    let production = cloud.of_stage(Stage::Production, "MoviesTableName");
    let get = key(aws.dynamo.get_item().table_name(production));
    denied("GetItem of Production", outcome(get.send().await));
    let user = aws.cognito.admin_get_user().username("ada@example.com");
    let user = user.user_pool_id(cloud.of_stage(Stage::Production, "UserPoolId"));
    denied("AdminGetUser of Production", outcome(user.send().await));
    let delete = aws.dynamo.delete_table().table_name(movies).send().await;
    denied("DeleteTable", outcome(delete));
    let update = aws.dynamo.update_table().table_name(movies);
    let update = update.deletion_protection_enabled(false).send().await;
    denied("UpdateTable", outcome(update));
    denied("ListTables", outcome(aws.dynamo.list_tables().send().await));

    let pool = cloud.of_stage(Stage::Development, "UserPoolId");
    let create = aws.cognito.admin_create_user().user_pool_id(pool);
    let create = create.username("eve@example.com").send().await;
    denied("AdminCreateUser", outcome(create));
    let disable = aws.cognito.admin_disable_user().user_pool_id(pool);
    let disable = disable.username("eve@example.com");
    denied("AdminDisableUser", outcome(disable.send().await));
    let group = aws.cognito.admin_add_user_to_group().user_pool_id(pool);
    let group = group.username("eve@example.com").group_name("editors");
    denied("AdminAddUserToGroup", outcome(group.send().await));
    let delete = aws.cognito.delete_user_pool().user_pool_id(pool);
    denied("DeleteUserPool", outcome(delete.send().await));
}
