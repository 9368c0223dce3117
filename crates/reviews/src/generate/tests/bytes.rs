//! The same bytes with any number of threads and parts, and their hashes in the manifest.

use std::path::Path;

use proptest::prelude::*;

use super::*;

#[test]
fn any_number_of_threads_makes_the_same_bytes() {
    for variant in Variant::ALL {
        let run = |threads| made(|o| (o.products, o.variant, o.threads) = (3000, variant, threads));
        let (one, four) = (run(1), run(4));
        assert!(contents(&one.0) == contents(&four.0), "{variant}");
        assert_eq!(one.1, four.1);
    }
}

#[test]
fn a_seed_is_another_data_set() {
    let (one, other) = (made(|_| {}), made(|o| o.seed = 2));
    assert!(contents(&one.0)[0] != contents(&other.0)[0]);
}

#[test]
fn the_manifest_has_bytes_and_hashes_of_the_files() {
    let (folder, manifest) = made(|_| {});
    for (entry, bytes) in manifest.tables.iter().zip(contents(&folder)) {
        use sha2::{Digest, Sha256};
        let digits: String = Sha256::digest(&bytes)
            .iter()
            .map(|b| format!("{b:02x}"))
            .collect();
        assert_eq!((entry.bytes, &entry.sha256), (bytes.len() as u64, &digits));
    }
    let written = std::fs::read(folder.path().join("manifest.json")).unwrap();
    assert_eq!(
        serde_json::from_slice::<Manifest>(&written).unwrap(),
        manifest
    );
}

/// This test fails if the files in `sample-data/` are outdated, because the same options make the
/// same bytes.
#[test]
fn the_sample_data_is_what_generate_makes() {
    let (folder, _) = made(|o| (o.products, o.seed) = (SAMPLE_PRODUCTS, SAMPLE_SEED));
    let sample = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../sample-data");
    for (file, bytes) in FILES.iter().zip(contents(&folder)) {
        assert!(
            std::fs::read(sample.join(file)).unwrap() == bytes,
            "sample-data/{file} differs"
        );
    }
}

const SAMPLE_PRODUCTS: u64 = 240;
const SAMPLE_SEED: u64 = 42;

proptest! {
    #![proptest_config(ProptestConfig { cases: 12, ..ProptestConfig::default() })]

    #[test]
    fn parts_concatenate_to_the_whole(
        products in 0u64..500,
        seed: u64,
        n in 1u32..7,
        variant in proptest::sample::select(Variant::ALL.to_vec()),
        dirt in proptest::option::of(0.0f64..0.5),
    ) {
        let dirt = dirt.filter(|_| variant == Variant::Dirty);
        let (whole, sums) = made(|o| (o.products, o.seed, o.variant, o.dirt) = (products, seed, variant, dirt));
        assert_counts_are_found(&whole, &sums);
        let mut joined: [Vec<u8>; 4] = Default::default();
        let mut counts = [[0; 3]; 4];
        for i in 1..=n {
            let (folder, manifest) = made(|o| {
                (o.products, o.seed, o.variant, o.dirt, o.part) = (products, seed, variant, dirt, Some((i, n)));
            });
            let name = format!("manifest-{i}-of-{n}.json");
            prop_assert!(folder.path().join(name).exists());
            for ((entry, bytes), counts) in manifest.tables.iter().zip(&mut joined).zip(&mut counts) {
                bytes.extend(std::fs::read(folder.path().join(&entry.file)).unwrap());
                *counts = [counts[0] + entry.read, counts[1] + entry.loaded, counts[2] + entry.gone];
            }
        }
        prop_assert!(joined == contents(&whole));
        for (entry, counts) in sums.tables.iter().zip(counts) {
            prop_assert_eq!([entry.read, entry.loaded, entry.gone], counts);
        }
    }
}
