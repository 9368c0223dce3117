//! Objects that contain one value. MongoDB writes dates, ids and long numbers in this form, because
//! JSON lacks these types.

use serde_json::Value;

/// The names that the only member of an object has if MongoDB writes a value in this form.
const NAMES: [&str; 8] = [
    "$oid",
    "$date",
    "$numberLong",
    "$numberInt",
    "$numberDouble",
    "$numberDecimal",
    "$uuid",
    "$symbol",
];

/// The value of an object's only member, and the path to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wrapped {
    /// The steps from the object to the value, such as `.$date.$numberLong`.
    pub steps: String,
    /// The value as the text of a field.
    pub value: String,
}

impl Wrapped {
    /// Parses an object. `None` if the text is not an object with one value of MongoDB.
    pub fn parse(text: &[u8]) -> Option<Wrapped> {
        Wrapped::of(&serde_json::from_slice(text).ok()?)
    }

    /// Like [`Wrapped::parse`], for a parsed object.
    pub fn of(value: &Value) -> Option<Wrapped> {
        let members = value.as_object()?;
        let (name, inner) = members.iter().next().filter(|_| members.len() == 1)?;
        let name = NAMES.iter().find(|known| *known == name)?;
        let (steps, value) = match inner {
            Value::Object(_) => {
                let inner = Wrapped::of(inner)?;
                (inner.steps, inner.value)
            }
            Value::Array(_) | Value::Null => return None,
            Value::String(text) => (String::new(), text.clone()),
            other => (String::new(), other.to_string()),
        };
        Some(Wrapped {
            steps: format!(".{name}{steps}"),
            value,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_object_of_one_value_has_the_steps_to_it() {
        let of = |text: &str| Wrapped::parse(text.as_bytes()).map(|w| (w.steps, w.value));
        let pair = |steps: &str, value: &str| Some((steps.to_owned(), value.to_owned()));
        assert_eq!(of(r#"{"$oid":"5f"}"#), pair(".$oid", "5f"));
        let long = r#"{ "$date": {"$numberLong": "-1"} }"#;
        assert_eq!(of(long), pair(".$date.$numberLong", "-1"));
        assert_eq!(of(r#"{"$date": 1}"#), pair(".$date", "1"));
        for other in [
            r#"{"date": 1}"#,
            r#"{"$date": 1, "x": 2}"#,
            r#"{"$date": null}"#,
            "[1]",
            "1",
        ] {
            assert_eq!(of(other), None, "{other}");
        }
    }
}
