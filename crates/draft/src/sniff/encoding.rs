//! The encoding of a text, judged by its beginning.

use chardetng::{EncodingDetector, Iso2022JpDetection, Utf8Detection};
use encoding_rs::{Encoding, UTF_16BE, UTF_16LE};

/// The encoding of a text that is not UTF-8; `None` if it is.
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
        Err(_) if is_mostly_utf8(sample) => None,
        Err(_) => Some(guessed(sample)),
    }
}

/// Whether nearly all characters beyond ASCII are UTF-8: a text in another encoding has hardly any,
/// and some broken records do not change what the others are.
fn is_mostly_utf8(sample: &[u8]) -> bool {
    let (mut bad, mut wide) = (0, 0);
    for chunk in sample.utf8_chunks() {
        wide += chunk.valid().chars().filter(|c| !c.is_ascii()).count() as u64;
        bad += u64::from(!chunk.invalid().is_empty());
    }
    are_few(bad, wide)
}

/// Whether texts that are not UTF-8 are few beside those that are, and have other characters than
/// those of ASCII.
pub(crate) fn are_few(bad: u64, wide: u64) -> bool {
    bad > 0 && wide >= 4 * bad
}

/// The encoding that bytes are probably in, which are not UTF-8.
pub(crate) fn guessed(bytes: &[u8]) -> &'static Encoding {
    let mut detector = EncodingDetector::new(Iso2022JpDetection::Deny);
    detector.feed(bytes, true);
    detector.guess(None, Utf8Detection::Deny)
}
