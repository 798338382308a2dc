use local::server::{Options, Server, Stage};

use super::*;

#[tokio::test]
async fn the_benchmark_runs() {
    let server = Server::start(Options {
        quiet: true,
        ..Options::default()
    });
    let server = server.await.unwrap();
    let stage = server.stage_url(Stage::Development);
    let lines = measure(&stage, 0.0, 0.05, || None).await.unwrap();
    assert_eq!(lines.len(), CONNECTIONS.len());
    assert!(lines.iter().all(|line| line.ends_with("not measured")));
}
