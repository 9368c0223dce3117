use std::sync::Mutex;
use std::sync::atomic::AtomicUsize;

use super::requests::Answer;
use super::*;
use crate::targets::TargetKind;

/// A server that needs this long to accept each connection, and to answer each request.
struct Slow {
    accepts: Duration,
    accepts_at_most: usize,
    answers: Duration,
    asked: Arc<AtomicUsize>,
    opened: AtomicUsize,
    limits: Arc<Mutex<Vec<Duration>>>,
}

impl Slow {
    fn new(accepts: Duration) -> Slow {
        let opened = AtomicUsize::new(0);
        let limits = Arc::default();
        Slow {
            accepts,
            accepts_at_most: usize::MAX,
            answers: Duration::ZERO,
            asked: Arc::default(),
            opened,
            limits,
        }
    }
}

impl Tier for Slow {
    type Connection = ();

    fn kind(&self) -> Result<TargetKind> {
        Ok(TargetKind::Product)
    }

    fn labels(&self) -> Vec<String> {
        vec!["all".to_owned()]
    }

    fn pick(&self, _: u64, _: u64) -> usize {
        0
    }

    async fn open_first(&self, limit: Duration) -> Result<()> {
        self.limits.lock().unwrap().push(limit);
        tokio::time::sleep(self.accepts).await;
        match self.opened.fetch_add(1, Ordering::Relaxed) < self.accepts_at_most {
            true => Ok(()),
            false => Err(Error::Content("refused".to_owned())),
        }
    }

    async fn open(&self) -> std::result::Result<(), Failure> {
        Ok(())
    }

    async fn ask(&self, _: &mut (), _: usize, _: u64) -> std::result::Result<Answer, Failure> {
        self.asked.fetch_add(1, Ordering::Relaxed);
        tokio::time::sleep(self.answers).await;
        Ok(Answer::default())
    }

    async fn close(_: ()) {}
}

#[tokio::test(start_paused = true)]
async fn connections_are_opened_at_the_same_time_and_not_for_ever() {
    let began = tokio::time::Instant::now();
    let slow = Slow::new(Duration::from_secs(1));
    assert_eq!(open_all(&slow, 161, FIRST).await.unwrap().len(), 161);
    assert_eq!(
        began.elapsed().as_secs(),
        11,
        "one, and then 160, 16 at a time"
    );
    let error = open_all(&slow, 4096, FIRST).await.unwrap_err();
    assert!(
        error
            .to_string()
            .contains("does not accept 4,096 connections within 20s"),
        "{error}"
    );
    let opened = std::error::Error::source(&error).unwrap().to_string();
    assert!(
        opened.starts_with("3") && opened.ends_with(" of them are open"),
        "{opened}"
    );
    assert_eq!(began.elapsed().as_secs(), 31);
}

#[tokio::test]
async fn a_test_can_be_stopped_while_it_opens_connections() {
    let settings = Settings {
        rate: 10.0,
        duration: Duration::from_secs(60),
        connections: 2,
        timeout: Duration::from_secs(5),
        seed: 1,
    };
    let stop = Arc::new(AtomicBool::new(true));
    let slow = Slow::new(Duration::from_secs(15));
    let began = Instant::now();
    let outcome = run(slow, vec![1], &settings, &stop).await.unwrap();
    assert_eq!((outcome.requests, outcome.answered), (0, 0));
    assert!(began.elapsed() < Duration::from_secs(10));
}

#[tokio::test]
async fn a_connection_opens_within_the_timeout_and_within_ten_seconds() {
    for (timeout, limit) in [(300, 300), (60_000, 10_000)] {
        let settings = Settings {
            rate: 10.0,
            duration: Duration::from_millis(100),
            connections: 2,
            timeout: Duration::from_millis(timeout),
            seed: 1,
        };
        let slow = Slow::new(Duration::ZERO);
        let limits = Arc::clone(&slow.limits);
        run(slow, vec![1], &settings, &Arc::default())
            .await
            .unwrap();
        let limit = Duration::from_millis(limit);
        assert_eq!(*limits.lock().unwrap(), [limit, limit]);
    }
}

#[tokio::test]
async fn after_the_stop_no_request_is_sent_and_those_in_flight_are_awaited() {
    let settings = Settings {
        rate: 200.0,
        duration: Duration::from_secs(60),
        connections: 2,
        timeout: Duration::from_secs(5),
        seed: 1,
    };
    let mut slow = Slow::new(Duration::ZERO);
    slow.answers = Duration::from_millis(200);
    let (asked, stop) = (Arc::clone(&slow.asked), Arc::new(AtomicBool::new(false)));
    let stopping = Arc::clone(&stop);
    let asked_then = tokio::spawn(async move {
        tokio::time::sleep(Duration::from_millis(500)).await;
        stopping.store(true, Ordering::Relaxed);
        asked.load(Ordering::Relaxed)
    });
    let began = Instant::now();
    let outcome = run(slow, vec![1], &settings, &stop).await.unwrap();
    let asked = asked_then.await.unwrap() as u64;
    // a worker may be about to send at the moment of the stop
    assert!((asked..=asked + 2).contains(&outcome.sent), "{outcome:?}");
    assert_eq!(outcome.answered, outcome.sent);
    let unsent = outcome.errors["unsent"];
    assert_eq!(outcome.sent + unsent, outcome.requests);
    assert!(unsent > 20, "{outcome:?}");
    assert!(
        began.elapsed() < Duration::from_secs(3),
        "{:?}",
        began.elapsed()
    );
}

#[tokio::test]
async fn the_test_ends_with_the_last_answer() {
    let settings = Settings {
        rate: 0.1,
        duration: Duration::from_secs(1),
        connections: 1,
        timeout: Duration::from_secs(5),
        seed: 1,
    };
    let began = Instant::now();
    let slow = Slow::new(Duration::ZERO);
    let outcome = run(slow, vec![1], &settings, &Arc::default())
        .await
        .unwrap();
    assert_eq!((outcome.requests, outcome.answered), (1, 1));
    assert!(
        began.elapsed() < Duration::from_secs(5),
        "{:?}",
        began.elapsed()
    );
}

#[tokio::test]
async fn a_server_that_accepts_too_few_connections_says_how_many() {
    let mut slow = Slow::new(Duration::ZERO);
    slow.accepts_at_most = 3;
    let error = open_all(&slow, 8, FIRST).await.unwrap_err().to_string();
    let words = "accepts 3 of 8 connections and no more; lower --connections";
    assert!(error.contains(words), "{error}");
}

#[test]
fn a_limit_of_this_system_is_not_blamed_on_the_server() {
    let cause = std::io::Error::from_raw_os_error(24);
    let error = Error::Unanswered {
        what: "cannot open a connection".to_owned(),
        source: cause.into(),
    };
    let error = too_many(3, 8, error).to_string();
    let words = "no more than 3 of 8 connections; lower --connections, or raise the limit of open \
                 files: ulimit -n 108";
    assert!(error.contains(words), "{error}");
}
