//! The ids that the test asks for, and the database that has them.

use std::sync::Arc;

use anyhow::{Result, anyhow, bail};

use crate::cli::SmokeArgs;
use crate::commands::database;
use crate::terminal::Terminal;
use engine::database::resolve;
use engine::event::Events;
use engine::seeded;
use mysql::db::{self, DatabaseUrl};
use reviews::smoke::id_list;
use reviews::targets::TargetKind;

/// The database, and the ids: from the list if there is one, otherwise from the database.
pub(super) async fn from_database(
    args: &SmokeArgs,
    kind: TargetKind,
    listed: Option<Vec<u64>>,
    terminal: &Arc<Terminal>,
) -> Result<(Option<DatabaseUrl>, Vec<u64>)> {
    let events = terminal.events();
    let database = database::existing(&args.database, terminal).await;
    let database = database.map_err(|error| match args.http.is_empty() {
        true => error,
        false => anyhow!("{error:#}; or give the test a list of ids: --targets FILE"),
    })?;
    let url = resolve(&database, &events).await?.0;
    let ids = match listed {
        Some(ids) => ids,
        None => last_tenth(&url, kind, &events).await?,
    };
    Ok((Some(url), ids))
}

/// The last tenth of the products or reviews, as `targets` selects it.
async fn last_tenth(url: &DatabaseUrl, kind: TargetKind, events: &Events) -> Result<Vec<u64>> {
    let mut connection = db::connect(url).await?;
    seeded::of_reviews(&mut connection, url, events).await?;
    let ids = id_list::last_tenth(&mut connection, kind).await?;
    db::close(connection).await;
    if ids.is_empty() {
        bail!(
            "{url} has no reviews that the test could read; load them first: reviewseed seed \
               DIR"
        );
    }
    Ok(ids)
}
