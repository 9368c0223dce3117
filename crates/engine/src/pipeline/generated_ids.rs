//! Generates missing ids of an AUTO_INCREMENT column, if the table has that setting. Each id is the
//! greatest id before it in the file, plus one. One session of a server would number the rows in
//! the same way. As ids are generated in file order, they do not depend on threads or connections,
//! and a resumed run generates the same ids.

use clean::Fault;
use clean::checksum::RowHasher;
use clean::integer;
use clean::keys::{KeyRejection, Keys};
use input::Source;
use model::batch::Batch;
use model::rejection::Rule;
use model::schema::ColumnType;

/// The ids of one table.
#[derive(Debug)]
pub(super) struct GeneratedIds {
    name: String,
    /// Position of the column in the rows of a batch.
    column: usize,
    signed: bool,
    /// The greatest id that the column's type can store.
    most: u64,
    /// The greatest id so far.
    last: u64,
    hasher: RowHasher,
}

impl GeneratedIds {
    /// The generator for a file; `None` if the table does not have the setting, or the file does
    /// not have the column.
    pub(super) fn of(source: &Source, keys: &Keys) -> Option<GeneratedIds> {
        let columns = &source.table.columns;
        let number = columns.iter().position(|column| column.generates_ids)?;
        let mut filled = source.header.columns.iter();
        let column = filled.position(|(column, _)| *column == number)?;
        let ColumnType::Integer { bits, unsigned } = columns[number].kind else {
            return None;
        };
        let name = columns[number].name.clone();
        Some(GeneratedIds {
            last: keys.greatest(&name),
            name,
            column,
            signed: !unsigned,
            most: integer::greatest(bits, unsigned),
            hasher: RowHasher::new(),
        })
    }

    /// Gives ids to the rows of the next batch. Rejects a row if the type has no more ids.
    pub(super) fn number(&mut self, batch: &mut Batch) -> Vec<KeyRejection> {
        let mut rejected = Vec::new();
        let rows: Vec<usize> = batch.live_rows().collect();
        for row in rows {
            match batch.integer(row, self.column) {
                // negative ids are not considered for the greatest id
                Some(id) if self.signed && (id as i64) < 0 => {}
                Some(id) => self.last = self.last.max(id),
                None if self.last >= self.most => {
                    batch.reject(row);
                    rejected.push(self.rejection(row));
                }
                None => {
                    self.last += 1;
                    batch.set_integer(row, self.column, self.last);
                    let layout = std::sync::Arc::clone(batch.layout());
                    let hash = self.hasher.hash(&layout, |column| batch.value(row, column));
                    batch.set_hash(row, hash);
                }
            }
        }
        rejected
    }

    fn rejection(&self, row: usize) -> KeyRejection {
        let why = format!(
            "no id is left, because the greatest id of the column, {}, is taken",
            self.most
        );
        KeyRejection {
            row,
            column: Some(self.name.clone()),
            value: String::new(),
            fault: Fault::new(Rule::OutOfRange, why),
        }
    }
}
