//! The first step of a physical import: the server exports the file of an empty table. Rows are
//! then written to this file.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::db::MySqlConnection;
use crate::error::{Context, Error, Result, fail};
use sqlx::{AssertSqlSafe, Executor, Row};

use super::fitness::Fit;
use innodb_file::build::Layout;
use innodb_file::template::Template;
use model::flavour::Flavour;
use mysql_schema::quote::{quote_identifier, quote_literal};

/// A table that is ready for its file.
#[derive(Debug, Clone)]
pub struct Prepared {
    /// The rows and indexes in the file.
    pub layout: Arc<Layout>,
    /// The empty table's file.
    pub template: Template,
    /// Where the server keeps the table.
    pub folder: PathBuf,
    /// Family of the server.
    pub(super) flavour: Flavour,
    /// The .cfg file that the server exports with the table's file, and reads when it imports.
    pub(super) description: Vec<u8>,
}

/// Exports the file of an empty table that was just created, and finds its B-trees.
///
/// # Errors
///
/// When the table is not of the expected kind, or its file cannot be exported.
pub async fn prepare(
    connection: &mut MySqlConnection,
    flavour: Flavour,
    database: &str,
    folder: &Path,
    fit: &Fit,
) -> Result<Prepared> {
    let table = &fit.layout.table;
    must_be_plain(connection, database, table).await?;
    let (file, description) = export(connection, folder, table).await?;
    let template = Template::read(flavour, file, fit.layout.indexes.len() + 1);
    let template = template.map_err(Error::other)?;
    let names = names_of_roots(connection, flavour, database, table, &template).await?;
    Ok(Prepared {
        layout: Arc::new(in_order_of(&names, &fit.layout)?),
        template,
        folder: folder.to_owned(),
        flavour,
        description,
    })
}

/// Checks that a table is one whose file this program can write.
async fn must_be_plain(
    connection: &mut MySqlConnection,
    database: &str,
    table: &str,
) -> Result<()> {
    let described = format!(
        "SELECT CAST(t.row_format AS CHAR), CAST(t.engine AS CHAR), CAST(t.create_options AS CHAR), (SELECT COUNT(*) FROM information_schema.triggers \
         WHERE event_object_schema = t.table_schema AND event_object_table = t.table_name) \
         FROM information_schema.tables AS t WHERE t.table_type = 'BASE TABLE' AND t.table_schema = {} AND t.table_name = {}",
        quote_literal(database),
        quote_literal(table)
    );
    let row = connection
        .fetch_optional(AssertSqlSafe(described))
        .await
        .context("cannot read how the table was created")?
        .context("the table is not an ordinary one: it is a view, or WITH SYSTEM VERSIONING")?;
    let format: String = row.try_get_unchecked(0)?;
    let engine: String = row.try_get_unchecked(1)?;
    let options: String = row.try_get_unchecked(2)?;
    if format != "Dynamic" || engine != "InnoDB" || row.try_get_unchecked::<i64, _>(3)? != 0 {
        fail!(
            Unfit,
            "the table has triggers, or is not an InnoDB table with the row format DYNAMIC ({engine}, \
             {format})"
        );
    }
    let options = options.to_lowercase();
    let other = ["partitioned", "encrypt", "compress"];
    if other.iter().any(|other| options.contains(other)) {
        fail!(
            Unfit,
            "the table was created with {options}, which is not supported"
        );
    }
    Ok(())
}

/// The file of the empty table, and the description that the server exports with it.
async fn export(
    connection: &mut MySqlConnection,
    folder: &Path,
    table: &str,
) -> Result<(Vec<u8>, Vec<u8>)> {
    let quoted = quote_identifier(table);
    connection
        .execute("SET SESSION foreign_key_checks = 0")
        .await?;
    // dropped indexes have left their pages in the file, and TRUNCATE removes these pages
    connection
        .execute(AssertSqlSafe(format!("TRUNCATE TABLE {quoted}")))
        .await?;
    connection
        .execute(AssertSqlSafe(format!("FLUSH TABLES {quoted} FOR EXPORT")))
        .await?;
    let read = |ending: &str| {
        let path = folder.join(format!("{table}.{ending}"));
        std::fs::read(&path).with_context(|| format!("cannot read '{}'", path.display()))
    };
    let (file, description) = (read("ibd"), read("cfg"));
    connection.execute("UNLOCK TABLES").await?;
    Ok((file?, description?))
}

/// The layout with its indexes in the order of the trees of the file.
fn in_order_of(names: &[String], layout: &Layout) -> Result<Layout> {
    let Some((_, others)) = names.split_first().filter(|(first, _)| *first == "PRIMARY") else {
        fail!(
            Unfit,
            "the first B-tree of the table's file is not that of the primary key"
        );
    };
    let mut ordered = layout.clone();
    ordered.indexes.clear();
    for name in others {
        let found = layout.indexes.iter().find(|(of, _)| of == name);
        let found = found.with_context(|| {
            format!("the table's file has an index {name} that is not expected")
        })?;
        ordered.indexes.push(found.clone());
    }
    Ok(ordered)
}

/// The names of the indexes whose roots are in the template. InnoDB's catalogue has the pages, ids
/// and tablespaces of all indexes.
async fn names_of_roots(
    connection: &mut MySqlConnection,
    flavour: Flavour,
    database: &str,
    table: &str,
    template: &Template,
) -> Result<Vec<String>> {
    let prefix = match flavour {
        Flavour::MySql => "INNODB_",
        Flavour::MariaDb => "INNODB_SYS_",
    };
    let sql = format!(
        "SELECT CAST(i.NAME AS CHAR), CAST(i.PAGE_NO AS UNSIGNED), CAST(i.INDEX_ID AS UNSIGNED), CAST(i.SPACE AS UNSIGNED) \
         FROM information_schema.{prefix}INDEXES AS i JOIN information_schema.{prefix}TABLES AS t ON t.TABLE_ID = i.TABLE_ID WHERE t.NAME = {}",
        quote_literal(&format!("{database}/{table}"))
    );
    let rows = connection
        .fetch_all(AssertSqlSafe(sql))
        .await
        .context("cannot read which indexes InnoDB has (that needs the privilege PROCESS)")?;
    let mut names = Vec::new();
    for root in &template.roots {
        let mut name = None;
        for row in &rows {
            let number = |at: usize| row.try_get_unchecked::<u64, _>(at);
            if number(1)? == u64::from(root.page)
                && number(2)? == root.index
                && number(3)? == u64::from(template.stamp.space)
            {
                name = Some(row.try_get_unchecked::<String, _>(0)?);
            }
        }
        names.push(name.context("the table's file is not the one that the server uses")?);
    }
    if rows.len() != names.len() {
        fail!(Unfit, "the table's file lacks an index");
    }
    Ok(names)
}

impl Prepared {
    /// This table with another transaction id for the rows of its file ([`Template::transaction`]).
    pub fn with_transaction(self, transaction: u64) -> Prepared {
        Prepared {
            template: self.template.with_transaction(transaction),
            ..self
        }
    }

    /// The file of the table that the server opens.
    pub fn live_file(&self) -> PathBuf {
        self.folder.join(format!("{}.ibd", self.layout.table))
    }
}
