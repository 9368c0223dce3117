//! `reindex`: changes the live indexes, keys and constraints to those of schema.sql.

use anyhow::{Result, bail};

use super::{Exit, database, options};
use crate::cli::ReindexArgs;
use crate::print::print_data;
use crate::report_files;
use crate::terminal;
use engine::reindex::{ReindexOptions, reindex};
use model::report::Report;

pub(super) async fn run(args: ReindexArgs) -> Result<Exit> {
    if args.output.report.iter().any(|f| report_files::is_page(f)) {
        bail!("reindex writes its report as JSON only; name a file that does not end in .html");
    }
    report_files::prepare(&args.output.report)?;
    let terminal = options::terminal("reindex", &args.output);
    let databases = args.databases();
    let mut chosen = Vec::new();
    for database in &databases {
        chosen.push(database::existing(database, &terminal).await?);
    }
    let reindex_options = ReindexOptions {
        schema: options::schema(args.schema.as_deref()),
        databases: chosen,
        tables: args.tables.clone(),
        action: options::action(&args),
        changes: options::changes(&args),
        jobs: args.jobs,
        set_global: args.set_global,
    };
    let events = terminal.events();
    let interrupt = terminal::listen(&terminal)?;
    let mut report = Report::default();
    let exit = reindex(
        &reindex_options,
        &interrupt,
        &events,
        &print_data,
        &mut report,
    )
    .await;
    for file in &args.output.report {
        report_files::write_json(&report, file)?;
    }
    Ok(exit?)
}
