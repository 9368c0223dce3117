//! The selection from the CSV files, without a database: the same list from the rows that `check`
//! accepts.
//!
//! The rows come through the pipeline of `seed` and `check`, whose batches end here instead of in
//! the database. Ids need not ascend in the files, so every product's newest review and number of
//! unreported reviews are kept until the file ends.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use anyhow::{Context, Result, bail};
use roaring::RoaringTreemap;

use engine::event::{Event, Events};
use engine::pipeline::{self, Job, Settings, Sink, SinkClosed};
use input::{Input, Source};
use model::batch::{Batch, Value};
use model::schema::Schema;
use reviews::targets::{Entry, Of, Take, Wanted, Weight};

/// Hands the wanted entries to `take`, in their order.
///
/// # Errors
///
/// When a file cannot be read or lacks a column; and what `take` says.
pub fn select(
    input: &Input,
    schema: &Schema,
    wanted: Wanted,
    settings: &Settings,
    events: &Events,
    take: Take<'_>,
) -> Result<()> {
    let reader = Reader {
        input,
        schema,
        settings,
        events,
    };
    let limit = usize::try_from(wanted.limit.unwrap_or(u64::MAX)).unwrap_or(usize::MAX);
    match wanted.of {
        Of::Review => {
            let mut ids = RoaringTreemap::new();
            reader.read("reviews", &["id"], |row| {
                ids.insert(row[0]);
            })?;
            let last = usize::try_from(wanted.last.of(ids.len()))?;
            for id in ids.iter().rev().take(last.min(limit)) {
                take(Entry::once(0, id))?;
            }
            Ok(())
        }
        Of::Product => {
            for entry in reader.products(wanted)?.into_iter().take(limit) {
                take(entry)?;
            }
            Ok(())
        }
        Of::Characteristic => {
            let products = reader.products(wanted)?;
            let ranks: HashMap<u64, usize> = products
                .iter()
                .enumerate()
                .map(|(rank, e)| (e.product, rank))
                .collect();
            // of the selected products only: 16 bytes each
            let mut found: Vec<(usize, u64)> = Vec::new();
            reader.read("characteristics", &["product_id", "id"], |row| {
                if let Some(rank) = ranks.get(&row[0]) {
                    found.push((*rank, row[1]));
                }
            })?;
            found.sort_unstable();
            for (rank, id) in found.into_iter().take(limit) {
                take(Entry::once(products[rank].product, id))?;
            }
            Ok(())
        }
    }
}

/// What is known of a product; about 30 bytes each in the map.
#[derive(Default)]
struct Product {
    newest: u64,
    unreported: u64,
}

struct Reader<'a> {
    input: &'a Input,
    schema: &'a Schema,
    settings: &'a Settings,
    events: &'a Events,
}

impl Reader<'_> {
    /// The products of the wanted part of the data, newest review first.
    fn products(&self, wanted: Wanted) -> Result<Vec<Entry>> {
        let mut products: HashMap<u64, Product> = HashMap::new();
        self.read("reviews", &["product_id", "id", "reported"], |row| {
            let product = products.entry(row[0]).or_default();
            product.newest = product.newest.max(row[1]);
            product.unreported += u64::from(row[2] == 0);
        })?;
        let mut entries: Vec<Entry> = products
            .into_iter()
            .map(|(product, known)| Entry {
                product,
                id: known.newest,
                weight: match wanted.weight {
                    Weight::Once => 1,
                    Weight::PerReview => known.unreported,
                },
            })
            .collect();
        entries.sort_unstable_by(|a, b| b.id.cmp(&a.id).then(a.product.cmp(&b.product)));
        let most = wanted.last.of(entries.len() as u64);
        entries.truncate(usize::try_from(most)?);
        Ok(entries)
    }

    /// Calls `f` with the named columns of every accepted row of a table.
    fn read(&self, table: &str, columns: &[&str], f: impl FnMut(&[u64]) + Send) -> Result<()> {
        if self.schema.table(table).is_none() {
            bail!("the schema has no table \"{table}\", from which targets are taken");
        }
        let sources = input::open_all(self.input, self.schema, &[table.to_owned()])?;
        let source = sources.first().context("no file was opened")?;
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
                "{}: {value} is no id: ids are whole numbers from 0",
                source.path.display()
            ),
            None => results.map(|_| ()),
        }
    }
}

/// Where a column stands in a batch.
fn place(source: &Source, name: &str) -> Result<usize> {
    let column = |at: &(usize, usize)| source.table.columns[at.0].name == name;
    source.header.columns.iter().position(column).with_context(|| {
        format!(
            "{}: header has no column \"{name}\", which the database would fill by itself; leave out --from and ask the database",
            source.path.display()
        )
    })
}

struct Rows<F> {
    places: Vec<usize>,
    f: F,
    failure: Option<String>,
}

/// A sink that hands on rows; batches of one table come in file order and one at a time.
struct RowSink<F>(Mutex<Rows<F>>);

impl<F: FnMut(&[u64]) + Send> Sink for RowSink<F> {
    fn submit(&self, job: Job) -> Result<(), SinkClosed> {
        held(&self.0).take(&job.batch)?;
        job.done(Vec::new());
        Ok(())
    }

    fn is_closed(&self) -> bool {
        held(&self.0).failure.is_some()
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
