//! The drafted schema loads every row of a file, whatever the file contains.

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;

use super::Folder;

/// Values of one kind.
fn values(kind: usize) -> BoxedStrategy<String> {
    let of = |values: &'static [&'static str]| select(values).prop_map(str::to_owned).boxed();
    match kind {
        0 => any::<i16>().prop_map(|n| n.to_string()).boxed(),
        1 => (0..u64::MAX).prop_map(|n| n.to_string()).boxed(),
        2 => (0..5000i64, 1..4u32)
            .prop_map(|(n, places)| {
                let unit = 10i64.pow(places);
                format!("{}.{:0width$}", n / unit, n % unit, width = places as usize)
            })
            .boxed(),
        3 => any::<f64>().prop_map(|n| n.to_string()).boxed(),
        4 => (1..29u8, 1..13u8, 1900..2100u16)
            .prop_map(|(d, m, y)| format!("{d:02}/{m:02}/{y}"))
            .boxed(),
        5 => (1..29u8, 1..13u8, 1000..9999u16)
            .prop_map(|(d, m, y)| format!("{y}-{m:02}-{d:02}"))
            .boxed(),
        6 => (1..29u8, 0..24u8, 0..999_999u32)
            .prop_map(|(d, h, f)| format!("2024-02-{d:02} {h:02}:30:00.{f:06}"))
            .boxed(),
        7 => (900_000_000..2_000_000_000u64)
            .prop_map(|n| n.to_string())
            .boxed(),
        8 => (19_000_101..21_001_231u64)
            .prop_map(|n| n.to_string())
            .boxed(),
        9 => of(&["true", "false", "yes", "no", "t", "F", "1", "0", "Y"]),
        10 => of(&[
            "NA",
            "-",
            "n/a",
            "",
            "null",
            "\\N",
            " ",
            "None",
            "?",
            "0000-00-00",
        ]),
        11 => of(&[
            "007", "+49", "1e3", "1E400", ".5", "5.", "-0", "0x1F", "1_000", "--1",
        ]),
        12 => of(&[
            "1,5", "1.234,50", "1,234", "12", "1.234", "$5.00", "5 €", "12%", "1 234,5",
        ]),
        13 => of(&["{\"a\": 1}", "[]", "{", "\"x\"", "{\"a\": 1e999}", "[1,2"]),
        14 => of(&["10:30", "25:00:00", "-1:00:00", "1:05 PM", "10.30"]),
        15 => any::<u128>()
            .prop_map(|n| {
                let h = format!("{n:032x}");
                format!(
                    "{}-{}-{}-{}-{}",
                    &h[..8],
                    &h[8..12],
                    &h[12..16],
                    &h[16..20],
                    &h[20..]
                )
            })
            .boxed(),
        16 => of(&["red", "green", "Red", "r\u{e9}d", "red "]),
        _ => vec(
            select(
                &[
                    'a', 'B', ' ', ',', '"', '\n', '\\', '\'', 'é', '😀', ';', '#', '\t', '1',
                ][..],
            ),
            0..12,
        )
        .prop_map(String::from_iter)
        .boxed(),
    }
}

const KINDS: usize = 18;

/// A column: its name and the values of all rows.
fn column(rows: usize) -> impl Strategy<Value = (String, Vec<String>)> {
    let names = select(
        &[
            "id",
            "name",
            "created_at",
            "date",
            "t_id",
            "parent_id",
            "price $",
            "x y",
            "code",
            "Größe",
            "n",
        ][..],
    );
    let one = (0..KINDS).prop_flat_map(move |kind| vec(values(kind), rows));
    let odd = (0..KINDS).prop_flat_map(move |kind| vec(values(kind), rows));
    (names, one, odd, 0..3u8, any::<u64>()).prop_map(|(name, mut one, odd, mixed, seed)| {
        for (at, (value, odd)) in one.iter_mut().zip(odd).enumerate() {
            if mixed == 0 && (seed >> (at % 64)) & 3 == 0 {
                *value = odd;
            }
        }
        (name.to_owned(), one)
    })
}

fn tables() -> impl Strategy<Value = Vec<Vec<(String, Vec<String>)>>> {
    let table = (0..12usize).prop_flat_map(|rows| vec(column(rows), 1..6));
    vec(table, 1..3)
}

/// A text of records with all fields quoted where they must be.
fn written(table: &[(String, Vec<String>)], delimiter: u8) -> String {
    let mut writer = csv::WriterBuilder::new()
        .delimiter(delimiter)
        .from_writer(Vec::new());
    writer
        .write_record(table.iter().map(|(name, _)| name))
        .unwrap();
    for row in 0..table[0].1.len() {
        writer
            .write_record(table.iter().map(|(_, values)| &values[row]))
            .unwrap();
    }
    String::from_utf8(writer.into_inner().unwrap()).unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: crate::support::effort::cases(20),
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    #[test]
    fn every_row_of_random_tables_is_accepted(
        tables in tables(),
        delimiter in select(&[b',', b';', b'\t', b'|'][..]),
        option in select(&["--enums", "--uuid-binary", "--threads=1"][..]),
    ) {
        let names = ["t.csv", "u.csv"];
        let texts: Vec<String> = tables.iter().map(|table| written(table, delimiter)).collect();
        let files: Vec<(&str, &str)> =
            names.into_iter().zip(texts.iter().map(String::as_str)).collect();
        let folder = Folder::new(&files);
        folder.run(&["draft", "in", "-q", option]).exits(0);
        folder.run(&["check", "in", "--schema", "schema.sql", "-q", "--max-rejects", "0"]).exits(0);
    }
}

#[test]
fn every_line_of_a_file_of_one_column_is_accepted() {
    for (text, rows) in [
        ("name\n\"\"\n,\na\n", 3),
        ("line\nhello, world\nplain\n\"quoted\" text, odd\n", 3),
        ("line\na,b\na;b\na|b\na\tb\na::b\na^b\na~b\n", 7),
    ] {
        let folder = Folder::new(&[("t.csv", text)]);
        folder.run(&["draft", "in", "-q"]).exits(0);
        let checked = folder.run(&[
            "check",
            "in",
            "--schema",
            "schema.sql",
            "--max-rejects",
            "0",
        ]);
        checked.exits(0).says(&format!("t done, {rows} rows in"));
    }
}

#[test]
fn records_without_a_value_are_no_reason_to_reject_a_row() {
    let rows = "1,2\n,x\n3,\n,,,\n";
    let folder = Folder::new(&[("t.csv", &format!("a,b\n{rows}"))]);
    folder.run(&["draft", "in", "-q"]).exits(0);
    folder
        .run(&[
            "check",
            "in",
            "--schema",
            "schema.sql",
            "-q",
            "--max-rejects",
            "0",
        ])
        .exits(0);
}
