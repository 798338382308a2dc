use super::*;

#[tokio::test]
async fn every_sample_is_accepted_and_added_once() {
    let store = EmbeddedStore::in_memory().unwrap();
    let now = OffsetDateTime::UNIX_EPOCH;
    assert!(sow(&store, now).await.unwrap() >= 40);
    assert_eq!(sow(&store, now).await.unwrap(), 0);
}
