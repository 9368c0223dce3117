use super::*;
use input::dialect::{NamedDialect, Symbol};
use mysql_schema::parse::parse;

fn setting(table: &str, column: Option<&str>, key: &str, value: &str) -> Setting {
    Setting {
        table: table.to_owned(),
        column: column.map(str::to_owned),
        key: key.to_owned(),
        values: vec![value.to_owned()],
        place: format!("--set {table}"),
    }
}

fn applied(settings: &Settings) -> Result<Table, String> {
    let sql =
        "CREATE TABLE T (id INT, uid BINARY(16), short VARBINARY(15), b BLOB, note TEXT, day DATE)";
    let mut schema = parse(sql, "t.sql").unwrap();
    let done = settings.apply(&mut schema, &[]);
    done.map_err(|error| error.to_string())?;
    Ok(schema.tables.remove(0))
}

fn one(table: &str, column: Option<&str>, key: &str, value: &str) -> Result<Table, String> {
    applied(&Settings {
        single: vec![setting(table, column, key, value)],
        ..Settings::default()
    })
}

#[test]
fn a_setting_is_found_by_the_names_of_its_table_and_column() {
    let table = one("t", Some("UID"), "decode", "uuid").unwrap();
    assert_eq!(table.columns[1].decode, Decode::Uuid);
    let table = one("T", Some("b"), "decode", "base64").unwrap();
    assert_eq!(table.columns[3].decode, Decode::Base64);
}

#[test]
fn a_setting_that_no_column_can_have_is_an_error() {
    for (table, column, value, words) in [
        ("u", "uid", "hex", "the schema has no table u"),
        ("t", "x", "hex", "table T has no column x"),
        (
            "t",
            "id",
            "hex",
            "T.id has type int; decode applies only to BINARY",
        ),
        ("t", "short", "uuid-swap", "the 16 bytes of a UUID"),
        (
            "t",
            "b",
            "hexa",
            "\"hexa\" is not one of literal, hex, base64",
        ),
    ] {
        let error = one(table, Some(column), "decode", value).unwrap_err();
        assert!(
            error.starts_with("--set ") && error.contains(words),
            "{error}"
        );
    }
    let error = one("t", Some("id"), "delimiter", ";").unwrap_err();
    assert!(
        error.contains("delimiter is not a setting of a column"),
        "{error}"
    );
    let error = one("t", None, "delimeter", ";").unwrap_err();
    assert!(
        error.contains("the settings are format, records, dialect, delimiter, "),
        "{error}"
    );
}

#[test]
fn words_for_null_apply_to_texts_only_when_the_text_column_has_them() {
    let nulls = |table: &Table, at: usize| {
        let format = table.columns[at].format.as_deref();
        format.map_or(Vec::new(), |format| format.nulls.clone())
    };
    let mut settings = Settings {
        single: vec![setting("t", None, "null", "NA")],
        ..Settings::default()
    };
    settings.values.nulls = vec!["-".to_owned()];
    let table = applied(&settings).unwrap();
    assert_eq!(
        (nulls(&table, 0), nulls(&table, 4)),
        (vec!["NA".to_owned()], vec![])
    );
    settings
        .single
        .insert(0, setting("t", Some("note"), "null", "none"));
    let table = applied(&settings).unwrap();
    assert_eq!(nulls(&table, 4), ["none"]);
}

#[test]
fn a_setting_of_values_is_for_columns_that_can_use_it() {
    for (column, key, value, words) in [
        (
            "id",
            "date_format",
            "%F",
            "T.id has type int, which cannot use date_format",
        ),
        (
            "note",
            "decimal",
            ",",
            "T.note has type text, which cannot use decimal",
        ),
        ("day", "date_format", "%x", "%x is not known"),
        ("day", "date_format", "%d.%m.%y", "the settings of T.day"),
        (
            "day",
            "date_orders",
            "dmy",
            "the settings are null, date_format",
        ),
    ] {
        let error = one("t", Some(column), key, value).unwrap_err();
        assert!(error.contains(words), "{error}");
    }
    let error = one("t", None, "scale", "10").unwrap_err();
    assert!(
        error.contains("scale can only be set for a single column"),
        "{error}"
    );
    let error = one("t", None, "x", "1").unwrap_err();
    assert!(
        error.contains("strip") && !error.contains("scale"),
        "{error}"
    );

    let table = one("t", None, "date_order", "dmy").unwrap();
    let with_format: Vec<&str> = table
        .columns
        .iter()
        .filter(|column| column.format.is_some())
        .map(|column| column.name.as_str())
        .collect();
    assert_eq!(with_format, ["day"]);
}

#[test]
fn a_setting_of_a_column_replaces_that_of_its_table_and_an_empty_one_takes_it_back() {
    let order = |settings: &Settings| {
        let table = applied(settings).unwrap();
        let format = table.columns[5].format.clone();
        format
            .and_then(|format| format.dates.order)
            .map(|order| order.name())
    };
    let mut settings = Settings::default();
    settings
        .values
        .set("date_order", &["ymd".to_owned()])
        .unwrap();
    assert_eq!(order(&settings), Some("ymd"));
    settings
        .single
        .push(setting("t", Some("day"), "date_order", "dmy"));
    settings
        .single
        .push(setting("t", None, "date_order", "mdy"));
    assert_eq!(order(&settings), Some("dmy"));
    settings.single[0].values = vec![String::new()];
    assert_eq!(order(&settings), None);
}

#[test]
fn the_format_of_a_table_begins_with_that_of_all_tables() {
    let bar = Symbol::byte(b'|');
    let all = Format {
        delimiter: Some(bar),
        ..Format::default()
    };
    let settings = Settings {
        single: vec![setting("t", None, "encoding", "latin1")],
        ..Settings::default()
    };
    let tables = settings.tables(&all).unwrap();
    assert_eq!(tables[0].1.format.delimiter, Some(bar));
    assert!(tables[0].1.format.encoding.is_some());
    let constant = Settings {
        single: vec![
            setting("t", Some("note"), "value", "a"),
            setting("t", Some("note"), "null", "NA"),
        ],
        ..Settings::default()
    };
    let tables = constant.tables(&all).unwrap();
    assert_eq!(tables[0].1.mapping.constants.len(), 1);
    assert_eq!(tables[0].1.format.delimiter, Some(bar));
    assert!(applied(&constant).is_ok());
    let wrong = Settings {
        single: vec![setting("t", None, "delimiter", "")],
        ..Settings::default()
    };
    assert!(wrong.tables(&all).is_err());
}

#[test]
fn the_own_dialect_of_a_table_replaces_that_of_all_tables_and_precedes_its_other_settings() {
    let mut all = Format::default();
    all.set("quote", &["'".to_owned()]).unwrap();
    let settings = Settings {
        single: vec![
            setting("t", None, "delimiter", "|"),
            setting("t", None, "dialect", "postgres"),
        ],
        ..Settings::default()
    };
    let tables = settings.tables(&all).unwrap();
    let format = &tables[0].1.format;
    assert_eq!(format.dialect, Some(NamedDialect::Postgres));
    assert_eq!(format.delimiter, Some(Symbol::byte(b'|')));
    assert_eq!(format.quote, None);
}
