use super::*;

fn set(settings: &[(&str, &str)]) -> Result<Format, String> {
    let mut format = Format::default();
    for (key, value) in settings {
        let done = format.set(key, &[(*value).to_owned()]);
        done.map_err(|error| format!("{error:?}"))?;
    }
    Ok(format)
}

fn resolved(settings: &[(&str, &str)]) -> Result<Dialect, String> {
    let format = set(settings)?;
    format.resolved(format.delimiter_of(false))
}

#[test]
fn each_setting_has_values_that_it_accepts_and_others_that_it_does_not() {
    for (key, right, wrong) in [
        ("dialect", "mysql", "oracle"),
        ("records", "$.rows", "$.rows[0]"),
        ("delimiter", "::", "123456789"),
        ("quote", "'", "''"),
        ("escape", "\\", "n"),
        ("line_end", "crlf", "any"),
        ("comment", "#", ""),
        ("skip_lines", "3", "-1"),
        ("trim", "true", "yes"),
        ("short_rows", "pad", "null"),
        ("long_rows", "ignore-empty", "ignore"),
        ("empty_quoted", "text", "empty"),
        ("encoding", "latin1", "utf-99"),
        ("no_header", "true", "1"),
    ] {
        assert!(Format::KEYS.contains(&key), "{key}");
        assert!(set(&[(key, right)]).is_ok(), "{key}");
        assert!(set(&[(key, wrong)]).is_err(), "{key}");
    }
    assert_eq!(
        Format::default().set("quotes", &[]),
        Err(SettingError::Unknown)
    );
}

#[test]
fn what_is_set_takes_precedence_over_the_named_dialect_in_any_order() {
    for settings in [
        [("dialect", "mysql"), ("quote", "'"), ("line_end", "crlf")],
        [("line_end", "crlf"), ("quote", "'"), ("dialect", "mysql")],
    ] {
        let dialect = resolved(&settings).unwrap();
        assert_eq!(dialect.quote, Some(b'\''));
        assert_eq!(dialect.line_end, LineEnd::CrLf);
        assert_eq!(dialect.escape.unwrap().byte, b'\\');
    }
    let dialect = resolved(&[("dialect", "spark"), ("escape", "!")]).unwrap();
    let escape = dialect.escape.unwrap();
    assert_eq!((escape.byte, escape.style), (b'!', EscapeStyle::Quotes));
    let dialect = resolved(&[("dialect", "mysql"), ("escape", "none")]).unwrap();
    assert_eq!(dialect.escape, None);
}

#[test]
fn a_table_s_own_dialect_replaces_what_was_set_for_all() {
    let mut format = set(&[("quote", "'"), ("delimiter", "|"), ("encoding", "latin1")]).unwrap();
    format.forget_dialect();
    assert_eq!((format.quote, format.delimiter), (None, None));
    assert!(format.encoding.is_some());
}

#[test]
fn the_name_of_the_file_or_the_dialect_gives_the_delimiter_that_is_not_set() {
    let of = |settings: &[(&str, &str)], is_tsv| {
        let delimiter = set(settings).unwrap().delimiter_of(is_tsv);
        delimiter.bytes().to_vec()
    };
    assert_eq!(of(&[], false), b",");
    assert_eq!(of(&[("dialect", "mysql")], true), b"\t");
    assert_eq!(of(&[("dialect", "excel")], false), b";");
    assert_eq!(of(&[("dialect", "mysqldump-tab")], false), b"\t");
    assert_eq!(of(&[("dialect", "excel"), ("delimiter", "|")], true), b"|");
}

#[test]
fn parts_that_cannot_hold_together_are_an_error_that_names_both() {
    for (settings, words) in [
        (
            &[("quote", ";"), ("delimiter", ";")][..],
            "delimiter and quote are both \";\"",
        ),
        (
            &[("escape", "|"), ("delimiter", "||")],
            "delimiter \"||\" contains the escape \"|\"",
        ),
        (
            &[("escape", "\"")],
            "quote and escape are both '\"'; if quotes within fields are doubled, set the escape to none",
        ),
        (&[("comment", "\"")], "comment and quote are both '\"'"),
        (
            &[("comment", "\\#"), ("escape", "\\")],
            "comment \"\\x5c#\" contains the escape \"\\\"",
        ),
        (
            &[("comment", "-"), ("delimiter", "--")],
            "delimiter \"--\" contains the comment \"-\"",
        ),
    ] {
        let error = resolved(settings).unwrap_err();
        assert!(error.contains(words), "{error}");
    }
    assert!(resolved(&[("quote", "none"), ("comment", "\"")]).is_ok());
}

#[test]
fn a_byte_order_mark_takes_precedence_over_the_encoding_option() {
    let latin1 = Format {
        encoding: Some(Format::parse_encoding("latin1").unwrap()),
        ..Format::default()
    };
    let name =
        |format: &Format, start: &[u8]| format.encoding_of(start).map(|e| e.map(Encoding::name));
    assert_eq!(name(&Format::default(), b"id"), Ok(None));
    assert_eq!(name(&latin1, b"id"), Ok(Some("windows-1252")));
    assert_eq!(name(&latin1, b"\xef\xbb\xbfid"), Ok(None));
    assert_eq!(name(&latin1, b"\xff\xfei\0"), Ok(Some("UTF-16LE")));
    assert_eq!(
        name(&Format::default(), b"\xfe\xff\0i"),
        Ok(Some("UTF-16BE"))
    );
    assert!(name(&latin1, b"\xff\xfe\0\0").is_err());
    assert!(Format::parse_encoding("utf-99").is_err());
}

#[test]
fn what_was_told_sets_the_same_format_again() {
    let told = [
        ("format", "csv"),
        ("dialect", "mysqldump-tab"),
        ("delimiter", "tab"),
        ("quote", "none"),
        ("escape", "\\"),
        ("line_end", "crlf"),
        ("comment", "#"),
        ("skip_lines", "2"),
        ("trim", "true"),
        ("short_rows", "pad"),
        ("long_rows", "ignore-empty"),
        ("empty_quoted", "text"),
        ("encoding", "windows-1252"),
    ];
    let told: Vec<(&str, String)> = told.map(|(key, value)| (key, value.to_owned())).into();
    let mut format = Format::default();
    for (key, value) in &told {
        format.set(key, std::slice::from_ref(value)).unwrap();
    }
    assert_eq!(format.told(), told);
    assert_eq!(Format::default().told(), []);
}
