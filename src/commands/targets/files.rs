//! The accepted rows of the CSV files, from which `targets --from` selects ids without a database.
//!
//! The rows come through the pipeline that `seed` and `check` use; this module receives the batches
//! instead of a database.

use std::sync::{Mutex, MutexGuard, PoisonError};

use anyhow::{Context, Result, bail};

use engine::event::{Event, Events};
use engine::pipeline::cleaner::check_constants;
use engine::pipeline::{self, Job, Settings, Sink, SinkClosed};
use input::{Input, Source};
use model::batch::{Batch, Value};
use model::schema::Schema;
use reviews::OtherError;
use reviews::targets::files::AcceptedRows;

/// Reads input files through the pipeline.
pub(super) struct PipelineRows<'a> {
    pub(super) input: &'a Input,
    pub(super) schema: &'a Schema,
    pub(super) settings: &'a Settings,
    pub(super) events: &'a Events,
}

impl AcceptedRows for PipelineRows<'_> {
    fn read(
        &mut self,
        table: &str,
        columns: &[&str],
        receive: &mut (dyn FnMut(&[u64]) + Send),
    ) -> Result<(), OtherError> {
        self.read_table(table, columns, receive).map_err(Into::into)
    }
}

impl PipelineRows<'_> {
    fn read_table(
        &self,
        table: &str,
        columns: &[&str],
        f: impl FnMut(&[u64]) + Send,
    ) -> Result<()> {
        if self.schema.table(table).is_none() {
            bail!("the schema has no table \"{table}\", from which the ids are read");
        }
        let sources = input::open_all(self.input, self.schema, &[table.to_owned()])?;
        let source = sources.first().context("no file was opened")?;
        check_constants(source)?;
        let places = columns
            .iter()
            .map(|name| place(source, name))
            .collect::<Result<Vec<_>>>()?;
        let sink = RowSink(Mutex::new(Rows {
            places,
            f,
            failure: None,
        }));
        self.events.emit(Event::TablesOpened(&sources));
        let results = pipeline::run(&sources, self.settings, &sink, self.events);
        match held(&sink.0).failure.take() {
            Some(value) => bail!(
                "{}: {value} is not an id: ids are whole numbers from 0",
                source.path.display()
            ),
            None => Ok(results.map(drop)?),
        }
    }
}

/// The position of a column in a batch.
fn place(source: &Source, name: &str) -> Result<usize> {
    let mut columns = source.header.columns.iter();
    let place = columns.position(|(column, _)| source.table.columns[*column].name == name);
    place.with_context(|| {
        format!(
            "{}: the header has no column \"{name}\"; the database fills this column itself, so \
             leave out --from to take the ids from the database",
            source.path.display()
        )
    })
}

struct Rows<F> {
    places: Vec<usize>,
    f: F,
    failure: Option<String>,
}

/// A sink that passes rows to the selection of ids. The batches of a table arrive in file order,
/// one at a time.
struct RowSink<F>(Mutex<Rows<F>>);

impl<F: FnMut(&[u64]) + Send> Sink for RowSink<F> {
    fn submit(&self, job: Job) -> Result<(), SinkClosed> {
        held(&self.0).take(&job.batch)?;
        job.done(Vec::new());
        Ok(())
    }
}

impl<F: FnMut(&[u64])> Rows<F> {
    fn take(&mut self, batch: &Batch) -> Result<(), SinkClosed> {
        let mut row = [0; 3];
        for at in batch.live_rows() {
            for (value, place) in row.iter_mut().zip(&self.places) {
                *value = match batch.value(at, *place) {
                    Value::UInt(n) => n,
                    Value::Int(n) if n >= 0 => n.unsigned_abs(),
                    other => {
                        self.failure = Some(format!("{other:?}"));
                        return Err(SinkClosed);
                    }
                };
            }
            (self.f)(&row[..self.places.len()]);
        }
        Ok(())
    }
}

fn held<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
