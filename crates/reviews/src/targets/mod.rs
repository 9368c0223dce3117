//! Targets: the ids that load tests aim at, taken from the data instead of written by hand.
//!
//! ```text
//!  database ─┐ entries, newest review first         ┌─ in order, as they come ─┐
//!            ├────────────────────────────▶ Feed ───┤                          ├──▶ format ──▶ output
//!  CSV files ┘                                      └─ deck: shuffled, drawn ──┘
//! ```
//!
//! `database` and `files` make the same list of [`Entry`]s, the one by walking the primary key
//! backwards, the other from the rows that `check` accepts. [`Feed`] hands them on as they come,
//! or, for a random order, deals them from a [`deck`]. `format` holds one file per tool, `output`
//! writes the whole of it or nothing.

pub mod database;
pub mod deck;
pub mod format;
pub mod output;
mod url;

use std::io::{self, Write};
use std::str::FromStr;

use anyhow::{Context, Result, bail};

use deck::Deck;
use format::Format;
pub use url::UrlTemplate;

/// What the ids are of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Of {
    /// Products, for the list and the meta data.
    Product,
    /// Reviews, for marking one as helpful or reporting it.
    Review,
    /// Characteristics with their products, for new reviews.
    Characteristic,
}

impl Of {
    /// All of them.
    pub const ALL: [Of; 3] = [Of::Product, Of::Review, Of::Characteristic];

    /// The word on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Of::Product => "product_id",
            Of::Review => "review_id",
            Of::Characteristic => "characteristic_id",
        }
    }

    /// Names of the fields of an entry.
    pub fn fields(self) -> &'static [&'static str] {
        match self {
            Of::Product => &["product_id"],
            Of::Review => &["review_id"],
            Of::Characteristic => &["product_id", "characteristic_id"],
        }
    }
}

impl FromStr for Of {
    type Err = String;

    fn from_str(name: &str) -> Result<Of, String> {
        let found = Of::ALL.into_iter().find(|of| of.name() == name);
        found.ok_or_else(|| format!("\"{name}\" is not product_id, review_id or characteristic_id"))
    }
}

/// How much of the end of the data is taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Last {
    /// So many products (or reviews).
    Number(u64),
    /// A share of those that there are, in millionths of a percent, rounded up.
    Share(u64),
}

/// A whole, in millionths of a percent.
const WHOLE: u64 = 100_000_000;

impl Last {
    /// What is taken unless told otherwise: the last tenth.
    pub const TENTH: Last = Last::Share(WHOLE / 10);

    /// How many of `total` are taken.
    pub fn of(self, total: u64) -> u64 {
        match self {
            Last::Number(n) => n.min(total),
            Last::Share(share) => {
                let product = u128::from(total) * u128::from(share);
                u64::try_from(product.div_ceil(u128::from(WHOLE))).unwrap_or(total)
            }
        }
    }

    /// The smallest total of which at least `wanted` (1 or more) are taken; `None` when the total
    /// does not matter.
    pub fn least_total(self, wanted: u64) -> Option<u64> {
        match self {
            Last::Number(_) => None,
            Last::Share(share) => {
                let least = u128::from(wanted.saturating_sub(1)) * u128::from(WHOLE)
                    / u128::from(share)
                    + 1;
                Some(u64::try_from(least).unwrap_or(u64::MAX))
            }
        }
    }
}

impl FromStr for Last {
    type Err = String;

    fn from_str(text: &str) -> Result<Last, String> {
        let wrong = || {
            format!(
                "\"{text}\" is neither a number from 1 (100) nor a share up to 100% (10%, 0.5%)"
            )
        };
        let Some(share) = text.trim().strip_suffix('%') else {
            return match text.trim().parse() {
                Ok(0) | Err(_) => Err(wrong()),
                Ok(n) => Ok(Last::Number(n)),
            };
        };
        let (whole, fraction) = share.trim().split_once('.').unwrap_or((share.trim(), "0"));
        if whole.is_empty() || fraction.is_empty() || fraction.len() > 6 {
            return Err(wrong());
        }
        let digits = |text: &str| match text.bytes().all(|b| b.is_ascii_digit()) {
            true => text.parse::<u64>().map_err(|_| wrong()),
            false => Err(wrong()),
        };
        let millionths = digits(&format!("{fraction:0<6}"))?;
        match digits(whole)?
            .checked_mul(1_000_000)
            .map(|w| w + millionths)
        {
            Some(share @ 1..=WHOLE) => Ok(Last::Share(share)),
            _ => Err(wrong()),
        }
    }
}

/// How often a product stands in the list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Weight {
    /// Once.
    Once,
    /// Once per review that is not reported; a product whose reviews are all reported not at all.
    PerReview,
}

/// Which entries are wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Wanted {
    /// Of what.
    pub of: Of,
    /// From which part of the data; for characteristics, of the products.
    pub last: Last,
    /// At most so many different ones.
    pub limit: Option<u64>,
    /// How often each.
    pub weight: Weight,
}

/// One target.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Entry {
    /// The product; 0 for reviews.
    pub product: u64,
    /// The product's newest review, the review, or the characteristic.
    pub id: u64,
    /// How often it stands in the list.
    pub weight: u64,
}

impl Entry {
    /// One that stands in the list once.
    pub fn once(product: u64, id: u64) -> Entry {
        let weight = 1;
        Entry {
            product,
            id,
            weight,
        }
    }
}

/// Takes the entries of a selection, in their order.
pub type Take<'a> = &'a mut dyn FnMut(Entry) -> Result<()>;

/// In which order entries are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Draw {
    /// As selected.
    InOrder,
    /// All of them, in a random order that the seed decides.
    Shuffled {
        /// Same seed, same order.
        seed: u64,
    },
    /// Exactly so many, as from a pack of cards that is shuffled anew whenever it is used up.
    Count {
        /// How many.
        count: u64,
        /// Same seed, same draws.
        seed: u64,
    },
}

/// Whoever reads the output has had enough (`| head`); not a failure.
#[derive(Debug, Clone, Copy)]
pub struct ReaderGone;

impl std::fmt::Display for ReaderGone {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("the reader of the output has gone")
    }
}

impl std::error::Error for ReaderGone {}

/// What was written.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Written {
    /// Different targets that were selected.
    pub selected: u64,
    /// Entries written, repetitions counted.
    pub entries: u64,
}

/// Brings selected entries into the wanted order and format.
pub struct Feed<'a> {
    of: Of,
    draw: Draw,
    // a random order needs all entries at hand: 24 bytes each, 2 MB for the last tenth of a million
    // products
    gathered: Vec<Entry>,
    format: Box<dyn Format>,
    out: &'a mut dyn Write,
    written: Written,
}

impl<'a> Feed<'a> {
    /// Writes what comes before the first entry.
    ///
    /// # Errors
    ///
    /// When the output cannot be written; [`ReaderGone`] when nobody reads it.
    pub fn begin(
        of: Of,
        draw: Draw,
        mut format: Box<dyn Format>,
        out: &'a mut dyn Write,
    ) -> Result<Feed<'a>> {
        wrote(format.begin(out))?;
        Ok(Feed {
            of,
            draw,
            gathered: Vec::new(),
            format,
            out,
            written: Written::default(),
        })
    }

    /// Takes the next entry of the selection.
    ///
    /// # Errors
    ///
    /// As [`Feed::begin`].
    pub fn take(&mut self, entry: Entry) -> Result<()> {
        self.written.selected += 1;
        match self.draw {
            Draw::InOrder => self.write(&entry, entry.weight),
            Draw::Shuffled { .. } | Draw::Count { .. } => {
                self.gathered.push(entry);
                Ok(())
            }
        }
    }

    /// Writes what is still to be written; fails when there is nothing to aim at.
    ///
    /// # Errors
    ///
    /// As [`Feed::begin`], and when the list is empty.
    pub fn finish(mut self) -> Result<Written> {
        let gathered = std::mem::take(&mut self.gathered);
        let drawn = match self.draw {
            Draw::InOrder => None,
            Draw::Shuffled { seed } => Some((seed, None)),
            Draw::Count { count, seed } => Some((seed, Some(count))),
        };
        if let Some((seed, count)) = drawn {
            let deck = Deck::new(gathered.iter().map(|e| e.weight), seed);
            if deck.is_empty() {
                bail!(self.nothing());
            }
            for n in 0..count.unwrap_or(deck.len()) {
                self.write(&gathered[deck.draw(n)], 1)?;
            }
        }
        if self.written.entries == 0 {
            bail!(self.nothing());
        }
        wrote(self.format.end(self.out))?;
        wrote(self.out.flush())?;
        Ok(self.written)
    }

    fn nothing(&self) -> String {
        match self.written.selected {
            0 => format!(
                "there is no {} to aim at: the tables hold no rows; seed them first",
                self.of.name()
            ),
            n => format!(
                "there is nothing to aim at: all reviews of the {n} products are reported; leave out --weighted"
            ),
        }
    }

    fn write(&mut self, entry: &Entry, times: u64) -> Result<()> {
        if times == 0 {
            return Ok(());
        }
        self.written.entries += times;
        let (values, newest) = match self.of {
            Of::Product => ([entry.product, 0], Some(entry.id)),
            Of::Review => ([entry.id, 0], None),
            Of::Characteristic => ([entry.product, entry.id], None),
        };
        let names = self.of.fields();
        let fields = format::Fields {
            names,
            values: &values[..names.len()],
            newest,
        };
        wrote(self.format.entry(self.out, &fields, times))
    }
}

/// Formats write to nothing but the output, so a broken pipe is the output's.
fn wrote(result: io::Result<()>) -> Result<()> {
    match result {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Err(ReaderGone.into()),
        other => other.context("cannot write the targets"),
    }
}

#[cfg(test)]
mod tests;
