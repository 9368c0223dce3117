//! `verify`: the database against schema.sql and the last run of `seed`.

use std::time::Instant;

use anyhow::{Result, bail};
use sqlx::MySqlConnection;

use super::loaded;
use super::members::Members;
use super::reports::{self, Details};
use super::schema_text::SchemaText;
use super::seeded::{self, Seeded};
use super::settings::{self, cores};
use super::typed::command_line;
use super::{
    Exit, database,
    next::{self, Differing},
};
use crate::cli::VerifyArgs;
use crate::progress::{self, Progress};
use report::{Outcome, Report};

use model::schema::{Schema, Table};
use mysql::db::{self, DatabaseUrl, ServerInfo, lacks_right, server_error_code};
use mysql::inspect;
use mysql::ledger::{self, Phase, beginning, owned};
use mysql::prepare;
use mysql::server_error::ER_OPTION_PREVENTS_STATEMENT;
use mysql::verify::{self, Depth, Expected, Watch};
use mysql_schema::diff::diff;
use mysql_schema::parse::parse;
use reviews::reads::{self, Answer, ENOUGH_ROWS};

/// What helps where a run has ended because of rejects, which the ledger does not tell.
pub(super) const RAISED: &str = ", with a larger --max-rejects if it rejected more records than that allows, or another --load if a table cannot be imported";

pub(super) async fn run(args: VerifyArgs) -> Result<Exit> {
    reports::prepare(&args.output)?;
    let progress = settings::progress("verify", &args.output);
    let named = SchemaText::named(args.schema.as_deref(), &progress)?;
    let url = database::resolve(&args.database, &progress).await?;
    let mut connection = db::connect(&url).await?;
    let server = ServerInfo::read(&mut connection).await?;
    server.must_be_supported(&url)?;
    progress.say(&format!("verify: {server} at {url}"));
    let Some(run) = ledger::last_run(&mut connection).await? else {
        bail!("{url} has no ledger of a run; seed it first: reviewseed seed DIR");
    };
    if !matches!(run.phase, Phase::Verify | Phase::Done) {
        let command = beginning::command_of(&mut connection, run.id).await?;
        let command = command.unwrap_or_else(|| "reviewseed seed DIR".to_string());
        bail!(
            "the run of {} UTC is unfinished (it ended in phase {}), so there is nothing to verify yet; \
             the same command resumes it{RAISED}: {command}",
            run.started_at,
            run.phase.name()
        );
    }
    let last_command = beginning::command_of(&mut connection, run.id).await?;
    let tables = ledger::newest_tables(&mut connection).await?;
    let (parts, url) =
        seeded::schemas(&mut connection, &server, &url, named.as_ref(), &progress).await?;
    let (mut wanted, mut written) = (Schema::default(), Schema::default());
    for part in &parts {
        wanted
            .tables
            .extend(as_seeded(&mut connection, &url, part, &progress).await?);
        let parsed = parse(&part.text.sql, &part.text.origin);
        written
            .tables
            .extend(parsed.map_or_else(|_| Vec::new(), |s| s.tables));
    }
    if wanted.tables.is_empty() {
        bail!(
            "{url} has a ledger in which no table is, so there is nothing to verify; seed it first: reviewseed seed DIR"
        );
    }
    let names: Vec<&str> = wanted.tables.iter().map(|t| t.name.as_str()).collect();
    let live = inspect::inspect_tables(&mut connection, url.database(), &names).await?;

    database::say_what_keeps_history(&progress, "verify", &live);
    // a table that is gone is a difference, which the plan names; its rows cannot be asked for
    let is_live = |name: &str| live.table(name).is_some();
    let expected: Vec<_> = tables
        .iter()
        .filter(|t| is_live(&t.name))
        .map(loaded::expected)
        .collect();
    let mut asked = Schema {
        tables: wanted
            .tables
            .iter()
            .filter(|t| is_live(&t.name))
            .cloned()
            .collect(),
    };
    for table in &mut asked.tables {
        // with those that no server keeps
        if let Some(written) = written.table(&table.name) {
            table.foreign_keys.clone_from(&written.foreign_keys);
        }
        // parents that were not part of the run are elsewhere in the database, or in another one
        table.foreign_keys.retain(|key| {
            key.parent_database.is_some()
                || is_live(&key.parent_table)
                || wanted.table(&key.parent_table).is_none()
        });
    }
    let began = Instant::now();
    let watch = Watch::default();
    let connections = cores().min(4);
    let work = verify::verify(
        &url,
        None,
        &asked,
        &expected,
        Depth::Full,
        connections,
        &watch,
    );
    let what = || watch.shown("comparing all values and references");
    let mut differences = progress.while_waiting("verify", what, work).await?;
    if args.members {
        let members = Members::read(&mut connection, &url).await?;
        let what = || "comparing all values of each member".to_string();
        let work = members.compare(&url, &asked, &expected, &progress);
        differences.extend(progress.while_waiting("verify", what, work).await?);
    }
    let definitions = database::plan_differences(&diff(&live, &wanted));
    let rows_differ = !differences.is_empty() || expected.len() < tables.len();
    let (mut triggers, mut of_others) = (Vec::new(), Vec::new());
    if rows_differ {
        let (database, names) = (url.database(), names_of(&wanted));
        triggers = prepare::triggers(&mut connection, database, &names).await?;
        of_others = owned::rows_of_others(&mut connection, database, &names).await?;
    }
    let differing = Differing {
        rows: rows_differ,
        definitions: !definitions.is_empty(),
        has_rows_of_others: !of_others.is_empty(),
        has_triggers: !triggers.is_empty(),
    };
    differences.extend(definitions);
    if parts.iter().any(|p| p.text.sql == reviews::SCHEMA) {
        explain_reads(&mut connection, &expected, &progress).await?;
    }
    db::close(connection).await;
    let mut report = Report {
        tables: tables.iter().map(loaded::table_report).collect(),
        ..Report::default()
    };
    report.phase("verify", began.elapsed(), progress::elapsed());
    report.outcome = if differences.is_empty() {
        Outcome::Verified
    } else {
        Outcome::VerificationFailed
    };
    report.next = next::after_verify(
        differing,
        &parts[0].text.choice,
        &args.database,
        last_command.as_deref(),
    );
    let origins: Vec<&str> = parts.iter().map(|p| p.text.origin.as_str()).collect();
    let details = Details {
        command: "verify",
        command_line: command_line(),
        settings: vec![
            ("server".to_string(), server.to_string()),
            ("database".to_string(), url.to_string()),
            ("schema".to_string(), origins.join(", ")),
            (
                "compared with".to_string(),
                format!("the run of {} UTC", run.started_at),
            ),
        ],
        differences: differences.iter().map(ToString::to_string).collect(),
        ..Details::default()
    };
    reports::write(&args.output, &progress, &report, &details)?;
    for difference in &differences {
        progress.error(&format!("verify: {difference}"));
    }
    if !triggers.is_empty() {
        progress.say(&format!(
            "verify: triggers may have changed rows while they were loaded: {}; to load the rows as they are, \
             drop the triggers, load again and create them again afterwards",
            prepare::listed_triggers(&triggers)
        ));
    }
    if differences.is_empty() {
        let rows: u64 = expected.iter().map(|e| e.rows).sum();
        progress.say(&format!(
            "verify: {} tables, {} rows as loaded by the run of {} UTC: counts, checksums, references and indexes agree ({:.1} s)",
            expected.len(),
            model::wording::grouped(rows),
            run.started_at,
            began.elapsed().as_secs_f64()
        ));
    }
    progress.next(&report.next);
    match differences.is_empty() {
        true => Ok(Exit::Done),
        false => Ok(Exit::Found),
    }
}

fn names_of(schema: &Schema) -> Vec<String> {
    schema.tables.iter().map(|t| t.name.clone()).collect()
}

/// The tables of a schema that were loaded by it, in the server's words where it takes a copy of
/// the schema.
async fn as_seeded(
    connection: &mut MySqlConnection,
    url: &DatabaseUrl,
    part: &Seeded,
    progress: &Progress,
) -> Result<Vec<Table>> {
    let SchemaText { sql, origin, .. } = &part.text;
    let schema = match inspect::scratch_schema(connection, url.database(), sql, origin).await {
        // a read-only server takes no copy either
        Err(error)
            if lacks_right(&error)
                || server_error_code(&error) == Some(ER_OPTION_PREVENTS_STATEMENT) =>
        {
            parse(sql, origin)?
        }
        other => other?,
    };
    let lacking = part.lacking(&schema);
    if !lacking.is_empty() {
        let live = inspect::inspect_tables(connection, url.database(), &lacking).await?;
        if !live.tables.is_empty() || lacking.len() == part.tables.len() {
            return Err(part.refusal(&lacking, url));
        }
        progress.say(&format!(
            "verify: not compared, because neither {origin} nor the database has them any more: {}",
            lacking.join(", ")
        ));
    }
    let loaded = |table: &Table| part.tables.contains(&table.name);
    Ok(schema.tables.into_iter().filter(loaded).collect())
}

/// Warns of reads that the server would not answer from indexes. No difference: the optimizer's
/// choice goes by statistics, and the database holds what it must whatever it chooses.
async fn explain_reads(
    connection: &mut MySqlConnection,
    expected: &[Expected],
    progress: &Progress,
) -> Result<()> {
    let rows = |table: &str| {
        expected
            .iter()
            .find(|e| e.table == table)
            .map_or(0, |e| e.rows)
    };
    let answers = reads::explain(connection, rows).await?;
    for (read, answer) in &answers {
        if let Answer::Slow(what) = answer {
            progress.say(&format!(
                "verify: warning: queries/{}.sql {what}; if no index is missing, renew the statistics (ANALYZE TABLE {}), or drop the \
                 index that is used instead and let `reviewseed reindex` build it again: of equals the optimizer takes the first",
                read.name,
                read.tables.join(", ")
            ));
        }
    }
    let count =
        |wanted: fn(&Answer) -> bool| answers.iter().filter(|(_, answer)| wanted(answer)).count();
    let (quick, small) = (
        count(|answer| *answer == Answer::FromIndexes),
        count(|answer| *answer == Answer::TooSmall),
    );
    let unjudged = match small {
        0 => String::new(),
        small => format!("; {small} not judged, with fewer than {ENOUGH_ROWS} rows"),
    };
    progress.say(&format!(
        "verify: {quick} of {} reads of the service are answered from indexes, without a sort{unjudged}",
        answers.len()
    ));
    Ok(())
}
