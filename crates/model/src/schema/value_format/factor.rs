//! A decimal factor. It is not a binary number, so that products are exact.

use std::fmt;

/// The factor by which numbers are multiplied: `digits` × 10^`exponent`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Factor {
    /// The digits without trailing zeros, at least 1.
    pub digits: u64,
    /// The power of ten.
    pub exponent: i32,
}

impl Factor {
    /// Parses a positive number such as `100`, `0.01` or `1e-3`.
    ///
    /// # Errors
    ///
    /// When the text is not such a number, or has more than 18 digits.
    pub fn parse(text: &str) -> Result<Factor, String> {
        let wrong = || format!("\"{text}\" is not a positive number such as 0.01 or 1000");
        let (mantissa, exponent) = match text.split_once(['e', 'E']) {
            Some((mantissa, exponent)) => (mantissa, exponent.parse().map_err(|_| wrong())?),
            None => (text, 0i32),
        };
        let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
        let mut digits = format!("{whole}{fraction}");
        let mut exponent = exponent
            .checked_sub(fraction.len() as i32)
            .ok_or_else(wrong)?;
        while digits.len() > 1 && digits.ends_with('0') {
            digits.pop();
            exponent = exponent.checked_add(1).ok_or_else(wrong)?;
        }
        let is_number = !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit());
        let digits = digits.trim_start_matches('0');
        if !is_number || digits.is_empty() || digits.len() > 18 || exponent.abs() > 60 {
            return Err(wrong());
        }
        let digits = digits.parse().map_err(|_| wrong())?;
        Ok(Factor { digits, exponent })
    }
}

/// Shows the factor in a form that [`Factor::parse`] accepts.
impl fmt::Display for Factor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}e{}", self.digits, self.exponent)
    }
}
