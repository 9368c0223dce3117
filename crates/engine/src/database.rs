//! Finds the database of a command: the named one, or that of the private server. The private
//! server is started if necessary.

use crate::error::{Context, Result};

use crate::event::Events;
use crate::options::DatabaseChoice;
use crate::redo_log;
use model::schema::Schema;
use mysql::db::DatabaseUrl;
use mysql::verify::Difference;
use mysql_schema::diff::{Finding, Kind, Plan};
use private_server::{PrivateServer, RunningServer};

/// Resolves the choice to the URL of the database, and the private server if the database belongs
/// to it.
///
/// # Errors
///
/// When the private server cannot be started.
pub async fn resolve(
    choice: &DatabaseChoice,
    events: &Events,
) -> Result<(DatabaseUrl, Option<RunningServer>)> {
    let (options, net_timeout) = match choice {
        DatabaseChoice::Url(url) => return Ok((url.clone(), None)),
        DatabaseChoice::Private {
            server,
            net_timeout,
        } => (server.clone(), *net_timeout),
    };
    events.detail("server: no --database-url and no DATABASE_URL, so the private server under .reviewseed/ is used");
    let starting = PrivateServer::new(options.clone()).start_takes()?;
    if let Some(about) = starting {
        events.info(&format!(
            "server: starting a private server, about {} s",
            about.as_secs()
        ));
    }
    let running = tokio::task::spawn_blocking(move || PrivateServer::new(options).start())
        .await
        .context("starting the private server ended abnormally")??;
    if running.started_now {
        events.info(&format!(
            "server: private {} started; `reviewseed server shell` opens it, `reviewseed server stop` stops it",
            running.product()
        ));
    }
    events.detail(&format!(
        "server: buffer pool of {} MiB (the default is a quarter of the memory, but at most 4 GiB \
         and at most half of the memory that was free at the start); no binary log, because no \
         replica reads it; the redo log is synced to disk once a second, because batches that a \
         power failure loses are loaded again",
        running.buffer_pool() >> 20
    ));
    redo_log::recover(&running, events).await?;
    let url = DatabaseUrl::parse(&running.url())?;
    let url = url
        .given_by(Some("private server".to_owned()))
        .with_net_timeout(net_timeout);
    Ok((url, Some(running)))
}

/// Reports the system-versioned tables, because only their current rows are verified.
pub(crate) fn tell_system_versioned(events: &Events, phase: &str, live: &Schema) {
    let tables = live.tables.iter().filter(|t| t.system_versioned);
    let names: Vec<&str> = tables.map(|t| t.name.as_str()).collect();
    if !names.is_empty() {
        events.info(&format!(
            "{phase}: tables WITH SYSTEM VERSIONING: {}; their current rows are verified, their \
             history is not",
            names.join(", ")
        ));
    }
}

/// The differences between the planned indexes and keys and the actual ones, for a verification.
pub(crate) fn plan_differences(plan: &Plan) -> Vec<Difference> {
    let difference = |finding: &Finding| Difference {
        table: finding.table.clone(),
        what: match &finding.kind {
            // a difference is shown after the name of its table, so these texts leave the name out
            Kind::MissingIndex(index) => format!("index {} is missing", index.name),
            Kind::MissingForeignKey(key) => format!("foreign key {} is missing", key.name),
            _ => finding.to_string(),
        },
    };
    plan.findings().map(difference).collect()
}
