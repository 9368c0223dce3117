//! The example data sets that `examples/review_sets.py` writes.

use std::fs;
use std::path::Path;
use std::process::Command;

use crate::support::harness::{Scratch, Server, folder, on_both_servers, ran, reviewseed};

/// A folder with an example's files, and data in its shape in `download/`.
fn example(name: &str, set: &str) -> tempfile::TempDir {
    let (folder, root) = (folder(), Path::new(env!("CARGO_MANIFEST_DIR")));
    for file in ["schema.sql", "reviewseed.toml"] {
        let from = root.join("examples").join(name).join(file);
        fs::copy(from, folder.path().join(file)).unwrap();
    }
    let script = root.join("examples/review_sets.py");
    let output = Command::new("python3")
        .arg(script)
        .args([set, "download", "--rows", "2000"])
        .current_dir(&folder)
        .output()
        .unwrap_or_else(|error| panic!("cannot run 'python3', which this test needs: {error}"));
    assert!(output.status.success(), "{output:?}");
    folder
}

on_both_servers! {
    fn the_examples_are_loaded_and_verified_by_one_command(server: Server) {
        for (name, set, counts) in [
            ("amazon-style", "amazon", &[("reviews", "2000")][..]),
            ("olist-style", "olist", &[][..]),
        ] {
            let (files, scratch) = (example(name, set), Scratch::new(server));
            let seed = ["seed", "download", "--verify", "full", "--report", "report.json", "--database-url", scratch.url()];
            ran(reviewseed(files.path()).args(seed)).exits(0);
            for (table, rows) in counts {
                assert_eq!(scratch.value(&format!("SELECT COUNT(*) FROM {table}")), *rows);
            }
            if set == "amazon" {
                let images = fs::read_to_string(files.path().join("download/reviews.jsonl")).unwrap();
                let images = images.matches("small_image_url").count();
                assert_eq!(scratch.value("SELECT COUNT(*) FROM reviews_photos"), images.to_string());
                assert_eq!(
                    scratch.value("SELECT COUNT(*) FROM reviews_photos WHERE url NOT LIKE CONCAT('%-', number - 1, '-s.jpg')"),
                    "0"
                );
            }
        }
    }
}
