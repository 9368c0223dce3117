//! A shuffled deck of cards that computes any draw without storing the order.
//!
//! Each entry has as many cards as its weight says. A round deals every card once, in an order that
//! the seed and the number of the round determine. After a round, the deck is shuffled again. So no
//! card is drawn again before all have been drawn, which independent random picks do not guarantee.
//!
//! The order of a round is a permutation that is computed card by card. The permutation is a
//! Feistel network of four rounds over the smallest even number of bits that can hold the number of
//! cards, with SplitMix64 (`crate::random`) as round function. While the result is not the number
//! of a card, the network is applied to the result again. The draws must never change, because
//! `--seed` promises the same list for the same seed.

use crate::random::at;

/// Rounds of the Feistel network.
const ROUNDS: u64 = 4;

/// A deck of weighted entries.
#[derive(Debug)]
pub struct Deck {
    /// The number of cards up to and including each entry; empty when every entry has one card.
    ends: Vec<u64>,
    cards: u64,
    seed: u64,
}

impl Deck {
    /// A deck of entries of the given weights.
    pub fn new(weights: impl Iterator<Item = u64>, seed: u64) -> Deck {
        let mut cards = 0;
        let mut plain = true;
        let mut ends: Vec<u64> = weights
            .map(|weight| {
                cards += weight;
                plain &= weight == 1;
                cards
            })
            .collect();
        if plain {
            ends = Vec::new();
        }
        Deck { ends, cards, seed }
    }

    /// The number of cards.
    pub fn len(&self) -> u64 {
        self.cards
    }

    /// Whether there is no card.
    pub fn is_empty(&self) -> bool {
        self.cards == 0
    }

    /// The position of the entry that is drawn at the `n`-th draw, from 0. The deck must not be
    /// empty.
    pub fn draw(&self, n: u64) -> usize {
        let card = permuted(n % self.cards, self.cards, at(self.seed, n / self.cards));
        let entry = match self.ends.is_empty() {
            true => card as usize,
            false => self.ends.partition_point(|end| *end <= card),
        };
        debug_assert!(self.ends.is_empty() || entry < self.ends.len());
        entry
    }
}

/// The value at `position` of a permutation of `0..size`. The key selects the permutation.
fn permuted(position: u64, size: u64, key: u64) -> u64 {
    let half = (u64::BITS - (size - 1).leading_zeros()).div_ceil(2).max(1);
    let mask = (1 << half) - 1;
    let mut place = position;
    loop {
        let (mut left, mut right) = (place >> half, place & mask);
        for round in 0..ROUNDS {
            (left, right) = (right, left ^ (at(key, round << 32 | right) & mask));
        }
        place = left << half | right;
        if place < size {
            return place;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_round_deals_every_card_once() {
        for size in [1, 2, 3, 4, 5, 16, 17, 1000, 4097] {
            for key in [0, 1, u64::MAX] {
                let mut dealt: Vec<u64> = (0..size).map(|p| permuted(p, size, key)).collect();
                if size > 16 {
                    assert!(!dealt.is_sorted(), "{size}");
                }
                dealt.sort_unstable();
                assert!(dealt.into_iter().eq(0..size), "{size}");
            }
        }
    }

    #[test]
    fn no_entry_is_drawn_more_often_than_its_weight_warrants() {
        let weights = [3, 0, 1, 7, 1];
        let deck = Deck::new(weights.into_iter(), 5);
        assert_eq!(deck.len(), 12);
        for draws in [1, 5, 12, 24, 30] {
            let mut drawn = [0; 5];
            for n in 0..draws {
                drawn[deck.draw(n)] += 1;
            }
            for (entry, weight) in weights.into_iter().enumerate() {
                assert!(drawn[entry] <= weight * draws.div_ceil(12), "{drawn:?}");
                assert!(drawn[entry] >= weight * (draws / 12), "{drawn:?}");
            }
        }
    }

    #[test]
    fn the_draws_of_a_seed_are_fixed_for_ever() {
        let deck = Deck::new([1; 10].into_iter(), 1);
        let drawn: Vec<_> = (0..20).map(|n| deck.draw(n)).collect();
        assert_eq!(drawn, FIXED);
        let other = Deck::new([1; 10].into_iter(), 2);
        assert_ne!((0..20).map(|n| other.draw(n)).collect::<Vec<_>>(), drawn);
    }

    const FIXED: [usize; 20] = [7, 3, 4, 9, 5, 1, 2, 8, 0, 6, 5, 4, 6, 2, 8, 0, 7, 3, 1, 9];

    #[test]
    fn every_place_is_about_equally_likely() {
        let mut first = [0; 10];
        for seed in 0..10_000 {
            first[Deck::new([1; 10].into_iter(), seed).draw(0)] += 1;
        }
        assert!(first.iter().all(|n| (850..1150).contains(n)), "{first:?}");
    }
}
