//! The JSON grammar of MariaDB: what the function `JSON_VALID` accepts. MariaDB checks each JSON
//! column with this function.
//!
//! MariaDB stores the text unchanged, and its grammar is wider than that of RFC 8259. After a
//! backslash, any character may follow. A number may end with its point, and an exponent may have
//! several signs. Within arrays and objects, a number may end after its minus sign or its `e`. No
//! number is too large. But documents have at most 31 levels.
//!
//! Observed on MariaDB 10.11.18. The property test in `tests/it/records/types/json.rs` compares
//! random documents with the server.

use model::rejection::Rule;

use crate::Fault;

/// Maximum number of nested arrays and objects.
const DEPTH: usize = 31;

/// Checks that MariaDB accepts a text as JSON.
///
/// # Errors
///
/// `not_json`, with the position of the error.
pub fn check(text: &str) -> Result<(), Fault> {
    let mut parser = Parser {
        text: text.as_bytes(),
        at: 0,
    };
    parser.document().map_err(|what| {
        let at = parser.at;
        Fault::new(Rule::NotJson, format!("{what}, at byte {at} of the value"))
    })
}

/// The result of parsing. An error is the first part of a message, without the position.
type Parsed<T> = Result<T, &'static str>;

/// The kind of a nesting level.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Level {
    Array,
    Object,
}

struct Parser<'a> {
    text: &'a [u8],
    at: usize,
}

impl Parser<'_> {
    fn peek(&self) -> Option<u8> {
        self.text.get(self.at).copied()
    }

    fn skip_blanks(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t' | b'\n' | b'\r')) {
            self.at += 1;
        }
    }

    /// Skips blanks and returns the next byte, if there is one.
    fn next(&mut self) -> Option<u8> {
        self.skip_blanks();
        self.peek()
    }

    fn document(&mut self) -> Parsed<()> {
        let mut levels: Vec<Level> = Vec::new();
        loop {
            if !self.value(&mut levels)? {
                continue;
            }
            // a value has ended; the arrays and objects around it may end here too
            loop {
                let ends = match (levels.last(), self.next()) {
                    (None, None) => return Ok(()),
                    (None, Some(_)) => return Err("text follows the end of the JSON document"),
                    (Some(_), Some(b',')) => false,
                    (Some(Level::Array), Some(b']')) | (Some(Level::Object), Some(b'}')) => true,
                    (Some(Level::Array), _) => return Err("expected a comma or ]"),
                    (Some(Level::Object), _) => return Err("expected a comma or }"),
                };
                self.at += 1;
                if !ends {
                    break;
                }
                levels.pop();
            }
            if levels.last() == Some(&Level::Object) {
                self.next();
                self.name()?;
            }
        }
    }

    /// Reads a value, or the start of an array or object that is not empty. Returns whether the
    /// value is complete.
    fn value(&mut self, levels: &mut Vec<Level>) -> Parsed<bool> {
        let begin = self.next();
        match begin {
            Some(b'{' | b'[') => {
                if levels.len() == DEPTH {
                    return Err("more than 31 nested arrays and objects");
                }
                self.at += 1;
                let (level, end) = match begin {
                    Some(b'{') => (Level::Object, b'}'),
                    _ => (Level::Array, b']'),
                };
                if self.next() == Some(end) {
                    self.at += 1;
                    return Ok(true);
                }
                levels.push(level);
                if level == Level::Object {
                    self.name()?;
                }
                return Ok(false);
            }
            Some(b'"') => {
                self.at += 1;
                self.string()?;
            }
            Some(b'-' | b'0'..=b'9') => self.number()?,
            None => return Err("the text ends where a value is expected"),
            Some(_) => {
                let rest = &self.text[self.at..];
                let mut words = [&b"null"[..], b"true", b"false"].into_iter();
                let word = words.find(|word| rest.starts_with(word));
                self.at += word.ok_or("expected a value")?.len();
            }
        }
        Ok(true)
    }

    /// Reads the name of a member and the colon after it.
    fn name(&mut self) -> Parsed<()> {
        if self.peek() != Some(b'"') {
            return Err("expected the name of a member in double quotes");
        }
        self.at += 1;
        // MariaDB accepts line feeds and tabs at the start of a name, although they are control
        // characters
        self.skip_blanks();
        self.string()?;
        if self.next() != Some(b':') {
            return Err("expected a colon");
        }
        self.at += 1;
        Ok(())
    }

    /// Reads a string after its opening quote.
    fn string(&mut self) -> Parsed<()> {
        loop {
            let byte = self.peek().ok_or("a text has no closing quote")?;
            match byte {
                ..=0x1f => return Err("a control character in a text must be escaped"),
                b'"' => {
                    self.at += 1;
                    return Ok(());
                }
                b'\\' => {
                    self.at += 1;
                    self.escape()?;
                }
                _ => self.at += 1,
            }
        }
    }

    /// Reads an escape after its backslash.
    fn escape(&mut self) -> Parsed<()> {
        const LONE: &str = "half of a surrogate pair";
        match self.peek() {
            None => return Err("a text has no closing quote"),
            Some(..=0x1f) => return Err("a control character in a text must be escaped"),
            Some(b'u') => {}
            Some(_) => {
                self.at += 1;
                return Ok(());
            }
        }
        match self.code_unit()? {
            0xd800..0xdc00 => {}
            0xdc00..0xe000 => return Err(LONE),
            _ => return Ok(()),
        }
        if self.peek() != Some(b'\\') || self.text.get(self.at + 1) != Some(&b'u') {
            return Err(LONE);
        }
        self.at += 1;
        match self.code_unit()? {
            0xdc00..0xe000 => Ok(()),
            _ => Err(LONE),
        }
    }

    /// Reads the number in `uXXXX`.
    fn code_unit(&mut self) -> Parsed<u32> {
        const WRONG: &str = "expected four hexadecimal digits after \\u";
        let digits = self.text.get(self.at + 1..self.at + 5).ok_or(WRONG)?;
        let mut unit = 0;
        for digit in digits {
            unit = unit << 4 | char::from(*digit).to_digit(16).ok_or(WRONG)?;
        }
        self.at += 5;
        Ok(unit)
    }

    fn number(&mut self) -> Parsed<()> {
        let negative = self.peek() == Some(b'-');
        self.at += usize::from(negative);
        let begin = self.at;
        match self.peek() {
            Some(b'0') => self.at += 1,
            _ => self.digits(),
        }
        // the number has no digits; MariaDB rejects it only at the end of the text
        if self.at == begin {
            return self.ends_before("expected a digit after -");
        }
        if self.peek() == Some(b'.') {
            self.at += 1;
            self.digits();
        }
        if matches!(self.peek(), Some(b'e' | b'E')) {
            self.at += 1;
            while matches!(self.peek(), Some(b'+' | b'-')) {
                self.at += 1;
            }
            let exponent = self.at;
            self.digits();
            if self.at == exponent {
                return self.ends_before("expected a digit in the exponent");
            }
        }
        Ok(())
    }

    fn digits(&mut self) {
        while matches!(self.peek(), Some(b'0'..=b'9')) {
            self.at += 1;
        }
    }

    /// Ends an unfinished number. An unfinished number is an error at the end of the text, but not
    /// before another character.
    fn ends_before(&self, what: &'static str) -> Parsed<()> {
        match self.peek() {
            Some(_) => Ok(()),
            None => Err(what),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_judged_as_mariadb_judges_them() {
        for valid in [
            "1e400",
            "1.",
            "1.e5",
            "1e--5",
            "[-]",
            "[1e]",
            "-0",
            " [1 , 2 ] ",
            r#""\x""#,
            r#"{"a":1,"a":2}"#,
            r#"{"":{"\"":[]}}"#,
            r#""\ud83d\ude00""#,
            "null",
            "0e1",
            "0.0e9",
        ] {
            assert!(check(valid).is_ok(), "{valid}");
        }
        for wrong in [
            "",
            " ",
            "-",
            "1e",
            "01",
            "+1",
            ".5",
            "nul",
            "[1,]",
            "[,1]",
            "{,}",
            "{1:2}",
            r#"{"a"}"#,
            r#"{"a":1,}"#,
            "\"\t\"",
            r#""\ud83d""#,
            r#""\u12g4""#,
            "1 2",
            "[1}",
        ] {
            assert!(check(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn there_are_at_most_31_levels() {
        let nested = |levels: usize| format!("{}{}", "[".repeat(levels), "]".repeat(levels));
        assert!(check(&nested(31)).is_ok());
        let fault = check(&nested(32)).unwrap_err();
        assert_eq!(fault.rule, Rule::NotJson);
        assert!(
            fault
                .message
                .starts_with("more than 31 nested arrays and objects, at byte 31 "),
            "{fault:?}"
        );
    }
}
