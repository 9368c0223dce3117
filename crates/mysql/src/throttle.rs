//! How busy a server and its replicas are, for loads that must not disturb others.

mod replica;

use crate::db::{self, Database, DatabaseUrl, MySqlConnection};
use crate::error::{Context, Result, fail};
use crate::server_error::ER_PARSE_ERROR;
use replica::State;
use sqlx::{Executor, Row};

/// Limits above which no batch begins. At least one is set.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Limits {
    /// Number of threads that execute statements on the server: the status variable
    /// `Threads_running`.
    pub threads_running: Option<u64>,
    /// Seconds by which a replica lags.
    pub lag: Option<u64>,
}

impl Limits {
    /// Parses `threads_running=20,lag=2s`.
    ///
    /// # Errors
    ///
    /// A message for the user, when the text has another form.
    pub fn parse(text: &str) -> Result<Limits, String> {
        let mut limits = Limits::default();
        for part in text.split(',') {
            let Some((name, value)) = part.trim().split_once('=') else {
                return Err(format!(
                    "\"{part}\" is not a limit such as threads_running=20 or lag=2s"
                ));
            };
            let value = value.trim();
            match name.trim() {
                "threads_running" => limits.threads_running = Some(number(value)?),
                "lag" => limits.lag = Some(seconds(value)?),
                other => {
                    return Err(format!(
                        "\"{other}\" is not a limit; the limits are threads_running and lag"
                    ));
                }
            }
        }
        Ok(limits)
    }
}

/// A number of seconds with its unit.
fn seconds(text: &str) -> Result<u64, String> {
    match text.strip_suffix('s') {
        Some(number_of) => number(number_of),
        None => Err(match number(text) {
            Ok(_) => format!("lag={text} has no unit; write lag={text}s"),
            Err(_) => format!("\"{text}\" is not a number of seconds such as 2s"),
        }),
    }
}

fn number(text: &str) -> Result<u64, String> {
    match text.trim().parse() {
        Ok(0) | Err(_) => Err(format!("\"{text}\" is not a whole number above 0")),
        Ok(number) => Ok(number),
    }
}

/// Maximum number of rows, or of bytes of input, that are loaded in a second.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rate {
    /// Number of rows in a second.
    Rows(u64),
    /// Number of bytes of input in a second.
    Bytes(u64),
}

impl Rate {
    /// Parses `20M/s` or `50000rows/s`.
    ///
    /// # Errors
    ///
    /// A message for the user, when the text has another form.
    pub fn parse(text: &str) -> Result<Rate, String> {
        let wrong = || format!("\"{text}\" is not a rate such as 20M/s or 50000rows/s");
        let amount = text.trim().strip_suffix("/s").ok_or_else(wrong)?.trim();
        if let Some(rows) = amount.strip_suffix("rows").or(amount.strip_suffix("row")) {
            return Ok(Rate::Rows(number(rows).map_err(|_| wrong())?));
        }
        let (digits, factor) = match amount.chars().last() {
            Some('k' | 'K') => (&amount[..amount.len() - 1], 1 << 10),
            Some('m' | 'M') => (&amount[..amount.len() - 1], 1 << 20),
            Some('g' | 'G') => (&amount[..amount.len() - 1], 1 << 30),
            _ => (amount, 1),
        };
        let bytes = number(digits).ok().and_then(|n| n.checked_mul(factor));
        bytes.map(Rate::Bytes).ok_or_else(wrong)
    }
}

/// A limit that is exceeded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Excess {
    /// Why.
    pub cause: Cause,
    /// The reason in words, for the user.
    pub words: String,
}

/// Why batches must wait.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cause {
    /// Many threads run on the server.
    Threads,
    /// The replica with this number lags.
    Lag(usize),
    /// The replication to the replica with this number does not run, so its lag is unknown.
    Stopped(usize),
    /// A server cannot be asked.
    Unknown,
}

impl Cause {
    /// Whether somebody has to repair something before the load continues.
    pub fn is_fault(self) -> bool {
        matches!(self, Cause::Stopped(_) | Cause::Unknown)
    }
}

/// Asks a server and its replicas how busy they are.
#[derive(Debug)]
pub struct Load {
    limits: Limits,
    source: MySqlConnection,
    replicas: Vec<(DatabaseUrl, MySqlConnection)>,
}

impl Load {
    /// Connects to the source and its replicas. If no replica is named, the source is asked for its
    /// replicas.
    ///
    /// # Errors
    ///
    /// When a server cannot be reached, or there is no replica although its lag is limited.
    pub async fn connect(
        database: &Database,
        limits: Limits,
        named: &[DatabaseUrl],
    ) -> Result<Load> {
        let mut source = database.connect().await?;
        let mut replicas = Vec::new();
        if limits.lag.is_some() {
            let urls = match named.is_empty() {
                true => listed(&mut source, database.url()).await?,
                false => named.to_vec(),
            };
            for url in urls {
                let mut connection = db::connect(&url).await?;
                replica::state(&mut connection, &url).await?;
                replicas.push((url, connection));
            }
        }
        Ok(Load {
            limits,
            source,
            replicas,
        })
    }

    /// The replicas that are asked. A replica that loses its connection to the source is no longer
    /// listed there, so a later [`Load::connect`] must name all of them.
    pub fn replicas(&self) -> Vec<DatabaseUrl> {
        self.replicas.iter().map(|(url, _)| url.clone()).collect()
    }

    /// The first limit that is exceeded; `None` if none is.
    ///
    /// # Errors
    ///
    /// When a connection is lost.
    pub async fn excess(&mut self) -> Result<Option<Excess>> {
        if let Some(most) = self.limits.threads_running {
            let row = self
                .source
                .fetch_one("SHOW GLOBAL STATUS LIKE 'Threads_running'");
            let running: String = row.await?.try_get_unchecked(1)?;
            let running: u64 = running.parse().unwrap_or(0);
            if running > most {
                return Ok(Some(Excess {
                    cause: Cause::Threads,
                    words: format!("{running} threads run on the server, more than {most}"),
                }));
            }
        }
        let most = self.limits.lag.unwrap_or(u64::MAX);
        for (number, (url, connection)) in self.replicas.iter_mut().enumerate() {
            match replica::state(connection, url).await? {
                State::Lags(seconds) if seconds <= most => {}
                State::Lags(seconds) => {
                    return Ok(Some(Excess {
                        cause: Cause::Lag(number),
                        words: format!("{url} lags by {seconds} s, more than {most} s"),
                    }));
                }
                State::Stopped(why) => {
                    return Ok(Some(Excess {
                        cause: Cause::Stopped(number),
                        words: format!(
                            "replication to {url} does not run: {why}; repair it and execute START \
                             REPLICA there, or stop this run and repeat the command without the \
                             limit of the lag"
                        ),
                    }));
                }
            }
        }
        Ok(None)
    }
}

/// The URLs of the replicas that are connected to a source, with the account of the source.
async fn listed(source: &mut MySqlConnection, url: &DatabaseUrl) -> Result<Vec<DatabaseUrl>> {
    let rows = match source.fetch_all("SHOW REPLICAS").await {
        Err(error) if is_unknown(&error) => source.fetch_all("SHOW SLAVE HOSTS").await,
        rows => rows,
    };
    let rows = rows.context(
        "cannot read which replicas the server has; the account needs the privilege REPLICATION SLAVE \
         (MariaDB: REPLICATION MASTER ADMIN), or name each with --replica",
    )?;
    let mut urls = Vec::new();
    for row in &rows {
        let host: Option<String> = row.try_get_unchecked("Host")?;
        let port: String = row.try_get_unchecked("Port")?;
        match (host.filter(|host| !host.is_empty()), port.parse()) {
            (Some(host), Ok(port)) => urls.push(url.at(&host, port)),
            _ => fail!(
                Unfit,
                "a replica does not report its host (report_host); name it with --replica"
            ),
        }
    }
    if urls.is_empty() {
        fail!(
            Unfit,
            "{url} has no replica whose lag could be limited; name one with --replica, or leave \
             the limit of the lag out"
        );
    }
    Ok(urls)
}

fn is_unknown(error: &sqlx::Error) -> bool {
    let error = error.as_database_error();
    let error = error.and_then(|e| e.try_downcast_ref::<sqlx::mysql::MySqlDatabaseError>());
    error.is_some_and(|error| error.number() == ER_PARSE_ERROR)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits_are_read_with_their_names() {
        let both = Limits {
            threads_running: Some(20),
            lag: Some(2),
        };
        for text in [
            "threads_running=20,lag=2s",
            " lag = 2s , threads_running = 20 ",
        ] {
            assert_eq!(Limits::parse(text), Ok(both), "{text}");
        }
        for wrong in ["", "lag", "lag=", "lag=0", "lag=2m", "threads=3", "lag=-1"] {
            assert!(Limits::parse(wrong).is_err(), "{wrong}");
        }
        let no_unit = Limits::parse("lag=2").unwrap_err();
        assert_eq!(no_unit, "lag=2 has no unit; write lag=2s");
    }

    #[test]
    fn rates_are_of_rows_or_bytes() {
        assert_eq!(Rate::parse("50000rows/s"), Ok(Rate::Rows(50_000)));
        assert_eq!(Rate::parse("20M/s"), Ok(Rate::Bytes(20 << 20)));
        assert_eq!(Rate::parse("500 /s"), Ok(Rate::Bytes(500)));
        for wrong in ["", "20M", "0/s", "rows/s", "M/s", "5x/s", "99999999999G/s"] {
            assert!(Rate::parse(wrong).is_err(), "{wrong}");
        }
    }
}
