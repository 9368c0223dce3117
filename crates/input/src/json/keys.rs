//! Collects the names of the members of records. These names serve as the header of a JSON file.

use std::collections::HashSet;
use std::fmt;

use serde::de::{Deserializer as _, IgnoredAny, MapAccess, Visitor};

use super::extract::{Extract, Extracted};
use super::path::Path;

/// The names of the members of records, in the order of their first occurrence.
#[derive(Debug)]
pub(crate) struct Keys {
    /// The names.
    pub(crate) names: Vec<String>,
    known: HashSet<String>,
    /// Number of records that were read.
    pub(crate) records: usize,
    /// Number of rows in these records.
    pub(crate) rows: usize,
    /// Number of records that are broken.
    broken: usize,
    extract: Extract,
    extracted: Extracted,
}

impl Keys {
    /// Collects the names in records or, with `each`, in the elements of the array at this path in
    /// each record.
    pub(crate) fn new(each: Option<&Path>) -> Keys {
        Keys {
            names: Vec::new(),
            known: HashSet::new(),
            records: 0,
            rows: 0,
            broken: 0,
            extract: Extract::new(&[], each),
            extracted: Extracted::default(),
        }
    }

    /// Adds the names of a record. A record that is not an object has no names.
    pub(crate) fn add(&mut self, record: &str) {
        self.records += 1;
        if self.extract.rows(record, &mut self.extracted).is_err() {
            // the record is rejected later, when it is loaded
            self.broken += 1;
            return;
        }
        self.rows += self.extracted.rows;
        if self.extract.each().is_none() {
            self.take(record);
            return;
        }
        for at in 0..self.extracted.elements.len() {
            let element = self.extracted.elements[at];
            self.take(&record[element.start..element.end]);
        }
    }

    /// Whether records were read and none of them is a JSON object.
    pub(crate) fn has_only_broken(&self) -> bool {
        self.records > 0 && self.records == self.broken
    }

    /// Whether a record was read that is not a JSON object.
    pub(crate) fn has_broken(&self) -> bool {
        self.broken > 0
    }

    fn take(&mut self, object: &str) {
        let mut reader = serde_json::Deserializer::from_str(object);
        // an element that is not an object gives an error, and has no names
        let _ = reader.deserialize_map(Names(self));
    }
}

/// The names of members of JSON records that fill no column.
#[derive(Debug)]
pub struct OtherNames(Keys);

impl OtherNames {
    /// Collects all names except these.
    pub fn besides(known: &[String]) -> OtherNames {
        let mut keys = Keys::new(None);
        keys.known.extend(known.iter().cloned());
        OtherNames(keys)
    }

    /// Adds the names of a record.
    pub fn add(&mut self, record: &[u8]) {
        if let Ok(record) = std::str::from_utf8(record) {
            self.0.take(record);
        }
    }

    /// The collected names, in the order of their first occurrence.
    pub fn into_names(self) -> Vec<String> {
        self.0.names
    }
}

struct Names<'a>(&'a mut Keys);

impl<'de> Visitor<'de> for Names<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        while let Some((name, IgnoredAny)) = map.next_entry::<String, _>()? {
            if !self.0.known.contains(&name) {
                self.0.known.insert(name.clone());
                self.0.names.push(name);
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(each: Option<&str>, records: &[&str]) -> (String, usize, usize) {
        let each = each.map(|path| Path::parse(path).unwrap());
        let mut keys = Keys::new(each.as_ref());
        records.iter().for_each(|record| keys.add(record));
        (keys.names.join(" "), keys.records, keys.rows)
    }

    #[test]
    fn names_are_those_of_all_records_in_their_first_order() {
        let records = [r#"{"b": 1, "a": {"x": 2}}"#, "[1]", r#"{"a": 1, "c": 1}"#];
        assert_eq!(names(None, &records), ("b a c".to_owned(), 3, 2));
    }

    #[test]
    fn many_names_take_no_longer_than_reading_them() {
        let members: Vec<_> = (0..200_000).map(|n| format!("\"k{n}\":0")).collect();
        let record = format!("{{{}}}", members.join(","));
        let mut keys = Keys::new(None);
        keys.add(&record);
        assert_eq!(keys.names.len(), 200_000);
    }

    #[test]
    fn names_of_rows_that_are_elements_are_those_of_the_elements() {
        let records = [
            r#"{"b": [{"x": 1}, 2, null, {"y": 1}]}"#,
            r#"{"c": 1}"#,
            r#"{"b": [{"z": 1, "x": 2}]}"#,
        ];
        assert_eq!(names(Some("$.b"), &records), ("x y z".to_owned(), 3, 4));
    }
}
