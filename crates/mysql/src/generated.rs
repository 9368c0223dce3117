//! Compares the values of generated columns in the files with the values that the server computes.

use std::collections::HashMap;

use crate::db::MySqlConnection;
use crate::error::{Context, Result};
use futures_util::TryStreamExt;
use sqlx::{AssertSqlSafe, Executor, Row};

use crate::orphans::Identity;
use input::Source;
use model::batch::Batch;
use mysql_schema::quote::quote_identifier;

/// Maximum number of rows of a table whose values are kept in memory; they take about 100 MB.
pub const MOST: usize = 2_000_000;

/// The values of generated columns in the rows of one file.
#[derive(Debug)]
pub struct FileValues {
    table: String,
    key: Identity,
    columns: Vec<(String, Identity)>,
    /// The number of each row, by the hash of its primary key.
    rows: HashMap<u128, u32>,
    /// Offset and line of each row.
    places: Vec<(u64, u64)>,
    /// The hashes of the values, row by row.
    values: Vec<u64>,
    /// Whether there were more rows than [`MOST`].
    has_more: bool,
}

/// The result of comparing the values of one generated column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Compared {
    /// The column.
    pub column: String,
    /// Number of rows of the file that the table has.
    pub compared: u64,
    /// Number of these rows whose value differs from the one that the server computes.
    pub differing: u64,
    /// Offset and line of the first differing row in the text of the file.
    pub first: Option<(u64, u64)>,
}

impl FileValues {
    /// For a file that is read including its generated columns, whose names are `generated`. `None`
    /// if the file does not fill the primary key.
    pub fn of(source: &Source, generated: &[String]) -> Option<FileValues> {
        let columns = source.header.columns.iter().enumerate();
        let columns = columns.filter_map(|(position, (number, _))| {
            let column = &source.table.columns[*number];
            let identity = Identity::of_column(column, position);
            generated
                .contains(&column.name)
                .then(|| (column.name.clone(), identity))
        });
        Some(FileValues {
            table: source.table.name.clone(),
            key: Identity::of_primary_key(source)?,
            columns: columns.collect(),
            rows: HashMap::new(),
            places: Vec::new(),
            values: Vec::new(),
            has_more: false,
        })
    }

    /// For each column, a result that says that no row was compared.
    pub fn empty(&self) -> Vec<Compared> {
        let column = |(name, _): &(String, Identity)| Compared {
            column: name.clone(),
            compared: 0,
            differing: 0,
            first: None,
        };
        self.columns.iter().map(column).collect()
    }

    /// Whether the file had too many rows to compare all of them.
    pub fn has_more(&self) -> bool {
        self.has_more
    }

    /// Adds the accepted rows of a batch.
    pub fn add(&mut self, batch: &Batch) {
        let mut text = Vec::new();
        for row in batch.live_rows() {
            if self.places.len() >= MOST {
                self.has_more = true;
                return;
            }
            text.clear();
            self.key.push(&mut text, batch, row);
            self.rows
                .insert(Identity::hash(&text), self.places.len() as u32);
            let place = batch.all_rows()[row];
            self.places.push((
                batch.start + u64::from(place.offset),
                batch.line + u64::from(place.line),
            ));
            for (_, column) in &self.columns {
                text.clear();
                column.push(&mut text, batch, row);
                self.values.push(Identity::hash(&text) as u64);
            }
        }
    }

    /// Compares the values with those of the table.
    ///
    /// # Errors
    ///
    /// When the table cannot be read.
    pub async fn compare(&self, connection: &mut MySqlConnection) -> Result<Vec<Compared>> {
        let mut compared = self.empty();
        let mut selected = vec![self.key.in_sql("t")];
        selected.extend(self.columns.iter().map(|(_, column)| column.in_sql("t")));
        let sql = format!(
            "SELECT {} FROM {} AS t",
            selected.join(", "),
            quote_identifier(&self.table)
        );
        let mut rows = connection.fetch(AssertSqlSafe(sql));
        while let Some(row) = rows
            .try_next()
            .await
            .with_context(|| format!("cannot read the generated columns of {}", self.table))?
        {
            let key = Identity::hash(&row.try_get_unchecked::<Vec<u8>, _>(0)?);
            let Some(number) = self.rows.get(&key) else {
                continue;
            };
            let number = *number as usize;
            let values = &self.values[number * compared.len()..];
            for (at, column) in compared.iter_mut().enumerate() {
                let theirs = Identity::hash(&row.try_get_unchecked::<Vec<u8>, _>(at + 1)?);
                column.compared += 1;
                if theirs as u64 != values[at] {
                    column.differing += 1;
                    let place = self.places[number];
                    column.first = Some(column.first.map_or(place, |first| first.min(place)));
                }
            }
        }
        Ok(compared)
    }
}
