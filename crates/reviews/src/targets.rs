//! Lists of ids for load tests, taken from the data.
//!
//! ```text
//!  database ─┐ entries, newest review first      ┌─ in order ───────────────┐
//!            ├─────────────────────▶ ListWriter ─┤                          ├─▶ format ─▶ output
//!  CSV files ┘                                   └─ deck: shuffled or drawn ┘
//! ```
//!
//! `database` and `files` select the same [`Entry`]s: `database` walks the primary key backwards,
//! `files` uses the rows that `check` accepts. [`ListWriter`] writes them in their order, or in a
//! random order, for which it draws from a [`deck`]. `format` has one module per tool. `output`
//! writes a file completely or not at all. [`Job`] checks the options and runs all these steps.

pub mod database;
pub mod deck;
pub mod files;
pub mod format;
mod job;
pub mod output;
mod url;

use std::io::{self, Write};
use std::str::FromStr;

use crate::error::{Error, Result};
use deck::Deck;
use format::Format;
pub use job::{Job, Options};
pub use url::UrlTemplate;

/// What the ids in a list identify.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TargetKind {
    /// Products, for reading the list of reviews and the meta data.
    Product,
    /// Reviews, for marking one as helpful or reporting it.
    Review,
    /// Characteristics with their products, for writing new reviews.
    Characteristic,
}

impl TargetKind {
    /// All kinds.
    pub const ALL: [TargetKind; 3] = [
        TargetKind::Product,
        TargetKind::Review,
        TargetKind::Characteristic,
    ];

    /// The name on the command line.
    pub fn name(self) -> &'static str {
        match self {
            TargetKind::Product => "product_id",
            TargetKind::Review => "review_id",
            TargetKind::Characteristic => "characteristic_id",
        }
    }

    /// Names of the fields of an entry.
    pub fn fields(self) -> &'static [&'static str] {
        match self {
            TargetKind::Product => &["product_id"],
            TargetKind::Review => &["review_id"],
            TargetKind::Characteristic => &["product_id", "characteristic_id"],
        }
    }
}

impl FromStr for TargetKind {
    type Err = String;

    fn from_str(name: &str) -> std::result::Result<TargetKind, String> {
        let found = TargetKind::ALL
            .into_iter()
            .find(|target| target.name() == name);
        found.ok_or_else(|| format!("\"{name}\" is not product_id, review_id or characteristic_id"))
    }
}

/// How many of the products (or reviews) are selected, counted from the end of the data.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Portion {
    /// A number of products (or reviews).
    Number(u64),
    /// A share of the products (or reviews), in millionths of a percent. The resulting number is
    /// rounded up.
    Share(u64),
}

/// 100 %, in millionths of a percent.
const WHOLE: u64 = 100_000_000;

impl Portion {
    /// The default: the last tenth.
    pub const TENTH: Portion = Portion::Share(WHOLE / 10);

    /// How many of `total` are selected.
    pub fn of(self, total: u64) -> u64 {
        match self {
            Portion::Number(n) => n.min(total),
            Portion::Share(share) => {
                let product = u128::from(total) * u128::from(share);
                u64::try_from(product.div_ceil(u128::from(WHOLE))).unwrap_or(total)
            }
        }
    }

    /// The smallest total for which at least `wanted` (1 or more) are selected; `None` when the
    /// total has no influence.
    pub fn least_total(self, wanted: u64) -> Option<u64> {
        match self {
            Portion::Number(_) => None,
            Portion::Share(share) => {
                let least = u128::from(wanted.saturating_sub(1)) * u128::from(WHOLE)
                    / u128::from(share)
                    + 1;
                Some(u64::try_from(least).unwrap_or(u64::MAX))
            }
        }
    }
}

impl FromStr for Portion {
    type Err = String;

    fn from_str(text: &str) -> std::result::Result<Portion, String> {
        let wrong = || {
            format!(
                "\"{text}\" is neither a number of at least 1 nor a share of at most 100%, such as \
                 0.5%"
            )
        };
        let Some(share) = text.trim().strip_suffix('%') else {
            return match text.trim().parse() {
                Ok(0) | Err(_) => Err(wrong()),
                Ok(n) => Ok(Portion::Number(n)),
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
            Some(share @ 1..=WHOLE) => Ok(Portion::Share(share)),
            _ => Err(wrong()),
        }
    }
}

/// How often a product is in the list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Weight {
    /// Once.
    Once,
    /// Once per review that is not reported. A product whose reviews are all reported is not in the
    /// list.
    PerReview,
}

/// Which entries are selected.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Selection {
    /// What the ids identify.
    pub target: TargetKind,
    /// How many of the newest products (or reviews); for characteristics, how many products.
    pub portion: Portion,
    /// The largest number of different entries.
    pub limit: Option<u64>,
    /// How often each entry is in the list.
    pub weight: Weight,
}

/// One entry of a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Entry {
    /// The id of the product; 0 for reviews.
    pub product: u64,
    /// The id of the product's newest review, of the review, or of the characteristic.
    pub id: u64,
    /// How often the entry is in the list.
    pub weight: u64,
}

impl Entry {
    /// An entry that is in the list once.
    pub fn once(product: u64, id: u64) -> Entry {
        let weight = 1;
        Entry {
            product,
            id,
            weight,
        }
    }
}

/// Receives the entries of a selection, in their order.
pub type EntrySink<'a> = &'a mut dyn FnMut(Entry) -> Result<()>;

/// In which order entries are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Order {
    /// As selected: the newest first.
    InOrder,
    /// All entries, in a random order.
    Shuffled {
        /// Seed of the random order. The same seed gives the same order.
        seed: u64,
    },
    /// A number of random draws. No entry is drawn again before all have been drawn, as from a deck
    /// of cards.
    Count {
        /// The number of draws.
        count: u64,
        /// Seed of the random draws. The same seed gives the same draws.
        seed: u64,
    },
}

/// How many entries were written.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    /// Number of different entries that were selected.
    pub selected: u64,
    /// Number of written entries, repetitions included.
    pub entries: u64,
}

/// Writes selected entries in an order and a format.
pub struct ListWriter<'a> {
    target: TargetKind,
    order: Order,
    // a random order needs all entries in memory: 24 bytes each, 2 MB for the last tenth of a
    // million products
    gathered: Vec<Entry>,
    format: Box<dyn Format>,
    out: &'a mut dyn Write,
    written: Counts,
}

impl<'a> ListWriter<'a> {
    /// Writes the text that the format has before the first entry.
    ///
    /// # Errors
    ///
    /// When the output cannot be written; [`Error::ReaderClosed`] when its reader has closed it.
    pub fn begin(
        target: TargetKind,
        order: Order,
        mut format: Box<dyn Format>,
        out: &'a mut dyn Write,
    ) -> Result<ListWriter<'a>> {
        written(format.begin(out))?;
        Ok(ListWriter {
            target,
            order,
            gathered: Vec::new(),
            format,
            out,
            written: Counts::default(),
        })
    }

    /// Adds the next entry of the selection.
    ///
    /// # Errors
    ///
    /// The same as for [`ListWriter::begin`].
    pub fn add(&mut self, entry: Entry) -> Result<()> {
        self.written.selected += 1;
        match self.order {
            Order::InOrder => self.write(&entry, entry.weight),
            Order::Shuffled { .. } | Order::Count { .. } => {
                self.gathered.push(entry);
                Ok(())
            }
        }
    }

    /// Writes the rest of the list.
    ///
    /// # Errors
    ///
    /// The same as for [`ListWriter::begin`], and [`Error::NothingSelected`] when the list is
    /// empty.
    pub fn finish(mut self) -> Result<Counts> {
        let gathered = std::mem::take(&mut self.gathered);
        let drawn = match self.order {
            Order::InOrder => None,
            Order::Shuffled { seed } => Some((seed, None)),
            Order::Count { count, seed } => Some((seed, Some(count))),
        };
        if let Some((seed, count)) = drawn {
            let deck = Deck::new(gathered.iter().map(|e| e.weight), seed);
            if deck.is_empty() {
                return Err(self.nothing());
            }
            for n in 0..count.unwrap_or(deck.len()) {
                self.write(&gathered[deck.draw(n)], 1)?;
            }
        }
        if self.written.entries == 0 {
            return Err(self.nothing());
        }
        written(self.format.end(self.out))?;
        written(self.out.flush())?;
        Ok(self.written)
    }

    fn nothing(&self) -> Error {
        Error::NothingSelected(match self.written.selected {
            0 => format!(
                "the list of {} would be empty: the tables have no rows; load them first: reviewseed seed DIR",
                self.target.name()
            ),
            n => format!(
                "the list would be empty: all reviews of the selected products ({n}) are reported; leave out --weighted"
            ),
        })
    }

    fn write(&mut self, entry: &Entry, times: u64) -> Result<()> {
        if times == 0 {
            return Ok(());
        }
        self.written.entries += times;
        let (values, newest) = match self.target {
            TargetKind::Product => ([entry.product, 0], Some(entry.id)),
            TargetKind::Review => ([entry.id, 0], None),
            TargetKind::Characteristic => ([entry.product, entry.id], None),
        };
        let names = self.target.fields();
        let fields = format::Fields {
            names,
            values: &values[..names.len()],
            newest,
        };
        written(self.format.entry(self.out, &fields, times))
    }
}

/// Turns a broken pipe into [`Error::ReaderClosed`].
fn written(result: io::Result<()>) -> Result<()> {
    match result {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Err(Error::ReaderClosed),
        other => other.map_err(Error::io(|| "cannot write the list of ids")),
    }
}

#[cfg(test)]
mod tests;
