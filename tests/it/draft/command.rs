//! The command `draft`: the files that it writes, the files that it does not replace, and
//! `--compare`.

use super::Folder;
use crate::docs::root;
use crate::support::data::sample_data;
use crate::support::harness::run;

#[test]
fn files_that_exist_are_kept_without_force() {
    let folder = Folder::new(&[("t.csv", "id;n\n1;2\n")]);
    folder.drafted(&[]);
    folder
        .run(&["draft", "in"])
        .exits(2)
        .says("schema.sql exists and is kept; add --force to replace it");
    folder.run(&["draft", "in", "--force"]).exits(0);
    let folder = Folder::new(&[("t.csv", "id;n\n1;2\n")]);
    let other = ["draft", "in", "--config", "new.toml"];
    let ran = folder.run(&other).exits(0);
    assert!(
        ran.stderr
            .contains("seed in --schema schema.sql --config new.toml"),
        "{}",
        ran.stderr
    );
    assert!(folder.path().join("new.toml").exists());
    assert!(!folder.path().join("reviewseed.toml").exists());
}

#[test]
fn a_draft_is_printed_with_its_settings_and_nothing_is_written() {
    let folder = Folder::new(&[("t.csv", "id;n\n1;2\n")]);
    let printed = folder.run(&["draft", "in", "-o", "-"]).exits(0).stdout;
    assert!(
        printed.contains("CREATE TABLE IF NOT EXISTS `t` ("),
        "{printed}"
    );
    assert!(
        printed.ends_with("--\n-- [tables.t]\n-- delimiter = \";\"\n"),
        "{printed}"
    );
    assert!(!folder.path().join("schema.sql").exists());
    let again = folder
        .run(&["draft", "in", "-o", "-", "--threads", "1"])
        .exits(0);
    assert_eq!(printed, again.stdout);
}

#[test]
fn folders_with_files_are_named_if_the_folder_has_none() {
    let folder = Folder::new(&[]);
    std::fs::create_dir(folder.path().join("in/out")).unwrap();
    std::fs::write(folder.path().join("in/out/part-0.csv"), "a,b\n1,2\n").unwrap();
    folder
        .run(&["draft", "in"])
        .exits(2)
        .says("draft a subfolder with such files: in/out");
}

#[test]
fn a_folder_without_files_is_an_error() {
    let folder = Folder::new(&[("notes.txt", "x")]);
    folder
        .run(&["draft", "in"])
        .exits(2)
        .says("in has no files that can be tables: csv, tsv,");
}

#[test]
fn the_schema_of_the_sample_data_is_found() {
    let folder = Folder::new(&[]);
    let sample = sample_data();
    let sample = sample.to_str().unwrap();
    let schema = folder
        .run(&["draft", sample, "--enums", "-o", "-"])
        .exits(0)
        .stdout;
    for line in [
        "`id` INT UNSIGNED NOT NULL AUTO_INCREMENT",
        "`product_id` INT UNSIGNED NOT NULL",
        "`rating` TINYINT UNSIGNED NOT NULL",
        "`date` DATETIME(3) NOT NULL",
        "`recommend` BOOLEAN NOT NULL",
        "`response` VARCHAR(255) NULL",
        "`name` ENUM('Size', 'Width', 'Comfort', 'Quality', 'Fit', 'Length') NOT NULL",
        "`value` TINYINT UNSIGNED NOT NULL",
        "FOREIGN KEY (`review_id`) REFERENCES `reviews` (`id`)",
        "FOREIGN KEY (`characteristic_id`) REFERENCES `characteristics` (`id`)",
    ] {
        assert!(schema.contains(line), "{line} not in\n{schema}");
    }
    assert_eq!(schema.matches("FOREIGN KEY").count(), 3, "{schema}");
    assert_eq!(schema.matches("PRIMARY KEY (`id`)").count(), 4, "{schema}");
}

#[test]
fn a_schema_is_compared_with_the_files() {
    let folder = Folder::new(&[
        (
            "t.csv",
            "id,name,price,extra\n1,Annabelle,12.345,x\n2,,1.5,y\n300,B,2.5,z\n",
        ),
        ("new.csv", "a\n1\n"),
    ]);
    let schema = "CREATE TABLE t (id TINYINT UNSIGNED PRIMARY KEY, name VARCHAR(5) NOT NULL, \
        price DECIMAL(9,2), long_text VARCHAR(2000));\nCREATE TABLE gone (id INT PRIMARY KEY);";
    std::fs::write(folder.path().join("s.sql"), schema).unwrap();
    let ran = folder.run(&["draft", "in", "--compare", "s.sql"]).exits(1);
    let found: Vec<String> = ran
        .stdout
        .lines()
        .map(|line| line.split_whitespace().collect::<Vec<_>>().join(" "))
        .collect();
    for line in [
        "not allowed t.id tinyint unsigned 1 to 300",
        "not allowed t.name varchar(5) NOT NULL 1 value missing",
        "not allowed t.name varchar(5) up to 9 characters",
        "not allowed t.price decimal(9,2) values of type decimal(5,3)",
        "not allowed t.extra no column varchar(64)",
        "not allowed new no table 1 row",
        "beyond need gone a table no file",
    ] {
        assert!(
            found.iter().any(|found| found == line),
            "{line} not in\n{}",
            ran.stdout
        );
    }
    let sample = sample_data();
    let sample = sample.to_str().unwrap();
    let schema = root().join("schema.sql");
    let schema = schema.to_str().unwrap();
    let ran = run(folder.path(), ["draft", sample, "--compare", schema]).exits(0);
    assert!(!ran.stdout.contains("not allowed"), "{}", ran.stdout);
    assert!(ran.stdout.contains("reviews.response"), "{}", ran.stdout);
}
