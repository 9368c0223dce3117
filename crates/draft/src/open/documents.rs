//! Judges JSON files that are not lists of records: a document with the records below a name, or
//! records that another program did not write as JSON.

use input::{FileStart, RecordsPath, arrays_of_objects, is_python, words_of_python};
use serde_json::Value;

/// What a JSON file is.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Document {
    /// A list of records.
    Records,
    /// One object, with the records in this array.
    Below(RecordsPath),
    /// Something else. The text says what, and what to do.
    Other(String),
}

/// Judges a JSON file by its beginning. `table` is the name of its table, for messages, and
/// `is_part` says whether the table has other files.
///
/// A settings file or a report, for example, is one object. In one of several files of a table, one
/// object on one line whose values are all single values is a record.
pub(super) fn judge(start: &FileStart, table: &str, is_part: bool) -> Document {
    let text = start.text.trim_ascii();
    if is_python(text) {
        return Document::Other(format!("cannot be read: {}", words_of_python()));
    }
    let is_of_lines = start.file.contains(".jsonl") || start.file.contains(".ndjson");
    if start.is_array || is_of_lines || !start.file.contains(".json") {
        return Document::Records;
    }
    let first = text.split(|b| *b == b'\n').next().unwrap_or_default();
    let is_single = first.len() == text.len();
    let is_whole = clean::json::canonical(first.trim_ascii()).is_ok();
    if is_whole && !is_single {
        return Document::Records;
    }
    let document: Option<Value> = match start.is_whole {
        true => serde_json::from_slice(text).ok(),
        false => None,
    };
    if document
        .as_ref()
        .is_some_and(|all| is_part && is_whole && is_flat(all))
    {
        return Document::Records;
    }
    // a text with more than one object is not a document, nor is a broken one
    let is_document = document.is_some() || !start.is_whole;
    let paths = arrays_of_objects(text);
    match &paths[..] {
        [only] if is_document => Document::Below(only.clone()),
        [] | [_] => Document::Other(without_array(document.as_ref())),
        several => {
            let settings = several.iter();
            let settings: Vec<String> = settings
                .map(|path| format!("--set '{table}.records={path}'"))
                .collect();
            Document::Other(format!(
                "is one JSON object with several arrays of objects: name the one that has the \
                 records: {}",
                settings.join(", or ")
            ))
        }
    }
}

/// The note about a document whose records are below a name.
pub(super) fn words_of_records(path: &RecordsPath) -> String {
    format!(
        "guessed: records = {path}, because the file is one JSON object with one array of objects; \
         its other members are not read; if it is wrong, change it in the settings of the table"
    )
}

/// What a JSON file is that has neither records nor an array of objects.
fn without_array(document: Option<&Value>) -> String {
    let members = document.and_then(Value::as_object);
    let has_objects =
        members.is_some_and(|all| !all.is_empty() && all.values().all(Value::is_object));
    match has_objects {
        true => {
            "is one JSON object whose members are objects; if they are the records, jq -c \
                 'to_entries[] | {key} + .value' writes each as a line"
        }
        false => {
            "is not a list of JSON objects: each record must be one line, or an element of an \
             array; jq -c . writes each object as a line"
        }
    }
    .to_owned()
}

/// Whether all values of an object are single values.
fn is_flat(document: &Value) -> bool {
    let members = document.as_object();
    members.is_some_and(|members| {
        let mut values = members.values();
        !members.is_empty() && values.all(|value| !value.is_object() && !value.is_array())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn judged(file: &str, text: &str) -> Document {
        let start = FileStart {
            file: file.to_owned(),
            text: text.as_bytes().to_vec(),
            is_whole: true,
            is_json: true,
            is_array: text.starts_with('['),
            is_tsv: false,
            of_bytes: Vec::new(),
        };
        judge(&start, "t", file.contains("part"))
    }

    fn why(file: &str, text: &str) -> String {
        match judged(file, text) {
            Document::Other(why) => why,
            other => panic!("{text}: {other:?}"),
        }
    }

    #[test]
    fn the_only_array_of_objects_of_a_document_has_the_records() {
        for text in [
            r#"{"meta": {"n": 2}, "rows": [{"id": 1}, {"id": 2}]}"#,
            "{\n \"rows\": [\n{\"id\": 1}\n]\n}",
        ] {
            let path = RecordsPath::parse("$.rows").unwrap();
            assert_eq!(judged("t.json", text), Document::Below(path));
        }
        let said = why("t.json", r#"{"a": [{"id": 1}], "b": {"c": [{"id": 1}]}}"#);
        let ways = "--set 't.records=$.a', or --set 't.records=$.b.c'";
        assert!(said.contains(ways), "{said}");
        let said = why("t.json", r#"{"u1": {"age": 3}, "u2": {"age": 4}}"#);
        assert!(said.contains("to_entries[] | {key} + .value"), "{said}");
        let said = why("t.json", "{\n\"a\": [{}]}\n{\n\"a\": [{}]}");
        assert!(said.contains("jq -c . writes each object"), "{said}");
    }

    #[test]
    fn one_object_of_single_values_on_one_line_is_a_record_of_a_part() {
        let is_record = |text: &str| judged("part-1.json", text) == Document::Records;
        let settings = judged("t.json", "{\"id\": 1, \"a\": null}\n");
        assert!(matches!(settings, Document::Other(_)));
        assert!(is_record("{\"id\": 1, \"a\": null}\n"));
        assert!(!is_record("{\"a\": {\"b\": 1}, \"c\": 2}"));
        assert!(!is_record("{\n\"id\": 1\n}"));
        assert!(is_record("{\"a\": {}}\n{\"a\": {}}\n"));
    }

    #[test]
    fn records_that_python_printed_are_named() {
        for file in ["t.json", "t.jsonl.gz"] {
            let said = why(file, "{'asin': '1', 'price': 3.5}\n{'asin': '2'}\n");
            assert!(said.contains("python3 -c"), "{file}: {said}");
        }
    }
}
