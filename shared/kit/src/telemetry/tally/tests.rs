use super::*;

async fn call(times: u64) {
    for _ in 0..times {
        add(|used| used.store_calls += 1);
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn work_at_the_same_time_is_told_apart() {
    let (((), three), ((), five)) = tokio::join!(of(call(3)), of(call(5)));
    assert_eq!((three.store_calls, five.store_calls), (3, 5));
}

#[tokio::test]
async fn what_belongs_to_no_request_is_not_counted() {
    call(1).await;
    let ((), used) = of(async {
        call(1).await;
        tokio::spawn(call(4)).await.unwrap();
    })
    .await;
    assert_eq!(used.store_calls, 1);
}
