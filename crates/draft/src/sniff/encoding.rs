//! Detects the encoding of a text from its beginning.

use chardetng::{EncodingDetector, Iso2022JpDetection, Utf8Detection};
use encoding_rs::{Encoding, UTF_16BE, UTF_16LE, WINDOWS_1252};

/// Maximum number of characters of a word that a message shows.
const LONGEST_WORD: usize = 40;

/// The encoding of a text that is not UTF-8; `None` if the text is UTF-8.
pub(crate) fn encoding_of(sample: &[u8], is_whole: bool) -> Option<&'static Encoding> {
    if Encoding::for_bom(sample).is_some() {
        return None;
    }
    let zeros = |from: usize| {
        sample
            .iter()
            .skip(from)
            .step_by(2)
            .filter(|b| **b == 0)
            .count()
    };
    match (zeros(0) * 4 > sample.len(), zeros(1) * 4 > sample.len()) {
        (true, false) => return Some(UTF_16BE),
        (false, true) => return Some(UTF_16LE),
        _ => {}
    }
    match std::str::from_utf8(sample) {
        Ok(_) => None,
        // the sample may end within a character
        Err(error) if error.error_len().is_none() && !is_whole => None,
        Err(_) if has_utf8(sample) => None,
        Err(_) => Some(guessed(sample)),
    }
}

/// Whether a text that is not UTF-8 as a whole has parts that are. Another encoding would change
/// these parts.
fn has_utf8(sample: &[u8]) -> bool {
    let (mut bad, mut wide) = (0, 0);
    for run in sample.split(u8::is_ascii).filter(|run| !run.is_empty()) {
        match std::str::from_utf8(run) {
            Ok(_) => wide += 1,
            Err(_) => bad += 1,
        }
    }
    is_mixed(guessed(sample), bad, wide)
}

/// Whether a file has texts in UTF-8 (`wide`, with characters that are not ASCII) beside texts that
/// are not UTF-8 (`bad`). A text in a Latin encoding is hardly ever valid UTF-8 by coincidence. A
/// short word in other letters often is, because two of its bytes can form one character.
pub(crate) fn is_mixed(guess: &'static Encoding, bad: u64, wide: u64) -> bool {
    bad > 0 && wide > 0 && (is_of_latin_letters(guess) || wide * 2 >= bad)
}

fn is_of_latin_letters(encoding: &'static Encoding) -> bool {
    const NAMES: [&str; 13] = [
        "windows-1250",
        "windows-1252",
        "windows-1254",
        "windows-1257",
        "windows-1258",
        "ISO-8859-2",
        "ISO-8859-3",
        "ISO-8859-4",
        "ISO-8859-10",
        "ISO-8859-13",
        "ISO-8859-14",
        "ISO-8859-15",
        "macintosh",
    ];
    NAMES.contains(&encoding.name())
}

/// The note about a guessed encoding, with one of the decoded words as an example.
pub(crate) fn words_of_guess(encoding: &'static Encoding, bytes: &[u8]) -> String {
    let (text, _) = encoding.decode_without_bom_handling(bytes);
    let is_between = |c: char| !c.is_alphanumeric() && c.is_ascii();
    let words = || text.split(is_between).filter(|word| !word.is_ascii());
    let has_letters = |word: &&str| word.chars().any(char::is_alphabetic);
    let word = words().find(has_letters).or_else(|| words().next());
    let word: String = word
        .unwrap_or_default()
        .chars()
        .take(LONGEST_WORD)
        .collect();
    format!(
        "encoding guessed: {} reads '{word}'; if the word is wrong, set another encoding with \
         --encoding NAME",
        encoding.name().to_ascii_lowercase()
    )
}

/// The line number, from 1, of the first bytes that are not UTF-8; `None` if there are none.
pub(crate) fn first_bad_line(sample: &[u8]) -> Option<usize> {
    let error = std::str::from_utf8(sample).err()?;
    error.error_len()?;
    let before = &sample[..error.valid_up_to()];
    Some(before.iter().filter(|b| **b == b'\n').count() + 1)
}

/// The most probable encoding of bytes that are not UTF-8.
pub(crate) fn guessed(bytes: &[u8]) -> &'static Encoding {
    let mut detector = EncodingDetector::new(Iso2022JpDetection::Deny);
    detector.feed(bytes, true);
    let guess = detector.guess(None, Utf8Detection::Deny);
    match is_of_latin_letters(guess) && has_signs_alone(bytes) {
        true => WINDOWS_1252,
        false => guess,
    }
}

/// Whether the only characters that are not ASCII are signs such as `£` and `°`, read as
/// Windows-1252. Then no letter shows which Latin encoding the text has, and Windows-1252 is the
/// most common one.
fn has_signs_alone(bytes: &[u8]) -> bool {
    let (text, _) = WINDOWS_1252.decode_without_bom_handling(bytes);
    let mut wide = text.chars().filter(|c| !c.is_ascii());
    wide.all(|c| !c.is_alphabetic() && !c.is_control())
}
