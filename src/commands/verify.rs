//! `verify`: compares the database with schema.sql and the last run of `seed`.

use anyhow::Result;

use super::{Exit, database, options};
use crate::cli::VerifyArgs;
use crate::command_line::command_line;
use crate::next_steps;
use crate::report_files::{self, Details};
use crate::terminal::Terminal;
use engine::verify::{Verified, VerifyOptions, verify};
use mysql::db::{self, MySqlConnection};
use reviews::reads::{self, Answer, ENOUGH_ROWS};

pub(super) async fn run(args: VerifyArgs) -> Result<Exit> {
    report_files::prepare(&args.output.report)?;
    let terminal = options::terminal("verify", &args.output);
    let verify_options = VerifyOptions {
        schema: options::schema(args.schema.as_deref()),
        database: database::existing(&args.database, &terminal).await?,
        members: args.members,
    };
    let mut verified = verify(&verify_options, &terminal.events()).await?;
    if verified.schemas.iter().any(|s| s.sql == reviews::SCHEMA) {
        let mut connection = db::connect(&verified.database).await?;
        explain_reads(&mut connection, &verified.rows, &terminal).await?;
        db::close(connection).await;
    }
    verified.report.next = next_steps::after_verify(&verified, &args.database);
    report_files::write(
        &args.output,
        &terminal,
        &verified.report,
        &details(&verified),
    )?;
    terminal.next(&verified.report.next);
    terminal.conclude(&verified.report);
    Ok(verified.verdict)
}

/// What the report's page says about this command.
fn details(verified: &Verified) -> Details {
    let origins: Vec<&str> = verified.schemas.iter().map(|s| s.origin.as_str()).collect();
    let setting = |name: &str, value: String| (name.to_string(), value);
    let run = format!("the run of {} UTC", verified.run_started_at);
    Details {
        command: "verify",
        subject: verified.database.in_short(),
        command_line: command_line(),
        settings: vec![
            setting("server", verified.server.clone()),
            setting("database", verified.database.to_string()),
            setting("schema", origins.join(", ")),
            setting("compared with", run),
        ],
        differences: verified
            .differences
            .iter()
            .map(ToString::to_string)
            .collect(),
        ..Details::default()
    }
}

/// Warns of reads that the server would not answer from indexes. They do not count as differences,
/// because the optimizer decides by statistics, and the database holds the right rows in any case.
async fn explain_reads(
    connection: &mut MySqlConnection,
    loaded: &[(String, u64)],
    terminal: &Terminal,
) -> Result<()> {
    let rows = |table: &str| {
        let mut loaded = loaded.iter();
        loaded
            .find(|(name, _)| name == table)
            .map_or(0, |(_, rows)| *rows)
    };
    let answers = reads::explain(connection, rows).await?;
    for (read, answer) in &answers {
        if let Answer::Slow(what) = answer {
            terminal.info(&format!(
                "verify: warning: queries/{}.sql {what}; if no index is missing, update the \
                 statistics (ANALYZE TABLE {}), or drop the index that is used instead and let \
                 `reviewseed reindex` build it again: when two indexes cost the same, the \
                 optimizer picks the one created first",
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
        small => format!(
            "; {small} not checked, because the tables have fewer than {ENOUGH_ROWS} \
                          rows"
        ),
    };
    terminal.info(&format!(
        "verify: {quick} of {} reads of the service are answered from indexes, without a sort{unjudged}",
        answers.len()
    ));
    Ok(())
}
