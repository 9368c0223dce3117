//! Makes reads on one member of a cluster see what other members have committed.

use crate::db::MySqlConnection;
use sqlx::Executor;

/// Makes the reads of this session wait until the member has applied everything that was committed
/// before. Servers outside of a cluster lack the variables for this and need no such wait, so
/// errors are ignored.
pub async fn catch_up(connection: &mut MySqlConnection) {
    for statement in [
        "SET SESSION group_replication_consistency = 'BEFORE'",
        "SET SESSION wsrep_sync_wait = 1",
    ] {
        let _ = connection.execute(statement).await;
    }
}
