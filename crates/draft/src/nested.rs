//! The objects and arrays in JSON records, which could become columns or a table of their own.

use std::collections::BTreeSet;

use input::Wrapped;
use serde_json::Value;

use crate::readings;

/// Maximum number of values of a chunk whose members are collected.
const MOST_VALUES: u64 = 200;

/// Maximum number of paths that are collected for a column.
const MOST_MEMBERS: usize = 24;

/// What is known of the objects and arrays of a column.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Nested {
    /// Number of values that were added.
    seen: u64,
    /// Whether an object has a name twice. `Seen::flags` also says this, but only for
    /// values that were tried as JSON text.
    pub(crate) repeats: bool,
    /// Whether a number has more digits than MySQL's JSON type keeps.
    pub(crate) is_rounded: bool,
    /// The path of the single value within each object that MongoDB wrote, such as `.$date`.
    wrapper: Wrapper,
    /// Paths of the simple members (neither objects nor arrays) of objects, such as `.name`.
    members: BTreeSet<String>,
    /// Paths of the simple members of objects that are elements of arrays.
    of_elements: BTreeSet<String>,
}

#[derive(Debug, Clone, Default, PartialEq, Eq)]
enum Wrapper {
    #[default]
    Unseen,
    /// All objects have their value at this path.
    One(String),
    /// No path fits all objects.
    None,
}

impl Wrapper {
    fn add(&mut self, path: Option<String>) {
        *self = match (std::mem::take(self), path) {
            (Wrapper::Unseen, Some(path)) => Wrapper::One(path),
            (Wrapper::One(known), Some(path)) if known == path => Wrapper::One(known),
            // both paths have the same first step, and this step alone reads the values of both
            (Wrapper::One(known), Some(path)) if first_step(&known) == first_step(&path) => {
                Wrapper::One(first_step(&path).to_owned())
            }
            _ => Wrapper::None,
        };
    }
}

/// The first step of a path: `.$date` of `.$date.$numberLong`.
fn first_step(path: &str) -> &str {
    let rest = path.strip_prefix('.').unwrap_or(path);
    let length = rest.find('.').unwrap_or(rest.len());
    &path[..path.len() - rest.len() + length]
}

impl Nested {
    /// Adds an object or an array.
    pub(crate) fn add(&mut self, text: &[u8]) {
        let is_open = self.seen < MOST_VALUES;
        self.seen += 1;
        if !is_open && self.wrapper == Wrapper::None {
            return;
        }
        let Ok(value) = serde_json::from_slice::<Value>(text) else {
            self.wrapper = Wrapper::None;
            return;
        };
        self.wrapper
            .add(Wrapped::of(&value).map(|wrapped| wrapped.steps));
        match &value {
            Value::Object(_) if is_open => collect(&value, "", &mut self.members),
            Value::Array(elements) if is_open => {
                let objects = elements.iter().filter(|element| element.is_object());
                objects.for_each(|object| collect(object, "", &mut self.of_elements));
            }
            _ => {}
        }
    }

    /// Notes whether a field has repeated names, or numbers that MySQL's JSON type would round.
    pub(crate) fn note_losses(&mut self, field: &[u8]) {
        let text = std::str::from_utf8(field).unwrap_or_default();
        let seen = readings::document(text);
        self.repeats |= seen.is_some_and(|seen| seen.flags != 0);
        self.is_rounded |= readings::has_rounded_numbers(text);
    }

    /// Adds the result of the next chunk.
    pub(crate) fn merge(&mut self, other: Nested) {
        self.repeats |= other.repeats;
        self.is_rounded |= other.is_rounded;
        if other.seen == 0 {
            return;
        }
        match other.wrapper {
            Wrapper::Unseen => {}
            Wrapper::One(path) => self.wrapper.add(Some(path)),
            Wrapper::None => self.wrapper = Wrapper::None,
        }
        self.seen += other.seen;
        self.members.extend(other.members);
        self.of_elements.extend(other.of_elements);
    }

    /// The path, such as `.$date`, of the single value within each object; `None` unless all
    /// `values` values of the column are objects with this path.
    pub(crate) fn wrapped(&self, values: u64) -> Option<&str> {
        match &self.wrapper {
            Wrapper::One(path) if self.seen == values => Some(path),
            _ => None,
        }
    }

    /// Suggests columns or a table for the values of a column, as text with the settings to write.
    /// `path` is the path of the column in the record.
    pub(crate) fn proposals(&self, table: &str, column: &str, path: &str) -> Vec<String> {
        let mut proposals = Vec::new();
        let shown = |paths: &BTreeSet<String>, base: &str| {
            let paths = paths.iter().take(MOST_MEMBERS);
            let paths: Vec<String> = paths.map(|member| format!("{base}{member}")).collect();
            paths.join(", ")
        };
        if let Some(first) = self.members.first() {
            let name = crate::names::columns(&[format!("{column}{}", first.replace('.', "_"))]);
            proposals.push(format!(
                "a member of the objects can be a column of its own, with \
                 [tables.{table}.columns.{}] from = \"{path}{first}\"; members: {}",
                name[0],
                shown(&self.members, path),
            ));
        }
        if !self.of_elements.is_empty() {
            proposals.push(format!(
                "the elements of the arrays can be rows of another table that reads the same \
                 files, with each = \"{path}\" and columns from {}",
                shown(&self.of_elements, "@"),
            ));
        }
        proposals
    }
}

/// Collects the paths of the simple members (neither objects nor arrays) of an object. Members
/// whose names need quotes in a path are left out.
fn collect(value: &Value, path: &str, into: &mut BTreeSet<String>) {
    for (name, inner) in value.as_object().into_iter().flatten() {
        let is_plain = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-' | '$');
        if name.is_empty() || !name.chars().all(is_plain) || into.len() > MOST_MEMBERS {
            continue;
        }
        let path = format!("{path}.{name}");
        match inner {
            Value::Object(_) => collect(inner, &path, into),
            Value::Array(_) => {}
            _ => {
                into.insert(path);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(texts: &[&str]) -> Nested {
        let mut all = Nested::default();
        for text in texts {
            let mut one = Nested::default();
            one.add(text.as_bytes());
            all.merge(one);
        }
        all
    }

    #[test]
    fn objects_of_one_value_have_the_path_to_it() {
        let dates = [r#"{"$date": "2024-01-01T00:00:00Z"}"#, r#"{"$date":"x"}"#];
        assert_eq!(of(&dates).wrapped(2), Some(".$date"));
        assert_eq!(of(&dates).wrapped(3), None, "a value is no object");
        let long = [r#"{"$date": {"$numberLong": "1"}}"#];
        assert_eq!(of(&long).wrapped(1), Some(".$date.$numberLong"));
        assert_eq!(of(&[dates[0], long[0]]).wrapped(2), Some(".$date"));
        for other in [
            r#"{"$date": 1, "x": 2}"#,
            r#"{"date": 1}"#,
            "[1]",
            r#"{"$oid":"x"}"#,
        ] {
            assert_eq!(of(&[dates[0], other]).wrapped(2), None, "{other}");
        }
    }

    #[test]
    fn members_and_elements_are_proposed() {
        let user = of(&[r#"{"id": 1, "home": {"zip": "x"}, "tags": []}"#]);
        let words = user.proposals("t", "user", "$.user").join(" ");
        assert!(words.contains(r#"[tables.t.columns.user_home_zip] from = "$.user.home.zip""#));
        assert!(words.contains("$.user.home.zip, $.user.id"), "{words}");
        let words = of(&[r#"[{"url": "x"}]"#])
            .proposals("t", "images", "$.images")
            .join(" ");
        assert!(
            words.contains(r#"each = "$.images""#) && words.contains("@.url"),
            "{words}"
        );
        assert!(of(&["[1, 2]"]).proposals("t", "n", "$.n").is_empty());
    }
}
