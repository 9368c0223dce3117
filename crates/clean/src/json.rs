//! JSON as MySQL stores it. MySQL stores a value, not a text, and shows it as a text in a fixed
//! form. This module writes the same text, so that the client can compute the checksum. MariaDB
//! stores the text unchanged, so it is only checked ([`mariadb`]).
//!
//! * Members of an object are sorted by the length of their names in bytes, then by the bytes of
//!   the names. If several members have the same name, the last one is used.
//! * Numbers without a point and an exponent are integers, if they fit into 64 bits. All others are
//!   DOUBLE. They are shown with the fewest digits that identify them, but at least with `.0`.
//! * Texts are shown in UTF-8. Only quotes, backslashes and control characters are escaped.
//! * A blank follows each comma and each colon.
//!
//! The grammar is that of RFC 8259 with the limits of the server: at most 100 levels, names of at
//! most 65,535 bytes, numbers within the range of DOUBLE. Observed on MySQL 9.7.4. The property
//! test in `tests/it/records/types/json.rs` compares random documents with the server.

mod mariadb;

use std::collections::BTreeMap;

use model::flavour::Flavour;
use model::rejection::Rule;
use model::sqltext::push_double_as_json;

use super::{Fault, text};

/// Maximum number of nested arrays and objects.
const DEPTH: usize = 100;
/// Maximum length in bytes of the name of a member.
const NAME_BYTES: usize = 65_535;
/// The greatest exponent of ten of a DOUBLE.
const GREATEST_EXPONENT: usize = 308;

/// The text that MySQL shows for a JSON document.
///
/// # Errors
///
/// `not_utf8`, `not_json` with the position of the error.
pub fn canonical(field: &[u8]) -> Result<String, Fault> {
    parsed(field).map(|(text, _)| text)
}

/// Whether an object of a JSON document has the same name twice. MySQL keeps only the last value.
///
/// # Errors
///
/// The same as for [`canonical`].
pub fn repeats_a_name(field: &[u8]) -> Result<bool, Fault> {
    parsed(field).map(|(_, repeats)| repeats)
}

/// The text that MySQL shows, and whether an object has the same name twice.
fn parsed(field: &[u8]) -> Result<(String, bool), Fault> {
    let text = text::text(field, u32::MAX)?;
    let mut parser = Parser {
        text,
        at: 0,
        repeats: false,
    };
    let mut out = String::with_capacity(text.len() + text.len() / 8);
    let document = parser.value(&mut out, 0).and_then(|()| {
        parser.skip_blanks();
        match parser.peek() {
            None => Ok(()),
            Some(_) => Err("text follows the end of the JSON document"),
        }
    });
    match document {
        Ok(()) => Ok((out, parser.repeats)),
        Err(what) => Err(Fault::new(
            Rule::NotJson,
            format!("{what}, at byte {} of the value", parser.at),
        )),
    }
}

/// Checks that the function `JSON_VALID` of these servers accepts a text.
///
/// # Errors
///
/// `not_json`, with the position of the error.
pub fn check(text: &str, servers: Flavour) -> Result<(), Fault> {
    match servers {
        Flavour::MySql => canonical(text.as_bytes()).map(drop),
        Flavour::MariaDb => mariadb::check(text),
    }
}

/// The result of parsing. An error is the first part of a message, without the position.
type Parsed<T> = Result<T, &'static str>;

struct Parser<'a> {
    text: &'a str,
    at: usize,
    /// Whether an object has had the same name twice.
    repeats: bool,
}

impl Parser<'_> {
    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn skip_blanks(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t' | b'\n' | b'\r')) {
            self.at += 1;
        }
    }

    /// Skips blanks, and then `byte` if it comes next. Returns whether `byte` was skipped.
    fn passes(&mut self, byte: u8) -> bool {
        self.skip_blanks();
        let is_next = self.peek() == Some(byte);
        self.at += usize::from(is_next);
        is_next
    }

    /// Appends the next value in canonical form. It is within `depth` arrays and objects.
    fn value(&mut self, out: &mut String, depth: usize) -> Parsed<()> {
        self.skip_blanks();
        match self.peek() {
            Some(b'{' | b'[') if depth == DEPTH => Err("more than 100 nested arrays and objects"),
            Some(b'{') => self.object(out, depth + 1),
            Some(b'[') => self.array(out, depth + 1),
            Some(b'"') => {
                let text = self.string()?;
                push_string(out, &text);
                Ok(())
            }
            Some(b'-' | b'0'..=b'9') => self.number(out),
            None => Err("the text ends where a value is expected"),
            Some(_) => {
                let words = ["null", "true", "false"];
                let word = words
                    .into_iter()
                    .find(|word| self.text[self.at..].starts_with(word));
                let word = word.ok_or("expected a value")?;
                self.at += word.len();
                out.push_str(word);
                Ok(())
            }
        }
    }

    fn array(&mut self, out: &mut String, depth: usize) -> Parsed<()> {
        self.at += 1;
        out.push('[');
        if !self.passes(b']') {
            loop {
                self.value(out, depth)?;
                if self.passes(b']') {
                    break;
                }
                if !self.passes(b',') {
                    return Err("expected a comma or ]");
                }
                out.push_str(", ");
            }
        }
        out.push(']');
        Ok(())
    }

    fn object(&mut self, out: &mut String, depth: usize) -> Parsed<()> {
        self.at += 1;
        // in the order in which MySQL shows members
        let mut members: BTreeMap<(usize, String), String> = BTreeMap::new();
        if !self.passes(b'}') {
            loop {
                self.skip_blanks();
                if self.peek() != Some(b'"') {
                    return Err("expected the name of a member in double quotes");
                }
                let name = self.string()?;
                if name.len() > NAME_BYTES {
                    return Err("the name of a member has more than 65535 bytes");
                }
                if !self.passes(b':') {
                    return Err("expected a colon");
                }
                let mut value = String::new();
                self.value(&mut value, depth)?;
                self.repeats |= members.insert((name.len(), name), value).is_some();
                if self.passes(b'}') {
                    break;
                }
                if !self.passes(b',') {
                    return Err("expected a comma or }");
                }
            }
        }
        out.push('{');
        for (at, ((_, name), value)) in members.iter().enumerate() {
            if at > 0 {
                out.push_str(", ");
            }
            push_string(out, name);
            out.push_str(": ");
            out.push_str(value);
        }
        out.push('}');
        Ok(())
    }

    /// Reads a string after its opening quote, and replaces its escapes.
    fn string(&mut self) -> Parsed<String> {
        self.at += 1;
        let mut string = String::new();
        loop {
            let rest = &self.text[self.at..];
            let special = |byte: u8| matches!(byte, b'"' | b'\\' | ..=0x1f);
            let Some(plain) = rest.bytes().position(special) else {
                self.at = self.text.len();
                return Err("a text has no closing quote");
            };
            string.push_str(&rest[..plain]);
            self.at += plain;
            match rest.as_bytes()[plain] {
                b'"' => {
                    self.at += 1;
                    return Ok(string);
                }
                b'\\' => {
                    self.at += 1;
                    string.push(self.escape()?);
                }
                _ => return Err("a control character in a text must be escaped"),
            }
        }
    }

    /// Reads an escape after its backslash.
    fn escape(&mut self) -> Parsed<char> {
        let escaped = self.peek().ok_or("a text has no closing quote")?;
        let character = match escaped {
            b'"' | b'\\' | b'/' => char::from(escaped),
            b'b' => '\u{8}',
            b'f' => '\u{c}',
            b'n' => '\n',
            b'r' => '\r',
            b't' => '\t',
            b'u' => return self.unicode(),
            _ => return Err("an unknown escape sequence"),
        };
        self.at += 1;
        Ok(character)
    }

    /// The character of an escape `\u…`, or of two such escapes that are a surrogate pair.
    fn unicode(&mut self) -> Parsed<char> {
        const LONE: &str = "half of a surrogate pair";
        let first = self.code_unit()?;
        if !(0xd800..0xe000).contains(&first) {
            return char::from_u32(first).ok_or(LONE);
        }
        if first >= 0xdc00 || !self.text[self.at..].starts_with("\\u") {
            return Err(LONE);
        }
        self.at += 1;
        let second = self.code_unit()?;
        if !(0xdc00..0xe000).contains(&second) {
            return Err(LONE);
        }
        let code = 0x1_0000 + ((first - 0xd800) << 10) + (second - 0xdc00);
        char::from_u32(code).ok_or(LONE)
    }

    /// Reads the number in `uXXXX`.
    fn code_unit(&mut self) -> Parsed<u32> {
        const WRONG: &str = "expected four hexadecimal digits after \\u";
        let digits = self
            .text
            .as_bytes()
            .get(self.at + 1..self.at + 5)
            .ok_or(WRONG)?;
        let mut unit = 0;
        for digit in digits {
            unit = unit << 4 | char::from(*digit).to_digit(16).ok_or(WRONG)?;
        }
        self.at += 5;
        Ok(unit)
    }

    fn digits(&mut self) -> usize {
        let rest = &self.text.as_bytes()[self.at..];
        let count = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
        self.at += count;
        count
    }

    fn number(&mut self, out: &mut String) -> Parsed<()> {
        let begin = self.at;
        self.at += usize::from(self.peek() == Some(b'-'));
        match self.peek() {
            Some(b'0') => self.at += 1,
            Some(b'1'..=b'9') => drop(self.digits()),
            _ => return Err("expected a digit after -"),
        }
        let (mut is_integer, mut fraction) = (true, 0);
        if self.peek() == Some(b'.') {
            self.at += 1;
            fraction = self.digits();
            if fraction == 0 {
                return Err("expected a digit after the decimal point");
            }
            is_integer = false;
        }
        let mantissa = begin..self.at;
        if matches!(self.peek(), Some(b'e' | b'E')) {
            self.at += 1;
            let is_negative = self.peek() == Some(b'-');
            self.at += usize::from(matches!(self.peek(), Some(b'+' | b'-')));
            let exponent = self.at;
            if self.digits() == 0 {
                return Err("expected a digit in the exponent");
            }
            // the server rejects such a large exponent even if the number is zero
            let exponent = self.text[exponent..self.at].parse().unwrap_or(usize::MAX);
            let mut digits = self.text[mantissa].bytes().filter(u8::is_ascii_digit);
            let is_zero = digits.all(|digit| digit == b'0');
            if is_zero && !is_negative && exponent > GREATEST_EXPONENT + fraction {
                return Err("a number is too great");
            }
            is_integer = false;
        }
        push_number(out, &self.text[begin..self.at], is_integer)
    }
}

fn push_number(out: &mut String, written: &str, is_integer: bool) -> Parsed<()> {
    if is_integer {
        if let Ok(number) = written.parse::<i64>() {
            out.push_str(itoa::Buffer::new().format(number));
            return Ok(());
        }
        if let Ok(number) = written.parse::<u64>() {
            out.push_str(itoa::Buffer::new().format(number));
            return Ok(());
        }
    }
    let number: f64 = written.parse().map_err(|_| "expected a number")?;
    if !number.is_finite() {
        return Err("a number is too great");
    }
    let mut bracketed = Vec::new();
    push_double_as_json(&mut bracketed, number);
    let shown = String::from_utf8_lossy(&bracketed);
    let shown = shown.trim_matches(['[', ']']);
    out.push_str(shown);
    if !shown.contains(['.', 'e']) {
        out.push_str(".0");
    }
    Ok(())
}

fn push_string(out: &mut String, text: &str) {
    out.push('"');
    let mut rest = text;
    while let Some(at) = rest
        .bytes()
        .position(|byte| matches!(byte, b'"' | b'\\' | ..=0x1f))
    {
        out.push_str(&rest[..at]);
        match rest.as_bytes()[at] {
            b'"' => out.push_str("\\\""),
            b'\\' => out.push_str("\\\\"),
            b'\n' => out.push_str("\\n"),
            b'\r' => out.push_str("\\r"),
            b'\t' => out.push_str("\\t"),
            0x08 => out.push_str("\\b"),
            0x0c => out.push_str("\\f"),
            other => out.push_str(&format!("\\u{other:04x}")),
        }
        rest = &rest[at + 1..];
    }
    out.push_str(rest);
    out.push('"');
}

#[cfg(test)]
mod tests;
