//! Made-up data sets of any size: the four files of ratings & reviews, and a manifest of their
//! contents.
//!
//! The same seed, number of products and variant give the same bytes, on every machine and with any
//! number of threads. Any part can be made alone, and the parts concatenate to the whole, byte for
//! byte: to know the first ids of a part, `shape` counts the rows before it, without making them
//! (as tpchgen-rs does). Memory is limited to a few blocks of products: `rows` makes rows in
//! parallel, and `output` writes and hashes them in order, with one thread per file.
//!
//! This module shares no code with the code that reads and cleans files, so that each can test the
//! other.

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
use std::path::{Path, PathBuf};
use std::str::FromStr;

use rayon::prelude::*;

use crate::error::{Error, Result};

pub use manifest::{FileEntry, Manifest, UsedOptions};

use faults::DamagePlan;
use output::Output;
use row::Tally;
use rows::{Block, RowMaker};
use shape::{Counts, part_range};

/// The options of `generate`.
#[derive(Debug, Clone)]
pub struct Options {
    /// Number of products of the whole data set, at most [`MOST_PRODUCTS`]; 1,000,011 gives the
    /// size of the real data set.
    pub products: u64,
    /// Seed of the random numbers. The same seed gives the same rows.
    pub seed: u64,
    /// The version of the data set.
    pub variant: Variant,
    /// For the dirty variant, the share (0 to 1) of the rows of each table that have a fault;
    /// `None`: the rates of the real files.
    pub dirt: Option<f64>,
    /// `(i, n)`: only the i-th of n parts, counted from 1; `None`: everything.
    pub part: Option<(u32, u32)>,
    /// Threads that make rows; 0: one per core.
    pub threads: usize,
    /// The folder for the files; created when it is missing.
    pub out: PathBuf,
    /// Whether existing files may be replaced.
    pub overwrite: bool,
}

/// The largest number of products whose ids all fit into INT UNSIGNED.
pub const MOST_PRODUCTS: u64 = 200_000_000;

/// The versions of the real data set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Variant {
    /// Dates are like `"2019-01-01"`, a missing response is an empty field, some flags are 1 and 0.
    Iso,
    /// Dates are epoch milliseconds, a missing response is `null`.
    Epoch,
    /// Like `Epoch`, but with several formats of dates and flags, and with damaged rows.
    Dirty,
}

impl Variant {
    /// All variants.
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
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let found = Variant::ALL
            .into_iter()
            .find(|variant| variant.to_string() == text);
        found.ok_or_else(|| {
            Error::Options(format!(
                "{text:?} is not a variant; the variants are iso, epoch and dirty"
            ))
        })
    }
}

/// Parses a part: `2/4` is the second of four.
///
/// # Errors
///
/// [`Error::Options`] when the text is not a part.
pub fn parse_part(text: &str) -> Result<(u32, u32)> {
    let numbers = text
        .split_once('/')
        .and_then(|(i, n)| Some((i.parse().ok()?, n.parse().ok()?)));
    match numbers {
        Some((i, n)) if (1..=n).contains(&i) => Ok((i, n)),
        _ => Err(Error::Options(format!(
            "{text:?} is not a part; write i/n with i from 1 to n, for example 2/4"
        ))),
    }
}

/// The tables, parent tables first.
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

/// Writes the files and their manifest. The blocks that are made in parallel are a window. After
/// each window, calls `progress` with the number of products that are done.
///
/// The files are `<table>.csv` and `manifest.json`; those of a part are `<table>-<i>-of-<n>.csv`
/// and `manifest-<i>-of-<n>.json` (`i` has as many digits as `n`, so that a shell lists the parts
/// in order). Only the first part has headers. The files get their final names when all four are
/// complete.
///
/// # Errors
///
/// [`Error::Options`] when an option is out of range, [`Error::Exists`] when a file exists and must
/// not be replaced, and [`Error::Io`] when a file cannot be written.
pub fn generate(options: &Options, progress: &dyn Fn(u64)) -> Result<Manifest> {
    check(options)?;
    let out = &options.out;
    std::fs::create_dir_all(out)
        .map_err(Error::io(|| format!("cannot create {}", out.display())))?;
    let manifest_path = out.join(file_name("manifest", "json", options.part));
    let paths = Table::ALL.map(|table| out.join(file_name(table.name(), "csv", options.part)));
    for path in paths.iter().chain([&manifest_path]) {
        check_place(path, options)?;
    }
    // an old manifest must not remain beside new files, which it does not describe
    if let Err(error) = std::fs::remove_file(&manifest_path)
        && error.kind() != std::io::ErrorKind::NotFound
    {
        return Err(error).map_err(Error::io(|| {
            format!("cannot remove {}", manifest_path.display())
        }));
    }

    let pool = rayon::ThreadPoolBuilder::new()
        .num_threads(options.threads)
        .build()
        .map_err(|e| Error::Abnormal(format!("cannot start the threads that make rows: {e}")))?;
    let window = 4 * pool.current_num_threads();
    let mut outputs = paths
        .iter()
        .map(|path| Output::create(path, window))
        .collect::<Result<Vec<_>>>()?;

    let tallies = make_rows(options, &pool, window, &mut outputs, progress)?;

    let mut entries = Vec::new();
    for ((table, output), tally) in Table::ALL.iter().zip(&mut outputs).zip(&tallies) {
        let (bytes, sha256) = output.close()?;
        let file = file_name(table.name(), "csv", options.part);
        entries.push(FileEntry::new(table.name(), file, bytes, sha256, tally));
    }
    for output in outputs {
        output.finish()?;
    }
    let manifest = Manifest {
        tool: env!("CARGO_PKG_NAME").to_owned(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        options: UsedOptions::new(options),
        tables: entries,
    };
    let mut json = serde_json::to_vec_pretty(&manifest)
        .map_err(|e| Error::Abnormal(format!("cannot write the manifest as JSON: {e}")))?;
    json.push(b'\n');
    output::write_small(&manifest_path, &json)?;
    Ok(manifest)
}

/// Checks that no existing file is replaced, unless `overwrite` is set.
fn check_place(path: &Path, options: &Options) -> Result<()> {
    let exists = path.try_exists();
    let exists = exists.map_err(Error::io(|| format!("cannot access {}", path.display())))?;
    match exists && !options.overwrite {
        true => Err(Error::Exists(format!(
            "{} exists already; choose another folder, or add --overwrite",
            path.display()
        ))),
        false => Ok(()),
    }
}

/// Makes the rows, one window at a time: the blocks of a window in parallel. At the same time,
/// other threads write the previous window to the files.
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
    let maker = RowMaker {
        seed,
        variant: options.variant,
        plan: pool.install(|| damage_plan(options, before, products.start)),
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

/// Which rows are damaged. `before` has the numbers of rows before `first`, the first product of
/// the part.
fn damage_plan(options: &Options, before: Counts, first: u64) -> Option<DamagePlan> {
    let seed = options.seed;
    match (options.variant, options.dirt) {
        (Variant::Iso | Variant::Epoch, _) => None,
        (Variant::Dirty, None) => Some(DamagePlan::observed(seed)),
        (Variant::Dirty, Some(dirt)) => {
            let rest = Counts::of_many(seed, first..options.products + 1);
            Some(DamagePlan::share(seed, dirt, (before + rest).reviews))
        }
    }
}

fn check(options: &Options) -> Result<()> {
    let wrong = if options.products > MOST_PRODUCTS {
        format!(
            "--products {} is too large: the ids would not fit into INT UNSIGNED; at most {MOST_PRODUCTS}",
            options.products
        )
    } else if let Some((i, n)) = options.part.filter(|(i, n)| !(1..=*n).contains(i)) {
        format!("there is no part {i}/{n}; write i/n with i from 1 to n")
    } else if options.dirt.is_some() && options.variant != Variant::Dirty {
        format!(
            "--dirt needs --variant dirty; the variant {} has no faults",
            options.variant
        )
    } else if let Some(dirt) = options.dirt.filter(|dirt| !(0.0..=1.0).contains(dirt)) {
        format!("--dirt {dirt} is not a share; write a number from 0 to 1")
    } else {
        return Ok(());
    };
    Err(Error::Options(wrong))
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
