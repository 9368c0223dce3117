//! Which database: the one that is named, or that of the private server, which is started when
//! needed.

use std::path::PathBuf;

use anyhow::{Context, Result, bail};

use super::typed::is_typed;
use super::{password, redo_log};
use crate::cli::DatabaseArgs;
use crate::progress::Progress;
use model::schema::Schema;
use mysql::db::DatabaseUrl;
use mysql::verify::Difference;
use mysql_schema::diff::{Finding, Kind, Plan};
use private_server::{Options, PrivateServer, RunningServer};

/// Where the private server of the current folder lives.
pub(super) const STATE_DIR: &str = ".reviewseed";

pub(super) async fn resolve(args: &DatabaseArgs, progress: &Progress) -> Result<DatabaseUrl> {
    Ok(resolve_with_server(args, progress).await?.0)
}

/// With the private server, if it is that one.
pub(super) async fn resolve_with_server(
    args: &DatabaseArgs,
    progress: &Progress,
) -> Result<(DatabaseUrl, Option<RunningServer>)> {
    if let Some(url) = &args.database_url {
        return Ok((named(url, args, progress)?, None));
    }
    if args.access.password_file.is_some() {
        bail!(
            "--password-file is for the account in --database-url, which is missing; the private server needs no password"
        );
    }
    let options = Options {
        state_dir: PathBuf::from(STATE_DIR),
        mysqld: args.access.mysqld.clone(),
        ..Options::default()
    };
    progress.detail("server: no --database-url and no DATABASE_URL, so the private server under .reviewseed/ is used");
    let running = tokio::task::spawn_blocking(move || PrivateServer::new(options).start())
        .await
        .context("starting the private server ended abnormally")??;
    if running.started_now {
        progress.say(&format!(
            "server: private {} started; `reviewseed server shell` opens it, `reviewseed server stop` stops it",
            running.product()
        ));
    }
    progress.detail(&format!(
        "server: buffer pool of {} MiB (unless told, a quarter of the memory, at most half of what was free at its start and 4 GiB); no binary \
         log, for no replica reads it; the log is written at a commit and synced once a second, and lost batches are loaded again",
        running.buffer_pool() >> 20
    ));
    redo_log::recover(&running, progress).await?;
    let url = DatabaseUrl::parse(&running.url())?;
    let url = url.given_by(Some("private server".to_owned()));
    Ok((url, Some(running)))
}

fn named(text: &str, args: &DatabaseArgs, progress: &Progress) -> Result<DatabaseUrl> {
    let origin = args.url_origin.clone();
    let from = || {
        origin
            .clone()
            .unwrap_or_else(|| "from --database-url".to_owned())
    };
    let url = DatabaseUrl::parse(text).with_context(from)?;
    let url = url.given_by(origin.clone());
    if url.database().is_empty() {
        bail!("{url} names no database; append one: mysql://user@host:3306/reviews");
    }
    // the server's own tables
    const OF_SERVER: [&str; 4] = ["mysql", "sys", "information_schema", "performance_schema"];
    if OF_SERVER.contains(&url.database().to_lowercase().as_str()) {
        bail!(
            "{url} names a database of the server itself; name another one, for example …/reviews"
        );
    }
    let Some(file) = &args.access.password_file else {
        if url.has_password() && is_typed(text) {
            progress.say(
                "warning: every account of this machine can read the password in --database-url (ps); \
                 it is out of sight in --password-file FILE, and as DATABASE_URL in the environment or in .env",
            );
        }
        return Ok(url);
    };
    if url.has_password() {
        bail!(
            "{url} was given with a password, and --password-file as well; leave one of them out"
        );
    }
    let password = password::read(file)?;
    if password.readable_by_others {
        progress.say(&format!(
            "warning: {0} can be read by others than its owner; chmod 600 {0}",
            file.display()
        ));
    }
    Ok(url.with_password(&password.text))
}

/// Says of which tables only the current rows are looked at.
pub(super) fn say_what_keeps_history(progress: &Progress, phase: &str, live: &Schema) {
    let tables = live.tables.iter().filter(|t| t.system_versioned);
    let names: Vec<&str> = tables.map(|t| t.name.as_str()).collect();
    if !names.is_empty() {
        progress.say(&format!(
            "{phase}: WITH SYSTEM VERSIONING: {}; their current rows are verified, their history is not",
            names.join(", ")
        ));
    }
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
