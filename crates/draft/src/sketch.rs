//! Estimates the number of distinct values of a column by HyperLogLog (Flajolet et al. 2007). It
//! takes 4 KiB; the standard error is 1.6 %.

/// Registers of a sketch, a power of two.
const REGISTERS: usize = 1 << 12;

/// A sketch of a set of hashes.
#[derive(Debug, Clone, Default)]
pub(crate) struct Sketch {
    /// Empty until the first hash is added.
    registers: Vec<u8>,
}

impl Sketch {
    /// Adds a hash.
    #[inline]
    pub(crate) fn add(&mut self, hash: u64) {
        if self.registers.is_empty() {
            self.registers = vec![0; REGISTERS];
        }
        let at = (hash >> 52) as usize;
        let rank = ((hash << 12) | 1 << 11).leading_zeros() as u8 + 1;
        let register = &mut self.registers[at];
        *register = rank.max(*register);
    }

    /// Adds the hashes of another sketch.
    pub(crate) fn merge(&mut self, other: &Sketch) {
        if self.registers.is_empty() {
            self.registers.clone_from(&other.registers);
            return;
        }
        for (register, other) in self.registers.iter_mut().zip(&other.registers) {
            *register = (*register).max(*other);
        }
    }

    /// Estimates how many distinct hashes were added.
    pub(crate) fn estimate(&self) -> u64 {
        if self.registers.is_empty() {
            return 0;
        }
        let m = REGISTERS as f64;
        let sum: f64 = self.registers.iter().map(|r| (-f64::from(*r)).exp2()).sum();
        let raw = 0.7213 / (1.0 + 1.079 / m) * m * m / sum;
        let zeros = self.registers.iter().filter(|r| **r == 0).count();
        let estimate = match raw <= 2.5 * m && zeros > 0 {
            true => m * (m / zeros as f64).ln(),
            false => raw,
        };
        estimate.round() as u64
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use xxhash_rust::xxh3::xxh3_64;

    #[test]
    fn estimates_are_within_five_percent_and_do_not_depend_on_merges() {
        for distinct in [0u64, 1, 10, 1000, 20_000, 300_000] {
            let (mut whole, mut halves) =
                (Sketch::default(), [Sketch::default(), Sketch::default()]);
            for n in 0..distinct {
                let hash = xxh3_64(&n.to_le_bytes());
                whole.add(hash);
                whole.add(hash);
                halves[n as usize % 2].add(hash);
            }
            let [mut merged, other] = halves;
            merged.merge(&other);
            assert_eq!(merged.estimate(), whole.estimate());
            let error = whole.estimate().abs_diff(distinct);
            assert!(error * 20 <= distinct, "{distinct}: {}", whole.estimate());
        }
    }
}
