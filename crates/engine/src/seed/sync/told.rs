//! What a run that makes tables equal to files reports.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::error::Result;
use crate::event::Events;
use crate::pipeline::excerpt::Excerpt;
use crate::pipeline::{NextReading, TableResult};
use crate::rejects::Budget;
use crate::seed::run::Run;
use crate::seed::work::Work;
use input::Source;
use model::merged::{Merged, MergedBatch, Removed};
use model::wording::grouped;
use mysql::db::MySqlConnection;
use mysql::sync::SyncTable;
use mysql::sync::apply::Applied;
use mysql::sync::differences::{self, Differences};
use mysql::sync::digest::{BucketSet, Digest};

use super::{Compared, InWork};

/// The message when records of more buckets are inserted into the work tables.
pub(super) const SPELLINGS: &str = "sync: several records have primary keys that the collation \
    calls equal; reading the files again to keep the first of them";

/// Why the files are read again.
pub(super) const KEPT_PARENTS: &str = "sync: rows of rejected records are kept, and other records \
    may refer to them; reading the files again with the keys of these rows";

/// Rows inserted, updated and deleted, by table.
type Written = BTreeMap<String, [u64; 3]>;

/// What a run has written so far. Clones share the values.
#[derive(Debug, Clone, Default)]
pub(in crate::seed) struct SyncedSoFar(Arc<Mutex<Option<Attempts>>>);

/// What the attempts of a run have written. After a lost connection, or too long a wait for a lock,
/// a run compares again in a new attempt.
#[derive(Debug, Default)]
struct Attempts {
    earlier: Written,
    now: Written,
}

impl SyncedSoFar {
    fn attempts(&self) -> MutexGuard<'_, Option<Attempts>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Notes that a new attempt begins, which has written nothing yet.
    pub(super) fn begin(&self) {
        let mut attempts = self.attempts();
        let attempts = attempts.get_or_insert_default();
        for (table, rows) in std::mem::take(&mut attempts.now) {
            add(attempts.earlier.entry(table).or_default(), rows);
        }
    }

    /// Sets what this attempt has written to each of these tables.
    pub(super) fn set<'t>(&self, tables: impl Iterator<Item = &'t str>, all: &[Applied]) {
        let rows = |of: &Applied| [of.inserted, of.updated, of.deleted];
        let now = tables
            .zip(all)
            .map(|(name, of)| (name.to_owned(), rows(of)));
        self.attempts().get_or_insert_default().now = now.collect();
    }

    /// Adds the rows that earlier attempts wrote. The last attempt counted them as unchanged.
    pub(super) fn add_earlier(&self, results: &mut [TableResult]) {
        let attempts = self.attempts();
        let Some(attempts) = attempts.as_ref() else {
            return;
        };
        for result in results {
            let earlier = attempts.earlier.get(&result.name);
            let (Some([inserted, updated, deleted]), Some(merged)) = (earlier, &mut result.merged)
            else {
                continue;
            };
            let counts = &mut merged.counts;
            counts.inserted += inserted;
            counts.updated += updated;
            counts.unchanged = counts.unchanged.saturating_sub(inserted + updated);
            if let Some(removed) = &mut counts.removed {
                removed.deleted += deleted;
            }
        }
    }

    /// What an interrupted run has done, in words; `None` if it is not one with --sync.
    pub(in crate::seed) fn words(&self) -> Option<String> {
        let attempts = self.attempts();
        let attempts = attempts.as_ref()?;
        let mut counts = [0; 3];
        for rows in attempts.earlier.values().chain(attempts.now.values()) {
            add(&mut counts, *rows);
        }
        let [inserted, updated, deleted] = counts.map(grouped);
        Some(match counts {
            [0, 0, 0] => "before --sync changed a row".to_owned(),
            _ => format!(
                "while --sync changed rows; inserted: {inserted}, updated: {updated}, deleted: \
                 {deleted}, all committed; the same command compares again and does the rest"
            ),
        })
    }
}

fn add(sums: &mut [u64; 3], rows: [u64; 3]) {
    for (sum, rows) in sums.iter_mut().zip(rows) {
        *sum += rows;
    }
}

/// Adds to the result of a table how many rows were changed, or would be.
pub(super) fn note(result: &mut TableResult, found: &Differences) {
    let counts = Merged {
        inserted: found.inserted,
        updated: found.updated,
        unchanged: result.loaded.saturating_sub(found.inserted + found.updated),
        ignored: 0,
        removed: Some(Removed {
            deleted: found.deleted,
            kept: found.kept,
        }),
    };
    result.merged = Some(MergedBatch {
        counts,
        checksum: result.checksum,
    });
}

/// The message that rows of a table are kept, and why. `referring` are the tables with rows that
/// refer to some of them.
pub(super) fn kept(table: &str, rows: u64, referring: &[String]) -> String {
    let (rows, them, rejected) = match rows {
        1 => (
            "1 row is".to_owned(),
            "it",
            "a record with its key was rejected",
        ),
        n => (
            format!("{} rows are", grouped(n)),
            "them",
            "records with their keys were rejected",
        ),
    };
    let because = match referring {
        [] => format!("because {rejected}"),
        tables => format!(
            "because rows of {} refer to {them}, or because {rejected}",
            tables.join(", ")
        ),
    };
    format!("sync: {table}: {rows} kept although no accepted record equals {them}, {because}")
}

/// How much of a file is read again.
pub(super) fn excerpt(table: &str, excerpt: &Excerpt) -> String {
    let (wanted, all) = excerpt.bytes();
    format!(
        "sync: {table}: reading {} of {} bytes of records again, for the ranges that differ",
        grouped(wanted),
        grouped(all)
    )
}

/// Says why the files are read again.
pub(super) fn reading_again(events: &Events, reading: NextReading) {
    events.info(match reading {
        NextReading::Find => {
            "sync: rows without a parent were found at the end of the files; reading the files \
             again to find all rows that refer to them"
        }
        NextReading::Reject => "sync: reading the files again to reject the rows without a parent",
    });
}

/// Says that records are rejected because the server did not accept them.
pub(super) fn rejecting(count: usize) -> String {
    let records = if count == 1 { "record" } else { "records" };
    format!(
        "sync: the server did not accept {} {records}; reading the files again to reject them",
        grouped(count as u64)
    )
}

impl Run<'_> {
    /// Names the tables of the schema that no file fills.
    pub(super) fn tell_tables_left_alone(&self, sources: &[Source]) {
        let is_filled = |name: &str| sources.iter().any(|source| source.table.name == name);
        let tables = self.schema.tables.iter().map(|table| table.name.as_str());
        let others: Vec<&str> = tables.filter(|name| !is_filled(name)).collect();
        if !others.is_empty() {
            self.events.info(&format!(
                "sync: tables left unchanged, because no file fills them: {}",
                others.join(", ")
            ));
        }
    }

    /// Warns of files without a record, if their tables have rows.
    pub(super) fn warn_of_empty_files(&self, results: &[TableResult], of_server: &[Digest]) {
        for (result, server) in results.iter().zip(of_server) {
            if result.read == 0 && server.rows() > 0 {
                let rows = if server.rows() == 1 { "row" } else { "rows" };
                self.events.info(&format!(
                    "warning: sync: {}: the file has no records, and the table has {} {rows}; \
                     check whether the file is complete",
                    result.name,
                    grouped(server.rows())
                ));
            }
        }
    }

    /// Says how many ranges of keys differ.
    pub(super) fn tell_compared(&self, tables: &[SyncTable], differing: &[BucketSet]) {
        for (table, set) in tables.iter().zip(differing) {
            let words = match set.len() {
                0 => "all checksums agree".to_owned(),
                1 => "1 range of keys differs".to_owned(),
                n => format!("{} ranges of keys differ", grouped(n as u64)),
            };
            self.events
                .detail(&format!("sync: {}: {words}", table.name()));
        }
    }

    pub(super) fn interrupt_requested(&self) -> bool {
        self.interrupt.first.reason().is_some()
    }
}

impl Work<'_, '_> {
    /// Lists some keys of each kind of difference, with --verbose.
    pub(super) async fn tell_differences(
        &self,
        connection: &mut MySqlConnection,
        compared: &Compared,
    ) -> Result<()> {
        for (_, table) in compared.different() {
            for (word, keys) in differences::examples(connection, table).await? {
                for key in keys {
                    let line = format!("sync: {}: would be {word}: {key}", table.name());
                    self.run.events.detail(&line);
                }
            }
        }
        Ok(())
    }

    /// Says why rows are kept, and which records the server did not accept.
    pub(super) fn tell_late(&self, compared: &Compared, staged: &InWork) {
        let events = self.run.events;
        for (at, table) in compared.different() {
            let unreadable = staged.unreadable[at];
            if unreadable > 0 {
                let records = match unreadable {
                    1 => "1 rejected record has a key that cannot be read".to_owned(),
                    n => format!(
                        "{} rejected records have keys that cannot be read",
                        grouped(n)
                    ),
                };
                events.info(&format!(
                    "sync: {}: no row is deleted, because {records} and could belong to any \
                     row; correct the records in rejects/ and in the file, and repeat the command",
                    table.name()
                ));
            }
            let late = staged.late[at].len() as u64;
            if late > 0 && self.run.options.dry_run {
                events.info(&format!(
                    "sync: {}: records that would be rejected, because the server does not accept them: {}",
                    table.name(),
                    grouped(late)
                ));
            }
        }
    }

    /// Which tables would lose more rows than allowed, in words; `None` if there are none.
    pub(super) fn too_many_deletes(&self, compared: &Compared, staged: &InWork) -> Option<String> {
        let limit = self.run.options.max_deletes;
        let mut words = Vec::new();
        let mut share = 0.0f64;
        for (at, table) in compared.different() {
            let (deleted, rows) = (
                staged.differences[at].deleted,
                compared.of_server[at].rows(),
            );
            if limit.is_spent(rows, deleted, true) {
                share = share.max(deleted as f64 * 100.0 / rows.max(1) as f64);
                words.push(format!(
                    "{}: {} of {} rows would be deleted",
                    table.name(),
                    grouped(deleted),
                    grouped(rows)
                ));
            }
        }
        let more = match limit {
            Budget::Rows(_) => {
                let most = staged.differences.iter().map(|found| found.deleted).max();
                most.unwrap_or(0).to_string()
            }
            Budget::Percent(_) => format!("{}%", (share * 10.0).ceil() / 10.0),
        };
        (!words.is_empty()).then(|| {
            format!(
                "{}, more than --max-deletes {limit} allows; nothing was changed: check whether \
                 the files are complete, or allow it with --max-deletes {more}",
                words.join("; ")
            )
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_earlier_attempts_wrote_is_counted_once() {
        let so_far = SyncedSoFar::default();
        let wrote = |inserted, updated, deleted| Applied {
            inserted,
            updated,
            deleted,
            ..Applied::default()
        };
        so_far.begin();
        so_far.set(["p", "c"].into_iter(), &[wrote(1, 4, 2), wrote(0, 0, 0)]);
        so_far.begin();
        so_far.set(["p"].into_iter(), &[wrote(0, 3, 0)]);
        so_far.set(["p"].into_iter(), &[wrote(0, 5, 1)]);
        let mut result = TableResult {
            name: "p".into(),
            loaded: 20,
            ..TableResult::default()
        };
        let found = Differences {
            updated: 5,
            deleted: 1,
            ..Differences::default()
        };
        note(&mut result, &found);
        let mut results = [result];
        so_far.add_earlier(&mut results);
        let counts = results[0].merged.unwrap().counts;
        assert_eq!(
            (counts.inserted, counts.updated, counts.unchanged),
            (1, 9, 10)
        );
        assert_eq!(counts.removed.unwrap().deleted, 3);
        assert!(
            so_far
                .words()
                .unwrap()
                .contains("inserted: 1, updated: 9, deleted: 3")
        );
    }
}
