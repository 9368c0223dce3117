//! Schema files in the style of many tools, each seeded with three rows per table.

use std::fs;

use model::flavour::Flavour;
use model::schema::{Column, ColumnType, Schema, Table};
use mysql_schema::engine::Engines;
use mysql_schema::parse::parse_for;
use mysql_schema::statements::{Script, without_own_database};

use crate::support::data::Files;
use crate::support::harness::{Scratch, Server, on_both_servers};

/// A value of a column in the row with this number. The values of a foreign key and of its parent
/// are equal, because they have the same type.
fn value(column: &Column, number: usize) -> String {
    let text = column.kind.to_string();
    let name = text.split(['(', ' ']).next().unwrap_or_default();
    let length = text
        .split_once('(')
        .and_then(|(_, rest)| rest.split([',', ')']).next()?.parse::<usize>().ok());
    match &column.kind {
        ColumnType::Boolean => (number % 2).to_string(),
        ColumnType::Enum { members } => members[number % members.len()].clone(),
        kind if kind.is_text() && length == Some(0) => String::new(),
        kind if kind.is_text() => {
            let mut text = format!("t{number}");
            if length.is_some_and(|length| length < text.len()) {
                text = number.to_string();
            }
            text
        }
        _ => match name {
            "date" => format!("2024-01-0{number}"),
            "datetime" | "timestamp" => format!("2024-01-0{number} 01:02:03"),
            "time" => format!("01:02:0{number}"),
            "year" => format!("200{number}"),
            "json" => format!("{{\"number\": {number}}}"),
            "set" => text.split('\'').nth(1).unwrap_or_default().to_owned(),
            "bit" if length == Some(1) => (number % 2).to_string(),
            "binary" => format!("0x{:0>width$}", number, width = 2 * length.unwrap_or(1)),
            "varbinary" if length == Some(0) => "0x".to_owned(),
            "vector" => {
                let numbers = vec![number.to_string(); length.unwrap_or(1)];
                format!("[{}]", numbers.join(","))
            }
            "uuid" => format!("00000000-0000-0000-0000-00000000000{number}"),
            "inet4" => format!("192.0.2.{number}"),
            "inet6" => format!("2001:db8::{number}"),
            "multipoint" => format!("MULTIPOINT({number} 1)"),
            "multilinestring" => format!("MULTILINESTRING((0 0,{number} 1))"),
            "geometrycollection" | "geomcollection" => {
                format!("GEOMETRYCOLLECTION(POINT({number} 1))")
            }
            "varbinary" | "tinyblob" | "blob" | "mediumblob" | "longblob" => format!("0x0{number}"),
            "point" | "geometry" => format!("POINT({number} 1)"),
            "linestring" => format!("LINESTRING(0 0,{number} 1)"),
            "polygon" => format!("POLYGON((0 0,{number} 0,{number} 1,0 0))"),
            "multipolygon" => format!("MULTIPOLYGON(((0 0,{number} 0,{number} 1,0 0)))"),
            _ => number.to_string(),
        },
    }
}

/// The file of a table: a header and three rows.
fn rows(table: &Table) -> String {
    let columns: Vec<&Column> = table.columns.iter().filter(|c| !c.generated).collect();
    let quoted = |text: String| format!("\"{}\"", text.replace('"', "\"\""));
    let line = |fields: Vec<String>| fields.join(",") + "\n";
    let mut text = line(columns.iter().map(|c| quoted(c.name.clone())).collect());
    for number in 1..=3 {
        let field = |column: &&Column| {
            let is_json = format!("json_valid(`{}`)", column.name);
            let mut checks = table.checks.iter();
            match checks.any(|check| check.expression.contains(&is_json)) {
                true => format!("{{\"number\": {number}}}"),
                false => value(column, number),
            }
        };
        text.push_str(&line(columns.iter().map(|c| quoted(field(c))).collect()));
    }
    text
}

/// Whether the first line says that only servers of another family take the file.
pub fn is_for_another_server(text: &str, flavour: Flavour) -> bool {
    match text.lines().next() {
        Some("-- only mysql") => flavour != Flavour::MySql,
        Some("-- only mariadb") => flavour != Flavour::MariaDb,
        _ => false,
    }
}

/// Why a schema cannot be loaded; `None` when it can.
fn obstacle(schema: &Schema) -> Option<String> {
    let engines = Engines::default();
    schema.tables.iter().find_map(|table| {
        let engine = table.engine.clone()?;
        let lacks_transactions = engines.lacks_transactions(&engine);
        lacks_transactions.then(|| format!("{} has {engine}", table.name))
    })
}

on_both_servers! {
    long
    fn three_rows_of_each_table_are_seeded_verified_and_need_no_reindex(server: Server) {
        let flavour = match server {
            Server::MySQL => Flavour::MySql,
            Server::MariaDB => Flavour::MariaDb,
        };
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/schemas");
        let (mut seeded, mut left) = (0, Vec::new());
        for file in fs::read_dir(folder).unwrap() {
            let path = file.unwrap().path();
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            let text = fs::read_to_string(&path).unwrap();
            // a collation that MariaDB does not have
            if flavour == Flavour::MariaDb && text.contains("utf8mb4_0900") {
                continue;
            }
            if is_for_another_server(&text, flavour) {
                continue;
            }
            let sql = without_own_database(&text, &name).unwrap().sql;
            let script = Script::read(&sql, &name).unwrap();
            let schema = parse_for(&script, &name, flavour).schema;
            if let Some(words) = obstacle(&schema) {
                left.push(format!("{name}: {words}"));
                continue;
            }
            let files = Files::of_schema(&text);
            // what is JSON on MySQL is LONGTEXT on MariaDB, with a CHECK that it is JSON
            let of_mysql = parse_for(&script, &name, Flavour::MySql).schema;
            for table in &schema.tables {
                let values_of = of_mysql.table(&table.name).unwrap_or(table);
                files.put(&table.name, rows(values_of));
            }
            let family = match server {
                Server::MySQL => "mysql",
                Server::MariaDB => "mariadb",
            };
            files.check(&["--for", family]).exits(0);
            let scratch = Scratch::new(server);
            files.seed(&scratch, &["--verify", "full"]).exits(0);
            let url = ["--dry-run", "--database-url", scratch.url()];
            let reindex = crate::support::harness::run(&files.path(""), ["reindex"].iter().chain(&url));
            reindex.exits(0);
            seeded += 1;
        }
        assert!(seeded >= 10, "{left:#?}");
    }
}
