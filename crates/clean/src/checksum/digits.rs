//! CRC-32 of a number's decimal digits, without writing them.
//!
//! CRC-32 is affine: of two texts of the same length, the difference (XOR) of their checksums
//! follows from the difference of the texts, wherever it stands, and from how many bytes come after
//! it. So the checksum of the digits is the one of the millions with six zeros behind them, and
//! what the two groups of three digits change in it, all three looked up.

use std::sync::LazyLock;

/// The first number whose checksum is put together of three parts.
const MILLION: u32 = 1_000_000;

/// What the parts of a number contribute.
#[derive(Debug)]
pub(super) struct DigitsHash {
    /// Checksum of the millions with six zeros behind them; none of no millions, for a number has
    /// no leading zeros.
    millions: Vec<u32>,
    /// What three digits with three more behind them change in it.
    thousands: Vec<u32>,
    /// What the last three digits change in it.
    ones: Vec<u32>,
}

/// Made once.
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
    fn each_length_has_its_own_border() {
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
