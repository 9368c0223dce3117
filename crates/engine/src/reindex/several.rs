//! Changes several servers at the same time, each with a plan of its own: for example, the shards
//! behind a gateway.

use crate::error::{Error, Result};
use futures_util::future::join_all;

use super::{Shared, one};
use crate::Verdict;
use crate::event::Events;
use crate::options::DatabaseChoice;
use model::report::{Outcome, Report};
use model::wording::chain;

/// Changes all servers at the same time. A failure on one server does not stop the others. The
/// report has the tables of all servers, each with the name of its server in front.
///
/// # Errors
///
/// When a server failed. If several failed, the last error is returned and the others are reported.
pub(super) async fn side_by_side(
    shared: &Shared<'_>,
    databases: &[DatabaseChoice],
    events: &Events,
    report: &mut Report,
) -> Result<Verdict> {
    let works = databases.iter().map(async |database| {
        let place = shown(database);
        let mut report = Report::default();
        let events = events.at(&place);
        let exit = one(shared, database, &events, &mut report).await;
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
            Ok(Verdict::Done) => continue,
            Ok(Verdict::Found) => found = true,
            Err(error) => {
                if let Some(earlier) = failure.replace(error.context(place)) {
                    events.error(&chain(&earlier));
                }
            }
        }
        report.outcome = Outcome::Differs;
    }
    match failure {
        Some(error) => Err(error),
        None if found => Ok(Verdict::Found),
        None => Ok(Verdict::Done),
    }
}

/// The name of the database for messages.
fn shown(database: &DatabaseChoice) -> String {
    match database {
        DatabaseChoice::Url(url) => url.to_string(),
        DatabaseChoice::Private { .. } => "the private server".to_owned(),
    }
}
