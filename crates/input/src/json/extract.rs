//! Takes the wanted values out of a JSON record, without building the record: values that no field
//! wants are only passed over.
//!
//! A value is handed on as the text of a field: a string without its quotes and escapes, anything
//! else as it is written, so that no digit of a number is lost.

use std::borrow::Cow;
use std::fmt;

use serde::de::{Deserializer as _, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;

use super::path::{Base, Path, Step};

/// What a field is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum FieldKind {
    /// The record has no such value, or it is `null`.
    Null,
    /// A string.
    Text,
    /// A number, `true`, `false`, an array or an object, as it is written.
    Plain,
}

/// The values of one row: the fields, as places in a buffer.
#[derive(Debug, Default)]
pub(crate) struct Extracted {
    /// The texts of the fields, one after another.
    pub(crate) text: String,
    /// Kind, start and end of each field.
    pub(crate) fields: Vec<(FieldKind, usize, usize)>,
}

/// What is wrong with a record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Flaw(pub(crate) String);

/// What is taken out of records.
#[derive(Debug)]
pub(crate) struct Extract {
    record: Node,
    element: Node,
    /// Fields that are the element's number.
    numbers: Vec<usize>,
    /// The steps to the array of which each element is a row.
    each: Option<Vec<Step>>,
    fields: usize,
}

/// One wanted field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Wanted {
    /// Where its value is.
    pub(crate) path: Path,
    /// Whether a string keeps its quotes: the column is JSON.
    pub(crate) as_json: bool,
}

/// The wanted values at and below a value.
#[derive(Debug, Default)]
struct Node {
    /// The fields that are this value, and whether they keep the quotes of a string.
    fields: Vec<(usize, bool)>,
    members: Vec<(String, Node)>,
    elements: Vec<(usize, Node)>,
}

impl Node {
    fn add(&mut self, steps: &[Step], field: usize, as_json: bool) {
        let Some((first, rest)) = steps.split_first() else {
            self.fields.push((field, as_json));
            return;
        };
        let below = match first {
            Step::Member(name) => entry(&mut self.members, name.clone()),
            Step::Element(at) => entry(&mut self.elements, *at),
        };
        below.add(rest, field, as_json);
    }
}

/// The value of a key in a list; added when it is missing.
fn entry<K: PartialEq>(list: &mut Vec<(K, Node)>, key: K) -> &mut Node {
    let at = list.iter().position(|(known, _)| *known == key);
    let at = at.unwrap_or_else(|| {
        list.push((key, Node::default()));
        list.len() - 1
    });
    &mut list[at].1
}

impl Extract {
    /// Takes these fields out of each record, or out of each element of the array at `each`, whose
    /// path begins at the record.
    pub(crate) fn new(wanted: &[Wanted], each: Option<&Path>) -> Extract {
        let (mut record, mut element) = (Node::default(), Node::default());
        let mut numbers = Vec::new();
        for (field, Wanted { path, as_json }) in wanted.iter().enumerate() {
            match path.base {
                Base::Record => record.add(&path.steps, field, *as_json),
                Base::Element => element.add(&path.steps, field, *as_json),
                Base::Number => numbers.push(field),
            }
        }
        Extract {
            record,
            element,
            numbers,
            each: each.map(|path| path.steps.clone()),
            fields: wanted.len(),
        }
    }

    /// Takes the fields out of a record that is a row.
    pub(crate) fn row(&self, record: &str, row: &mut Extracted) -> Result<(), Flaw> {
        row.reset(self.fields);
        self.record(record, row)
    }

    fn record(&self, record: &str, row: &mut Extracted) -> Result<(), Flaw> {
        if !record.trim_start().starts_with('{') {
            return Err(Flaw(no_object(record)));
        }
        take(&self.record, record, row)?;
        match self.record.fields.is_empty() {
            true => Ok(()),
            false => put(&self.record, record.trim(), row),
        }
    }

    /// Takes the fields out of each element of the array, and hands the row and the element's
    /// position to `f`. An element that is `null` is no row, and neither is a missing array.
    pub(crate) fn rows(
        &self,
        record: &str,
        row: &mut Extracted,
        f: &mut dyn FnMut(usize, &Extracted),
    ) -> Result<(), Flaw> {
        let Some(steps) = &self.each else {
            self.row(record, row)?;
            f(0, row);
            return Ok(());
        };
        row.reset(self.fields);
        self.record(record, row)?;
        let of_record = (row.text.len(), row.fields.clone());
        let mut at_array = Node::default();
        at_array.add(steps, 0, true);
        let mut array = Extracted::default();
        array.reset(1);
        take(&at_array, record, &mut array)?;
        let Some(array) = array.field(0) else {
            return Ok(());
        };
        let elements: Vec<&RawValue> = serde_json::from_str(array).map_err(|_| {
            Flaw(format!(
                "what rows are made of is {}, not an array",
                named(array)
            ))
        })?;
        for (position, element) in elements.into_iter().enumerate() {
            if element.get() == "null" {
                continue;
            }
            row.text.truncate(of_record.0);
            row.fields.clone_from(&of_record.1);
            take_value(&self.element, element.get(), row)?;
            for field in &self.numbers {
                row.put(*field, FieldKind::Plain, &(position + 1).to_string());
            }
            f(position, row);
        }
        Ok(())
    }
}

impl Extracted {
    fn reset(&mut self, fields: usize) {
        self.text.clear();
        self.fields.clear();
        self.fields.resize(fields, (FieldKind::Null, 0, 0));
    }

    fn put(&mut self, field: usize, kind: FieldKind, text: &str) {
        let start = self.text.len();
        self.text.push_str(text);
        self.fields[field] = (kind, start, self.text.len());
    }

    /// The text of a field; `None` when it is NULL.
    pub(crate) fn field(&self, at: usize) -> Option<&str> {
        let (kind, start, end) = self.fields[at];
        (kind != FieldKind::Null).then(|| &self.text[start..end])
    }
}

/// Takes the wanted values at and below a value. The value is read to its end even if nothing of it
/// is wanted, so that what is no JSON is found.
fn take(node: &Node, value: &str, row: &mut Extracted) -> Result<(), Flaw> {
    let mut reader = serde_json::Deserializer::from_str(value);
    let taken = reader
        .deserialize_any(Values { node, row })
        .and_then(|flaw| reader.end().map(|()| flaw));
    match taken {
        Ok(None) => Ok(()),
        Ok(Some(flaw)) => Err(flaw),
        Err(error) => Err(Flaw(no_json(&error))),
    }
}

/// What serde_json says is no JSON, with the place in the record.
fn no_json(error: &serde_json::Error) -> String {
    let words = error.to_string();
    let words = words.split(" at line ").next().unwrap_or_default();
    format!("is not JSON: {words}, at character {}", error.column())
}

fn no_object(record: &str) -> String {
    match serde_json::from_str::<IgnoredAny>(record) {
        Ok(_) => format!("is {}, and a record is an object: {{…}}", named(record)),
        Err(error) => no_json(&error),
    }
}

/// What a JSON value is.
fn named(value: &str) -> &'static str {
    match value.trim_start().as_bytes().first() {
        Some(b'{') => "an object",
        Some(b'[') => "an array",
        Some(b'"') => "a string",
        Some(b't' | b'f') => "true or false",
        Some(b'n') => "null",
        _ => "a number",
    }
}

/// Visits an object or an array; the value of [`Visitor`] is a flaw that is none of JSON's.
struct Values<'n, 'r> {
    node: &'n Node,
    row: &'r mut Extracted,
}

impl<'de> Visitor<'de> for Values<'_, '_> {
    type Value = Option<Flaw>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut seen = vec![false; self.node.members.len()];
        let mut flaw = None;
        while let Some(Name(name)) = map.next_key()? {
            let mut members = self.node.members.iter();
            let Some(at) = members.position(|(wanted, _)| *wanted == name) else {
                map.next_value::<IgnoredAny>()?;
                continue;
            };
            let value: &RawValue = map.next_value()?;
            if std::mem::replace(&mut seen[at], true) {
                flaw.get_or_insert_with(|| Flaw(format!("has the name \"{name}\" twice")));
            }
            let below = take_value(&self.node.members[at].1, value.get(), self.row);
            flaw = flaw.or(below.err());
        }
        Ok(flaw)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut array: A) -> Result<Self::Value, A::Error> {
        let (mut at, mut flaw) = (0, None);
        loop {
            let mut elements = self.node.elements.iter();
            match elements.find(|(wanted, _)| *wanted == at) {
                Some((_, node)) => {
                    let Some(value) = array.next_element::<&RawValue>()? else {
                        break;
                    };
                    flaw = flaw.or(take_value(node, value.get(), self.row).err());
                }
                None if array.next_element::<IgnoredAny>()?.is_none() => break,
                None => {}
            }
            at += 1;
        }
        Ok(flaw)
    }

    fn visit_bool<E>(self, _: bool) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_i64<E>(self, _: i64) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_u64<E>(self, _: u64) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_f64<E>(self, _: f64) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_str<E>(self, _: &str) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_unit<E>(self) -> Result<Self::Value, E> {
        Ok(None)
    }
}

/// The name of a member, borrowed where it has no escapes.
#[derive(serde::Deserialize)]
struct Name<'a>(#[serde(borrow)] Cow<'a, str>);

/// Takes a value, and those below it.
fn take_value(node: &Node, text: &str, row: &mut Extracted) -> Result<(), Flaw> {
    put(node, text, row)?;
    match node.members.is_empty() && node.elements.is_empty() {
        true => Ok(()),
        false => take(node, text, row),
    }
}

/// Sets the fields that are this value.
fn put(node: &Node, text: &str, row: &mut Extracted) -> Result<(), Flaw> {
    for &(field, as_json) in &node.fields {
        match text.as_bytes().first() {
            Some(b'n') => {}
            Some(b'"') if !as_json => {
                let inner = &text[1..text.len() - 1];
                match inner.contains('\\') {
                    false => row.put(field, FieldKind::Text, inner),
                    true => {
                        let unescaped: String =
                            serde_json::from_str(text).map_err(|error| Flaw(no_json(&error)))?;
                        row.put(field, FieldKind::Text, &unescaped);
                    }
                }
            }
            _ => row.put(field, FieldKind::Plain, text),
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn extract(paths: &[&str], each: Option<&str>) -> Extract {
        let wanted: Vec<_> = paths
            .iter()
            .map(|text| Wanted {
                path: Path::parse(text.trim_end_matches('!')).unwrap(),
                as_json: text.ends_with('!'),
            })
            .collect();
        Extract::new(
            &wanted,
            each.map(|path| Path::parse(path).unwrap()).as_ref(),
        )
    }

    fn rows(extract: &Extract, record: &str) -> Result<Vec<String>, String> {
        let (mut row, mut all) = (Extracted::default(), Vec::new());
        let taken = extract.rows(record, &mut row, &mut |_, row| {
            let fields = (0..row.fields.len()).map(|at| match row.field(at) {
                None => "NULL".to_owned(),
                Some(text) if row.fields[at].0 == FieldKind::Text => format!("'{text}'"),
                Some(text) => text.to_owned(),
            });
            all.push(fields.collect::<Vec<_>>().join(" "));
        });
        taken.map(|()| all).map_err(|flaw| flaw.0)
    }

    #[test]
    fn values_are_taken_by_their_paths_as_they_are_written() {
        let extract = extract(
            &["$.id", "$.user.name", "$.n", "$.tags[1]", "$.user!", "$.no"],
            None,
        );
        let record = r#"{"n": 1.50e3, "id": "a\"\u00e9", "user": {"x": [1, {}], "name": "Bo"}, "tags": ["p", "q"], "more": {"id": 1}}"#;
        assert_eq!(
            rows(&extract, record).unwrap(),
            [r#"'a"é' 'Bo' 1.50e3 'q' {"x": [1, {}], "name": "Bo"} NULL"#]
        );
        assert_eq!(
            rows(
                &extract,
                r#"{"id": null, "user": "none", "n": true, "tags": []}"#
            )
            .unwrap(),
            [r#"NULL NULL true NULL "none" NULL"#]
        );
    }

    #[test]
    fn each_element_of_an_array_is_a_row_with_values_of_its_record() {
        let extract = extract(&["$.id", "@.url", "@#"], Some("$.a.images"));
        let record = r#"{"a": {"images": [{"url": "x"}, null, {"url": "y", "id": 3}]}, "id": 7}"#;
        assert_eq!(rows(&extract, record).unwrap(), ["7 'x' 1", "7 'y' 3"]);
        assert!(rows(&extract, r#"{"id": 7}"#).unwrap().is_empty());
        assert!(
            rows(&extract, r#"{"id": 7, "a": {"images": null}}"#)
                .unwrap()
                .is_empty()
        );
        let error = rows(&extract, r#"{"a": {"images": {"url": "x"}}}"#).unwrap_err();
        assert_eq!(error, "what rows are made of is an object, not an array");
        let whole = self::extract(&["@", "$.id"], Some("$.tags"));
        assert_eq!(
            rows(&whole, r#"{"tags": ["p", 2, ["q"]], "id": 1}"#).unwrap(),
            ["'p' 1", "2 1", "[\"q\"] 1"]
        );
    }

    #[test]
    fn what_is_no_record_is_said() {
        let extract = extract(&["$.id", "$.user.id"], None);
        for (record, words) in [
            ("[1]", "is an array, and a record is an object: {…}"),
            ("17", "is a number, and a record is an object: {…}"),
            (
                "{\"id\": 1",
                "is not JSON: EOF while parsing an object, at character 8",
            ),
            (
                "{'id': 1}",
                "is not JSON: key must be a string, at character 2",
            ),
            (
                "{\"id\": 1} {}",
                "is not JSON: trailing characters, at character 11",
            ),
            ("{\"id\": 1, \"id\": 2}", "has the name \"id\" twice"),
            (
                "{\"user\": {\"id\": 1, \"id\": 1}}",
                "has the name \"id\" twice",
            ),
            ("{\"x\": 01}", "is not JSON: invalid number, at character 8"),
        ] {
            assert_eq!(rows(&extract, record).unwrap_err(), words, "{record}");
        }
    }
}
