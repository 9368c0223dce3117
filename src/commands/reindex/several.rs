//! Several servers side by side, each with its own plan: the shards behind a gateway.

use anyhow::{Error, Result};
use futures_util::future::join_all;

use super::one;
use crate::cli::{DatabaseArgs, ReindexArgs};
use crate::commands::Exit;
use crate::commands::schema_text::SchemaText;
use crate::progress::Progress;
use model::wording::chain;
use mysql::db::DatabaseUrl;
use report::{Outcome, Report};

/// All at once; one that fails stops none of the others. The report has the tables of all, each
/// with its server in front.
///
/// # Errors
///
/// When one could not do its work; that of the last is given, those of others are said before.
pub(super) async fn side_by_side(
    args: &ReindexArgs,
    databases: &[DatabaseArgs],
    named: Option<&SchemaText>,
    progress: &Progress,
    report: &mut Report,
) -> Result<Exit> {
    let works = databases.iter().map(async |database| {
        let place = shown(database);
        let mut report = Report::default();
        let progress = progress.at(&place);
        let exit = one(args, database, named, &progress, &mut report).await;
        (place, report, exit)
    });
    let (mut found, mut failure): (bool, Option<Error>) = (false, None);
    report.outcome = Outcome::Reindexed;
    for (place, its, exit) in join_all(works).await {
        for phase in its.phases {
            match report.phases.iter_mut().find(|p| p.name == phase.name) {
                Some(longest) => longest.seconds = longest.seconds.max(phase.seconds),
                None => report.phases.push(phase),
            }
        }
        for mut table in its.tables {
            table.name = format!("{place}: {}", table.name);
            report.tables.push(table);
        }
        match exit {
            Ok(Exit::Done) => continue,
            Ok(Exit::Found) => found = true,
            Err(error) => {
                if let Some(earlier) = failure.replace(error.context(place)) {
                    progress.error(&chain(&earlier));
                }
            }
        }
        report.outcome = Outcome::Differs;
    }
    match failure {
        Some(error) => Err(error),
        None if found => Ok(Exit::Found),
        None => Ok(Exit::Done),
    }
}

/// The database as it may be shown.
fn shown(database: &DatabaseArgs) -> String {
    let given = database.database_url.as_deref();
    let url = given.and_then(|url| DatabaseUrl::parse(url).ok());
    url.map_or_else(|| "a database URL".to_owned(), |url| url.to_string())
}
