use proptest::prelude::*;

use super::*;
use input::chunks::Content;

/// The signs in a text that begins at this offset and line.
fn signs(text: &str, offset: u64, line: u64) -> Signs {
    let bytes = text.as_bytes();
    let mut signs = Signs::default();
    scan(bytes, offset, line).finish(bytes.len(), &mut signs);
    signs
}

/// A search in these bytes, which begin at this offset and line.
fn scan(bytes: &[u8], offset: u64, line: u64) -> SignScan<'_> {
    let chunk = Chunk {
        offset,
        line,
        content: Content::Lines(Vec::new()),
        last: true,
    };
    let text = TextOnly::new(bytes, b',', &[]);
    SignScan::new(&chunk, text, bytes, Some(b','))
}

fn backslashes(text: &str) -> Option<Occurrences> {
    signs(text, 100, 7).seen(Sign::Backslash).cloned()
}

#[test]
fn a_backslash_before_a_quote_a_backslash_a_delimiter_or_a_line_end_is_a_sign() {
    for text in [
        "1,\"tube 5\\\" wide\"\n",
        "1,\"ends in \\\"\"\n",
        "1,\"ends in \\\"\",x\n",
        "1,C:\\\\data\n",
        "1,\"ends in slash\\\",ok\n",
        "1,ends\\,2\n",
        "1,first\\\nsecond\n",
        "1,last\\",
    ] {
        let seen = backslashes(text).unwrap_or_else(|| panic!("{text:?}"));
        assert_eq!((seen.count, seen.line), (1, 7), "{text:?}");
        assert_eq!(seen.offset, 100 + text.find('\\').unwrap() as u64);
    }
    let two = backslashes("1,a\n2,\"b\\\"\"\n3,c\\\\,\n").unwrap();
    assert_eq!(
        (two.count, two.line, &two.example[..]),
        (2, 8, "2,\"b\\\"\"")
    );
}

#[test]
fn other_backslashes_are_no_sign() {
    for text in [
        "1,\\N\n",
        "1,C:\\data\\in\n",
        "1,a\\nb \\t \\u00e9\n",
        "1,\"{\"\"a\"\":\"\"x \\\"\"y\\\"\" z\"\"}\"\n",
        "1,\"[\"\"x\\\"\"\"\"]\"\n",
        "1,\"he said \\\"\"\"\n",
    ] {
        assert_eq!(backslashes(text), None, "{text:?}");
    }
}

#[test]
fn a_mark_within_a_field_is_noted_and_one_at_the_start_of_a_line_is_not() {
    let noted = |text: &str| {
        let signs = signs(text, 0, 1);
        let seen = signs.seen(Sign::InnerMark)?;
        Some((seen.count, seen.line))
    };
    assert_eq!(
        noted("\u{feff}1,a\n\u{feff}2,b\r\n\u{feff}\u{feff}3,c\n"),
        None
    );
    assert_eq!(noted("1,a\n2,b\u{feff}3,c\n4,\u{feff}d\n"), Some((2, 2)));
}

#[test]
fn signs_of_pieces_are_added_up_and_the_first_place_counts() {
    let [first, second] = [5, 9].map(|offset| signs("a\\\\b", offset, offset));
    let mut all = Signs::default();
    all.add(first);
    all.add(second);
    let seen = all.seen(Sign::Backslash).unwrap();
    assert_eq!((seen.count, seen.offset, seen.line), (2, 6, 5));
}

#[test]
fn bytes_of_fields_that_are_no_text_are_hidden() {
    let text = "1,\u{feff}\\,\u{feff}\n2,\"a\"\"\u{feff},\\\",\\\n3,,\"\u{feff}\"";
    let mut hidden = TextOnly::new(text.as_bytes(), b',', &[1]);
    let mut start = 0;
    for line in text.split('\n') {
        hidden.hide(start..start + line.len());
        start += line.len() + 1;
    }
    let hidden = &hidden.bytes;
    assert_eq!(hidden.len(), text.len());
    // those of the other fields are still there
    assert_eq!(memmem::find_iter(hidden, MARK).count(), 2);
    assert_eq!(memchr_iter(b'\\', hidden).count(), 1);
}

proptest! {
    #[test]
    fn signs_do_not_depend_on_how_many_records_are_searched_at_once(lines in proptest::collection::vec(("[a,\\\\\"\u{feff}\u{ff0c}]{0,6}", any::<bool>()), 0..12), end in prop_oneof![Just("\n"), Just("\r\n"), Just("\r")]) {
        let text: String = lines.iter().map(|(line, _)| format!("{line}{end}")).collect();
        let mut found = Signs::default();
        let mut scan = scan(text.as_bytes(), 3, 2);
        let mut position = 0;
        for (line, is_searched) in &lines {
            position += line.len() + end.len();
            if *is_searched {
                scan.finish(position, &mut found);
            }
        }
        scan.finish(position, &mut found);
        prop_assert_eq!(format!("{found:?}"), format!("{:?}", signs(&text, 3, 2)));
    }

    #[test]
    fn only_skipped_records_are_not_searched(lines in proptest::collection::vec(any::<bool>(), 0..12)) {
        let mut text = String::new();
        let mut found = Signs::default();
        let spans: Vec<_> = lines.iter().map(|is_plain| {
            let record = if *is_plain { "1,2\n" } else { "\\\"\n" };
            let start = text.len();
            text += record;
            (*is_plain, Span { start, length: record.len(), line: 0 })
        }).collect();
        let mut scan = scan(text.as_bytes(), 0, 1);
        for (is_plain, span) in &spans {
            match is_plain {
                true => scan.skip(span, &mut found),
                false => scan.pass(span.start + span.length, &mut found),
            }
        }
        scan.finish(text.len(), &mut found);
        let expected = lines.iter().filter(|is_plain| !**is_plain).count() as u64;
        prop_assert_eq!(found.seen(Sign::Backslash).map_or(0, |seen| seen.count), expected);
    }
}
