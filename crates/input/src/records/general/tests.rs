//! Files of random dialects: how they are cut does not matter, and what is read is what a naive
//! reader finds.

mod naive;
mod reading;

use proptest::prelude::*;

use crate::dialect::{
    Blanks, Dialect, Escape, EscapeStyle, FieldKind, LineEnd, LongRows, NamedDialect, Nulls,
    Quoted, ShortRows, Symbol,
};
use reading::{Item, read, whole};

/// A parameter with one of some values.
fn one_of<T: Copy + std::fmt::Debug + 'static>(values: &[T]) -> impl Strategy<Value = T> {
    proptest::sample::select(values.to_vec())
}

prop_compose! {
    fn signs()(
        delimiter in one_of(&[",", ";", "\t", "::", ":;:", "¦", " "]),
        quote in one_of(&[Some(b'"'), Some(b'"'), Some(b'\''), None]),
        escape in one_of(&[None, Some(EscapeStyle::Mysql), Some(EscapeStyle::Postgres), Some(EscapeStyle::Quotes)]),
        byte in one_of(b"\\\\!"),
        comment in one_of(&[None, None, Some("#"), Some("--")]),
        line_end in one_of(&[LineEnd::Any, LineEnd::Lf, LineEnd::CrLf, LineEnd::Cr]),
    ) -> Dialect {
        Dialect {
            delimiter: Symbol::parse(delimiter).unwrap(),
            quote,
            escape: escape.map(|style| Escape { byte, style }),
            comment: comment.map(|comment| Symbol::parse(comment).unwrap()),
            line_end,
            ..Dialect::default()
        }
    }
}

prop_compose! {
    fn dialects()(
        signs in signs(),
        blanks in one_of(&[Blanks::Keep, Blanks::Keep, Blanks::Trim]),
        short_rows in one_of(&[ShortRows::Reject, ShortRows::Pad]),
        long_rows in one_of(&[LongRows::Reject, LongRows::IgnoreEmpty]),
        quoted in one_of(&[Quoted::Null, Quoted::Text]),
        nulls in one_of(&[Nulls::Words, Nulls::Mark, Nulls::Empty]),
    ) -> Dialect {
        Dialect { blanks, short_rows, long_rows, quoted, nulls, ..signs }
    }
}

/// A piece of a text, in which `,` is the delimiter, `'` the quote and `\` the escape.
fn pieces() -> impl Strategy<Value = String> {
    let special = one_of(&[
        "'", "''", "'''", ",", ",,", "\n", "\r", "\r\n", "\\", "\\'", "\\\\", "\\,", "\\N", "\\\n",
        "\\\r\n", "\\\r", "',", ",'", "'\n", "\\n", "\\101", "\\x4", "NULL", "null", "\\.",
        "\u{feff}", "# it's\n", "-- x\\\n", " ", "\t", ":", "é", "N", "'a' ,", "a' \n", ";",
        "\\'\n",
    ]);
    prop_oneof![
        5 => ("[a-c ]{0,4}", "[a-c]{0,6}").prop_map(|(a, b)| format!("{a},{b}\n")),
        4 => ("[a-c]{0,4}", "([a-c,\n]|''|\\\\'|\\\\\\\\|\\\\\n){0,12}").prop_map(|(a, b)| format!("{a},'{b}'\r\n")),
        9 => special.prop_map(str::to_owned),
        1 => (1..50usize).prop_map(|n| "z".repeat(n)),
        1 => (1..30usize).prop_map(|n| format!("q,'{}'\n", "k,l\n".repeat(n))),
        1 => (1..40usize).prop_map(|n| "\\".repeat(n)),
    ]
}

/// The text with the signs of a dialect.
fn spelled(pieces: &[String], dialect: &Dialect) -> Vec<u8> {
    let mut text = Vec::new();
    for byte in pieces.concat().bytes() {
        match byte {
            b',' => text.extend_from_slice(dialect.delimiter.bytes()),
            b'\'' => text.push(dialect.quote.unwrap_or(b'\'')),
            b'\\' => text.push(dialect.escape.map_or(b'\\', |escape| escape.byte)),
            other => text.push(other),
        }
    }
    text
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn what_is_found_does_not_depend_on_the_cuts_and_is_what_a_naive_reader_finds(
        dialect in dialects(),
        pieces in proptest::collection::vec(pieces(), 0..30),
        fields in 1..4usize,
        max_record in prop_oneof![3..40usize, Just(1 << 20)],
        chunk_bytes in 1..100usize,
    ) {
        prop_assume!(dialect.check().is_ok());
        let text = spelled(&pieces, &dialect);
        let expected = naive::read(&text, &dialect, fields, max_record);
        let whole = read(&text, &dialect, (fields, max_record), 1 << 20);
        prop_assert_eq!(&whole, &expected, "{:?} in {:?}", String::from_utf8_lossy(&text), dialect);
        let cut = read(&text, &dialect, (fields, max_record), chunk_bytes);
        prop_assert_eq!(&cut, &expected, "{:?} in chunks in {:?}", String::from_utf8_lossy(&text), dialect);
    }

    #[test]
    fn rows_of_plain_numbers_are_the_same_read_at_once(
        dialect in dialects(),
        rows in proptest::collection::vec(("[0-9]{1,9}", "[0-9]{0,3}", one_of(&["\n", "\r\n", "\r", "x\n"])), 0..12),
    ) {
        prop_assume!(dialect.check().is_ok());
        let rows: Vec<_> = rows.iter().map(|(a, b, end)| format!("{a},{b}{end}")).collect();
        reading::numbers_are_the_fields(&spelled(&rows, &dialect), &dialect);
    }
}

/// The fields of the only record; NULL is `None`.
fn fields(text: &str, dialect: &Dialect) -> Vec<Option<String>> {
    let count = naive::count(text.as_bytes(), dialect);
    let items = whole(text, dialect, count);
    let [
        Item {
            read: Ok(fields), ..
        },
    ] = &items[..]
    else {
        panic!("{items:?}");
    };
    let value = |(kind, field): &(FieldKind, Vec<u8>)| {
        let text = String::from_utf8_lossy(field).into_owned();
        (*kind != FieldKind::Null).then_some(text)
    };
    fields.iter().map(value).collect()
}

fn named(dialect: NamedDialect, delimiter: &str) -> Dialect {
    Dialect {
        delimiter: Symbol::parse(delimiter).unwrap(),
        ..dialect.bundle().dialect
    }
}

fn some(values: &[&str]) -> Vec<Option<String>> {
    values
        .iter()
        .map(|value| Some((*value).to_owned()))
        .collect()
}

#[test]
fn files_of_into_outfile_are_read_as_load_data_reads_them() {
    let mysql = named(NamedDialect::Mysql, ",");
    let text = "1,\\N,\"\\N\",NULL,\"NULL\",\"\\\\N\",\"\",,null\n";
    let expected: Vec<_> = [
        Some("1"),
        None,
        None,
        None,
        Some("NULL"),
        Some("\\N"),
        Some(""),
        Some(""),
        Some("null"),
    ]
    .map(|value| value.map(str::to_owned))
    .into();
    assert_eq!(fields(text, &mysql), expected);
    assert_eq!(
        fields(
            "\"5\\\" wide\",\"C:\\\\in\\\\\",\"a\\\nb\rc\",\\0\\n\\t\\x\n",
            &mysql
        ),
        some(&["5\" wide", "C:\\in\\", "a\nb\rc", "\0\n\tx"])
    );
    let tabs = named(NamedDialect::MysqldumpTab, "tab");
    assert_eq!(
        fields("\"Rome\tNULL\ta\\\tb\t\\\\N\t\\\n\n", &tabs),
        some(&["\"Rome", "NULL", "a\tb", "\\N", "\n"])
    );
    assert_eq!(fields("a\t\\N\n", &tabs)[1], None);
}

#[test]
fn files_of_spark_and_postgres_have_quoted_empty_texts() {
    let spark = named(NamedDialect::Spark, ",");
    assert_eq!(
        fields("C:\\in\\,\"a\\\"b\\\\c\\n\",\"\",null,\n", &spark),
        [some(&["C:\\in\\", "a\"b\\c\\n", "", "null"]), vec![None]].concat()
    );
    let postgres = named(NamedDialect::Postgres, ",");
    assert_eq!(
        fields("\"\",\\N,\"a\"\"b\",\n", &postgres),
        [some(&["", "\\N", "a\"b"]), vec![None]].concat()
    );
    let text = named(NamedDialect::PostgresText, "tab");
    assert_eq!(
        fields("\\x41\\102\tNULL\t\\v\\f\t\\N\n\\.\n", &text),
        [some(&["AB", "NULL", "\x0b\x0c"]), vec![None]].concat()
    );
}

#[test]
fn blanks_around_unquoted_fields_can_be_left_out() {
    let trims = Dialect {
        blanks: Blanks::Trim,
        ..Dialect::default()
    };
    assert_eq!(
        fields(" a b , \"c \" ,\t\n", &trims),
        some(&["a b", "c ", ""])
    );
    let tabs = Dialect {
        delimiter: Symbol::byte(b'\t'),
        ..trims
    };
    assert_eq!(fields(" a \t\t b\n", &tabs), some(&["a", "", "b"]));
}

#[test]
fn an_empty_line_is_a_row_where_only_a_mark_is_null_and_there_is_one_column() {
    let tabs = named(NamedDialect::MysqldumpTab, "tab");
    assert_eq!(whole("a\n\nb\n", &tabs, 1).len(), 3);
    assert_eq!(whole("a\tb\n\n", &tabs, 2).len(), 1);
}

#[test]
fn a_record_with_escaped_line_ends_is_rejected_as_a_whole() {
    let mysql = named(NamedDialect::Mysql, ",");
    let items = whole("1,\"a\"b\\\n2,c\n3,d\n", &mysql, 2);
    assert_eq!((items.len(), items[0].length), (2, 12));
    assert_eq!((items[1].offset, items[1].line), (12, 3));
}
