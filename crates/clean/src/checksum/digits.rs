//! Computes the CRC-32 of a number's decimal digits, and of numbers with other separators, without
//! writing these texts.
//!
//! CRC-32 is affine: if two texts have the same length, the XOR of their checksums depends only on
//! the XOR of the texts. So the checksum of the digits is computed from three table entries: the
//! checksum of the millions followed by six zeros, XOR the effect of the next three digits, XOR the
//! effect of the last three digits.

use std::sync::LazyLock;

/// The smallest number whose checksum is computed from table entries.
const MILLION: u32 = 1_000_000;

/// Length of the table of millions: the greatest number of millions, and an entry for 0.
const MILLIONS: usize = (u32::MAX / MILLION + 1) as usize;

/// The three tables. They are arrays, so that the compiler knows their lengths and can omit checks
/// of the indexes.
#[derive(Debug)]
pub(super) struct DigitsHash {
    /// Checksums of each number of millions, followed by six zeros. Entry 0 is not used, because
    /// numbers have no leading zeros.
    millions: [u32; MILLIONS],
    /// Effect on the checksum of three digits that are followed by three more digits.
    thousands: [u32; 1000],
    /// Effect on the checksum of the last three digits.
    ones: [u32; 1000],
}

/// The tables, computed on first use.
pub(super) fn table() -> &'static DigitsHash {
    static TABLE: LazyLock<DigitsHash> = LazyLock::new(DigitsHash::new);
    &TABLE
}

/// How the CRC-32 changes if a comma in a text is replaced by `#`. The index is the number of bytes
/// after the comma.
#[derive(Debug)]
pub(super) struct CommaEffect(Vec<u32>);

/// Maximum number of bytes after a comma: numbers of 15 digits in seven columns, with their commas.
const AFTER_COMMA: usize = 7 * 16;

/// The table, computed on first use.
pub(super) fn comma_effect() -> &'static CommaEffect {
    static TABLE: LazyLock<CommaEffect> = LazyLock::new(CommaEffect::new);
    &TABLE
}

impl CommaEffect {
    fn new() -> CommaEffect {
        let of = |first: u8, after: usize| {
            let mut text = vec![0; after + 1];
            text[0] = first;
            crc32fast::hash(&text)
        };
        let effects = (0..AFTER_COMMA).map(|after| of(b',', after) ^ of(b'#', after));
        CommaEffect(effects.collect())
    }

    /// The effect of a comma with this number of bytes after it. `None` if the table has no such
    /// entry.
    #[inline]
    pub(super) fn before(&self, after: usize) -> Option<u32> {
        self.0.get(after).copied()
    }
}

impl DigitsHash {
    fn new() -> DigitsHash {
        use std::array::from_fn;
        let of = |text: String| crc32fast::hash(text.as_bytes());
        DigitsHash {
            millions: from_fn(|n| of(format!("{n}000000"))),
            thousands: from_fn(|n| of(format!("{n:03}000")) ^ of("000000".to_owned())),
            ones: from_fn(|n| of(format!("{n:03}")) ^ of("000".to_owned())),
        }
    }

    /// CRC-32 of the number's decimal digits.
    #[inline(always)]
    pub(super) fn hash(&self, number: u32) -> u32 {
        if number < MILLION {
            return hash_of_few(number);
        }
        let (millions, rest) = (number / MILLION, number % MILLION);
        self.millions[millions as usize]
            ^ self.thousands[(rest / 1000) as usize]
            ^ self.ones[(rest % 1000) as usize]
    }
}

/// The checksum of a small number. Only one hash in four thousand is that small.
#[cold]
fn hash_of_few(number: u32) -> u32 {
    crc32fast::hash(itoa::Buffer::new().format(number).as_bytes())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn is_crc_of_the_digits(number: u32) -> bool {
        table().hash(number) == crc32fast::hash(number.to_string().as_bytes())
    }

    #[test]
    fn the_digits_of_numbers_around_each_power_of_ten_are_hashed() {
        for power in 0..10 {
            let border = 10u32.pow(power);
            for number in [border - 1, border, border + 1, border.saturating_mul(9)] {
                assert!(is_crc_of_the_digits(number), "{number}");
            }
        }
        assert!(is_crc_of_the_digits(u32::MAX));
    }

    proptest! {
        #[test]
        fn the_checksum_is_that_of_the_digits(number in any::<u32>(), shorter in 0u32..32) {
            prop_assert!(is_crc_of_the_digits(number));
            prop_assert!(is_crc_of_the_digits(number >> shorter));
        }
    }
}
