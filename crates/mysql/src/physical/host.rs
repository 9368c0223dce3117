//! Reads from a server the facts that decide about physical import. Checks that the folder that
//! this process sees is the server's data folder.
//!
//! The path alone is not enough: the server may run in a container or on another machine, and
//! another server on this machine may have a table with the same name. FLUSH TABLES … FOR EXPORT
//! makes the server write a file next to the file of the table, and UNLOCK TABLES removes it. A
//! process that sees both happen sees the server's own folder.

use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use crate::error::{Context, Error, Result, fail};
use sqlx::{AssertSqlSafe, Executor, Row};

use super::fitness::{Facts, is_plain_name};
use super::recover::{FILES, IMPORTS};
use crate::db::{MySqlConnection, ServerInfo, session_list};
use crate::ledger;
use model::flavour::Flavour;
use mysql_schema::quote::quote_identifier;

/// The table of the ledger that is exported to check the folder.
const WITNESS: &str = IMPORTS;

/// Reads the facts that decide whether the server is fit.
///
/// # Errors
///
/// When something cannot be read. Tables cannot be imported then.
pub async fn facts(connection: &mut MySqlConnection, server: &ServerInfo) -> Result<Facts> {
    let row = connection
        .fetch_one(
            "SELECT CAST(@@innodb_page_size AS UNSIGNED), CAST(@@innodb_file_per_table AS UNSIGNED), \
             CAST(@@lower_case_table_names AS UNSIGNED), CAST(@@log_bin AS UNSIGNED), @@datadir",
        )
        .await
        .context("cannot read the server's variables")?;
    let number = |at: usize| row.try_get_unchecked::<u64, _>(at);
    let folder = PathBuf::from(row.try_get_unchecked::<String, _>(4)?);
    let owner = std::fs::metadata(&folder)
        .with_context(|| {
            format!(
                "this process cannot reach the server's data folder '{}'",
                folder.display()
            )
        })?
        .uid();
    let disk = rustix::fs::statvfs(&folder)
        .map_err(std::io::Error::from)
        .context("cannot read how much space is free on the server's disk")?;
    let (replicas, member, temporal_format) = match server.flavour {
        Flavour::MySql => mysql(connection).await?,
        Flavour::MariaDb => mariadb(connection).await?,
    };
    Ok(Facts {
        server: server.clone(),
        page_size: number(0)?,
        file_per_table: number(1)? != 0,
        lower_case_names: number(2)?,
        binary_log: number(3)? != 0,
        replicas,
        member,
        temporal_format,
        owner,
        user: rustix::process::geteuid().as_raw(),
        free_disk: disk.f_bavail * disk.f_frsize,
        folder,
    })
}

type Replication = (u64, Option<&'static str>, bool);

async fn mysql(connection: &mut MySqlConnection) -> Result<Replication> {
    let row = connection
        .fetch_one(
            "SELECT CAST(@@performance_schema AS UNSIGNED), \
             (SELECT COUNT(*) FROM performance_schema.threads WHERE PROCESSLIST_COMMAND LIKE 'Binlog Dump%'), \
             (SELECT COUNT(*) FROM performance_schema.replication_group_members WHERE MEMBER_STATE <> 'OFFLINE'), \
             (SELECT COUNT(*) FROM performance_schema.replication_connection_configuration)",
        )
        .await
        .context("cannot read whether the server has replicas")?;
    let number = |at: usize| row.try_get_unchecked::<u64, _>(at);
    if number(0)? == 0 {
        fail!(
            Unfit,
            "the performance_schema is off, so it is not known whether the server has replicas"
        );
    }
    let member = match (number(2)?, number(3)?) {
        (1.., _) => Some("a member of a replication group"),
        (_, 1..) => Some("a replica"),
        _ => None,
    };
    Ok((number(1)?, member, true))
}

async fn mariadb(connection: &mut MySqlConnection) -> Result<Replication> {
    let row = connection
        .fetch_one(
            "SELECT CAST(@@mysql56_temporal_format AS UNSIGNED), \
             (SELECT COUNT(*) FROM information_schema.GLOBAL_VARIABLES WHERE VARIABLE_NAME = 'wsrep_on' AND VARIABLE_VALUE <> 'OFF')",
        )
        .await
        .context("cannot read whether the server is in a cluster")?;
    let replicas = |list: &str| format!("SELECT ID FROM {list} WHERE COMMAND LIKE 'Binlog Dump%'");
    let replicas = session_list::fetch(connection, replicas)
        .await
        .context("cannot read whether the server has replicas")?;
    let masters = connection
        .fetch_all("SHOW ALL SLAVES STATUS")
        .await
        .context("cannot read whether the server is a replica")?;
    let number = |at: usize| row.try_get_unchecked::<u64, _>(at);
    let member = match number(1)? {
        1.. => Some("a node of a cluster"),
        0 if !masters.is_empty() => Some("a replica"),
        0 => None,
    };
    Ok((replicas.len() as u64, member, number(0)? != 0))
}

/// The folder of a database, after checking that it is the server's.
///
/// # Errors
///
/// When the folder is not the server's, or when that cannot be checked.
pub async fn folder(
    connection: &mut MySqlConnection,
    facts: &Facts,
    database: &str,
) -> Result<PathBuf> {
    if !is_plain_name(database) {
        fail!(
            Unfit,
            "the database name {database} has characters that the server encodes in file names"
        );
    }
    let folder = facts.folder.join(database);
    let witness = folder.join(format!("{WITNESS}.cfg"));
    if facts.server.flavour == Flavour::MySql {
        uuid(connection, &facts.folder).await?;
    }
    let not_ours = || {
        format!(
            "'{}' does not seem to be the server's own folder",
            folder.display()
        )
    };
    if witness.exists() || !folder.is_dir() {
        return Err(Error::Unfit(not_ours()));
    }
    ledger::ensure(connection, &[WITNESS, FILES]).await?;
    let flush = format!("FLUSH TABLES {} FOR EXPORT", quote_identifier(WITNESS));
    connection.execute(AssertSqlSafe(flush)).await.context(
        "cannot export a table's file (FLUSH TABLES … FOR EXPORT needs the privilege RELOAD)",
    )?;
    let seen = witness.exists();
    connection.execute("UNLOCK TABLES").await?;
    if !seen || witness.exists() {
        return Err(Error::Unfit(not_ours()));
    }
    if facts.server.flavour == Flavour::MariaDb {
        // each import needs one; an account without the privilege must fail before the first import
        checkpoint(connection).await?;
    }
    let data = |path: &Path| std::fs::metadata(path).map(|m| (m.dev(), m.uid()));
    if data(&folder)? != data(&facts.folder)? {
        fail!(
            Unfit,
            "'{}' is on another disk than the data folder, or belongs to another user",
            folder.display()
        );
    }
    Ok(folder)
}

/// Makes MariaDB write all changed pages to the disk, and begin its recovery after this point.
///
/// # Errors
///
/// When the account lacks the privilege, or the server is an older version without this setting.
pub(super) async fn checkpoint(connection: &mut MySqlConnection) -> Result<()> {
    connection
        .execute("SET GLOBAL innodb_log_checkpoint_now = ON")
        .await
        .context(
            "cannot make a checkpoint, without which MariaDB loses changes of imported tables in a \
             crash (SET GLOBAL innodb_log_checkpoint_now needs the privilege SUPER)",
        )?;
    Ok(())
}

/// Checks that the folder has the server's id, which MySQL writes into it.
async fn uuid(connection: &mut MySqlConnection, folder: &Path) -> Result<()> {
    let row = connection.fetch_one("SELECT @@server_uuid").await?;
    let uuid: String = row.try_get_unchecked(0)?;
    let file = folder.join("auto.cnf");
    let text = std::fs::read_to_string(&file)
        .with_context(|| format!("cannot read '{}'", file.display()))?;
    if !text
        .lines()
        .any(|line| line.trim() == format!("server-uuid={uuid}"))
    {
        fail!(
            Unfit,
            "'{}' is not the data directory of this server: its auto.cnf has another server_uuid",
            folder.display()
        );
    }
    Ok(())
}
