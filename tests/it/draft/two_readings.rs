//! Values that can be read in two ways: `draft` does not guess them, and reports the guesses that
//! it makes about files.

use super::planted::folder;
use super::{Drafted, Folder};

fn drafted(files: &[(&str, &str)], options: &[&str]) -> Drafted {
    Folder::new(files).drafted(options)
}

/// What a draft says about files of which some records may be broken, and its settings.
fn said(text: &str) -> (String, String) {
    let folder = Folder::new(&[("t.csv", text)]);
    let ran = folder.run(&["draft", "in"]).exits(0);
    let settings = std::fs::read_to_string(folder.path().join("reviewseed.toml"));
    (ran.stderr, settings.unwrap_or_default())
}

#[test]
fn words_within_other_words_of_a_name_say_nothing() {
    let text = "update_id,lastUpdateId,runtime,candidate,mandate_no,created_at\n\
                874512345,1027024001,1600000000,20240131,20240131,1600000000\n\
                874512346,1027024002,1600000001,20240201,20240201,1600000001\n";
    let drafted = drafted(&[("t.csv", text)], &[]);
    for column in [
        "update_id",
        "lastUpdateId",
        "runtime",
        "candidate",
        "mandate_no",
    ] {
        let definition = drafted.column("t", column);
        assert!(definition.contains("INT UNSIGNED"), "{column} {definition}");
    }
    assert_eq!(drafted.column("t", "created_at"), "DATETIME NOT NULL");
}

#[test]
fn a_table_beside_the_parent_that_the_name_states_is_no_parent() {
    for profile in ["13,3", "13,77"] {
        let profiles = format!("id,user_id\n11,1\n12,2\n{profile}\n");
        let posts = match profile {
            "13,3" => "id,user_id\n21,1\n22,1\n23,3\n",
            _ => "id,user_id\n21,1\n22,1\n23,2\n",
        };
        let files = [
            ("users.csv", "id,name\n1,a\n2,b\n3,c\n4,d\n"),
            ("profiles.csv", &profiles),
            ("posts.csv", posts),
        ];
        drafted(&files, &[])
            .has("CONSTRAINT `posts_user_id_fk` FOREIGN KEY (`user_id`) REFERENCES `users` (`id`)")
            .lacks("  UNIQUE KEY `profiles_user_id_unique`");
    }
}

#[test]
fn orphans_of_a_reference_to_the_own_table_are_told() {
    let mut rows: String = (1..=60).map(|n| format!("{n},{}\n", n / 3)).collect();
    rows.push_str("61,999\n");
    let folder = folder(&[("categories.csv", format!("id,parent_id\n{rows}"))]);
    let drafted = folder.drafted(&[]);
    drafted.has("-- CONSTRAINT `categories_parent_id_fk`");
    assert!(
        drafted
            .said
            .contains("3 rows without a parent in parent_id"),
        "{}",
        drafted.said
    );
}

#[test]
fn lookup_tables_of_two_rows_keep_their_keys_and_words() {
    let files = [
        ("genders.csv", "id,name\n0,male\n1,female\n"),
        ("users.csv", "id,gender_id\n1,0\n2,1\n3,0\n"),
        ("flags.csv", "code,label\nY,Yes\nN,No\n"),
        ("states.csv", "id,active\n5,yes\n6,no\n"),
    ];
    let drafted = drafted(&files, &[]);
    drafted
        .has("FOREIGN KEY (`gender_id`) REFERENCES `genders` (`id`)")
        .has("PRIMARY KEY (`code`)");
    assert_eq!(drafted.column("genders", "id"), "INT UNSIGNED NOT NULL");
    assert!(drafted.column("flags", "label").starts_with("VARCHAR"));
    assert_eq!(drafted.column("states", "active"), "BOOLEAN NOT NULL");
    assert!(
        drafted.said.contains("flags.code is ambiguous"),
        "{}",
        drafted.said
    );
}

#[test]
fn a_percent_sign_in_some_numbers_is_ambiguous() {
    let drafted = drafted(
        &[("t.csv", "id,rate,share\n1,45%,1%\n2,0.45,2%\n3,10%,0\n")],
        &[],
    );
    assert!(drafted.column("t", "rate").starts_with("VARCHAR"));
    assert_eq!(drafted.column("t", "share"), "TINYINT UNSIGNED NOT NULL");
    assert!(
        drafted.said.contains("45% and 0.45 may be"),
        "{}",
        drafted.said
    );
}

#[test]
fn a_broken_record_does_not_make_quotes_a_part_of_the_others() {
    let many: String = (1..=1000).map(|n| format!("{n},\"x{n}\"\n")).collect();
    for text in [
        "id,n\n1,\"a \"\"b\"\" c\"\n2,\"Rome\" in Rome\n",
        &format!("id,n\n{many}1001,\"Rome\" in Rome\n"),
        "id,n\n1,a\n2,\"b",
    ] {
        let (said, settings) = said(text);
        assert_eq!(settings, "", "{said}");
        assert!(said.contains("1 record cannot be read as rows"), "{said}");
    }
    let (said, settings) = said("id,n\n1,a\n2,\"Rome\" in Rome\n3,b\n");
    assert!(settings.contains("quote = \"none\""), "{settings}");
    assert!(said.contains("guessed: quote = none"), "{said}");
}

#[test]
fn one_escaped_quote_does_not_make_every_backslash_an_escape() {
    let (told, settings) = said("id,n,p\n1,\"say \\\"hi\\\"\",C:\\temp\\new\n2,x,C:\\bin\\0\n");
    assert!(
        !settings.contains("escape") && !settings.contains("quote"),
        "{settings}"
    );
    assert!(told.contains("--dialect spark"), "{told}");
    let (_, settings) = said("id,n\n1,\"say \\\"hi\\\"\"\n2,x\n");
    assert!(settings.contains("escape"), "{settings}");
}

#[test]
fn apostrophes_are_quotes_if_all_values_of_a_column_have_them() {
    let (told, settings) = said("id,n\n1,'x'\n2,'y'\n3,plain\n");
    assert_eq!(settings, "");
    assert!(told.contains("are in apostrophes"), "{told}");
    let (told, settings) = said("id,n\n1,'x'\n2,'y'\n3,'z'\n");
    assert!(settings.contains("quote = \"'\""), "{settings}");
    assert!(told.contains("guessed: quote = '"), "{told}");
}

#[test]
fn a_header_that_may_be_data_is_told() {
    for text in [
        "2019,2020\n2021,2022\n2023,2024\n",
        "1999,2000\n3,4\n",
        "true,false\n1,2\n",
    ] {
        let (told, settings) = said(text);
        assert!(
            told.contains("is taken as the header") || settings.contains("no_header"),
            "{told}"
        );
    }
    let (told, _) = said("name,2020,2021\nx,1.5,2\n");
    assert!(!told.contains("is taken as the header"), "{told}");
}

#[test]
fn a_header_that_looks_like_the_values_below_it_is_told() {
    for text in [
        "Ann,Berlin\nBob,Paris\nCy,Rome\n",
        "a1b2c3,x y z\nd4e5f6,hello world\n",
    ] {
        let (told, _) = said(text);
        assert!(told.contains("is taken as the header"), "{told}");
    }
    for text in ["name,city\nann,rome\n", "species,island\nAdelie,Dream\n"] {
        let (told, _) = said(text);
        assert!(!told.contains("is taken as the header"), "{told}");
    }
}

#[test]
fn numbers_in_parentheses_are_ambiguous_until_they_are_told() {
    let text = "id,amount\n1,\"1,250.00\"\n2,(12.50)\n3,14.00\n";
    let folder = Folder::new(&[("t.csv", text)]);
    let drafted = folder.drafted(&[]);
    assert!(
        drafted
            .said
            .contains("(parentheses = true, thousands = \",\")"),
        "{}",
        drafted.said
    );
    let options = [
        "--force",
        "--set",
        "t.amount.parentheses=true",
        "--set",
        "t.amount.thousands=,",
    ];
    let drafted = folder.drafted(&options);
    assert_eq!(drafted.column("t", "amount"), "DECIMAL(6,2) NOT NULL");
}

#[test]
fn what_a_type_or_a_file_does_not_keep_is_told_on_the_screen() {
    let text = "id,at,acct\n1,2024-01-01 10:00:00.1234567,1.23457E+11\n\
                2,2024-01-01 10:00:00.5,4.56789E+11\n";
    let drafted = drafted(&[("t.csv", text)], &[]);
    for words in [
        "t.at: fractions of seconds have more than 6 digits",
        "t.acct: numbers such as 1.23457E+11 have only six digits",
    ] {
        assert!(drafted.said.contains(words), "{}", drafted.said);
        let (_, words) = words.split_once(": ").unwrap();
        drafted.has(words);
    }
}

#[test]
fn two_files_of_one_name_are_an_error_that_names_both() {
    let folder = Folder::new(&[("a.csv", "id,n\n1,x\n"), ("A.tsv", "id\tn\n3\tz\n")]);
    let said = folder.run(&["draft", "in"]).exits(2).stderr;
    assert!(
        said.contains("table A has several files: A.tsv, a.csv"),
        "{said}"
    );
    assert!(said.contains("--map A=FILE"), "{said}");
    let folder = Folder::new(&[("a.csv", "id,n\n1,x\n"), ("a.json", "{\"rows\": 1}\n")]);
    folder.run(&["draft", "in"]).exits(0);
}
