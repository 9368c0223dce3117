//! Generates tables and rows that a physical import supports, from random bytes.

use std::collections::BTreeSet;

use super::{Cell, Row};
use model::batch::{Batch, BatchSize, Layout, Value};
use model::schema::{ColumnType, Table};
use mysql_schema::parse::parse;

const INTEGERS: [&str; 5] = ["TINYINT", "SMALLINT", "MEDIUMINT", "INT", "BIGINT"];
/// 0001-01-01 and 9999-12-31, as days since 1970-01-01.
const DAYS: (i64, i64) = (-719_162, 2_932_896);
const DAY: i64 = 86_400 * 1_000_000;
/// Maximum number of rows that are generated, so that an input takes about a second at most.
const MOST_ROWS: usize = 3000;
/// 838:59:59 in microseconds.
const LONGEST_TIME: i64 = 3_020_399 * 1_000_000;

/// A source of numbers: first the given bytes, then zeros. For tables with many rows, it is an
/// endless pseudo-random sequence from a seed.
pub(super) struct Draw<'a> {
    bytes: &'a [u8],
    seed: Option<u64>,
}

impl<'a> Draw<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Draw<'a> {
        Draw { bytes, seed: None }
    }

    fn is_at_end(&self) -> bool {
        self.bytes.is_empty()
    }

    fn number(&mut self, bytes: usize) -> u64 {
        if let Some(seed) = &mut self.seed {
            // splitmix64
            *seed = seed.wrapping_add(0x9e37_79b9_7f4a_7c15);
            let z = (*seed ^ (*seed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
            return z ^ (z >> 31);
        }
        let (taken, rest) = self.bytes.split_at(bytes.min(self.bytes.len()));
        self.bytes = rest;
        taken.iter().fold(0, |n, byte| n << 8 | u64::from(*byte))
    }

    pub(super) fn below(&mut self, limit: u64) -> u64 {
        let bytes = if limit <= 256 { 1 } else { 8 };
        self.number(bytes) % limit
    }

    fn between(&mut self, (low, high): (i64, i64)) -> i64 {
        match self.below(8) {
            0 => low,
            1 => high,
            // few distinct values, so that keys have duplicates
            2 | 3 => low.max(0) + (self.below(4) as i64).min(high),
            _ => low + self.below((high - low) as u64 + 1) as i64,
        }
    }

    fn of<'t, T: ?Sized>(&mut self, from: &[&'t T]) -> &'t T {
        from[self.below(from.len() as u64) as usize]
    }
}

fn integer(draw: &mut Draw, most: u64) -> String {
    let sign = draw.of(&["", " UNSIGNED"]);
    format!("{}{sign}", INTEGERS[draw.below(most) as usize])
}

fn type_of(draw: &mut Draw) -> String {
    let precision = draw.below(7);
    match draw.below(18) {
        0..=2 => integer(draw, 5),
        3 => "BOOLEAN".to_owned(),
        4 => {
            let scale = draw.below(31);
            format!("DECIMAL({},{scale})", (scale + draw.below(36)).clamp(1, 65))
        }
        5 => draw.of(&["FLOAT", "DOUBLE"]).to_owned(),
        6 => format!("DATETIME({precision})"),
        7 => format!("TIMESTAMP({precision})"),
        8 => draw.of(&["DATE", "YEAR"]).to_owned(),
        9 => format!("TIME({precision})"),
        10 => {
            let members = [1, 2, 255, 256, 300][draw.below(5) as usize];
            let members: Vec<String> = (0..members).map(|m| format!("'m{m}'")).collect();
            format!("ENUM({})", members.join(","))
        }
        11 => format!("CHAR({})", [1, 10, 63, 64, 255][draw.below(5) as usize]),
        12 => format!(
            "VARCHAR({})",
            [1, 63, 64, 200, 2100][draw.below(5) as usize]
        ),
        13 => draw.of(&["TINYTEXT", "TEXT"]).to_owned(),
        14 => format!("BIT({})", [1, 8, 9, 33, 64][draw.below(5) as usize]),
        15 => {
            let members = [1, 8, 9, 24, 25, 33, 64][draw.below(7) as usize];
            let members: Vec<String> = (0..members).map(|m| format!("'m{m}'")).collect();
            format!("SET({})", members.join(","))
        }
        16 => format!("BINARY({})", [1, 16, 255][draw.below(3) as usize]),
        _ => draw
            .of(&[
                "VARBINARY(1)",
                "VARBINARY(255)",
                "VARBINARY(256)",
                "TINYBLOB",
                "BLOB",
            ])
            .to_owned(),
    }
}

/// A table, and the header of a file that fills it.
pub(super) fn table_of(draw: &mut Draw) -> (Table, String) {
    let columns = 1 + draw.below(10);
    // columns of a key have at most 64 bits together, because only the server can check longer keys
    let key_columns = 1 + draw.below(columns.min(3));
    let (first, widest) = (draw.below(columns), [5, 4, 2][key_columns as usize - 1]);
    let key: Vec<u64> = (0..key_columns).map(|c| (first + c) % columns).collect();
    let (mut lines, mut header) = (Vec::new(), Vec::new());
    for column in 0..columns {
        let name = format!("c{column}");
        let (kind, null) = match key.contains(&column) {
            true => (integer(draw, widest), "NOT NULL"),
            false => (type_of(draw), draw.of(&["NOT NULL", "NULL", "NULL"])),
        };
        lines.push(format!("{name} {kind} {null}"));
        let absent = null == "NULL" && draw.below(8) == 7;
        header.extend((!absent).then_some(name));
    }
    let order = |draw: &mut Draw| draw.of(&["", " DESC"]);
    let parts: Vec<String> = key.iter().map(|c| format!("c{c}{}", order(draw))).collect();
    lines.push(format!("PRIMARY KEY ({})", parts.join(", ")));
    for index in 0..draw.below(5) {
        let parts: BTreeSet<u64> = (0..=draw.below(4)).map(|_| draw.below(columns)).collect();
        let mut parts: Vec<String> = parts
            .iter()
            .map(|c| format!("c{c}{}", order(draw)))
            .collect();
        let turn = draw.below(parts.len() as u64);
        parts.rotate_left(turn as usize);
        lines.push(format!("KEY k{index} ({})", parts.join(", ")));
    }
    let sql = format!("CREATE TABLE t ({}) CHARSET utf8mb4;", lines.join(", "));
    let table = parse(&sql, "t.sql").unwrap().tables.remove(0);
    (table, header.join(","))
}

/// Rows with distinct primary keys: either a few rows directly from the bytes, or many rows from a
/// seed of eight bytes.
pub(super) fn rows_of(draw: &mut Draw, table: &Table, loaded: &[usize]) -> Vec<Row> {
    let key = super::Parts::of(table, "PRIMARY").key;
    let mut taken = BTreeSet::new();
    let mut rows = Vec::new();
    while !draw.is_at_end() && rows.len() < MOST_ROWS {
        let several = draw.below(3) == 2;
        let (count, seed) = match several {
            true => (draw.below(1000), Some(draw.number(8))),
            false => (1, None),
        };
        draw.seed = seed;
        for _ in 0..count {
            let mut row = vec![Cell::Null; table.columns.len()];
            for at in loaded {
                let column = &table.columns[*at];
                if !column.nullable || draw.below(5) > 0 {
                    row[*at] = cell(draw, &column.kind);
                }
            }
            let values = key.iter().map(|(c, _)| match row[*c] {
                Cell::Number(n) => i128::from(n),
                Cell::Unsigned(n) => i128::from(n),
                _ => panic!("a key of integers"),
            });
            if taken.insert(values.collect::<Vec<_>>()) {
                rows.push(row);
            }
        }
        draw.seed = None;
    }
    rows
}

/// Rounds microseconds down to the fraction of a second that the column stores.
fn to_precision(micros: i64, precision: u8) -> i64 {
    micros - micros % 10i64.pow(6 - u32::from(precision))
}

fn cell(draw: &mut Draw, kind: &ColumnType) -> Cell {
    match kind {
        ColumnType::Integer { bits, unsigned } => {
            let number = match draw.below(4) {
                0 => draw.below(6),
                1 => u64::MAX << draw.below(64),
                _ => draw.number(usize::from(bits / 8)),
            };
            let spare = 64 - bits;
            match unsigned {
                true => Cell::Unsigned(number << spare >> spare),
                false => Cell::Number((number << spare) as i64 >> spare),
            }
        }
        ColumnType::Boolean => Cell::Number(draw.below(2) as i64),
        ColumnType::Decimal { precision, .. } => {
            let nines = draw.below(5) == 4;
            let mut digit = || if nines { 9 } else { draw.below(10) as u8 };
            let digits: String = (0..*precision)
                .map(|_| char::from(b'0' + digit()))
                .collect();
            let zero = digits.bytes().all(|d| d == b'0');
            Cell::Decimal(!zero && draw.below(2) == 1, digits)
        }
        ColumnType::Float { .. } => {
            let single = f32::from_bits(draw.number(4) as u32);
            Cell::Real(f64::from(if single.is_finite() { single } else { 1.5 }).to_bits())
        }
        ColumnType::Double { .. } => {
            let double = f64::from_bits(draw.number(8));
            Cell::Real(if double.is_finite() { double } else { 1.5 }.to_bits())
        }
        ColumnType::DateTime { precision } => {
            let micros = draw.between(DAYS) * DAY + draw.between((0, DAY - 1));
            // round down to the full second, also for times before 1970
            let second = micros.rem_euclid(1_000_000);
            Cell::Number(micros - second + to_precision(second, *precision))
        }
        ColumnType::Timestamp { precision } => {
            let seconds = draw.between((1, i64::from(u32::MAX)));
            let fraction = to_precision(draw.between((0, 999_999)), *precision);
            Cell::Number(seconds * 1_000_000 + fraction)
        }
        ColumnType::Date => Cell::Number(draw.between(DAYS)),
        ColumnType::Time { precision } => {
            let micros = draw.between((-LONGEST_TIME, LONGEST_TIME));
            Cell::Number(to_precision(micros, *precision))
        }
        ColumnType::Year => Cell::Number(match draw.below(4) {
            0 => 0,
            _ => draw.between((1901, 2155)),
        }),
        ColumnType::Enum { members } => Cell::Number(draw.between((1, members.len() as i64))),
        ColumnType::Char { length } => {
            let text = text(draw, *length, u32::MAX);
            Cell::Text(text.trim_end_matches(' ').to_owned())
        }
        ColumnType::VarChar { length } => Cell::Text(text(draw, *length, u32::MAX)),
        ColumnType::Text { max_bytes } => Cell::Text(text(draw, 3000, *max_bytes)),
        ColumnType::Bit { bits } => Cell::Unsigned(draw.number(8) >> (64 - bits)),
        ColumnType::Set { members } => Cell::Unsigned(draw.number(8) >> (64 - members.len())),
        ColumnType::Binary { length } => Cell::Bytes(bytes(draw, *length as usize)),
        ColumnType::VarBinary { length: most } | ColumnType::Blob { max_bytes: most } => {
            let most = u64::from(*most).min(3000);
            let length = draw.below(most + 1) as usize;
            Cell::Bytes(bytes(draw, length))
        }
        other => unreachable!("no table has {other}"),
    }
}

fn bytes(draw: &mut Draw, length: usize) -> Vec<u8> {
    let pattern = draw.number(8).to_le_bytes();
    pattern.into_iter().cycle().take(length).collect()
}

fn text(draw: &mut Draw, most: u32, most_bytes: u32) -> String {
    let length = match draw.below(6) {
        0 => most,
        1 => draw.below(u64::from(most) + 1) as u32,
        _ => draw.below(u64::from(most.min(150)) + 1) as u32,
    };
    let letters: Vec<char> = draw
        .of(&["a b", "é\0ü", "🙂", "\u{7f}\u{80}漢"])
        .chars()
        .collect();
    let turn = draw.below(64) as usize;
    let mut bytes = 0;
    (0..length as usize)
        .map(|at| letters[(at * at / 3 + turn) % letters.len()])
        .take_while(|letter| {
            bytes += letter.len_utf8();
            bytes <= most_bytes as usize
        })
        .collect()
}

/// The rows as a batch that the pipeline would pass to a sink.
pub(super) fn batch_of(table: &Table, loaded: &[usize], rows: &[Row]) -> Batch {
    let kinds = loaded.iter().map(|c| &table.columns[*c].kind);
    let mut batch = Batch::new(Layout::new(kinds), 0, 1, BatchSize::default());
    for row in rows {
        for at in loaded {
            push(&mut batch, &table.columns[*at].kind, &row[*at]);
        }
        batch.finish_row(0, 0, 0, 0);
    }
    batch
}

fn push(batch: &mut Batch, kind: &ColumnType, cell: &Cell) {
    batch.push(match (cell, kind) {
        (Cell::Null, _) => Value::Null,
        (Cell::Unsigned(n), ColumnType::Set { .. }) => Value::Set(*n),
        (Cell::Unsigned(n), _) => Value::UInt(*n),
        (Cell::Bytes(bytes), _) => Value::Bytes(bytes),
        (Cell::Real(bits), _) => Value::Double(f64::from_bits(*bits)),
        (Cell::Text(text), _) => Value::Text(text),
        (Cell::Number(n), ColumnType::Date) => Value::Date(*n),
        (Cell::Number(n), ColumnType::Time { .. }) => Value::Time(*n),
        (Cell::Number(n), ColumnType::Year) => Value::Year(*n as u16),
        (Cell::Number(n), ColumnType::Enum { .. }) => Value::Enum(*n as u32),
        (Cell::Number(n), ColumnType::DateTime { .. } | ColumnType::Timestamp { .. }) => {
            Value::DateTime(*n)
        }
        (Cell::Number(n), _) => Value::Int(*n),
        (Cell::Decimal(negative, digits), ColumnType::Decimal { scale, .. }) => {
            let (whole, fraction) = digits.split_at(digits.len() - usize::from(*scale));
            let whole = whole.trim_start_matches('0');
            let text = format!(
                "{}{}{}{fraction}",
                if *negative { "-" } else { "" },
                if whole.is_empty() { "0" } else { whole },
                if fraction.is_empty() { "" } else { "." },
            );
            return batch.push(Value::Decimal(&text));
        }
        (Cell::Decimal(..), _) => panic!("{cell:?} is no {kind}"),
    });
}
