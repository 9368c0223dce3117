//! `verify --members`: checks that every member of the cluster has caught up and has the same rows
//! as the member that was verified first.

use crate::error::{Context, Result, fail, unfit};
use sqlx::{Executor, Row};

use crate::event::Events;
use crate::machine::cores;
use model::schema::Schema;
use model::wording::chain;
use mysql::db::{self, Database, DatabaseUrl, MySqlConnection};
use mysql::verify::{self, Asking, Depth, Difference, Expected, Watch};

/// Seconds that a member has to apply missing transactions.
const PATIENCE: u32 = 600;

/// The other members of a cluster, and the transactions that each must have applied.
pub(super) struct Members {
    addresses: Vec<String>,
    /// The transactions that each member of Group Replication must have applied, as GTIDs. `None`
    /// with Galera, where a setting of the session makes a member wait for missing transactions.
    position: Option<String>,
}

impl Members {
    /// Asks a member for the addresses of the other members.
    ///
    /// # Errors
    ///
    /// When the server is not a member of a cluster, or does not list its members.
    pub(super) async fn read(
        connection: &mut MySqlConnection,
        url: &DatabaseUrl,
    ) -> Result<Members> {
        let group = connection
            .fetch_all(
                "SELECT CONCAT(MEMBER_HOST, ':', MEMBER_PORT) FROM performance_schema.replication_group_members \
                 WHERE MEMBER_PORT > 0 ORDER BY 1",
            )
            .await;
        // MariaDB does not have this table, so an error means that there is no group
        let group = group.unwrap_or_default();
        let addresses: Vec<String> = group
            .iter()
            .map(|row| row.try_get_unchecked(0))
            .collect::<Result<_, _>>()?;
        if !addresses.is_empty() {
            let row = connection
                .fetch_one("SELECT @@GLOBAL.gtid_executed")
                .await?;
            return Ok(Members {
                addresses,
                position: Some(row.try_get_unchecked::<String, _>(0)?.replace('\n', "")),
            });
        }
        let nodes = connection
            .fetch_optional("SHOW GLOBAL STATUS LIKE 'wsrep_incoming_addresses'")
            .await?;
        let nodes: String = match nodes {
            Some(row) => row.try_get_unchecked(1)?,
            None => String::new(),
        };
        if nodes.is_empty() {
            fail!("{url} is not a member of Group Replication or Galera; leave --members out");
        }
        Ok(Members {
            addresses: nodes.split(',').map(str::to_owned).collect(),
            position: None,
        })
    }

    /// The differences of all members. The address of the member precedes the name of the table.
    pub(super) async fn compare(
        &self,
        url: &DatabaseUrl,
        schema: &Schema,
        expected: &[Expected],
        events: &Events,
    ) -> Result<Vec<Difference>> {
        let mut differences = Vec::new();
        for address in &self.addresses {
            let member = url.at_member(address)?;
            let compared = async {
                self.wait_for(&member).await?;
                let asking = Asking {
                    connections: cores().min(4),
                    watch: &Watch::default(),
                };
                let database = Database::new(member.clone());
                let found =
                    verify::verify(&database, schema, expected, Depth::Full, asking).await?;
                Ok::<_, crate::Error>(found)
            };
            match compared.await {
                Ok(found) if found.is_empty() => {
                    events.info(&format!(
                        "verify: member {address} holds the same rows as the database"
                    ));
                }
                Ok(found) => differences.extend(found.into_iter().map(|d| Difference {
                    table: format!("member {address}: {}", d.table),
                    what: d.what,
                })),
                Err(error) => differences.push(Difference {
                    table: format!("member {address}"),
                    what: chain(&error),
                }),
            }
        }
        Ok(differences)
    }

    async fn wait_for(&self, member: &DatabaseUrl) -> Result<()> {
        let mut connection = db::connect(member).await?;
        match &self.position {
            Some(position) => {
                let late: Option<i64> =
                    sqlx::query_scalar("SELECT CAST(WAIT_FOR_EXECUTED_GTID_SET(?, ?) AS SIGNED)")
                        .bind(position)
                        .bind(PATIENCE)
                        .fetch_one(&mut connection)
                        .await
                        .context("cannot wait until the member has applied all transactions")?;
                if late != Some(0) {
                    return Err(unfit!(
                        "the member has not applied all transactions of the group within {PATIENCE} s; \
                         run verify again when it has applied them"
                    ));
                }
            }
            None => {
                connection
                    .execute("SET SESSION wsrep_sync_wait = 1")
                    .await?;
                connection
                    .execute("SELECT 1")
                    .await
                    .context("cannot wait until the member has applied all transactions")?;
            }
        }
        db::close(connection).await;
        Ok(())
    }
}
