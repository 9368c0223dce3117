//! The engine as a library: the example program seeds a folder without the command line.

use std::path::Path;
use std::process::Command;

use crate::docs::root;
use crate::support::harness::*;

on_both_servers! {
    fn the_example_program_seeds_a_folder_and_prints_its_events(server: Server) {
        let (home, scratch) = (tempfile::tempdir().unwrap(), Scratch::new(server));
        let folder = root().join("sample-data");
        std::fs::copy(root().join("schema.sql"), home.path().join("schema.sql")).unwrap();
        // with the features of `cargo test --workspace`, so that nothing is compiled twice
        let mut cargo = Command::new(env!("CARGO"));
        cargo.args(["build", "--quiet", "--workspace", "--example", "embed", "--manifest-path"]);
        assert!(cargo.arg(root().join("Cargo.toml")).status().unwrap().success());
        let program = Path::new(env!("CARGO_BIN_EXE_reviewseed")).with_file_name("examples/embed");
        let mut embed = Command::new(program);
        embed.arg(&folder).arg(scratch.url());
        let ran = embed.current_dir(home.path()).output().unwrap();
        let said = String::from_utf8_lossy(&ran.stdout);
        assert!(ran.status.success(), "{said}\n{}", String::from_utf8_lossy(&ran.stderr));
        for words in ["seed: ", "seed: done; ", "Done\n"] {
            assert!(said.contains(words), "{words:?} is missing:\n{said}");
        }
        assert_ne!(scratch.value("SELECT COUNT(*) FROM reviews"), "0");
    }
}
