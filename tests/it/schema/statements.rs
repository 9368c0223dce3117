//! The same statements, parsed offline and executed by both servers: the schemas are equal.
//!
//! The statements are in `tests/fixtures/statements/`. A line `-- only mysql` or `-- only mariadb`
//! says that only this server accepts the next statement. Two things may differ, because servers
//! rewrite them: the text of CHECKs and of functional key parts, and a character set or collation
//! that the file does not state.

use std::fs;

use model::flavour::Flavour;
use model::schema::{Column, ForeignKey, Index, IndexKey, ReferenceAction, Schema, Table};
use mysql::db;
use mysql::inspect::inspect;
use mysql::make::make_tables;
use mysql_schema::expression::same_expression;
use mysql_schema::parse::{faults_for_user, parse_for};
use mysql_schema::statements::{Script, without_own_database};

use super::tools::is_for_another_server;
use super::{Live, run};
use crate::support::harness::{Server, on_both_servers};

/// Some statements that belong together.
struct Group {
    place: String,
    /// The only server that takes them.
    only: Option<String>,
    sql: String,
}

fn groups() -> Vec<Group> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/statements");
    let mut files: Vec<_> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    files.sort();
    let mut groups: Vec<Group> = Vec::new();
    for file in files {
        let name = file.file_name().unwrap().to_string_lossy().into_owned();
        let (mut only, mut open) = (None, false);
        for (number, line) in fs::read_to_string(&file).unwrap().lines().enumerate() {
            if !open {
                match line.strip_prefix("-- only ") {
                    Some(server) => {
                        only = Some(server.to_owned());
                        continue;
                    }
                    None if line.starts_with("-- ") => continue,
                    None => groups.push(Group {
                        place: format!("{name}:{}", number + 1),
                        only: only.take(),
                        sql: String::new(),
                    }),
                }
            }
            let group = groups.last_mut().unwrap();
            group.sql.push_str(line);
            group.sql.push('\n');
            open = !line.trim_end().ends_with(';');
        }
    }
    groups
}

/// The differences of two schemas of the same tables.
fn differences(offline: &Schema, live: &Schema) -> Vec<String> {
    let names = |schema: &Schema| {
        let mut names: Vec<String> = schema.tables.iter().map(|t| t.name.clone()).collect();
        names.sort();
        names
    };
    let mut found = Vec::new();
    if names(offline) != names(live) {
        let (offline, live) = (names(offline), names(live));
        found.push(format!("tables {offline:?} offline, {live:?} live"));
    }
    for table in &live.tables {
        if let Some(own) = offline.table(&table.name) {
            let different = of_table(own, table);
            found.extend(different.iter().map(|d| format!("{}: {d}", table.name)));
        }
    }
    found
}

fn of_table(offline: &Table, live: &Table) -> Vec<String> {
    let mut found = Vec::new();
    let mut compare = |what: &str, offline: String, live: String| {
        if offline != live {
            found.push(format!("{what}\n  offline {offline}\n  live    {live}"));
        }
    };
    let columns: Vec<Column> = (offline.columns.iter())
        .map(|own| {
            let live = live.columns.iter().find(|column| column.name == own.name);
            live.map_or_else(|| own.clone(), |live| as_stated(own, live))
        })
        .collect();
    for (own, live) in columns.iter().zip(&live.columns) {
        compare("column", format!("{own:?}"), format!("{live:?}"));
    }
    let names = |columns: &[Column]| -> Vec<String> {
        columns.iter().map(|column| column.name.clone()).collect()
    };
    compare(
        "columns",
        format!("{:?}", names(&columns)),
        format!("{:?}", names(&live.columns)),
    );
    compare("indexes", indexes(offline), indexes(live));
    compare(
        "foreign keys",
        format!("{:?}", foreign_keys(offline, live)),
        format!("{:?}", live.foreign_keys),
    );
    let checks = |table: &Table| -> String {
        let names: Vec<&str> = table.checks.iter().map(|c| c.name.as_str()).collect();
        names.join(", ")
    };
    compare("checks", checks(offline), checks(live));
    let stated = |own: &Option<String>, live: &Option<String>| {
        format!("{:?}", own.as_ref().or(live.as_ref()))
    };
    compare(
        "charset",
        stated(&offline.charset, &live.charset),
        format!("{:?}", live.charset),
    );
    compare(
        "collation",
        stated(&offline.collation, &live.collation),
        format!("{:?}", live.collation),
    );
    let engine = |engine: &Option<String>| engine.as_deref().unwrap_or_default().to_lowercase();
    compare(
        "engine",
        engine(&offline.engine.clone().or(live.engine.clone())),
        engine(&live.engine),
    );
    found
}

/// The column with what the file leaves to the server.
fn as_stated(own: &Column, live: &Column) -> Column {
    let mut column = own.clone();
    column.charset = column.charset.or(live.charset.clone());
    column.collation = column.collation.or(live.collation.clone());
    if let (Some(own), Some(live)) = (&own.default, &live.default)
        && same_expression(own, live)
    {
        column.default = Some(live.clone());
    }
    column
}

/// The foreign keys of the file. Where MariaDB's ALTER TABLE stores NO ACTION for RESTRICT, which
/// has the same effect, they have the word of the server.
fn foreign_keys(own: &Table, live: &Table) -> Vec<ForeignKey> {
    let mut keys = own.foreign_keys.clone();
    for (own, live) in keys.iter_mut().zip(&live.foreign_keys) {
        let actions = [
            (&mut own.on_delete, live.on_delete),
            (&mut own.on_update, live.on_update),
        ];
        for (own, live) in actions {
            if let (ReferenceAction::Restrict, ReferenceAction::StatedNoAction) = (*own, live) {
                *own = live;
            }
        }
    }
    keys
}

fn indexes(table: &Table) -> String {
    let mut indexes: Vec<Index> = table.indexes.clone();
    for part in indexes.iter_mut().flat_map(|index| &mut index.parts) {
        if let IndexKey::Expression(text) = &mut part.key {
            text.clear();
        }
    }
    indexes.sort_by(|a, b| a.name.cmp(&b.name));
    let lines: Vec<String> = indexes.iter().map(|index| format!("{index:?}")).collect();
    lines.join("\n          ")
}

/// Runs the definitions, and gives what the server made of them and how it differs from what is
/// read offline. Afterwards the database is empty.
async fn compare(live: &mut Live, script: &Script<'_>, flavour: Flavour) -> (Schema, Vec<String>) {
    run(&mut live.connection, db::SESSION).await;
    let faults = faults_for_user(script, "t", flavour);
    let ran = make_tables(
        &mut live.connection,
        &script.definitions,
        "t",
        &faults,
        |_| true,
    )
    .await;
    run(&mut live.connection, db::SESSION).await;
    let database = live.url.database().to_owned();
    let made = inspect(&mut live.connection, &database).await.unwrap();
    let parsed = parse_for(script, "t", flavour);
    let faults = parsed.faults.into_iter().map(|fault| fault.text);
    let failed = ran.err().map(|error| model::wording::chain(&error));
    let found = faults
        .chain(failed)
        .chain(differences(&parsed.schema, &made));
    let found = found.collect();
    run(&mut live.connection, db::SESSION).await;
    run(&mut live.connection, "SET foreign_key_checks = 0").await;
    for table in &made.tables {
        let name = mysql_schema::quote::quote_identifier(&table.name);
        run(&mut live.connection, &format!("DROP TABLE {name}")).await;
    }
    (made, found)
}

fn of_server(server: Server) -> (&'static str, Flavour) {
    match server {
        Server::MySQL => ("mysql", Flavour::MySql),
        Server::MariaDB => ("mariadb", Flavour::MariaDb),
    }
}

on_both_servers! {
    async fn the_same_statements_make_the_same_schema_offline_and_on_the_server(server: Server) {
        let (name, flavour) = of_server(server);
        let mut live = Live::new(server).await;
        let (mut statements, mut found) = (0, Vec::new());
        for group in groups() {
            if group.only.is_some_and(|only| only != name) {
                continue;
            }
            let script = Script::read(&group.sql, "t").unwrap_or_else(|e| panic!("{}: {e}", group.place));
            statements += script.definitions.len();
            let (_, differences) = compare(&mut live, &script, flavour).await;
            found.extend(differences.into_iter().map(|words| format!("{}: {words}", group.place)));
        }
        assert!(found.is_empty(), "{name}:\n{}", found.join("\n"));
        assert!(statements >= 300, "{statements}");
    }
}

/// The collation of MySQL 8 and later that MariaDB does not have.
const OF_MYSQL: &str = "utf8mb4_0900";

on_both_servers! {
    async fn schema_files_of_many_tools_are_read_alike_offline_and_on_the_server(server: Server) {
        let (name, flavour) = of_server(server);
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/schemas");
        let mut live = Live::new(server).await;
        let (mut files, mut tables, mut found) = (0, 0, Vec::new());
        for file in fs::read_dir(folder).unwrap() {
            let path = file.unwrap().path();
            let origin = path.display().to_string();
            let text = fs::read_to_string(&path).unwrap();
            if is_for_another_server(&text, flavour) {
                continue;
            }
            files += 1;
            let sql = without_own_database(&text, &origin).unwrap().sql;
            let script = Script::read(&sql, &origin).unwrap_or_else(|e| panic!("{e}"));
            if flavour == Flavour::MariaDb && text.contains(OF_MYSQL) {
                let parsed = parse_for(&script, &origin, flavour);
                assert_eq!(parsed.faults, []);
                tables += parsed.schema.tables.len();
                continue;
            }
            let (made, differences) = compare(&mut live, &script, flavour).await;
            tables += made.tables.len();
            found.extend(differences.into_iter().map(|words| format!("{origin}: {words}")));
        }
        assert!(found.is_empty(), "{name}:\n{}", found.join("\n"));
        assert!(files >= 25 && tables >= 200, "{files} files, {tables} tables");
    }
}

on_both_servers! {
    async fn odd_schema_files_are_read_alike_offline_and_on_the_server(server: Server) {
        let (name, flavour) = of_server(server);
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/odd");
        let mut live = Live::new(server).await;
        let (mut tables, mut found) = (0, Vec::new());
        for file in fs::read_dir(folder).unwrap() {
            let path = file.unwrap().path();
            let origin = path.file_name().unwrap().to_string_lossy().into_owned();
            let text = fs::read_to_string(&path).unwrap();
            let first = text.lines().next().unwrap_or_default();
            if first.strip_prefix("-- only ").is_some_and(|only| only != name) {
                continue;
            }
            let sql = without_own_database(&text, &origin).unwrap().sql;
            let script = Script::read(&sql, &origin).unwrap_or_else(|e| panic!("{e}"));
            let (made, differences) = compare(&mut live, &script, flavour).await;
            tables += made.tables.len();
            found.extend(differences.into_iter().map(|words| format!("{origin}: {words}")));
        }
        assert!(found.is_empty(), "{name}:\n{}", found.join("\n"));
        assert!(tables >= 40, "{tables} tables");
    }
}
