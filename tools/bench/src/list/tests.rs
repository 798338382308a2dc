use super::*;

#[tokio::test]
async fn the_benchmark_runs() {
    let setting = Setting::quick();
    assert_ne!(run(&setting).await.unwrap(), Verdict::NoGoal);
}
