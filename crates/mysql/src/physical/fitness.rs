//! Decides whether a server and a table are fit for physical import. All functions are pure, and
//! each says why something is not fit.
//!
//! Only what was tested on real servers is fit. Everything else is loaded by SQL.

use std::path::PathBuf;
use std::sync::Arc;

use crate::db::ServerInfo;
use clean::keys::finds_all_duplicates;
use innodb_file::build::Layout;
use innodb_file::column_format::ColumnFormat;
use innodb_file::key::KeyFormat;
use innodb_file::record::RowFormat;
use innodb_file::rows::WIDEST_KEY;
use innodb_file::sort::WIDEST;
use input::Source;
use model::schema::{Column, IndexKind, Table};
use mysql_schema::predicate::Predicate;

/// Number of bytes of disk that a table's file and its sorting need, per byte of input.
const DISK_PER_INPUT: u64 = 4;

/// Size of the input in bytes from which a physical import with its full verification is faster
/// than an SQL load.
const LEAST_INPUT: u64 = 64 << 20;

/// The facts that decide whether a server is fit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Facts {
    /// Family and version.
    pub server: ServerInfo,
    /// `innodb_page_size`.
    pub page_size: u64,
    /// `innodb_file_per_table`.
    pub file_per_table: bool,
    /// `lower_case_table_names`.
    pub lower_case_names: u64,
    /// Whether the binary log is on; a session may skip it.
    pub binary_log: bool,
    /// Number of connected replicas.
    pub replicas: u64,
    /// The role of the server, in words, if it is a replica or a member of a group or cluster.
    pub member: Option<&'static str>,
    /// `mysql56_temporal_format` (MariaDB); true elsewhere.
    pub temporal_format: bool,
    /// The data folder.
    pub folder: PathBuf,
    /// Id of the user who owns the data folder.
    pub owner: u32,
    /// User id of this process.
    pub user: u32,
    /// Number of bytes free on the disk of the data folder.
    pub free_disk: u64,
}

/// Whether tables can be imported on a server. `skip_binlog` says that the user asked to keep the
/// rows out of the binary log.
///
/// # Errors
///
/// With the reason why not.
pub fn server(facts: &Facts, skip_binlog: bool) -> Result<(), String> {
    if let Some(of) = facts.member {
        return Err(format!(
            "the server is {of}, and an import is not replicated"
        ));
    }
    if facts.binary_log && !skip_binlog {
        return Err(
            "the binary log is on, and an import does not write to it; if no replica or backup \
             needs the rows, add --skip-binlog"
                .to_owned(),
        );
    }
    if facts.replicas > 0 {
        return Err(format!(
            "the server has replicas ({}), which would not get the rows",
            facts.replicas
        ));
    }
    if facts.page_size != innodb_file::page::PAGE as u64 {
        return Err(format!(
            "the server's pages have {} bytes, not 16384",
            facts.page_size
        ));
    }
    if !facts.file_per_table {
        return Err("innodb_file_per_table is off".to_owned());
    }
    if facts.lower_case_names != 0 {
        return Err(format!(
            "lower_case_table_names is {}, not 0",
            facts.lower_case_names
        ));
    }
    if !facts.temporal_format {
        return Err("mysql56_temporal_format is off".to_owned());
    }
    if facts.owner != facts.user {
        return Err(format!(
            "'{}' belongs to user {}, and reviewseed runs as user {}, so the server could not \
             write to a file that reviewseed creates",
            facts.folder.display(),
            facts.owner,
            facts.user
        ));
    }
    Ok(())
}

/// Whether the disk has room for the tablespace files of this much input.
///
/// # Errors
///
/// With the reason why not.
pub fn disk(facts: &Facts, input: u64) -> Result<(), String> {
    let needed = input.saturating_mul(DISK_PER_INPUT);
    if facts.free_disk < needed {
        return Err(format!(
            "{} MiB are free on the disk of '{}', and {} MiB may be needed",
            facts.free_disk >> 20,
            facts.folder.display(),
            needed >> 20
        ));
    }
    Ok(())
}

/// Whether there is enough input for the physical import to be faster than SQL.
///
/// # Errors
///
/// With the reason why not.
pub fn worth_it(input: u64) -> Result<(), String> {
    if input < LEAST_INPUT {
        return Err(format!(
            "the input has less than {} MiB, for which an SQL load is as fast",
            LEAST_INPUT >> 20
        ));
    }
    Ok(())
}

/// Whether the server uses a name in the file system without encoding it.
pub fn is_plain_name(name: &str) -> bool {
    !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
}

/// Which parts of a table are imported. The server builds the indexes in `left_out`.
#[derive(Debug, Clone)]
pub struct Fit {
    /// The rows and indexes in the file.
    pub layout: Arc<Layout>,
    /// Names of the indexes that are not in the file, each with the reason.
    pub left_out: Vec<(String, String)>,
}

/// Whether a table, as the server describes it, can be imported.
///
/// # Errors
///
/// With the reason why not.
pub fn table(live: &Table, source: &Source) -> Result<Fit, String> {
    if !is_plain_name(&live.name) {
        return Err(
            "the table's name has characters that the server encodes in file names".to_owned(),
        );
    }
    // these are column numbers of the live table, in the order of the batch's columns
    let loaded = source
        .header
        .columns
        .iter()
        .map(|c| live.column_index(&source.table.columns[c.0].name))
        .collect::<Option<Vec<usize>>>()
        .ok_or("the table's columns are not those of schema.sql")?;
    for (position, column) in live.columns.iter().enumerate() {
        suits(column, loaded.contains(&position))?;
    }
    judged_here(source)?;
    layout(live, &loaded)
}

/// Which parts of a table are written to its file. The rows hold the columns at the positions
/// `loaded`.
///
/// # Errors
///
/// With the reason why the table cannot be written.
pub(super) fn layout(live: &Table, loaded: &[usize]) -> Result<Fit, String> {
    let primary = live.primary_key().ok_or("the table has no primary key")?;
    let key = KeyFormat::new(live, loaded, primary).map_err(|why| format!("primary key: {why}"))?;
    if key.is_nullable() || key.width > WIDEST_KEY {
        return Err(format!(
            "the primary key can have NULL, or has more than {WIDEST_KEY} bytes"
        ));
    }
    let mut indexes = Vec::new();
    let mut left_out = Vec::new();
    for index in live.indexes.iter().filter(|i| i.kind != IndexKind::Primary) {
        if index.kind == IndexKind::FullText {
            return Err(format!("the index {} is FULLTEXT", index.name));
        }
        let written = KeyFormat::new(live, loaded, index).map(|k| k.with_primary(&key));
        let written = written.and_then(|k| match k.width {
            ..=WIDEST => Ok(k),
            width => Err(format!(
                "the entries of the index have {width} bytes, more than {WIDEST}"
            )),
        });
        match written {
            Ok(key) => indexes.push((index.name.clone(), key)),
            Err(why) => left_out.push((index.name.clone(), why)),
        }
    }
    let numbered = live.columns.iter().position(|c| c.auto_increment);
    let layout = Layout {
        table: live.name.clone(),
        rows: RowFormat::new(live, loaded, key),
        indexes,
        numbered: numbered.and_then(|n| loaded.iter().position(|c| *c == n)),
    };
    Ok(Fit {
        layout: Arc::new(layout),
        left_out,
    })
}

/// Whether the client can write all values of a column.
fn suits(column: &Column, loaded: bool) -> Result<(), String> {
    let name = &column.name;
    if column.generated {
        return Err(format!("column {name} is generated by the server"));
    }
    if !loaded && (!column.nullable || column.default.is_some()) {
        return Err(format!(
            "the input file does not fill column {name}, whose value is then not NULL"
        ));
    }
    if !ColumnFormat::is_written(&column.kind) {
        return Err(format!(
            "column {name} has type {}, which only the server can write",
            column.kind
        ));
    }
    if column.kind.is_text() && column.charset.as_deref() != Some("utf8mb4") {
        let found = column.charset.as_deref().unwrap_or("unknown");
        return Err(format!(
            "the character set of column {name} is {found}, not utf8mb4"
        ));
    }
    Ok(())
}

/// Whether the client checks every constraint itself. In an import, the server checks no rows.
fn judged_here(source: &Source) -> Result<(), String> {
    let table = &source.table;
    let loaded: Vec<usize> = source.header.columns.iter().map(|c| c.0).collect();
    for check in &table.checks {
        let judged = Predicate::compile(&check.expression, table)
            .is_some_and(|p| p.is_certain() && p.columns().iter().all(|c| loaded.contains(c)));
        if !judged {
            return Err(format!(
                "only the server can evaluate CHECK ({})",
                check.expression
            ));
        }
    }
    for index in &table.indexes {
        let unique = matches!(index.kind, IndexKind::Primary | IndexKind::Unique);
        if unique && !finds_all_duplicates(table, &loaded, index) {
            return Err(format!(
                "only the server finds all duplicates in index {}",
                index.name
            ));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fit() -> Facts {
        Facts {
            server: ServerInfo::of(&crate::engines::MYSQL, "9.7.4"),
            page_size: 16384,
            file_per_table: true,
            lower_case_names: 0,
            binary_log: false,
            replicas: 0,
            member: None,
            temporal_format: true,
            folder: PathBuf::from("/data"),
            owner: 1,
            user: 1,
            free_disk: 1 << 30,
        }
    }

    #[test]
    fn a_server_is_fit_only_when_nothing_speaks_against_it() {
        assert_eq!(server(&fit(), false), Ok(()));
        type Change = fn(&mut Facts);
        let unfit: [(&str, Change); 8] = [
            ("16384", |f| f.page_size = 4096),
            ("innodb_file_per_table", |f| f.file_per_table = false),
            ("lower_case_table_names", |f| f.lower_case_names = 1),
            ("--skip-binlog", |f| f.binary_log = true),
            ("replicas", |f| f.replicas = 1),
            ("member", |f| f.member = Some("a member of a group")),
            ("mysql56_temporal_format", |f| f.temporal_format = false),
            ("belongs to user 2", |f| f.owner = 2),
        ];
        for (words, change) in unfit {
            let mut facts = fit();
            change(&mut facts);
            let why = server(&facts, false).unwrap_err();
            assert!(why.contains(words), "{why}");
        }
        let logged = Facts {
            binary_log: true,
            ..fit()
        };
        assert_eq!(server(&logged, true), Ok(()));
        assert!(disk(&fit(), 1 << 20).is_ok());
        assert!(disk(&fit(), 1 << 30).is_err());
    }

    #[test]
    fn names_that_the_file_system_would_show_otherwise_are_not_plain() {
        assert!(is_plain_name("reviews_2"));
        for name in ["", "a-b", "a b", "é", "a.b", "../a", "#a"] {
            assert!(!is_plain_name(name), "{name}");
        }
    }
}
