//! Decides, before a row is written, which records are rejected because of other rows, and which
//! rows are kept although the files do not have them.
//!
//! A row *stays* as it is if its record is rejected. A row without a record stays if it is kept. A
//! row that stays may make other rows stay: its parents, and the rows whose records depend on the
//! change that is not made. [`Edges::staying`] finds all these rows, in a time that is proportional
//! to the number of dependencies.

use std::collections::{HashMap, HashSet};
use std::ops::Range;

use super::apply::Applied;
use super::edges::{Edges, Hold, Need, Node, any_hopeless};
use super::rejecting::{keep, reject};
use super::{SyncTable, statements::Kind};
use crate::db::MySqlConnection;
use crate::error::{Result, fail};

/// Maximum number of decisions before the first row is written. One is enough unless other sessions
/// write to the tables.
const MOST_DECISIONS: u32 = 20;

/// Repeats [`decide`] until every difference that is left can be written.
///
/// # Errors
///
/// When a query fails, or when other sessions change the tables so fast that there is no end.
pub async fn decide_all(
    connection: &mut MySqlConnection,
    tables: &[&SyncTable],
    all: &mut [Applied],
) -> Result<()> {
    for _ in 0..MOST_DECISIONS {
        if !decide(connection, tables, all).await? {
            return Ok(());
        }
    }
    fail!(
        Unfit,
        "other sessions change the tables while --sync judges which rows may change; after \
         {MOST_DECISIONS} attempts, there is still a row that cannot be written; nothing was \
         changed: run the same command again when fewer rows are written"
    )
}

/// Rejects the records of these tables that cannot be written because of other rows, and keeps the
/// rows that cannot be deleted because of other rows. All differences that are left can be written.
/// Returns whether any record was rejected or any row kept.
///
/// # Errors
///
/// When a query fails.
pub(super) async fn decide(
    connection: &mut MySqlConnection,
    tables: &[&SyncTable],
    all: &mut [Applied],
) -> Result<bool> {
    if !any_hopeless(connection, tables).await? {
        return Ok(false);
    }
    let edges = Edges::load(connection, tables).await?;
    let staying = edges.staying();
    for (at, (table, applied)) in tables.iter().zip(all).enumerate() {
        let of_table = staying.iter().filter(|(node, _)| node.table as usize == at);
        let reasons = of_table.map(|(node, why)| (node.number, edges.reasons[*why].clone()));
        let reasons: Vec<_> = reasons.collect();
        applied
            .late
            .extend(reject(connection, table, &reasons).await?);
        let numbers: Vec<u64> = reasons.iter().map(|(number, _)| *number).collect();
        keep(connection, table, (&[Kind::Gone], &numbers)).await?;
    }
    Ok(!staying.is_empty())
}

/// The dependencies that must be looked at again when a row stays.
#[derive(Default)]
struct Index {
    holds_of_child: HashMap<Node, Vec<usize>>,
    holds_of_staged: HashMap<Node, Vec<usize>>,
    needs_of_staged: HashMap<Node, Vec<usize>>,
    taken_of_holder: HashMap<Node, Vec<usize>>,
}

/// The rows that are known to stay, and the dependencies that must be looked at because of them.
#[derive(Default)]
struct Staying {
    /// The rows that stay, each with the number of its reason.
    rows: Vec<(Node, usize)>,
    known: HashSet<Node>,
    holds: Vec<usize>,
    needs: Vec<usize>,
    taken: Vec<usize>,
}

impl Staying {
    fn add(&mut self, node: Node, why: usize, index: &Index) {
        if !self.known.insert(node) {
            return;
        }
        self.rows.push((node, why));
        let of = |map: &HashMap<Node, Vec<usize>>| map.get(&node).cloned().unwrap_or_default();
        self.holds.extend(of(&index.holds_of_child));
        self.holds.extend(of(&index.holds_of_staged));
        self.needs.extend(of(&index.needs_of_staged));
        self.taken.extend(of(&index.taken_of_holder));
    }

    fn is_written(&self, staged: Option<Node>) -> bool {
        staged.is_some_and(|record| !self.known.contains(&record))
    }
}

impl Edges {
    /// The rows that stay as they are, each once, with the number of the first reason.
    pub(super) fn staying(&self) -> Vec<(Node, usize)> {
        let index = self.index();
        let mut staying = Staying {
            holds: (0..self.holds.len()).collect(),
            needs: (0..self.needs.len()).collect(),
            taken: (0..self.taken.len()).collect(),
            ..Staying::default()
        };
        loop {
            // first the rows that must be kept, because records may refer to them
            while let Some(at) = staying.holds.pop() {
                let hold = &self.holds[at];
                if self.must_stay(hold, &staying) {
                    staying.add(hold.parent, hold.why, &index);
                }
            }
            let needs = std::mem::take(&mut staying.needs).into_iter();
            let orphans = needs.filter(|at| !self.has_parent(*at, &staying));
            let orphans = orphans.map(|at| (self.needs[at].record, self.needs[at].why));
            let mut rejected: Vec<(Node, usize)> = orphans.collect();
            for at in std::mem::take(&mut staying.taken) {
                let taken = &self.taken[at];
                if taken.holder.is_none_or(|row| staying.known.contains(&row)) {
                    rejected.push((taken.record, taken.why));
                }
            }
            if rejected.is_empty() {
                return staying.rows;
            }
            for (record, why) in rejected {
                staying.add(record, why, &index);
            }
        }
    }

    fn index(&self) -> Index {
        let mut index = Index::default();
        for (at, hold) in self.holds.iter().enumerate() {
            if let Some(child) = hold.child {
                index.holds_of_child.entry(child).or_default().push(at);
            }
            if let Some(staged) = hold.staged {
                index.holds_of_staged.entry(staged).or_default().push(at);
            }
        }
        for (at, need) in self.needs.iter().enumerate() {
            if let Some(staged) = need.staged {
                index.needs_of_staged.entry(staged).or_default().push(at);
            }
        }
        for (at, taken) in self.taken.iter().enumerate() {
            if let Some(holder) = taken.holder {
                index.taken_of_holder.entry(holder).or_default().push(at);
            }
        }
        index
    }

    fn must_stay(&self, hold: &Hold, staying: &Staying) -> bool {
        let child_stays = hold
            .child
            .is_none_or(|child| child != hold.parent && staying.known.contains(&child));
        child_stays && !staying.is_written(hold.staged)
    }

    /// Whether the record of a need has a parent. Several rows may have the value to which the
    /// record refers, if the server allows foreign keys to columns that are not unique.
    fn has_parent(&self, at: usize, staying: &Staying) -> bool {
        self.alternatives(at).any(|need| {
            let stays = |row: Node| staying.known.contains(&row);
            staying.is_written(need.staged) || need.old.is_some_and(stays)
        })
    }

    /// The needs of the same record and foreign key, which are next to each other in the list.
    fn alternatives(&self, at: usize) -> impl Iterator<Item = &Need> {
        let is_same =
            |other: &Need| (other.record, other.key) == (self.needs[at].record, self.needs[at].key);
        let mut range = Range {
            start: at,
            end: at + 1,
        };
        while range.start > 0 && is_same(&self.needs[range.start - 1]) {
            range.start -= 1;
        }
        while range.end < self.needs.len() && is_same(&self.needs[range.end]) {
            range.end += 1;
        }
        self.needs[range].iter()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(number: u64) -> Node {
        Node { table: 0, number }
    }

    fn numbers(edges: &Edges) -> Vec<(u64, usize)> {
        let staying = edges.staying();
        let mut all: Vec<(u64, usize)> = staying.iter().map(|(n, why)| (n.number, *why)).collect();
        all.sort_unstable();
        all
    }

    fn need(record: u64, staged: Option<u64>, old: Option<u64>) -> Need {
        Need {
            record: row(record),
            staged: staged.map(row),
            old: old.map(row),
            key: 0,
            why: 1,
        }
    }

    fn hold(child: Option<u64>, parent: u64, staged: Option<u64>) -> Hold {
        Hold {
            child: child.map(row),
            parent: row(parent),
            staged: staged.map(row),
            why: 2,
        }
    }

    #[test]
    fn a_record_without_a_parent_takes_along_the_records_that_refer_to_it() {
        let mut edges = Edges {
            needs: vec![need(1, None, None), need(9, Some(8), None)],
            ..Edges::default()
        };
        edges
            .needs
            .extend((2..5).map(|n| need(n, Some(n - 1), None)));
        assert_eq!(numbers(&edges), [(1, 1), (2, 1), (3, 1), (4, 1)]);
    }

    #[test]
    fn a_row_that_stays_keeps_its_parents_and_its_unique_value() {
        let edges = Edges {
            holds: vec![
                hold(None, 1, None),
                hold(Some(1), 2, None),
                hold(Some(5), 6, None),
            ],
            taken: vec![
                Taken3(7, Some(2)).into(),
                Taken3(8, Some(6)).into(),
                Taken3(9, None).into(),
            ],
            ..Edges::default()
        };
        assert_eq!(numbers(&edges), [(1, 2), (2, 2), (7, 3), (9, 3)]);
    }

    #[test]
    fn rows_that_exchange_a_value_stay_only_if_one_of_them_does() {
        let exchange = Edges {
            holds: vec![hold(None, 1, Some(2)), hold(None, 2, Some(1))],
            taken: vec![Taken3(1, Some(2)).into(), Taken3(2, Some(1)).into()],
            ..Edges::default()
        };
        assert_eq!(numbers(&exchange), []);
        let mut spoilt = exchange.clone();
        spoilt.needs.push(need(1, None, None));
        assert_eq!(numbers(&spoilt), [(1, 1), (2, 2)]);
    }

    #[test]
    fn a_kept_row_is_a_parent_as_well_and_a_row_does_not_keep_itself() {
        let edges = Edges {
            needs: vec![need(3, None, Some(1)), need(4, None, Some(2))],
            holds: vec![hold(None, 1, None), hold(Some(2), 2, None)],
            ..Edges::default()
        };
        assert_eq!(numbers(&edges), [(1, 2), (4, 1)]);
    }

    struct Taken3(u64, Option<u64>);

    impl From<Taken3> for super::super::edges::Taken {
        fn from(of: Taken3) -> Self {
            Self {
                record: row(of.0),
                holder: of.1.map(row),
                why: 3,
            }
        }
    }
}
