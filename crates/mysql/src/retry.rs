//! Which errors are worth a retry, and how long to wait before it.

use std::time::Duration;

use crate::db::DatabaseUrl;
use crate::error::{Error, ServerError};
use crate::server_error::*;

/// Attempts at one batch before the run fails, about 10 s in all.
const ATTEMPTS: u32 = 8;

/// Attempts at one batch in a cluster, about 90 s. A cluster may take half a minute to notice that
/// a member is lost and to elect another primary.
const ATTEMPTS_IN_CLUSTER: u32 = 24;

/// Attempts before the run fails.
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

/// The kind of server that rows are loaded into. Some errors have another meaning in a cluster, and
/// some are worth a retry only there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Topology {
    /// A server that is not in a cluster, as far as it reports.
    Single,
    /// A member of a cluster, or one of several hosts.
    Cluster,
}

/// Whether a retry may succeed: after a deadlock, a lock wait that took too long, a lost
/// connection, or a commit that the cluster could not accept at that moment.
pub fn is_transient(error: &Error, url: &DatabaseUrl, topology: Topology) -> bool {
    match error.root() {
        _ if error.is_given_up() => false,
        Error::Server(answer) => passes(answer, url, topology),
        Error::Connection(_) | Error::NoHostTakesRows(_) => true,
        _ => false,
    }
}

/// Whether the server may accept the same statement a moment later.
fn passes(answer: &ServerError, url: &DatabaseUrl, topology: Topology) -> bool {
    match answer.code {
        // the node is not, or no longer, in the cluster; without Galera, the number means "unknown
        // command"
        ER_UNKNOWN_COM_ERROR => answer.is_of_galera(),
        // Group Replication: the group, or this member, did not accept the transaction
        ER_RUN_HOOK_ERROR | ER_TRANSACTION_ROLLBACK_DURING_COMMIT => true,
        // the server is read-only, because it is no longer the primary; the new primary is among
        // the hosts
        ER_OPTION_PREVENTS_STATEMENT | ER_READ_ONLY_MODE | ER_SERVER_OFFLINE_MODE => {
            url.has_several_hosts()
        }
        // a commit that the cluster did not accept; on a single server it is a failure of the
        // storage engine
        ER_ERROR_DURING_COMMIT => topology != Topology::Single,
        code => {
            let of_engine = url.engine().transient;
            is_interruption(code) || PASSING.contains(&code) || of_engine.contains(&code)
        }
    }
}

/// Errors that may not occur again: a conflict with another transaction, no connection left, or a
/// session that was ended.
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

/// Whether the error says that packets could not be read or written.
fn is_interruption(code: u16) -> bool {
    matches!(
        code,
        ER_NET_READ_ERROR
            | ER_NET_READ_INTERRUPTED
            | ER_NET_ERROR_ON_WRITE
            | ER_NET_WRITE_INTERRUPTED
    )
}

/// What an error means, as a text to put before the error; empty if the error explains itself.
pub fn meaning(error: &Error, topology: Topology) -> &'static str {
    error.server().map_or("", |answer| words(answer, topology))
}

fn words(answer: &ServerError, topology: Topology) -> &'static str {
    match (answer.code, topology) {
        (ER_TRANSACTION_ROLLBACK_DURING_COMMIT, _) => {
            "certification conflict, so the group rolled the transaction back: "
        }
        (ER_UNKNOWN_COM_ERROR, _) if answer.is_of_galera() => {
            "the node is not in its cluster now: "
        }
        (ER_RUN_HOOK_ERROR, Topology::Cluster) => "the group did not accept the transaction: ",
        (ER_LOCK_DEADLOCK, Topology::Cluster) => {
            "deadlock, or a conflict with a transaction of another member of the cluster: "
        }
        (ER_LOCK_DEADLOCK, _) => "deadlock: ",
        (ER_LOCK_WAIT_TIMEOUT, _) => {
            "another session holds a lock that this one needs (SHOW PROCESSLIST may find it): "
        }
        (ER_OPTION_PREVENTS_STATEMENT | ER_READ_ONLY_MODE | ER_SERVER_OFFLINE_MODE, _) => {
            match topology {
                Topology::Cluster => {
                    "the server has become read-only; another member may be the primary now: "
                }
                Topology::Single => "the server has become read-only: ",
            }
        }
        (ER_ERROR_DURING_COMMIT, Topology::Cluster) => {
            "the commit failed, because of a conflict with another member of the cluster or because a member was lost: "
        }
        (ER_ERROR_DURING_COMMIT, _) => "the commit failed: ",
        (ER_CLIENT_INTERACTION_TIMEOUT, _) => "the server closed a connection that was idle: ",
        (code, _) if is_interruption(code) => "the connection was interrupted: ",
        _ => "",
    }
}

/// What to do about an error that is left after all retries.
pub fn what_next(error: Option<&Error>) -> &'static str {
    match error.and_then(Error::code) {
        Some(ER_RECORD_FILE_FULL | ER_DISK_FULL | EE_WRITE | ER_ERROR_ON_WRITE) => {
            "the server's disk is full: free some space and run the same command again; rows already loaded are kept"
        }
        Some(ER_TRANS_CACHE_FULL) => {
            "a batch needs more than max_binlog_cache_size in the server's binary log: raise that variable and run the same command again, which keeps the rows already loaded, or load into empty tables with a smaller --batch-size"
        }
        Some(ER_OPTION_PREVENTS_STATEMENT | ER_READ_ONLY_MODE) => {
            "the server has become read-only: run the same command again when it accepts rows; rows already loaded are kept"
        }
        Some(ER_NO_SUCH_TABLE) => {
            "another program has dropped a table: run the same command again, which creates it and loads its rows, or says what else to do"
        }
        Some(ER_LOCK_WAIT_TIMEOUT) => {
            "end the session that holds the lock, or wait until it ends, and run the same command again to resume; rows already loaded are kept"
        }
        Some(ER_NET_PACKET_TOO_LARGE) => {
            "the server accepts no packet of that length: raise max_allowed_packet on it and run the same command again; rows already loaded are kept"
        }
        Some(ER_RUN_HOOK_ERROR) => {
            "run the same command again, which keeps the rows already loaded; if the transaction \
             is larger than group_replication_transaction_size_limit, raise that variable before, \
             or load into empty tables with a smaller --batch-size"
        }
        Some(
            ER_TABLEACCESS_DENIED_ERROR
            | ER_DBACCESS_DENIED_ERROR
            | ER_SPECIFIC_ACCESS_DENIED_ERROR,
        ) => {
            "this account lacks a privilege: have it granted and run the same command again; rows already loaded are kept"
        }
        _ => "run the same command again to resume; rows already loaded are kept",
    }
}

/// Whether the connection cannot be used after the error.
pub fn breaks_connection(error: &Error) -> bool {
    !matches!(error.code(), Some(ER_LOCK_DEADLOCK | ER_LOCK_WAIT_TIMEOUT))
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
