//! The part of docs/rules.md about ambiguous values and the settings that resolve them. The program
//! behaves as every line of its tables says.

use std::fmt::Write;
use std::sync::Arc;

use clean::clean_value;
use clean::diagnosis::ColumnSetting;
use model::batch::{Batch, BatchSize, Layout, Value};
use model::schema::{Column, ValueFormat};
use mysql_schema::parse::parse;

/// Values that are read without a setting.
const ONE_READING: [(&str, &str); 22] = [
    ("DATE", "2015/01/31"),
    ("DATE", "2015.1.31"),
    ("DATE", "20150131"),
    ("DATE", "31-Jul-2018"),
    ("DATE", "Jan 1 2000"),
    ("DATE", "1 January 2000"),
    ("DATETIME", "2015-01-31 01:02"),
    ("DATETIME", "2015/01/31 01:02:03"),
    ("DATETIME", "20150131T010203"),
    ("DATETIME", "20150131010203"),
    ("DATETIME", "2015-01-31 01:02:03 PM"),
    ("DATETIME", "2015-01-31 01:02:03 UTC"),
    ("DATETIME", "2015-01-31T01:02:03+02:00"),
    ("DATETIME", "Sat, 31 Jan 2015 01:02:03 GMT"),
    ("TIME", "01:02:03 PM"),
    ("INT", "60.0"),
    ("INT", "60."),
    ("INT", "1e5"),
    ("INT", "1.5e3"),
    ("BOOLEAN", "1.0"),
    ("YEAR", "2015.0"),
    ("DECIMAL(8,3)", "1.234"),
];

/// Values that are rejected without a setting.
const REJECTED: [(&str, &str); 14] = [
    ("DATE", "03/04/2023"),
    ("DATE", "25/12/2019"),
    ("DATE", "31-Jul-18"),
    ("DATE", "04/01/19"),
    ("DATETIME", "2013110412"),
    ("INT", "1.234"),
    ("INT", "1,234"),
    ("INT", "34.5"),
    ("INT", "1.23457E+11"),
    ("INT", "NA"),
    ("DECIMAL(8,2)", "1,5"),
    ("DECIMAL(8,2)", "$1,234.50"),
    ("DECIMAL(8,2)", "34.7999992"),
    ("BOOLEAN", "ja"),
];

/// Settings with the columns that can use them, what they do, and a value that is read with them:
/// (key, columns, meaning, settings, type, value).
type Row = (
    &'static str,
    &'static str,
    &'static str,
    &'static [(&'static str, &'static [&'static str])],
    &'static str,
    &'static str,
);

const DATES: &str = "DATE, DATETIME, TIMESTAMP";
const NUMBERS: &str = "integers, DECIMAL, FLOAT, DOUBLE";
const TRUTH: &str = "BOOLEAN, TINYINT(1), BIT(1)";
const TEXTS: &str = "CHAR, VARCHAR, TEXT";

const SETTINGS: [Row; 16] = [
    (
        "null",
        "all; texts only by a setting of the column",
        "words that mean NULL. Upper and lower case differ",
        &[("null", &["NA", "-"])],
        "INT",
        "NA",
    ),
    (
        "date_format",
        "DATE, DATETIME, TIMESTAMP, TIME",
        "formats of strftime. Nothing else is read. If a value fits two of them and they disagree, it is rejected",
        &[("date_format", &["%d.%m.%Y %H:%M", "%F"])],
        "DATETIME",
        "3.4.2023 7:05",
    ),
    (
        "date_order",
        DATES,
        "`dmy`, `mdy` or `ymd`, for dates in numbers; separators are `/`, `.`, `-` and blanks. Dates with one reading are read too",
        &[("date_order", &["dmy"])],
        "DATE",
        "03/04/2023",
    ),
    (
        "pivot",
        "DATE, DATETIME, TIMESTAMP, YEAR",
        "years of two digits from this one on are in the 1900s, the others in the 2000s",
        &[("date_order", &["dmy"]), ("pivot", &["70"])],
        "DATE",
        "31-Jul-18",
    ),
    (
        "decimal",
        NUMBERS,
        "the decimal mark, a comma or a point",
        &[("decimal", &[","])],
        "DECIMAL(8,2)",
        "1,5",
    ),
    (
        "thousands",
        NUMBERS,
        "what separates groups of three digits: `,` `.` `'` `_` or a blank, also one that does not break. If it is a point, the decimal mark is a comma",
        &[("thousands", &["."])],
        "INT",
        "1.234.567",
    ),
    (
        "strip",
        NUMBERS,
        "characters that are removed at both ends, with the blanks next to them",
        &[("strip", &["$€%"])],
        "DECIMAL(8,2)",
        "-$12.50",
    ),
    (
        "parentheses",
        NUMBERS,
        "a number in parentheses is negative",
        &[("parentheses", &["true"])],
        "DECIMAL(8,2)",
        "(12.50)",
    ),
    (
        "scale",
        NUMBERS,
        "a factor, in exact decimal arithmetic; only for single columns",
        &[("strip", &["%"]), ("scale", &["0.01"])],
        "DECIMAL(5,4)",
        "50%",
    ),
    (
        "round",
        "DECIMAL",
        "digits that do not fit are rounded half away from zero, as the server does. A warning has their number",
        &[("round", &["true"])],
        "DECIMAL(8,2)",
        "34.7999992",
    ),
    (
        "true_values",
        TRUTH,
        "words for true, in any case, besides the usual ones",
        &[("true_values", &["ja"])],
        "BOOLEAN",
        "Ja",
    ),
    (
        "false_values",
        TRUTH,
        "words for false",
        &[("false_values", &["nein"])],
        "BOOLEAN",
        "nein",
    ),
    (
        "small_integers",
        "TINYINT(1)",
        "whole numbers from -128 to 127 are accepted too",
        &[("small_integers", &["true"])],
        "BOOLEAN",
        "7",
    ),
    (
        "case",
        TEXTS,
        "`lower` or `upper`",
        &[("case", &["lower"])],
        "VARCHAR(9)",
        "ABC",
    ),
    (
        "trim",
        TEXTS,
        "blanks at both ends are removed",
        &[("trim", &["true"])],
        "VARCHAR(9)",
        "  abc  ",
    ),
    (
        "keep_null",
        TEXTS,
        "the word null is a text; an empty field is NULL; only for single columns",
        &[("keep_null", &["true"])],
        "VARCHAR(9)",
        "Null",
    ),
];

fn column(sql: &str) -> Column {
    let mut schema = parse(&format!("CREATE TABLE t (c {sql})"), "t.sql").unwrap();
    schema.tables.remove(0).columns.remove(0)
}

/// What is stored, or the message of the rejection.
fn read(column: &Column, field: &str) -> Result<String, String> {
    let layout = Layout::new([&column.kind]);
    let mut batch = Batch::new(layout, 0, 1, BatchSize::default());
    clean_value(column, field.as_bytes(), &mut batch).map_err(|fault| fault.message)?;
    Ok(match batch.pending_value(0) {
        Value::Null => "NULL".to_owned(),
        Value::Text(text) => text.to_owned(),
        value => {
            let mut out = Vec::new();
            model::sqltext::push_plain(&mut out, value, 0);
            String::from_utf8(out).unwrap()
        }
    })
}

const WHERE: &str = "
These settings say how files write values. A setting of one column is in `reviewseed.toml`, or on
the command line: `--set orders.day.date_order=dmy`. A setting of a table (`[tables.orders]`, `--set
orders.date_order=dmy`) or of all tables (at the top of the file, `--date-order dmy`) applies to the
columns that can use it. The setting of a column replaces that of its table, and an empty one takes
it back.

```toml
date_order = \"dmy\"

[tables.orders]
decimal = \",\"

[tables.orders.columns.day]
date_format = [\"%d.%m.%Y\", \"%F\"]
```

`date_format` knows `%Y %y %m %d %e %j`, `%b %B` (a month's name in English), `%a %A` (a weekday,
which must be right), `%H %M %S %f`, `%I %p`, `%z %Z`, `%F %T %R`, and alone `%s` and `%Q` (epoch
seconds and milliseconds). Numbers may lack leading zeros where other characters separate them.

In a column with a setting of numbers other than `round`, a sign may also follow the number, and
U+2212 is a minus sign: with `decimal = \",\"`, `5,10-` is -5.10.
";

/// The part of the page.
pub fn page() -> String {
    let mut page = String::from(
        "\n## Values with one reading, and with several\n\n\
         A value that can mean only one thing is read. One that can mean several things is rejected, and the\n\
         message names the setting that decides.\n\n\
         | column | value | stored |\n|---|---|---|\n",
    );
    for (sql, field) in ONE_READING {
        let stored = read(&column(sql), field).unwrap();
        writeln!(page, "| {sql} | `{field}` | `{stored}` |").unwrap();
    }
    page.push_str("\n| column | value | message |\n|---|---|---|\n");
    for (sql, field) in REJECTED {
        let message = read(&column(sql), field).unwrap_err();
        writeln!(page, "| {sql} | `{field}` | {message} |").unwrap();
    }
    page.push_str("\n## Settings of values\n");
    page.push_str(WHERE);
    page.push_str(
        "\n| setting | columns | meaning | with | value | stored |\n|---|---|---|---|---|---|\n",
    );
    for (key, columns, meaning, settings, sql, field) in SETTINGS {
        let mut column = column(sql);
        let shown: Vec<String> = settings
            .iter()
            .map(|(key, values)| {
                let values = values.iter().map(|value| (*value).to_owned()).collect();
                format!("`{}`", ColumnSetting { key, values })
            })
            .collect();
        let shown = shown.join(", ");
        column.format = Some(Arc::new(with(settings)));
        let stored = read(&column, field).unwrap();
        writeln!(
            page,
            "| `{key}` | {columns} | {meaning} | {shown} | {sql}: `{field}` | `{stored}` |"
        )
        .unwrap();
    }
    page
}

#[test]
fn the_page_has_every_setting_of_values() {
    let keys = SETTINGS.map(|(key, ..)| key);
    assert_eq!(keys, ValueFormat::KEYS);
    for (key, _, _, settings, sql, field) in SETTINGS {
        assert!(settings.iter().any(|(name, _)| *name == key), "{key}");
        // the example needs each of its settings
        let mut column = column(sql);
        let whole = {
            column.format = Some(Arc::new(with(settings)));
            read(&column, field)
        };
        for (without, _) in settings {
            let fewer: Vec<_> = settings
                .iter()
                .filter(|(name, _)| name != without)
                .copied()
                .collect();
            column.format = Some(Arc::new(with(&fewer)));
            assert_ne!(read(&column, field), whole, "{key} without {without}");
        }
    }
}

fn with(settings: &[(&str, &[&str])]) -> ValueFormat {
    let mut format = ValueFormat::default();
    for (key, values) in settings {
        let values: Vec<String> = values.iter().map(|value| (*value).to_owned()).collect();
        format.set(key, &values).unwrap();
    }
    format
}
