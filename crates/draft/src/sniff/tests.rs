use super::*;

fn settings(text: &str) -> String {
    let written = written(text.as_bytes(), true, false, &Format::default());
    let guessed = written.guess.iter().flat_map(|guess| &guess.settings);
    let settings = written.settings.iter().chain(guessed);
    let mut shown: Vec<String> = settings.map(|(k, v)| format!("{k}={v}")).collect();
    shown.push(format!("{} {:?}", written.fields, written.header));
    shown.join(" ")
}

#[test]
fn the_delimiter_is_the_one_that_divides_all_records_alike() {
    for (text, found) in [
        ("id,n\n1,\"a;b\"\n2,c\n", "2 Present"),
        ("id;n\n1;1,5\n2;2\n", "delimiter=; 2 Present"),
        ("id\tn\n1\tx, y\n", "delimiter=tab 2 Present"),
        ("id|n\n1|x\n2|y\n", "delimiter=| 2 Present"),
        ("id::n\n1::x\n2::y\n", "delimiter=:: 2 Present"),
        ("name\nx\ny\n", "1 Present"),
        ("sep=;\nid;n\n1;2\n", "2 Present"),
    ] {
        assert_eq!(settings(text), found, "{text}");
    }
}

#[test]
fn quotes_escapes_comments_and_lines_before_the_header_are_found() {
    for (text, found) in [
        (
            "id,n\n1,\"a \\\"b\\\" c\"\n2,\"x\"\n",
            "escape=\\ 2 Present",
        ),
        ("id,n\n1,'a, b'\n2,'c'\n3,'d'\n", "quote=' 2 Present"),
        ("# made\nid,n\n1,2\n# by\n2,3\n", "comment=# 2 Present"),
        (
            "Report of May\n\nid,n\n1,x\n2,y\n3,z\n",
            "skip_lines=2 2 Present",
        ),
        ("id,n\n1,2,\n2,3,\n", "long_rows=ignore-empty 2 Present"),
    ] {
        assert_eq!(settings(text), found, "{text}");
    }
}

#[test]
fn the_encoding_of_a_text_that_is_not_utf_8_is_found() {
    assert_eq!(encoding_of("Grüße".as_bytes(), true), None);
    let (latin, _, _) = encoding_rs::WINDOWS_1252.encode("Die Grüße über die Straße");
    assert_eq!(encoding_of(&latin, true).unwrap().name(), "windows-1252");
    let wide: Vec<u8> = "id,name\n"
        .encode_utf16()
        .flat_map(u16::to_le_bytes)
        .collect();
    assert_eq!(encoding_of(&wide, true), Some(encoding_rs::UTF_16LE));
    assert_eq!(encoding_of(&"ü".as_bytes()[..1], false), None);
}

#[test]
fn delimiters_without_quotes_in_some_records_do_not_hide_the_columns_of_the_header() {
    let text = "id,street,city\n1,Main St, 5,Rome\n2,b,c\n3,High St, 7,Bonn\n4,x,y\n";
    assert_eq!(settings(text), "3 Present");
}

#[test]
fn escaped_delimiters_and_line_ends_are_parts_of_values() {
    let text = "1\ta\\\tb\\\\\t5\n2\ttwo\\\nlines\t6\n3\tx\\\ty\t\\N\n4\tone\\\ntwo\t8\n";
    assert_eq!(
        settings(text),
        "delimiter=tab dialect=mysqldump-tab 3 Absent"
    );
}

#[test]
fn a_text_that_begins_with_a_quote_does_not_make_another_quote_of_the_apostrophe() {
    let text = "id\ttitle\n1\t\"Rome\" in Rome\n2\tx\n3\tit's\n";
    assert_eq!(settings(text), "delimiter=tab quote=none 2 Present");
}

#[test]
fn the_last_line_of_a_copy_names_its_dialect() {
    let text = "1\tAl\\tice\t\\N\n2\tBo\t\n\\.\n";
    assert_eq!(settings(text), "dialect=postgres-text 3 Absent");
    assert_eq!(settings("id,n\n1,x\n2,y\n"), "2 Present");
    let cut = written(text.as_bytes(), false, false, &Format::default());
    assert!(cut.settings.iter().all(|(key, _)| *key != "dialect"));
}

#[test]
fn a_blank_after_each_delimiter_is_told() {
    let notes = |text: &str| written(text.as_bytes(), true, false, &Format::default()).notes;
    let said = notes("39, State-gov, ?\n50, Private, x\n38, Private, y\n");
    assert!(said.iter().any(|note| note.contains("--trim")), "{said:?}");
    assert_eq!(notes("id,n\n1, x\n2,y\n3, z\n"), Vec::<String>::new());
}

#[test]
fn a_named_dialect_says_whether_there_is_a_header() {
    for (dialect, header) in [
        ("mysqldump-tab", HeaderJudgement::Absent),
        ("postgres-text", HeaderJudgement::Absent),
        ("postgres", HeaderJudgement::Present),
    ] {
        let mut format = Format::default();
        format.set("dialect", &[dialect.to_owned()]).unwrap();
        let written = written(b"a,b\tc,d\n1,2\t3,4\n", true, false, &format);
        assert_eq!(written.header, header, "{dialect}");
    }
}

#[test]
fn lines_that_are_skipped_are_told_unless_they_are_blank_or_comments() {
    let skipped = |text: &str| {
        let written = written(text.as_bytes(), true, false, &Format::default());
        written.skipped.map(|s| format!("{} {}", s.lines, s.first))
    };
    let rows = "id,n\n1,x\n2,y\n";
    assert_eq!(skipped(&format!("May\n\n{rows}")).unwrap(), "2 May");
    assert_eq!(skipped(&format!("\n\n{rows}")), None);
    assert_eq!(skipped(rows), None);
}

#[test]
fn some_broken_characters_do_not_change_the_encoding_of_the_others() {
    let mut text = "Grüße, größer, Füße\n".repeat(4).into_bytes();
    text.extend(b"caf\xe9\n");
    assert_eq!(encoding_of(&text, true), None);
    assert_eq!(
        encoding_of(b"caf\xe9 na\xefve", true).unwrap().name(),
        "windows-1252"
    );
}

#[test]
fn parts_that_are_utf_8_forbid_another_encoding() {
    for (valid, invalid) in [(100, 40), (1, 40), (40, 1)] {
        let mut text = "1,M\u{fc}ller\n".repeat(valid).into_bytes();
        text.extend(b"2,M\xfcller\n".repeat(invalid));
        assert_eq!(encoding_of(&text, true), None, "{valid} {invalid}");
        assert_eq!(first_bad_line(&text), Some(valid + 1));
    }
    // short words of Chinese letters are UTF-8 by chance
    let (text, _, _) = encoding_rs::GBK.encode("通 我们 今天 可以 这里 没有 什么 朋友 工作 时间");
    assert!(std::str::from_utf8(&text[..2]).is_ok());
    assert_ne!(encoding_of(&text, true), None);
}

#[test]
fn the_words_about_a_guess_have_its_name_and_a_word() {
    let words = words_of_guess(
        encoding_rs::WINDOWS_1252,
        b"id,name\n1,\x80 5\n2,M\xfcller\n",
    );
    assert!(
        words.starts_with("encoding guessed: windows-1252 reads 'M\u{fc}ller'"),
        "{words}"
    );
    assert!(words.contains("--encoding"), "{words}");
}

#[test]
fn signs_alone_are_read_in_the_usual_encoding_of_latin_letters() {
    for text in ["WHITE HEART, £ 5", "20 °C", "it’s “here” – ok"] {
        let (bytes, _, _) = encoding_rs::WINDOWS_1252.encode(text);
        let found = encoding_of(&bytes, true).unwrap();
        assert_eq!(found.name(), "windows-1252", "{text}");
    }
    let (bytes, _, _) = encoding_rs::WINDOWS_1250.encode("Łódź, Žďár nad Sázavou, Ústí");
    assert_eq!(encoding_of(&bytes, true).unwrap().name(), "windows-1250");
}
