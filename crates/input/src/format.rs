//! How the text of a file is written: what separates fields, whether a header comes first, which
//! encoding it has.

use encoding_rs::{Encoding, UTF_8};

/// Whether a file begins with a header.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum HeaderLine {
    /// The first record names the columns.
    #[default]
    Present,
    /// Every record is data; fields are the columns of the table in the schema's order.
    Absent,
}

/// How the text of a file is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Format {
    /// What stands between fields; unless named, a tab in `.tsv` files and a comma in others.
    pub delimiter: Option<u8>,
    /// Whether the first record is a header.
    pub header: HeaderLine,
    /// The encoding, where it is not UTF-8; a byte order mark of UTF-16 tells by itself.
    pub encoding: Option<&'static Encoding>,
}

impl Format {
    /// Reads `--delimiter`: one character of ASCII, or `tab`.
    ///
    /// # Errors
    ///
    /// When it is something else, or a character that cannot separate fields.
    pub fn parse_delimiter(text: &str) -> Result<u8, String> {
        match text.as_bytes() {
            b"tab" | b"\\t" => Ok(b'\t'),
            [b'"' | b'\r' | b'\n'] => {
                Err("quotes and line ends cannot separate fields".to_string())
            }
            [byte] if byte.is_ascii() => Ok(*byte),
            longer if longer.len() > 1 && longer.is_ascii() => Err(format!(
                "\"{text}\" is no delimiter: it must be one ASCII character; replace it in the file first, for example by tabs \
                 (sed 's/{text}/\\t/g' FILE > TABLE.tsv)"
            )),
            _ => Err(format!(
                "\"{text}\" is no delimiter; take one ASCII character such as ; or |, or tab"
            )),
        }
    }

    /// Reads `--encoding`: a name of the WHATWG encoding standard.
    ///
    /// # Errors
    ///
    /// When there is no such encoding.
    pub fn parse_encoding(text: &str) -> Result<&'static Encoding, String> {
        Encoding::for_label_no_replacement(text.trim().as_bytes()).ok_or_else(|| {
            format!(
                "no encoding \"{text}\"; take utf-8, utf-16le, utf-16be, latin1, windows-1252, …"
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
            return Err("UTF-32 text; convert it to UTF-8 first (iconv -f UTF-32 -t UTF-8)".into());
        }
        let marked = Encoding::for_bom(start).map(|(encoding, _)| encoding);
        Ok(marked.or(self.encoding).filter(|e| *e != UTF_8))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_delimiter_is_one_character_that_can_separate() {
        assert_eq!(Format::parse_delimiter(";"), Ok(b';'));
        assert_eq!(Format::parse_delimiter("tab"), Ok(b'\t'));
        assert_eq!(Format::parse_delimiter("\t"), Ok(b'\t'));
        for wrong in ["", ";;", "\"", "\n", "é"] {
            assert!(Format::parse_delimiter(wrong).is_err(), "{wrong:?}");
        }
    }

    #[test]
    fn a_byte_order_mark_goes_before_the_encoding_that_was_named() {
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
