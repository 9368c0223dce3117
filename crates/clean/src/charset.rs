//! Character sets of columns: finds characters that a column cannot store.
//!
//! Only character sets that are known exactly are checked here. Some are ranges of Unicode. For the
//! others, the encoder of `encoding_rs` has the same characters as the servers;
//! `tests/it/records/types/charsets.rs` compares each of them. The server checks all other
//! character sets.

use encoding_rs::{EncoderResult, Encoding};
use model::rejection::Rule;

use super::Fault;

/// Checks that a column with this character set can store every character of a text.
///
/// # Errors
///
/// `not_in_charset`, with the first character that the character set lacks.
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
        Repertoire::Latin5 => first(is_in_latin5),
        Repertoire::Of(table) => text.chars().find(|character| !table.holds(*character)),
    }
}

/// The characters that a character set contains.
enum Repertoire {
    /// All characters. Also used for character sets that only the server checks.
    All,
    Ascii,
    /// The characters of the Basic Multilingual Plane, U+0000 to U+FFFF.
    Basic,
    Latin1,
    Latin5,
    Of(Table),
}

/// The characters of an encoder, and how the character set of the servers differs from them.
struct Table {
    encoding: &'static Encoding,
    /// Characters that the servers have and the encoder lacks.
    more: &'static [char],
    /// Characters that the encoder has and the servers lack.
    less: &'static [char],
}

impl Table {
    fn holds(&self, character: char) -> bool {
        character.is_ascii()
            || self.more.contains(&character)
            || (!self.less.contains(&character) && is_mapped(character, self.encoding))
    }
}

/// The control characters U+0080 to U+009F. The encoder maps them to unassigned codes of
/// windows-125x; the servers reject them.
const NO_CONTROLS: [char; 32] = {
    let mut controls = ['\u{80}'; 32];
    let mut at = 0;
    while at < 32 {
        controls[at] = (0x80 + at as u8) as char;
        at += 1;
    }
    controls
};

/// Letters of Urdu, which cp1256 of the servers lacks.
const URDU: [char; 8] = [
    '\u{679}', '\u{688}', '\u{691}', '\u{6a9}', '\u{6ba}', '\u{6be}', '\u{6c1}', '\u{6d2}',
];

impl Repertoire {
    fn of(charset: &str) -> Repertoire {
        let exact = |encoding| Repertoire::of_encoder(encoding, &[], &[]);
        match charset {
            "ascii" => Repertoire::Ascii,
            "utf8mb3" | "utf8" | "ucs2" => Repertoire::Basic,
            "latin1" => Repertoire::Latin1,
            "latin5" => Repertoire::Latin5,
            "latin2" => exact(encoding_rs::ISO_8859_2),
            "latin7" => exact(encoding_rs::ISO_8859_13),
            "koi8r" => exact(encoding_rs::KOI8_R),
            "macroman" => exact(encoding_rs::MACINTOSH),
            "euckr" => exact(encoding_rs::EUC_KR),
            "cp1250" => Repertoire::of_encoder(encoding_rs::WINDOWS_1250, &[], &NO_CONTROLS),
            "cp1251" => Repertoire::of_encoder(encoding_rs::WINDOWS_1251, &[], &NO_CONTROLS),
            "cp1257" => Repertoire::of_encoder(encoding_rs::WINDOWS_1257, &[], &NO_CONTROLS),
            "cp1256" => Repertoire::of_encoder(encoding_rs::WINDOWS_1256, &[], &URDU),
            "cp866" => Repertoire::of_encoder(encoding_rs::IBM866, &['²', 'ⁿ'], &['¤', '№']),
            "koi8u" => {
                Repertoire::of_encoder(encoding_rs::KOI8_U, &['•', '╝', '╬'], &['Ў', 'ў', '∙'])
            }
            "hebrew" => Repertoire::of_encoder(encoding_rs::ISO_8859_8, &['‾'], &['¯']),
            "greek" => Repertoire::of_encoder(
                encoding_rs::ISO_8859_7,
                &['\u{2bc}', '\u{2bd}'],
                &['\u{37a}', '‘', '’', '€', '₯'],
            ),
            _ => Repertoire::All,
        }
    }

    fn of_encoder(
        encoding: &'static Encoding,
        more: &'static [char],
        less: &'static [char],
    ) -> Repertoire {
        Repertoire::Of(Table {
            encoding,
            more,
            less,
        })
    }
}

/// The latin1 of the servers is windows-1252, except that its five unassigned codes are control
/// characters.
fn is_in_latin1(character: char) -> bool {
    match character {
        '\0'..='\u{7f}' | '\u{a0}'..='\u{ff}' => true,
        '\u{81}' | '\u{8d}' | '\u{8f}' | '\u{90}' | '\u{9d}' => true,
        '\u{80}'..='\u{9f}' => false,
        other => is_mapped(other, encoding_rs::WINDOWS_1252),
    }
}

/// ISO 8859-9: like ISO 8859-1, but with six Turkish letters.
fn is_in_latin5(character: char) -> bool {
    match character {
        'Ð' | 'Ý' | 'Þ' | 'ð' | 'ý' | 'þ' => false,
        'Ğ' | 'İ' | 'Ş' | 'ğ' | 'ı' | 'ş' => true,
        other => other <= '\u{ff}',
    }
}

/// Whether an encoder can encode a character.
fn is_mapped(character: char, encoding: &'static Encoding) -> bool {
    let (mut text, mut bytes) = ([0; 4], [0; 8]);
    let text = character.encode_utf8(&mut text);
    let mut encoder = encoding.new_encoder();
    let (result, ..) = encoder.encode_from_utf8_without_replacement(text, &mut bytes, true);
    result == EncoderResult::InputEmpty
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
