//! The pages of `--load physical`: rows of a table made up from the input, written into its file, are read back from there by a decoder of
//! its own as they were put in, and so are the records of all its indexes.
#![no_main]

use std::path::Path;

use libfuzzer_sys::fuzz_target;
use reviewseed::load::physical::round_trip::check;

fuzz_target!(|data: &[u8]| {
    let base = Path::new("/dev/shm");
    let base = if base.is_dir() {
        base.to_owned()
    } else {
        std::env::temp_dir()
    };
    let folder = base.join(format!("reviewseed-fuzz-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    check(data, &folder);
    std::fs::remove_dir_all(&folder).unwrap();
});
