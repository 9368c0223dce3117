use super::*;
use crate::smoke::requests::{Answer, Failure};

fn tallied(latencies: &[u64]) -> Tally {
    let mut tally = Tally::default();
    for ms in latencies {
        let end = Duration::from_secs(2);
        let due = end - Duration::from_millis(*ms);
        let sent = Duration::from_millis(1800);
        tally.request(
            Request {
                which: 0,
                due,
                sent,
            },
            end,
            Ok(Answer::default()),
        );
    }
    tally
}

fn settings() -> Settings {
    Settings {
        rate: 5.0,
        duration: Duration::from_secs(2),
        connections: 3,
        timeout: Duration::from_secs(1),
        seed: 1,
    }
}

fn labels() -> Vec<String> {
    vec!["meta".to_owned()]
}

const LIMITS: Limits = Limits {
    error_percent: 0.0,
    average: Duration::from_millis(5),
};

#[test]
fn unsent_requests_are_errors_and_fail_the_test() {
    let mut tally = tallied(&[1; 8]);
    tally.add(tallied(&[1]));
    tally.unsent(1);
    let outcome = Outcome::new(&settings(), 10, &labels(), tally);
    assert_eq!(
        (
            outcome.answered,
            outcome.errors["unsent"],
            outcome.error_percent
        ),
        (9, 1, 10.0)
    );
    // all were sent 0.2 s before the last answer
    assert_eq!((outcome.seconds, outcome.throughput), (0.2, 45.0));
    let exceeded = outcome.exceeded_limits(&LIMITS);
    assert!(
        exceeded.len() == 1 && exceeded[0].contains("10.000 %"),
        "{exceeded:?}"
    );
}

#[test]
fn sent_and_unsent_are_all_requests_and_answered_and_not_answered_all_that_were_sent() {
    let mut tally = tallied(&[1; 6]);
    let times = Duration::from_secs(1);
    for kind in ["refused", "timeout", "refused"] {
        let request = Request {
            which: 0,
            due: times,
            sent: times,
        };
        let message = format!("it was {kind} {}", "and why ".repeat(12));
        tally.request(request, times, Err(Failure::lost(kind, message)));
    }
    tally.unsent(4);
    let outcome = Outcome::new(&settings(), 13, &labels(), tally);
    assert_eq!(
        (
            outcome.sent,
            outcome.unsent,
            outcome.answered,
            outcome.not_answered
        ),
        (9, 4, 6, 3)
    );
    let errors: u64 = outcome.errors.values().sum();
    assert_eq!(errors, 7);
    assert_eq!((outcome.error_percent * 13.0).round(), 700.0);
    assert_eq!(
        outcome.details(),
        "no answer: 2 refused, 1 timeout; 4 unsent"
    );
    assert!(
        outcome
            .line()
            .starts_with("9 sent, 4 unsent, 6 answered, 53.85 % errors"),
        "{}",
        outcome.line()
    );
    let text = outcome.summary();
    for line in [
        "requests    13 at 5 a second: 9 sent, 4 unsent, 53.85 % errors",
        "unsent      no connection was free until the test ended or was stopped; a server",
        "sent        6 answered, 3 not answered",
        "          2 refused: it was refused and why and why and why and why and why and",
    ] {
        assert!(text.lines().any(|l| l == line), "{line}\n{text}");
    }
    assert!(text.lines().all(|l| l.chars().count() <= 80), "{text}");
}

#[test]
fn answers_with_an_error_status_are_answered_and_are_errors() {
    let mut tally = tallied(&[]);
    for (n, status) in [101, 200, 204, 301, 304, 404, 500].into_iter().enumerate() {
        let times = Duration::from_millis(1000 + 500 * n as u64);
        let request = Request {
            which: 0,
            due: times,
            sent: times,
        };
        tally.request(
            request,
            times,
            Ok(Answer {
                status: Some(status),
                bytes: 5,
                redirect: None,
            }),
        );
    }
    let outcome = Outcome::new(&settings(), 7, &labels(), tally);
    assert_eq!((outcome.sent, outcome.answered, outcome.bytes), (7, 7, 35));
    assert_eq!((outcome.seconds, outcome.sent_rate), (3.0, Some(2.0)));
    let errors: Vec<&str> = outcome.errors.keys().map(String::as_str).collect();
    assert_eq!(
        errors,
        ["status 101", "status 301", "status 404", "status 500"]
    );
    assert_eq!((outcome.error_percent * 7.0).round(), 400.0);
    assert!(!outcome.may_be_misunderstood());
    let text = outcome.summary();
    assert!(
        text.contains(
            "answers     101: 1, 200: 1, 204: 1, 301: 1, 304: 1, 404: 1, 500: 1; 35 bytes"
        ),
        "{text}"
    );
}

#[test]
fn the_throughput_counts_from_the_first_request_to_the_last_answer() {
    let at = Duration::from_millis;
    let mut tally = Tally::default();
    let (which, due) = (0, at(300));
    let request = |sent| Request { which, due, sent };
    tally.request(request(at(300)), at(800), Ok(Answer::default()));
    let mut other = Tally::default();
    other.request(request(at(310)), at(790), Ok(Answer::default()));
    let late = Failure::timeout(at(5000));
    other.request(request(at(320)), at(5320), Err(late));
    tally.add(other);
    let outcome = Outcome::new(&settings(), 3, &labels(), tally);
    assert_eq!((outcome.seconds, outcome.throughput), (0.5, 4.0));
    assert_eq!(outcome.sent_rate, Some(100.0));
    assert_eq!((outcome.not_answered, outcome.errors["timeout"]), (1, 1));
    assert_eq!(outcome.details(), "no answer: 1 timeout");
    let text = outcome.summary();
    let lines = "4.0 answers a second, over 3 connections,\n            \
                 in 0.5 s from the first request until the last answer\n";
    assert!(text.contains(lines), "{text}");
    let one = Outcome::new(&settings(), 1, &labels(), tallied(&[1]));
    assert_eq!(one.sent_rate, None, "one request has no rate");
}

#[test]
fn a_slow_average_passes_the_limit_and_the_picture_shows_every_range() {
    let outcome = Outcome::new(
        &settings(),
        10,
        &labels(),
        tallied(&[1, 1, 1, 1, 1, 1, 1, 1, 1, 400]),
    );
    assert_eq!(outcome.exceeded_limits(&LIMITS).len(), 1);
    let text = outcome.summary();
    assert!(text.contains("     1 to      2 ms █████"), "{text}");
    assert!(text.contains("   200 to    500 ms ██"), "{text}");
    assert_eq!(
        text.lines().filter(|l| l.contains(" to ")).count(),
        8,
        "{text}"
    );
}

#[test]
fn a_test_without_an_answer_has_no_latency_but_all_errors() {
    let mut tally = Tally::default();
    tally.unsent(10);
    let outcome = Outcome::new(&settings(), 10, &labels(), tally);
    assert_eq!((outcome.latency_ms, outcome.error_percent), (None, 100.0));
    assert!(outcome.summary().contains("unsent"));
    assert_eq!(outcome.exceeded_limits(&LIMITS).len(), 1);
}

#[test]
fn the_numbers_of_long_names_are_below_their_heads() {
    let name = format!("GET /{}", "a".repeat(40));
    let outcome = Outcome::new(&settings(), 1, std::slice::from_ref(&name), tallied(&[1]));
    let text = outcome.summary();
    let lines: Vec<&str> = text.lines().collect();
    let at = lines.iter().position(|line| line.trim() == name).unwrap();
    let head = lines.iter().find(|line| line.starts_with("latency ms"));
    assert_eq!(lines[at + 1].len(), head.unwrap().len(), "{text}");
    assert!(
        lines.iter().all(|line| line.chars().count() <= 80),
        "{text}"
    );
}
