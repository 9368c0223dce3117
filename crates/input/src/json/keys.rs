//! The names of the members that records have: what a header is for delimited files.

use std::fmt;

use serde::de::{Deserializer as _, IgnoredAny, MapAccess, Visitor};

/// The names of the members of records, in the order in which they were first met.
#[derive(Debug, Default)]
pub(crate) struct Keys {
    /// The names.
    pub(crate) names: Vec<String>,
    /// Number of records that were read for them.
    pub(crate) records: usize,
}

impl Keys {
    /// Adds the names of a record; what is no object has none.
    pub(crate) fn add(&mut self, record: &str) {
        self.records += 1;
        let mut reader = serde_json::Deserializer::from_str(record);
        // a record that is broken is rejected when it is read
        let _ = reader.deserialize_map(Names(&mut self.names));
    }
}

struct Names<'a>(&'a mut Vec<String>);

impl<'de> Visitor<'de> for Names<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        while let Some((name, IgnoredAny)) = map.next_entry::<String, _>()? {
            if !self.0.contains(&name) {
                self.0.push(name);
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_those_of_all_records_in_their_first_order() {
        let mut keys = Keys::default();
        for record in [r#"{"b": 1, "a": {"x": 2}}"#, "[1]", r#"{"a": 1, "c": 1"#] {
            keys.add(record);
        }
        assert_eq!(
            (keys.names.join(" "), keys.records),
            ("b a c".to_owned(), 3)
        );
    }
}
