//! How a run ended, in one sentence. It is the last line on the screen, the verdict on the report's
//! page, and `conclusion` in the JSON report.

use super::{Depth, Outcome, Report};
use crate::merged::Merged;
use crate::wording::grouped;

/// Whether a run ended well.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mark {
    /// Everything was done.
    Good,
    /// The user should look at something that was found.
    Found,
    /// The run failed, or the database is not in the expected state.
    Bad,
}

impl Mark {
    /// The symbol before the sentence.
    pub fn sign(self) -> char {
        match self {
            Mark::Good => '✓',
            Mark::Found => '!',
            Mark::Bad => '✗',
        }
    }
}

impl Report {
    /// How the run ended, with the most important numbers.
    pub fn conclusion(&self) -> String {
        match self.outcome {
            Outcome::Failed => "failed".to_owned(),
            Outcome::Seeded => match self.synced() {
                Some(counts) => self.changed(counts),
                None => self.counted("rows", "loaded"),
            },
            Outcome::AlreadySeeded => format!(
                "{} of these files were loaded before; nothing was changed",
                rows(self.loaded())
            ),
            Outcome::Verified => format!(
                "{} in {} are as they were loaded, {:.1} s",
                rows(self.loaded()),
                tables(self.tables.len()),
                self.total_seconds
            ),
            Outcome::Reindexed => "the tables match the schema".to_owned(),
            Outcome::Differs => "the tables do not match the schema".to_owned(),
            Outcome::Clean | Outcome::FoundRejects => self.counted("records", "accepted"),
            Outcome::BudgetSpent if self.tables.is_empty() => {
                "stopped, because more records were rejected than --max-rejects allows".to_owned()
            }
            Outcome::BudgetSpent => format!(
                "{}: more than --max-rejects allows",
                self.counted("records", "accepted")
            ),
            Outcome::VerificationFailed => {
                "the database does not hold what was loaded; the differences are above".to_owned()
            }
        }
    }

    /// Whether the run ended well.
    pub fn mark(&self) -> Mark {
        match self.outcome {
            Outcome::Seeded
            | Outcome::AlreadySeeded
            | Outcome::Verified
            | Outcome::Reindexed
            | Outcome::Clean => Mark::Good,
            Outcome::FoundRejects => Mark::Found,
            Outcome::Failed
            | Outcome::Differs
            | Outcome::BudgetSpent
            | Outcome::VerificationFailed => Mark::Bad,
        }
    }

    /// How much of the result was verified, in words. Empty if the run verifies nothing.
    pub fn verified(&self) -> &'static str {
        match (self.outcome, self.verification) {
            (Outcome::Seeded, Some(Depth::Quick)) => {
                "verified: every batch, the row counts and the indexes"
            }
            (Outcome::Seeded | Outcome::Verified, Some(Depth::Full)) => {
                "verified: row counts, all values by checksums, foreign keys and indexes"
            }
            (Outcome::Seeded, None) => "not verified (--verify none)",
            _ => "",
        }
    }

    fn loaded(&self) -> u64 {
        self.tables.iter().map(|table| table.loaded).sum()
    }

    /// What a run with `--sync` did with all tables together. `None` for other runs.
    fn synced(&self) -> Option<Merged> {
        let mut all = Merged::default();
        for table in &self.tables {
            all.add(table.merged.filter(|counts| counts.removed.is_some())?);
        }
        all.removed.is_some().then_some(all)
    }

    /// The numbers of a run with `--sync`: `rows inserted: 1, updated: 0, deleted: 2, unchanged:
    /// 1,500; 3 records rejected, 5.4 s`.
    fn changed(&self, counts: Merged) -> String {
        let removed = counts.removed.unwrap_or_default();
        let rejected: u64 = self.tables.iter().map(|table| table.rejected).sum();
        let rejected = match rejected {
            0 => "no records rejected".to_owned(),
            n => format!("{} rejected", counted(n, "records")),
        };
        let kept = match removed.kept {
            0 => String::new(),
            n => format!(", kept: {}", grouped(n)),
        };
        format!(
            "rows inserted: {}, updated: {}, deleted: {}, unchanged: {}{kept}; {rejected}, {:.1} s",
            grouped(counts.inserted),
            grouped(counts.updated),
            grouped(removed.deleted),
            grouped(counts.unchanged),
            self.total_seconds
        )
    }

    /// The numbers of a run without `--sync`: `612,032 of 627,739 rows loaded (97.5 %), 15,707
    /// rejected, 5.4 s`.
    fn counted(&self, what: &str, done: &str) -> String {
        let read: u64 = self.tables.iter().map(|table| table.read).sum();
        let rejected: u64 = self.tables.iter().map(|table| table.rejected).sum();
        let (good, seconds) = (self.loaded(), self.total_seconds);
        match rejected {
            0 => format!(
                "{} {done}, none rejected, {seconds:.1} s",
                counted(good, what)
            ),
            _ => format!(
                "{} of {} {done} ({}), {} rejected, {seconds:.1} s",
                grouped(good),
                counted(read, what),
                share(good, read),
                grouped(rejected)
            ),
        }
    }
}

/// A share in percent. It is rounded, but never to 100 % if something is missing, and never to 0 %
/// if there is something.
pub fn share(part: u64, whole: u64) -> String {
    let whole = u128::from(whole.max(1));
    let tenths = (u128::from(part) * 1000 + whole / 2) / whole;
    match tenths {
        1000 if u128::from(part) < whole => "99.9 %".to_owned(),
        0 if part > 0 => "0.1 %".to_owned(),
        _ => format!("{}.{} %", tenths / 10, tenths % 10),
    }
}

fn rows(n: u64) -> String {
    counted(n, "rows")
}

fn tables(n: usize) -> String {
    counted(n as u64, "tables")
}

/// A number and a word in the plural. For 1, the last letter of the word is removed.
fn counted(n: u64, words: &str) -> String {
    match n {
        1 => format!("1 {}", &words[..words.len() - 1]),
        n => format!("{} {words}", grouped(n)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::TableReport;

    fn report(outcome: Outcome, read: u64, rejected: u64) -> Report {
        Report {
            outcome,
            total_seconds: 5.42,
            tables: vec![TableReport {
                read,
                rejected,
                loaded: read - rejected,
                ..TableReport::default()
            }],
            ..Report::default()
        }
    }

    #[test]
    fn the_last_line_has_the_numbers_that_matter() {
        let of = |outcome, read, rejected| report(outcome, read, rejected).conclusion();
        assert_eq!(
            of(Outcome::Seeded, 627_739, 15_707),
            "612,032 of 627,739 rows loaded (97.5 %), 15,707 rejected, 5.4 s"
        );
        assert_eq!(
            of(Outcome::Clean, 1, 0),
            "1 record accepted, none rejected, 5.4 s"
        );
        let spent = of(Outcome::BudgetSpent, 29, 14);
        assert!(
            spent.ends_with("5.4 s: more than --max-rejects allows"),
            "{spent}"
        );
        assert_eq!(
            of(Outcome::AlreadySeeded, 7_080, 0),
            "7,080 rows of these files were loaded before; nothing was changed"
        );
    }

    #[test]
    fn only_everything_is_all_of_it() {
        assert_eq!(share(999_999, 1_000_000), "99.9 %");
        assert_eq!(share(1, 1_000_000), "0.1 %");
        assert_eq!(share(5, 5), "100.0 %");
        assert_eq!(share(0, 0), "0.0 %");
    }
}
