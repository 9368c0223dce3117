//! The prechecks of `seed`: everything that can be known before row one is looked at, and all
//! failures are said at once.

use anyhow::{Result, anyhow, bail};
use sqlx::MySqlConnection;

use super::Seed;
use super::replace;
use super::tables::only;
use crate::cli::{LoadArg, SeedArgs, SkipCheckArg};
use crate::commands::settings;
use crate::progress::Progress;
use engine::pipeline;
use input::Source;
use model::schema::Schema;
use model::wording::grouped;
use mysql::db::{self, DatabaseUrl, ServerInfo};
use mysql::engines::read_engines;
use mysql::inspect;
use mysql::precheck::{self, Check, Checks, Facts, Level, Load, Loaded, Skippable, Wishes};
use mysql::prepare;
use mysql_schema::order::with_parents;

/// The files of the tables that are wanted; `--append` takes those that are there.
pub(super) fn open_sources(args: &SeedArgs, schema: &Schema) -> Result<Vec<Source>> {
    let (input, mut names) = settings::input(&args.reading)?;
    if args.append && names.is_empty() {
        names = input::tables_present(&input, schema)?;
        if names.is_empty() {
            bail!(
                "{} has no file <table>.csv for any table of the schema",
                input.directory.display()
            );
        }
    }
    input::open_all(&input, schema, &names)
}

/// The files, opened and their headers matched.
pub(super) fn files(checks: &mut Checks, sources: Result<Vec<Source>>) -> Option<Vec<Source>> {
    checks.take("headers", sources, |sources| {
        let bytes: u64 = sources.iter().map(|s| s.bytes).sum();
        format!(
            "{} files of {} bytes fit the schema",
            sources.len(),
            grouped(bytes)
        )
    })
}

/// The pipeline's settings with the folder of the reject files, for these files and so many
/// connections.
pub(super) fn settings(
    checks: &mut Checks,
    args: &mut SeedArgs,
    (sources, connections): (Option<&[Source]>, usize),
    progress: &Progress,
) -> Option<pipeline::Settings> {
    let reading = &mut args.reading;
    let chosen = settings::choose_rejects(reading, sources.unwrap_or(&[]), progress);
    let made = chosen.and_then(|()| settings::pipeline(reading, connections));
    let folder = reading.rejects.display();
    checks.take("rejects", made, |_| format!("{folder} can be written to"))
}

/// The server and the account.
pub(super) async fn server(
    checks: &mut Checks,
    connection: &mut MySqlConnection,
    url: &DatabaseUrl,
    server: &ServerInfo,
    (wishes, files): (&Wishes, Files<'_>),
) -> Result<Facts> {
    let mut facts = Facts::read(connection, url, server).await?;
    facts.loaded = loaded(connection, url, files).await?;
    checks.extend(precheck::judge(&facts, wishes));
    Ok(facts)
}

/// What decides where the rows of a run are looked for.
pub(super) struct Files<'a> {
    pub(super) args: &'a SeedArgs,
    /// `None` where they cannot be opened.
    pub(super) sources: Option<&'a [Source]>,
}

/// What is loaded of these files already; `--replace` loads into a database of its own.
async fn loaded(
    connection: &mut MySqlConnection,
    url: &DatabaseUrl,
    Files { args, sources }: Files<'_>,
) -> Result<Loaded> {
    let sources = sources.unwrap_or(&[]).iter();
    let tables: Vec<String> = sources.map(|s| s.table.name.clone()).collect();
    if !args.replace {
        return Loaded::read(connection, url.database(), &tables, args.append).await;
    }
    let Some(sibling) = replace::sibling_of(connection, url).await? else {
        return Ok(Loaded::Nothing);
    };
    let mut inside = db::connect(&sibling).await?;
    let loaded = Loaded::read(&mut inside, sibling.database(), &tables, false).await;
    db::close(inside).await;
    loaded
}

/// What this run wants of the server.
pub(super) fn wishes(
    args: &SeedArgs,
    connections: usize,
    schema: Option<&Schema>,
    sources: Option<&[Source]>,
) -> Wishes {
    let tables = schema.map_or(&[][..], |s| &s.tables);
    let sources = sources.unwrap_or(&[]);
    let without = tables.iter().filter(|t| {
        let stated = |c: &&model::schema::Column| c.kind.is_text() && c.charset.is_none();
        t.charset.is_none() && t.columns.iter().any(|c| stated(&c))
    });
    Wishes {
        skip_binlog: args.loading.skip_binlog,
        set_global: args.loading.set_global,
        load: match args.loading.load {
            // what does not go as files goes as with auto
            LoadArg::Auto | LoadArg::Physical => Load::Auto,
            LoadArg::LocalInfile => Load::LocalInfile,
            LoadArg::Insert => Load::Insert,
        },
        replace: args.replace,
        connections,
        max_record: args.reading.max_record,
        batch_bytes: args.reading.batch_size,
        input_bytes: sources.iter().map(|s| s.bytes).sum(),
        unpacked: sources.iter().map(Source::text_size).sum(),
        foreign_keys: tables.iter().any(|t| !t.foreign_keys.is_empty()),
        without_charset: without.map(|t| t.name.clone()).collect(),
        skip: args.loading.skip_check.iter().map(skippable).collect(),
    }
}

fn skippable(check: &SkipCheckArg) -> Skippable {
    match check {
        SkipCheckArg::Disk => Skippable::Disk,
        SkipCheckArg::Rights => Skippable::Rights,
        SkipCheckArg::Role => Skippable::Role,
        SkipCheckArg::TransactionSize => Skippable::TransactionSize,
    }
}

/// What to do about a table that a run made with other columns.
const OTHER_COLUMNS: &str = "an earlier run made it by another schema: name that one in --schema, add what is missing with \
    `reviewseed reindex --columns`, or name another database in --database-url";

impl Seed<'_> {
    /// A trigger may store other rows than those that were sent, and the server does not tell.
    async fn check_triggers(&mut self, checks: &mut Checks, tables: &[String]) -> Result<()> {
        let database = self.url.database().to_owned();
        let found = prepare::triggers(&mut self.connection, &database, tables).await?;
        self.has_triggers = !found.is_empty();
        if self.has_triggers {
            checks.add(Check::warn(
                "triggers",
                format!(
                    "{} will run for the rows of this run, and may change them or write to other tables; all values are compared in the end, \
                     and --verify none leaves that out. To load the rows as they are, drop the triggers and create them again afterwards",
                    prepare::listed_triggers(&found)
                ),
            ));
        }
        Ok(())
    }

    /// What the tables hold, and whether rows of these files fit into them.
    pub(super) async fn check_tables(
        &mut self,
        checks: &mut Checks,
        sources: &[Source],
    ) -> Result<()> {
        let database = self.url.database().to_owned();
        let loaded: Vec<String> = sources.iter().map(|s| s.table.name.clone()).collect();
        self.check_parents_elsewhere(checks, &loaded).await?;
        if self.args.replace {
            let found = replace::obstacles(&mut self.connection, &database, &self.schema).await?;
            checks.add(self.rows_of_others().await?);
            checks.extend(found.into_iter().map(|words| Check::fail("tables", words)));
            return Ok(());
        }
        let names: Vec<String> = sources.iter().map(|s| s.table.name.clone()).collect();
        let foreign = self.foreign(&names).await?;
        checks.extend(foreign);
        if checks.have_failed() {
            return Ok(());
        }
        checks.add(self.standing(sources).await?);
        self.check_triggers(checks, &loaded).await?;
        self.check_empty_parents(checks, &loaded).await?;
        let needed = with_parents(&self.schema, &loaded);
        let names: Vec<&str> = needed.iter().map(String::as_str).collect();
        let live = inspect::inspect_tables(&mut self.connection, &database, &names).await;
        let Some(live) = checks.take("columns", live, |_| {
            "as in the schema, where tables exist".to_string()
        }) else {
            return Ok(());
        };
        let engines = read_engines(&mut self.connection).await;
        let lacking = prepare::without_transactions(&only(&live, &loaded), &engines);
        checks.extend(
            lacking
                .into_iter()
                .map(|words| Check::fail("engine", words)),
        );
        for wanted in self
            .schema
            .tables
            .iter()
            .filter(|t| needed.contains(&t.name))
        {
            let differences = live
                .table(&wanted.name)
                .map(|table| prepare::other_columns(table, wanted));
            let differences = differences.unwrap_or_default();
            checks.extend(
                differences
                    .into_iter()
                    .map(|words| Check::fail("columns", format!("{words}; {OTHER_COLUMNS}"))),
            );
        }
        Ok(())
    }
}

/// Says what was found. When something has failed, all of it is said: the last failure is the
/// error.
pub(super) fn conclude(checks: Checks, progress: &Progress) -> Result<()> {
    for check in checks.of(Level::Pass) {
        progress.detail(&format!("precheck: {check}"));
    }
    for check in checks.of(Level::Warn) {
        progress.say(&format!("precheck: {check}"));
    }
    let (passed, warned) = (
        checks.of(Level::Pass).count(),
        checks.of(Level::Warn).count(),
    );
    let failures = checks.into_failures();
    let all = passed + warned + failures.len();
    let mut failures = failures.into_iter();
    let Some(first) = failures.next() else {
        progress.say(&match warned {
            0 => format!("precheck: {passed} checks passed"),
            1 => format!("precheck: {passed} checks passed, 1 warning"),
            n => format!("precheck: {passed} checks passed, {n} warnings"),
        });
        return Ok(());
    };
    let rest: Vec<_> = failures.collect();
    if rest.is_empty() {
        return Err(first);
    }
    let failed = rest.len() + 1;
    for error in std::iter::once(&first).chain(&rest) {
        progress.error(&model::wording::chain(error));
    }
    Err(anyhow!(
        "{failed} of {all} prechecks failed, all are named above; nothing was changed"
    ))
}
