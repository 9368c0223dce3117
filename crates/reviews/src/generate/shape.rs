//! The numbers of rows: reviews of a product, photos of a review, characteristics of a product.
//!
//! They are computed quickly, without making rows. To know its first ids, a part in the middle of
//! the data set, or a block on another thread, adds up the counts of all products before it. The
//! weights are fitted to the published totals of the data set (1,000,011 products: 5.775 M reviews,
//! 2.743 M photos, 3.348 M characteristics, 950,000 products with reviews).

use std::iter::Sum;
use std::ops::{Add, Range};

use rayon::prelude::*;

use crate::random::{at, weighted};

/// Weights of 0, 1, 2, … 15 reviews; the last one is the weight of all larger numbers together.
const REVIEWS: [u32; 17] = [
    4994, 9623, 10004, 10227, 10345, 9870, 8875, 7690, 6520, 5391, 4330, 3373, 2559, 1935, 1468,
    1110, 1686,
];
/// How many different numbers above 15 the reviews of a product can have. Smaller numbers are more
/// likely.
const TAIL: u64 = 45;

/// Weights of 0 to 5 photos.
const PHOTOS: [u32; 6] = [75_172, 12_900, 5_750, 2_950, 1_900, 1_328];

/// The sets of characteristics that a product can have, with their weights.
const SETS: [&[&str]; 3] = [
    &["Fit", "Length", "Comfort", "Quality"],
    &["Size", "Width", "Comfort", "Quality"],
    &["Quality"],
];
const SET_WEIGHTS: [u32; 3] = [43_455, 34_800, 21_745];

// positions of the random numbers of a product; the keys of its reviews have later positions
const REVIEW_COUNT: u64 = 0;
const TAIL_COUNT: u64 = 1;
const SET: u64 = 2;
const FIRST_REVIEW: u64 = 16;

// position of a random number of a review; the numbers for its text have later positions
const PHOTO_COUNT: u64 = 0;

/// A product with its counts.
#[derive(Debug, Clone, Copy)]
pub(super) struct Product {
    key: u64,
    /// Number of reviews of the product.
    pub(super) reviews: u64,
    /// The names of the product's characteristics.
    pub(super) characteristics: &'static [&'static str],
}

impl Product {
    /// The product with this id, in the data set of this seed.
    #[inline]
    pub(super) fn new(seed: u64, id: u64) -> Self {
        let key = at(at(seed, 0), id);
        let mut reviews = weighted(at(key, REVIEW_COUNT), &REVIEWS) as u64;
        if reviews == REVIEWS.len() as u64 - 1 {
            let u = at(key, TAIL_COUNT) >> 48;
            let cube = (((u * u) >> 16) * u) >> 16;
            reviews += (cube * TAIL) >> 16;
        }
        let characteristics = SETS[weighted(at(key, SET), &SET_WEIGHTS)];
        Product {
            key,
            reviews,
            characteristics,
        }
    }

    /// The key of the random numbers of the product's `n`-th review, from 0.
    #[inline]
    pub(super) fn review(&self, n: u64) -> u64 {
        at(self.key, FIRST_REVIEW + n)
    }

    /// The numbers of rows that belong to the product.
    fn counts(&self) -> Counts {
        let names = self.characteristics.len() as u64;
        Counts {
            reviews: self.reviews,
            characteristics: names,
            photos: (0..self.reviews).map(|n| photos(self.review(n))).sum(),
            characteristic_reviews: self.reviews * names,
        }
    }
}

/// How many photos a review has. `review` is the key of its random numbers.
#[inline]
pub(super) fn photos(review: u64) -> u64 {
    weighted(at(review, PHOTO_COUNT), &PHOTOS) as u64
}

/// The number of rows of each file, before some are left out or repeated. It is also the number of
/// ids, because rows that are left out have ids, too.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Counts {
    pub(super) reviews: u64,
    pub(super) characteristics: u64,
    pub(super) photos: u64,
    pub(super) characteristic_reviews: u64,
}

impl Counts {
    /// The numbers of rows that belong to the products of a range.
    pub(super) fn of(seed: u64, products: Range<u64>) -> Self {
        products.map(|id| Product::new(seed, id).counts()).sum()
    }

    /// The numbers of rows that belong to the products of a range, computed on all threads of the
    /// current rayon pool.
    pub(super) fn of_many(seed: u64, products: Range<u64>) -> Self {
        const CHUNK: u64 = 16_384;
        let chunks = (products.end - products.start).div_ceil(CHUNK);
        (0..chunks)
            .into_par_iter()
            .map(|n| {
                let first = products.start + n * CHUNK;
                Counts::of(seed, first..(first + CHUNK).min(products.end))
            })
            .sum()
    }
}

impl Add for Counts {
    type Output = Counts;

    fn add(self, other: Counts) -> Counts {
        Counts {
            reviews: self.reviews + other.reviews,
            characteristics: self.characteristics + other.characteristics,
            photos: self.photos + other.photos,
            characteristic_reviews: self.characteristic_reviews + other.characteristic_reviews,
        }
    }
}

impl Sum for Counts {
    fn sum<I: Iterator<Item = Counts>>(counts: I) -> Counts {
        counts.fold(Counts::default(), Add::add)
    }
}

/// The ids of the products in a part, which is `(i, n)` with `i` from 1; without a part, all of
/// `1..=products`.
pub(super) fn part_range(products: u64, part: Option<(u32, u32)>) -> Range<u64> {
    let (i, n) = part.unwrap_or((1, 1));
    let border = |i: u32| products * u64::from(i) / u64::from(n) + 1;
    border(i - 1)..border(i)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_real_scale_has_the_real_proportions() {
        let all = Counts::of_many(1, 1..1_000_012);
        let near = |ours: u64, real: u64| ours.abs_diff(real) * 200 < real;
        assert!(near(all.reviews, 5_774_952), "{all:?}");
        assert!(near(all.photos, 2_742_540), "{all:?}");
        assert!(near(all.characteristics, 3_347_679), "{all:?}");
        assert!(near(all.characteristic_reviews, 19_327_575), "{all:?}");
        let mut reviewed = 0;
        let mut most = 0;
        for id in 1..=1_000_011 {
            let product = Product::new(1, id);
            reviewed += u64::from(product.reviews > 0);
            most = most.max(product.reviews);
        }
        assert!(near(reviewed, 950_072), "{reviewed}");
        assert!((51..=60).contains(&most), "{most}");
    }

    proptest! {
        // each of the two ranges has none, one or two whole chunks; 24 cases cover each of the nine
        // combinations several times
        #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]
        #[test]
        fn counting_in_pieces_is_counting_at_once(seed: u64, a in 0u64..40_000, b in 0u64..40_000) {
            let (middle, end) = (1 + a, 1 + a + b);
            let pieces = Counts::of_many(seed, 1..middle) + Counts::of(seed, middle..end);
            prop_assert_eq!(pieces, Counts::of_many(seed, 1..end));
        }
    }

    proptest! {
        #[test]
        fn parts_cover_every_product_once(products in 0u64..200_000_000, n in 1u32..300) {
            let mut next = 1;
            for i in 1..=n {
                let range = part_range(products, Some((i, n)));
                prop_assert_eq!(range.start, next);
                next = range.end;
            }
            prop_assert_eq!(next, products + 1);
            prop_assert_eq!(part_range(products, None), 1..products + 1);
        }
    }

    #[test]
    fn a_photo_is_as_frequent_as_the_weights_say() {
        let mean: u32 = PHOTOS.iter().zip(0..).map(|(weight, n)| weight * n).sum();
        assert_eq!(PHOTOS.iter().sum::<u32>(), 100_000);
        assert!(mean.abs_diff(47_490) < 10, "{mean}");
    }
}
