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
    let times = Times {
        warm_up: Duration::ZERO,
        counted: Duration::from_millis(50),
    };
    let lines = measure(&stage, &times, || None).await.unwrap();
    assert_eq!(lines.len(), CONNECTIONS.len());
    assert!(lines.iter().all(|line| line.ends_with("not measured")));
}
