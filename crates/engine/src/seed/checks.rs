//! The second step of a run: connects, takes the run lock, and checks everything that can be
//! checked before the first row. All failed checks are reported at once.

use std::collections::HashMap;
use std::sync::Arc;

use crate::error::{Result, unfit};

use super::load_method;
use super::open::Opened;
use super::physical::ImportChoice;
use super::replace;
use super::run::Run;
use super::session::RunSession;
use super::sync::SyncedSoFar;
use crate::again::Attempts;
use crate::database;
use crate::event::Events;
use crate::interrupt::{Answering, Interrupt};
use crate::options::{DatabaseChoice, LoadMethod, Mode};
use crate::pipeline;
use crate::reading;
use crate::requirements::requirements_of;
use input::Source;
use model::wording::chain;
use mysql::db::{self, BinaryLog, Database, DatabaseUrl, ServerInfo};
use mysql::precheck::{self, Check, Checks, Facts, Level, Loaded, Requirements};
use mysql::retry::Topology;
use mysql::storage_engines::{has_implicit_timestamps, read_engines};
use mysql::target::SqlLoad;
use mysql::throttle::Load;
use private_server::RunningServer;

/// A run that has passed its checks and may start.
pub(super) struct Checked<'a> {
    pub(super) run: Run<'a>,
    pub(super) sources: Vec<Source>,
    pub(super) settings: pipeline::Settings,
}

impl Opened {
    /// Connects and checks the server, takes the run lock, and checks the schema as the server
    /// parses it. [`Run::check_tables`] checks the contents of the tables.
    ///
    /// # Errors
    ///
    /// When a check fails. The other failed checks are reported first.
    pub(super) async fn check<'a>(
        mut self,
        interrupt: &'a Interrupt,
        attempts: &mut Attempts<'a>,
    ) -> Result<(Checked<'a>, Checks)> {
        let events = attempts.events();
        let is_private = matches!(self.options.database, DatabaseChoice::Private { .. });
        if self.checks.have_failed() && is_private {
            // do not start a server for a run that cannot start
            conclude(std::mem::take(&mut self.checks), events)?;
        }
        let (url, private) = database::resolve(&self.options.database, events).await?;
        let mut session = self.connect(url, attempts).await?;
        let facts = self.judge_server(&mut session).await?;
        session.role = load_method::role(&facts, session.database.url().has_several_hosts());
        if self.checks.have_failed() {
            conclude(std::mem::take(&mut self.checks), events)?;
        }
        let answering = interrupt.answer();
        session
            .lock(interrupt, &self.options.commands, events)
            .await?;
        let connection = &mut session.connection;
        if self.schema.has_timestamps() && has_implicit_timestamps(connection).await {
            self.schema.doubt();
        }
        if !self.schema.is_certain() {
            self.schema
                .by_server(connection, session.database.url(), events)
                .await?;
            self.open_files();
            self.make_settings(events);
        }
        let engines = read_engines(&mut session.connection).await;
        let sources = self.sources.as_deref();
        self.schema.judge(&mut self.checks, sources, &engines)?;
        self.begin((session, private), (interrupt, answering), events)
    }

    /// Connects, and spells the names of tables and of the database as the server does.
    async fn connect(
        &mut self,
        url: DatabaseUrl,
        attempts: &mut Attempts<'_>,
    ) -> Result<RunSession> {
        let events = attempts.events();
        attempts.connect_to(&url);
        let mut connection = match db::connect(&url).await {
            Ok(connection) => connection,
            Err(error) => {
                let mut checks = std::mem::take(&mut self.checks);
                checks.add(Check::failed("server", error));
                conclude(checks, events)?;
                return Err(unfit!("no connection to {url}"));
            }
        };
        let info = ServerInfo::read(&mut connection).await?;
        events.info(&format!("seed: {info} at {url}"));
        let written = self.text.sql.clone();
        events.detail(&format!(
            "seed: engine {}: {}",
            info.engine,
            info.engine.in_words()
        ));
        let here = self.text.at(&mut connection, &info, &url).await?;
        for note in here.notes(&info) {
            self.checks.add(Check::warn("collation", note));
        }
        let url = here.url;
        self.text = here.text;
        if self.text.sql != written {
            // the server spells the names of some tables differently
            let reading = &self.options.reading;
            self.schema = super::schema::SchemaOfRun::offline(&self.text, reading)?;
        }
        if let Some(sources) = self.sources.as_mut().filter(|_| self.schema.is_certain()) {
            input::use_server_names(sources, &self.schema.schema);
        }
        let binary_log = match self.options.loading.skip_binlog {
            true => BinaryLog::Skipped,
            false => BinaryLog::Written,
        };
        Ok(RunSession {
            role: Topology::Single,
            synced: SyncedSoFar::default(),
            database: Database::new(url)
                .with_binary_log(binary_log)
                .with_settings(&self.options.loading.session),
            info,
            connection,
        })
    }

    /// Checks the server and the account. Returns what is known about the server.
    async fn judge_server(&mut self, session: &mut RunSession) -> Result<Facts> {
        let RunSession {
            connection,
            database,
            info,
            ..
        } = &mut *session;
        let mut facts = Facts::read(connection, database.url(), info).await?;
        if !self.options.loading.session.is_empty() {
            let opened = session.database.open_to_load().await;
            let opened = session.finding(opened)?;
            let words = |_: &db::MySqlConnection| "the server accepts --session-sql".to_owned();
            if let Some(opened) = self.checks.take("session", opened, words) {
                db::close(opened).await;
            }
        }
        if let Some(limits) = self.options.loading.throttle.limits {
            let replicas = &self.options.loading.throttle.replicas;
            let asked = Load::connect(&session.database, limits, replicas).await;
            let words = |_: &Load| "the servers report their load".to_owned();
            drop(self.checks.take("throttle", asked, words));
        }
        facts.loaded = self.loaded(session).await?;
        let wishes = wishes(self);
        self.checks.extend(precheck::judge(&facts, &wishes));
        Ok(facts)
    }

    /// Finds how much of these files is already loaded. With `--replace`, looks into the sibling
    /// database.
    async fn loaded(&self, session: &mut RunSession) -> Result<Loaded> {
        let sources = self.sources.as_deref().unwrap_or(&[]).iter();
        let tables: Vec<String> = sources.map(|s| s.table.name.clone()).collect();
        let appends = matches!(self.options.mode, Mode::Append | Mode::Sync);
        let database = session.database.name().to_owned();
        if self.options.mode != Mode::Replace {
            let connection = &mut session.connection;
            return Ok(Loaded::read(connection, &database, &tables, appends).await?);
        }
        let Some(sibling) =
            replace::sibling_of(&mut session.connection, session.database.url()).await?
        else {
            return Ok(Loaded::Nothing);
        };
        let mut inside = db::connect(&sibling).await?;
        let loaded = Loaded::read(&mut inside, sibling.database(), &tables, false).await;
        db::close(inside).await;
        Ok(loaded?)
    }

    /// Assembles the run from what the checks have opened.
    fn begin<'a>(
        self,
        (session, private): (RunSession, Option<RunningServer>),
        (interrupt, answering): (&'a Interrupt, Answering),
        events: &'a Events,
    ) -> Result<(Checked<'a>, Checks)> {
        let (Some(sources), Some(mut settings)) = (self.sources, self.settings) else {
            conclude(self.checks, events)?;
            return Err(unfit!("the input files were not opened"));
        };
        let reading = &self.options.reading;
        reading::tell_files_without_table(reading, &self.schema.schema, events)?;
        reading::tell_respelled_names(&sources, events);
        if self.options.mode == Mode::Append && !self.options.dry_run {
            reading::carry_broken_lines(&mut settings, reading, &sources, events);
        }
        settings.stop = interrupt.first.clone();
        let run = Run {
            detour: Arc::new(load_method::detour(self.options.loading.method)),
            import: ImportChoice::No,
            resumes_import: false,
            has_triggers: false,
            triggers: String::new(),
            merging: None,
            prepared: HashMap::new(),
            redo_log: private.as_ref().map(RunningServer::redo_log_mark),
            private,
            options: self.options,
            schema: self.schema.schema,
            text: self.text,
            statements: self.statements,
            connections: self.connections,
            interrupt,
            _answering: answering,
            events,
            session,
        };
        let checked = Checked {
            run,
            sources,
            settings,
        };
        Ok((checked, self.checks))
    }
}

/// The requirements of this run on the server.
fn wishes(opened: &Opened) -> Requirements {
    let schema = &opened.schema;
    let schema = schema.is_certain().then_some(&schema.schema);
    let sources = opened.sources.as_deref().unwrap_or(&[]);
    let (options, loading) = (&opened.options, &opened.options.loading);
    Requirements {
        skip_binlog: loading.skip_binlog,
        set_global: loading.set_global,
        load: match loading.method {
            // tables that do not qualify for a physical import are loaded by the default method
            None | Some(LoadMethod::Physical) => None,
            Some(LoadMethod::LocalInfile) => Some(SqlLoad::LocalInfile),
            Some(LoadMethod::Insert) => Some(SqlLoad::Insert),
        },
        replace: options.mode == Mode::Replace,
        drops_tables: options.mode == Mode::Sync,
        connections: opened.connections,
        max_record: options.reading.max_record as u64,
        batch_bytes: options.reading.batch_bytes as u64,
        input_bytes: sources.iter().map(|s| s.bytes).sum(),
        unpacked: sources.iter().map(Source::text_size).sum(),
        skip: loading.skipped_checks.clone(),
        ..requirements_of(schema.map_or(&[], |schema| &schema.tables))
    }
}

/// Reports the results. If checks have failed, each is reported, and the last one becomes the
/// error.
pub(super) fn conclude(checks: Checks, events: &Events) -> Result<()> {
    for check in checks.of(Level::Pass) {
        events.detail(&format!("precheck: {check}"));
    }
    for check in checks.of(Level::Warn) {
        events.info(&format!("precheck: {check}"));
    }
    let (passed, warned) = (
        checks.of(Level::Pass).count(),
        checks.of(Level::Warn).count(),
    );
    let failures = checks.into_failures();
    let all = passed + warned + failures.len();
    let mut failures = failures.into_iter();
    let Some(first) = failures.next() else {
        events.info(&match warned {
            0 => format!("precheck: {passed} checks passed"),
            1 => format!("precheck: {passed} checks passed, 1 warning"),
            n => format!("precheck: {passed} checks passed, {n} warnings"),
        });
        return Ok(());
    };
    let rest: Vec<_> = failures.collect();
    if rest.is_empty() {
        return Err(first.into());
    }
    let failed = rest.len() + 1;
    for error in std::iter::once(&first).chain(&rest) {
        events.error(&chain(error));
    }
    Err(unfit!(
        "{failed} of {all} prechecks failed, all are named above; nothing was changed"
    ))
}
