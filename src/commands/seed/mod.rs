//! `seed`: phases 1 to 5, one after the other, each named as in the docs, the progress and the report.
//!
//! `precheck` looks at everything before row one, `start` decides where a run begins (it may be the rest of an interrupted one), `globals` which way rows travel, `interrupt` what
//! Ctrl-C does.

mod details;
mod finish;
mod globals;
mod interrupt;
mod lead;
mod load;
mod physical;
mod precheck;
mod redo_log;
mod replace;
mod start;
mod tables;

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Instant;

use anyhow::{Result, bail};
use sqlx::MySqlConnection;

use super::reports;
use super::settings::{self, SchemaText, cores};
use super::{Exit, database};
use crate::cli::{SeedArgs, VerifyArg};
use crate::db::{self, DatabaseUrl, ServerInfo};
use crate::load::ledger::{self, LoadedTable, Phase, beginning};
use crate::load::physical::import::Prepared;
use crate::load::resume::LoadedBatches;
use crate::load::sessions::Sessions;
use crate::pipeline::{self, Interrupted};
use crate::precheck::{Check, Checks};
use crate::progress::Progress;
use crate::report::{Outcome, Report, TableReport, grouped};
use crate::schema::{Schema, inspect, parse::parse};
use crate::server::RedoLogMark;
use crate::source::{self, Source};
use interrupt::Interrupt;
pub(super) use interrupt::{command_line, without_signature};
use lead::lead;
use load::{loaded_table, unjudged_references};
use replace::Replacement;
use start::Start;
use tables::{add_before, beginning_of, take_before};

pub(super) async fn run(args: SeedArgs) -> Result<Exit> {
    reports::prepare(&args.output)?;
    let progress = Arc::new(settings::progress("load", &args.output));
    let mut report = Report::default();
    let exit = seed(&args, &progress, &mut report).await;
    let details = details::details(&args, &report, &exit);
    reports::write(&args.output, &progress, &report, &details)?;
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
    /// Whether the rows go on to shards.
    is_spider: bool,
    /// Tables that go as files, by name.
    files: HashMap<String, Prepared>,
    /// The mark of the private server, when it is that one.
    redo_log: Option<RedoLogMark>,
}

/// Rows that are in, to be indexed and verified.
struct Rows {
    run: u64,
    tables: Vec<LoadedTable>,
    /// Foreign keys that were not judged on the stream; `None` when that is not remembered.
    unjudged: Option<Vec<(String, String)>>,
    wanted: Schema,
}

async fn seed(args: &SeedArgs, progress: &Arc<Progress>, report: &mut Report) -> Result<Exit> {
    // everything that can fail in the first second does
    let text = SchemaText::read(args.reading.schema.as_deref())?;
    let parsed = parse(&text.sql, &text.origin);
    let mut checks = Checks::default();
    let mut sources = match &parsed {
        Ok(schema) => precheck::files(&mut checks, open_sources(args, schema)),
        Err(_) => None,
    };
    let connections = args
        .loading
        .connections
        .map_or_else(|| cores().min(4), usize::from);
    let settings = match checks.have_failed() {
        // nothing is made before the input is known
        true => None,
        false => {
            let settings = settings::pipeline(&args.reading, connections);
            precheck::rejects(&mut checks, &args.reading.rejects, settings)
        }
    };
    if checks.have_failed() && args.database.database_url.is_none() {
        // no server is started for that
        return precheck::conclude(checks, progress).map(|()| Exit::Found);
    }

    let (url, private) = database::resolve_with_server(&args.database, progress).await?;
    let interrupt = Interrupt::listen(progress)?;
    let mut connection = match db::connect(&url).await {
        Ok(connection) => connection,
        Err(error) => {
            checks.add(Check::failed("server", error));
            return precheck::conclude(checks, progress).map(|()| Exit::Found);
        }
    };
    let server = ServerInfo::read(&mut connection).await?;
    progress.say(&format!("seed: {server} at {url}"));
    let wishes = precheck::wishes(args, connections, parsed.as_ref().ok(), sources.as_deref());
    let facts = precheck::server(&mut checks, &mut connection, &url, &server, &wishes).await?;
    if checks.have_failed() {
        return precheck::conclude(checks, progress).map(|()| Exit::Found);
    }
    let sessions = lead(&mut connection, &url, &interrupt, progress).await?;
    let schema = match parsed {
        Ok(schema) => schema,
        Err(error) => {
            progress.say(&format!("schema: {error:#}; the server reads it instead"));
            let schema =
                inspect::scratch_schema(&mut connection, url.database(), &text.sql, &text.origin)
                    .await?;
            sources = precheck::files(&mut checks, open_sources(args, &schema));
            schema
        }
    };
    let (Some(sources), Some(mut settings)) = (sources, settings) else {
        return precheck::conclude(checks, progress).map(|()| Exit::Found);
    };
    settings.stop = Arc::clone(&interrupt.stop);
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
        files: HashMap::new(),
        is_spider: facts.spider.is_some(),
        redo_log: private.map(|running| running.redo_log_mark()),
    };
    if !args.dry_run {
        seed.recover_imports().await?;
    }
    seed.check_tables(&mut checks, &sources).await?;
    precheck::conclude(checks, progress)?;

    let mut replacement = None;
    if args.replace {
        let (replaced, sibling) =
            Replacement::prepare(seed.connection, &seed.url, &seed.schema).await?;
        seed.connection = db::connect(&sibling).await?;
        seed.sessions = lead(&mut seed.connection, &sibling, &interrupt, progress).await?;
        (replacement, seed.url) = (Some(replaced), sibling);
        if !args.dry_run {
            seed.recover_imports().await?;
        }
    }
    if let Some(replacement) = &mut replacement
        && seed.start(&sources).await.is_err()
    {
        // an older attempt with other files; nobody else uses this database
        replacement.begin_anew().await?;
        db::close(seed.connection).await;
        seed.connection = db::connect(&seed.url).await?;
        seed.sessions = lead(&mut seed.connection, &seed.url, &interrupt, progress).await?;
    }
    let exit = tokio::select! {
        exit = seed.run(sources, settings, report) => exit,
        () = interrupt.at_once() => Err(Interrupted.into()),
    };
    let exit = match exit {
        Err(error) if error.is::<Interrupted>() => Err(seed.after_interrupt().await),
        other => other,
    };
    // done already when all went well; where it fails, the next command does it
    let _ = seed.redo_log_on().await;
    db::close(seed.connection).await;
    if let (Some(replacement), Ok(Exit::Done)) = (replacement, &exit) {
        replacement.swap().await?;
        progress.say("seed: the new tables have taken the place of the old ones");
    }
    exit
}

/// The files of the tables that are wanted; `--append` takes those that are there.
fn open_sources(args: &SeedArgs, schema: &Schema) -> Result<Vec<Source>> {
    let (input, mut names) = settings::input(&args.reading)?;
    if args.append && names.is_empty() {
        names = source::tables_present(&input, schema)?;
        if names.is_empty() {
            bail!(
                "{} has no file <table>.csv for any table of the schema",
                input.directory.display()
            );
        }
    }
    source::open_all(&input, schema, &names)
}

impl Seed<'_> {
    async fn run(
        &mut self,
        sources: Vec<Source>,
        settings: pipeline::Settings,
        report: &mut Report,
    ) -> Result<Exit> {
        if self.args.dry_run {
            let start = self.start(&sources).await?;
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

    async fn phases(
        &mut self,
        sources: Vec<Source>,
        settings: pipeline::Settings,
        report: &mut Report,
    ) -> Result<Exit> {
        let start = self.start(&sources).await?;
        let names: Vec<String> = sources.iter().map(|s| s.table.name.clone()).collect();
        self.progress.expect_tables(&sources);
        self.redo_log_off(&start, &names).await?;
        let rows = match start {
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
                let before = self.before(&sources, Some(run.id)).await?;
                let mut added = tables.clone();
                take_before(&mut added, &before);
                report.tables = added.iter().map(TableReport::from).collect();
                Rows {
                    run: run.id,
                    tables,
                    unjudged: None,
                    wanted: self.wanted(&names).await?,
                }
            }
            Start::Afresh | Start::Append | Start::Resume(_) => {
                match self.rows(start, sources, settings, report).await {
                    Ok(rows) => rows,
                    Err(error) => return self.load_failed(error, report),
                }
            }
        };

        let differences = self.finish(&rows, report).await?;
        if !differences.is_empty() {
            report.outcome = Outcome::VerificationFailed;
            self.progress.summary(report);
            for difference in &differences {
                self.progress.error(&format!("verify: {difference}"));
            }
            return Ok(Exit::Found);
        }
        ledger::enter(&mut self.connection, rows.run, Phase::Done).await?;
        report.outcome = Outcome::Seeded;
        self.conclude(report);
        Ok(Exit::Done)
    }

    /// Loads the rows, all of them or the rest.
    async fn rows(
        &mut self,
        start: Start,
        sources: Vec<Source>,
        mut settings: pipeline::Settings,
        report: &mut Report,
    ) -> Result<Rows> {
        let names: Vec<String> = sources.iter().map(|s| s.table.name.clone()).collect();
        let way = self.way().await?;
        let (resumed, loaded, wanted) = match start {
            Start::Resume(run) => {
                let loaded = ledger::batches_of(&mut self.connection, run.id).await?;
                settings.batch_bytes = usize::try_from(run.batch_bytes)?;
                self.progress.say(&format!(
                    "seed: the run of {} UTC was interrupted while loading; its {} batches are in and will be compared, going on there",
                    run.started_at,
                    grouped(loaded.len() as u64)
                ));
                self.prepare_missing(&names, &sources).await?;
                (Some(run.id), loaded, self.wanted(&names).await?)
            }
            _ => {
                let wanted = self.prepare(&names, &sources).await?;
                (None, LoadedBatches::new(), wanted)
            }
        };
        self.read_existing_keys(&names, resumed, &mut settings)
            .await?;
        let before = self.before(&sources, resumed).await?;
        let run = match resumed {
            Some(run) => run,
            None => {
                let fingerprint = self.fingerprint(&sources);
                let kept = match self.args.append {
                    true => beginning_of(&names, &before, &settings)?,
                    false => Vec::new(),
                };
                beginning::begin(
                    &mut self.connection,
                    &fingerprint,
                    settings.batch_bytes,
                    &interrupt::command_line(),
                    &kept,
                )
                .await?
            }
        };
        self.describe(way, &settings, report);
        let began = Instant::now();
        let results = self.load(sources, settings, way, run, loaded).await;
        report.phase("load", began.elapsed());
        if results.is_err() {
            // after a lost connection the next run does it
            let _ = self.recover_imports().await;
        }
        let results = results?;
        self.keep_the_lead().await?;
        report.tables = results.iter().map(TableReport::new).collect();
        let mut tables: Vec<_> = results.iter().map(loaded_table).collect();
        add_before(&mut tables, &before);
        for table in &tables {
            ledger::record_table(&mut self.connection, run, table).await?;
        }
        ledger::enter(&mut self.connection, run, Phase::Index).await?;
        if self.args.append {
            beginning::forget_keys(&mut self.connection).await?;
        }
        Ok(Rows {
            run,
            tables,
            unjudged: Some(unjudged_references(&results)),
            wanted,
        })
    }

    fn conclude(&self, report: &Report) {
        self.progress.summary(report);
        if report.tables.iter().any(|t| t.rejected > 0) {
            self.progress.say(&format!(
                "refused records and reasons are in {}/",
                self.args.reading.rejects.display()
            ));
        }
        let proof = match finish::proof(&self.args.loading) {
            VerifyArg::Quick => {
                "every batch, the row counts and the indexes agree; `reviewseed verify` proves every value"
            }
            VerifyArg::Full => "row counts, checksums, references and indexes agree",
            VerifyArg::None => "not verified, as asked",
        };
        self.progress.say(&format!("seed: done; {proof}"));
    }
}
