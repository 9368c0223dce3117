//! Which errors pass by themselves, and how long to wait for that.

use std::time::Duration;

/// Attempts at one batch before the run gives up.
pub const ATTEMPTS: u32 = 8;

/// Time to wait before attempt number `attempt` (from 1), growing from 50 ms to 5 s.
pub fn delay(attempt: u32) -> Duration {
    Duration::from_millis((50u64 << attempt.min(10)).min(5_000))
}

/// Whether an error is a deadlock, a lock wait that took too long, or a lost connection.
pub fn is_transient(error: &anyhow::Error) -> bool {
    match crate::db::server_error_code(error) {
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
}

/// Whether the connection is of no more use after the error.
pub fn breaks_connection(error: &anyhow::Error) -> bool {
    !matches!(crate::db::server_error_code(error), Some(1213 | 1205))
}
