//! The format of an input file: the delimiter, whether there is a header, and the encoding.

use encoding_rs::{Encoding, UTF_8};
use model::setting::{SettingError, single, switch};

/// Whether a file begins with a header.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum HeaderLine {
    /// The first record names the columns.
    #[default]
    Present,
    /// Every record is data. The fields are the columns of the table in the schema's order.
    Absent,
}

/// The format of an input file.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Format {
    /// The byte between fields. `None` means a tab in `.tsv` files and a comma in others.
    pub delimiter: Option<u8>,
    /// Whether the first record is a header.
    pub header: HeaderLine,
    /// The encoding; `None` means UTF-8. A byte order mark of UTF-16 takes precedence.
    pub encoding: Option<&'static Encoding>,
}

impl Format {
    /// The names of the settings.
    pub const KEYS: &[&str] = &["delimiter", "encoding", "no_header"];

    /// Sets one setting by its name.
    ///
    /// # Errors
    ///
    /// When there is no such setting, or it does not accept the value.
    pub fn set(&mut self, key: &str, values: &[String]) -> Result<(), SettingError> {
        match key {
            "delimiter" => self.delimiter = Some(Format::parse_delimiter(single(values)?)?),
            "encoding" => self.encoding = Some(Format::parse_encoding(single(values)?)?),
            "no_header" => {
                self.header = match switch(values)? {
                    true => HeaderLine::Absent,
                    false => HeaderLine::Present,
                }
            }
            _ => return Err(SettingError::Unknown),
        }
        Ok(())
    }

    /// Parses `--delimiter`: one ASCII character, or `tab`.
    ///
    /// # Errors
    ///
    /// When it is anything else, or a quote or line end.
    pub fn parse_delimiter(text: &str) -> Result<u8, String> {
        match text.as_bytes() {
            b"tab" | b"\\t" => Ok(b'\t'),
            [b'"' | b'\r' | b'\n'] => {
                Err("a quote or a line end cannot be the delimiter".to_string())
            }
            [byte] if byte.is_ascii() => Ok(*byte),
            longer if longer.len() > 1 && longer.is_ascii() => Err(format!(
                "\"{text}\" cannot be the delimiter, because it has more than one character; replace it in the file first, for example by tabs \
                 (sed 's/{text}/\\t/g' FILE > TABLE.tsv)"
            )),
            _ => Err(format!(
                "\"{text}\" cannot be the delimiter; use one ASCII character such as ; or |, or tab"
            )),
        }
    }

    /// Parses `--encoding`: a label of the WHATWG Encoding Standard.
    ///
    /// # Errors
    ///
    /// When there is no such encoding.
    pub fn parse_encoding(text: &str) -> Result<&'static Encoding, String> {
        Encoding::for_label_no_replacement(text.trim().as_bytes()).ok_or_else(|| {
            format!(
                "unknown encoding \"{text}\"; use utf-8, utf-16le, utf-16be, latin1, windows-1252, …"
            )
        })
    }

    /// The encoding of a text that begins with these bytes; `None` means UTF-8.
    ///
    /// # Errors
    ///
    /// When the text is UTF-32.
    pub(super) fn encoding_of(&self, start: &[u8]) -> Result<Option<&'static Encoding>, String> {
        if start.starts_with(&[0xff, 0xfe, 0, 0]) || start.starts_with(&[0, 0, 0xfe, 0xff]) {
            return Err("UTF-32 text, which is not supported; convert it to UTF-8 first (iconv -f UTF-32 -t UTF-8)".into());
        }
        let marked = Encoding::for_bom(start).map(|(encoding, _)| encoding);
        Ok(marked.or(self.encoding).filter(|e| *e != UTF_8))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_delimiter_is_one_ascii_character_but_no_quote_or_line_end() {
        assert_eq!(Format::parse_delimiter(";"), Ok(b';'));
        assert_eq!(Format::parse_delimiter("tab"), Ok(b'\t'));
        assert_eq!(Format::parse_delimiter("\t"), Ok(b'\t'));
        for wrong in ["", ";;", "\"", "\n", "é"] {
            assert!(Format::parse_delimiter(wrong).is_err(), "{wrong:?}");
        }
    }

    #[test]
    fn a_byte_order_mark_takes_precedence_over_the_encoding_option() {
        let latin1 = Format {
            encoding: Some(Format::parse_encoding("latin1").unwrap()),
            ..Format::default()
        };
        let name = |format: &Format, start: &[u8]| {
            format.encoding_of(start).map(|e| e.map(Encoding::name))
        };
        assert_eq!(name(&Format::default(), b"id"), Ok(None));
        assert_eq!(name(&latin1, b"id"), Ok(Some("windows-1252")));
        assert_eq!(name(&latin1, b"\xef\xbb\xbfid"), Ok(None));
        assert_eq!(name(&latin1, b"\xff\xfei\0"), Ok(Some("UTF-16LE")));
        assert_eq!(
            name(&Format::default(), b"\xfe\xff\0i"),
            Ok(Some("UTF-16BE"))
        );
        assert!(name(&latin1, b"\xff\xfe\0\0").is_err());
        assert!(Format::parse_encoding("utf-99").is_err());
    }
}
