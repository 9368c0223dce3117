//! Finds the first of a few bytes, and compares eight bytes at a time. Most fields are short, so a
//! search with vector instructions would take longer to start.

const EACH: u64 = u64::from_le_bytes([1; 8]);
const HIGH: u64 = EACH << 7;

/// Two to four bytes to search for.
#[derive(Debug, Clone, Copy)]
pub(super) struct Needles {
    bytes: [u8; 4],
    count: usize,
}

impl Needles {
    /// Prepares a search for at most four bytes. They need not be different.
    pub(super) fn new(wanted: &[u8]) -> Needles {
        let mut bytes = [wanted[0]; 4];
        bytes[..wanted.len()].copy_from_slice(wanted);
        Needles {
            bytes,
            count: wanted.len(),
        }
    }

    /// The position of the first byte that is one of the wanted bytes.
    #[inline]
    pub(super) fn find(&self, bytes: &[u8]) -> Option<usize> {
        let [a, b, c, d] = self.bytes;
        match self.count {
            0..=2 => find(bytes, [a, b]),
            3 => find(bytes, [a, b, c]),
            _ => find(bytes, [a, b, c, d]),
        }
    }
}

#[inline(always)]
fn find<const N: usize>(bytes: &[u8], needles: [u8; N]) -> Option<usize> {
    let mut words = bytes.chunks_exact(8);
    let mut at = 0;
    for word in &mut words {
        let word = u64::from_le_bytes(word.try_into().ok()?);
        let mut hits = 0;
        for needle in needles {
            // for each needle, the lowest marked byte is equal to it; higher marked bytes may
            // differ
            let differs = word ^ (EACH * u64::from(needle));
            hits |= differs.wrapping_sub(EACH) & !differs;
        }
        hits &= HIGH;
        if hits != 0 {
            return Some(at + hits.trailing_zeros() as usize / 8);
        }
        at += 8;
    }
    let rest = words.remainder().iter();
    let found = rest.clone().position(|byte| needles.contains(byte));
    found.map(|n| at + n)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn the_first_of_the_bytes_is_found(bytes in proptest::collection::vec(prop_oneof![any::<u8>(), 0..6u8], 0..40), wanted in proptest::collection::vec(prop_oneof![any::<u8>(), 0..6u8], 1..5)) {
            let expected = bytes.iter().position(|byte| wanted.contains(byte));
            prop_assert_eq!(Needles::new(&wanted).find(&bytes), expected);
        }
    }
}
