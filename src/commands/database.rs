//! Which database the arguments name.

use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Context, Result, bail};

use super::password;
use crate::cli::DatabaseArgs;
use crate::command_line::is_typed;
use crate::terminal::Terminal;
use engine::options::DatabaseChoice;
use mysql::db::DatabaseUrl;
use private_server::Options;

/// Where the private server of the current folder is.
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
        server: Options {
            state_dir: PathBuf::from(STATE_DIR),
            mysqld: args.access.mysqld.clone(),
            ..Options::default()
        },
        net_timeout: net_timeout(args),
    })
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
        bail!("{url} names no database; append one: mysql://user@host:3306/reviews");
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
