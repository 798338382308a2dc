//! The permissions of the functions' roles.

use aws_sdk_dynamodb::types::{AttributeValue, KeysAndAttributes, PutRequest, WriteRequest};
use local::server::Stage;
use serde_json::json;

use crate::{
    cloud::{Cloud, title},
    role::{Clients, outcome},
};

fn text(text: &str) -> AttributeValue {
    AttributeValue::S(text.to_owned())
}

/// Demands that a call was refused for want of a permission.
fn denied(call: &str, outcome: Result<(), String>) {
    let code = outcome.expect_err(call);
    let refused = ["AccessDeniedException", "AccessDenied"].contains(&code.as_str());
    assert!(refused, "{call}: {code}");
}

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

    // The relay alone writes what searches and the feeds read.
    let search = cloud.of_stage(Stage::Development, "SearchTableName");
    let put = aws.dynamo.put_item().table_name(search);
    let put = put.item("list", text("x")).item("place", text("x"));
    denied("PutItem of an entry", outcome(put.send().await));
    let changes = cloud.of_stage(Stage::Development, "ChangesTableName");
    let seq = AttributeValue::N("0".to_owned());
    let delete = aws.dynamo.delete_item().table_name(changes);
    let delete = delete.key("log", text("x")).key("seq", seq);
    denied("DeleteItem of a log", outcome(delete.send().await));

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

pub(crate) async fn the_relay_may_do_what_it_does_and_no_more(cloud: Cloud) {
    // The session of the role begins with the first batch.
    let (ada, title) = (cloud.person(Stage::Development).await.api, title());
    let movie = json!({ "title": title, "year": 1979 });
    ada.add(&movie).send().await.is(201);
    cloud.until_found(&ada, &title).await;
    let aws = Clients::of_the_relay(&cloud).dynamo;
    let table = |stage, name: &str| cloud.of_stage(stage, name).to_owned();
    let movies = table(Stage::Development, "MoviesTableName");
    let year = AttributeValue::N("1979".to_owned());
    let key = [
        ("year".to_owned(), year),
        ("title".to_owned(), text(&title)),
    ];
    let keys = || {
        KeysAndAttributes::builder()
            .keys(key.clone().into())
            .build()
    };
    let read = aws.batch_get_item().request_items(&movies, keys().unwrap());
    assert_eq!(outcome(read.send().await), Ok(()));

    let production = table(Stage::Production, "MoviesTableName");
    let read = aws
        .batch_get_item()
        .request_items(production, keys().unwrap());
    denied("BatchGetItem of Production", outcome(read.send().await));
    let put = PutRequest::builder().set_item(Some(key.clone().into()));
    let put = WriteRequest::builder()
        .put_request(put.build().unwrap())
        .build();
    let write = aws
        .batch_write_item()
        .request_items(&movies, vec![put.clone()]);
    denied("BatchWriteItem of movies", outcome(write.send().await));
    let delete = aws
        .delete_item()
        .table_name(&movies)
        .set_key(Some(key.into()));
    denied("DeleteItem of a movie", outcome(delete.send().await));
    let all = aws.scan().table_name(&movies).send().await;
    denied("Scan of movies", outcome(all));
    let logs = table(Stage::Development, "ChangesTableName");
    let all = aws.scan().table_name(&logs).send().await;
    denied("Scan of the logs", outcome(all));
    let other = table(Stage::Production, "SearchTableName");
    let write = aws.batch_write_item().request_items(other, vec![put]);
    denied("BatchWriteItem of Production", outcome(write.send().await));
    let delete = aws.delete_table().table_name(&movies).send().await;
    denied("DeleteTable", outcome(delete));
}
