//! Files in the styles of several programs that write CSV: each is read correctly with the dialect
//! of its program.

use input::format::Format;
use model::schema::Table;
use mysql_schema::parse::parse;
use proptest::collection::vec;
use proptest::prelude::*;

use super::cases;
use super::pipeline::{Row, cuts, through_as};
use crate::support::harness::folder;

const TABLE: &str =
    "CREATE TABLE t (id INT NOT NULL, a VARCHAR(99), b TEXT, c VARCHAR(9) NOT NULL, n INT)";

fn table() -> Table {
    parse(TABLE, "t.sql").unwrap().tables.remove(0)
}

fn texts() -> impl Strategy<Value = String> {
    let special = "\\\"',;\t\n\r |#N0nrtbZfvx1:éß😀\u{b}\u{c}\u{8}\u{1a}\u{1}.";
    let special = proptest::sample::select(special.chars().collect::<Vec<_>>());
    let character = prop_oneof![1 => proptest::char::range('a', 'd'), 2 => special];
    let words = [
        "", "null", "NULL", "\\N", "N", "\\.", "\"", "\"\"", "\\", " a ", "NaN", "a\r\nb",
    ];
    let words = proptest::sample::select(words.map(str::to_owned).to_vec());
    prop_oneof![4 => vec(character, 0..9).prop_map(String::from_iter), 1 => words]
}

prop_compose! {
    fn rows()(rows in vec((proptest::option::of(texts()), proptest::option::of(texts()), texts(), proptest::option::of(any::<i32>())), 1..10)) -> Vec<Row> {
        let rows = rows.into_iter().enumerate();
        rows.map(|(at, (a, b, c, n))| {
            let c = c.chars().take(9).collect();
            vec![Some(at.to_string()), a, b, Some(c), n.map(|n| n.to_string())]
        }).collect()
    }
}

/// A file of these rows with a header, made by a writer of fields: it gets the value and whether
/// the column has texts.
fn file(
    rows: &[Row],
    (delimiter, end): (&str, &str),
    field: impl Fn(Option<&str>, bool) -> String,
) -> String {
    let mut file = ["id", "a", "b", "c", "n"].join(delimiter) + end;
    for row in rows {
        let fields = row.iter().enumerate();
        let fields: Vec<_> = fields
            .map(|(at, value)| field(value.as_deref(), (1..4).contains(&at)))
            .collect();
        file.push_str(&(fields.join(delimiter) + end));
    }
    file
}

/// The rows that are read, with these settings.
fn read(file: &[u8], settings: &[(&str, &str)], cut: super::pipeline::Cut) -> Vec<Row> {
    let mut format = Format::default();
    for (key, value) in settings {
        format.set(key, &[(*value).to_owned()]).unwrap();
    }
    let folder = folder();
    let limits = (cut, 1 << 20);
    let outcome = through_as(folder.path(), (&table(), "csv"), file, limits, &format);
    assert_eq!(outcome.rejected, [], "{:?}", String::from_utf8_lossy(file));
    outcome.rows.into_values().collect()
}

fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('"', "\"\""))
}

/// A field of Spark: quoted if it has a delimiter, a quote or a line end, or is empty; escapes only
/// within quotes.
fn of_spark(value: Option<&str>, _: bool) -> String {
    match value {
        None => String::new(),
        Some(text) if text.is_empty() || text.contains([',', '"', '\n', '\r']) => {
            format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
        }
        Some(text) => text.to_owned(),
    }
}

/// A field of `COPY … (FORMAT csv)`.
fn of_postgres(value: Option<&str>, _: bool) -> String {
    match value {
        None => String::new(),
        Some(text) if text.is_empty() || text == "\\." || text.contains([',', '"', '\n', '\r']) => {
            quoted(text)
        }
        Some(text) => text.to_owned(),
    }
}

/// A field of `COPY` in its text format.
fn of_postgres_text(value: Option<&str>, _: bool) -> String {
    let Some(text) = value else {
        return "\\N".to_owned();
    };
    let letter = |c: char| match c {
        '\u{8}' => "\\b".to_owned(),
        '\u{c}' => "\\f".to_owned(),
        '\n' => "\\n".to_owned(),
        '\r' => "\\r".to_owned(),
        '\t' => "\\t".to_owned(),
        '\u{b}' => "\\v".to_owned(),
        '\\' => "\\\\".to_owned(),
        other => other.to_string(),
    };
    text.chars().map(letter).collect()
}

/// A field of `DataFrame.to_csv(escapechar="\\", doublequote=False)`, where None and the empty text
/// are the same.
fn of_pandas(value: Option<&str>, _: bool) -> String {
    let text = value.unwrap_or("");
    let escaped = text.replace('\\', "\\\\").replace('"', "\\\"");
    match text.contains([',', '\n', '\r']) {
        true => format!("\"{escaped}\""),
        false => escaped,
    }
}

/// The rows without texts that mean NULL, which a writer without a mark for NULL cannot write.
fn without_words(rows: Vec<Row>) -> Vec<Row> {
    let is_word =
        |text: &String| text.is_empty() || text == "\\N" || text.eq_ignore_ascii_case("null");
    let value = |(at, value): (usize, Option<String>)| match at {
        1 | 2 => value.filter(|text| !is_word(text)),
        _ => value,
    };
    let row = |row: Row| row.into_iter().enumerate().map(value).collect();
    rows.into_iter().map(row).collect()
}

proptest! {
    #![proptest_config(cases(30))]

    #[test]
    fn files_of_spark_are_read(rows in rows(), cut in cuts()) {
        let file = file(&rows, (",", "\n"), of_spark);
        prop_assert_eq!(read(file.as_bytes(), &[("dialect", "spark")], cut), rows, "{:?}", file);
    }

    #[test]
    fn files_of_postgres_are_read(rows in rows(), cut in cuts()) {
        let csv = file(&rows, (",", "\n"), of_postgres);
        prop_assert_eq!(read(csv.as_bytes(), &[("dialect", "postgres")], cut), rows.clone(), "{:?}", csv);
        let text = file(&rows, ("\t", "\n"), of_postgres_text) + "\\.\n";
        let settings = [("dialect", "postgres-text"), ("no_header", "false")];
        prop_assert_eq!(read(text.as_bytes(), &settings, cut), rows, "{:?}", text);
    }

    #[test]
    fn files_of_pandas_are_read(rows in rows(), cut in cuts()) {
        let rows = without_words(rows);
        let doubled = file(&rows, (",", "\n"), |value, _| {
            let text = value.unwrap_or("");
            match text.contains([',', '"', '\n', '\r']) {
                true => quoted(text),
                false => text.to_owned(),
            }
        });
        prop_assert_eq!(read(doubled.as_bytes(), &[], cut), rows.clone(), "{:?}", doubled);
        let escaped = file(&rows, (",", "\n"), of_pandas);
        prop_assert_eq!(read(escaped.as_bytes(), &[("escape", "\\")], cut), rows.clone(), "{:?}", escaped);
        // QUOTE_NONNUMERIC
        let nonnumeric = file(&rows, (",", "\n"), |value, is_text| match is_text {
            true => quoted(value.unwrap_or("")),
            false => value.unwrap_or("").to_owned(),
        });
        prop_assert_eq!(read(nonnumeric.as_bytes(), &[("dialect", "unix")], cut), rows, "{:?}", nonnumeric);
    }

    #[test]
    fn files_of_excel_are_read(rows in rows(), cut in cuts(), names_its_delimiter: bool) {
        let rows = without_words(rows);
        let field = |value: Option<&str>, _| {
            let text = value.unwrap_or("");
            match text.contains([';', '"', '\n', '\r']) {
                true => quoted(text),
                false => text.to_owned(),
            }
        };
        let body = file(&rows, (";", "\r\n"), field);
        let (first, settings) = match names_its_delimiter {
            true => ("sep=;\r\n", &[][..]),
            false => ("", &[("dialect", "excel")][..]),
        };
        let file = format!("\u{feff}{first}{body};;;;\r\n");
        prop_assert_eq!(read(file.as_bytes(), settings, cut), rows, "{:?}", file);
    }
}
