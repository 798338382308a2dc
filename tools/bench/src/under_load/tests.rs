use http::Method;
use local::server::{Options, Server, Stage};

use super::{mix::Call, *};

async fn server() -> (Server, Client) {
    let server = Server::start(Options {
        quiet: true,
        ..Options::default()
    });
    let server = server.await.unwrap();
    let mix = Mix::prepare(&server.stage_url(Stage::Development)).await;
    let client = Client::new(mix.unwrap());
    (server, client)
}

#[tokio::test]
async fn both_loops_get_answers_of_the_contract() {
    let (_server, client) = server().await;
    let of_closed = closed(&client, 4, Until::Sent(300)).await.unwrap();
    let of_open = open(&client, 300.0, Duration::from_millis(500)).await;
    let of_open = of_open.unwrap();
    for tally in [&of_closed, &of_open] {
        assert_eq!(tally.statuses.keys().collect::<Vec<_>>(), [&200]);
        assert!(tally.violations.is_empty(), "{:?}", tally.violations);
        assert!(tally.unanswered.is_empty(), "{:?}", tally.unanswered);
        assert!(tally.checked > 0);
    }
    assert_eq!(of_closed.answers(), 300);
    assert!(of_open.answers() > 50, "{}", of_open.answers());
}

#[tokio::test]
async fn a_server_that_is_gone_gives_no_answer_and_the_demand_is_missed() {
    let (server, client) = server().await;
    server.stop().await;
    client.close();
    let tally = closed(&client, 2, Until::Sent(10)).await.unwrap();
    assert_eq!(tally.unanswered.values().sum::<u64>(), 10);
    let (text, is_met) = report::answers(&[Row::closed(1.0, 2, tally)]);
    assert!(!is_met, "{text}");
}

#[tokio::test]
async fn an_answer_that_the_contract_has_not_is_a_fault() {
    let tallies = Tallies::new().unwrap();
    let call = Call {
        name: "list",
        method: Method::GET,
        path: "/movies",
        query: String::new(),
        body: None,
    };
    let answer = ::tests::answer::Answer {
        status: 503,
        headers: http::HeaderMap::new(),
        body: "sorry".into(),
    };
    tallies.add(&call, Ok(answer), Duration::ZERO);
    let tally = tallies.end(Duration::from_secs(1)).unwrap();
    assert!(
        tally
            .violations
            .iter()
            .any(|fault| fault.contains("no Retry-After"))
    );
    assert!(tally.violations.len() > 1, "{:?}", tally.violations);
    let (text, is_met) = report::answers(&[Row::closed(1.0, 1, tally)]);
    assert!(!is_met, "{text}");
}

/// This process is the watched one.
#[cfg(target_os = "linux")]
#[tokio::test]
async fn memory_and_handles_that_grow_are_seen() {
    let folder = tempfile::tempdir().unwrap();
    let process = Process::of(std::process::id(), folder.path());
    let mut curve = Curve::default();
    let mut kept = Vec::new();
    for row in 0..=ROWS {
        curve.add(row, &process).unwrap();
        kept.push(vec![1_u8; 1_024 * 1_024]);
    }
    let (text, is_met) = curve.memory(0);
    assert!(!is_met, "{text}");
    let (text, is_met) = report::handles(10, 100);
    assert!(!is_met, "{text}");
    let (text, is_met) = report::handles(10, 11);
    assert!(is_met, "{text}");
    drop(kept);
}
