//! Properties of every dialect: rows are read as they were written, the size of chunks has no
//! influence, and reject files are read with the settings of the input file.

use std::path::Path;

use input::format::Format;
use model::schema::Table;
use mysql_schema::parse::parse;
use proptest::collection::vec;
use proptest::prelude::*;

use super::cases;
use super::pipeline::{Cut, Outcome, Row, WHOLE, cuts, through_as};
use crate::support::harness::folder;

const LONGEST: usize = 1 << 20;

/// A file is set to be read in this way.
#[derive(Debug, Clone)]
struct Settings(Vec<(&'static str, String)>);

impl Settings {
    fn format(&self) -> Format {
        let mut format = Format::default();
        for (key, value) in &self.0 {
            format.set(key, std::slice::from_ref(value)).unwrap();
        }
        format
    }

    fn of(&self, key: &str) -> Option<&str> {
        let setting = self.0.iter().find(|(name, _)| *name == key);
        setting.map(|(_, value)| value.as_str())
    }

    fn delimiter(&self) -> &str {
        self.of("delimiter").unwrap_or(",")
    }

    /// `None` if a quote is text.
    fn quote(&self) -> Option<char> {
        let quote = self.of("quote").unwrap_or("\"");
        quote.chars().next().filter(|_| quote != "none")
    }

    fn escape(&self) -> Option<char> {
        let escape = self.of("escape").unwrap_or("none");
        escape.chars().next().filter(|_| escape != "none")
    }

    fn line_end(&self) -> &str {
        match self.of("line_end") {
            Some("crlf") => "\r\n",
            Some("cr") => "\r",
            _ => "\n",
        }
    }
}

fn one_of(values: &'static [&'static str]) -> impl Strategy<Value = String> {
    proptest::sample::select(values).prop_map(str::to_owned)
}

prop_compose! {
    /// Settings that can hold any text: with quotes, or with an escape.
    fn settings()(
        delimiter in one_of(&[",", ";", "\t", "::", "||", "¦"]),
        quote in one_of(&["\"", "'", "none"]),
        escape in one_of(&["\\", "!", "none"]),
        line_end in one_of(&["lf", "crlf", "cr"]),
        comment in one_of(&["#", "--"]),
        skip_lines in one_of(&["0", "0", "2"]),
        short_rows in one_of(&["reject", "pad"]),
        empty_quoted in one_of(&["null", "text"]),
    ) -> Settings {
        let escape = match quote.as_str() {
            "none" if escape == "none" => "\\".to_owned(),
            _ => escape,
        };
        Settings(vec![
            ("delimiter", delimiter), ("quote", quote), ("escape", escape),
            ("line_end", line_end), ("comment", comment), ("skip_lines", skip_lines),
            ("short_rows", short_rows), ("empty_quoted", empty_quoted),
        ])
    }
}

const NOTES: &str = "CREATE TABLE notes (id INT UNSIGNED NOT NULL, title VARCHAR(40) NOT NULL, body TEXT, stars TINYINT)";

fn notes() -> Table {
    parse(NOTES, "notes.sql").unwrap().tables.remove(0)
}

/// Texts with much of what is special in some dialect.
fn texts() -> impl Strategy<Value = String> {
    let special = [
        '\\', '!', ',', ';', ':', '|', '¦', '"', '\'', '\n', '\r', '\t', '#', '-', ' ', 'N', 'n',
        'é', '\0',
    ];
    let special = proptest::sample::select(special.to_vec());
    let character = prop_oneof![3 => proptest::char::range('a', 'd'), 2 => special];
    let words = one_of(&[
        "\\N", "null", "NULL", "N", "''", "\\", "a\r\nb", "--", "# a",
    ]);
    prop_oneof![5 => vec(character, 0..10).prop_map(String::from_iter), 1 => words]
}

/// How one field is written.
#[derive(Debug, Clone, Copy)]
struct Way {
    quoted: bool,
    escaped: bool,
}

fn ways() -> impl Strategy<Value = Way> {
    any::<(bool, bool)>().prop_map(|(quoted, escaped)| Way { quoted, escaped })
}

/// A text as the settings have it, in one of the ways that they leave open.
fn written(text: &str, settings: &Settings, way: Way) -> String {
    let (quote, escape) = (settings.quote(), settings.escape());
    // what ends a field or gives it another meaning
    let is_special = |c: char| {
        matches!(c, '\n' | '\r')
            || Some(c) == quote
            || Some(c) == escape
            || settings.delimiter().contains(c)
    };
    let begins_a_comment = text.starts_with(settings.of("comment").unwrap());
    let is_word = text.is_empty() || text == "\\N" || text.eq_ignore_ascii_case("null");
    let must_quote = text.contains(is_special)
        || begins_a_comment
        || (is_word && settings.of("empty_quoted") == Some("text"));
    match (quote, escape) {
        (Some(quote), escape) if must_quote || way.quoted => {
            let mut out = quote.to_string();
            for c in text.chars() {
                match escape {
                    Some(escape) if c == escape || (c == quote && way.escaped) => {
                        out.extend([escape, c])
                    }
                    _ if c == quote => out.extend([quote, c]),
                    _ => out.push(c),
                }
            }
            out.push(quote);
            out
        }
        (_, escape) => {
            let mut out = String::new();
            for c in text.chars() {
                if is_special(c) {
                    out.extend(escape);
                }
                out.push(c);
            }
            out
        }
    }
}

/// Whether the settings have a way to write a text that is not NULL.
fn is_writable(text: &str, settings: &Settings) -> bool {
    let is_word = text.is_empty() || text.eq_ignore_ascii_case("null") || text == "\\N";
    let can_quote = settings.quote().is_some() && settings.of("empty_quoted") == Some("text");
    let begins = text.starts_with(settings.of("comment").unwrap());
    can_quote || !(is_word || (begins && settings.quote().is_none()))
}

prop_compose! {
    fn rows()(rows in vec((texts(), proptest::option::of(texts()), proptest::option::of(any::<i8>())), 1..12)) -> Vec<Row> {
        let rows = rows.into_iter().enumerate();
        rows.map(|(at, (title, body, stars))| {
            vec![Some((at + 1).to_string()), Some(title), body, stars.map(|stars| stars.to_string())]
        }).collect()
    }
}

/// What a file in these settings begins with.
fn beginning(settings: &Settings) -> String {
    let end = settings.line_end();
    let skipped = match settings.of("skip_lines") {
        Some("2") => format!("A \"title{end}{end}"),
        _ => String::new(),
    };
    let comment = settings.of("comment").unwrap();
    let header = ["id", "title", "body", "stars"].join(settings.delimiter());
    format!("{skipped}{comment} 'note{end}{header}{end}")
}

fn run(folder: &Path, settings: &Settings, file: &[u8], cut: Cut) -> Outcome {
    through_as(
        folder,
        (&notes(), "csv"),
        file,
        (cut, LONGEST),
        &settings.format(),
    )
}

/// A piece of a file, good or bad, in which `,` is the delimiter, `'` the quote and `\` the escape.
fn pieces() -> impl Strategy<Value = String> {
    let broken = one_of(&[
        "'",
        "''",
        ",",
        "\n",
        "\\",
        "\\\n",
        "\\'",
        ",,,\n",
        "5,a\n",
        "6,'open,b,1\n",
        "7,'a'b,c,1\n",
        "8,a,\\N,1\n",
        "x,a,b,1\n",
        "9,a,b,300\n",
        "# it's\n",
        "10,a,b,1",
        "11,'a\nb',c,2\n",
        "12,a\\\nb,'c\\'',3\n",
        ", ,\t,\n",
    ]);
    let line = (0..30u32, texts(), -200..200i32).prop_map(|(id, text, stars)| {
        let text = text.replace(['\'', '\\', ','], "");
        format!("{id},'{text}',{text},{stars}\n")
    });
    prop_oneof![4 => line, 3 => broken]
}

fn spelled(pieces: &[String], settings: &Settings) -> String {
    let mut text = beginning(settings);
    for c in pieces.concat().chars() {
        match c {
            ',' => text.push_str(settings.delimiter()),
            '\n' => text.push_str(settings.line_end()),
            '\'' => text.extend(settings.quote()),
            '\\' => text.extend(settings.escape()),
            '#' => text.push_str(settings.of("comment").unwrap()),
            other => text.push(other),
        }
    }
    text
}

proptest! {
    #![proptest_config(cases(60))]

    #[test]
    fn what_is_written_in_any_dialect_is_read(
        settings in settings(),
        rows in rows(),
        ways in vec(ways(), 12),
        cut in cuts(),
    ) {
        let mut file = beginning(&settings);
        let mut expected = Vec::new();
        for (row, way) in rows.iter().zip(&ways) {
            if row.iter().flatten().any(|text| !is_writable(text, &settings)) {
                continue;
            }
            let fields = row.iter().map(|value| match value {
                Some(text) => written(text, &settings, *way),
                None => String::new(),
            });
            file.push_str(&fields.collect::<Vec<_>>().join(settings.delimiter()));
            file.push_str(settings.line_end());
            expected.push(row.clone());
        }
        let folder = folder();
        let outcome = run(folder.path(), &settings, file.as_bytes(), cut);
        prop_assert_eq!(outcome.rejected, vec![], "{:?}", file);
        prop_assert_eq!(outcome.rows.into_values().collect::<Vec<_>>(), expected, "{:?}", file);
    }

    #[test]
    fn how_the_work_is_cut_does_not_matter_in_any_dialect(
        settings in settings(),
        pieces in vec(pieces(), 0..40),
        cut in cuts(),
    ) {
        let file = spelled(&pieces, &settings);
        let folder = folder();
        let whole = run(folder.path(), &settings, file.as_bytes(), WHOLE);
        let cut = run(folder.path(), &settings, file.as_bytes(), cut);
        prop_assert_eq!(&cut.rows, &whole.rows);
        prop_assert_eq!(&cut.rejected, &whole.rejected);
        prop_assert_eq!(&cut.files, &whole.files);
        prop_assert_eq!((cut.read, cut.checksum), (whole.read, whole.checksum));
    }

    /// No key and no parent decides in this table, so what was rejected is rejected again for the
    /// same reason.
    #[test]
    fn a_reject_file_is_read_with_the_settings_of_its_file(
        settings in settings(),
        pieces in vec(pieces(), 0..40),
        last in one_of(&["", "x,a,b,1", "x,'a',b\\\\,1"]),
    ) {
        let mut pieces = pieces;
        pieces.extend(["\n".to_owned(), last]);
        let folder = folder();
        let first = run(folder.path(), &settings, spelled(&pieces, &settings).as_bytes(), WHOLE);
        let broken = ["unclosed_quote", "field_count", "record_too_large"];
        let rules = first.rejected.iter().map(|(_, rule)| rule.as_str());
        let rules: Vec<_> = rules.filter(|rule| !broken.contains(rule)).collect();
        let Some(rejects) = first.files.get("notes.csv") else {
            prop_assert_eq!(rules, Vec::<&str>::new());
            return Ok(());
        };
        let again = run(folder.path(), &settings, rejects, WHOLE);
        prop_assert_eq!(again.rows.len(), 0, "{:?}", String::from_utf8_lossy(rejects));
        let rules_again: Vec<_> = again.rejected.iter().map(|(_, rule)| rule.as_str()).collect();
        prop_assert_eq!(rules_again, rules, "{:?}", String::from_utf8_lossy(rejects));
    }
}
