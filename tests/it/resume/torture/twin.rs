//! Tables of which the server got the files behave like tables that were loaded by SQL: after the
//! same random changes, both have the same rows, and their indexes agree with them.

use std::fmt::Write;

use super::data_set::DataSet;
use super::{Bench, Case};
use crate::physical::Random;
use crate::support::data::is_sound;
use crate::support::harness::{Scratch, run};

/// Changes per table.
const CHANGES: usize = 6;

/// Loads the same files by SQL into a database of another server, and changes both.
pub fn behaves_alike(case: &Case, other: &Bench, seed: u64) {
    let (data, twin) = (case.round.data, Scratch::at(&other.url));
    let rejects = other.evidence("twin").display().to_string();
    let options = [
        "--load",
        "insert",
        "--max-rejects",
        "100%",
        "--rejects",
        &rejects,
    ];
    let url = ["--database-url", twin.url()].map(str::to_owned);
    let seeded = ["seed".to_owned()].into_iter().chain(data.files());
    let options = options.map(str::to_owned);
    run(&other.home, seeded.chain(options).chain(url)).exits(0);
    let statements = changes(&twin, data, &mut Random::new(seed));
    for scratch in [&case.scratch, &twin] {
        scratch.execute(&statements);
    }
    for table in data.tables() {
        let sum = |scratch: &Scratch| scratch.rows(&format!("CHECKSUM TABLE {table} EXTENDED"));
        let sums = [&case.scratch, &twin].map(|scratch| sum(scratch)[0][1].clone());
        assert_eq!(sums[0], sums[1], "{table}: {statements}");
        assert!(sums[0].is_some(), "{table}: {statements}");
        is_sound(&case.scratch, table);
    }
}

/// A column, as the server describes it.
struct Column {
    name: String,
    kind: String,
    is_nullable: bool,
    is_in_primary_key: bool,
    characters: Option<u64>,
}

fn columns(scratch: &Scratch, table: &str) -> Vec<Column> {
    let rows = scratch.rows(&format!(
        "SELECT CAST(column_name AS CHAR), CAST(data_type AS CHAR), CAST(is_nullable AS CHAR), CAST(column_key AS CHAR), \
         CAST(character_maximum_length AS CHAR) FROM information_schema.columns \
         WHERE table_schema = DATABASE() AND table_name = '{table}' AND extra NOT LIKE '%GENERATED%' ORDER BY ordinal_position"
    ));
    let column = |row: Vec<Option<String>>| {
        let text = |at: usize| row[at].clone().unwrap_or_default();
        Column {
            name: text(0),
            kind: text(1),
            is_nullable: text(2) == "YES",
            is_in_primary_key: text(3) == "PRI",
            characters: row[4].as_deref().map(|length| length.parse().unwrap()),
        }
    };
    rows.into_iter().map(column).collect()
}

/// Statements that update, move, delete and insert rows. Which rows they skip, because of a unique
/// key or a CHECK, depends on the rows alone, since they are taken in the order of the primary key.
fn changes(scratch: &Scratch, data: DataSet, random: &mut Random) -> String {
    let mut all = "SET SESSION foreign_key_checks = 0, sql_mode = '';".to_owned();
    for table in data.tables() {
        let columns = columns(scratch, table);
        let key = columns.iter().filter(|c| c.is_in_primary_key);
        let key: Vec<&str> = key.map(|c| c.name.as_str()).collect();
        let key = key.join(", ");
        for number in 1..=CHANGES {
            let share = 2 + random.below(9);
            let rest = random.below(share);
            let some = format!("WHERE CRC32(CONCAT_WS('#', {key})) % {share} = {rest}");
            let ordered = format!("{some} ORDER BY {key}");
            let column = random.of(&columns);
            let shift = 10_000_000 * number;
            let change = match random.below(5) {
                0 => format!("DELETE FROM {table} {some}"),
                1 => inserted((table, &columns), &ordered, shift),
                _ => updated((table, column), &ordered, (random, shift)),
            };
            write!(all, "{change};").unwrap();
        }
    }
    all
}

fn inserted((table, columns): (&str, &[Column]), ordered: &str, shift: usize) -> String {
    let names: Vec<&str> = columns.iter().map(|c| c.name.as_str()).collect();
    let values = columns
        .iter()
        .map(|c| match (c.is_in_primary_key, c.characters) {
            (true, None) => format!("{} + {shift}", c.name),
            (true, Some(_)) => format!("CONCAT({}, '~')", c.name),
            _ => c.name.clone(),
        });
    let values: Vec<String> = values.collect();
    format!(
        "INSERT IGNORE INTO {table} ({}) SELECT {} FROM {table} {ordered}",
        names.join(", "),
        values.join(", ")
    )
}

fn updated(
    (table, column): (&str, &Column),
    ordered: &str,
    (random, shift): (&mut Random, usize),
) -> String {
    let name = &column.name;
    let value = match (column.kind.as_str(), column.characters) {
        _ if column.is_nullable && random.one_in(3) => "NULL".to_owned(),
        ("enum", _) => format!("IF({name} + 0 > 1, {name} + 0 - 1, 2)"),
        (_, Some(length)) => {
            let more = 1 + random.below(length.min(400));
            let length = length.min(1_000);
            format!("LEFT(CONCAT(REPEAT('x', CRC32({name}) % {more}), {name}), {length})")
        }
        ("date" | "datetime" | "timestamp", _) => format!("{name} + INTERVAL {shift} SECOND"),
        _ if column.is_in_primary_key => format!("{name} + {shift}"),
        _ => format!("{name} + {}", 1 + random.below(3)),
    };
    format!("UPDATE IGNORE {table} SET {name} = {value} {ordered}")
}
