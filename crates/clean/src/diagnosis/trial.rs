//! Reads values with proposed settings, to find out whether the settings help.

use std::sync::Arc;

use model::batch::{Batch, BatchSize, Layout};
use model::schema::{Column, ValueFormat};

use crate::checksum::RowHasher;
use crate::value::clean_value_in;

/// Reads values of one column with different settings.
pub(super) struct Trial<'a> {
    column: &'a Column,
    layout: Arc<Layout>,
    batch: Batch,
    hasher: RowHasher,
}

impl<'a> Trial<'a> {
    pub(super) fn new(column: &'a Column) -> Trial<'a> {
        let layout = Layout::new([&column.kind]);
        Trial {
            column,
            batch: Batch::new(Arc::clone(&layout), 0, 1, BatchSize::default()),
            layout,
            hasher: RowHasher::new(),
        }
    }

    pub(super) fn column(&self) -> &'a Column {
        self.column
    }

    /// The hash of what would be stored for a value. `None` if the value would be rejected.
    pub(super) fn read(&mut self, format: &ValueFormat, value: &str) -> Option<u32> {
        let read = clean_value_in(self.column, format, value.as_bytes(), &mut self.batch).ok();
        let hash = read.map(|()| {
            let batch = &self.batch;
            self.hasher.hash(&self.layout, |at| batch.pending_value(at))
        });
        self.batch.abandon_row();
        hash
    }
}
