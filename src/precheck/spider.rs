//! A coordinator of MariaDB's Spider: the rows of its tables are on other servers, the shards.

use sqlx::{MySqlConnection, Row};

use super::{Check, Facts, Load, Wishes};

const NAME: &str = "spider";

const ENGINE: &str = "SELECT 1 FROM information_schema.ENGINES WHERE ENGINE = 'SPIDER' AND SUPPORT IN ('YES', 'DEFAULT')";
const SHARDS: &str = "SELECT CONCAT(Host, ':', Port) FROM mysql.servers ORDER BY Server_name";
const TABLES: &str =
    "SELECT 1 FROM information_schema.TABLES WHERE TABLE_SCHEMA = DATABASE() AND ENGINE = 'SPIDER'";

/// What is known of a coordinator.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Coordinator {
    /// `host:port` of the servers that it knows; none where this account may not ask.
    pub shards: Vec<String>,
    /// Whether tables of the database are on them.
    pub has_tables: bool,
}

/// None where the engine is not loaded.
pub(super) async fn read(connection: &mut MySqlConnection) -> Option<Coordinator> {
    let mut ask = async |sql: &'static str| {
        let rows = sqlx::raw_sql(sql).fetch_all(&mut *connection).await;
        rows.unwrap_or_default()
    };
    if ask(ENGINE).await.is_empty() {
        return None;
    }
    let shards = ask(SHARDS).await;
    Some(Coordinator {
        shards: shards
            .iter()
            .filter_map(|row| row.try_get_unchecked(0).ok())
            .collect(),
        has_tables: !ask(TABLES).await.is_empty(),
    })
}

/// What follows from being one; nothing elsewhere.
pub(super) fn judge(facts: &Facts, wishes: &Wishes) -> Option<Check> {
    let coordinator = facts.spider.as_ref()?;
    let url = &facts.url;
    let shards = match coordinator.shards.as_slice() {
        [] => "other servers, which this account may not read (mysql.servers)".to_owned(),
        shards => shards.join(", "),
    };
    if wishes.replace && coordinator.has_tables {
        return Some(Check::fail(
            NAME,
            format!(
                "{url} is a Spider coordinator, and --replace would load into other tables of the coordinator that are the same tables on {shards}; \
                 empty them there, and seed"
            ),
        ));
    }
    if !facts.is_on("spider_internal_xa") {
        return Some(Check::warn(
            NAME,
            format!(
                "{url} is a Spider coordinator for {shards} with spider_internal_xa=OFF: when it or a shard is lost in mid-commit, a part of a batch may stay \
                 that the ledger does not know; SET GLOBAL spider_internal_xa = ON there (each shard needs a host of its own)"
            ),
        ));
    }
    let way = match wishes.load {
        Load::LocalInfile => {
            "by LOAD DATA as asked, which it hands on row by row: INSERT is quicker"
        }
        Load::Auto | Load::Insert => "by INSERT, for it hands LOAD DATA on row by row",
    };
    Some(Check::pass(
        NAME,
        format!(
            "coordinator; rows go to {shards} {way}; their indexes are built there, by reindex"
        ),
    ))
}
