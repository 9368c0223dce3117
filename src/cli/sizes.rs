//! Parses sizes: 500000, 512K, 2M, 1G.

/// Parses a size of at most 1G. Several buffers of this size are in memory.
pub(super) fn parse_size(text: &str) -> Result<u64, String> {
    match parse_bytes(text)? {
        bytes @ 0..=0x4000_0000 => Ok(bytes),
        _ => Err(format!("\"{text}\" is more than 1G")),
    }
}

/// Parses a size of at least 5 MiB, the minimum of InnoDB.
pub(super) fn parse_buffer_pool(text: &str) -> Result<u64, String> {
    match parse_bytes(text)? {
        0..0x50_0000 => Err(format!("\"{text}\" is less than 5M")),
        bytes => Ok(bytes),
    }
}

/// Parses a number of bytes with an optional K, M or G (powers of 1024).
fn parse_bytes(text: &str) -> Result<u64, String> {
    let wrong = || format!("\"{text}\" is not a size such as 500000, 512K, 2M or 1G");
    let bare = text
        .trim()
        .trim_end_matches(['b', 'B'])
        .trim_end_matches(['i']);
    let (digits, factor) = match bare.chars().last() {
        Some('k' | 'K') => (&bare[..bare.len() - 1], 1 << 10),
        Some('m' | 'M') => (&bare[..bare.len() - 1], 1 << 20),
        Some('g' | 'G') => (&bare[..bare.len() - 1], 1 << 30),
        _ => (bare, 1),
    };
    let number: u64 = digits.trim().parse().map_err(|_| wrong())?;
    match number.checked_mul(factor) {
        Some(0) => Err(wrong()),
        Some(bytes) => Ok(bytes),
        None => Err(format!("\"{text}\" is too large")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_read_with_their_units() {
        assert_eq!(parse_size("500000"), Ok(500_000));
        assert_eq!(parse_size("512K"), Ok(524_288));
        assert_eq!(parse_size("2MiB"), Ok(2 << 20));
        assert_eq!(parse_size("1G"), Ok(1 << 30));
        for wrong in ["", "0", "K", "2T", "2G", "-1"] {
            assert!(parse_size(wrong).is_err(), "{wrong}");
        }
    }
}
