//! `--compare-generated`: compares the values that files have for generated columns with the values
//! that the server computes, and counts the differences.
//!
//! The fields of generated columns are not loaded. After the load, the files are read again with
//! these fields, and their rows are compared by primary key with the rows of the table.

use std::sync::{Arc, Mutex, PoisonError};

use crate::error::{Context, Result};

use super::work::Work;
use crate::pipeline::{self, AfterReading, CountSink, Observer, OverBudget, TableResult};
use crate::rejects::Budget;
use input::Source;
use model::batch::Batch;
use model::rejection::{Rejection, Rule};
use model::report::GeneratedColumn;
use model::schema::{IndexKey, IndexPart, Table};
use model::wording::grouped;
use mysql::db;
use mysql::generated::{Compared, FileValues, MOST};
use mysql_schema::predicate::Predicate;

/// The values that a pass over one file collects.
struct Collected {
    values: Mutex<FileValues>,
    /// For each generated column: its name, the number of records whose field is not a valid value,
    /// and the place of the first one.
    wrong: Mutex<Vec<Compared>>,
}

impl Observer for Collected {
    fn started(&self, _: usize) {}
    fn advanced(&self, _: usize, _: u64, _: u64, _: u64) {}
    fn finished(&self, _: usize, _: &TableResult) {}

    fn rejected(&self, _: usize, rejection: &Rejection) {
        let mut wrong = self.wrong.lock().unwrap_or_else(PoisonError::into_inner);
        if rejection.rule == Rule::DuplicateKey {
            return;
        }
        let column = rejection.column.as_ref();
        let Some(wrong) = wrong.iter_mut().find(|of| Some(&of.column) == column) else {
            return;
        };
        wrong.compared += 1;
        wrong.differing += 1;
        let place = (rejection.offset, rejection.line);
        wrong.first = Some(wrong.first.map_or(place, |first| first.min(place)));
    }

    fn wants_rows(&self) -> bool {
        true
    }

    fn accepted(&self, _: usize, rows: &Batch) {
        let mut values = self.values.lock().unwrap_or_else(PoisonError::into_inner);
        values.add(rows);
    }
}

impl Work<'_, '_> {
    /// For each file with values for generated columns, reports how many of them differ.
    pub(super) async fn compare_generated(&mut self) -> Result<()> {
        let sources = Arc::clone(&self.sources);
        for source in sources.iter() {
            let Some(with) = source.with_generated()? else {
                continue;
            };
            let columns = source.table.columns.iter();
            let generated = columns.filter(|c| c.generated).map(|c| c.name.clone());
            let generated: Vec<String> = generated.collect();
            let name = source.table.name.clone();
            let Some(values) = FileValues::of(&with, &generated) else {
                self.run.events.info(&format!(
                    "seed: {name}: the values of generated columns are not compared, because the \
                     file does not fill a primary key"
                ));
                continue;
            };
            let compared = self.compare(with, values, &source.table).await?;
            for column in &compared {
                self.tell(source, column);
            }
            let report = self.report.tables.iter_mut().find(|t| t.name == name);
            if let Some(report) = report {
                let columns = compared.into_iter().map(|column| GeneratedColumn {
                    name: column.column,
                    compared: column.compared,
                    differing: column.differing,
                });
                report.generated_columns = columns.collect();
            }
        }
        Ok(())
    }

    /// Reads a file with its fields of generated columns, and compares these with the table.
    async fn compare(
        &mut self,
        mut with: Source,
        values: FileValues,
        table: &Table,
    ) -> Result<Vec<Compared>> {
        without_constraints_on_generated(&mut with.table, table);
        let settings = pipeline::Settings {
            budget: Budget::Rows(u64::MAX),
            over_budget: OverBudget::ReadOn,
            after_reading: AfterReading::Nothing,
            rejects: None,
            carried: None,
            ..self.settings.clone()
        };
        let empty = values.empty();
        let collected = Collected {
            values: Mutex::new(values),
            wrong: Mutex::new(empty),
        };
        let read = tokio::task::spawn_blocking(move || {
            pipeline::run(&[with], &settings, &CountSink, &collected).map(|_| collected)
        });
        let collected = read.await.context("the reading ended abnormally")??;
        let values = collected.values.into_inner();
        let values = values.unwrap_or_else(PoisonError::into_inner);
        let wrong = collected.wrong.into_inner();
        let wrong = wrong.unwrap_or_else(PoisonError::into_inner);
        if values.has_more() {
            self.run.events.info(&format!(
                "seed: {}: --compare-generated compares only the first {} rows",
                table.name,
                grouped(MOST as u64)
            ));
        }
        // use another session: the query may take long, and the session with the run lock must stay
        // idle
        let mut connection = self.run.session.database.open().await?;
        let mut compared = values.compare(&mut connection).await?;
        db::close(connection).await;
        for (compared, wrong) in compared.iter_mut().zip(wrong) {
            compared.compared += wrong.compared;
            compared.differing += wrong.differing;
            compared.first = compared.first.into_iter().chain(wrong.first).min();
        }
        Ok(compared)
    }

    fn tell(&self, source: &Source, column: &Compared) {
        let name = format!("{}.{}", source.table.name, column.column);
        let (compared, differing) = (grouped(column.compared), grouped(column.differing));
        let words = match column.first {
            None => format!("all {compared} values in the file are those that the server computes"),
            Some((offset, line)) => {
                let place = source.place(offset, line);
                format!(
                    "{differing} of {compared} values in the file differ from what the server \
                     computes, first at {}:{}",
                    place.file, place.line
                )
            }
        };
        self.run.events.info(&format!("seed: {name}: {words}"));
    }
}

/// Removes constraints that do not apply to the file's values: keys of generated columns and
/// conditions on them. Foreign keys have already been checked.
fn without_constraints_on_generated(read: &mut Table, table: &Table) {
    let checks = &mut read.checks;
    checks.retain(|check| Predicate::compile(&check.expression, table).is_some());
    let is_loaded = |part: &IndexPart| match &part.key {
        IndexKey::Column(name) => {
            let mut columns = table.columns.iter();
            columns.any(|column| column.name == *name && !column.generated)
        }
        IndexKey::Expression(_) => false,
    };
    let indexes = &mut read.indexes;
    indexes.retain(|index| index.parts.iter().all(is_loaded));
    read.foreign_keys.clear();
}
