//! `manifest.json`: the files that were written, and the counts that a loader must find.
//!
//! The manifest uses the words of the report (`read`, `loaded`, `rejected`, `rules`), so that it
//! can be compared with a report. The counts in the manifests of all parts add up to those of the
//! whole data set.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::Options;
use super::row::Tally;
use model::rejection::Rule;

/// A description of the generated files.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Manifest {
    /// Name of the tool.
    pub tool: String,
    /// Version of the tool. The same version, seed, number of products and variant give the same
    /// bytes.
    pub version: String,
    /// The options that determine the bytes of the files.
    pub options: UsedOptions,
    /// One entry per file, parents first.
    pub tables: Vec<FileEntry>,
}

/// The options that determine the bytes of the files.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct UsedOptions {
    /// Number of products of the whole data set.
    pub products: u64,
    /// The seed.
    pub seed: u64,
    /// `iso`, `epoch` or `dirty`.
    pub variant: String,
    /// The share of faulty rows; `None` if the option was not given.
    pub dirt: Option<f64>,
    /// `i/n` if only a part was generated.
    pub part: Option<String>,
}

/// One file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileEntry {
    /// The name of the table.
    pub name: String,
    /// The name of the file, in the folder of the manifest.
    pub file: String,
    /// The size of the file in bytes.
    pub bytes: u64,
    /// SHA-256 of the file, in hexadecimal digits.
    pub sha256: String,
    /// Number of records in the file, without the header.
    pub read: u64,
    /// Number of rows that must be loaded.
    pub loaded: u64,
    /// Number of records that must be rejected.
    pub rejected: u64,
    /// Records that must be rejected, by rule.
    pub rules: BTreeMap<String, u64>,
    /// Number of rows that were left out of the file. Their child rows count under
    /// `missing_parent`.
    pub gone: u64,
}

impl UsedOptions {
    pub(super) fn new(options: &Options) -> Self {
        UsedOptions {
            products: options.products,
            seed: options.seed,
            variant: options.variant.to_string(),
            dirt: options.dirt,
            part: options.part.map(|(i, n)| format!("{i}/{n}")),
        }
    }
}

impl FileEntry {
    pub(super) fn new(name: &str, file: String, bytes: u64, sha256: String, tally: &Tally) -> Self {
        let rules = Rule::ALL.iter().zip(tally.rules);
        FileEntry {
            name: name.to_owned(),
            file,
            bytes,
            sha256,
            read: tally.read,
            loaded: tally.read - tally.rejected(),
            rejected: tally.rejected(),
            rules: rules
                .filter(|(_, count)| *count > 0)
                .map(|(rule, count)| (rule.name().to_owned(), count))
                .collect(),
            gone: tally.gone,
        }
    }
}
