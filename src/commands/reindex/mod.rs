//! `reindex`: the live indexes, keys and constraints brought to what schema.sql says.
//!
//! Look at both sides, compare, rehearse, print the plan; with `--dry-run` that is all. Otherwise
//! do it and look again: what is left then decides the exit code. `several` does so on servers side
//! by side.

mod before_load;
mod carry_out;
mod several;

use anyhow::{Context, Result, bail};
use sqlx::MySqlConnection;

use super::schema_text::{SchemaChoice, SchemaText};
use super::seeded::{self, Seeded};
use super::settings;
use super::typed::quoted;
use super::{Exit, database, reports};
use crate::cli::{DatabaseArgs, ReindexArgs};
use crate::print::print_data;
use crate::progress::Progress;
use model::schema::Schema;
use mysql::apply::{self, Blocking, Obstacle, Rehearsal, Settings};
use mysql::db::{self, DatabaseUrl, ServerInfo, Sessions, lacks_right};
use mysql::engines::read_engines;
use mysql::inspect;
use mysql::ledger::schemas;
use mysql::prepare;
use mysql_schema::diff::{Definitions, Kind, Plan, Scope, diff_within};
use mysql_schema::order::indexes_as_written;
use mysql_schema::parse::parse;
use mysql_schema::statements::Script;
use mysql_schema::statements::split;
use report::{Outcome, Report};

/// Looks at the tables after each of which something may be left, such as an index that the server
/// dropped by itself.
const ROUNDS: usize = 3;

pub(super) async fn run(args: ReindexArgs) -> Result<Exit> {
    if args.output.report.iter().any(|file| reports::is_page(file)) {
        bail!("reindex writes its report as JSON only; name a file that does not end in .html");
    }
    reports::prepare(&args.output)?;
    let progress = settings::progress("reindex", &args.output);
    let named = SchemaText::named(args.schema.as_deref(), &progress)?;
    let mut report = Report::default();
    let exit = match args.databases().as_slice() {
        [database] => one(&args, database, named.as_ref(), &progress, &mut report).await,
        several => {
            several::side_by_side(&args, several, named.as_ref(), &progress, &mut report).await
        }
    };
    for file in &args.output.report {
        reports::write_json(&report, file)?;
    }
    exit
}

async fn one(
    args: &ReindexArgs,
    database: &DatabaseArgs,
    named: Option<&SchemaText>,
    progress: &Progress,
    report: &mut Report,
) -> Result<Exit> {
    let (url, private) = database::resolve_with_server(database, progress).await?;
    let mut connection = db::connect(&url).await?;
    let server = ServerInfo::read(&mut connection).await?;
    server.must_be_supported(&url)?;
    progress.say(&format!("reindex: {server} at {url}"));
    let (seeded, url) = seeded::schemas(&mut connection, &server, &url, named, progress).await?;
    let (seeded, others) = seeded.split_first().context("there is no schema")?;
    for other in others {
        progress.say(&format!(
            "reindex: left alone, because they were seeded with another schema: {}; for them: --schema {}",
            other.tables.join(", "),
            quoted(&other.text.choice.option())
        ));
    }
    let sessions = Sessions::new(&url);
    if !args.dry_run {
        sessions.lead(&mut connection, &url).await?;
    }
    let mut reindex = Reindex {
        args,
        progress,
        settings: settings::index(args.jobs),
        text: &seeded.text,
        seeded,
        url,
        is_private: private.is_some(),
        server,
        connection,
        sessions,
    };
    let sessions = reindex.sessions.clone();
    let exit = tokio::select! {
        exit = reindex.phases(report) => exit,
        error = sessions.lost() => Err(error.into()),
    };
    if let (Some(named), Ok(Exit::Done), false) = (named, &exit, args.dry_run) {
        reindex.note_schema(named).await?;
    }
    db::close(reindex.connection).await;
    exit
}

struct Reindex<'a> {
    args: &'a ReindexArgs,
    progress: &'a Progress,
    settings: Settings,
    text: &'a SchemaText,
    seeded: &'a Seeded,
    url: DatabaseUrl,
    is_private: bool,
    server: ServerInfo,
    connection: MySqlConnection,
    sessions: Sessions,
}

/// What shall be, and the words of the server for it, if it has read the schema.
struct Wanted {
    schema: Schema,
    definitions: Option<Definitions>,
    /// All tables of the schema, also those that were not asked for.
    all_tables: Vec<String>,
}

impl Reindex<'_> {
    async fn phases(&mut self, report: &mut Report) -> Result<Exit> {
        let wanted = self.wanted().await?;
        self.stop_without_transactions(&wanted).await?;
        if self.args.dry_run {
            let (plan, rehearsal) = self.plan(&wanted, 0).await?;
            self.print(&plan, &rehearsal)?;
            report.outcome = if plan.is_empty() {
                Outcome::Reindexed
            } else {
                Outcome::Differs
            };
            self.conclude(&plan, &rehearsal);
            return Ok(if plan.is_empty() {
                Exit::Done
            } else {
                Exit::Found
            });
        }
        let progress = self.progress;
        let say = |line: &str| progress.say(&format!("reindex: {line}"));
        apply::take_over(
            &mut self.connection,
            &self.sessions,
            self.url.database(),
            say,
        )
        .await?;
        self.restore_globals().await?;
        if self.args.before_load {
            self.before_load(&wanted.all_tables).await?;
            report.outcome = Outcome::Reindexed;
            return Ok(Exit::Done);
        }
        let mut impossible = Vec::new();
        for round in 0..ROUNDS {
            let (plan, rehearsal) = self.plan(&wanted, round).await?;
            if round == 0 || !rehearsal.statements.is_empty() {
                self.print(&plan, &rehearsal)?;
            }
            if !rehearsal.statements.is_empty() {
                self.apply(&rehearsal, report).await?;
                continue;
            }
            impossible = rehearsal
                .refused
                .iter()
                .filter_map(|refused| match &refused.why {
                    Obstacle::Impossible(error) => Some(format!(
                        "cannot change the table {}: {}: {error:#}",
                        refused.statement.table,
                        refused.statement.sql.replace("\n  ", " ")
                    )),
                    Obstacle::Blocks(_) => None,
                })
                .collect();
            let open = is_open(&plan);
            report.outcome = if open {
                Outcome::Differs
            } else {
                Outcome::Reindexed
            };
            self.conclude(&plan, &rehearsal);
            if impossible.is_empty() {
                return Ok(if open { Exit::Found } else { Exit::Done });
            }
            break;
        }
        if impossible.is_empty() {
            bail!(
                "after {ROUNDS} rounds the tables still differ from {}; see `reviewseed reindex --dry-run`",
                self.text.origin
            );
        }
        bail!("{}", impossible.join("; "));
    }

    async fn wanted(&mut self) -> Result<Wanted> {
        let database = self.url.database().to_owned();
        let SchemaText { sql, origin, .. } = self.text;
        let read =
            inspect::scratch_schema_with_definitions(&mut self.connection, &database, sql, origin)
                .await;
        let (schema, definitions) = match read {
            Ok((schema, definitions)) => (schema, Some(definitions)),
            Err(error) if lacks_right(&error) => {
                self.progress.say(
                    "reindex: this account may not create a scratch database; the schema is read offline, and what blocks writers is guessed",
                );
                let mut schema = parse(sql, origin)?;
                indexes_as_written(&mut schema, &split(sql, origin)?);
                (schema, None)
            }
            Err(error) => return Err(error.into()),
        };
        self.compare_with_ledger(&schema)?;
        let all_tables: Vec<String> = schema.tables.iter().map(|t| t.name.clone()).collect();
        // as the server names them
        let meant = |name: &String| schema.named(name).map(|table| table.name.clone());
        let asked: Vec<String> = self.args.tables.iter().filter_map(meant).collect();
        let mut names = self.args.tables.iter();
        if let Some(unknown) = names.find(|name| schema.named(name).is_none()) {
            bail!(
                "{origin} has no table \"{unknown}\"; it has {}; see --table",
                all_tables.join(", ")
            );
        }
        let asked = |name: &String| self.args.tables.is_empty() || asked.contains(name);
        Ok(Wanted {
            schema: Schema {
                tables: schema
                    .tables
                    .into_iter()
                    .filter(|t| asked(&t.name))
                    .collect(),
            },
            definitions,
            all_tables,
        })
    }

    /// Notes in the ledger which schema the tables have now; where it is not that of all tables,
    /// says what `verify` compares with.
    async fn note_schema(&mut self, named: &SchemaText) -> Result<()> {
        let Some(last) = seeded::last_schema(&mut self.connection).await? else {
            return Ok(());
        };
        let now = named.of_run(&[]);
        let runs = schemas::newest_runs(&mut self.connection).await?;
        let script = Script::read(&named.sql, &named.origin)?;
        let has_all = runs
            .iter()
            .all(|(table, _)| script.about(table).next().is_some());
        if self.args.tables.is_empty()
            && has_all
            && (now.file != last.file || now.hash != last.hash)
        {
            let mut runs: Vec<u64> = runs.into_iter().map(|(_, run)| run).collect();
            runs.sort_unstable();
            runs.dedup();
            schemas::adopt(&mut self.connection, &runs, &now).await?;
            self.progress.say(&format!(
                "reindex: `verify` and `reindex` compare with {} from now on",
                named.origin
            ));
            return Ok(());
        }
        if now.file != last.file && now.hash != last.hash {
            self.progress.say(&format!(
                "reindex: `verify` compares with {}, the schema of the last run, unless it is told: verify --schema {}",
                SchemaChoice::of_run(&last).shown(),
                quoted(&named.choice.option())
            ));
        }
        Ok(())
    }

    /// Says which tables that were loaded the schema lacks; when it lacks all of them, it is
    /// another database's.
    fn compare_with_ledger(&self, schema: &Schema) -> Result<()> {
        let lacking = self.seeded.lacking(schema);
        if !lacking.is_empty() && lacking.len() == self.seeded.tables.len() {
            return Err(self.seeded.refusal(&lacking, &self.url));
        }
        if !lacking.is_empty() {
            self.progress.say(&format!(
                "reindex: left alone, because {} does not have them: {}",
                self.text.origin,
                lacking.join(", ")
            ));
        }
        Ok(())
    }

    /// A failed change of such a table would leave it half changed.
    async fn stop_without_transactions(&mut self, wanted: &Wanted) -> Result<()> {
        let names: Vec<&str> = wanted
            .schema
            .tables
            .iter()
            .map(|t| t.name.as_str())
            .collect();
        let live =
            inspect::inspect_tables(&mut self.connection, self.url.database(), &names).await?;
        let engines = read_engines(&mut self.connection).await;
        let mut lacking = prepare::without_transactions(&live, &engines);
        let Some(last) = lacking.pop() else {
            return Ok(());
        };
        for words in &lacking {
            self.progress.error(&format!("reindex: {words}"));
        }
        bail!("{last}, or name the other tables with --table");
    }

    async fn plan(&mut self, wanted: &Wanted, round: usize) -> Result<(Plan, Rehearsal)> {
        let database = self.url.database().to_owned();
        let names: Vec<&str> = wanted.all_tables.iter().map(String::as_str).collect();
        let live = inspect::inspect_for_change(&mut self.connection, &database, &names).await?;
        let scope = Scope {
            replace: true,
            drop: self.args.allow_drop,
            columns: self.args.columns,
            rebuild: self.args.rebuild && round == 0,
            definitions: wanted.definitions.as_ref(),
        };
        let plan = diff_within(&live, &wanted.schema, scope);
        let blocking = match self.args.allow_blocking {
            true => Blocking::Allowed,
            false => Blocking::Refused,
        };
        if plan.changes.is_empty() {
            return Ok((plan, Rehearsal::default()));
        }
        if wanted.definitions.is_none() {
            let rehearsal = apply::assume(&plan, blocking);
            return Ok((plan, rehearsal));
        }
        let present: Vec<&str> = live.tables.iter().map(|t| t.name.as_str()).collect();
        let rehearsal = apply::rehearse(
            &mut self.connection,
            &database,
            &present,
            &plan,
            blocking,
            |copy| diff_within(copy, &wanted.schema, scope),
        )
        .await?;
        Ok((plan, rehearsal))
    }

    fn print(&self, plan: &Plan, rehearsal: &Rehearsal) -> Result<()> {
        let title = format!(
            "{} at {}, to be as {} says",
            self.server, self.url, self.text.origin
        );
        // a client does one after another, and each may have the whole machine
        let alone = Settings {
            jobs: 1,
            ..self.settings
        };
        print_data(&apply::script(
            &title,
            plan,
            rehearsal,
            &alone.session(&self.server),
        ))
    }

    fn conclude(&self, plan: &Plan, rehearsal: &Rehearsal) {
        let origin = &self.text.origin;
        let found = match (
            rehearsal.statements.len(),
            plan.differences.len() + rehearsal.refused.len(),
        ) {
            (0, 0) => format!("the tables are as {origin} says"),
            (0, 1) => "1 difference is left alone; the plan says why".to_owned(),
            (0, left) => format!("{left} differences are left alone; the plan says why"),
            (1, 0) => format!("1 statement would bring the tables to what {origin} says"),
            (now, 0) => format!("{now} statements would bring the tables to what {origin} says"),
            (now, left) => {
                format!("{now} statements would be run; {left} differences would be left alone")
            }
        };
        self.progress.say(&format!("reindex: {found}"));
    }
}

/// Whether something that the schema asks for is not there.
fn is_open(plan: &Plan) -> bool {
    let beside = |kind: &Kind| {
        matches!(
            kind,
            Kind::ExtraColumn(_)
                | Kind::ExtraIndex(_)
                | Kind::ExtraForeignKey(_)
                | Kind::ExtraCheck(_)
                | Kind::ColumnOrder { .. }
                | Kind::Rebuild
        )
    };
    plan.findings().any(|finding| !beside(&finding.kind))
}
