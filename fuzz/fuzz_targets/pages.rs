//! The pages of `--load physical`: rows of a table made up from the input, written into its file,
//! are read back from there by a decoder of its own as they were put in, and so are the records of
//! all its indexes.
#![no_main]

mod scratch;

use engine::load::physical::round_trip::check;
use libfuzzer_sys::fuzz_target;
use scratch::folder;

fuzz_target!(|data: &[u8]| {
    let folder = folder();
    check(data, &folder);
    std::fs::remove_dir_all(&folder).unwrap();
});
