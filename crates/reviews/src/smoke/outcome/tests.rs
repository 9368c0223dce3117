use super::*;
use crate::smoke::requests::Answer;

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
    assert_eq!(outcome.throughput, 4.5);
    let exceeded = outcome.exceeded_limits(&LIMITS);
    assert!(
        exceeded.len() == 1 && exceeded[0].contains("10.000 %"),
        "{exceeded:?}"
    );
}

#[test]
fn answers_with_an_error_status_are_answered_and_are_errors() {
    let mut tally = tallied(&[]);
    for (status, bytes) in [(200, 10), (304, 0), (404, 5), (500, 5)] {
        let times = Duration::from_secs(1);
        let request = Request {
            which: 0,
            due: times,
            sent: times,
        };
        let status = Some(status);
        tally.request(
            request,
            times,
            Ok(Answer {
                status,
                bytes,
                redirect: None,
            }),
        );
    }
    let outcome = Outcome::new(&settings(), 4, &labels(), tally);
    assert_eq!((outcome.sent, outcome.answered, outcome.bytes), (4, 4, 20));
    assert_eq!((outcome.error_percent, outcome.sent_rate), (50.0, 3.0));
    let text = outcome.summary();
    assert!(
        text.contains("answers     200: 1, 304: 1, 404: 1, 500: 1; 20 bytes"),
        "{text}"
    );
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
