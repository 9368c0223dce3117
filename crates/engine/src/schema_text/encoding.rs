//! Reads a schema file in UTF-8, or in UTF-16 with a byte order mark. `mysqldump > schema.sql`
//! writes UTF-16 in Windows PowerShell. Comments and rows may have bytes in another encoding.

use std::path::Path;

use mysql_schema::statements::first_place_that_counts;

use crate::error::{Context, Result, fail};

/// Reads the text of a schema file.
///
/// # Errors
///
/// When the file cannot be read, or is neither in UTF-8 nor in UTF-16. If it has wrong bytes, the
/// message names the first wrong line.
pub(super) fn read(file: &Path) -> Result<String> {
    let shown = file.display();
    if file.is_dir() {
        let inside = file.join("schema.sql");
        match inside.is_file() {
            true => fail!(
                "cannot read the schema {shown}: it is a folder; did you mean --schema {}?",
                inside.display()
            ),
            false => fail!(
                "cannot read the schema {shown}: it is a folder; --schema names a file with CREATE TABLE statements"
            ),
        }
    }
    if !file.exists() {
        fail!(
            "cannot read the schema {shown}: {}; without --schema, schema.sql beside the files is used, or the schema that is compiled in",
            input::not_found(file)
        );
    }
    let bytes = std::fs::read(file)
        .with_context(|| format!("cannot read the schema {shown}; see --schema"))?;
    let utf_16 = match bytes.first_chunk() {
        Some([0xff, 0xfe]) => Some(u16::from_le_bytes as fn([u8; 2]) -> u16),
        Some([0xfe, 0xff]) => Some(u16::from_be_bytes as fn([u8; 2]) -> u16),
        _ => None,
    };
    if let Some(unit) = utf_16 {
        let (units, rest) = bytes[2..].as_chunks::<2>();
        let units: Vec<u16> = units.iter().map(|pair| unit(*pair)).collect();
        return match String::from_utf16(&units) {
            Ok(text) if rest.is_empty() => Ok(text),
            _ => fail!(
                "the schema {shown} has a byte order mark of UTF-16, but is not valid UTF-16; \
                 save it as UTF-8"
            ),
        };
    }
    let (text, replaced) = with_replacements(&bytes);
    let Some(place) = first_place_that_counts(&text, &replaced) else {
        return Ok(text);
    };
    let line = 1 + text[..place].matches('\n').count();
    fail!(
        "{shown}:{line}: the schema is not valid UTF-8; convert it, for example: iconv -f latin1 -t utf8"
    )
}

/// The text with U+FFFD in place of bytes that are not UTF-8, and the places of these bytes.
fn with_replacements(bytes: &[u8]) -> (String, Vec<usize>) {
    let mut text = String::with_capacity(bytes.len());
    let mut replaced = Vec::new();
    for chunk in bytes.utf8_chunks() {
        text.push_str(chunk.valid());
        if !chunk.invalid().is_empty() {
            replaced.push(text.len());
            text.push(char::REPLACEMENT_CHARACTER);
        }
    }
    (text, replaced)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read_bytes(bytes: &[u8]) -> Result<String, String> {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("s.sql");
        std::fs::write(&file, bytes).unwrap();
        read(&file).map_err(|error| {
            let folder = folder.path().display().to_string();
            error.to_string().replace(&format!("{folder}/"), "")
        })
    }

    #[test]
    fn utf_8_and_utf_16_with_a_byte_order_mark_are_read() {
        let text = "CREATE TABLE größe (id INT); -- 😀";
        assert_eq!(read_bytes(text.as_bytes()).unwrap(), text);
        let units = || text.encode_utf16();
        let little: Vec<u8> = units().flat_map(u16::to_le_bytes).collect();
        assert_eq!(
            read_bytes(&[b"\xff\xfe", &little[..]].concat()).unwrap(),
            text
        );
        let big: Vec<u8> = units().flat_map(u16::to_be_bytes).collect();
        assert_eq!(read_bytes(&[b"\xfe\xff", &big[..]].concat()).unwrap(), text);
    }

    #[test]
    fn comments_and_rows_in_another_encoding_are_no_obstacle() {
        let sql = b"\xef\xbb\xbf-- cr\xe9\xe9\nCREATE TABLE a ( -- num\xe9ro;\n/* \xe9 */ id INT) # \xe9\n;\n\
                    INSERT INTO a VALUES ('\xff\\'\x80;');\nCREATE VIEW v AS SELECT '\xe9';\n--\xe9\n";
        let text = read_bytes(sql).unwrap();
        assert_eq!(text.matches('\u{fffd}').count(), 9);
        assert!(text.contains("id INT) # \u{fffd}\n"), "{text}");
    }

    #[test]
    fn another_encoding_is_named_with_its_first_line() {
        assert_eq!(
            read_bytes(b"CREATE TABLE a (\ngr\xf6sse INT)").unwrap_err(),
            "s.sql:2: the schema is not valid UTF-8; convert it, for example: iconv -f latin1 -t utf8"
        );
        for sql in [
            &b"CREATE TABLE a (x INT)\nCOMMENT 'gr\xf6sse'"[..],
            b"\nALTER TABLE gr\xf6sse ADD y INT",
            b"/*!40101\nCREATE TABLE gr\xf6sse (x INT) */",
        ] {
            let error = read_bytes(sql).unwrap_err();
            assert!(error.starts_with("s.sql:2: the schema is not"), "{error}");
        }
        let odd = read_bytes(b"\xff\xfeC\0R").unwrap_err();
        assert!(odd.contains("is not valid UTF-16"), "{odd}");
    }
}
