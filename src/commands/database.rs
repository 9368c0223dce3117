//! Chooses the database from the arguments.

use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, Result, bail};

use super::password;
use crate::cli::DatabaseArgs;
use crate::command_line::is_typed;
use crate::terminal::Terminal;
use engine::options::DatabaseChoice;
use mysql::db::{self, DatabaseUrl};
use private_server::{Options, PrivateServer};

/// The folder of the private server, relative to the current folder.
pub(super) const STATE_DIR: &str = ".reviewseed";

/// The database that the arguments name, or the private server.
pub(super) fn choose(args: &DatabaseArgs, terminal: &Terminal) -> Result<DatabaseChoice> {
    if let Some(url) = &args.database_url {
        return Ok(DatabaseChoice::Url(named(url, args, terminal)?));
    }
    if args.access.password_file.is_some() {
        bail!(
            "--password-file is for the account in --database-url, which is missing; the private server needs no password"
        );
    }
    Ok(DatabaseChoice::Private {
        server: private_server(args),
        net_timeout: net_timeout(args),
    })
}

/// How the private server of the current folder is started.
pub(super) fn private_server(args: &DatabaseArgs) -> Options {
    Options {
        state_dir: PathBuf::from(STATE_DIR),
        mysqld: args.access.mysqld.clone(),
        ..Options::default()
    }
}

/// The database that the arguments name, or that of the private server. Fails if no private server
/// exists: only `seed` and `server start` create one, so that no other command creates one in the
/// wrong folder.
pub(super) async fn existing(args: &DatabaseArgs, terminal: &Terminal) -> Result<DatabaseChoice> {
    let choice = choose(args, terminal)?;
    if let DatabaseChoice::Private { server, .. } = &choice
        && !PrivateServer::new(server.clone()).has_data()?
    {
        bail!("{}", no_database(&std::env::current_dir()?));
    }
    with_password(choice, terminal).await
}

/// The message about a folder without a private server.
fn no_database(folder: &Path) -> String {
    let has_server = |folder: &&Path| folder.join(STATE_DIR).join("data").is_dir();
    let others = folder.ancestors().skip(1).find(has_server);
    let next = match others {
        Some(other) => format!("{} has a private server: cd {0}", other.display()),
        None => "change to the folder in which `reviewseed seed` made a private server, or load \
                 files first: reviewseed seed DIR"
            .to_owned(),
    };
    format!(
        "no database is named, and {} has no private server ({STATE_DIR}/); {next}; or name the \
         database with --database-url or DATABASE_URL: mysql://user:password@host:3306/database",
        folder.display()
    )
}

/// Asks the user for the password if the server wants one, the URL has none, and there is a
/// terminal. Otherwise, the database is returned unchanged.
pub(super) async fn with_password(
    choice: DatabaseChoice,
    terminal: &Terminal,
) -> Result<DatabaseChoice> {
    let DatabaseChoice::Url(url) = &choice else {
        return Ok(choice);
    };
    if url.has_password() || !password::can_ask() {
        return Ok(choice);
    }
    match db::connect(url).await {
        Ok(connection) => db::close(connection).await,
        Err(error) if db::wants_password(&error) => {
            terminal.clear();
            let password = password::ask(&format!("password for {url}: "))?;
            return Ok(DatabaseChoice::Url(url.with_password(&password)));
        }
        // the error is not reported here: the command fails with the same error when it connects
        Err(_) => {}
    }
    Ok(choice)
}

fn net_timeout(args: &DatabaseArgs) -> Duration {
    Duration::from_secs(args.access.net_timeout)
}

fn named(text: &str, args: &DatabaseArgs, terminal: &Terminal) -> Result<DatabaseUrl> {
    let origin = args.url_origin.clone();
    let from = || {
        origin
            .clone()
            .unwrap_or_else(|| "from --database-url".to_owned())
    };
    let url = DatabaseUrl::parse(text).with_context(from)?;
    let url = url
        .given_by(origin.clone())
        .with_net_timeout(net_timeout(args));
    let url = match args.access.engine {
        Some(engine) => url.with_engine(engine),
        None => url,
    };
    if url.database().is_empty() {
        bail!("{url} names no database; append one: mysql://user@host:port/database");
    }
    // databases that belong to the server itself
    const OF_SERVER: [&str; 4] = ["mysql", "sys", "information_schema", "performance_schema"];
    if OF_SERVER.contains(&url.database().to_lowercase().as_str()) {
        bail!(
            "{url} names a database of the server itself; name another one, for example …/reviews"
        );
    }
    let Some(file) = &args.access.password_file else {
        if url.has_password() && is_typed(text) {
            terminal.info(
                "warning: every account of this machine can read the password in --database-url \
                 (ps); to hide it, use --password-file FILE, or set DATABASE_URL in the \
                 environment or in .env",
            );
        }
        return Ok(url);
    };
    if url.has_password() {
        bail!(
            "there are two passwords: one in {url} and one in --password-file; leave one of them \
             out"
        );
    }
    let password = password::read(file)?;
    if password.readable_by_others {
        terminal.info(&format!(
            "warning: accounts other than its owner can read {0}; run chmod 600 {0}",
            file.display()
        ));
    }
    Ok(url.with_password(&password.text))
}
