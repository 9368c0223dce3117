//! The arguments about the database and the access to it.

use std::path::PathBuf;

use clap::Args;
use mysql::engines::{ALL, Engine};

/// Which database is used.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Database")]
pub struct DatabaseArgs {
    /// mysql://user:password@host:port/database [default: a private server under .reviewseed/]
    #[arg(long, value_name = "URL", env = "DATABASE_URL", hide_env_values = true)]
    pub database_url: Option<String>,
    /// Where the URL was given, for messages: an option, a variable, a file.
    #[arg(skip)]
    pub url_origin: Option<String>,
    #[command(flatten)]
    #[expect(missing_docs)]
    pub access: AccessArgs,
}

/// How the server is accessed or started.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Database")]
pub struct AccessArgs {
    /// File that contains only the password for --database-url
    #[arg(long, value_name = "FILE")]
    pub password_file: Option<PathBuf>,
    /// Server program for the private server: a mysqld or mariadbd
    #[arg(long, value_name = "PATH", env = "REVIEWSEED_MYSQLD")]
    pub mysqld: Option<PathBuf>,
    /// The product that the server is, if the server does not report it (a proxy may hide it):
    /// mysql, mariadb, oceanbase, tidb, vitess, aurora, cloud-sql, azure, rds [default: what the
    /// server says]
    #[arg(long, value_name = "ENGINE", value_parser = parse_engine)]
    pub engine: Option<&'static Engine>,
    /// Seconds after which a silent server or network counts as a lost connection
    #[arg(long, value_name = "SECONDS", default_value_t = 30, value_parser = super::targets::parse_net_timeout)]
    pub net_timeout: u64,
}

/// Parses `--engine`.
fn parse_engine(name: &str) -> Result<&'static Engine, String> {
    if name.eq_ignore_ascii_case("InnoDB") {
        return Err("InnoDB is a storage engine: use --storage-engine InnoDB".to_owned());
    }
    Engine::named(&name.to_ascii_lowercase()).ok_or_else(|| {
        let names: Vec<&str> = ALL.iter().map(|engine| engine.name).collect();
        format!(
            "there is no engine of that name; the known ones are {}",
            names.join(", ")
        )
    })
}
