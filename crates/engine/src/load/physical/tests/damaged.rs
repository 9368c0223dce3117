//! Damaged files: the verifier finds each fault before a server sees the file.

use std::fs::File;
use std::os::unix::fs::FileExt;
use std::path::Path;
use std::sync::Arc;

use super::{built, judged};
use innodb_file::build::{BuiltFile, Layout};
use innodb_file::page::{self, PAGE, at, put_u16, put_u32, put_u64, u32_at};
use innodb_file::template::{DESCRIPTOR, header, inode};
use model::flavour::Flavour;

/// Changes a page and corrects its checksum.
fn change(file: &Path, stamp: page::Stamp, number: u32, change: impl FnOnce(&mut [u8])) {
    let file = File::options().read(true).write(true).open(file).unwrap();
    let mut page = vec![0; PAGE];
    let place = u64::from(number) * PAGE as u64;
    file.read_exact_at(&mut page, place).unwrap();
    change(&mut page);
    stamp.seal(&mut page, number);
    file.write_all_at(&page, place).unwrap();
}

/// A file with trees of two and three levels, and the numbers of some of its pages.
struct Sample {
    _folder: tempfile::TempDir,
    layout: Arc<Layout>,
    built: BuiltFile,
    root: u32,
    leaf: u32,
}

impl Sample {
    fn new(flavour: Flavour) -> Sample {
        let folder = tempfile::tempdir().unwrap();
        let ids: Vec<u32> = (0..4000).collect();
        let (layout, built) = built(flavour, folder.path(), &ids, 300);
        judged(&layout, &built, built.path()).unwrap();
        let root = built.template.roots[0].page;
        let bytes = std::fs::read(built.path()).unwrap();
        let page = |number: u32| &bytes[number as usize * PAGE..][..PAGE];
        // the second child of the root: key of 4 bytes, child of 4 bytes
        let second = {
            let root = page(root);
            let next = |record: usize| record + usize::from(page::u16_at(root, record - 2));
            u32_at(root, next(next(page::INFIMUM)) + 4)
        };
        Sample {
            _folder: folder,
            layout,
            root,
            leaf: second,
            built,
        }
    }

    /// Damages a copy, which the verifier must find.
    fn finds(&self, what: &str, damage: impl FnOnce(&Path)) {
        let copy = self.built.path().with_extension("copy");
        std::fs::copy(self.built.path(), &copy).unwrap();
        damage(&copy);
        let judged = judged(&self.layout, &self.built, &copy);
        assert!(judged.is_err(), "{what} was not found");
        std::fs::remove_file(&copy).unwrap();
    }

    fn change(&self, what: &str, number: u32, damage: impl FnOnce(&mut [u8])) {
        let stamp = self.built.template.stamp;
        self.finds(what, |copy| change(copy, stamp, number, damage));
    }
}

#[test]
fn pages_that_are_missing_swapped_or_too_many_are_found() {
    for flavour in [Flavour::MySql, Flavour::MariaDb] {
        let sample = Sample::new(flavour);
        let (root, leaf) = (sample.root, sample.leaf);
        let open = |path: &Path| File::options().read(true).write(true).open(path).unwrap();
        let pages = std::fs::metadata(sample.built.path()).unwrap().len() / PAGE as u64;
        sample.finds("a missing page", |copy| {
            open(copy).set_len((pages - 1) * PAGE as u64).unwrap()
        });
        sample.finds("a missing extent", |copy| {
            open(copy).set_len((pages - 64) * PAGE as u64).unwrap()
        });
        sample.finds("an extent too many", |copy| {
            open(copy).set_len((pages + 64) * PAGE as u64).unwrap()
        });
        sample.finds("an empty file", |copy| open(copy).set_len(0).unwrap());
        sample.finds("swapped pages", |copy| {
            let bytes = std::fs::read(copy).unwrap();
            let page = |number: u32| &bytes[number as usize * PAGE..][..PAGE];
            let file = open(copy);
            file.write_all_at(page(leaf), u64::from(root) * PAGE as u64)
                .unwrap();
            file.write_all_at(page(root), u64::from(leaf) * PAGE as u64)
                .unwrap();
        });
        let stamp = sample.built.template.stamp;
        sample.finds("leaves swapped with right numbers", |copy| {
            let bytes = std::fs::read(copy).unwrap();
            let next = u32_at(&bytes[leaf as usize * PAGE..], at::NEXT);
            let page = |number: u32| bytes[number as usize * PAGE..][..PAGE].to_vec();
            let (one, other) = (page(leaf), page(next));
            change(copy, stamp, leaf, |page| {
                page[120..].copy_from_slice(&other[120..])
            });
            change(copy, stamp, next, |page| {
                page[120..].copy_from_slice(&one[120..])
            });
        });
    }
}

#[test]
fn damaged_page_headers_are_found() {
    for flavour in [Flavour::MySql, Flavour::MariaDb] {
        let sample = Sample::new(flavour);
        let (root, leaf) = (sample.root, sample.leaf);
        sample.change("a wrong neighbour", leaf, |page| {
            put_u32(page, at::NEXT, leaf)
        });
        sample.change("another index", leaf, |page| put_u64(page, at::INDEX, 1));
        sample.change("a wrong level", leaf, |page| put_u16(page, at::LEVEL, 1));
        sample.change("a wrong count", leaf, |page| put_u16(page, at::RECORDS, 1));
        sample.change("another tablespace", leaf, |page| {
            put_u32(page, at::TYPE, 3)
        });
        sample.change("a wrong child", root, |page| {
            let first = page::INFIMUM + usize::from(page::u16_at(page, page::INFIMUM - 2));
            let child = u32_at(page, first + 4);
            put_u32(page, first + 4, child + 1);
        });
    }
}

#[test]
fn damaged_records_are_found() {
    for flavour in [Flavour::MySql, Flavour::MariaDb] {
        let sample = Sample::new(flavour);
        let leaf = sample.leaf;
        let first =
            |page: &[u8]| page::INFIMUM + usize::from(page::u16_at(page, page::INFIMUM - 2));
        sample.change("a key out of order", leaf, |page| {
            let first = first(page);
            page[first + 1] ^= 0xff;
        });
        sample.change("a value that was not put in", leaf, |page| {
            let first = first(page);
            page[first + 18] ^= 1;
        });
        sample.change("a length too large", leaf, |page| {
            let first = first(page);
            page[first - 7] = 200;
        });
        sample.change("a deleted record", leaf, |page| {
            let first = first(page);
            page[first - 5] |= 0x20;
        });
        sample.change("text that is no UTF-8", leaf, |page| {
            let place = (page::HEAP..PAGE).find(|at| page[*at] == 0xc3).unwrap();
            page[place] = 0xff;
        });
        sample.change("a slot elsewhere", leaf, |page| {
            let slot = PAGE - page::TRAILER - 4;
            let origin = page::u16_at(page, slot);
            put_u16(page, slot, origin + 1);
        });
    }
}

#[test]
fn damaged_lists_of_extents_are_found() {
    for flavour in [Flavour::MySql, Flavour::MariaDb] {
        let sample = Sample::new(flavour);
        sample.change("a used page that is free", 0, |page| {
            page[header::EXTENTS + 24 + 1] |= 1
        });
        sample.change("a free page that is used", 0, |page| {
            page[header::EXTENTS + DESCRIPTOR + 39] &= 0xbf
        });
        sample.change("a wrong number of single pages", 0, |page| {
            page[header::FRAGMENTS + 3] ^= 1
        });
        sample.change("a wrong size", 0, |page| page[header::SIZE + 3] ^= 64);
        sample.change("other flags", 0, |page| page[header::FLAGS + 3] ^= 1);
        sample.change("a segment of another id", 2, |page| {
            page[inode::FIRST + 7] ^= 1
        });
        sample.change("a lost single page", 2, |page| {
            let leaves = sample.built.template.roots[0].leaves;
            put_u32(
                page,
                inode::FIRST + leaves * inode::SIZE + inode::FRAGMENTS + 4 * 31,
                u32::MAX,
            );
        });
    }
}

#[test]
fn a_bit_that_is_turned_anywhere_is_found() {
    for flavour in [Flavour::MySql, Flavour::MariaDb] {
        let sample = Sample::new(flavour);
        let pages = std::fs::metadata(sample.built.path()).unwrap().len() / PAGE as u64;
        let mut random = 0x9e37_79b9_7f4a_7c15u64;
        for _ in 0..60 {
            random = random
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1);
            let place = (random >> 20) % (pages * PAGE as u64);
            // bytes that MySQL's checksum does not cover and that nobody reads
            if flavour == Flavour::MySql && (26..34).contains(&(place % PAGE as u64)) {
                continue;
            }
            sample.finds(&format!("bit at byte {place}"), |copy| {
                let file = File::options().read(true).write(true).open(copy).unwrap();
                let mut byte = [0];
                file.read_exact_at(&mut byte, place).unwrap();
                byte[0] ^= 1 << (random >> 61);
                file.write_all_at(&byte, place).unwrap();
            });
        }
    }
}
