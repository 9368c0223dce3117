//! The schema of a run. It is parsed without a server or, if that is not possible, by the server.
//! Also finds what prevents a table from being loaded.

use crate::error::Result;

use crate::event::Events;
use crate::options::ReadingOptions;
use crate::reading;
use crate::schema_text::SchemaText;
use crate::settings::{self, Settings};
use input::Source;
use model::flavour::Flavour;
use model::schema::{ColumnType, Schema};
use mysql::db::{DatabaseUrl, MySqlConnection, ServerInfo, lacks_right};
use mysql::inspect;
use mysql::json_rules;
use mysql::precheck::{Check, Checks};
use mysql_schema::engine::Engines;
use mysql_schema::obstacles::{self, SchemaFile, Selection};
use mysql_schema::order::with_parents;
use mysql_schema::parse::{self, Fault, Resolution};
use mysql_schema::statements::Script;

/// The schema, as far as it is known at this point.
pub(super) struct SchemaOfRun {
    pub(super) schema: Schema,
    text: SchemaText,
    /// The user's settings for how values are read.
    settings: Settings,
    /// The wanted tables; empty means all tables.
    named: Vec<String>,
    /// The parts of the needed tables that could not be parsed.
    faults: Vec<Fault>,
    /// Whether the server may interpret some type differently.
    is_ambiguous: bool,
}

impl SchemaOfRun {
    /// Parses the file without a server.
    pub(super) fn offline(text: &SchemaText, options: &ReadingOptions) -> Result<SchemaOfRun> {
        let script = Script::read(&text.sql, &text.origin)?;
        let mut reading = parse::parse_script(&script, &text.origin);
        let named: Vec<String> = options
            .tables
            .iter()
            .map(|name| {
                let meant = reading.schema.named(name);
                meant.map_or_else(|| name.clone(), |table| table.name.clone())
            })
            .collect();
        let needed = with_parents(&reading.schema, &named);
        let is_needed = |table: &str| named.is_empty() || needed.iter().any(|name| name == table);
        // MariaDB is tried too, because JSON is LONGTEXT there and executable comments depend on
        // the server
        let of_mariadb = parse::parse_for(&script, &text.origin, Flavour::MariaDb);
        for fault in &mut reading.faults {
            // a fault on MySQL only may be none for the server of the run, so that server decides
            if !of_mariadb.faults.contains(fault) {
                fault.resolution = Resolution::ByServer;
            }
        }
        let tables = reading.schema.tables.iter();
        let is_ambiguous = tables.filter(|table| is_needed(&table.name)).any(|table| {
            // MySQL and MariaDB accept different texts as JSON, so the server decides
            let is_json = !settings::json_columns(table).is_empty();
            is_json || of_mariadb.schema.table(&table.name) != Some(table)
        });
        options
            .settings
            .apply(&mut reading.schema, &reading.faults)?;
        let mut faults = reading.faults;
        faults.retain(|fault| fault.table.as_deref().is_none_or(is_needed));
        Ok(SchemaOfRun {
            schema: reading.schema,
            text: text.clone(),
            settings: options.settings.clone(),
            named,
            faults,
            is_ambiguous,
        })
    }

    /// Whether the schema is known without a server. This holds if the server would describe it in
    /// the same way, except for tables with a fault that no server resolves.
    pub(super) fn is_certain(&self) -> bool {
        !self.faults.iter().any(Fault::is_for_server) && !self.is_ambiguous
    }

    /// Whether a table has a fault that no server can resolve.
    pub(super) fn is_unusable(&self) -> bool {
        !self.faults.iter().all(Fault::is_for_server)
    }

    /// Whether the schema has TIMESTAMP columns. Their meaning depends on
    /// `explicit_defaults_for_timestamp`, unless the file sets it.
    pub(super) fn has_timestamps(&self) -> bool {
        let mut columns = self.schema.tables.iter().flat_map(|table| &table.columns);
        columns.any(|column| matches!(column.kind, ColumnType::Timestamp { .. }))
    }

    /// Notes that the server may describe the schema differently.
    pub(super) fn doubt(&mut self) {
        self.is_ambiguous = true;
    }

    /// Lets the server parse the schema.
    pub(super) async fn by_server(
        &mut self,
        connection: &mut MySqlConnection,
        url: &DatabaseUrl,
        events: &Events,
    ) -> Result<()> {
        for fault in &self.faults {
            events.info(&format!(
                "schema: {}; the server parses it instead",
                fault.text
            ));
        }
        let needed = with_parents(&self.schema, &self.named);
        let SchemaText { sql, origin, .. } = &self.text;
        let flavour = ServerInfo::read(connection).await?.flavour;
        let read =
            inspect::scratch_schema_of(connection, url.database(), sql, origin, &needed).await;
        match read {
            Ok(read) => self.schema = read.schema,
            // an account that may not create a database cannot use the server for parsing, so the
            // types are used as written
            Err(error) if lacks_right(&error) && self.faults.is_empty() => {
                let script = Script::read(sql, origin)?;
                self.schema = parse::parse_for(&script, origin, flavour).schema;
            }
            Err(error) => return Err(error.into()),
        }
        self.faults.clear();
        self.settings.apply(&mut self.schema, &self.faults)?;
        if self.has_json_texts() {
            match json_rules::are_known(connection, flavour).await? {
                true => settings::judge_json(&mut self.schema, flavour),
                false => events.detail(
                    "schema: this server has its own rules for JSON, so it checks the JSON texts",
                ),
            }
        }
        self.is_ambiguous = false;
        Ok(())
    }

    fn has_json_texts(&self) -> bool {
        let mut tables = self.schema.tables.iter();
        tables.any(|table| !settings::json_columns(table).is_empty())
    }

    /// Adds a failed check for everything that prevents tables from being loaded.
    ///
    /// # Errors
    ///
    /// When the file cannot be read.
    pub(super) fn judge(
        &self,
        checks: &mut Checks,
        sources: Option<&[Source]>,
        engines: &Engines,
    ) -> Result<()> {
        let script = Script::read(&self.text.sql, &self.text.origin)?;
        let filled = sources.map(reading::filled_by);
        let loaded = filled.iter().flatten().map(|(table, _)| table.clone());
        let loaded: Vec<String> = loaded.collect();
        let read = SchemaFile {
            origin: &self.text.origin,
            script: &script,
            schema: &self.schema,
            faults: &self.faults,
        };
        let wanted = Selection {
            // --append loads the tables that have files
            tables: if loaded.is_empty() {
                &self.named
            } else {
                &loaded
            },
            filled: filled.as_deref(),
        };
        let found = obstacles::obstacles(read, wanted, engines);
        let words = obstacles::messages(read, wanted, &found);
        checks.extend(words.into_iter().map(|words| Check::fail("schema", words)));
        Ok(())
    }
}
