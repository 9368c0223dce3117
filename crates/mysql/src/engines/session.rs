//! The first statement of every connection, by engine.
//!
//! Times are UTC, text is utf8mb4, a value that does not fit is an error. Without
//! NO_AUTO_VALUE_ON_ZERO, id 0 would be stored as 1, without a warning. NO_ZERO_DATE and
//! NO_ZERO_IN_DATE make impossible dates an error on every server. The checks are on. Code that
//! must switch a check off does so for its own connection.
//!
//! A server may be configured to close connections that are idle for seconds, or slow, and to end
//! long statements. The sessions of a run wait for each other and for the disk, so they set at
//! least the time limits that MySQL has by default; every account may do so. For the same reason,
//! they set the limits of results and of sorting. They also set the isolation level, because READ
//! COMMITTED fails on a server that logs statements instead of rows.
//!
//! A table may be locked by others for hours. By default, MySQL waits for a year without a word; a
//! session of a run waits for a minute, reports that, and tries again.
//!
//! Nothing reads the user variable `@reviewseed_session`. Proxies that give the connection of an
//! idle client to another one (MySQL Router, ProxySQL) do not do so after a client has set a user
//! variable. So a session keeps its number, its settings and its locks.

/// The statement for one engine. `$collation` is a collation that it has, `$more` sets variables
/// that only this engine has.
macro_rules! session {
    ($collation:literal, $more:literal) => {
        concat!(
            "SET NAMES utf8mb4 COLLATE ",
            $collation,
            ", time_zone = '+00:00', sql_mode = \
             'STRICT_ALL_TABLES,NO_AUTO_VALUE_ON_ZERO,NO_ENGINE_SUBSTITUTION,\
             ERROR_FOR_DIVISION_BY_ZERO,NO_ZERO_DATE,NO_ZERO_IN_DATE', \
             autocommit = 1, foreign_key_checks = 1, unique_checks = 1, sql_auto_is_null = 0, \
             sql_safe_updates = 0, wait_timeout = 28800, net_read_timeout = 600, \
             net_write_timeout = 600, sql_select_limit = 9223372036854775807, sql_big_selects = 1, \
             completion_type = 0, max_sort_length = 1024, @reviewseed_session = 1",
            $more
        )
    };
}

/// For MySQL and MariaDB.
pub const SESSION: &str = session!(
    "utf8mb4_unicode_520_ci",
    " /*!80000 , max_execution_time = 0, transaction_read_only = 0, \
     transaction_isolation = 'REPEATABLE-READ', lock_wait_timeout = 60 */ \
     /*M! , max_statement_time = 0, tx_read_only = 0, tx_isolation = 'REPEATABLE-READ', \
     lock_wait_timeout = 60 */"
);

/// OceanBase ends statements after ten seconds and transactions after a day, unless a session says
/// otherwise. The longest time that it accepts is 102 years; the numbers are microseconds.
pub(super) const OCEANBASE: &str = session!(
    "utf8mb4_general_ci",
    ", max_execution_time = 0, transaction_read_only = 0, \
     transaction_isolation = 'REPEATABLE-READ', ob_query_timeout = 3216672000000000, \
     ob_trx_timeout = 3216672000000000, ob_trx_idle_timeout = 3216672000000000"
);

/// TiDB has `utf8mb4_unicode_ci`, but not `utf8mb4_unicode_520_ci`.
pub(super) const TIDB: &str = session!(
    "utf8mb4_unicode_ci",
    ", max_execution_time = 0, transaction_read_only = 0, \
     transaction_isolation = 'REPEATABLE-READ'"
);
