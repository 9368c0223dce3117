use super::*;

fn settings(text: &str) -> String {
    let written = written(text.as_bytes(), true, false, &Format::default());
    let settings = written.settings.iter();
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
    assert_eq!(encoding_of(&wide, true), Some(UTF_16LE));
    assert_eq!(encoding_of(&"ü".as_bytes()[..1], false), None);
}
