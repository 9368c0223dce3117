//! CRC-32 of a number's decimal digits, without writing the digits.
//!
//! CRC-32 is affine: if two texts have the same length, the XOR of their checksums depends only on
//! the XOR of the texts. So the checksum of the digits is computed from three table entries: the
//! checksum of the millions followed by six zeros, XOR the effect of the next three digits, XOR the
//! effect of the last three digits.

use std::sync::LazyLock;

/// The smallest number that is computed from three table entries.
const MILLION: u32 = 1_000_000;

/// The three tables.
#[derive(Debug)]
pub(super) struct DigitsHash {
    /// Checksum of the millions followed by six zeros. Entry 0 is the millions of no number,
    /// because numbers have no leading zeros.
    millions: Vec<u32>,
    /// Effect of three digits that are followed by three more.
    thousands: Vec<u32>,
    /// Effect of the last three digits.
    ones: Vec<u32>,
}

/// The tables, computed on first use.
pub(super) fn table() -> &'static DigitsHash {
    static TABLE: LazyLock<DigitsHash> = LazyLock::new(DigitsHash::new);
    &TABLE
}

impl DigitsHash {
    fn new() -> DigitsHash {
        let of = |text: String| crc32fast::hash(text.as_bytes());
        let millions = (0..=u32::MAX / MILLION).map(|n| of(format!("{n}000000")));
        let thousands = (0..1000).map(|n| of(format!("{n:03}000")) ^ of("000000".to_owned()));
        let ones = (0..1000).map(|n| of(format!("{n:03}")) ^ of("000".to_owned()));
        DigitsHash {
            millions: millions.collect(),
            thousands: thousands.collect(),
            ones: ones.collect(),
        }
    }

    /// CRC-32 of the number's decimal digits.
    #[inline]
    pub(super) fn hash(&self, number: u32) -> u32 {
        if number < MILLION {
            return crc32fast::hash(itoa::Buffer::new().format(number).as_bytes());
        }
        let (millions, rest) = (number / MILLION, number % MILLION);
        self.millions[millions as usize]
            ^ self.thousands[(rest / 1000) as usize]
            ^ self.ones[(rest % 1000) as usize]
    }
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
