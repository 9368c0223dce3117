//! Which errors pass by themselves, and how long to wait for that.

use std::time::Duration;

use crate::db::{DatabaseUrl, NoHostTakesRows};

/// Attempts at one batch before the run gives up, about 10 s in all.
const ATTEMPTS: u32 = 8;

/// The same in a cluster, which may take half a minute to miss a member and to choose another primary: about 90 s.
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

/// Whether an error is a deadlock, a lock wait that took too long, a lost connection, or a cluster that cannot commit it now.
pub fn is_transient(error: &anyhow::Error, url: &DatabaseUrl) -> bool {
    match crate::db::server_error_code(error) {
        // Galera: not (or no longer) in the cluster; Group Replication: refused by the group, or by this member
        Some(1047 | 3100 | 3101) => true,
        // read-only: it was the primary until now, and another is among the hosts
        Some(1290 | 1836 | 3032) => url.has_several_hosts(),
        // a commit that the cluster did not let through
        Some(1180) => true,
        // deadlock, lock wait timeout, too many connections, shutdown in progress, gone away, lost, killed
        Some(code) => matches!(
            code,
            1213 | 1205 | 1040 | 1053 | 2006 | 2013 | 1317 | 3169 | 1927
        ),
        None => error.chain().any(is_connection_loss),
    }
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

/// What an error of a cluster means, for people; nothing where it needs no explanation.
pub fn meaning(error: &anyhow::Error) -> &'static str {
    match crate::db::server_error_code(error) {
        Some(3101) => "certification conflict, the group rolled it back: ",
        Some(3100) => "the group did not take the transaction: ",
        Some(1213) => "deadlock, or in a cluster a conflict with another member's transaction: ",
        Some(1047) => "the node is not in its cluster now: ",
        Some(1290 | 1836 | 3032) => "the server has become read-only, the primary may have moved: ",
        Some(1180) => {
            "the commit did not go through, in a cluster for a conflict with another member or for a lost one: "
        }
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
