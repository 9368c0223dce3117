//! The first step of a run: reads everything that can be read without a server, so that mistakes
//! are reported immediately.

use crate::error::{Result, fail};

use super::schema::SchemaOfRun;
use super::statements::Statements;
use crate::event::Events;
use crate::machine::cores;
use crate::options::{LoadMethod, Merge, Mode, ReadingOptions, SeedOptions};
use crate::pipeline;
use crate::reading;
use crate::schema_text::SchemaText;
use input::Source;
use model::schema::Schema;
use model::wording::counted;
use mysql::precheck::Checks;
use mysql_schema::engine::Engines;

/// A run whose schema and files have been read, as far as possible without a server.
pub(super) struct Opened {
    /// The options. Their folder of reject files may differ from the one that the user gave.
    pub(super) options: SeedOptions,
    pub(super) text: SchemaText,
    pub(super) statements: Statements,
    pub(super) schema: SchemaOfRun,
    pub(super) checks: Checks,
    /// The files; `None` if they cannot be opened, or if a server must parse the schema first.
    pub(super) sources: Option<Vec<Source>>,
    /// The settings; `None` if a check has failed, because then nothing may be created.
    pub(super) settings: Option<pipeline::Settings>,
    /// Number of connections that load rows.
    pub(super) connections: usize,
}

impl Opened {
    /// Reads the schema and opens the files.
    ///
    /// # Errors
    ///
    /// When the schema cannot be read. Faults of the files become failed checks.
    pub(super) fn open(options: &SeedOptions, events: &Events) -> Result<Opened> {
        let statements = Statements::read(options)?;
        let loading = &options.loading;
        if loading.throttle.is_set() && loading.method == Some(LoadMethod::Physical) {
            fail!(
                "--max-rate and --throttle slow the batches of an SQL load, and --load physical \
                 gives the server whole tables; leave one of them out"
            );
        }
        let text = SchemaText::of_files(&options.reading, events)?;
        text.script(events)?;
        let schema = SchemaOfRun::offline(&text, &options.reading)?;
        let connections = options.loading.connections;
        let mut opened = Opened {
            options: options.clone(),
            connections: connections.unwrap_or_else(|| cores().min(4)),
            checks: Checks::default(),
            sources: None,
            settings: None,
            statements,
            text,
            schema,
        };
        // the files may lack required columns, because their records can still change existing rows
        opened.options.reading.input.partial =
            options.merge == Some(Merge::Update) || options.mode == Mode::Sync;
        if opened.schema.is_certain() {
            opened.open_files();
        }
        let engines = Engines::default();
        if opened.schema.is_unusable() {
            // tables that could not be parsed have no open files
            opened.schema.judge(&mut opened.checks, None, &engines)?;
        } else if opened.schema.is_certain() {
            let sources = opened.sources.as_deref();
            opened.schema.judge(&mut opened.checks, sources, &engines)?;
        }
        if !opened.checks.have_failed() {
            opened.make_settings(events);
        }
        Ok(opened)
    }

    /// Opens the files and matches their headers to columns.
    pub(super) fn open_files(&mut self) {
        let appends = matches!(self.options.mode, Mode::Append | Mode::Sync);
        let opened = open_sources(&self.options.reading, appends, &self.schema.schema);
        self.sources = self.checks.take("headers", opened, |sources| {
            let bytes: u64 = sources.iter().map(|s| s.bytes).sum();
            format!(
                "{} of {} {} the schema",
                counted(sources.len() as u64, "file", "files"),
                counted(bytes, "byte", "bytes"),
                if sources.len() == 1 { "fits" } else { "fit" }
            )
        });
    }

    /// Prepares the pipeline's settings, and creates the folder of the reject files.
    pub(super) fn make_settings(&mut self, events: &Events) {
        let sources = self.sources.as_deref().unwrap_or(&[]);
        let reading = &mut self.options.reading;
        let chosen = reading::choose_rejects(reading, sources, events);
        let made =
            chosen.and_then(|()| reading::pipeline_settings(reading, sources, self.connections));
        let folder = reading.rejects.display();
        let words = |_: &pipeline::Settings| format!("{folder} can be written to");
        self.settings = self.checks.take("rejects", made, words);
    }
}

/// Opens the files of the wanted tables. An append or a sync uses only the tables that have files.
fn open_sources(reading: &ReadingOptions, appends: bool, schema: &Schema) -> Result<Vec<Source>> {
    let mut names = reading.tables.clone();
    if appends && names.is_empty() {
        names = input::tables_present(&reading.input, schema)?;
        if names.is_empty() {
            fail!(
                "{} has no file <table>.csv for any table of the schema",
                reading.input.directory.display()
            );
        }
    }
    let sources = reading::opened(reading, schema, &names)?;
    reading::check_constants(&sources)?;
    Ok(sources)
}
