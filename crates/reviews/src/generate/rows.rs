//! Makes the rows of a block of products, for all four files at once.
//!
//! A row depends only on the seed and its ids, not on block, part or thread. The four files are
//! made together, because the text and the values of the characteristics depend on the rating, and
//! the counts of child rows depend on their parents. This code does not allocate or use the
//! formatting of the standard library: it appends bytes to buffers that are used again.

use std::ops::Range;

use super::faults::{Damage, DamagePlan, Fault, Position};
use super::row::{Parents, Row, Tally};
use super::shape::{Counts, Product, photos};
use super::text::{Reviewer, Tone};
use super::{Table, Variant, date, text};
use crate::random::{Stream, at, below, weighted};

// positions of the random numbers of a review; the number of its photos has position 0
const TEXT: u64 = 1;
const VALUES: u64 = 1000;
const STYLE: u64 = 1001;
const SWAP: u64 = 1002;
const FIRST_PHOTO: u64 = 1010;

/// Weights of the ratings 0 to 5.
const RATINGS: [u32; 6] = [0, 8, 7, 15, 25, 45];
/// Percent of the reviews that recommend the product, by rating.
const RECOMMENDS: [usize; 6] = [0, 8, 15, 55, 90, 97];

const FIRST_DATE: u64 = 1_577_836_800_000;
const DAYS: u64 = 366 + 365;

/// The lines of each file, and the counts that a loader must find, both in the order of
/// [`Table::ALL`].
#[derive(Debug, Default)]
pub(super) struct Block {
    pub(super) lines: [Vec<u8>; 4],
    pub(super) tallies: [Tally; 4],
}

/// Makes blocks of one data set.
pub(super) struct RowMaker {
    pub(super) seed: u64,
    pub(super) variant: Variant,
    /// Which rows are damaged, in the dirty variant.
    pub(super) plan: Option<DamagePlan>,
}

/// A photo. The photos of a product are collected before they are written, because some are
/// swapped.
#[derive(Clone, Copy)]
struct Photo {
    id: u64,
    review: u64,
    key: u64,
    parents: Parents,
}

/// A review that is written.
struct Review {
    id: u64,
    product: u64,
    rating: u8,
    key: u64,
    fault: Option<Fault>,
}

impl RowMaker {
    /// Appends the rows of a range of products. `before` has the numbers of rows of all earlier
    /// products, from which the first ids follow.
    pub(super) fn block(&self, products: Range<u64>, before: Counts, block: &mut Block) {
        let mut last = before;
        let mut waiting = Vec::new();
        for id in products {
            let product = Product::new(self.seed, id);
            let names = product.characteristics;
            let mut loaded = [false; 4];
            for (n, name) in names.iter().enumerate() {
                loaded[n] =
                    self.characteristic(block, last.characteristics + 1 + n as u64, id, name);
            }
            for n in 0..product.reviews {
                last.reviews += 1;
                let key = product.review(n);
                let mut stream = Stream::new(key, TEXT);
                let rating = weighted(stream.next(), &RATINGS) as u8;
                let position = match n + 1 == product.reviews {
                    true => Position::Last,
                    false => Position::BeforeAnother,
                };
                let fault = self
                    .plan
                    .as_ref()
                    .and_then(|plan| plan.review(last.reviews, position));
                let tally = &mut block.tallies[Table::Reviews as usize];
                let review_loaded = tally.count(fault, Parents::Loaded);
                let review = Review {
                    id: last.reviews,
                    product: id,
                    rating,
                    key,
                    fault,
                };
                self.review(block, &review, stream);
                let mut values = Stream::new(key, VALUES).dice();
                for (n, loaded) in loaded[..names.len()].iter().enumerate() {
                    last.characteristic_reviews += 1;
                    let value = (rating + [0, 1, 1, 1, 2][values.roll(5)]).clamp(2, 6) - 1;
                    let ids = [
                        last.characteristic_reviews,
                        last.characteristics + 1 + n as u64,
                        last.reviews,
                    ];
                    let parents = Parents::all([review_loaded, *loaded]);
                    self.characteristic_review(block, ids, value, parents);
                }
                for n in 0..photos(key) {
                    last.photos += 1;
                    waiting.push(Photo {
                        id: last.photos,
                        review: last.reviews,
                        key: at(key, FIRST_PHOTO + n),
                        parents: Parents::all([review_loaded]),
                    });
                }
            }
            last.characteristics += names.len() as u64;
            swap_some(&mut waiting);
            for photo in waiting.drain(..) {
                self.photo(block, photo);
            }
        }
    }

    fn draw(&self, table: Table, id: u64) -> Option<Fault> {
        self.plan.as_ref()?.draw(table, id)
    }

    fn review(&self, block: &mut Block, review: &Review, mut stream: Stream) {
        let Review {
            id,
            product,
            rating,
            key,
            fault,
        } = *review;
        let mut dice = stream.dice();
        let recommends = dice.roll(100) < RECOMMENDS[usize::from(rating)];
        let reported = dice.roll(140) == 0;
        let answered = dice.roll(12) == 0;
        let helpful = dice.roll(31).min(dice.roll(31)) as u64;
        let damage = match fault.map(|fault| fault.damage) {
            Some(Damage::Gone) => return,
            Some(Damage::OpenLast) => Some(Damage::Open(if answered { 10 } else { 9 })),
            damage => damage,
        };
        let tone = Tone::of(rating);
        let style = at(key, STYLE);
        let mut row = Row::new(&mut block.lines[Table::Reviews as usize], damage);
        row.number(id);
        row.number(product);
        row.number(u64::from(rating));
        self.date(
            &mut row,
            FIRST_DATE + stream.next() % (DAYS * 86_400_000),
            style,
        );
        row.text(|out| text::summary(out, &mut stream, tone));
        row.text(|out| text::body(out, &mut stream, tone));
        let flags = self.flags(style);
        row.bare(flags[usize::from(recommends)]);
        row.bare(flags[usize::from(reported)]);
        let reviewer = Reviewer::new(&mut stream);
        row.text(|out| reviewer.name(out));
        row.text(|out| reviewer.email(out));
        match (answered, self.variant) {
            (true, _) => row.text(|out| text::response(out, &mut stream)),
            (false, Variant::Iso) => row.bare(""),
            (false, _) => row.bare("null"),
        }
        row.number(helpful);
        row.end();
    }

    fn date(&self, row: &mut Row, ms: u64, style: u64) {
        let zone = (style & 0xff) as usize;
        match (self.variant, below(style, 4)) {
            (Variant::Iso, _) => row.text(|out| date::day(out, ms)),
            (Variant::Dirty, 2) => row.text(|out| date::iso(out, ms)),
            (Variant::Dirty, 3) => row.text(|out| date::javascript(out, ms, zone)),
            _ => row.number(ms),
        }
    }

    /// How false and true are written in a row.
    fn flags(&self, style: u64) -> [&'static str; 2] {
        match (self.variant, below(style << 16, 32)) {
            (Variant::Iso, 0 | 1) => ["0", "1"],
            (Variant::Dirty, 0) => ["False", "True"],
            (Variant::Dirty, 1) => ["FALSE", "TRUE"],
            _ => ["false", "true"],
        }
    }

    fn characteristic(&self, block: &mut Block, id: u64, product: u64, name: &str) -> bool {
        let table = Table::Characteristics;
        let fault = self.draw(table, id);
        let loaded = block.tallies[table as usize].count(fault, Parents::Loaded);
        let damage = fault.map(|fault| fault.damage);
        if damage != Some(Damage::Gone) {
            let mut row = Row::new(&mut block.lines[table as usize], damage);
            row.number(id);
            row.number(product);
            row.text(|out| out.extend_from_slice(name.as_bytes()));
            row.end();
        }
        loaded
    }

    #[inline]
    fn characteristic_review(&self, block: &mut Block, ids: [u64; 3], value: u8, parents: Parents) {
        let table = Table::CharacteristicReviews;
        let fault = self.draw(table, ids[0]);
        block.tallies[table as usize].count(fault, parents);
        let mut row = Row::new(
            &mut block.lines[table as usize],
            fault.map(|fault| fault.damage),
        );
        for id in ids {
            row.number(id);
        }
        row.number(u64::from(value));
        row.end();
    }

    fn photo(&self, block: &mut Block, photo: Photo) {
        let table = Table::ReviewsPhotos;
        let fault = self.draw(table, photo.id);
        block.tallies[table as usize].count(fault, photo.parents);
        let damage = fault.map(|fault| fault.damage);
        if damage != Some(Damage::Gone) {
            let mut row = Row::new(&mut block.lines[table as usize], damage);
            row.number(photo.id);
            row.number(photo.review);
            row.text(|out| text::url(out, &mut Stream::new(photo.key, 0)));
            row.end();
        }
    }
}

/// Swaps some neighbouring photos of a product, because the real files have ids out of order.
fn swap_some(photos: &mut [Photo]) {
    let mut n = 0;
    while n + 1 < photos.len() {
        if below(at(photos[n].key, SWAP), 8) == 0 {
            photos.swap(n, n + 1);
            n += 1;
        }
        n += 1;
    }
}
