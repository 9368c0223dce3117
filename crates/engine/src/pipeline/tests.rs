mod cycles;
mod stops;

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Mutex;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::{Duration, Instant};

use proptest::prelude::*;

use super::*;
use crate::rejects::Budget;
use model::batch::Value;
use model::rejection::{Rule, ServerRejection};
use mysql_schema::parse::parse;

const FAMILY: &str = "CREATE TABLE a (id INT UNSIGNED PRIMARY KEY);
    CREATE TABLE b (id INT UNSIGNED PRIMARY KEY, of INT UNSIGNED, FOREIGN KEY (of) REFERENCES a (id));
    CREATE TABLE c (id INT UNSIGNED PRIMARY KEY, of INT UNSIGNED, FOREIGN KEY (of) REFERENCES b (id));";

/// The rows that the fake server rejects.
fn is_rejected(id: u64) -> bool {
    id % 17 == 16
}

fn uint(value: Value<'_>) -> Option<u64> {
    match value {
        Value::UInt(value) => Some(value),
        _ => None,
    }
}

/// A fake server that stores batches in random order, each some time after it arrives, and checks
/// that the parents of its rows are stored.
struct Server {
    batches: Mutex<Sender<Job>>,
    stored: Mutex<[BTreeSet<u64>; 3]>,
    /// Stores the last rows of a parent only after some of its child's rows.
    children_first: bool,
}

impl Server {
    fn work(&self, batches: &Receiver<Job>, mut dice: u64) {
        let began = Instant::now();
        let mut waiting = Vec::new();
        loop {
            // take one more batch, if there is one, then store any of those that wait
            match (batches.try_recv(), waiting.is_empty()) {
                (Ok(job), _) => waiting.push(job),
                (Err(_), false) => {}
                (Err(_), true) => match batches.recv() {
                    Ok(job) => waiting.push(job),
                    Err(_) => return,
                },
            }
            dice = dice.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            if dice >> 62 == 0 {
                continue;
            }
            if self.children_first && waiting.iter().all(|job| self.must_wait(job)) {
                assert!(
                    began.elapsed() < Duration::from_secs(60),
                    "children wait until their parents are complete"
                );
                std::thread::sleep(Duration::from_millis(1));
                continue;
            }
            let job: Job = waiting.swap_remove((dice >> 33) as usize % waiting.len());
            if self.children_first && self.must_wait(&job) {
                waiting.push(job);
                continue;
            }
            let rejected = self.store(&job);
            job.done(rejected);
        }
    }

    fn must_wait(&self, job: &Job) -> bool {
        let mut rows = job.batch.live_rows();
        let is_last = rows.any(|row| uint(job.batch.value(row, 0)) == Some(LAST));
        is_last && job.table < 2 && self.stored.lock().unwrap()[job.table + 1].is_empty()
    }

    fn store(&self, job: &Job) -> Vec<ServerRejection> {
        let mut stored = self.stored.lock().unwrap();
        let mut rejected = Vec::new();
        for row in job.batch.live_rows() {
            let id = uint(job.batch.value(row, 0)).unwrap();
            if is_rejected(id) {
                rejected.push(ServerRejection {
                    row,
                    rule: Rule::CheckFailed,
                    message: "not by this server".to_owned(),
                });
                continue;
            }
            if job.table > 0
                && let Some(parent) = uint(job.batch.value(row, 1))
            {
                assert!(
                    stored[job.table - 1].contains(&parent),
                    "the parent is stored before its child"
                );
            }
            assert!(stored[job.table].insert(id));
        }
        rejected
    }
}

impl Sink for Server {
    fn submit(&self, job: Job) -> Result<(), SinkClosed> {
        self.batches
            .lock()
            .unwrap()
            .send(job)
            .map_err(|_| SinkClosed)
    }
}

struct Deaf;

impl Observer for Deaf {
    fn started(&self, _: usize) {}
    fn advanced(&self, _: usize, _: u64, _: u64, _: u64) {}
    fn finished(&self, _: usize, _: &TableResult) {}
}

type Rows = Vec<(u64, Option<u64>)>;

/// Loads the rows of a, b and c, and returns the stored rows of each table.
fn load(
    files: &[Rows; 3],
    in_flight: usize,
    dice: u64,
    children_first: bool,
) -> ([BTreeSet<u64>; 3], Vec<TableResult>) {
    let folder = tempfile::tempdir().unwrap();
    let sources = sources(folder.path(), files);
    let settings = settings(in_flight);
    let (sender, receiver) = channel();
    let server = Server {
        batches: Mutex::new(sender),
        stored: Mutex::default(),
        children_first,
    };
    let results = std::thread::scope(|scope| {
        let server = &server;
        let working = scope.spawn(move || server.work(&receiver, dice));
        let results = run(&sources, &settings, server, &Deaf);
        *server.batches.lock().unwrap() = channel().0;
        working.join().unwrap();
        results.unwrap()
    });
    (server.stored.into_inner().unwrap(), results)
}

/// Opens the files of a, b and c.
fn sources(folder: &Path, files: &[Rows]) -> Vec<Source> {
    let schema = parse(FAMILY, "family.sql").unwrap();
    let mut sources = Vec::new();
    for (table, rows) in schema.tables.iter().zip(files) {
        let mut text = if table.name == "a" { "id\n" } else { "id,of\n" }.to_owned();
        for (id, of) in rows {
            text += &match (table.name.as_str(), of) {
                ("a", _) => format!("{id}\n"),
                (_, Some(of)) => format!("{id},{of}\n"),
                (_, None) => format!("{id},\n"),
            };
        }
        let path = folder.join(format!("{}.csv", table.name));
        std::fs::write(&path, text).unwrap();
        sources.push(Source::open(path, table).unwrap());
    }
    sources
}

fn settings(in_flight: usize) -> Settings {
    Settings {
        missing: HashMap::new(),
        excerpts: HashMap::new(),
        threads: 2,
        batch_bytes: 24,
        max_record: 1 << 20,
        budget: Budget::Rows(u64::MAX),
        over_budget: OverBudget::Stop,
        after_reading: AfterReading::Nothing,
        carried: None,
        rejects: None,
        in_flight,
        existing: HashMap::new(),
        table_checksums: HashMap::new(),
        digests: HashMap::new(),
        stop: Stop::default(),
    }
}

/// The rows that must be stored: the first of each id, if its parent is stored and the server
/// accepts it. A row that is not stored keeps its id.
fn expected(files: &[Rows; 3]) -> [BTreeSet<u64>; 3] {
    let mut stored: [BTreeSet<u64>; 3] = Default::default();
    for (table, rows) in files.iter().enumerate() {
        let mut taken = BTreeSet::new();
        for (id, of) in rows {
            let found = table == 0 || of.is_none_or(|of| stored[table - 1].contains(&of));
            if taken.insert(*id) && found && !is_rejected(*id) {
                stored[table].insert(*id);
            }
        }
    }
    stored
}

const LAST: u64 = 1999;

#[test]
fn children_in_the_order_of_their_parents_are_loaded_at_the_same_time() {
    let ids = (0..=LAST).filter(|id| !is_rejected(*id));
    let rows: Rows = ids.map(|id| (id, Some(id))).collect();
    let files = [rows.clone(), rows.clone(), rows];
    let (stored, _) = load(&files, 12, 1, true);
    assert_eq!(stored, expected(&files));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn the_stored_rows_do_not_depend_on_timing(
        a in proptest::collection::vec(0..60u64, 0..80),
        b in proptest::collection::vec((0..60u64, proptest::option::of(0..66u64)), 0..80),
        c in proptest::collection::vec((0..60u64, proptest::option::of(0..66u64)), 0..80),
        ordered: bool,
        in_flight in 1..16usize,
        dice: u64,
    ) {
        let mut files: [Rows; 3] = [a.into_iter().map(|id| (id, None)).collect(), b, c];
        if ordered {
            for rows in &mut files {
                rows.sort_by_key(|(id, of)| (*of, *id));
            }
        }
        let (stored, results) = load(&files, in_flight, dice, false);
        prop_assert_eq!(&stored, &expected(&files));
        for (result, (rows, stored)) in results.iter().zip(files.iter().zip(&stored)) {
            prop_assert_eq!(result.read, rows.len() as u64);
            prop_assert_eq!(result.loaded, stored.len() as u64);
            prop_assert_eq!(result.loaded + result.rejected(), result.read);
        }
    }
}
