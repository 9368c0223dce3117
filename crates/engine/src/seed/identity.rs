//! Decides whether two runs are the same, by their files, by how the files are read, and by what
//! becomes of their rows.
//!
//! The text of schema.sql does not matter, and neither do comments and secondary indexes. Unique
//! keys, foreign keys and CHECK constraints decide which records are accepted, so an unfinished run
//! can only be resumed with the same ones. A finished run has already checked its records;
//! `reindex` adds keys that the schema has gained since.

use crate::error::Result;

use crate::options::{Merge, Mode, SeedOptions};
use crate::schema_text::SchemaText;
use input::Source;
use input::header::ColumnSource;
use model::schema::{Column, ColumnType, ForeignKey, Index, IndexKey, IndexKind, Table};
use mysql::ledger::inputs::RunInput;
use mysql_schema::expression::comparable;

/// Increased whenever the hashes are computed differently, so that hashes of older versions do not
/// compare as equal.
const VERSION: &[u8] = b"2";

/// The properties that decide whether two runs are the same.
pub(super) struct Identity<'a> {
    pub(super) mode: Mode,
    /// What happens to rows that the tables already have.
    pub(super) merge: Option<Merge>,
    /// Whether files that are already loaded may be appended again.
    pub(super) force: bool,
    /// Hash of everything that affects the rows, except the content of the files. An unfinished run
    /// can only be resumed by a run with the same hash.
    pub(super) fingerprint: String,
    /// The schema's name and hash.
    pub(super) schema: (String, String),
    pub(super) tables: Vec<TableIdentity<'a>>,
}

/// The properties that decide whether two runs load the same rows into a table.
pub(super) struct TableIdentity<'a> {
    pub(super) input: RunInput,
    /// Computes the hash of the file's content, for which it reads the whole file.
    pub(super) content: ContentHash<'a>,
}

/// A function that computes the hash of a file's content.
pub(super) type ContentHash<'a> = Box<dyn Fn() -> Result<u128> + Send + Sync + 'a>;

impl<'a> Identity<'a> {
    /// The identity of a run that loads these files.
    pub(super) fn new(
        options: &SeedOptions,
        (text, max_record): (&SchemaText, usize),
        sources: &'a [Source],
    ) -> Identity<'a> {
        let mut hash = Hash::new();
        hash.add(match (options.mode, options.merge) {
            (Mode::Append, None) => b"append",
            (Mode::Append, Some(Merge::Ignore)) => b"append, ignore",
            (Mode::Append, Some(Merge::Update)) => b"append, update",
            (Mode::Empty | Mode::Replace, _) => b"seed",
            (Mode::Sync, _) => b"sync",
        });
        let mut tables = Vec::new();
        for source in sources {
            let input = input_of(source, max_record);
            for part in [&input.table, &input.format, &input.columns] {
                hash.add(part.as_bytes());
            }
            hash.add(constraints(&source.table).as_bytes());
            let content = Box::new(|| Ok(source.content_hash()?));
            tables.push(TableIdentity { input, content });
        }
        Identity {
            mode: options.mode,
            merge: options.merge,
            force: options.force,
            fingerprint: hash.hexadecimal(),
            schema: (text.origin.clone(), text.hash.clone()),
            tables,
        }
    }

    pub(super) fn names(&self) -> Vec<String> {
        let tables = self.tables.iter();
        tables.map(|table| table.input.table.clone()).collect()
    }

    /// How the files are read, as the ledger records it.
    pub(super) fn inputs(&self) -> Vec<RunInput> {
        let tables = self.tables.iter();
        tables.map(|table| table.input.clone()).collect()
    }
}

impl TableIdentity<'_> {
    /// The hash of the file's content, as the ledger records it.
    pub(super) fn content_hash(&self) -> Result<String> {
        Ok(format!("{:032x}", (self.content)()?))
    }
}

/// A hash of several parts. Each part is hashed with its length, so that different parts never give
/// the same bytes.
struct Hash(xxhash_rust::xxh3::Xxh3);

impl Hash {
    fn new() -> Hash {
        let mut hash = Hash(xxhash_rust::xxh3::Xxh3::new());
        hash.add(VERSION);
        hash
    }

    fn add(&mut self, part: &[u8]) {
        self.0.update(&(part.len() as u64).to_le_bytes());
        self.0.update(part);
    }

    fn hexadecimal(&self) -> String {
        format!("{:032x}", self.0.digest128())
    }
}

/// How the file of a table is read, for the ledger.
fn input_of(source: &Source, max_record: usize) -> RunInput {
    let mut format = Hash::new();
    format.add(&source.fingerprint());
    format.add(&(source.header.fields as u64).to_le_bytes());
    format.add(&(max_record as u64).to_le_bytes());
    RunInput {
        table: source.table.name.clone(),
        format: format.hexadecimal(),
        columns: columns_of(&source.table, &source.header.columns),
    }
}

/// A hash of what the fields of a file become. `loaded` has the columns that the file fills, each
/// with its field or constant.
fn columns_of(table: &Table, loaded: &[(usize, ColumnSource)]) -> String {
    let mut hash = Hash::new();
    let mut sorted: Vec<(String, String)> = loaded
        .iter()
        .map(|(column, source)| (format!("{source:?}"), described(&table.columns[*column])))
        .collect();
    // the order of the fields matters, but not that of the columns in the table
    sorted.sort_unstable();
    for (source, column) in &sorted {
        hash.add(source.as_bytes());
        hash.add(column.as_bytes());
    }
    let is_loaded = |at: usize| loaded.iter().any(|(column, _)| *column == at);
    let others = table.columns.iter().enumerate();
    let others = others.filter(|(at, _)| !is_loaded(*at));
    let other = |(_, column): (usize, &Column)| {
        let (default, generated) = (&column.default, column.generated);
        format!("{} {default:?} {generated}", described(column))
    };
    let mut others: Vec<String> = others.map(other).collect();
    others.sort_unstable();
    for other in &others {
        hash.add(other.as_bytes());
    }
    if let Some(key) = table.primary_key() {
        hash.add(parts_of(key).as_bytes());
    }
    hash.hexadecimal()
}

/// The properties of a column that decide how its values are read and stored.
fn described(column: &Column) -> String {
    let kind = match &column.kind {
        // servers and the parser name such a type differently; the name does not matter, because no
        // file fills the column
        ColumnType::Unsupported { .. } => "unsupported".to_owned(),
        kind => kind.to_string(),
    };
    let is_date = matches!(
        column.kind,
        ColumnType::Date | ColumnType::DateTime { .. } | ColumnType::Timestamp { .. }
    );
    // utf8mb4 is left out, because without a character set in the schema, this default is known
    // only after the server has parsed the schema
    let charset = column.charset.as_deref().filter(|name| *name != "utf8mb4");
    format!(
        "{:?} {kind} {} {} {charset:?} {} {} {:?} {:?}",
        column.name,
        column.nullable,
        column.auto_increment,
        column.decode.name(),
        column.generates_ids,
        is_date.then_some(column.zero_dates),
        column.format,
    )
}

/// The constraints that decide which records are accepted, without their names and order.
fn constraints(table: &Table) -> String {
    let unique = |index: &&Index| index.kind == IndexKind::Unique;
    let unique = table.indexes.iter().filter(unique);
    let mut all: Vec<String> = unique.map(parts_of).collect();
    all.extend(table.foreign_keys.iter().map(|key: &ForeignKey| {
        let (parent, columns) = (key.parent(), &key.parent_columns);
        format!("{:?} refers to {parent:?} {columns:?}", key.columns)
    }));
    let checks = table.checks.iter();
    all.extend(checks.map(|check| format!("CHECK {}", comparable(&check.expression))));
    all.sort_unstable();
    all.join("\n")
}

fn parts_of(index: &Index) -> String {
    let part = |part: &model::schema::IndexPart| match &part.key {
        IndexKey::Column(name) => format!("{name:?} {:?}", part.prefix),
        IndexKey::Expression(text) => format!("({})", comparable(text)),
    };
    let parts: Vec<String> = index.parts.iter().map(part).collect();
    format!("UNIQUE {}", parts.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;
    use model::schema::{Decode, ZeroDates};
    use mysql_schema::parse::parse;

    const TABLE: &str = "CREATE TABLE t (id INT PRIMARY KEY, b BINARY(4), d DATE, \
                         n INT NOT NULL DEFAULT 3, CHECK (n > 0));";

    fn table(sql: &str) -> Table {
        parse(sql, "t.sql").unwrap().tables.remove(0)
    }

    /// The hash of the columns, and the constraints, for a file with the fields `names`.
    fn of(table: &Table, names: &[&str]) -> (String, String) {
        let loaded: Vec<(usize, ColumnSource)> = names
            .iter()
            .enumerate()
            .map(|(field, name)| {
                (
                    table.column_index(name).unwrap(),
                    ColumnSource::Field(field),
                )
            })
            .collect();
        (columns_of(table, &loaded), constraints(table))
    }

    #[test]
    fn comments_blanks_and_secondary_indexes_do_not_make_another_run() {
        let fields = ["id", "b", "d"];
        let written = of(&table(TABLE), &fields);
        for same in [
            "-- the table\\nCREATE TABLE `t` (id int NOT NULL PRIMARY KEY COMMENT 'x', b BINARY(4), d DATE, \
             n INTEGER DEFAULT 3 NOT NULL, CHECK ( `n`>0 ), KEY by_d (d)) COMMENT 'y';",
            "CREATE TABLE t (d DATE, n INT NOT NULL DEFAULT 3, CONSTRAINT c CHECK (n > 0), \
             b BINARY(4), id INT, PRIMARY KEY (id));",
        ] {
            let same = same.replace("\\n", "\n");
            assert_eq!(of(&table(&same), &fields), written, "{same}");
        }
    }

    #[test]
    fn columns_types_and_the_primary_key_make_another_run_of_a_finished_one() {
        let fields = ["id", "b", "d"];
        let (columns, _) = of(&table(TABLE), &fields);
        for (from, to) in [
            ("INT PRIMARY", "BIGINT PRIMARY"),
            ("b BINARY(4)", "b BINARY(5)"),
            ("d DATE,", "d DATE NOT NULL,"),
            ("DEFAULT 3", "DEFAULT 4"),
            ("d DATE,", "d DATE, e INT,"),
            ("id INT PRIMARY KEY", "id INT NOT NULL"),
        ] {
            let other = TABLE.replace(from, to);
            assert_ne!(of(&table(&other), &fields).0, columns, "{other}");
        }
        assert_ne!(of(&table(TABLE), &["id", "d", "b"]).0, columns);
        // the default of a column that the file fills is not used
        let filled = of(&table(TABLE), &["id", "n"]).0;
        let other = TABLE.replace("DEFAULT 3", "DEFAULT 4");
        assert_eq!(of(&table(&other), &["id", "n"]).0, filled);
    }

    #[test]
    fn settings_of_columns_make_another_run() {
        let fields = ["id", "b", "d"];
        let plain = of(&table(TABLE), &fields);
        let settings: [fn(&mut Table); 3] = [
            |table| table.columns[1].decode = Decode::Hex,
            |table| table.columns[0].generates_ids = true,
            |table| table.columns[2].zero_dates = ZeroDates::Null,
        ];
        for set in settings {
            let mut other = table(TABLE);
            set(&mut other);
            assert_ne!(of(&other, &fields).0, plain.0);
        }
        let mut no_date = table(TABLE);
        no_date.columns[0].zero_dates = ZeroDates::Null;
        assert_eq!(of(&no_date, &fields), plain);
    }

    #[test]
    fn unique_keys_foreign_keys_and_checks_count_only_for_an_unfinished_run() {
        let fields = ["id", "b", "d"];
        let (columns, constraints) = of(&table(TABLE), &fields);
        for added in [
            "UNIQUE (d)",
            "FOREIGN KEY (n) REFERENCES t (id)",
            "CHECK (n < 9)",
        ] {
            let other = TABLE.replace("CHECK (n > 0)", &format!("CHECK (n > 0), {added}"));
            let other = of(&table(&other), &fields);
            assert_eq!(other.0, columns, "{added}");
            assert_ne!(other.1, constraints, "{added}");
        }
    }
}
