//! Which errors pass by themselves, and how long to wait for that.

use std::error::Error as StdError;
use std::time::Duration;

use crate::db::DatabaseUrl;
use crate::error::{Error, ServerError, in_chain};
use crate::server_error::*;

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
pub enum Topology {
    /// A server without others, as far as can be seen.
    Single,
    /// A member of a cluster, or one of several hosts.
    Cluster,
}

/// Whether an error is a deadlock, a lock wait that took too long, a lost connection, or a cluster
/// that cannot commit it now.
pub fn is_transient(
    error: &impl AsRef<dyn StdError + 'static>,
    url: &DatabaseUrl,
    topology: Topology,
) -> bool {
    let passes = |error: &Error| match error.root() {
        Error::Server(answer) => passes(answer, url, topology),
        Error::Connection(_) | Error::NoHostTakesRows(_) => true,
        _ => false,
    };
    in_chain(error.as_ref(), passes).unwrap_or(false)
}

/// Whether what the server answered may be otherwise in a moment.
fn passes(answer: &ServerError, url: &DatabaseUrl, topology: Topology) -> bool {
    match answer.code {
        // not (or no longer) in the cluster; others say "unknown command" by the same number
        ER_UNKNOWN_COM_ERROR => answer.is_of_galera(),
        // Group Replication: refused by the group, or by this member
        ER_RUN_HOOK_ERROR | ER_TRANSACTION_ROLLBACK_DURING_COMMIT => true,
        // read-only: it was the primary until now, and another is among the hosts
        ER_OPTION_PREVENTS_STATEMENT | ER_READ_ONLY_MODE | ER_SERVER_OFFLINE_MODE => {
            url.has_several_hosts()
        }
        // a commit that the cluster did not let through; on one server it is a failure of the
        // storage engine
        ER_ERROR_DURING_COMMIT => topology != Topology::Single,
        code => is_interruption(code) || PASSING.contains(&code),
    }
}

/// A conflict with another transaction, no connection left, or a session that was ended.
const PASSING: [u16; 10] = [
    ER_LOCK_DEADLOCK,
    ER_LOCK_WAIT_TIMEOUT,
    ER_CON_COUNT_ERROR,
    ER_SERVER_SHUTDOWN,
    CR_SERVER_GONE_ERROR,
    CR_SERVER_LOST,
    ER_QUERY_INTERRUPTED,
    ER_SESSION_WAS_KILLED,
    ER_CONNECTION_KILLED,
    ER_CLIENT_INTERACTION_TIMEOUT,
];

/// Whether packets could not be read or written.
fn is_interruption(code: u16) -> bool {
    matches!(
        code,
        ER_NET_READ_ERROR
            | ER_NET_READ_INTERRUPTED
            | ER_NET_ERROR_ON_WRITE
            | ER_NET_WRITE_INTERRUPTED
    )
}

/// What an error means, for people; nothing where it needs no explanation.
pub fn meaning(error: &impl AsRef<dyn StdError + 'static>, topology: Topology) -> &'static str {
    let meaning = |error: &Error| error.server().map_or("", |answer| words(answer, topology));
    in_chain(error.as_ref(), meaning).unwrap_or("")
}

fn words(answer: &ServerError, topology: Topology) -> &'static str {
    match (answer.code, topology) {
        (ER_TRANSACTION_ROLLBACK_DURING_COMMIT, _) => {
            "certification conflict, the group rolled it back: "
        }
        (ER_UNKNOWN_COM_ERROR, _) if answer.is_of_galera() => {
            "the node is not in its cluster now: "
        }
        (ER_RUN_HOOK_ERROR, Topology::Cluster) => "the group did not take the transaction: ",
        (ER_LOCK_DEADLOCK, Topology::Cluster) => {
            "deadlock, or in a cluster a conflict with another member's transaction: "
        }
        (ER_LOCK_DEADLOCK, _) => "deadlock: ",
        (ER_OPTION_PREVENTS_STATEMENT | ER_READ_ONLY_MODE | ER_SERVER_OFFLINE_MODE, _) => {
            match topology {
                Topology::Cluster => {
                    "the server has become read-only, the primary may have moved: "
                }
                Topology::Single => "the server has become read-only: ",
            }
        }
        (ER_ERROR_DURING_COMMIT, Topology::Cluster) => {
            "the commit did not go through, in a cluster for a conflict with another member or for a lost one: "
        }
        (ER_ERROR_DURING_COMMIT, _) => "the commit did not go through: ",
        (ER_CLIENT_INTERACTION_TIMEOUT, _) => "the server closed a connection that was idle: ",
        (code, _) if is_interruption(code) => "the connection was interrupted: ",
        _ => "",
    }
}

/// What to do about an error that did not pass.
pub fn what_next(error: &impl AsRef<dyn StdError + 'static>) -> &'static str {
    match in_chain(error.as_ref(), Error::code).flatten() {
        Some(
            ER_RECORD_FILE_FULL | ER_DISK_FULL | EE_WRITE | ER_ERROR_ON_WRITE | ER_TRANS_CACHE_FULL,
        ) => {
            "the server has no room left: make some on its disk, then run the same command again, what is in stays"
        }
        Some(ER_OPTION_PREVENTS_STATEMENT | ER_READ_ONLY_MODE) => {
            "the server has become read-only: run the same command again when it takes rows, what is in stays"
        }
        Some(ER_NET_PACKET_TOO_LARGE) => {
            "the server takes no packet of that length: raise max_allowed_packet on it, then run the same command again, what is in stays"
        }
        Some(ER_RUN_HOOK_ERROR) => {
            "if it is larger than group_replication_transaction_size_limit, name a smaller --batch-size; then run the same command again, what is in stays"
        }
        Some(
            ER_TABLEACCESS_DENIED_ERROR
            | ER_DBACCESS_DENIED_ERROR
            | ER_SPECIFIC_ACCESS_DENIED_ERROR,
        ) => {
            "this account lacks a right: have it granted, then run the same command again, what is in stays"
        }
        _ => "run the same command again to go on, what is in stays",
    }
}

/// Whether the connection is of no more use after the error.
pub fn breaks_connection(error: &impl AsRef<dyn StdError + 'static>) -> bool {
    !matches!(
        in_chain(error.as_ref(), Error::code).flatten(),
        Some(ER_LOCK_DEADLOCK | ER_LOCK_WAIT_TIMEOUT)
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn server_error(code: u16, message: &str) -> Error {
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
        let galera = server_error(
            ER_UNKNOWN_COM_ERROR,
            "WSREP has not yet prepared node for application use",
        );
        assert!(is_transient(&galera, &url, Topology::Cluster));
        assert!(meaning(&galera, Topology::Cluster).contains("not in its cluster"));
        for text in [
            "Unknown command",
            "Unsupported 'LOAD DATA LOCAL INFILE' command",
        ] {
            let other = server_error(ER_UNKNOWN_COM_ERROR, text);
            for topology in [Topology::Single, Topology::Cluster] {
                assert!(!is_transient(&other, &url, topology));
                assert_eq!(meaning(&other, topology), "");
            }
        }
    }

    #[test]
    fn errors_of_clusters_are_explained_so_in_clusters_only() {
        let cluster_words = ["cluster", "group", "primary", "member"];
        for code in [
            ER_UNKNOWN_COM_ERROR,
            ER_LOCK_DEADLOCK,
            ER_OPTION_PREVENTS_STATEMENT,
            ER_READ_ONLY_MODE,
            ER_SERVER_OFFLINE_MODE,
            ER_RUN_HOOK_ERROR,
            ER_NET_READ_ERROR,
            ER_NET_READ_INTERRUPTED,
            ER_NET_ERROR_ON_WRITE,
            ER_NET_WRITE_INTERRUPTED,
            ER_ERROR_DURING_COMMIT,
        ] {
            let words = meaning(&server_error(code, "whatever"), Topology::Single);
            for word in cluster_words {
                assert!(!words.contains(word), "{code}: {words}");
            }
        }
        let conflict = server_error(ER_ERROR_DURING_COMMIT, "Got error 149 during COMMIT");
        let url = DatabaseUrl::parse("mysql://app@db/shop").unwrap();
        assert!(is_transient(&conflict, &url, Topology::Cluster));
        assert!(!is_transient(&conflict, &url, Topology::Single));
    }
}
