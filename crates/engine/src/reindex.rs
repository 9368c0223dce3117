//! `reindex`: changes the live indexes, keys and constraints to those of schema.sql.
//!
//! reindex inspects the schema and the live tables, compares them, rehearses the changes and prints
//! the plan. With `--dry-run` it ends there. Otherwise it carries out the plan and compares again;
//! the exit code says whether differences remain. `several` changes several servers at once.

mod before_load;
mod carry_out;
mod options;
mod several;
mod wanted;

use model::wording::counted;
use std::time::Instant;

use crate::error::{Context, Result, fail};

use crate::Verdict;
use crate::again::Attempts;
use crate::database;
use crate::event::Events;
use crate::interrupt::Interrupt;
use crate::machine;
use crate::options::DatabaseChoice;
use crate::schema_text::SchemaText;
use crate::seeded::{self, Seeded};
use model::report::{Outcome, Report};
use model::shell::quoted;
use mysql::apply::{self, Blocking, Obstacle, Rehearsal, Settings};
use mysql::db::{self, Database, MySqlConnection, ServerInfo};
use mysql::inspect;
use mysql_schema::diff::{Kind, Plan, Scope, diff_within};
pub use options::{Action, Changes, ReindexOptions};
use wanted::Wanted;

/// Maximum number of rounds of comparing and changing. The tables are inspected again after each
/// round, because differences may remain, such as an index that the server has dropped by itself.
const ROUNDS: usize = 3;

/// Prints a plan as SQL with comments. Called before the plan is carried out.
pub type PrintPlan<'a> = &'a (dyn Fn(&str) -> std::io::Result<()> + Sync);

/// Changes the indexes, keys and constraints of all databases to those of the schema, at the same
/// time.
///
/// # Errors
///
/// When one of the databases could not be changed. The others are changed all the same.
pub async fn reindex(
    options: &ReindexOptions,
    interrupt: &Interrupt,
    events: &Events,
    print: PrintPlan<'_>,
    report: &mut Report,
) -> Result<Verdict> {
    let named = SchemaText::named(&options.schema, events)?;
    let shared = Shared {
        options,
        interrupt,
        named: named.as_ref(),
        print,
    };
    match options.databases.as_slice() {
        [database] => one(&shared, database, events, report).await,
        several => several::side_by_side(&shared, several, events, report).await,
    }
}

/// The values that all databases share.
struct Shared<'a> {
    options: &'a ReindexOptions,
    interrupt: &'a Interrupt,
    named: Option<&'a SchemaText>,
    print: PrintPlan<'a>,
}

async fn one(
    shared: &Shared<'_>,
    database: &DatabaseChoice,
    events: &Events,
    report: &mut Report,
) -> Result<Verdict> {
    let mut attempts = Attempts::new("reindex", events);
    loop {
        match attempt(shared, database, &mut attempts, report).await {
            Ok(verdict) => return Ok(verdict),
            // the next attempt compares the tables again and thus only does what is left
            Err(error) => attempts.after(error).await?,
        }
    }
}

async fn attempt(
    shared: &Shared<'_>,
    database: &DatabaseChoice,
    attempts: &mut Attempts<'_>,
    report: &mut Report,
) -> Result<Verdict> {
    let (options, events) = (shared.options, attempts.events());
    let began = Instant::now();
    let (url, private) = database::resolve(database, events).await?;
    attempts.connect_to(&url);
    let mut connection = db::connect(&url).await?;
    let server = ServerInfo::read(&mut connection).await?;
    server.must_be_supported(&url)?;
    events.info(&format!("reindex: {server} at {url}"));
    let engine = server.engine;
    events.detail(&format!("reindex: engine {engine}: {}", engine.in_words()));
    let which = (shared.named, options.schema.built_in);
    let (seeded, url) = seeded::schemas(&mut connection, &server, &url, which, events).await?;
    let (seeded, others) = seeded.split_first().context("there is no schema")?;
    for other in others {
        events.info(&format!(
            "reindex: tables not changed, because they were seeded with another schema: {}; to \
             change them, add --schema {}",
            other.tables.join(", "),
            quoted(&other.text.choice.option())
        ));
    }
    let mut database = Database::new(url);
    if options.action != Action::Print {
        database.lead(&mut connection).await?;
    }
    let mut reindex = Reindex {
        options,
        interrupt: shared.interrupt,
        print: shared.print,
        events,
        began,
        settings: machine::index_settings(options.jobs),
        text: &seeded.text,
        seeded,
        database,
        is_private: private.is_some(),
        server,
        connection,
    };
    let database = reindex.database.clone();
    let verdict = tokio::select! {
        verdict = reindex.phases(report) => verdict,
        error = database.lost() => Err(error.into()),
    };
    // even if some differences are left alone, the tables now follow this schema
    if let (Some(named), Ok(_), true) = (shared.named, &verdict, options.action != Action::Print) {
        reindex.note_schema(named).await?;
    }
    db::close(reindex.connection).await;
    verdict
}

struct Reindex<'a> {
    options: &'a ReindexOptions,
    interrupt: &'a Interrupt,
    print: PrintPlan<'a>,
    events: &'a Events,
    began: Instant,
    settings: Settings,
    text: &'a SchemaText,
    seeded: &'a Seeded,
    database: Database,
    is_private: bool,
    server: ServerInfo,
    connection: MySqlConnection,
}

impl Reindex<'_> {
    async fn phases(&mut self, report: &mut Report) -> Result<Verdict> {
        let wanted = self.wanted().await?;
        self.stop_without_transactions(&wanted).await?;
        if self.options.action == Action::Print {
            let (plan, rehearsal) = self.plan(&wanted, 0).await?;
            self.print(&plan, &rehearsal)?;
            let (outcome, verdict) = match plan.is_empty() {
                true => (Outcome::Reindexed, Verdict::Done),
                false => (Outcome::Differs, Verdict::Found),
            };
            report.outcome = outcome;
            self.conclude(&plan, &rehearsal);
            return Ok(verdict);
        }
        let events = self.events;
        let say = |line: &str| events.info(&format!("reindex: {line}"));
        apply::take_over(&mut self.connection, &self.database, say).await?;
        self.restore_globals().await?;
        if self.options.action == Action::BeforeLoad {
            self.before_load(&wanted.all_tables).await?;
            report.outcome = Outcome::Reindexed;
            return Ok(Verdict::Done);
        }
        for round in 0..ROUNDS {
            let (plan, rehearsal) = self.plan(&wanted, round).await?;
            if round == 0 || !rehearsal.statements.is_empty() {
                self.print(&plan, &rehearsal)?;
            }
            if rehearsal.statements.is_empty() {
                return self.end(&plan, &rehearsal, report);
            }
            self.apply(&rehearsal, report).await?;
        }
        fail!(
            "after {ROUNDS} rounds the tables still differ from {}; see `reviewseed reindex --dry-run`",
            self.text.origin
        );
    }

    /// Ends the command when nothing is left to carry out. Returns an error if the server cannot
    /// make some of the changes.
    fn end(&self, plan: &Plan, rehearsal: &Rehearsal, report: &mut Report) -> Result<Verdict> {
        let impossible = rehearsal.refused.iter();
        let impossible = impossible.filter_map(|refused| match &refused.why {
            Obstacle::Impossible(error) => Some(format!(
                "cannot change the table {}: {}: {error:#}",
                refused.statement.table,
                refused.statement.sql.replace("\n  ", " ")
            )),
            Obstacle::Blocks(_) => None,
        });
        let impossible: Vec<String> = impossible.collect();
        let (outcome, verdict) = match is_open(plan) {
            true => (Outcome::Differs, Verdict::Found),
            false => (Outcome::Reindexed, Verdict::Done),
        };
        report.outcome = outcome;
        self.conclude(plan, rehearsal);
        if !impossible.is_empty() {
            fail!("{}", impossible.join("; "));
        }
        Ok(verdict)
    }

    async fn plan(&mut self, wanted: &Wanted, round: usize) -> Result<(Plan, Rehearsal)> {
        let database = self.database.name().to_owned();
        let names: Vec<&str> = wanted.all_tables.iter().map(String::as_str).collect();
        let live = inspect::inspect_for_change(&mut self.connection, &database, &names).await?;
        let scope = Scope {
            replace: true,
            drop: self.options.changes.drop,
            columns: self.options.changes.columns,
            rebuild: self.options.changes.rebuild && round == 0,
            definitions: wanted.definitions.as_ref(),
        };
        let plan = diff_within(&live, &wanted.schema, scope);
        let blocking = match self.options.changes.block {
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
        let changes = apply::Wanted {
            tables: &present,
            plan: &plan,
            blocking,
        };
        let compare = |copy: &_| diff_within(copy, &wanted.schema, scope);
        let rehearsal = apply::rehearse(&mut self.connection, &database, changes, compare).await?;
        Ok((plan, rehearsal))
    }

    fn print(&self, plan: &Plan, rehearsal: &Rehearsal) -> Result<()> {
        let title = format!(
            "{} at {}: changes that make the tables match {}",
            self.server, self.database, self.text.origin
        );
        // a client that runs the script changes one table at a time, so each change may use all
        // cores
        let alone = Settings {
            jobs: 1,
            ..self.settings
        };
        (self.print)(&apply::script(
            &title,
            plan,
            rehearsal,
            &alone.session(&self.server),
        ))?;
        Ok(())
    }

    fn conclude(&self, plan: &Plan, rehearsal: &Rehearsal) {
        let origin = &self.text.origin;
        let found = match (
            rehearsal.statements.len(),
            plan.differences.len() + rehearsal.refused.len(),
        ) {
            (0, 0) => format!("the tables match {origin}"),
            (0, 1) => "1 difference is left alone; the plan says why".to_owned(),
            (0, left) => format!("{left} differences are left alone; the plan says why"),
            (1, 0) => format!("1 statement would make the tables match {origin}"),
            (now, 0) => format!("{now} statements would make the tables match {origin}"),
            (now, left) => format!(
                "{} would be run; {} would be left alone",
                counted(now as u64, "statement", "statements"),
                counted(left as u64, "difference", "differences")
            ),
        };
        self.events.info(&format!("reindex: {found}"));
    }
}

/// Whether the tables lack something that the schema has, or differ from it.
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
