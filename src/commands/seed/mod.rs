//! `seed`: phases 1 to 5, one after the other, each named as in the docs, the progress and the
//! report.
//!
//! `precheck` looks at everything before row one, `start` decides where a run begins (it may be the
//! rest of an interrupted one), `globals` which way rows travel, `interrupt` what Ctrl-C does.

mod details;
mod elsewhere;
mod finish;
mod finished;
mod foreign;
mod globals;
mod interrupt;
mod lead;
mod load;
mod orphans;
mod phases;
mod physical;
mod precheck;
mod redo_log;
mod replace;
mod schema;
mod start;
mod tables;

use std::collections::HashMap;
use std::sync::Arc;

use anyhow::Result;
use sqlx::MySqlConnection;

use super::reports;
use super::schema_text::SchemaText;
use super::settings::{self, cores};
use super::{Exit, database, next};
use crate::cli::SeedArgs;
use crate::progress::Progress;
use engine::pipeline::Interrupted;
use interrupt::Interrupt;
use lead::lead;
use model::schema::Schema;
use mysql::db::{self, DatabaseUrl, ServerInfo, Sessions};
use mysql::engines::read_engines;
use mysql::local_infile::Detour;
use mysql::physical::import::Prepared;
use mysql::precheck::{Check, Checks};
use mysql::retry::Place;
use mysql_schema::engine::Engines;
use physical::ByFile;
use private_server::{RedoLogMark, Running};
use replace::Replacement;
use report::Report;
use schema::SchemaOfRun;

pub(super) async fn run(mut args: SeedArgs) -> Result<Exit> {
    reports::prepare(&args.output)?;
    let phase = if args.dry_run { "check" } else { "load" };
    let progress = Arc::new(settings::progress(phase, &args.output));
    let mut report = Report::default();
    let asked = args.reading.rejects.clone();
    let exit = seed(&mut args, &progress, &mut report).await;
    settings::remove_if_unused(&args.reading, &asked);
    report.next = next::after_reading(&report, &args.reading, Some(&args));
    if exit.is_ok() {
        // an error says itself what to do
        progress.next(&report.next);
    }
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
    /// What the server is to others.
    place: Place,
    /// The way around LOAD DATA LOCAL.
    detour: Arc<Detour>,
    /// Whether tables go as files.
    by_file: ByFile,
    /// Whether the run that is gone on with has tables that came in as files.
    came_as_files: bool,
    /// Whether tables of this run have triggers, which may change the rows.
    has_triggers: bool,
    /// Those that do, by name.
    files: HashMap<String, Prepared>,
    /// The private server, when it is that one.
    private: Option<Running>,
    /// Its mark.
    redo_log: Option<RedoLogMark>,
}

async fn seed(args: &mut SeedArgs, progress: &Arc<Progress>, report: &mut Report) -> Result<Exit> {
    // everything that can fail in the first second does
    let text = SchemaText::of_files(&args.reading, progress)?
        .with_engine(args.reading.engine.as_deref(), progress)?;
    text.script(progress)?;
    let mut read = SchemaOfRun::offline(&text, args)?;
    let mut checks = Checks::default();
    let mut sources = None;
    if read.is_certain() {
        sources = precheck::files(&mut checks, precheck::open_sources(args, &read.schema));
        read.judge(&mut checks, sources.as_deref(), &Engines::default())?;
    }
    let connections = args
        .loading
        .connections
        .map_or_else(|| cores().min(4), usize::from);
    let mut settings = match checks.have_failed() {
        // nothing is made before the input is known
        true => None,
        false => precheck::settings(
            &mut checks,
            args,
            (sources.as_deref(), connections),
            progress,
        ),
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
    let known = read.is_certain().then_some(&read.schema);
    let wishes = precheck::wishes(args, connections, known, sources.as_deref());
    let written = text.sql.clone();
    let (text, url) = text.at(&mut connection, &server, &url).await?;
    if text.sql != written {
        // the server has other names for some of its tables
        read = SchemaOfRun::offline(&text, args)?;
    }
    if let Some(sources) = sources.as_mut().filter(|_| read.is_certain()) {
        input::follow(sources, &read.schema);
    }
    let files = precheck::Files {
        args,
        sources: sources.as_deref(),
    };
    let facts = precheck::server(
        &mut checks,
        &mut connection,
        &url,
        &server,
        (&wishes, files),
    )
    .await?;
    if checks.have_failed() {
        return precheck::conclude(checks, progress).map(|()| Exit::Found);
    }
    let sessions = lead(&mut connection, &url, &interrupt, progress).await?;
    if !read.is_certain() {
        read.by_server(&mut connection, &url, progress).await?;
        sources = precheck::files(&mut checks, precheck::open_sources(args, &read.schema));
        let opened = (sources.as_deref(), connections);
        settings = precheck::settings(&mut checks, args, opened, progress);
    }
    let engines = read_engines(&mut connection).await;
    read.judge(&mut checks, sources.as_deref(), &engines)?;
    let schema = read.schema;
    let (Some(sources), Some(mut settings)) = (sources, settings) else {
        return precheck::conclude(checks, progress).map(|()| Exit::Found);
    };
    let args: &SeedArgs = args;
    settings::say_what_is_of_no_table(&args.reading, &schema, progress)?;
    if args.append && !args.dry_run {
        settings::carry_broken_lines(&mut settings, &args.reading, &sources, progress);
    }
    settings.stop = Arc::clone(&interrupt.stop);
    let several_hosts = url.has_several_hosts();
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
        by_file: ByFile::No,
        came_as_files: false,
        has_triggers: false,
        files: HashMap::new(),
        place: globals::place(&facts, several_hosts),
        detour: Arc::new(globals::detour(args)),
        redo_log: private.as_ref().map(Running::redo_log_mark),
        private,
    };
    if !args.dry_run {
        seed.recover_imports().await?;
    }
    seed.name_unfinished_replacement().await?;
    seed.check_tables(&mut checks, &sources).await?;
    precheck::conclude(checks, progress)?;

    let mut replacement = None;
    if args.replace {
        replacement = Some(seed.replace(&sources).await?);
    }
    let (sessions, replaced) = (seed.sessions.clone(), replacement.as_ref());
    let exit = tokio::select! {
        exit = seed.run(sources, settings, report) => exit,
        () = interrupt.at_once() => Err(Interrupted.into()),
        error = sessions.lost() => Err(error),
        error = Replacement::lost(replaced) => Err(error),
    };
    let exit = match exit {
        Err(error) if error.is::<Interrupted>() => Err(seed.after_interrupt().await),
        other => other,
    };
    // done already when all went well; where it fails, the next command does it
    if seed.redo_log_on().await.is_err() && exit.is_err() {
        progress.say(
            "seed: the private server was lost while its redo log was off, so no loaded row is kept: the next command makes its data again and seeds from the start (--keep-redo-log keeps committed batches)",
        );
    }
    db::close(seed.connection).await;
    let Some(replacement) = replacement else {
        return exit;
    };
    match exit {
        Ok(Exit::Done) => {
            replacement.swap().await?;
            progress.say("seed: the new tables have taken the place of the old ones");
            Ok(Exit::Done)
        }
        exit => {
            replacement.leave(progress).await;
            exit
        }
    }
}
