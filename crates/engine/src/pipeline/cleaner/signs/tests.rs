use super::*;

fn backslashes(text: &str) -> Option<Occurrences> {
    let piece = TextSlice {
        bytes: text.as_bytes(),
        text: text.as_bytes(),
        offset: 100,
        line: 7,
    };
    let mut signs = Signs::default();
    piece.note_backslashes(b',', &mut signs);
    signs.seen(Sign::Backslash).cloned()
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
fn a_record_of_several_lines_looks_joined_when_its_lines_could_be_records() {
    let tabs = "tt1\tshort\t\"Rome\t1911\ntt2\tmovie\tHill\t1912\ntt4\tshort\tCall\"\t1913";
    assert!(looks_joined(tabs.as_bytes(), b'\t', 4));
    assert!(looks_joined(tabs.replace('\t', ",").as_bytes(), b',', 4));
    assert!(looks_joined(b"1;\"a\nb; c\";3", b';', 3));
    let text = "1,\"Good, light,\nand cheap\nnot blue, though\",5,me";
    assert!(!looks_joined(text.as_bytes(), b',', 4));
    assert!(!looks_joined(b"1\t\"a\nb\"\t3", b'\t', 3));
}

#[test]
fn a_mark_within_a_field_is_noted_and_one_at_the_start_of_a_line_is_not() {
    let noted = |text: &str| {
        let mut signs = Signs::default();
        let bytes = text.as_bytes();
        let piece = TextSlice {
            bytes,
            text: bytes,
            offset: 0,
            line: 1,
        };
        piece.note_inner_marks(&mut signs);
        signs
            .seen(Sign::InnerMark)
            .map(|seen| (seen.count, seen.line))
    };
    assert_eq!(
        noted("\u{feff}1,a\n\u{feff}2,b\r\n\u{feff}\u{feff}3,c\n"),
        None
    );
    assert_eq!(noted("1,a\n2,b\u{feff}3,c\n4,\u{feff}d\n"), Some((2, 2)));
}

#[test]
fn signs_of_pieces_are_added_up_and_the_first_place_counts() {
    let (mut first, mut second) = (Signs::default(), Signs::default());
    let piece = |offset| TextSlice {
        bytes: b"a\\\\b",
        text: b"a\\\\b",
        offset,
        line: offset,
    };
    piece(5).note_backslashes(b',', &mut first);
    piece(9).note_backslashes(b',', &mut second);
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
    let hidden = hidden.bytes();
    assert_eq!(hidden.len(), text.len());
    // those of the other fields are still there
    assert_eq!(memmem::find_iter(hidden, MARK).count(), 2);
    assert_eq!(memchr_iter(b'\\', hidden).count(), 1);
}
