//! For any two sets of indexes, applying their difference to a table with the first set gives the
//! second set.

use proptest::prelude::*;
use proptest::sample::{select, subsequence};

use crate::reindex::indexes;
use crate::support::harness::{Scratch, Server, folder, on_both_servers, run};

/// Pairs per run: each is a table of its own, so that one run of the binary does them all.
const TABLES: usize = 30;

const COLUMNS: &str =
    "id INT PRIMARY KEY, a INT NOT NULL, b INT, c VARCHAR(40), d VARCHAR(40) NOT NULL";

/// `UNIQUE KEY k2 (c(5) DESC, a) COMMENT 'x'`, without the name.
fn index() -> impl Strategy<Value = String> {
    let part = (0..4usize, any::<bool>(), any::<bool>());
    let parts = subsequence(vec![0, 1, 2, 3], 1..=3)
        .prop_shuffle()
        .prop_flat_map(move |columns| {
            let looks: Vec<_> = columns.iter().map(|_| part.clone()).collect();
            (Just(columns), looks)
        });
    let parts = parts.prop_map(|(columns, looks)| {
        let parts: Vec<String> = columns
            .iter()
            .zip(looks)
            .map(|(column, (_, prefix, descending))| {
                let name = ["a", "b", "c", "d"][*column];
                let prefix = if prefix && *column >= 2 { "(5)" } else { "" };
                let descending = if descending { " DESC" } else { "" };
                format!("{name}{prefix}{descending}")
            })
            .collect();
        parts.join(", ")
    });
    let looks = select(vec![
        "",
        "",
        "",
        " COMMENT 'x'",
        " /*!80000 INVISIBLE */ /*M! IGNORED */",
    ]);
    let plain = (
        select(vec!["KEY", "KEY", "KEY", "UNIQUE KEY"]),
        parts,
        looks,
    )
        .prop_map(|(kind, parts, looks)| format!("{kind} @ ({parts}){looks}"));
    prop_oneof![9 => plain, 1 => Just("FULLTEXT KEY @ (c, d)".to_owned())]
}

/// At most one index of each name.
fn set() -> impl Strategy<Value = String> {
    proptest::collection::btree_map(select(vec!["k1", "k2", "k3", "a", "K4"]), index(), 0..5)
        .prop_map(|set| {
            set.iter()
                .map(|(name, index)| format!(", {}", index.replace('@', name)))
                .collect()
        })
}

fn schema(sets: &[(String, String)], side: fn(&(String, String)) -> &String) -> String {
    let table = |(at, pair)| {
        format!(
            "CREATE TABLE t{at} ({COLUMNS}{}) CHARSET utf8mb4;\n",
            side(pair)
        )
    };
    sets.iter().enumerate().map(table).collect()
}

on_both_servers! {
    long
    fn carrying_out_the_difference_of_two_sets_of_indexes_makes_the_one_into_the_other(server: Server) {
        let config = ProptestConfig {
            cases: 1,
            max_shrink_iters: 20,
            failure_persistence: None,
            ..ProptestConfig::default()
        };
        proptest!(config, |(pairs in proptest::collection::vec((set(), set()), TABLES))| {
            let (scratch, reference, folder) = (Scratch::new(server), Scratch::new(server), folder());
            scratch.execute(&schema(&pairs, |pair| &pair.0));
            let to = schema(&pairs, |pair| &pair.1);
            reference.execute(&to);
            std::fs::write(folder.path().join("to.sql"), to).unwrap();
            let arguments = ["reindex", "--schema", "to.sql", "--database-url", scratch.url(), "--allow-drop", "--allow-blocking"];
            let ran = run(folder.path(), arguments);
            prop_assert_eq!(ran.code, Some(0), "{:?}", ran);
            prop_assert_eq!(indexes(&scratch), indexes(&reference));
            let ran = run(folder.path(), arguments.iter().chain(&["--dry-run"]));
            prop_assert_eq!(ran.code, Some(0), "{:?}", ran);
        });
    }
}
