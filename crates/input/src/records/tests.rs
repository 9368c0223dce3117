use proptest::prelude::*;

use super::*;
use crate::dialect::Symbol;

/// What the parser finds, as text: fields joined by |, faults by their rule and line.
fn found(text: &str, fields: usize, max_record: usize, following: Following) -> Vec<String> {
    let mut records = Records::new(fields, max_record);
    let bytes = text.as_bytes();
    records.begin();
    let mut all = Vec::new();
    loop {
        all.push(match records.step(bytes, following) {
            Step::Record(span) => {
                let field = |at| String::from_utf8_lossy(records.field(bytes, at)).into_owned();
                let fields: Vec<_> = (0..fields).map(field).collect();
                format!("{}:{}", span.line, fields.join("|"))
            }
            Step::Fault { span, flaw } => {
                let fields = match flaw {
                    StructureFault::Fields(found) => found,
                    _ => 0,
                };
                let rule = flaw.rule().name();
                format!("{}:{rule} {fields} {}", span.line, span.length)
            }
            Step::Incomplete(at) => {
                all.push(format!("incomplete at {at}"));
                return all;
            }
            Step::End => return all,
        });
    }
}

fn whole(text: &str) -> Vec<String> {
    found(text, 2, 1000, Following::EndOfFile)
}

#[test]
fn records_are_read_with_their_lines() {
    assert_eq!(whole("a,b\n1,2\n"), ["0:a|b", "1:1|2"]);
    assert_eq!(whole("a,b\r\n1,2\r\n"), ["0:a|b", "1:1|2"]);
    assert_eq!(whole("\n\na,b\n\r\n1,2"), ["2:a|b", "4:1|2"]);
    assert_eq!(
        whole("\"a\n\"\"b\"\"\",x\nc,d\n"),
        ["0:a\n\"b\"|x", "2:c|d"]
    );
    assert_eq!(whole("a,\nb,\"\"\n,\n"), ["0:a|", "1:b|", "2:|"]);
    assert_eq!(whole("a,b\r1,2\r"), ["0:a|b", "0:1|2"]);
}

#[test]
fn what_rfc_4180_leaves_open_is_read_as_the_csv_crate_reads_it() {
    assert_eq!(whole("a\"b,c\"\n"), ["0:a\"b|c\""]);
    assert_eq!(whole("a, \"b\"\n"), ["0:a| \"b\""]);
    assert_eq!(whole("a\\,\"b\\\"\n"), ["0:a\\|b\\"]);
    // blanks after a closing quote are part of the value
    assert_eq!(whole("\"a\" ,\"b\"\t\n"), ["0:a |b\t"]);
}

#[test]
fn text_after_a_closing_quote_is_a_fault_in_a_record_of_one_line() {
    for line in [
        "a,\"b\"c\n",
        "\"a\"b,c\n",
        "a,\"b \\\"c\\\" d\"\n",
        "\"a\" b,c\n",
        "a,\"b\"\"\"c\n",
        "a,\"b\" \"c\"\n",
    ] {
        let refused = format!("0:unclosed_quote 0 {}", line.len());
        assert_eq!(
            whole(&format!("{line}x,y\n")),
            [&refused, "1:x|y"],
            "{line:?}"
        );
    }
}

#[test]
fn byte_order_marks_at_the_start_of_a_record_are_skipped() {
    assert_eq!(whole("\u{feff}a,b\n"), ["0:a|b"]);
    assert_eq!(
        whole("a,b\r\n\u{feff}\u{feff}\"c\",d\n\u{feff}\n\u{feff}"),
        ["0:a|b", "1:c|d"]
    );
    assert_eq!(
        whole("a,\u{feff}b\n\"\n\u{feff}c\",d\n"),
        ["0:a|\u{feff}b", "1:\n\u{feff}c|d"]
    );
    assert_eq!(whole("\u{fee0}a,b\n"), ["0:\u{fee0}a|b"]);
}

#[test]
fn a_record_with_the_wrong_number_of_fields_is_rejected() {
    assert_eq!(
        whole("a\n1,2,3\nx,y\n"),
        ["0:field_count 1 2", "1:field_count 3 6", "2:x|y"]
    );
    let many = format!("{}\nx,y\n", ",".repeat(500));
    assert_eq!(whole(&many), ["0:field_count 501 501", "1:x|y"]);
}

#[test]
fn a_stray_quote_costs_its_own_line() {
    assert_eq!(
        whole("a,\"b\nc,d\ne,f\n"),
        ["0:unclosed_quote 0 5", "1:c|d", "2:e|f"]
    );
    assert_eq!(whole("a,\"b"), ["0:unclosed_quote 0 4"]);
    assert_eq!(whole("\""), ["0:unclosed_quote 0 1"]);
    // closed by a quote of a later line, so that the number of quotes is odd
    assert_eq!(
        whole("1,\"a\n2,\",x\"\n3,b\n"),
        ["0:unclosed_quote 0 5", "1:2|,x", "2:3|b"]
    );
}

#[test]
fn two_stray_quotes_do_not_swallow_the_lines_between_them() {
    assert_eq!(
        whole("a,\"b\nc,d\ne,\"f\ng,h\n"),
        [
            "0:unclosed_quote 0 5",
            "1:c|d",
            "2:unclosed_quote 0 5",
            "3:g|h"
        ]
    );
    // blanks after a closing quote are allowed
    assert_eq!(whole("\"a\nb\" ,\"c\"\t\nd,e\n"), ["0:a\nb |c\t", "2:d|e"]);
}

#[test]
fn the_lines_of_a_rejected_record_are_not_read_as_records() {
    assert_eq!(
        whole("a,\"b\nc,d\ne\",f\ng,h\n"),
        ["0:field_count 3 14", "3:g|h"]
    );
    assert_eq!(whole("\"a\nc,d\n\"\ng,h\n"), ["0:field_count 1 9", "3:g|h"]);
    let long = format!("1,\"{}\"\n", "c,d\n".repeat(500));
    for following in [Following::EndOfFile, Following::Unknown] {
        let found = found(&format!("{long}g,h\n"), 2, 1000, following);
        assert_eq!(
            found,
            [
                format!("0:record_too_large 0 {}", long.len()),
                "501:g|h".to_owned()
            ]
        );
    }
}

#[test]
fn a_record_that_continues_after_the_chunk_is_incomplete() {
    for max_record in [1000, 3] {
        assert_eq!(
            found("a,b\nc,\"d\n", 2, max_record, Following::Unknown),
            ["0:a|b", "incomplete at 4"]
        );
    }
    // unless it is malformed already
    assert_eq!(
        found("a,b\n\"c\"d,\"e\nf,g\n", 2, 1000, Following::Unknown),
        ["0:a|b", "1:unclosed_quote 0 8", "2:f|g"]
    );
}

#[test]
fn the_line_end_does_not_count_for_the_limit() {
    for end in ["\n", "\r\n", "\r", ""] {
        assert_eq!(
            found(&format!("abc,d{end}"), 2, 5, Following::EndOfFile),
            ["0:abc|d"],
            "{end:?}"
        );
        let refused = format!("0:record_too_large 0 {}", 5 + end.len());
        assert_eq!(
            found(&format!("abc,d{end}"), 2, 4, Following::EndOfFile),
            [refused],
            "{end:?}"
        );
    }
}

#[test]
fn blanks_at_the_end_count_for_the_limit() {
    assert_eq!(
        found("abc,d  \n", 2, 5, Following::EndOfFile),
        ["0:record_too_large 0 8"]
    );
}

#[test]
fn the_fast_path_reads_plain_numbers_and_nothing_else() {
    let numbers = |record: &str| {
        let mut found = [PlainNumber::default(); 2];
        let bytes = format!("{record}nothing but room");
        let span = Records::new(2, 1000).numbers(bytes.as_bytes(), &mut found)?;
        Some((found.map(|number| number.value), span.length))
    };
    assert_eq!(numbers("1,0\n"), Some(([1, 0], 4)));
    assert_eq!(
        numbers("12345678,123456789\r\n"),
        Some(([12_345_678, 123_456_789], 20))
    );
    assert_eq!(
        numbers("999999999999999,1234567\n"),
        Some(([999_999_999_999_999, 1_234_567], 24))
    );
    for other in [
        "1\n",
        "1,2,3\n",
        "1,\n",
        ",1\n",
        "01,2\n",
        "1,00\n",
        "00000000,1\n",
        "-1,2\n",
        "+1,2\n",
        "1, 2\n",
        "1,2 \n",
        "\"1\",2\n",
        "1,2\r",
        "\n1,2\n",
        "1234567890123456,1\n",
        "1,/\n",
        "1,:\n",
        "1,\u{b1}\n",
        "1.0,2\n",
    ] {
        assert_eq!(numbers(other), None, "{other:?}");
    }
    let semicolons = Records::new(2, 1000).with_dialect(&Dialect {
        delimiter: Symbol::byte(b';'),
        ..Dialect::default()
    });
    assert_eq!(
        semicolons.numbers(b"1,2\nnothing but room", &mut [PlainNumber::default(); 2]),
        None
    );
    assert!(
        semicolons
            .numbers(b"1;2\nnothing but room", &mut [PlainNumber::default(); 2])
            .is_some()
    );
}

#[test]
fn plain_numbers_are_read_from_quoted_and_unquoted_fields() {
    let mut records = Records::new(5, 1000);
    let text = b"12,\"345\",123456789,012,1a\nnothing but room";
    records.begin();
    assert!(matches!(
        records.step(text, Following::Unknown),
        Step::Record(_)
    ));
    let numbers = [0, 1, 2, 3, 4].map(|at| records.plain_number(text, at).map(|n| n.value));
    assert_eq!(
        numbers,
        [Some(12), Some(345), Some(123_456_789), None, None]
    );
}

#[test]
fn a_parser_can_be_reused_for_the_next_chunk() {
    let mut records = Records::new(2, 100);
    for text in ["a,\"b", "a,b\n", "x,\"\n", "c,d\n"] {
        records.begin();
        let step = records.step(text.as_bytes(), Following::Unknown);
        assert_eq!(
            matches!(step, Step::Record(_)),
            text.ends_with("b\n") || text.ends_with("d\n"),
            "{text:?}"
        );
    }
}

/// A field as RFC 4180 writes it, quoted if it must be or if `quotes` is set.
fn written(field: &str, quotes: bool) -> String {
    if quotes || field.contains(['"', ',', '\n', '\r']) {
        format!("\"{}\"", field.replace('"', "\"\""))
    } else {
        field.to_owned()
    }
}

proptest! {
    #[test]
    fn a_written_record_is_read_back(rows in proptest::collection::vec(("[ab\",\n\r \\\\é]{1,6}", any::<bool>(), "[ab\",\n\r]{0,6}"), 1..8), end in prop_oneof![Just("\n"), Just("\r\n"), Just("\r")]) {
        let text: String = rows.iter().map(|(a, quotes, b)| format!("{},{}{end}", written(a, *quotes), written(b, false))).collect();
        let read: Vec<_> = whole(&text).into_iter().map(|row| row.split_once(':').unwrap().1.to_owned()).collect();
        let expected: Vec<_> = rows.iter().map(|(a, _, b)| format!("{a}|{b}")).collect();
        prop_assert_eq!(read, expected);
    }

    #[test]
    fn split_gives_the_fields_that_csv_core_gives(text in "([ab1,.+ é\\-]{0,12}|[a,\"\n\r]{0,6}|\"([a,\n\r]|\"\"){0,12}\"|,|\n|\r\n){0,12}", fields in 1..5usize) {
        let bytes = text.as_bytes();
        let (mut plain, mut parsed) = (Records::new(fields, 1000), Records::new(fields, 1000));
        for start in 0..bytes.len() {
            // a record may begin at any byte that is no line end
            if matches!(bytes[start], b'\r' | b'\n') {
                continue;
            }
            let (places, undoubled) = (&mut plain.places, &mut plain.undoubled);
            let Some(split) = split(bytes, start, places, undoubled) else {
                continue;
            };
            parsed.begin();
            parsed.position = start;
            let step = parsed.parse(bytes, start, Following::Unknown);
            let length = split.end - start;
            prop_assert_eq!(step, Step::Record(Span { start, length, line: 0 }));
            prop_assert_eq!((parsed.position, parsed.line), (split.end, split.lines));
            for at in 0..fields {
                let field = plain.field(bytes, at);
                prop_assert_eq!(field, parsed.field(bytes, at), "field {} of {:?}", at, &text[start..]);
                if let Some(number) = plain.plain_number(bytes, at) {
                    prop_assert_eq!(number.value.to_string().into_bytes(), field);
                    prop_assert_eq!(number.count, field.len());
                    prop_assert_eq!(&number.start[..field.len().min(8)], &field[..field.len().min(8)]);
                }
            }
        }
    }

    #[test]
    fn the_fast_path_for_numbers_gives_the_fields_that_split_gives(text in "((0|[1-9][0-9]{0,17}|[0-9]{1,9}),(0|[1-9][0-9]{0,8})\r?\n|[0-9,:/ \"\n\r\\-]{1,4}){0,12}\n{0,9}", max_record in 5..60usize) {
        let fields = 2;
        let bytes = text.as_bytes();
        let (mut quick, mut parsed) = (Records::new(fields, max_record), Records::new(fields, max_record));
        let mut found = vec![PlainNumber::default(); fields];
        loop {
            let before = parsed.position;
            let step = parsed.step(bytes, Following::Unknown);
            let Step::Record(span) = step else {
                break;
            };
            quick.position = before;
            let Some(numbers) = quick.numbers(bytes, &mut found) else {
                quick.line = parsed.line;
                continue;
            };
            prop_assert_eq!(numbers, span);
            quick.pass(&numbers);
            prop_assert_eq!((quick.position, quick.line), (parsed.position, parsed.line));
            for (at, PlainNumber { value, end }) in found.iter().enumerate() {
                let field = format!("{value}");
                prop_assert_eq!(field.as_bytes(), parsed.field(bytes, at));
                prop_assert_eq!(field.as_bytes(), &bytes[end - field.len()..*end]);
            }
        }
    }

    #[test]
    fn every_byte_belongs_to_a_record_a_fault_or_a_blank_line(text in "[a,\"\n\r\u{feff}]{0,60}", max_record in 1..20usize) {
        let bytes = text.as_bytes();
        let mut records = Records::new(2, max_record);
        records.begin();
        let mut at = 0;
        loop {
            let span = match records.step(bytes, Following::EndOfFile) {
                Step::Record(span) | Step::Fault { span, .. } => span,
                Step::Incomplete(at) => panic!("incomplete at {at} of the whole"),
                Step::End => break,
            };
            prop_assert!(is_blank(&bytes[at..span.start]));
            prop_assert!(span.length > 0);
            prop_assert_eq!(span.line, bytes[..span.start].iter().filter(|b| **b == b'\n').count() as u64);
            at = span.start + span.length;
        }
        prop_assert!(is_blank(&bytes[at..]));
    }
}

/// Whether there are only line ends and byte order marks.
fn is_blank(bytes: &[u8]) -> bool {
    let text = std::str::from_utf8(bytes).unwrap();
    text.chars().all(|c| matches!(c, '\n' | '\r' | '\u{feff}'))
}
