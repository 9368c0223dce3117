//! Loads batches into tables that already have rows, which the records may change.

use sqlx::{AssertSqlSafe, Executor};

use super::committed::{Committed, note_rejected};
use super::queue::Order;
use super::worker::{Plain, Worker};
use crate::pipeline::Job;
use model::schema::Table;
use mysql::error::Result;
use mysql::ledger;
use mysql::merge::{MergeTable, merge, prepare};

/// How the rows of all tables are merged with the rows that the tables had before.
#[derive(Debug)]
pub struct Merging {
    /// The tables, numbered as in the pipeline.
    tables: Vec<MergeTable>,
    /// For each table, the tables that must be complete before it starts.
    after: Vec<Vec<usize>>,
}

impl Merging {
    /// Plans the merge of these tables, which are in load order.
    pub fn new(tables: Vec<MergeTable>, schemas: &[&Table]) -> Merging {
        let refers = |a: &Table, b: &Table| a.foreign_keys.iter().any(|key| key.refers_to(&b.name));
        let after = |number: usize| {
            let table = schemas[number];
            let before = schemas[..number].iter().enumerate();
            // the server checks foreign keys, so parents come first; in a cycle, the load order
            // decides
            let related = before.filter(|(_, other)| refers(table, other) || refers(other, table));
            related.map(|(other, _)| other).collect()
        };
        let after = (0..tables.len()).map(after).collect();
        Merging { tables, after }
    }

    pub(super) fn order(&self, table: usize) -> Order {
        Order::After(self.after[table].clone())
    }
}

impl Worker {
    /// Stores one batch, in a transaction.
    pub(super) async fn merge(&mut self, job: &Job, merging: &Merging) -> Result<Committed> {
        let run = self.run();
        let table = &merging.tables[job.table];
        let Plain { connection, limits } = self.plain().await?;
        prepare(connection, table).await?;
        connection.execute("BEGIN").await?;
        let name = table.target.table.as_str();
        let first = ledger::batch_statement(run, name, &job.batch);
        connection.execute(AssertSqlSafe(first)).await?;
        let (rejected, merged) = merge(connection, table, (run, &job.batch), *limits).await?;
        note_rejected(connection, (run, name), &job.batch, &rejected).await?;
        connection.execute("COMMIT").await?;
        Ok(Committed {
            rejected,
            merged: Some(merged),
        })
    }
}
