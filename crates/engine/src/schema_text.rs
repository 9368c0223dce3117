//! Chooses the schema of a run: the named one, else schema.sql in the input folder, else in the
//! current folder, else the built-in schema.

mod encoding;
pub mod on_server;

use std::path::{Path, PathBuf};

use crate::error::{Context, Result};

use crate::event::Events;
use crate::options::{BuiltIn, ReadingOptions, SchemaOptions};
use mysql::ledger::schemas::RunSchema;
use mysql_schema::engine;
use mysql_schema::executed::with_executed;
use mysql_schema::statements::{Script, Unqualified, without_own_database};

/// The value of `--schema` that means the compiled-in schema. A file with this name can be given as
/// `./compiled-in`.
pub const COMPILED_IN: &str = "compiled-in";

/// The name of the compiled-in schema in messages.
const COMPILED_IN_SHOWN: &str = "schema.sql (compiled in)";

const FILE: &str = "schema.sql";

/// The schema that is used, and why it was chosen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SchemaChoice {
    /// `--schema` or the settings file names this file.
    Named(PathBuf),
    /// The file was found in the folder of the input files.
    BesideFiles(PathBuf),
    /// The file was found in the current folder, and there is none beside the input files.
    CurrentFolder(PathBuf),
    /// No schema was found, or `--schema` asks for the compiled-in one.
    CompiledIn,
}

impl SchemaChoice {
    /// The schema of a run, as the ledger records it.
    pub fn of_run(schema: &RunSchema) -> SchemaChoice {
        let Some(file) = &schema.file else {
            return SchemaChoice::CompiledIn;
        };
        // a path relative to the current folder, as a user would type it
        let here = std::env::current_dir().and_then(|here| here.canonicalize());
        let near = here.ok().and_then(|here| file.strip_prefix(here).ok());
        SchemaChoice::Named(near.unwrap_or(file).to_owned())
    }

    /// Chooses the schema. `named` is the value of `--schema`, and `directory` the folder or
    /// archive of the input files.
    pub fn new(named: Option<&Path>, directory: Option<&Path>) -> SchemaChoice {
        if let Some(named) = named {
            return match named == Path::new(COMPILED_IN) {
                true => SchemaChoice::CompiledIn,
                false => SchemaChoice::Named(named.to_owned()),
            };
        }
        let here = PathBuf::from(FILE);
        match directory.and_then(beside).filter(|file| *file != here) {
            Some(file) => SchemaChoice::BesideFiles(file),
            None if here.is_file() => SchemaChoice::CurrentFolder(here),
            None => SchemaChoice::CompiledIn,
        }
    }

    /// The schema of a run that reads files.
    pub fn of_files(reading: &ReadingOptions) -> SchemaChoice {
        SchemaChoice::new(
            reading.schema.file.as_deref(),
            Some(&reading.input.directory),
        )
    }

    /// The file, for the `--schema` of another command; `None` for the compiled-in schema.
    pub fn file(&self) -> Option<&Path> {
        match self {
            SchemaChoice::Named(file)
            | SchemaChoice::BesideFiles(file)
            | SchemaChoice::CurrentFolder(file) => Some(file),
            SchemaChoice::CompiledIn => None,
        }
    }

    /// The value of `--schema` that selects this schema.
    pub fn option(&self) -> String {
        let file = self.file().unwrap_or(Path::new(COMPILED_IN));
        file.display().to_string()
    }

    /// The name of the schema in messages.
    pub fn shown(&self) -> String {
        match self.file() {
            Some(file) => file.display().to_string(),
            None => COMPILED_IN_SHOWN.to_string(),
        }
    }

    /// Whether the text of the schema equals the built-in schema, wherever the text was found.
    pub fn is_built_in(&self, built_in: BuiltIn) -> bool {
        self.file().is_none_or(|file| has_text(file, built_in))
    }

    /// Reports which schema is used if the user named none.
    fn tell(&self, directory: Option<&Path>, built_in: BuiltIn, events: &Events) {
        let shown = self.shown();
        match self {
            SchemaChoice::Named(_) => {}
            SchemaChoice::BesideFiles(file) => {
                let here = Path::new(FILE);
                let differs = |sql: String| std::fs::read_to_string(file).is_ok_and(|f| f != sql);
                let other = match std::fs::read_to_string(here).is_ok_and(differs) {
                    true => {
                        "; schema.sql in the current folder differs and is not used; --schema \
                             schema.sql selects it"
                    }
                    false => "",
                };
                events.info(&format!("schema: {shown}, found beside the files{other}"));
            }
            SchemaChoice::CurrentFolder(file) if has_text(file, built_in) => {
                events.detail(&format!(
                    "schema: {shown} in the current folder; it equals the compiled-in schema"
                ));
            }
            SchemaChoice::CurrentFolder(_) => events.info(&format!(
                "schema: {shown} in the current folder; --schema {COMPILED_IN} selects the \
                 compiled-in schema"
            )),
            SchemaChoice::CompiledIn => events.detail(&format!("schema: {shown}")),
        }
        if let Some(archive) = directory.filter(|d| input::archive_contains(d, FILE)) {
            events.info(&format!(
                "warning: {} holds a {FILE} that is not read: unpack it and name it with --schema; {shown} is used",
                input::shown(archive)
            ));
        }
    }
}

/// The text of a schema, with its name.
#[derive(Debug, Clone)]
pub struct SchemaText {
    /// The text of the schema.
    pub sql: String,
    /// The name of the file, for messages.
    pub origin: String,
    /// Hash of the text as in the file.
    pub hash: String,
    /// Where the schema was found.
    pub choice: SchemaChoice,
}

impl SchemaText {
    /// The text for comparing loaded tables. A table without transactions is never loaded. If the
    /// file gives a loaded table such an engine, it was created with `--storage-engine InnoDB`, so
    /// the text is changed to InnoDB too. With the engine in the file, a server would describe the
    /// table differently: for example, MariaDB shortens long keys of MyISAM tables.
    ///
    /// # Errors
    ///
    /// When the text cannot be split into statements.
    pub fn of_loaded_tables(self) -> Result<SchemaText> {
        let (sql, tables) = engine::with_innodb(&self.sql, &self.origin)?;
        Ok(match tables.is_empty() {
            true => self,
            false => SchemaText { sql, ..self },
        })
    }

    /// For `--storage-engine`: uses InnoDB for all tables, and reports the tables that have an
    /// engine without transactions in the file.
    fn with_innodb(mut self, events: &Events) -> Result<SchemaText> {
        let (sql, tables) = engine::with_innodb(&self.sql, &self.origin)?;
        if !tables.is_empty() {
            events.info(&format!(
                "schema: {} {} ENGINE=InnoDB because of --storage-engine, instead of the engine in {}",
                tables.join(", "),
                if tables.len() == 1 { "gets" } else { "get" },
                self.origin
            ));
        }
        self.sql = sql;
        Ok(self)
    }

    /// The statements of the schema. Warns about statements that are not executed.
    pub fn script(&self, events: &Events) -> Result<Script<'_>> {
        let script = Script::read(&self.sql, &self.origin)?;
        for warning in script.warnings(&self.origin) {
            events.info(&format!("warning: {warning}"));
        }
        Ok(script)
    }

    /// Reads the named schema, or the one that belongs to the input files in `directory`. Reports
    /// which schema is used.
    pub fn read(
        options: &SchemaOptions,
        directory: Option<&Path>,
        events: &Events,
    ) -> Result<SchemaText> {
        let choice = SchemaChoice::new(options.file.as_deref(), directory);
        if options.file.is_none() {
            choice.tell(directory, options.built_in, events);
        }
        let (text, notes) = SchemaText::with_notes(choice, options.built_in)?;
        for note in notes {
            events.info(&format!("schema: {note}"));
        }
        match options.with_innodb {
            true => text.with_innodb(events),
            false => Ok(text),
        }
    }

    /// Reads the named schema, if the user named one.
    pub fn named(options: &SchemaOptions, events: &Events) -> Result<Option<SchemaText>> {
        let file = options.file.as_ref();
        file.map(|_| SchemaText::read(options, None, events))
            .transpose()
    }

    /// Reads the schema of a run with these files. Reports which schema is used.
    pub fn of_files(reading: &ReadingOptions, events: &Events) -> Result<SchemaText> {
        let directory = reading.input.directory.as_path();
        SchemaText::read(&reading.schema, Some(directory), events)
    }

    /// The record of the schema in the ledger, for a run that loads these tables.
    pub fn of_run(&self, tables: &[String]) -> RunSchema {
        let absolute = |file: &Path| file.canonicalize().unwrap_or_else(|_| file.to_owned());
        RunSchema {
            file: self.choice.file().map(absolute),
            hash: self.hash.clone(),
            tables: tables.to_vec(),
        }
    }

    /// Reads the text of a schema that has been chosen.
    pub fn of(choice: SchemaChoice, built_in: BuiltIn) -> Result<SchemaText> {
        Ok(SchemaText::with_notes(choice, built_in)?.0)
    }

    /// The text without statements that choose a database, and notes for the user about such
    /// statements.
    fn with_notes(choice: SchemaChoice, built_in: BuiltIn) -> Result<(SchemaText, Vec<String>)> {
        let sql = match choice.file() {
            None => built_in
                .context("there is no schema.sql beside the input files or in the current folder")?
                .to_owned(),
            Some(file) => encoding::read(file)?,
        };
        let (origin, hash) = (choice.shown(), RunSchema::hash_of(&sql));
        let executed = with_executed(&sql, &origin)?;
        let Unqualified { sql, notes } = without_own_database(&executed.sql, &origin)?;
        let notes = executed.notes.into_iter().chain(notes).collect();
        let text = SchemaText {
            sql,
            origin,
            hash,
            choice,
        };
        Ok((text, notes))
    }
}

/// The schema in a folder, or in the folder of an archive.
fn beside(directory: &Path) -> Option<PathBuf> {
    let folder = match directory.is_dir() {
        true => directory,
        false if directory.is_file() => directory.parent()?,
        false => return None,
    };
    // a path as a user would type it: `schema.sql`, not `./schema.sql`
    let file = match folder == Path::new(".") {
        true => PathBuf::from(FILE),
        false => folder.join(FILE),
    };
    file.is_file().then_some(file)
}

fn has_text(file: &Path, text: BuiltIn) -> bool {
    text.is_some_and(|text| std::fs::read_to_string(file).is_ok_and(|sql| sql == text))
}
