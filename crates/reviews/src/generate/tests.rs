//! Tests of the files that `generate` writes, some with the slow loader in `reference`.

use std::path::Path;

use tempfile::TempDir;

use super::*;

mod bytes;
mod dirty;
mod options;
mod reference;
mod rows;

const FILES: [&str; 4] = [
    "reviews.csv",
    "characteristics.csv",
    "reviews_photos.csv",
    "characteristic_reviews.csv",
];

fn options(out: &Path, products: u64, variant: Variant) -> Options {
    Options {
        products,
        seed: 1,
        variant,
        dirt: None,
        part: None,
        threads: 2,
        out: out.to_owned(),
        overwrite: false,
    }
}

fn made(change: impl FnOnce(&mut Options)) -> (TempDir, Manifest) {
    let folder = tempfile::tempdir().unwrap();
    let mut options = options(folder.path(), 500, Variant::Epoch);
    change(&mut options);
    let manifest = generate(&options, &|_| {}).unwrap();
    (folder, manifest)
}

fn contents(folder: &TempDir) -> [Vec<u8>; 4] {
    FILES.map(|file| std::fs::read(folder.path().join(file)).unwrap())
}

fn rows(folder: &TempDir, file: &str) -> Vec<csv::StringRecord> {
    let mut reader = csv::Reader::from_path(folder.path().join(file)).unwrap();
    reader.records().map(|row| row.unwrap()).collect()
}

fn number(row: &csv::StringRecord, column: usize) -> u64 {
    row[column].parse().unwrap()
}

fn assert_nothing_is_damaged(manifest: &Manifest) {
    let mut entries = manifest.tables.iter();
    assert!(entries.all(|entry| entry.rejected == 0 && entry.gone == 0));
}

/// The manifest's counts are those of the slow loader.
fn assert_counts_are_found(folder: &TempDir, manifest: &Manifest) {
    for (entry, found) in manifest.tables.iter().zip(reference::load(folder.path())) {
        assert_eq!(
            (entry.read, &entry.rules),
            (found.read, &found.rules),
            "{}",
            entry.name
        );
        assert_eq!(entry.loaded, found.loaded, "{}", entry.name);
        assert_eq!(
            entry.rejected,
            entry.rules.values().sum::<u64>(),
            "{}",
            entry.name
        );
        assert_eq!(entry.read, entry.loaded + entry.rejected, "{}", entry.name);
    }
}
