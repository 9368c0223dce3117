//! `verify`: compares the database with its schema and with the rows that runs of `seed` loaded.

mod members;

use std::time::Instant;

use crate::error::{Result, fail};

use crate::Verdict;
use crate::again::Attempts;
use crate::database;
use crate::event::Events;
use crate::loaded;
use crate::machine::cores;
use crate::options::{DatabaseChoice, SchemaOptions};
use crate::schema_text::{SchemaChoice, SchemaText};
use crate::seeded::{self, Seeded};
use members::Members;
use model::report::{Outcome, Report};
use model::schema::{Schema, Table};
use model::wording::counted;
use mysql::db::{self, Database, DatabaseUrl, MySqlConnection, ServerInfo, lacks_right};
use mysql::inspect;
use mysql::ledger::{self, LoadedTable, Phase, Run, beginning, owned};
use mysql::prepare;
use mysql::server_error::ER_OPTION_PREVENTS_STATEMENT;
use mysql::verify::{self, Asking, Depth, Difference, Expected, Watch};
use mysql_schema::diff::diff;
use mysql_schema::parse::{parse_as, parse_script};
use mysql_schema::statements::Script;

/// Advice for an unfinished run. It may have ended because of rejects or a failed import, but the
/// ledger does not say so.
pub(crate) const RAISED: &str = ", with a larger --max-rejects if the run rejected too many records, or with another --load if a table could not be imported";

/// The options of `verify`.
#[derive(Debug, Clone)]
pub struct VerifyOptions {
    /// The schema; without a file, the schemas of the runs that loaded the tables.
    pub schema: SchemaOptions,
    /// The database.
    pub database: DatabaseChoice,
    /// Whether to compare all members of the cluster.
    pub members: bool,
}

/// The result of `verify`.
#[derive(Debug)]
pub struct Verified {
    /// Whether everything agrees.
    pub verdict: Verdict,
    /// The rows that runs loaded, and the duration of the verification.
    pub report: Report,
    /// The differences between the database and the rows that runs loaded.
    pub differences: Vec<Difference>,
    /// The kinds of differences that were found.
    pub differing: Differing,
    /// The URL of the database.
    pub database: DatabaseUrl,
    /// The server's product and version.
    pub server: String,
    /// The schemas that were compared with the database, the newest first.
    pub schemas: Vec<SchemaText>,
    /// The start time of the newest run.
    pub run_started_at: String,
    /// The command that started the newest run; `None` if the ledger does not have it.
    pub last_command: Option<String>,
    /// Expected number of rows of each table.
    pub rows: Vec<(String, u64)>,
}

impl Verified {
    /// The schema of the newest run.
    pub fn schema(&self) -> Option<&SchemaChoice> {
        self.schemas.first().map(|schema| &schema.choice)
    }
}

/// The kinds of differences that were found.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Differing {
    /// Values, numbers of rows, orphans, or a missing table.
    pub rows: bool,
    /// Columns, indexes, keys or constraints.
    pub definitions: bool,
    /// Whether tables have rows that no run loaded.
    pub has_rows_of_others: bool,
    /// Whether tables have triggers. While they exist, loading again gives the same result.
    pub has_triggers: bool,
}

/// The data that a verification compares.
struct Comparison {
    /// The tables as described by the schemas.
    wanted: Schema,
    /// The existing tables as described by the schemas, with all foreign keys that the schemas
    /// write, including those that no server enforces.
    written: Schema,
    live: Schema,
    /// The rows that runs loaded.
    tables: Vec<LoadedTable>,
    /// The rows that runs loaded into tables that still exist.
    expected: Vec<Expected>,
}

/// Compares a database with the rows that were loaded into it. Changes nothing.
///
/// # Errors
///
/// When there is no finished run, or the database cannot be read.
pub async fn verify(options: &VerifyOptions, events: &Events) -> Result<Verified> {
    let mut attempts = Attempts::new("verify", events);
    loop {
        match attempt(options, &mut attempts).await {
            Ok(verified) => return Ok(verified),
            Err(error) => attempts.after(error).await?,
        }
    }
}

async fn attempt(options: &VerifyOptions, attempts: &mut Attempts<'_>) -> Result<Verified> {
    let events = attempts.events();
    let named = SchemaText::named(&options.schema, events)?;
    let (url, _) = database::resolve(&options.database, events).await?;
    attempts.connect_to(&url);
    let mut connection = db::connect(&url).await?;
    let server = ServerInfo::read(&mut connection).await?;
    server.must_be_supported(&url)?;
    events.info(&format!("verify: {server} at {url}"));
    let engine = server.engine;
    events.detail(&format!("verify: engine {engine}: {}", engine.in_words()));
    let (run, last_command) = loaded_run(&mut connection, &url).await?;
    let which = (named.as_ref(), options.schema.built_in);
    let (parts, url) = seeded::schemas(&mut connection, &server, &url, which, events).await?;
    let comparison = Comparison::read(&mut connection, &url, &parts, events).await?;
    let began = Instant::now();
    let differences = comparison.rows(&url, events).await?;
    let members = match options.members {
        true => comparison.members(&mut connection, &url, events).await?,
        false => Vec::new(),
    };
    let found = (differences, members);
    let mut verified = comparison
        .judge(&mut connection, &url, found, events)
        .await?;
    db::close(connection).await;
    verified
        .report
        .phase("verify", began.elapsed(), began.elapsed());
    if verified.verdict == Verdict::Done {
        let rows: u64 = verified.rows.iter().map(|(_, rows)| rows).sum();
        events.info(&format!(
            "verify: {}, {} as loaded by the run of {} UTC: counts, checksums, foreign \
             keys and indexes agree ({:.1} s)",
            counted(verified.rows.len() as u64, "table", "tables"),
            counted(rows, "row", "rows"),
            run.started_at,
            began.elapsed().as_secs_f64()
        ));
    }
    verified.server = server.to_string();
    verified.schemas = parts.into_iter().map(|part| part.text).collect();
    verified.run_started_at = run.started_at;
    verified.last_command = last_command;
    Ok(verified)
}

/// The newest run, which must have completed its load, and the command that started it.
async fn loaded_run(
    connection: &mut MySqlConnection,
    url: &DatabaseUrl,
) -> Result<(Run, Option<String>)> {
    let Some(run) = ledger::last_run(connection).await? else {
        fail!("{url} has no ledger of a run; seed it first: reviewseed seed DIR");
    };
    let command = beginning::command_of(connection, run.id).await?;
    if !matches!(run.phase, Phase::Verify | Phase::Done) {
        fail!(
            "the run of {} UTC is unfinished (it ended in phase {}), so there is nothing to verify yet; \
             the same command resumes it{RAISED}: {}",
            run.started_at,
            run.phase.name(),
            command.unwrap_or_else(|| "reviewseed seed DIR".to_string())
        );
    }
    Ok((run, command))
}

impl Comparison {
    async fn read(
        connection: &mut MySqlConnection,
        url: &DatabaseUrl,
        parts: &[Seeded],
        events: &Events,
    ) -> Result<Comparison> {
        let tables = ledger::newest_tables(connection).await?;
        let (mut wanted, mut written) = (Schema::default(), Schema::default());
        for part in parts {
            let seeded = as_seeded(connection, url, part, events).await?;
            wanted.tables.extend(seeded);
            let script = Script::read(&part.text.sql, &part.text.origin)?;
            let parsed = parse_script(&script, &part.text.origin);
            written.tables.extend(parsed.schema.tables);
        }
        if wanted.tables.is_empty() {
            fail!(
                "the ledger of {url} names no table, so there is nothing to verify; seed it first: reviewseed seed DIR"
            );
        }
        let names: Vec<&str> = wanted.tables.iter().map(|t| t.name.as_str()).collect();
        let live = inspect::inspect_tables(connection, url.database(), &names).await?;
        database::tell_system_versioned(events, "verify", &live);
        // a table that does not exist is reported by the plan, and its rows cannot be counted
        let exists = |name: &str| live.table(name).is_some();
        let expected = tables.iter().filter(|t| exists(&t.name));
        let expected = expected.map(loaded::expected).collect();
        let written = with_written_keys(&wanted, &written, exists);
        Ok(Comparison {
            wanted,
            written,
            live,
            tables,
            expected,
        })
    }

    /// Compares all rows, and checks all foreign keys.
    async fn rows(&self, url: &DatabaseUrl, events: &Events) -> Result<Vec<Difference>> {
        let watch = Watch::default();
        let connections = cores().min(4);
        let asking = Asking {
            connections,
            watch: &watch,
        };
        let database = Database::new(url.clone());
        let work = verify::verify(
            &database,
            &self.written,
            &self.expected,
            Depth::Full,
            asking,
        );
        let what = || watch.shown("comparing all values and foreign keys");
        Ok(events.waiting("verify", what, work).await?)
    }

    /// Compares all members of the cluster.
    async fn members(
        &self,
        connection: &mut MySqlConnection,
        url: &DatabaseUrl,
        events: &Events,
    ) -> Result<Vec<Difference>> {
        let members = Members::read(connection, url).await?;
        let what = || "comparing all values of each member".to_string();
        let work = members.compare(url, &self.written, &self.expected, events);
        events.waiting("verify", what, work).await
    }

    /// Adds the differences of definitions, and reports all differences.
    async fn judge(
        self,
        connection: &mut MySqlConnection,
        url: &DatabaseUrl,
        (mut differences, members): (Vec<Difference>, Vec<Difference>),
        events: &Events,
    ) -> Result<Verified> {
        differences.extend(members);
        let definitions = database::plan_differences(&diff(&self.live, &self.wanted));
        let rows_differ = !differences.is_empty() || self.expected.len() < self.tables.len();
        let (mut triggers, mut of_others) = (Vec::new(), Vec::new());
        if rows_differ {
            let names = self.wanted.tables.iter().map(|t| t.name.clone());
            let (database, names) = (url.database(), names.collect::<Vec<_>>());
            triggers = prepare::triggers(connection, database, &names).await?;
            of_others = owned::rows_of_others(connection, database, &names).await?;
        }
        let differing = Differing {
            rows: rows_differ,
            definitions: !definitions.is_empty(),
            has_rows_of_others: !of_others.is_empty(),
            has_triggers: !triggers.is_empty(),
        };
        differences.extend(definitions);
        for difference in &differences {
            events.error(&format!("verify: {difference}"));
        }
        if !triggers.is_empty() {
            events.info(&format!(
                "verify: triggers may have changed rows while they were loaded: {}; to load the rows as they are, \
                 drop the triggers, load again and create them again afterwards",
                prepare::listed_triggers(&triggers)
            ));
        }
        let (outcome, verdict) = match differences.is_empty() {
            true => (Outcome::Verified, Verdict::Done),
            false => (Outcome::VerificationFailed, Verdict::Found),
        };
        let expected = self.expected.into_iter();
        Ok(Verified {
            verdict,
            report: Report {
                tables: self.tables.iter().map(loaded::table_report).collect(),
                outcome,
                ..Report::default()
            },
            differences,
            differing,
            database: url.clone(),
            server: String::new(),
            schemas: Vec::new(),
            run_started_at: String::new(),
            last_command: None,
            rows: expected.map(|e| (e.table, e.rows)).collect(),
        })
    }
}

/// The wanted tables that exist, with all foreign keys that the schema writes, including those that
/// no server enforces.
fn with_written_keys(wanted: &Schema, written: &Schema, exists: impl Fn(&str) -> bool) -> Schema {
    let mut asked = Schema {
        tables: wanted.tables.clone(),
    };
    asked.tables.retain(|table| exists(&table.name));
    for table in &mut asked.tables {
        if let Some(written) = written.table(&table.name) {
            table.foreign_keys.clone_from(&written.foreign_keys);
        }
        // keep keys to parents that the run did not load: they may exist in this database or in
        // another one
        table.foreign_keys.retain(|key| {
            key.parent_database.is_some()
                || exists(&key.parent_table)
                || wanted.table(&key.parent_table).is_none()
        });
    }
    asked
}

/// The loaded tables of one schema. The server describes them from a scratch database; if it allows
/// none, this process parses the schema.
async fn as_seeded(
    connection: &mut MySqlConnection,
    url: &DatabaseUrl,
    part: &Seeded,
    events: &Events,
) -> Result<Vec<Table>> {
    let SchemaText { sql, origin, .. } = &part.text;
    let read =
        inspect::scratch_schema_of(connection, url.database(), sql, origin, &part.tables).await;
    let schema = match read {
        Ok(read) => {
            for note in read.notes() {
                events.info(&format!("verify: {note}"));
            }
            read.schema
        }
        // a read-only server allows no scratch database either
        Err(error) if lacks_right(&error) || error.code() == Some(ER_OPTION_PREVENTS_STATEMENT) => {
            parse_as(sql, origin, connection.engine().flavour)?
        }
        Err(error) => return Err(error.into()),
    };
    let lacking = part.lacking(&schema);
    if !lacking.is_empty() {
        let live = inspect::inspect_tables(connection, url.database(), &lacking).await?;
        if !live.tables.is_empty() || lacking.len() == part.tables.len() {
            return Err(part.not_comparable(&lacking, url));
        }
        events.info(&format!(
            "verify: loaded tables not compared, because neither {origin} nor the database has \
             them now: {}",
            lacking.join(", ")
        ));
    }
    let loaded = |table: &Table| part.tables.contains(&table.name);
    Ok(schema.tables.into_iter().filter(loaded).collect())
}
