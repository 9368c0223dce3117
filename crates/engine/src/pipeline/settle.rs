//! Counts the outcomes of a table's batches in file order, even if they arrive in another order.

use std::collections::BTreeMap;

use super::conductor::{Conductor, RecordOf};
use super::job::{Answer, Outcome, SinkClosed};
use super::warnings::warnings;
use super::{AfterReading, BudgetSpent, Error, OverBudget, TableResult};
use clean::keys::Keys;
use input::Place;
use model::batch::Batch;
use model::merged::MergedBatch;
use model::rejection::{Rejection, Rule, ServerRejection, shown};
use model::report::RejectExample;

/// The counts of a table so far.
#[derive(Debug, Default)]
pub(super) struct Totals {
    read: u64,
    loaded: u64,
    checksum: u64,
    /// Sum of the batches' `CHECKSUM TABLE` values, modulo 2^32; `None` if one of them is not
    /// known.
    table_checksum: Option<u32>,
    /// What happened to the rows, if the table had rows before.
    merged: Option<MergedBatch>,
    rules: BTreeMap<Rule, u64>,
    /// Set when more records than allowed were rejected for the first time, in a run that continues
    /// to read.
    over_budget: Option<BudgetSpent>,
}

impl Totals {
    /// Initial counts of a table whose `CHECKSUM TABLE` values are added up.
    pub(super) fn with_table_checksum() -> Totals {
        Totals {
            table_checksum: Some(0),
            ..Totals::default()
        }
    }

    fn rejected(&self) -> u64 {
        self.rules.values().sum()
    }
}

/// A rejected record in the form of an example for the report.
fn example(rejection: &Rejection, place: &Place<'_>) -> RejectExample {
    RejectExample {
        file: place.file.to_owned(),
        line: place.line,
        column: rejection.column.clone(),
        value: rejection.value.clone(),
        message: rejection.message.clone(),
    }
}

impl Conductor<'_> {
    /// Handles an answer of the sink.
    pub(super) fn take(&mut self, answer: Answer) -> Result<(), Error> {
        match answer {
            Answer::Stored(outcome) => {
                self.early.insert(outcome.number, *outcome);
            }
            Answer::Dropped => return Err(SinkClosed.into()),
        }
        while let Some(outcome) = self.early.remove(&self.next_outcome) {
            self.next_outcome += 1;
            self.settle(outcome)?;
        }
        Ok(())
    }

    fn settle(&mut self, mut outcome: Outcome) -> Result<(), Error> {
        self.settle_keys(&mut outcome)?;
        self.totals.read += outcome.records;
        self.totals.loaded += outcome.loaded;
        self.totals.checksum = self.totals.checksum.wrapping_add(outcome.checksum);
        let sums = self.totals.table_checksum.zip(outcome.table_checksum);
        self.totals.table_checksum = sums.map(|(sum, of_batch)| sum.wrapping_add(of_batch));
        if let Some(merged) = outcome.merged {
            self.totals.merged.get_or_insert_default().add(merged);
        }
        for rejection in &outcome.rejections {
            *self.totals.rules.entry(rejection.rule).or_insert(0) += 1;
            self.collector.add(rejection, &self.cleaner);
            let of = (&self.source.table, &*self.cleaner);
            self.causes.add(rejection, of, &self.shared.rejected_keys);
            self.shared.observer.rejected(self.table, rejection);
            let sink = self.shared.sink;
            sink.rejected(self.table, rejection, &|key| {
                self.cleaner.key_of(&rejection.raw, key)
            });
            let place = self.source.place(rejection.offset, rejection.line);
            let examples = &mut self.examples;
            examples
                .entry(rejection.rule)
                .or_insert_with(|| example(rejection, &place));
            if let Some(rejects) = &mut self.rejects {
                rejects.write(rejection, &place).map_err(Error::Rejects)?;
            }
        }
        self.shared.observer.advanced(
            self.table,
            self.source.raw_position(outcome.end),
            self.totals.read,
            self.totals.rejected(),
        );
        // a run that loads ends as soon as the share of rejected records is too large, although the
        // share may be lower at the end of the file
        match (self.spent(false), self.shared.settings.over_budget) {
            (Some(spent), OverBudget::Stop) => Err(self.diagnosed(spent).into()),
            (Some(spent), OverBudget::ReadOn) => {
                self.totals.over_budget.get_or_insert(spent);
                Ok(())
            }
            (None, _) => Ok(()),
        }
    }

    /// Adds the server's rejections to the client's, and adds the keys of the stored rows to the
    /// keys in which child tables look up their parents.
    fn settle_keys(&mut self, outcome: &mut Outcome) -> Result<(), Error> {
        let mut without_key = Vec::new();
        if let Some(batch) = &outcome.rows {
            for rejected in &outcome.by_server {
                let rejection = self.server_rejection(batch, rejected)?;
                outcome.rejections.push(rejection);
                // a row that is removed after the load keeps its key, because the rows that refer
                // to it are removed too
                let after = self.shared.settings.after_reading;
                if rejected.rule != Rule::MissingParent && after != AfterReading::Synced {
                    without_key.push(self.keys.row_keys(batch, rejected.row));
                }
            }
            outcome.rejections.sort_by_key(|r| r.offset);
            self.shared.observer.accepted(self.table, batch);
        }
        if let (Some(settled), Some(taken)) = (&self.settled, self.taken.remove(&outcome.number)) {
            settled.add(taken, &without_key).map_err(Error::Keys)?;
            self.shared.parents.notify();
        }
        Ok(())
    }

    fn server_rejection(
        &self,
        batch: &Batch,
        rejected: &ServerRejection,
    ) -> Result<Rejection, Error> {
        let place = batch.all_rows()[rejected.row];
        let offset = batch.start + u64::from(place.offset);
        let record = RecordOf::row(batch, rejected.row);
        let raw = self.source.raw(record.offset, record.length);
        let raw = raw.map_err(Error::Input)?;
        let (row, message) = (rejected.row, &rejected.message);
        let at_fault = match rejected.rule {
            Rule::MissingParent => self.keys.of_missing_parent(batch, row, message),
            Rule::DuplicateKey => self.keys.of_duplicate(batch, row, message),
            _ => None,
        };
        let (column, value) = match at_fault {
            Some((columns, value)) => (Some(columns), value),
            None => (None, shown(raw.trim_ascii_end())),
        };
        Ok(Rejection {
            line: batch.line + u64::from(place.line),
            offset,
            bytes: place.length.into(),
            element: record.element,
            column,
            rule: rejected.rule,
            field: None,
            value,
            message: record.message(&self.cleaner, &rejected.message),
            raw,
        })
    }

    /// The error, if more records are rejected than allowed.
    fn spent(&self, at_end: bool) -> Option<BudgetSpent> {
        let (budget, totals) = (self.shared.settings.budget, &self.totals);
        let is_spent = budget.is_spent(totals.read, totals.rejected(), at_end);
        is_spent.then(|| BudgetSpent {
            table: self.source.table.name.clone(),
            read: totals.read,
            rules: totals.rules.clone(),
            budget,
            rejects: self.shared.settings.rejects.clone(),
            diagnoses: Box::default(),
        })
    }

    /// Adds the probable causes to the error, for a run that ends with it.
    fn diagnosed(&self, spent: BudgetSpent) -> BudgetSpent {
        let diagnoses = self.collector.diagnoses(self.source, &self.cleaner);
        BudgetSpent {
            diagnoses: diagnoses.into(),
            ..spent
        }
    }

    /// Closes the reject files and checks that read = loaded + rejected. Also returns the keys,
    /// because some foreign keys are checked only when all tables are complete.
    pub(super) fn finish(mut self, content_hash: u128) -> Result<(TableResult, Keys), Error> {
        self.source.check_unchanged().map_err(Error::Input)?;
        let over_budget = self.spent(true).or(self.totals.over_budget.take());
        if let Some(rejects) = self.rejects.take() {
            rejects.finish().map_err(Error::Rejects)?;
        }
        if let Some(spent) = &over_budget
            && self.shared.settings.over_budget == OverBudget::Stop
        {
            return Err(self.diagnosed(spent.clone()).into());
        }
        let totals = &self.totals;
        let merged = totals.merged.map(|merged| merged.counts.all());
        if totals.read != totals.loaded + totals.rejected()
            || merged.is_some_and(|merged| merged != totals.loaded)
        {
            return Err(Error::Miscounted {
                file: self.source.path.display().to_string(),
                read: totals.read,
                loaded: totals.loaded,
                rejected: totals.rejected(),
            });
        }
        if let Some(settled) = &self.settled {
            settled.finish();
            self.shared.parents.notify();
        }
        Ok(self.result(content_hash, over_budget))
    }

    fn result(self, content_hash: u128, over_budget: Option<BudgetSpent>) -> (TableResult, Keys) {
        let (table, header) = (&self.source.table, &self.source.header);
        let columns = header.columns.iter();
        let result = TableResult {
            name: table.name.clone(),
            file: self.source.path.clone(),
            bytes: self.end,
            content_hash,
            columns: columns.map(|c| table.columns[c.0].name.clone()).collect(),
            ignored: header.ignored.clone(),
            unfilled: header.unfilled.clone(),
            read: self.totals.read,
            loaded: self.totals.loaded,
            rules: self.totals.rules,
            examples: self.examples,
            follow: self.causes.into_follow(),
            checksum: self.totals.checksum,
            table_checksum: self.totals.table_checksum,
            merged: self.totals.merged,
            elapsed: self.began.elapsed(),
            warnings: warnings(&self.signs, self.source),
            diagnoses: self.collector.diagnoses(self.source, &self.cleaner),
            over_budget,
            unjudged_references: self.keys.unchecked_foreign_keys().to_vec(),
            left_to_server: [self.keys.left_to_server(), self.cleaner.left_to_server()].concat(),
        };
        (result, self.keys)
    }
}
