//! CRC-32 (ISO-HDLC) for short texts: most rows have a few dozen bytes, which crc32fast takes one at a time.
//!
//! Eight bytes a step, by eight tables ("slicing by eight", Kounavis and Berry 2005). Long texts are still crc32fast's, which
//! multiplies in hardware.

/// From so many bytes on, crc32fast is faster.
const LONG: usize = 128;

/// `TABLES[n][b]` is the CRC of byte `b` and `n` zeros behind it.
static TABLES: [[u32; 256]; 8] = tables();

const fn tables() -> [[u32; 256]; 8] {
    let mut tables = [[0; 256]; 8];
    let mut byte = 0;
    while byte < 256 {
        let mut crc = byte as u32;
        let mut bit = 0;
        while bit < 8 {
            crc = (crc >> 1) ^ (0xedb8_8320 * (crc & 1));
            bit += 1;
        }
        tables[0][byte] = crc;
        byte += 1;
    }
    let mut zeros = 1;
    while zeros < 8 {
        let mut byte = 0;
        while byte < 256 {
            let crc = tables[zeros - 1][byte];
            tables[zeros][byte] = (crc >> 8) ^ tables[0][(crc & 0xff) as usize];
            byte += 1;
        }
        zeros += 1;
    }
    tables
}

/// The CRC-32 of a text.
pub(super) fn crc32(bytes: &[u8]) -> u32 {
    // crc32fast multiplies sixteen bytes at a time; what is left over is for the tables
    let long = if bytes.len() < LONG {
        0
    } else {
        bytes.len() & !15
    };
    let mut crc = !crc32fast::hash(&bytes[..long]);
    let mut words = bytes[long..].chunks_exact(8);
    for word in &mut words {
        let mut eight = [0; 8];
        eight.copy_from_slice(word);
        let word = u64::from_le_bytes(eight) ^ u64::from(crc);
        let of = |zeros: usize| TABLES[zeros][usize::from((word >> (56 - 8 * zeros)) as u8)];
        crc = of(7) ^ of(6) ^ of(5) ^ of(4) ^ of(3) ^ of(2) ^ of(1) ^ of(0);
    }
    for byte in words.remainder() {
        crc = (crc >> 8) ^ TABLES[0][((crc ^ u32::from(*byte)) & 0xff) as usize];
    }
    !crc
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn it_is_crc32fasts_for_every_length(bytes in proptest::collection::vec(any::<u8>(), 0..700)) {
            prop_assert_eq!(super::crc32(&bytes), crc32fast::hash(&bytes));
        }
    }
}
