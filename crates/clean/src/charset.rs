//! Character sets of columns: which characters a column cannot hold.
//!
//! Only sets whose characters are known for certain are judged here: those that are ranges of
//! Unicode, and those whose table the encoder of `encoding_rs` has exactly as the servers have it
//! (`tests/it/records/types/charsets.rs` compares each character). The server judges all others.

use encoding_rs::{EncoderResult, Encoding};
use model::rejection::Rule;

use super::Fault;

/// Whether a column with this character set holds every character, or whether the server decides.
pub fn holds_all(charset: &str) -> bool {
    matches!(Repertoire::of(charset), Repertoire::All)
}

/// Checks that a column with this character set holds every character of a text.
///
/// # Errors
///
/// `not_in_charset` with the first character that it lacks.
pub fn check(text: &str, charset: &str) -> Result<(), Fault> {
    let Some(lacked) = lacked(text, charset) else {
        return Ok(());
    };
    let code = u32::from(lacked);
    Err(Fault::new(
        Rule::NotInCharset,
        format!("the column's character set {charset} lacks the character {lacked} (U+{code:04X})"),
    ))
}

/// The first character of a text that the character set lacks.
pub fn lacked(text: &str, charset: &str) -> Option<char> {
    if text.is_ascii() {
        return None;
    }
    let first = |holds: fn(char) -> bool| text.chars().find(|character| !holds(*character));
    match Repertoire::of(charset) {
        Repertoire::All => None,
        Repertoire::Ascii => first(|character| character.is_ascii()),
        Repertoire::Basic => first(|character| u32::from(character) <= 0xffff),
        Repertoire::Latin1 => first(is_in_latin1),
        Repertoire::Of(encoding) => unmappable(text, encoding),
    }
}

/// The characters of a set.
enum Repertoire {
    /// All, or the server decides.
    All,
    Ascii,
    /// The first plane of Unicode.
    Basic,
    Latin1,
    /// Those of an encoder.
    Of(&'static Encoding),
}

impl Repertoire {
    fn of(charset: &str) -> Repertoire {
        match charset {
            "ascii" => Repertoire::Ascii,
            "utf8mb3" | "utf8" | "ucs2" => Repertoire::Basic,
            "latin1" => Repertoire::Latin1,
            "latin2" => Repertoire::Of(encoding_rs::ISO_8859_2),
            "cp1250" => Repertoire::Of(encoding_rs::WINDOWS_1250),
            "cp1251" => Repertoire::Of(encoding_rs::WINDOWS_1251),
            "koi8r" => Repertoire::Of(encoding_rs::KOI8_R),
            _ => Repertoire::All,
        }
    }
}

/// The servers' latin1 is windows-1252, in which the five codes without a character are control
/// characters.
fn is_in_latin1(character: char) -> bool {
    match character {
        '\0'..='\u{7f}' | '\u{a0}'..='\u{ff}' => true,
        '\u{81}' | '\u{8d}' | '\u{8f}' | '\u{90}' | '\u{9d}' => true,
        '\u{80}'..='\u{9f}' => false,
        other => unmappable(other.encode_utf8(&mut [0; 4]), encoding_rs::WINDOWS_1252).is_none(),
    }
}

/// The first character that an encoder has no bytes for.
fn unmappable(text: &str, encoding: &'static Encoding) -> Option<char> {
    let mut encoder = encoding.new_encoder();
    let mut rest = text;
    let mut bytes = [0; 1024];
    loop {
        let (result, read, _) =
            encoder.encode_from_utf8_without_replacement(rest, &mut bytes, true);
        match result {
            EncoderResult::InputEmpty => return None,
            EncoderResult::Unmappable(character) => return Some(character),
            EncoderResult::OutputFull => rest = &rest[read..],
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_character_that_is_lacked_is_named() {
        assert_eq!(check("aé€\u{81}", "latin1"), Ok(()));
        let fault = check("aΩé", "latin1").unwrap_err();
        assert_eq!(
            fault.message,
            "the column's character set latin1 lacks the character Ω (U+03A9)"
        );
        assert_eq!(lacked("\u{80}", "latin1"), Some('\u{80}'));
        assert_eq!(lacked("é😀", "utf8mb3"), Some('😀'));
        assert_eq!(lacked("é", "ascii"), Some('é'));
        assert_eq!(lacked("é😀", "utf8mb4"), None);
        assert_eq!(
            lacked(&format!("{}ł", "ž".repeat(3000)), "cp1251"),
            Some('ž')
        );
        assert_eq!(
            lacked(&format!("{}Ω", "ž".repeat(3000)), "cp1250"),
            Some('Ω')
        );
    }
}
