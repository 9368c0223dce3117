//! Checks the options of `targets` before anything is read, and writes the selected entries to the
//! output.

use std::path::PathBuf;

use mysql::db::MySqlConnection;

use super::files::{self, AcceptedRows};
use super::format::script::{Load, Script};
use super::format::{Format, FormatKind};
use super::output::Output;
use super::{
    Counts, ListWriter, Order, Portion, Selection, TargetKind, UrlTemplate, Weight, database,
};
use crate::error::{Error, Result};

/// What to select, and how to write it.
#[derive(Debug, Clone)]
pub struct Options {
    /// What the ids identify.
    pub target: TargetKind,
    /// How much of the end of the data is selected.
    pub portion: Portion,
    /// The largest number of different entries.
    pub limit: Option<u64>,
    /// Whether to repeat a product once per review that is not reported.
    pub weighted: bool,
    /// Whether to write the list in a random order.
    pub shuffle: bool,
    /// The number of random draws.
    pub count: Option<u64>,
    /// The seed of the random order; `None` means 1.
    pub seed: Option<u64>,
    /// The format. `None` means the one for the extension of `output`, or else `ids`.
    pub format: Option<FormatKind>,
    /// The template of the URL that each id is put into.
    pub url: Option<String>,
    /// Whether to write a test in the language of the tool too.
    pub script: bool,
    /// The load of the test that `script` writes.
    pub load: Load,
    /// The output file; `None` means stdout.
    pub output: Option<PathBuf>,
}

/// A list that is ready to be written.
pub struct Job {
    selection: Selection,
    order: Order,
    format: Option<Box<dyn Format>>,
    output: Output,
    script: Option<Script>,
}

impl Job {
    /// Checks the options and opens the output, so that every mistake is found before data is read.
    ///
    /// # Errors
    ///
    /// [`Error::Options`] for options that contradict each other, [`Error::Exists`] when the file
    /// of the script exists with another test, and an error when the output cannot be opened.
    pub fn prepare(options: &Options) -> Result<Job> {
        let url = options.url.as_deref();
        let url = url.map(|url| UrlTemplate::parse(url, options.target));
        let url = url.transpose()?;
        let kind = options
            .format
            .unwrap_or_else(|| FormatKind::of_file(options.output.as_deref()));
        if url.is_some() && !kind.has_url() && !options.script {
            return Err(Error::Options(format!(
                "--url needs --format wrk, vegeta or urls, or --script; --format {} writes ids only",
                kind.name()
            )));
        }
        let selection = Selection {
            target: options.target,
            portion: options.portion,
            limit: options.limit,
            weight: weight(options)?,
        };
        let script = match (options.script, &options.output) {
            (false, _) => None,
            (true, Some(list)) => {
                let url = url.as_ref();
                let script = Script::new(kind, options.target, list, url, options.load)?;
                Some(script)
            }
            (true, None) => {
                return Err(Error::Options(
                    "--script writes the test into the folder of the list; name the file of the list with -o"
                        .to_owned(),
                ));
            }
        };
        if let Some(script) = &script {
            script.check_place()?;
        }
        Ok(Job {
            selection,
            order: order(options)?,
            format: Some(kind.writer(options.target, url.as_ref())?),
            output: Output::open(options.output.as_deref())?,
            script,
        })
    }

    /// Selects from a database and writes the list.
    ///
    /// # Errors
    ///
    /// The same as for [`database::select`] and [`ListWriter`].
    pub async fn write_from_database(
        &mut self,
        connection: &mut MySqlConnection,
    ) -> Result<Counts> {
        let selection = self.selection;
        let mut list = self.begin()?;
        let longest = database::LONGEST_WALK;
        database::select(connection, selection, longest, &mut |entry| list.add(entry)).await?;
        list.finish()
    }

    /// Selects from input files and writes the list.
    ///
    /// # Errors
    ///
    /// The same as for [`files::select`] and [`ListWriter`].
    pub fn write_from_files(&mut self, rows: &mut dyn AcceptedRows) -> Result<Counts> {
        let selection = self.selection;
        let mut list = self.begin()?;
        files::select(rows, selection, &mut |entry| list.add(entry))?;
        list.finish()
    }

    fn begin(&mut self) -> Result<ListWriter<'_>> {
        let format = self.format.take();
        let format =
            format.ok_or_else(|| Error::Abnormal("the list was written already".to_owned()))?;
        ListWriter::begin(self.selection.target, self.order, format, &mut self.output)
    }

    /// Gives the file its final name. Returns the script, which the caller writes.
    ///
    /// # Errors
    ///
    /// When the output cannot be written.
    pub fn commit(self) -> Result<Option<Script>> {
        self.output.commit()?;
        Ok(self.script)
    }

    /// One line for the user: how many entries were written, of what, and in which order.
    pub fn summary(&self, written: Counts) -> String {
        use model::wording::counted;
        let (one, many) = match self.selection.target {
            TargetKind::Product => ("product", "products"),
            TargetKind::Review => ("review", "reviews"),
            TargetKind::Characteristic => ("characteristic", "characteristics"),
        };
        let order = match self.order {
            Order::InOrder => "newest first".to_owned(),
            Order::Shuffled { seed } => format!("shuffled with seed {seed}"),
            Order::Count { seed, .. } => format!("drawn with seed {seed}"),
        };
        let entries = counted(written.entries, "entry", "entries");
        let selected = counted(written.selected, one, many);
        format!("{entries}, from {selected}, {order}")
    }
}

fn weight(options: &Options) -> Result<Weight> {
    match (options.weighted, options.target) {
        (false, _) => Ok(Weight::Once),
        (true, TargetKind::Product) => Ok(Weight::PerReview),
        (true, target) => Err(Error::Options(format!(
            "--weighted repeats products once per review; it cannot be combined with --of {}",
            target.name()
        ))),
    }
}

fn order(options: &Options) -> Result<Order> {
    let seed = options.seed.unwrap_or(1);
    match (options.count, options.shuffle) {
        (Some(count), _) => Ok(Order::Count { count, seed }),
        (None, true) => Ok(Order::Shuffled { seed }),
        (None, false) if options.seed.is_some() => Err(Error::Options(
            "--seed sets a random order, so it needs --shuffle or --count".to_owned(),
        )),
        (None, false) => Ok(Order::InOrder),
    }
}
