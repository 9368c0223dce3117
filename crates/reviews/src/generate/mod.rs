//! Synthetic data sets of any size: the four files of ratings & reviews, and a manifest of what is
//! in them.
//!
//! Same seed, products and variant: same bytes, on every machine, whatever the threads. Any part of
//! any scale can be made alone, and the parts concatenate to the whole, byte for byte: the ids at
//! which a part begins follow from counting the rows before it (`shape`), which needs no text. The
//! anchor is tpchgen-rs. Memory is a few blocks of products, whatever the size: rows are made in
//! parallel (`rows`), and written and hashed in order, one thread per file (`output`).
//!
//! It stands apart from the loader: it shares no code with reading or cleaning, so that the two can
//! check each other.

mod date;
mod fault_kinds;
mod faults;
mod manifest;
mod output;
mod row;
mod rows;
mod shape;
#[cfg(test)]
mod tests;
mod text;

use std::fmt;
use std::ops::Range;
use std::path::PathBuf;
use std::str::FromStr;

use anyhow::{Context, Result, bail, ensure};
use rayon::prelude::*;

pub use manifest::{Asked, FileEntry, Manifest};

use faults::Plan;
use output::Output;
use row::Tally;
use rows::{Block, Maker};
use shape::{Counts, part_range};

/// What to generate.
#[derive(Debug, Clone)]
pub struct Options {
    /// Number of products of the whole data set; 1,000,011 gives the real proportions. At most
    /// [`MOST_PRODUCTS`].
    pub products: u64,
    /// Decides about every row.
    pub seed: u64,
    /// Which of the three versions.
    pub variant: Variant,
    /// Share (0 to 1) of the rows of each table that have a fault, in the dirty variant; `None`:
    /// the rates observed.
    pub dirt: Option<f64>,
    /// `(i, n)`: only the i-th of n parts, counted from 1; `None`: everything.
    pub part: Option<(u32, u32)>,
    /// Threads that make rows; 0: as many as there are cores.
    pub threads: usize,
    /// The folder for the files, made when it is missing.
    pub out: PathBuf,
    /// Whether files of an earlier run may be replaced.
    pub overwrite: bool,
}

/// The most products whose ids all fit into INT UNSIGNED.
pub const MOST_PRODUCTS: u64 = 200_000_000;

/// The versions of the data set that circulate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Variant {
    /// Dates as `"2019-01-01"`, an empty response is an empty field, some flags are 1 and 0.
    Iso,
    /// Dates as epoch milliseconds, an empty response is `null`.
    Epoch,
    /// As `Epoch`, with mixed dates and flags, and damaged.
    Dirty,
}

impl Variant {
    /// All of them.
    pub const ALL: [Variant; 3] = [Variant::Iso, Variant::Epoch, Variant::Dirty];
}

impl fmt::Display for Variant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Variant::Iso => "iso",
            Variant::Epoch => "epoch",
            Variant::Dirty => "dirty",
        })
    }
}

impl FromStr for Variant {
    type Err = anyhow::Error;

    fn from_str(text: &str) -> Result<Self> {
        let found = Variant::ALL
            .into_iter()
            .find(|variant| variant.to_string() == text);
        found.with_context(|| format!("no variant {text:?}; there are iso, epoch, dirty"))
    }
}

/// Reads a part as it is typed: `2/4` is the second of four.
pub fn parse_part(text: &str) -> Result<(u32, u32)> {
    let numbers = text
        .split_once('/')
        .and_then(|(i, n)| Some((i.parse().ok()?, n.parse().ok()?)));
    match numbers {
        Some((i, n)) if (1..=n).contains(&i) => Ok((i, n)),
        _ => bail!("{text:?} is no part; write i/n with i from 1 to n, for example 2/4"),
    }
}

/// The files, parents first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Table {
    Reviews,
    Characteristics,
    ReviewsPhotos,
    CharacteristicReviews,
}

impl Table {
    const ALL: [Table; 4] = [
        Table::Reviews,
        Table::Characteristics,
        Table::ReviewsPhotos,
        Table::CharacteristicReviews,
    ];

    fn name(self) -> &'static str {
        match self {
            Table::Reviews => "reviews",
            Table::Characteristics => "characteristics",
            Table::ReviewsPhotos => "reviews_photos",
            Table::CharacteristicReviews => "characteristic_reviews",
        }
    }

    fn header(self) -> &'static str {
        match self {
            Table::Reviews => {
                "id,product_id,rating,date,summary,body,recommend,reported,reviewer_name,reviewer_email,response,helpfulness\n"
            }
            Table::Characteristics => "id,product_id,name\n",
            Table::ReviewsPhotos => "id,review_id,url\n",
            Table::CharacteristicReviews => "id,characteristic_id,review_id,value\n",
        }
    }
}

/// Products per block: about a megabyte of text.
const BLOCK: u64 = 384;

/// Writes the files and their manifest; `progress` is told how many products are done, again and
/// again.
///
/// The files are `<table>.csv` and `manifest.json`, those of a part `<table>-<i>-of-<n>.csv` and
/// `manifest-<i>-of-<n>.json` (`i` with as many digits as `n`, so that the shell lists parts in
/// order). Only the first part has the headers.
///
/// # Errors
/// Options out of range, files that exist already (unless they may be overwritten), and whatever
/// the disk says. The files get their names when all four are complete.
pub fn generate(options: &Options, progress: &dyn Fn(u64)) -> Result<Manifest> {
    check(options)?;
    std::fs::create_dir_all(&options.out)
        .with_context(|| format!("cannot make {}", options.out.display()))?;
    let manifest_path = options
        .out
        .join(file_name("manifest", "json", options.part));
    let paths = Table::ALL.map(|table| {
        options
            .out
            .join(file_name(table.name(), "csv", options.part))
    });
    for path in paths.iter().chain([&manifest_path]) {
        let exists = path
            .try_exists()
            .with_context(|| format!("cannot look at {}", path.display()))?;
        ensure!(
            options.overwrite || !exists,
            "{} exists already; choose another folder, or add --overwrite",
            path.display()
        );
    }
    // a manifest never stands beside files that it does not describe
    if let Err(error) = std::fs::remove_file(&manifest_path)
        && error.kind() != std::io::ErrorKind::NotFound
    {
        return Err(error).with_context(|| format!("cannot remove {}", manifest_path.display()));
    }

    let pool = rayon::ThreadPoolBuilder::new()
        .num_threads(options.threads)
        .build()
        .context("cannot start the threads that make rows")?;
    let window = 4 * pool.current_num_threads();
    let mut outputs = paths
        .iter()
        .map(|path| Output::create(path, window))
        .collect::<Result<Vec<_>>>()?;

    let tallies = make_rows(options, &pool, window, &mut outputs, progress)?;

    let mut entries = Vec::new();
    for ((table, output), (path, tally)) in Table::ALL
        .iter()
        .zip(&mut outputs)
        .zip(paths.iter().zip(&tallies))
    {
        let (bytes, sha256) = output.close()?;
        let file = path
            .file_name()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned();
        entries.push(FileEntry::new(table.name(), file, bytes, sha256, tally));
    }
    for output in outputs {
        output.finish()?;
    }
    let manifest = Manifest {
        tool: env!("CARGO_PKG_NAME").to_owned(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        options: Asked::new(options),
        tables: entries,
    };
    let mut json = serde_json::to_vec_pretty(&manifest)?;
    json.push(b'\n');
    output::write_small(&manifest_path, &json)?;
    Ok(manifest)
}

/// Makes the rows, a window of blocks at a time, while the threads of the files write the window
/// before.
fn make_rows(
    options: &Options,
    pool: &rayon::ThreadPool,
    window: usize,
    outputs: &mut [Output],
    progress: &dyn Fn(u64),
) -> Result<[Tally; 4]> {
    let products = part_range(options.products, options.part);
    let seed = options.seed;
    let mut before = pool.install(|| Counts::of_many(seed, 1..products.start));
    let plan = match (options.variant, options.dirt) {
        (Variant::Iso | Variant::Epoch, _) => None,
        (Variant::Dirty, None) => Some(Plan::observed(seed)),
        (Variant::Dirty, Some(dirt)) => {
            let after =
                pool.install(|| Counts::of_many(seed, products.start..options.products + 1));
            Some(Plan::own(seed, dirt, (before + after).reviews))
        }
    };
    let maker = Maker {
        seed,
        variant: options.variant,
        plan,
    };

    if options.part.is_none_or(|(i, _)| i == 1) {
        for (table, output) in Table::ALL.iter().zip(outputs.iter_mut()) {
            output.append(table.header().into())?;
        }
    }
    let mut tallies: [Tally; 4] = Default::default();
    let mut next = products.start;
    while next < products.end {
        let ranges: Vec<Range<u64>> = (0..window as u64)
            .map(|n| next + n * BLOCK..(next + (n + 1) * BLOCK).min(products.end))
            .take_while(|range| range.start < range.end)
            .collect();
        let mut blocks: Vec<(Range<u64>, Counts, Block)> = pool.install(|| {
            let counted = ranges.into_par_iter();
            counted
                .map(|range| (range.clone(), Counts::of(seed, range), Block::default()))
                .collect()
        });
        for (_, counts, block) in &mut blocks {
            before = before + std::mem::replace(counts, before);
            block.lines = std::array::from_fn(|file| outputs[file].buffer());
        }
        pool.install(|| {
            blocks
                .par_iter_mut()
                .for_each(|(range, before, block)| maker.block(range.clone(), *before, block));
        });
        for (range, _, block) in blocks {
            for ((output, lines), (sum, tally)) in outputs
                .iter_mut()
                .zip(block.lines)
                .zip(tallies.iter_mut().zip(&block.tallies))
            {
                output.append(lines)?;
                sum.add(tally);
            }
            next = range.end;
        }
        progress(next - products.start);
    }
    Ok(tallies)
}

fn check(options: &Options) -> Result<()> {
    ensure!(
        options.products <= MOST_PRODUCTS,
        "{} products are too many: their ids do not fit into INT UNSIGNED; at most {MOST_PRODUCTS}",
        options.products
    );
    if let Some((i, n)) = options.part {
        ensure!(
            (1..=n).contains(&i),
            "there is no part {i}/{n}; i goes from 1 to n"
        );
    }
    if let Some(dirt) = options.dirt {
        ensure!(
            options.variant == Variant::Dirty,
            "a share of faults was asked for, but the variant {} has none; choose dirty",
            options.variant
        );
        ensure!(
            (0.0..=1.0).contains(&dirt),
            "{dirt} is no share; choose 0 to 1"
        );
    }
    Ok(())
}

fn file_name(stem: &str, extension: &str, part: Option<(u32, u32)>) -> String {
    match part {
        None => format!("{stem}.{extension}"),
        Some((i, n)) => format!(
            "{stem}-{i:0width$}-of-{n}.{extension}",
            width = n.to_string().len()
        ),
    }
}
