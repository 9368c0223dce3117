//! Random access to pseudorandom numbers. Each key (a 64-bit number) yields a sequence of numbers
//! that is the same on every machine, and the n-th number is computed without those before it.
//!
//! This is SplitMix64 (G. L. Steele, D. Lea, C. H. Flood, "Fast splittable pseudorandom number
//! generators", OOPSLA 2014; constants of S. Vigna's public-domain splitmix64.c). Its n-th output
//! is a mixing function of `seed + n * GAMMA`. So a row can be made without the rows before it, and
//! parts and threads give the same rows. It is implemented here because the bytes of every
//! generated file depend on these values forever, and the crates for random numbers do not promise
//! stable values across versions. It uses integers only, because floating point may round
//! differently on another machine.

/// The increment of SplitMix64: 2^64 divided by the golden ratio, odd.
const GAMMA: u64 = 0x9e37_79b9_7f4a_7c15;

/// The output function of SplitMix64.
fn mix(mut z: u64) -> u64 {
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

/// The `n`-th random number that a key yields, counted from 0. The result may be used as another
/// key.
#[inline]
pub(crate) fn at(key: u64, n: u64) -> u64 {
    mix(key.wrapping_add(GAMMA.wrapping_mul(n.wrapping_add(1))))
}

/// Maps the upper 32 bits of a number to `0..n`.
#[inline]
pub(crate) fn below(number: u64, n: u32) -> u32 {
    (((number >> 32) * u64::from(n)) >> 32) as u32
}

/// Maps the upper 32 bits of a number to a position in `weights`. The weights are the relative
/// probabilities of the positions.
#[inline]
pub(crate) fn weighted<const N: usize>(number: u64, weights: &[u32; N]) -> usize {
    let mut left = below(number, weights.iter().sum());
    let mut position = 0;
    while left >= weights[position] {
        left -= weights[position];
        position += 1;
    }
    position
}

/// The random numbers that a key yields, in order.
pub(crate) struct Stream {
    key: u64,
    n: u64,
}

impl Stream {
    /// The numbers that `key` yields, from the `n`-th on (counted from 0).
    pub(crate) fn new(key: u64, n: u64) -> Self {
        Stream { key, n }
    }

    /// The next number.
    #[inline]
    pub(crate) fn next(&mut self) -> u64 {
        let number = at(self.key, self.n);
        self.n += 1;
        number
    }

    /// The next number, for up to five picks.
    #[inline]
    pub(crate) fn dice(&mut self) -> Dice {
        Dice(self.next())
    }
}

/// One random number, which is enough for five picks of 12 bits each.
pub(crate) struct Dice(u64);

impl Dice {
    /// A number in `0..n`, `n` at most 4096.
    #[inline]
    pub(crate) fn roll(&mut self, n: usize) -> usize {
        let bits = (self.0 & 0xfff) as usize;
        self.0 >>= 12;
        (bits * n) >> 12
    }

    /// Picks a member of a list.
    #[inline]
    pub(crate) fn pick<'a>(&mut self, list: &[&'a str]) -> &'a str {
        list[self.roll(list.len())]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_numbers_are_those_of_the_published_generator() {
        // the first outputs of splitmix64.c for the seed 1234567
        let published = [
            6457827717110365317,
            3203168211198807973,
            9817491932198370423,
            4593380528125082431,
            16408922859458223821,
        ];
        let mut stream = Stream::new(1_234_567, 0);
        for (n, expected) in published.into_iter().enumerate() {
            assert_eq!(stream.next(), expected);
            assert_eq!(at(1_234_567, n as u64), expected);
        }
    }

    #[test]
    fn weights_and_borders_hold() {
        assert_eq!(below(0, 7), 0);
        assert_eq!(below(u64::MAX, 7), 6);
        assert_eq!(weighted(0, &[0, 3, 1]), 1);
        assert_eq!(weighted(u64::MAX, &[0, 3, 1, 0]), 2);
        let mut seen = [0; 3];
        for n in 0..8000 {
            seen[weighted(at(1, n), &[1, 4, 3])] += 1;
        }
        assert!(
            seen[0] > 900 && seen[0] < 1100 && seen[1] > 3850 && seen[1] < 4150,
            "{seen:?}"
        );
        let mut dice = Dice(u64::MAX);
        for _ in 0..5 {
            assert_eq!(dice.roll(10), 9);
        }
    }
}
