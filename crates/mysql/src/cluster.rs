//! Reads on a member of a cluster that see what other members have committed.

use crate::db::MySqlConnection;
use sqlx::Executor;

/// Makes the reads of this session wait until the member has applied what was committed before. A
/// server outside of a cluster does not know the variables, and needs neither.
pub async fn catch_up(connection: &mut MySqlConnection) {
    for statement in [
        "SET SESSION group_replication_consistency = 'BEFORE'",
        "SET SESSION wsrep_sync_wait = 1",
    ] {
        let _ = connection.execute(statement).await;
    }
}
