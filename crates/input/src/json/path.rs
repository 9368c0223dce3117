//! Paths to values in a record, in a subset of JSONPath (RFC 9535). `$` is the record, `.name` and
//! `['name']` a member, `[0]` an element. If each element of an array is a row, `@` is that element
//! and `@#` is its position in the array, from 1.

use std::fmt;

/// Where a path begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Base {
    /// The record, `$`.
    #[default]
    Record,
    /// The element of an array that is the row, `@`.
    Element,
    /// The position of that element in the array, `@#`.
    Number,
}

/// One step of a path.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Step {
    /// The member of an object that has this name.
    Member(String),
    /// The element of an array at this position, from 0.
    Element(usize),
}

/// A path to a value.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Path {
    /// Where the path begins.
    pub base: Base,
    /// The steps from there.
    pub steps: Vec<Step>,
}

impl Path {
    /// The path to a member of the record.
    pub fn member(name: &str) -> Path {
        Path {
            base: Base::Record,
            steps: vec![Step::Member(name.to_owned())],
        }
    }

    /// Whether the path leads to this member of the record. `a.b` is the member `b` of the object
    /// `a`.
    pub(crate) fn is_member(&self, name: &str) -> bool {
        let names = self.steps.iter().map(|step| match step {
            Step::Member(name) => Some(name.as_str()),
            Step::Element(_) => None,
        });
        let Some(names) = names.collect::<Option<Vec<_>>>() else {
            return false;
        };
        self.base == Base::Record && names.join(".") == name
    }

    /// Parses a path.
    ///
    /// # Errors
    ///
    /// Says why the text is not a path.
    pub fn parse(text: &str) -> Result<Path, String> {
        let wrong = |why: &str| {
            format!(
                "\"{text}\" is not a path to a value: {why}; write it like $.user.id, $.tags[0] or $['odd name']"
            )
        };
        if text == "@#" {
            return Ok(Path {
                base: Base::Number,
                steps: Vec::new(),
            });
        }
        let (base, mut rest) = match (text.strip_prefix('$'), text.strip_prefix('@')) {
            (Some(rest), _) => (Base::Record, rest),
            (_, Some(rest)) => (Base::Element, rest),
            _ => return Err(wrong("it begins with neither $ nor @")),
        };
        let mut steps = Vec::new();
        while !rest.is_empty() {
            let (step, after) = step(rest).map_err(wrong)?;
            steps.push(step);
            rest = after;
        }
        Ok(Path { base, steps })
    }
}

/// Parses the first step of a path. Returns it with the rest of the text.
fn step(text: &str) -> Result<(Step, &str), &'static str> {
    if let Some(rest) = text.strip_prefix('.') {
        let end = rest.find(['.', '[']).unwrap_or(rest.len());
        let (name, rest) = rest.split_at(end);
        return match name {
            "" => Err("a name is missing after a dot"),
            "*" => Err("* names more than one value"),
            name => Ok((Step::Member(name.to_owned()), rest)),
        };
    }
    let Some(inner) = text.strip_prefix('[') else {
        return Err("a step begins with a dot or a bracket");
    };
    for quote in ['\'', '"'] {
        if let Some(inner) = inner.strip_prefix(quote) {
            let close = format!("{quote}]");
            let (name, rest) = inner.split_once(&close).ok_or("a bracket is not closed")?;
            return Ok((Step::Member(name.to_owned()), rest));
        }
    }
    let (number, rest) = inner.split_once(']').ok_or("a bracket is not closed")?;
    match number.parse() {
        Ok(number) => Ok((Step::Element(number), rest)),
        Err(_) => Err("the brackets contain neither a number from 0 nor a quoted name"),
    }
}

impl fmt::Display for Path {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.base {
            Base::Record => "$",
            Base::Element => "@",
            Base::Number => "@#",
        })?;
        for step in &self.steps {
            match step {
                Step::Member(name)
                    if name.is_empty() || name.contains(['.', '[', ']', '*', '\'']) =>
                {
                    let quote = if name.contains('\'') { '"' } else { '\'' };
                    write!(f, "[{quote}{name}{quote}]")?;
                }
                Step::Member(name) => write!(f, ".{name}")?,
                Step::Element(at) => write!(f, "[{at}]")?,
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_written_as_it_is_parsed() {
        for text in [
            "$",
            "$.id",
            "$.user.id",
            "$.tags[0].name",
            "$['odd.name'][12]",
            "@",
            "@.url",
            "@#",
        ] {
            assert_eq!(Path::parse(text).unwrap().to_string(), text);
        }
        let path = Path::parse("$[\"a\"].b").unwrap();
        assert_eq!(path.to_string(), "$.a.b");
    }

    #[test]
    fn what_is_no_path_to_one_value_is_an_error() {
        for (text, why) in [
            ("id", "neither $ nor @"),
            ("$.", "a name is missing"),
            ("$.a[", "not closed"),
            ("$.a[-1]", "neither a number"),
            ("$.a['b'", "not closed"),
            ("$a", "begins with a dot"),
            ("$.a[*]", "neither a number"),
            ("$.*", "more than one"),
        ] {
            let error = Path::parse(text).unwrap_err();
            assert!(error.contains(why), "{text}: {error}");
        }
    }
}
