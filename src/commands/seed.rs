//! `seed`: phases 1 to 5, one after the other, each named as in the docs, the progress and the report.

use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use sqlx::{Executor, MySqlConnection, Row};
use tokio::sync::mpsc;

use super::settings::{self, SchemaText, cores};
use super::{Exit, database};
use crate::cli::{LoadArg, LoadingArgs, SeedArgs, VerifyArg};
use crate::db::{self, DatabaseUrl, Flavour, ServerInfo, server_error_code};
use crate::load::ledger::{self, LoadedTable, Phase, Run};
use crate::load::{LoadSink, Plan, Target, Way, prepare};
use crate::pipeline::{self, BudgetSpent, CountSink, SinkClosed, TableResult};
use crate::progress::Progress;
use crate::report::{Outcome, Report, ServerReport, TableReport, seconds};
use crate::schema::{Schema, apply, diff, inspect, parse::parse};
use crate::source::{self, Source};
use crate::verify::{self, Depth, Difference, Expected};

/// Longest INSERT statement in bytes, when the server takes packets of twice that.
const STATEMENT_BYTES: u64 = 1 << 20;

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
    let settings = settings::pipeline(&args.reading, connections)?;

    let url = database::resolve(&args.database, progress).await?;
    let mut connection = db::connect(&url).await?;
    let server = ServerInfo::read(&mut connection).await?;
    progress.say(&format!("seed: {server} at {url}"));
    database::lock(&mut connection, &url).await?;
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
        schema,
        text,
        connections,
    };
    let exit = seed.phases(sources, settings, report).await;
    db::close(seed.connection).await;
    exit
}

impl Seed<'_> {
    async fn phases(
        &mut self,
        sources: Vec<Source>,
        settings: pipeline::Settings,
        report: &mut Report,
    ) -> Result<Exit> {
        let way = self.way().await?;
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
            "seed: {} cleaning threads (cores), {} connections, batches of {} bytes, {}",
            settings.threads,
            self.connections,
            settings.batch_bytes,
            way.name()
        ));
        let names: Vec<String> = sources.iter().map(|s| s.table.name.clone()).collect();
        let fingerprint = self.fingerprint(&sources, &settings);
        let present = prepare::present(&mut self.connection, self.url.database(), &names).await?;
        if !present.filled.is_empty() {
            return self
                .already_filled(&present.filled, &fingerprint, &sources, report)
                .await;
        }
        self.progress
            .expect_tables(sources.iter().map(|s| (s.table.name.clone(), s.bytes)));
        if self.args.dry_run {
            return self.dry_run(sources, settings, report).await;
        }
        let wanted = self.prepare(&names, &sources).await?;
        ledger::create(&mut self.connection).await?;
        let run = ledger::begin(&mut self.connection, &fingerprint, settings.batch_bytes).await?;

        let began = Instant::now();
        let loaded = self.load(sources, settings, way, run).await;
        report.phase("load", began.elapsed());
        let results = match loaded {
            Ok(results) => results,
            Err(error) => return self.load_failed(error, report),
        };
        report.tables = results.iter().map(TableReport::new).collect();
        for result in &results {
            ledger::record_table(&mut self.connection, run, &loaded_table(result)).await?;
        }

        ledger::enter(&mut self.connection, run, Phase::Index).await?;
        let began = Instant::now();
        if !self.args.loading.no_index {
            self.index(&wanted, report).await?;
        }
        report.phase("index", began.elapsed());

        ledger::enter(&mut self.connection, run, Phase::Verify).await?;
        let began = Instant::now();
        let differences = self.verify(&results, &wanted).await?;
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

    /// Which way rows travel, after asking the server.
    async fn way(&mut self) -> Result<Way> {
        let LoadingArgs {
            load, set_global, ..
        } = &self.args.loading;
        if *load == LoadArg::Insert {
            return Ok(Way::Insert);
        }
        let on: bool = self
            .connection
            .fetch_one("SELECT @@GLOBAL.local_infile <> 0")
            .await
            .and_then(|row| row.try_get_unchecked(0))
            .context("cannot read local_infile")?;
        if on {
            return Ok(Way::LocalInfile);
        }
        let hint = "LOAD DATA LOCAL is off on this server (local_infile=OFF)";
        if *set_global {
            match self
                .connection
                .execute("SET GLOBAL local_infile = ON")
                .await
            {
                Ok(_) => {
                    self.progress.say(
                        "seed: local_infile was OFF and is switched ON for the load (--set-global)",
                    );
                    return Ok(Way::LocalInfile);
                }
                Err(error) if *load == LoadArg::LocalInfile => {
                    return Err(error)
                        .context(format!("{hint}, and this account may not switch it on"));
                }
                Err(_) => {}
            }
        }
        if *load == LoadArg::LocalInfile {
            bail!(
                "{hint}; switch it on (SET GLOBAL local_infile = ON), add --set-global, or use --load insert"
            );
        }
        self.progress.say(&format!(
            "seed: {hint}; using INSERT, which takes about twice as long; --set-global would switch it on"
        ));
        Ok(Way::Insert)
    }

    /// Hash of what decides the result, but for the files' content, which is hashed while it is read.
    fn fingerprint(&self, sources: &[Source], settings: &pipeline::Settings) -> String {
        let mut hash = xxhash_rust::xxh3::Xxh3::new();
        let mut add = |part: &[u8]| {
            hash.update(&(part.len() as u64).to_le_bytes());
            hash.update(part);
        };
        add(self.text.sql.as_bytes());
        add(&settings.max_record.to_le_bytes());
        for source in sources {
            add(source.table.name.as_bytes());
            add(&source.bytes.to_le_bytes());
        }
        format!("{:032x}", hash.digest128())
    }

    /// The tables hold rows: fine when these are the rows of the same files, refused otherwise.
    async fn already_filled(
        &mut self,
        filled: &[String],
        fingerprint: &str,
        sources: &[Source],
        report: &mut Report,
    ) -> Result<Exit> {
        let last = match ledger::exists(&mut self.connection).await? {
            true => ledger::last_run(&mut self.connection).await?,
            false => None,
        };
        if let Some(run) = &last
            && run.phase == Phase::Done
            && run.fingerprint == fingerprint
            && let Some(tables) = self.same_content(run, sources).await?
        {
            report.outcome = Outcome::AlreadySeeded;
            report.tables = tables.iter().map(TableReport::from).collect();
            self.progress.say(report.summary().trim_end());
            self.progress.say(&format!(
                "seed: these files were seeded by the run of {} UTC; nothing to do",
                run.started_at
            ));
            return Ok(Exit::Done);
        }
        let why = match last {
            Some(run) if run.phase != Phase::Done => format!(
                "from a run of {} UTC that did not come to its end (phase {})",
                run.started_at,
                run.phase.name()
            ),
            Some(_) => "from other files, another schema or other options".to_string(),
            None => "that reviewseed did not load".to_string(),
        };
        bail!(
            "{} in {} already {} rows, {why}; nothing was changed: empty the tables, drop the database, or name another one in --database-url",
            filled.join(", "),
            self.url,
            if filled.len() == 1 { "holds" } else { "hold" },
        );
    }

    /// The ledger's account of a run, when the files are still the ones that it read.
    async fn same_content(
        &mut self,
        run: &Run,
        sources: &[Source],
    ) -> Result<Option<Vec<LoadedTable>>> {
        let tables = ledger::tables_of(&mut self.connection, run.id).await?;
        let mut same = Vec::new();
        for source in sources {
            let Some(table) = tables.iter().find(|t| t.name == source.table.name) else {
                return Ok(None);
            };
            if table.content_hash != format!("{:032x}", source.content_hash()?) {
                return Ok(None);
            }
            same.push(table.clone());
        }
        Ok(Some(same))
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
        // the server's own words for schema.sql, so that both sides of the diff are described alike
        let scratch = inspect::scratch_schema(
            &mut self.connection,
            self.url.database(),
            &self.text.sql,
            &self.text.origin,
        )
        .await;
        let wanted = match scratch {
            Ok(schema) => schema,
            Err(error) if matches!(server_error_code(&error), Some(1044 | 1045 | 1142 | 1227)) => {
                self.progress
                    .detail("schema: this account may not create a scratch database; schema.sql is read offline");
                self.schema.clone()
            }
            Err(error) => return Err(error),
        };
        let of_run = |schema: &Schema| Schema {
            tables: schema
                .tables
                .iter()
                .filter(|t| names.contains(&t.name))
                .cloned()
                .collect(),
        };
        prepare::strip(&self.url, &of_run(&live), sources).await?;
        Ok(of_run(&wanted))
    }

    async fn load(
        &mut self,
        sources: Vec<Source>,
        settings: pipeline::Settings,
        way: Way,
        run: u64,
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
            memory: settings::INDEX_MEMORY,
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
        results: &[TableResult],
        wanted: &Schema,
    ) -> Result<Vec<Difference>> {
        let depth = match self.args.loading.verify {
            VerifyArg::None => return Ok(Vec::new()),
            VerifyArg::Quick => Depth::Quick,
            VerifyArg::Full => Depth::Full,
        };
        let expected: Vec<_> = results
            .iter()
            .map(|r| Expected {
                table: r.name.clone(),
                columns: r.columns.clone(),
                rows: r.loaded,
                checksum: r.checksum,
            })
            .collect();
        let mut differences =
            verify::verify(&self.url, wanted, &expected, depth, self.connections).await?;
        if depth == Depth::Quick {
            let unjudged: Vec<_> = results
                .iter()
                .flat_map(|r| {
                    r.unjudged_references
                        .iter()
                        .map(|f| (r.name.clone(), f.clone()))
                })
                .collect();
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
