//! The engine as a library: the example program seeds a folder without the command line.

use std::path::Path;
use std::process::Command;

use crate::docs::root;
use crate::support::harness::*;

/// Whether the variable is about this test, and not about its build. Some build scripts run again
/// if one of them has another value, and half of the libraries would then be compiled again.
fn is_of_the_package(variable: &str) -> bool {
    let prefixes = [
        "CARGO_PKG_",
        "CARGO_MANIFEST_",
        "CARGO_BIN_",
        "CARGO_CRATE_",
        "CARGO_PRIMARY_",
    ];
    // RUSTC_BOOTSTRAP is set for the times of tests
    variable == "RUSTC_BOOTSTRAP" || prefixes.iter().any(|prefix| variable.starts_with(prefix))
}

on_both_servers! {
    long
    fn the_example_program_seeds_a_folder_and_prints_its_events(server: Server) {
        let (home, scratch) = (tempfile::tempdir().unwrap(), Scratch::new(server));
        let folder = root().join("sample-data");
        std::fs::copy(root().join("schema.sql"), home.path().join("schema.sql")).unwrap();
        // with the features of `cargo test --workspace`, so that nothing is compiled twice
        let mut cargo = Command::new(env!("CARGO"));
        for (name, _) in std::env::vars_os() {
            if is_of_the_package(&name.to_string_lossy()) {
                cargo.env_remove(name);
            }
        }
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
