//! Constants: columns that get one value in every row. Constants are checked, loaded, verified and
//! compared like values of the files.

use crate::support::data::Files;
use crate::support::harness::{Scratch, Server, on_both_servers};

const SOURCES: &str = "
    CREATE TABLE sources (id INT NOT NULL PRIMARY KEY) CHARACTER SET utf8mb4;
    CREATE TABLE reviews (source INT NOT NULL, id INT NOT NULL, stars TINYINT NOT NULL, origin VARCHAR(9) NOT NULL,
        loaded DATE NOT NULL DEFAULT '2000-01-01', price DECIMAL(5,2), seen DATETIME(3),
        PRIMARY KEY (source, id), KEY (loaded), CHECK (stars > 0), CHECK (source < 100 OR origin = 'x'),
        FOREIGN KEY (source) REFERENCES sources (id)) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;";

const VALUES: [&str; 10] = [
    "--set",
    "reviews.source.value=7",
    "--set",
    "Reviews.ORIGIN.value=kaggle é",
    "--set",
    "reviews.loaded.value=2024-02-29",
    "--set",
    "reviews.price.value=9.5",
    "--set",
    "reviews.seen.value=2024-02-29 12:30:00.25",
];

fn files() -> Files {
    let files = Files::of_schema(SOURCES);
    files.put("sources", "id\n7\n8\n");
    files.put("reviews", "id,stars,origin\n1,5,a\n2,0,b\n1,4,c\n3,3,d\n");
    files
}

/// The options with other words in place of some.
fn with<'a>(from: &'a str, to: &'a str) -> Vec<&'a str> {
    let values = VALUES.iter();
    values
        .map(|value| if *value == from { to } else { value })
        .collect()
}

on_both_servers! {
    fn a_constant_is_loaded_by_every_method(server: Server) {
        let mut sums = Vec::new();
        for method in ["local-infile", "insert", "physical"] {
            let files = files();
            let scratch = match method {
                "physical" => Scratch::at(&server.physical_url()),
                _ => Scratch::new(server),
            };
            let options = ["--load", method, "--verify", "full", "--max-rejects", "100%"];
            files.seed(&scratch, &[&VALUES[..], &options].concat()).exits(0);
            assert_eq!(files.report()["server"]["load"], method);
            let rows = scratch.rows("SELECT CONCAT_WS('/', source, id, stars, origin, loaded, price, seen) FROM reviews ORDER BY id");
            let rows: Vec<_> = rows.iter().map(|row| row[0].as_deref().unwrap()).collect();
            let rest = "kaggle é/2024-02-29/9.50/2024-02-29 12:30:00.250";
            assert_eq!(rows, [format!("7/1/5/{rest}"), format!("7/3/3/{rest}")], "{method}");
            let mut rejected = files.rejected("reviews");
            rejected.sort();
            assert_eq!(rejected, [(3, "check_failed".to_owned()), (4, "duplicate_key".to_owned())]);
            assert_eq!(
                files.reported("reviews")["ignored_columns"],
                serde_json::json!(["origin (its column has a constant value)"])
            );
            sums.push(files.reported("reviews")["checksum"].clone());
            files.verify(&scratch).exits(0);
        }
        assert!(sums.iter().all(|sum| *sum == sums[0]), "{sums:?}");
    }
}

on_both_servers! {
    fn a_constant_is_a_key_of_the_parent_and_a_part_of_the_run(server: Server) {
        let (files, scratch) = (files(), Scratch::new(server));
        let all = ["--max-rejects", "100%"];
        let orphans = with("reviews.source.value=7", "reviews.source.value=9");
        files.check(&[&orphans[..], &all].concat()).exits(1);
        // the third of them has the key of the first, which keeps it
        assert_eq!(files.reported("reviews")["rules"]["missing_parent"], 2);
        files.seed(&scratch, &[&VALUES[..], &all].concat()).exits(0);
        files.seed(&scratch, &[&VALUES[..], &all].concat()).exits(0).says("these files were seeded by the run of");
        let other = with("reviews.source.value=7", "reviews.source.value=8");
        files.seed(&scratch, &[&other[..], &all].concat()).exits(2).says("nothing was changed");
        // the parents are loaded already
        files.seed(&scratch, &[&other[..], &all, &["--append"]].concat()).exits(2).says("--tables reviews");
        files.seed(&scratch, &[&other[..], &all, &["--append", "--tables", "reviews"]].concat()).exits(0);
        assert_eq!(scratch.value("SELECT GROUP_CONCAT(source, ':', id ORDER BY source, id) FROM reviews"), "7:1,7:3,8:1,8:3");
    }
}

on_both_servers! {
    fn a_constant_that_is_no_value_of_its_column_is_an_error_before_the_first_row(server: Server) {
        let (files, scratch) = (files(), Scratch::new(server));
        for (from, to, words) in [
            ("reviews.source.value=7", "reviews.source.value=seven", "the constant \"seven\" for column source of table reviews is not valid: "),
            ("reviews.loaded.value=2024-02-29", "reviews.loaded.value=2023-02-29", "the constant \"2023-02-29\" for column loaded"),
            ("reviews.source.value=7", "reviews.source.value=100", "table reviews: the constant for source and origin violates CHECK"),
            ("reviews.source.value=7", "reviews.sauce.value=7", "table reviews has no column sauce"),
            ("reviews.source.value=7", "reviews.source.value=", "column source"),
        ] {
            let options = with(from, to);
            files.check(&options).exits(2).says(words);
            files.seed(&scratch, &options).exits(2).says(words);
        }
        assert!(scratch.rows("SHOW TABLES").is_empty(), "nothing was written");
        let twice = [&VALUES[..], &["--set", "reviews.source.value=8"]].concat();
        files.check(&twice).exits(2).says("must have exactly one value");
    }
}
