//! `seed`: phases 1 to 5, one after the other, each named as in the docs, the progress and the report.
//!
//! `start` decides where a run begins (it may be the rest of an interrupted one), `globals` which way rows travel, `interrupt` what
//! Ctrl-C does.

mod globals;
mod interrupt;
mod start;

use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, anyhow};
use sqlx::{Executor, MySqlConnection, Row};
use tokio::sync::mpsc;

use super::settings::{self, SchemaText, cores};
use super::{Exit, database};
use crate::cli::{SeedArgs, VerifyArg};
use crate::db::{self, DatabaseUrl, Flavour, ServerInfo, server_error_code};
use crate::load::ledger::{self, LoadedTable, Phase};
use crate::load::resume::LoadedBatches;
use crate::load::sessions::Sessions;
use crate::load::{LoadSink, Plan, Target, Way, prepare};
use crate::pipeline::{self, BudgetSpent, CountSink, Interrupted, SinkClosed, TableResult};
use crate::progress::Progress;
use crate::report::{Outcome, Report, ServerReport, TableReport, grouped, seconds};
use crate::schema::{Schema, apply, diff, inspect, parse::parse};
use crate::source::{self, Source};
use crate::verify::{self, Depth, Difference, Expected};
use interrupt::Interrupt;
use start::Start;

/// Longest INSERT statement in bytes, when the server takes packets of twice that.
const STATEMENT_BYTES: u64 = 1 << 20;

/// Memory for sorting index entries, shared by all tables.
const INDEX_MEMORY: u64 = 512 << 20;

pub(super) async fn run(args: SeedArgs) -> Result<Exit> {
    let progress = Arc::new(settings::progress("load", &args.output));
    let mut report = Report::default();
    let exit = seed(&args, &progress, &mut report).await;
    if let Some(file) = &args.output.report {
        report.write_json(file)?;
    }
    exit
}

/// What all phases share.
struct Seed<'a> {
    args: &'a SeedArgs,
    progress: &'a Arc<Progress>,
    url: DatabaseUrl,
    server: ServerInfo,
    connection: MySqlConnection,
    sessions: Sessions,
    interrupt: Interrupt,
    schema: Schema,
    text: SchemaText,
    connections: usize,
}

async fn seed(args: &SeedArgs, progress: &Arc<Progress>, report: &mut Report) -> Result<Exit> {
    // everything that can fail in the first second does
    let text = SchemaText::read(args.reading.schema.as_deref())?;
    let parsed = parse(&text.sql, &text.origin);
    let mut sources = match &parsed {
        Ok(schema) => Some(source::open_all(
            &args.reading.directory,
            schema,
            &args.reading.tables,
        )?),
        Err(_) => None,
    };
    let connections = args
        .loading
        .connections
        .map_or_else(|| cores().min(4), usize::from);
    let mut settings = settings::pipeline(&args.reading, connections)?;

    let url = database::resolve(&args.database, progress).await?;
    let interrupt = Interrupt::listen(progress)?;
    settings.stop = Arc::clone(&interrupt.stop);
    let mut connection = db::connect(&url).await?;
    let server = ServerInfo::read(&mut connection).await?;
    progress.say(&format!("seed: {server} at {url}"));
    let sessions = Sessions::new(&url);
    sessions.lead(&mut connection, &url).await?;
    let left = sessions
        .end_others(&mut connection, |line| progress.say(line))
        .await?;
    if left > 0 {
        progress.say(&format!(
            "seed: {left} sessions that a killed run had left behind are ended"
        ));
    }
    let schema = match parsed {
        Ok(schema) => schema,
        Err(error) => {
            progress.say(&format!("schema: {error:#}; the server reads it instead"));
            inspect::scratch_schema(&mut connection, url.database(), &text.sql, &text.origin)
                .await?
        }
    };
    let sources = match sources.take() {
        Some(sources) => sources,
        None => source::open_all(&args.reading.directory, &schema, &args.reading.tables)?,
    };
    let mut seed = Seed {
        args,
        progress,
        url,
        server,
        connection,
        sessions,
        interrupt: interrupt.clone(),
        schema,
        text,
        connections,
    };
    let exit = tokio::select! {
        exit = seed.run(sources, settings, report) => exit,
        () = interrupt.at_once() => Err(Interrupted.into()),
    };
    let exit = match exit {
        Err(error) if error.is::<Interrupted>() => Err(seed.after_interrupt().await),
        other => other,
    };
    db::close(seed.connection).await;
    exit
}

impl Seed<'_> {
    async fn run(
        &mut self,
        sources: Vec<Source>,
        settings: pipeline::Settings,
        report: &mut Report,
    ) -> Result<Exit> {
        if self.args.dry_run {
            let start = self.start(&sources, &settings).await?;
            let way = self.way().await?;
            self.describe(way, &settings, report);
            return match start {
                Start::Finished(run, tables) => {
                    self.already_seeded(&run, &tables, report);
                    Ok(Exit::Done)
                }
                _ => self.dry_run(sources, settings, report).await,
            };
        }
        // a killed run may have left a global variable changed
        ledger::create(&mut self.connection).await?;
        self.restore_globals().await?;
        let exit = self.phases(sources, settings, report).await;
        // after a lost connection there is nothing to put it back with; the next run does
        let restored = self.restore_globals().await;
        let exit = exit?;
        restored?;
        Ok(exit)
    }

    fn describe(&self, way: Way, settings: &pipeline::Settings, report: &mut Report) {
        report.server = Some(ServerReport {
            url: self.url.to_string(),
            flavour: match self.server.flavour {
                Flavour::MySql => "MySQL".to_string(),
                Flavour::MariaDb => "MariaDB".to_string(),
            },
            version: self.server.version.clone(),
            load: way.name().to_string(),
            connections: self.connections,
            batch_bytes: settings.batch_bytes,
        });
        self.progress.detail(&format!(
            "seed: {} cleaning threads, {} connections, batches of {} bytes, {}",
            settings.threads,
            self.connections,
            settings.batch_bytes,
            way.name()
        ));
    }

    async fn phases(
        &mut self,
        sources: Vec<Source>,
        mut settings: pipeline::Settings,
        report: &mut Report,
    ) -> Result<Exit> {
        let start = self.start(&sources, &settings).await?;
        let names: Vec<String> = sources.iter().map(|s| s.table.name.clone()).collect();
        self.progress
            .expect_tables(sources.iter().map(|s| (s.table.name.clone(), s.bytes)));
        let (run, tables, unjudged, wanted) = match start {
            Start::Finished(run, tables) => {
                self.already_seeded(&run, &tables, report);
                return Ok(Exit::Done);
            }
            Start::Loaded(run, tables) => {
                self.progress.say(&format!(
                    "seed: the run of {} UTC was interrupted in phase {}; its rows are in, going on there",
                    run.started_at,
                    run.phase.name()
                ));
                report.tables = tables.iter().map(TableReport::from).collect();
                (run.id, tables, None, self.wanted(&names).await?)
            }
            start @ (Start::Afresh | Start::Resume(_)) => {
                let way = self.way().await?;
                let (run, loaded, wanted) = match start {
                    Start::Resume(run) => {
                        let loaded = ledger::batches_of(&mut self.connection, run.id).await?;
                        settings.batch_bytes = usize::try_from(run.batch_bytes)?;
                        self.progress.say(&format!(
                            "seed: the run of {} UTC was interrupted while loading; its {} batches are in and will be compared, going on there",
                            run.started_at,
                            grouped(loaded.len() as u64)
                        ));
                        (run.id, loaded, self.wanted(&names).await?)
                    }
                    _ => {
                        let wanted = self.prepare(&names, &sources).await?;
                        let fingerprint = self.fingerprint(&sources, &settings);
                        let run =
                            ledger::begin(&mut self.connection, &fingerprint, settings.batch_bytes)
                                .await?;
                        (run, LoadedBatches::new(), wanted)
                    }
                };
                self.describe(way, &settings, report);
                let began = Instant::now();
                let results = self.load(sources, settings, way, run, loaded).await;
                report.phase("load", began.elapsed());
                let results = match results {
                    Ok(results) => results,
                    Err(error) => return self.load_failed(error, report),
                };
                report.tables = results.iter().map(TableReport::new).collect();
                let tables: Vec<_> = results.iter().map(loaded_table).collect();
                for table in &tables {
                    ledger::record_table(&mut self.connection, run, table).await?;
                }
                (run, tables, Some(unjudged_references(&results)), wanted)
            }
        };

        ledger::enter(&mut self.connection, run, Phase::Index).await?;
        let began = Instant::now();
        if !self.args.loading.no_index {
            self.index(&wanted, report).await?;
        }
        report.phase("index", began.elapsed());

        ledger::enter(&mut self.connection, run, Phase::Verify).await?;
        let began = Instant::now();
        let interrupted = self.interrupt.clone();
        let differences = tokio::select! {
            differences = self.verify(&tables, unjudged, &wanted) => differences?,
            () = interrupted.set() => return Err(Interrupted.into()),
        };
        report.phase("verify", began.elapsed());
        if !differences.is_empty() {
            report.outcome = Outcome::VerificationFailed;
            self.progress.say(report.summary().trim_end());
            for difference in &differences {
                self.progress.error(&format!("verify: {difference}"));
            }
            return Ok(Exit::Found);
        }
        ledger::enter(&mut self.connection, run, Phase::Done).await?;
        report.outcome = Outcome::Seeded;
        self.conclude(report);
        Ok(Exit::Done)
    }

    /// Ends what is still under way in the server, and says how to go on.
    async fn after_interrupt(&mut self) -> anyhow::Error {
        let state = async {
            // the connection may be in the middle of an answer
            let mut connection = db::connect(&self.url).await?;
            self.sessions
                .end_others(&mut connection, |line| self.progress.say(line))
                .await?;
            let state = match ledger::last_run(&mut connection).await? {
                Some(run) => {
                    let batches = ledger::batches_of(&mut connection, run.id).await?;
                    let rows: u64 = batches.values().map(|b| b.rows).sum();
                    format!(
                        "in phase {}; {} rows in {} batches are in the tables",
                        run.phase.name(),
                        grouped(rows),
                        grouped(batches.len() as u64)
                    )
                }
                None => "before anything was loaded".to_string(),
            };
            db::close(connection).await;
            Ok::<_, anyhow::Error>(state)
        };
        let next = interrupt::command_line();
        match state.await {
            Ok(state) => anyhow!("interrupted {state}; to go on: {next}"),
            Err(error) => error.context(format!("interrupted; to go on: {next}")),
        }
    }

    fn conclude(&self, report: &Report) {
        self.progress.say(report.summary().trim_end());
        if report.tables.iter().any(|t| t.rejected > 0) {
            self.progress.say(&format!(
                "refused records and reasons are in {}/",
                self.args.reading.rejects.display()
            ));
        }
        let proof = match self.args.loading.verify {
            VerifyArg::Quick => {
                "every batch, the row counts and the indexes agree; `reviewseed verify` proves every value"
            }
            VerifyArg::Full => "row counts, checksums, references and indexes agree",
            VerifyArg::None => "not verified, as asked",
        };
        self.progress.say(&format!("seed: done; {proof}"));
    }

    async fn dry_run(
        &mut self,
        sources: Vec<Source>,
        settings: pipeline::Settings,
        report: &mut Report,
    ) -> Result<Exit> {
        let progress = Arc::clone(self.progress);
        let began = Instant::now();
        let results = tokio::task::spawn_blocking(move || {
            pipeline::run(&sources, &settings, &CountSink, &*progress)
        })
        .await?;
        report.phase("load", began.elapsed());
        let results = match results {
            Ok(results) => results,
            Err(error) => return self.load_failed(error, report),
        };
        report.tables = results.iter().map(TableReport::new).collect();
        report.outcome = if report.tables.iter().any(|t| t.rejected > 0) {
            Outcome::FoundRejects
        } else {
            Outcome::Clean
        };
        self.progress.say(report.summary().trim_end());
        self.progress
            .say("seed: dry run, the database is as it was");
        Ok(Exit::Done)
    }

    /// Tables created, empty and bare; gives what they must be like in the end.
    async fn prepare(&mut self, names: &[String], sources: &[Source]) -> Result<Schema> {
        let all: Vec<String> = self.schema.tables.iter().map(|t| t.name.clone()).collect();
        let existing = prepare::present(&mut self.connection, self.url.database(), &all)
            .await?
            .tables;
        prepare::create_missing(
            &mut self.connection,
            &self.text.sql,
            &self.text.origin,
            &existing,
        )
        .await?;
        let live =
            prepare::check_columns(&mut self.connection, self.url.database(), &self.schema).await?;
        prepare::strip(&self.url, &only(&live, names), sources).await?;
        self.wanted(names).await
    }

    /// What the tables of this run must be like in the end: the server's own words for schema.sql, so that both sides of the
    /// diff are described alike.
    async fn wanted(&mut self, names: &[String]) -> Result<Schema> {
        let scratch = inspect::scratch_schema(
            &mut self.connection,
            self.url.database(),
            &self.text.sql,
            &self.text.origin,
        )
        .await;
        match scratch {
            Ok(schema) => Ok(only(&schema, names)),
            Err(error) if matches!(server_error_code(&error), Some(1044 | 1045 | 1142 | 1227)) => {
                self.progress.detail(
                    "schema: this account may not create a scratch database; schema.sql is read offline",
                );
                Ok(only(&self.schema, names))
            }
            Err(error) => Err(error),
        }
    }

    async fn load(
        &mut self,
        sources: Vec<Source>,
        settings: pipeline::Settings,
        way: Way,
        run: u64,
        loaded: LoadedBatches,
    ) -> Result<Vec<TableResult>> {
        let packet: u64 = self
            .connection
            .fetch_one("SELECT CAST(@@max_allowed_packet AS UNSIGNED)")
            .await
            .and_then(|row| row.try_get_unchecked(0))
            .context("cannot read max_allowed_packet")?;
        let (notices, mut notices_out) = mpsc::unbounded_channel::<String>();
        let speaker = Arc::clone(self.progress);
        let speaking = tokio::spawn(async move {
            while let Some(notice) = notices_out.recv().await {
                speaker.say(&format!("load: {notice}"));
            }
        });
        let targets = sources
            .iter()
            .map(|s| Target {
                table: s.table.name.clone(),
                columns: s
                    .header
                    .columns
                    .iter()
                    .map(|c| s.table.columns[c.0].clone())
                    .collect(),
            })
            .collect();
        let plan = Plan {
            database: self.url.clone(),
            targets,
            way,
            skip_binlog: self.args.loading.skip_binlog,
            run,
            sessions: self.sessions.clone(),
            loaded,
            statement_bytes: usize::try_from(STATEMENT_BYTES.min(packet / 2))?,
            notices,
        };
        let sink = LoadSink::start(plan, self.connections).await?;
        let queue = sink.queue();
        let progress = Arc::clone(self.progress);
        let reading = tokio::task::spawn_blocking(move || {
            pipeline::run(&sources, &settings, &queue, &*progress)
        });
        let (read, loaded) = tokio::join!(reading, sink.finish());
        speaking.await?;
        let read = read?;
        match (read, loaded) {
            (Ok(results), Ok(())) => Ok(results),
            // when the workers fail, the pipeline only sees that nobody takes its batches
            (Err(error), Err(cause)) if error.is::<SinkClosed>() => Err(cause),
            (Err(error), _) => Err(error),
            (Ok(_), Err(cause)) => Err(cause),
        }
    }

    fn load_failed(&self, error: anyhow::Error, report: &mut Report) -> Result<Exit> {
        let spent = error.downcast::<BudgetSpent>()?;
        report.outcome = Outcome::BudgetSpent;
        self.progress.error(&spent.to_string());
        Ok(Exit::Found)
    }

    async fn index(&mut self, wanted: &Schema, report: &mut Report) -> Result<()> {
        let plan = self.plan(wanted).await?;
        let settings = apply::Settings {
            jobs: cores(),
            cores: cores(),
            memory: INDEX_MEMORY,
        };
        let times = apply::apply(&self.url, &plan, settings, |event| {
            if let apply::Event::Started(statement) = event {
                self.progress.detail(&format!("index: {}", statement.sql));
            }
        })
        .await?;
        for (table, elapsed) in times {
            if let Some(t) = report.tables.iter_mut().find(|t| t.name == table) {
                t.index_seconds = seconds(Duration::from_secs_f64(t.index_seconds) + elapsed);
            }
            self.progress.say(&format!(
                "index: {table} done in {:.1} s",
                elapsed.as_secs_f64()
            ));
        }
        Ok(())
    }

    /// What the live tables lack.
    async fn plan(&mut self, wanted: &Schema) -> Result<diff::Plan> {
        let names: Vec<&str> = wanted.tables.iter().map(|t| t.name.as_str()).collect();
        let live =
            inspect::inspect_tables(&mut self.connection, self.url.database(), &names).await?;
        Ok(diff::diff(&live, wanted))
    }

    async fn verify(
        &mut self,
        tables: &[LoadedTable],
        unjudged: Option<Vec<(String, String)>>,
        wanted: &Schema,
    ) -> Result<Vec<Difference>> {
        let depth = match self.args.loading.verify {
            VerifyArg::None => return Ok(Vec::new()),
            VerifyArg::Quick => Depth::Quick,
            VerifyArg::Full => Depth::Full,
        };
        let expected: Vec<_> = tables.iter().map(Expected::from).collect();
        let mut differences =
            verify::verify(&self.url, wanted, &expected, depth, self.connections).await?;
        if depth == Depth::Quick {
            // a run that was interrupted after the load does not remember which were judged
            let unjudged = unjudged.unwrap_or_else(|| all_references(wanted));
            differences.extend(
                verify::verify_references(&self.url, wanted, &unjudged, self.connections).await?,
            );
        }
        if !self.args.loading.no_index {
            differences.extend(database::plan_differences(&self.plan(wanted).await?));
        }
        Ok(differences)
    }
}

/// The named tables of a schema.
fn only(schema: &Schema, names: &[String]) -> Schema {
    let tables = schema.tables.iter().filter(|t| names.contains(&t.name));
    Schema {
        tables: tables.cloned().collect(),
    }
}

fn all_references(schema: &Schema) -> Vec<(String, String)> {
    let of = |t: &crate::schema::Table| {
        let table = t.name.clone();
        let names = t.foreign_keys.iter().map(|f| f.name.clone());
        names
            .map(move |name| (table.clone(), name))
            .collect::<Vec<_>>()
    };
    schema.tables.iter().flat_map(of).collect()
}

fn unjudged_references(results: &[TableResult]) -> Vec<(String, String)> {
    results
        .iter()
        .flat_map(|r| {
            r.unjudged_references
                .iter()
                .map(|f| (r.name.clone(), f.clone()))
        })
        .collect()
}

fn loaded_table(result: &TableResult) -> LoadedTable {
    LoadedTable {
        name: result.name.clone(),
        file: result.file.display().to_string(),
        file_bytes: result.bytes,
        content_hash: format!("{:032x}", result.content_hash),
        columns: result.columns.clone(),
        read: result.read,
        loaded: result.loaded,
        rejected: result.rejected(),
        checksum: result.checksum,
    }
}
