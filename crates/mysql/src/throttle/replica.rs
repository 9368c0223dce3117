//! How far a replica lags, and whether its replication runs at all.

use sqlx::mysql::MySqlRow;
use sqlx::{Executor, Row};

use super::is_unknown;
use crate::db::{DatabaseUrl, MySqlConnection};
use crate::error::{Context, Result, fail};

/// The beginning of the names of the channels that the members of a group use among themselves.
/// One of them only runs while a member joins.
const OF_GROUP: &str = "group_replication_";

/// The state of the replication on a replica.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum State {
    /// It lags by this number of seconds.
    Lags(u64),
    /// A thread is stopped, or has no connection to the source. In words, with the error of the
    /// thread.
    Stopped(String),
}

/// What a replica says about one source.
#[derive(Debug, Clone, Default)]
struct Channel {
    name: String,
    /// `Yes` if the thread that receives changes is connected to the source.
    receiver: String,
    /// `Yes` if the thread that applies changes runs.
    applier: String,
    error_of_receiver: String,
    error_of_applier: String,
    /// Seconds by which the applied changes lag behind the received ones.
    seconds: Option<u64>,
}

impl Channel {
    fn of(row: &MySqlRow) -> Channel {
        // MariaDB and older versions of MySQL have other names
        let text = |names: &[&str]| -> String {
            let value = |name: &&str| row.try_get_unchecked::<Option<String>, _>(*name).ok();
            names.iter().find_map(value).flatten().unwrap_or_default()
        };
        let seconds = text(&["Seconds_Behind_Source", "Seconds_Behind_Master"]);
        Channel {
            name: text(&["Channel_Name"]),
            receiver: text(&["Replica_IO_Running", "Slave_IO_Running"]),
            applier: text(&["Replica_SQL_Running", "Slave_SQL_Running"]),
            error_of_receiver: text(&["Last_IO_Error"]),
            error_of_applier: text(&["Last_SQL_Error"]),
            seconds: seconds.parse().ok(),
        }
    }

    fn state(&self) -> State {
        let with = |what: &str, error: &str| {
            State::Stopped(match error.trim() {
                "" => what.to_owned(),
                error => format!("{what}: {error}"),
            })
        };
        match (self.receiver.as_str(), self.applier.as_str()) {
            ("Yes", "Yes") => match self.seconds {
                Some(seconds) => State::Lags(seconds),
                None => with("its lag is unknown", ""),
            },
            ("No", "No") => with("its threads are stopped", &self.error_of_applier),
            (_, "No") => with("its SQL thread is stopped", &self.error_of_applier),
            ("Connecting" | "Preparing", _) => with(
                "it has no connection to its source",
                &self.error_of_receiver,
            ),
            _ => with("its I/O thread is stopped", &self.error_of_receiver),
        }
    }
}

/// The state of a replica with several sources: the worst of its channels.
fn of_channels(channels: &[Channel]) -> State {
    let mut most = 0;
    for channel in channels.iter().filter(|of| !of.name.starts_with(OF_GROUP)) {
        match channel.state() {
            State::Lags(seconds) => most = most.max(seconds),
            stopped => return stopped,
        }
    }
    State::Lags(most)
}

/// Asks a replica for its state.
///
/// # Errors
///
/// When the account may not ask, or the server is not a replica.
pub(super) async fn state(connection: &mut MySqlConnection, url: &DatabaseUrl) -> Result<State> {
    let rows = match connection.fetch_all("SHOW REPLICA STATUS").await {
        Err(error) if is_unknown(&error) => connection.fetch_all("SHOW SLAVE STATUS").await,
        rows => rows,
    };
    let rows = rows.with_context(|| {
        format!(
            "cannot read how far {url} lags; the account needs the privilege REPLICATION CLIENT \
             (MariaDB: REPLICA MONITOR)"
        )
    })?;
    if rows.is_empty() {
        fail!(
            Unfit,
            "{url} is not a replica, so it has no lag; name a replica with --replica"
        );
    }
    let channels: Vec<Channel> = rows.iter().map(Channel::of).collect();
    Ok(of_channels(&channels))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn channel(receiver: &str, applier: &str, seconds: Option<u64>) -> Channel {
        Channel {
            receiver: receiver.to_owned(),
            applier: applier.to_owned(),
            seconds,
            ..Channel::default()
        }
    }

    fn stopped(words: &str) -> State {
        State::Stopped(words.to_owned())
    }

    #[test]
    fn a_replica_with_a_thread_that_does_not_run_is_stopped_whatever_its_lag() {
        for (receiver, applier, seconds, words) in [
            ("Yes", "No", None, "its SQL thread is stopped"),
            ("No", "No", None, "its threads are stopped"),
            // the last received changes are still applied, but no newer ones arrive
            ("No", "Yes", Some(0), "its I/O thread is stopped"),
            (
                "Connecting",
                "Yes",
                Some(1),
                "it has no connection to its source",
            ),
            ("Yes", "Yes", None, "its lag is unknown"),
        ] {
            let found = channel(receiver, applier, seconds).state();
            assert_eq!(found, stopped(words), "{receiver} {applier}");
        }
        let mut broken = channel("Yes", "No", None);
        broken.error_of_applier = "Could not execute Write_rows event".to_owned();
        assert_eq!(
            broken.state(),
            stopped("its SQL thread is stopped: Could not execute Write_rows event")
        );
    }

    #[test]
    fn of_several_sources_the_worst_counts_and_a_group_does_not() {
        let lags = |seconds| channel("Yes", "Yes", Some(seconds));
        assert_eq!(of_channels(&[lags(2), lags(7), lags(0)]), State::Lags(7));
        let both = [lags(7), channel("No", "Yes", Some(0))];
        assert_eq!(of_channels(&both), stopped("its I/O thread is stopped"));
        let mut recovery = channel("No", "No", None);
        recovery.name = "group_replication_recovery".to_owned();
        assert_eq!(of_channels(&[lags(3), recovery]), State::Lags(3));
    }
}
