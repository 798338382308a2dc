use std::time::Duration;

use aws_smithy_types::DateTime;

use super::*;
use crate::{
    cloud::{figures::Alarm, shifting::Deployment, stack::Stack},
    follow::Row,
};

fn minutes(minutes: u64) -> Duration {
    Duration::from_secs(60 * minutes)
}

fn row(version: &str, share: f64, figures: [Option<f64>; 4]) -> Row {
    let [requests, errors, http_5xx, p99] = figures;
    Row {
        version: version.to_owned(),
        share,
        figures: Figures {
            requests,
            errors,
            http_5xx,
            p99,
        },
    }
}

/// A canary, 3 minutes and 30 seconds after its traffic began.
fn canary() -> Snapshot {
    let began = 1_800_000_000;
    Snapshot {
        at: DateTime::from_secs(began + 210),
        stack: Stack {
            name: "movies".to_owned(),
            status: "UPDATE_IN_PROGRESS".to_owned(),
            reason: None,
            parameters: [].into(),
            outputs: [].into(),
            capabilities: Vec::new(),
            updated: None,
        },
        deployment: Some(Deployment {
            id: "d-1".to_owned(),
            status: "InProgress".to_owned(),
            config: String::new(),
            created: None,
            error: None,
            goes_back: false,
            old: Some("7".to_owned()),
            new: Some("8".to_owned()),
            shifting_since: Some(DateTime::from_secs(began)),
        }),
        steps: Some(Steps::Canary {
            percent: 10,
            pause: minutes(10),
        }),
        rows: vec![
            row(
                "7",
                0.9,
                [Some(1_204_000.0), Some(0.0), Some(1.0), Some(84.4)],
            ),
            row("8", 0.1, [Some(131.0), Some(3.0), None, None]),
        ],
        alarms: vec![
            Alarm {
                name: "movies-errors-v8".to_owned(),
                state: "ALARM".to_owned(),
            },
            Alarm {
                name: "movies-5xx-v8".to_owned(),
                state: "INSUFFICIENT_DATA".to_owned(),
            },
        ],
    }
}

#[test]
fn a_terminal_shows_both_versions_side_by_side() {
    let expected = "\
movies UPDATE_IN_PROGRESS, d-1 InProgress (10 % for 10 minutes, then all)
version    traffic   requests   errors    5xx       p99
7             90 %  1,204,000        0      1     84 ms
8             10 %        131        3      -         -
alarms: movies-errors-v8 ALARM, movies-5xx-v8 INSUFFICIENT_DATA
time left: 6 min 30 s";
    assert_eq!(table(&canary()), expected);
}

#[test]
fn a_log_has_all_of_it_in_a_line() {
    let expected = "2027-01-15T08:03:30Z movies UPDATE_IN_PROGRESS, d-1 InProgress (10 % for 10 minutes, then all); \
                    version 7 90 % requests=1,204,000 errors=0 5xx=1 p99=84 ms; \
                    version 8 10 % requests=131 errors=3 5xx=- p99=-; \
                    ALARM movies-errors-v8; 6 min 30 s left";
    assert_eq!(line(&canary()), expected);
}

#[test]
fn before_any_traffic_there_is_no_time_to_tell() {
    let mut snapshot = canary();
    snapshot.deployment.as_mut().unwrap().shifting_since = None;
    snapshot.alarms.clear();
    let text = table(&snapshot);
    assert!(text.contains("checking before any traffic"), "{text}");
    assert!(!text.contains("time left"), "{text}");
    assert!(!text.contains("alarms"), "{text}");
}

#[test]
fn a_line_is_due_when_something_happened_and_not_because_time_passed() {
    let before = canary();
    let mut later = canary();
    later.at = DateTime::from_secs(later.at.secs() + 5);
    later.rows[0].figures.requests = Some(2_000_000.0);
    assert_eq!(milestone(&before), milestone(&later));
    let changes: [fn(&mut Snapshot); 3] = [
        |snapshot| snapshot.rows[1].share = 0.2,
        |snapshot| snapshot.alarms[0].state = "OK".to_owned(),
        |snapshot| snapshot.stack.status = "UPDATE_COMPLETE".to_owned(),
    ];
    for change in changes {
        let mut later = canary();
        change(&mut later);
        assert_ne!(milestone(&before), milestone(&later));
    }
}

#[test]
fn the_time_left_is_that_of_all_steps() {
    let cases = [
        (Steps::Once, 0),
        (
            Steps::Canary {
                percent: 1,
                pause: minutes(30),
            },
            30,
        ),
        (
            Steps::Linear {
                percent: 10,
                pause: minutes(1),
            },
            9,
        ),
        (
            Steps::Linear {
                percent: 30,
                pause: minutes(2),
            },
            6,
        ),
    ];
    for (steps, length) in cases {
        assert_eq!(steps.length(), minutes(length), "{steps:?}");
    }
    let mut late = canary();
    late.at = DateTime::from_secs(late.at.secs() + 3600);
    assert_eq!(late.left(), Some(Duration::ZERO));
}
