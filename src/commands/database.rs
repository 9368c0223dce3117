//! Which database: the one that is named, or that of the private server, which is started when needed.

use std::path::PathBuf;

use anyhow::{Context, Result, bail};
use sqlx::MySqlConnection;

use crate::cli::DatabaseArgs;
use crate::db::DatabaseUrl;
use crate::progress::Progress;
use crate::schema::diff::{Finding, Kind, Plan};
use crate::server::{Options, PrivateServer};
use crate::verify::Difference;

/// Where the private server of the current folder lives.
pub(super) const STATE_DIR: &str = ".reviewseed";

pub(super) async fn resolve(args: &DatabaseArgs, progress: &Progress) -> Result<DatabaseUrl> {
    if let Some(url) = &args.database_url {
        let url = DatabaseUrl::parse(url)?;
        if url.database().is_empty() {
            bail!("{url} names no database; append one: mysql://user@host:3306/reviews");
        }
        return Ok(url);
    }
    let options = Options {
        state_dir: PathBuf::from(STATE_DIR),
        mysqld: args.mysqld.clone(),
        tcp: None,
    };
    progress.detail("server: no --database-url and no DATABASE_URL, so the private server under .reviewseed/ is used");
    let running = tokio::task::spawn_blocking(move || PrivateServer::new(options).start())
        .await
        .context("starting the private server ended abnormally")??;
    if running.started_now {
        progress.say(&format!(
            "server: private {} started; `reviewseed server stop` stops it",
            running.product()
        ));
    }
    DatabaseUrl::parse(&running.url())
}

/// Keeps two runs on one database apart; the server frees the lock when the connection ends.
pub(super) async fn lock(connection: &mut MySqlConnection, url: &DatabaseUrl) -> Result<()> {
    let name = format!(
        "reviewseed_{:016x}",
        xxhash_rust::xxh3::xxh3_64(url.database().as_bytes())
    );
    let taken: Option<i64> = sqlx::query_scalar("SELECT GET_LOCK(?, 0)")
        .bind(name)
        .fetch_one(connection)
        .await
        .context("cannot take the lock that keeps two runs apart")?;
    if taken != Some(1) {
        bail!("another reviewseed is at work on {url}; wait for it, or stop it, and run again");
    }
    Ok(())
}

/// A plan that is not empty, as differences of a verification.
pub(super) fn plan_differences(plan: &Plan) -> Vec<Difference> {
    let difference = |finding: &Finding| Difference {
        table: finding.table.clone(),
        what: match &finding.kind {
            // the table stands in front of it
            Kind::MissingIndex(index) => format!("index {} is missing", index.name),
            Kind::MissingForeignKey(key) => format!("foreign key {} is missing", key.name),
            _ => finding.to_string(),
        },
    };
    plan.findings().map(difference).collect()
}
