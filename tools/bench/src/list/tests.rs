#[tokio::test]
async fn the_benchmark_runs() {
    super::run(true).await.unwrap();
}
