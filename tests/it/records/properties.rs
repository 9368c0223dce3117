//! Properties of every file: rows are read as they were written, no row is lost or counted twice,
//! the size of chunks has no influence, accepted records are accepted again when they are written
//! again, and a stray quote affects its own line only.

mod dialects;
mod pipeline;
mod rfc4180;
mod writers;

use std::collections::BTreeMap;

use model::schema::Table;
use mysql_schema::parse::parse;
use proptest::collection::vec;
use proptest::prelude::*;

use crate::support::harness::folder;
use pipeline::{Row, WHOLE, cuts, through};

/// Keys, text that may and may not be NULL, numbers before and after them.
const NOTES: &str = "CREATE TABLE notes (id INT UNSIGNED NOT NULL PRIMARY KEY, title VARCHAR(40) NOT NULL, body TEXT, stars TINYINT NOT NULL,
  tag VARCHAR(20) NOT NULL, seen BOOLEAN NOT NULL)";

const HEADER: &str = "id,title,body,stars,tag,seen\n";

fn notes() -> Table {
    parse(NOTES, "notes.sql").unwrap().tables.remove(0)
}

fn cases(few: u32) -> ProptestConfig {
    ProptestConfig {
        cases: crate::support::effort::cases(few),
        failure_persistence: None,
        ..ProptestConfig::default()
    }
}

/// Texts with much of what is special to CSV.
fn texts(longest: usize) -> impl Strategy<Value = String> {
    let character = prop_oneof![
        4 => proptest::char::range('a', 'f'),
        1 => proptest::sample::select(&[' ', ',', '"', '\n', '\r', '\t', '\\', '\'', 'é', '😀', '\0', ';', '#'][..]),
    ];
    vec(character, 0..longest).prop_map(String::from_iter)
}

fn one_line(longest: usize) -> impl Strategy<Value = String> {
    texts(longest).prop_map(|text| text.replace(['\n', '\r'], "-"))
}

prop_compose! {
    /// Rows as they are stored, without their ids.
    fn rows()(rows in vec((texts(12), proptest::option::of(texts(30)), any::<i8>(), texts(8), any::<bool>()), 0..20)) -> Vec<Row> {
        rows.into_iter().enumerate().map(|(i, (title, body, stars, tag, seen))| {
            let null = |text: &String| text.is_empty() || text == "\\N" || text.eq_ignore_ascii_case("null");
            let body = body.filter(|text| !null(text));
            let seen = u8::from(seen).to_string();
            vec![Some((i + 1).to_string()), Some(title), body, Some(stars.to_string()), Some(tag), Some(seen)]
        }).collect()
    }
}

/// The file of these rows, in one of the ways that CSV leaves open.
fn written(rows: &[Row], quotes: csv::QuoteStyle, ends: csv::Terminator) -> Vec<u8> {
    let mut writer = csv::WriterBuilder::new()
        .quote_style(quotes)
        .terminator(ends)
        .from_writer(Vec::new());
    writer.write_record(HEADER.trim_end().split(',')).unwrap();
    for row in rows {
        writer
            .write_record(row.iter().map(|value| value.as_deref().unwrap_or("")))
            .unwrap();
    }
    writer.into_inner().unwrap()
}

fn quotes() -> impl Strategy<Value = csv::QuoteStyle> {
    use csv::QuoteStyle::{Always, Necessary, NonNumeric};
    proptest::sample::select(&[Always, Necessary, NonNumeric][..])
}

fn ends() -> impl Strategy<Value = csv::Terminator> {
    proptest::sample::select(&[csv::Terminator::CRLF, csv::Terminator::Any(b'\n')][..])
}

proptest! {
    #![proptest_config(cases(40))]

    #[test]
    fn what_is_written_is_read(rows in rows(), quotes in quotes(), ends in ends(), cut in cuts()) {
        let folder = folder();
        let outcome = through(folder.path(), &notes(), &written(&rows, quotes, ends), cut);
        prop_assert_eq!(outcome.rejected, vec![]);
        prop_assert_eq!(outcome.rows.into_values().collect::<Vec<_>>(), rows);
    }

    /// Pieces of good and bad lines in any order: the same rows, reasons and reject files, byte for
    /// byte.
    #[test]
    fn how_the_work_is_cut_does_not_matter(pieces in vec(pieces(), 0..40), cut in cuts()) {
        let folder = folder();
        let file = [HEADER.as_bytes().to_vec(), pieces.concat()].concat();
        let whole = through(folder.path(), &notes(), &file, WHOLE);
        let cut = through(folder.path(), &notes(), &file, cut);
        prop_assert_eq!(&cut.rows, &whole.rows);
        prop_assert_eq!(&cut.rejected, &whole.rejected);
        prop_assert_eq!(&cut.files, &whole.files);
        prop_assert_eq!((cut.read, cut.checksum), (whole.read, whole.checksum));
    }

    /// What was accepted, written again as it is stored, is accepted again and is the same.
    #[test]
    fn cleaning_twice_is_cleaning_once(pieces in vec(pieces(), 0..40), quotes in quotes()) {
        let folder = folder();
        let file = [HEADER.as_bytes().to_vec(), pieces.concat()].concat();
        let once = through(folder.path(), &notes(), &file, WHOLE);
        let rows: Vec<Row> = once.rows.into_values().collect();
        let twice = through(folder.path(), &notes(), &written(&rows, quotes, csv::Terminator::Any(b'\n')), WHOLE);
        prop_assert_eq!(twice.rejected, vec![]);
        prop_assert_eq!(twice.rows.into_values().collect::<Vec<_>>(), rows);
        prop_assert_eq!(twice.checksum, once.checksum);
    }
}

/// A line or a piece of one, good or bad.
fn pieces() -> impl Strategy<Value = Vec<u8>> {
    let line = (0..30u32, texts(8), -200..200i32).prop_map(|(id, text, stars)| {
        let text = text.replace('"', "\"\"");
        format!("{id},\"{text}\",b,{stars},\"{text}\",yes\n").into_bytes()
    });
    let broken = proptest::sample::select(
        &[
            "\"",
            "\"\"",
            ",",
            "\n",
            "\r\n",
            "\r",
            "1,2,3\n",
            "7,\"open,b,1,t,1\n",
            "8,a,\"b\"c,1,t,no\n",
            "9,a,null,1,t,T\n",
            "x,a,b,1,t,1\n",
            ",,,,,\n",
            "10,a,b,1,t,1",
            "11,\u{fffd},b,1,\"t\"\"\",0\n",
            " 12 ,a,\\N, 5 ,t, TRUE \n",
        ][..],
    )
    .prop_map(|text: &str| text.as_bytes().to_vec());
    let foreign = Just(b"13,\xff\xfe,b,1,t,1\n".to_vec());
    prop_oneof![6 => line, 2 => broken, 1 => foreign]
}

/// A value of one line, with the way it is quoted.
fn field() -> impl Strategy<Value = String> {
    (one_line(10), any::<bool>()).prop_map(|(text, quoted)| {
        if quoted || text.contains([',', '"']) {
            format!("\"{}\"", text.replace('"', "\"\""))
        } else {
            text
        }
    })
}

prop_compose! {
    /// Lines as RFC 4180 has them, each a record by itself, whatever is quoted in each.
    fn lines()(fields in vec((field(), field(), field(), any::<bool>()), 1..12)) -> Vec<String> {
        fields.into_iter().enumerate().map(|(i, (title, body, tag, crlf))| {
            let end = if crlf { "\r\n" } else { "\n" };
            format!("{},{title},{body},{},{tag},1{end}", i + 1, i % 5)
        }).collect()
    }
}

proptest! {
    #![proptest_config(cases(100))]

    /// One quote is put anywhere after the header of a file whose records are a line each: every
    /// line except the one with the quote is accepted as before. (That one may be: `5" wide` is
    /// text.)
    #[test]
    fn a_stray_quote_costs_its_own_line_only(lines in lines(), place in any::<prop::sample::Index>(), cut in cuts()) {
        let folder = folder();
        let body = lines.concat();
        let table = notes();
        let before = through(folder.path(), &table, format!("{HEADER}{body}").as_bytes(), WHOLE);
        prop_assert_eq!(&before.rejected, &vec![]);
        prop_assert_eq!(before.rows.len(), lines.len());

        let place = place.index(body.len() + 1);
        let mut spoilt = [HEADER, &body].concat().into_bytes();
        let at = HEADER.len() + place;
        spoilt.insert(at, b'"');
        let after = through(folder.path(), &table, &spoilt, cut);

        // between two lines, the quote is at the start of the second; after the last one, it is
        // alone
        let (mut start, mut hit) = (HEADER.len(), at);
        let mut expected = BTreeMap::new();
        for (line, row) in lines.iter().zip(before.rows.values()) {
            let end = start + line.len();
            if (start..end).contains(&at) {
                hit = start;
            } else {
                expected.insert((start + usize::from(at < start)) as u64, row.clone());
            }
            start = end;
        }
        let (others, left): (BTreeMap<u64, Row>, _) = after.rows.into_iter().partition(|(offset, _)| !expected.contains_key(offset));
        prop_assert_eq!(left, expected, "{:?}", String::from_utf8_lossy(&spoilt));
        // what else there is, accepted or rejected, is what has become of the line
        for offset in others.keys().chain(after.rejected.iter().map(|r| &r.0)) {
            prop_assert!((hit as u64..=at as u64).contains(offset), "{offset}: {:?}", String::from_utf8_lossy(&spoilt));
        }
    }
}
