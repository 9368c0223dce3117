//! A run that is stopped, or whose sink fails, ends at once, whatever its threads are waiting for.

use std::sync::Mutex;
use std::sync::mpsc::channel;
use std::time::Duration;

use super::*;

/// Longer than any machine needs: a run that hangs fails the test after this time.
const LONG: Duration = Duration::from_secs(30);

/// A fake server that never answers the batches of the tables below `keeps`, and stores those of
/// the others.
struct Silent {
    kept: Mutex<Vec<Job>>,
    keeps: usize,
    /// Receives a notice for each batch that is kept.
    came: Sender<()>,
}

impl Sink for Silent {
    fn submit(&self, job: Job) -> Result<(), SinkClosed> {
        if job.table < self.keeps {
            self.kept.lock().unwrap().push(job);
            self.came.send(()).unwrap();
        } else {
            job.done(Vec::new());
        }
        Ok(())
    }
}

/// Runs the files on a server that keeps the batches of the first tables. When it keeps `batches`
/// of them, and has had time to wait for more, calls `then`. Returns how the run ended; panics if
/// the run does not end.
fn ended(
    files: [Rows; 3],
    keeps: usize,
    batches: usize,
    then: impl FnOnce(&Silent, &Stop) + Send + 'static,
) -> Result<Vec<TableResult>, Error> {
    let (ended, end) = channel();
    std::thread::spawn(move || {
        let folder = tempfile::tempdir().unwrap();
        let sources = sources(folder.path(), &files);
        let settings = settings(1);
        let (came, coming) = channel();
        let server = Silent {
            kept: Mutex::default(),
            keeps,
            came,
        };
        std::thread::scope(|scope| {
            let running = scope.spawn(|| run(&sources, &settings, &server, &Deaf));
            for _ in 0..batches {
                coming.recv_timeout(LONG).unwrap();
            }
            // long enough for all threads to wait for something
            std::thread::sleep(Duration::from_millis(50));
            assert!(!running.is_finished(), "the run waits for the server");
            then(&server, &settings.stop);
            // a test that has failed does not listen any more
            let _ = ended.send(running.join().unwrap());
        });
    });
    end.recv_timeout(LONG).expect("the run does not end")
}

fn rows(ids: std::ops::Range<u64>) -> Rows {
    ids.map(|id| (id, Some(id))).collect()
}

fn interrupt(_: &Silent, stop: &Stop) {
    assert!(stop.stop(Reason::Interrupted));
}

/// Drops its batches, like a sink whose connection is lost permanently.
fn fail(server: &Silent, _: &Stop) {
    server.kept.lock().unwrap().clear();
}

#[test]
fn an_interrupt_ends_a_run_whose_permits_are_all_with_a_server_that_never_answers() {
    // one permit for all tables and two for each: the reader waits for a fourth
    let files = [rows(0..1000), Rows::new(), Rows::new()];
    let ended = ended(files, 1, 3, interrupt);
    assert!(matches!(ended, Err(Error::Interrupted)), "{ended:?}");
}

#[test]
fn an_interrupt_ends_a_run_that_waits_for_the_last_outcome() {
    let files = [rows(0..1), Rows::new(), Rows::new()];
    let ended = ended(files, 1, 1, interrupt);
    assert!(matches!(ended, Err(Error::Interrupted)), "{ended:?}");
}

#[test]
fn an_interrupt_ends_a_run_that_waits_for_a_parent() {
    // the rows of b wait until the batch of a is stored
    let files = [rows(0..1), rows(0..1), Rows::new()];
    let ended = ended(files, 1, 1, interrupt);
    assert!(matches!(ended, Err(Error::Interrupted)), "{ended:?}");
}

#[test]
fn an_interrupt_ends_a_table_that_waits_for_a_chunk() {
    let (ended, end) = channel();
    let settings = settings(1);
    let stop = settings.stop.clone();
    std::thread::spawn(move || {
        let folder = tempfile::tempdir().unwrap();
        let sources = sources(folder.path(), &[rows(0..1), Rows::new(), Rows::new()]);
        let shared = Shared::new(sources.len(), &settings, &CountSink, &Deaf).unwrap();
        let input = table_inputs((&sources, &[0]), &settings, Collect::Nothing).remove(0);
        let mut conductor = Conductor::new(input, &shared).unwrap();
        // a reader that works and has produced nothing yet
        let (_chunks_in, chunks) = unbounded();
        let _ = ended.send(conductor.take_all(&chunks));
    });
    std::thread::sleep(Duration::from_millis(50));
    stop.stop(Reason::Interrupted);
    let ended = end.recv_timeout(LONG).expect("the table does not end");
    assert!(matches!(ended, Err(Error::Interrupted)), "{ended:?}");
}

#[test]
fn a_sink_that_drops_its_batches_ends_a_run_that_waits_for_permits() {
    let files = [rows(0..1000), Rows::new(), Rows::new()];
    let ended = ended(files, 1, 3, fail);
    assert!(matches!(ended, Err(Error::SinkClosed(_))), "{ended:?}");
}

#[test]
fn a_sink_that_drops_a_batch_ends_the_children_that_wait_for_its_rows() {
    let files = [rows(0..1), rows(0..1000), rows(0..1000)];
    let ended = ended(files, 1, 1, fail);
    assert!(matches!(ended, Err(Error::SinkClosed(_))), "{ended:?}");
}

#[test]
fn an_interrupt_before_the_first_byte_loads_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let sources = sources(folder.path(), &[rows(0..10), rows(0..10), rows(0..10)]);
    let settings = settings(1);
    settings.stop.stop(Reason::Interrupted);
    let (came, _coming) = channel();
    let server = Silent {
        kept: Mutex::default(),
        keeps: 3,
        came,
    };
    let ended = run(&sources, &settings, &server, &Deaf);
    assert!(matches!(ended, Err(Error::Interrupted)), "{ended:?}");
    assert!(server.kept.lock().unwrap().is_empty());
}

#[test]
fn the_failure_of_one_table_is_the_error_of_the_run_not_that_others_were_given_up() {
    let folder = tempfile::tempdir().unwrap();
    // the rows of b have no parents, and no table may have one rejected record
    let sources = sources(folder.path(), &[rows(0..1), rows(5..9), rows(0..1000)]);
    let mut settings = settings(1);
    settings.budget = Budget::Rows(0);
    let (came, _coming) = channel();
    let server = Silent {
        kept: Mutex::default(),
        keeps: 0,
        came,
    };
    let ended = run(&sources, &settings, &server, &Deaf);
    let Err(Error::OverBudget(spent)) = ended else {
        panic!("{ended:?}");
    };
    assert!(["b", "c"].contains(&spent.table.as_str()), "{spent}");
    assert!(settings.stop.reason().is_none(), "the caller was not asked");
}
