use super::rows::Field;
use super::*;

fn extract(paths: &[&str], each: Option<&str>) -> Extract {
    let wanted: Vec<_> = paths
        .iter()
        .map(|text| Wanted {
            path: Path::parse(text.trim_end_matches(['!', '?'])).unwrap(),
            form: match text.as_bytes().last() {
                Some(b'!') => Form::Json,
                Some(b'?') => Form::Unexpected,
                _ => Form::Field,
            },
        })
        .collect();
    Extract::new(
        &wanted,
        each.map(|path| Path::parse(path).unwrap()).as_ref(),
    )
}

fn rows(extract: &Extract, record: &str) -> Result<Vec<String>, String> {
    let mut rows = Extracted::default();
    if extract.rows(record, &mut rows).is_err() {
        return Err(extract.words(record));
    }
    let shown = |field: &Field| {
        let text = match field.is_copied {
            true => &rows.copied[field.start..field.end],
            false => &record[field.start..field.end],
        };
        match field.kind {
            Kind::Null => "NULL".to_owned(),
            Kind::Text => format!("'{text}'"),
            Kind::Plain => text.to_owned(),
            Kind::Nested => format!("<{text}>"),
        }
    };
    let of_row = |fields: &[Field]| {
        let fields: Vec<_> = fields.iter().map(shown).collect();
        fields.join(" ")
    };
    let each = rows.fields.chunks(extract.fields().max(1)).take(rows.rows);
    Ok(each.map(of_row).collect())
}

#[test]
fn values_are_taken_by_their_paths_as_they_are_written() {
    let extract = extract(
        &[
            "$.id",
            "$.user.name",
            "$.n",
            "$.tags[1]",
            "$.user!",
            "$.no",
            "$.user",
        ],
        None,
    );
    let record = r#" {"n": 1.50e3, "id": "a\"\u00e9", "user": {"x": [1, {}], "name": "Bo"}, "tags": ["p", "q"], "more": {"id": 1}}"#;
    assert_eq!(
        rows(&extract, record).unwrap(),
        [
            r#"'a"é' 'Bo' 1.50e3 'q' {"x": [1, {}], "name": "Bo"} NULL <{"x": [1, {}], "name": "Bo"}>"#
        ]
    );
    let record = r#"{"\u0069d": null, "user": "none", "n": true, "tags": []}"#;
    assert_eq!(
        rows(&extract, record).unwrap(),
        [r#"NULL NULL true NULL "none" NULL 'none'"#]
    );
}

#[test]
fn each_element_of_an_array_is_a_row_with_values_of_its_record() {
    let extract = extract(&["$.id", "@.url", "@#"], Some("$.a.images"));
    let record = r#"{"a": {"images": [{"url": "x"}, null, {"url": "y", "id": 3}]}, "id": 7}"#;
    assert_eq!(rows(&extract, record).unwrap(), ["7 'x' 1", "7 'y' 3"]);
    for none in [
        r#"{"id": 7}"#,
        r#"{"id": 7, "a": {"images": null}}"#,
        r#"{"id": 7, "a": {"images": [ ]}}"#,
        r#"{"id": 7, "a": [1]}"#,
    ] {
        assert!(rows(&extract, none).unwrap().is_empty(), "{none}");
    }
    let error = rows(&extract, r#"{"a": {"images": {"url": "x"}}}"#).unwrap_err();
    assert_eq!(error, "has an object at $.a.images, not an array");
    let whole = self::extract(&["@", "$.id"], Some("$.tags"));
    assert_eq!(
        rows(&whole, r#"{"tags": ["p", 2, ["q"]], "id": 1}"#).unwrap(),
        ["'p' 1", "2 1", "<[\"q\"]> 1"]
    );
    let kept = extract.only_elements(record, &[3]).unwrap();
    assert_eq!(
        kept,
        r#"{"a": {"images": [null, null, {"url": "y", "id": 3}]}, "id": 7}"#
    );
}

#[test]
fn what_is_no_record_is_said() {
    let extract = extract(&["$.id", "$.user.id", "$.late?"], None);
    for (record, words) in [
        ("[1]", "is an array, but a record must be an object: {…}"),
        ("17", "is a number, but a record must be an object: {…}"),
        (
            "{\"id\": 1",
            "is not JSON: EOF while parsing an object, at byte 8",
        ),
        ("{'id': 1}", "is not JSON: key must be a string, at byte 2"),
        (
            "{\"id\": 1} {}",
            "is not JSON: trailing characters, at byte 11",
        ),
        (
            "{\"id\": 1,\n x}",
            "is not JSON: key must be a string, at byte 2 of its line 2",
        ),
        ("{\"id\": 1, \"id\": 2}", "has the name \"id\" twice"),
        (
            "{\"user\": {\"id\": 1, \"id\": 1}}",
            "has the name \"id\" twice",
        ),
        ("{\"x\": 01}", "is not JSON: invalid number, at byte 8"),
    ] {
        assert_eq!(rows(&extract, record).unwrap_err(), words, "{record}");
    }
    let error = rows(&extract, "{\"id\": 1, \"late\": 2}").unwrap_err();
    assert!(error.starts_with("has \"late\", which no record"), "{error}");
    assert!(rows(&extract, "{\"late\": null}").is_ok());
    let of_elements = self::extract(&["@.late?"], Some("$.e"));
    let error = rows(&of_elements, r#"{"e": [{"late": 1}]}"#).unwrap_err();
    assert!(error.ends_with("columns.late.from = \"@.late\""), "{error}");
    let lone = rows(&extract, r#"{"id": "\ud800"}"#).unwrap_err();
    assert!(lone.contains("no character"), "{lone}");
}

#[test]
fn a_name_in_another_spelling_than_at_the_beginning_of_the_file_is_not_lost() {
    let spellings = || {
        let known = ["id", "title", "Extra"].map(str::to_owned);
        let mut spellings = Spellings::new(&known, Base::Record);
        spellings.add("title", "name", IsFilled::Yes);
        spellings.add("review_date", "review_date", IsFilled::No);
        spellings.add("extra", "extra", IsFilled::No);
        spellings
    };
    let extract = extract(&["$.id", "$.title"], None).mind(spellings());
    for fits in [
        r#"{"id": 1, "title": "x", "other": 1}"#,
        r#"{"id": 1, "Title": null}"#,
        r#"{"id": 1, "Extra": 2}"#,
        r#"{"id": 1, "more": {"Title": 1}}"#,
    ] {
        assert!(rows(&extract, fits).is_ok(), "{fits}");
    }
    for (lost, words) in [
        (
            r#"{"id": 1, "Title": "x"}"#,
            "have \"title\" for column name",
        ),
        (r#"{"id": 1, "title": "a", "TITLE": "b"}"#, "has \"TITLE\""),
        (r#"{"id": 1, "\u0054itle": "x"}"#, "has \"Title\""),
        (
            r#"{"id": 1, "reviewDate": 5}"#,
            "columns.review_date.from = \"$.reviewDate\"",
        ),
        (r#"{"id": 1, "EXTRA": 2}"#, "columns.extra.from"),
    ] {
        let error = rows(&extract, lost).unwrap_err();
        assert!(error.contains(words), "{lost}: {error}");
    }
    let of_elements = self::extract(&["@.title"], Some("$.e")).mind(spellings());
    assert!(rows(&of_elements, r#"{"e": [{"Title": 1}]}"#).is_err());
    assert!(rows(&of_elements, r#"{"Title": 1, "e": [{"title": 1}]}"#).is_ok());
}

#[test]
fn the_same_names_have_the_same_debug_text_which_identifies_a_run() {
    let text = |names: &[String]| {
        let mut spellings = Spellings::new(names, Base::Record);
        for name in names {
            spellings.add(name, name, IsFilled::No);
        }
        format!("{:?}", extract(&["$.id"], None).mind(spellings))
    };
    let mut names: Vec<_> = (0..50).map(|n| format!("n{n}")).collect();
    let first = text(&names);
    names.reverse();
    assert_eq!(text(&names), first);
}
