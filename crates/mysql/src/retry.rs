//! Which errors pass by themselves, and how long to wait for that.

use std::time::Duration;

use crate::db::{DatabaseUrl, NoHostTakesRows};

/// Attempts at one batch before the run gives up, about 10 s in all.
const ATTEMPTS: u32 = 8;

/// The same in a cluster, which may take half a minute to miss a member and to choose another
/// primary: about 90 s.
const ATTEMPTS_IN_CLUSTER: u32 = 24;

/// Attempts before the run gives up.
pub fn attempts(url: &DatabaseUrl) -> u32 {
    match url.has_several_hosts() {
        true => ATTEMPTS_IN_CLUSTER,
        false => ATTEMPTS,
    }
}

/// Time to wait before attempt number `attempt` (from 1), growing from 50 ms to 5 s.
pub fn delay(attempt: u32) -> Duration {
    Duration::from_millis((50u64 << attempt.min(10)).min(5_000))
}

/// Where rows are loaded: some errors mean something else, or pass by themselves, in a cluster
/// only.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// A server without others, as far as can be seen.
    Alone,
    /// A member of a cluster, or one of several hosts.
    Cluster,
}

/// Whether an error is a deadlock, a lock wait that took too long, a lost connection, or a cluster
/// that cannot commit it now.
pub fn is_transient(error: &anyhow::Error, url: &DatabaseUrl, place: Place) -> bool {
    match crate::db::server_error_code(error) {
        // not (or no longer) in the cluster; others say "unknown command" by the same number
        Some(1047) => is_of_galera(error),
        // Group Replication: refused by the group, or by this member
        Some(3100 | 3101) => true,
        // read-only: it was the primary until now, and another is among the hosts
        Some(1290 | 1836 | 3032) => url.has_several_hosts(),
        // the connection was interrupted
        Some(1158..=1161) => true,
        // a commit that the cluster did not let through; on one server it is a failure of the
        // storage engine
        Some(1180) => place != Place::Alone,
        // deadlock, lock wait timeout, too many connections, shutdown in progress, gone away, lost,
        // killed, closed for being idle
        Some(code) => matches!(
            code,
            1213 | 1205 | 1040 | 1053 | 2006 | 2013 | 1317 | 3169 | 1927 | 4031
        ),
        None => error.chain().any(is_connection_loss),
    }
}

/// Whether Galera says it: its messages begin so.
fn is_of_galera(error: &anyhow::Error) -> bool {
    format!("{error:#}").contains("WSREP")
}

fn is_connection_loss(cause: &(dyn std::error::Error + 'static)) -> bool {
    if let Some(sqlx::Error::Io(_)) = cause.downcast_ref() {
        return true;
    }
    if let Some(mysql_async::Error::Io(_)) = cause.downcast_ref() {
        return true;
    }
    cause.downcast_ref::<std::io::Error>().is_some()
        || cause.downcast_ref::<NoHostTakesRows>().is_some()
}

/// What an error means, for people; nothing where it needs no explanation.
pub fn meaning(error: &anyhow::Error, place: Place) -> &'static str {
    let Some(code) = crate::db::server_error_code(error) else {
        return "";
    };
    match (code, place) {
        (3101, _) => "certification conflict, the group rolled it back: ",
        (1047, _) if is_of_galera(error) => "the node is not in its cluster now: ",
        (3100, Place::Cluster) => "the group did not take the transaction: ",
        (1213, Place::Cluster) => {
            "deadlock, or in a cluster a conflict with another member's transaction: "
        }
        (1213, _) => "deadlock: ",
        (1290 | 1836 | 3032, Place::Cluster) => {
            "the server has become read-only, the primary may have moved: "
        }
        (1290 | 1836 | 3032, _) => "the server has become read-only: ",
        (1158..=1161, _) => "the connection was interrupted: ",
        (1180, Place::Cluster) => {
            "the commit did not go through, in a cluster for a conflict with another member or for a lost one: "
        }
        (1180, _) => "the commit did not go through: ",
        (4031, _) => "the server closed a connection that was idle: ",
        _ => "",
    }
}

/// What to do about an error that did not pass.
pub fn what_next(error: &anyhow::Error) -> &'static str {
    match crate::db::server_error_code(error) {
        // table full, disk full, no space for a temporary file, for the binary log's cache
        Some(1114 | 1021 | 3 | 1026 | 1197) => {
            "the server has no room left: make some on its disk, then run the same command again, what is in stays"
        }
        Some(1290 | 1836) => {
            "the server has become read-only: run the same command again when it takes rows, what is in stays"
        }
        Some(1153) => {
            "the server takes no packet of that length: raise max_allowed_packet on it, then run the same command again, what is in stays"
        }
        Some(3100) => {
            "if it is larger than group_replication_transaction_size_limit, name a smaller --batch-size; then run the same command again, what is in stays"
        }
        Some(1142 | 1044 | 1227) => {
            "this account lacks a right: have it granted, then run the same command again, what is in stays"
        }
        _ => "run the same command again to go on, what is in stays",
    }
}

/// Whether the connection is of no more use after the error.
pub fn breaks_connection(error: &anyhow::Error) -> bool {
    !matches!(crate::db::server_error_code(error), Some(1213 | 1205))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn server_error(code: u16, message: &str) -> anyhow::Error {
        mysql_async::Error::Server(mysql_async::ServerError {
            code,
            message: message.to_owned(),
            state: "HY000".to_owned(),
        })
        .into()
    }

    #[test]
    fn an_unknown_command_is_galeras_only_when_galera_says_so() {
        let url = DatabaseUrl::parse("mysql://app@db/shop").unwrap();
        let galera = server_error(1047, "WSREP has not yet prepared node for application use");
        assert!(is_transient(&galera, &url, Place::Cluster));
        assert!(meaning(&galera, Place::Cluster).contains("not in its cluster"));
        for text in [
            "Unknown command",
            "Unsupported 'LOAD DATA LOCAL INFILE' command",
        ] {
            let other = server_error(1047, text);
            for place in [Place::Alone, Place::Cluster] {
                assert!(!is_transient(&other, &url, place));
                assert_eq!(meaning(&other, place), "");
            }
        }
    }

    #[test]
    fn errors_of_clusters_are_explained_so_in_clusters_only() {
        let cluster_words = ["cluster", "group", "primary", "member"];
        for code in [
            1047, 1213, 1290, 1836, 3032, 3100, 1158, 1159, 1160, 1161, 1180,
        ] {
            let words = meaning(&server_error(code, "whatever"), Place::Alone);
            for word in cluster_words {
                assert!(!words.contains(word), "{code}: {words}");
            }
        }
        let conflict = server_error(1180, "Got error 149 during COMMIT");
        let url = DatabaseUrl::parse("mysql://app@db/shop").unwrap();
        assert!(is_transient(&conflict, &url, Place::Cluster));
        assert!(!is_transient(&conflict, &url, Place::Alone));
    }
}
