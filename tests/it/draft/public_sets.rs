//! Files in the shape of well-known data sets: parts with fingerprints, documents with the records
//! below a name, lists in columns, values that only another program understands.

use super::{Folder, lines};

#[test]
fn parts_that_programs_number_from_0_are_one_table() {
    let part = |n: usize| format!("id,msg\n{n}1,x\n{n}2,y\n");
    let folder = Folder::new(&[
        ("test-00000-of-00002.csv", &part(1)),
        ("test-00001-of-00002.csv", &part(2)),
        ("train-00000-of-00002-a09b74b3ef9c3b50.csv", &part(3)),
        ("train-00001-of-00002-9f8e7d6c5b4a3020.csv", &part(4)),
        ("part-00000-4a5b6c7d-c000.csv", &part(5)),
        ("part-00001-4a5b6c7d-c000.csv", &part(6)),
        ("day-1.json", "{\"id\": 1, \"a\": \"x\"}\n"),
        ("day-2.json", "{\"id\": 2}\n{\"id\": 3}\n"),
    ]);
    let drafted = folder.drafted(&[]);
    for table in ["test", "train", "part"] {
        assert!(
            drafted.said.contains(&format!("{table}: 4 rows")),
            "{}",
            drafted.said
        );
    }
    assert!(drafted.said.contains("day: 3 rows"), "{}", drafted.said);
}

#[test]
fn records_below_a_name_of_a_document_are_rows() {
    let elements: Vec<String> = (1..=3)
        .map(|n| format!("  {{\"id\": {n}, \"n\": \"x{n}\"}}"))
        .collect();
    let text = format!(
        "{{\n \"meta\": {{\"total\": 3}},\n \"rows\": [\n{}\n ],\n \"next\": null\n}}\n",
        elements.join(",\n")
    );
    let drafted = Folder::new(&[("t.json", &text)]).drafted(&[]);
    assert!(
        drafted.settings.contains("records = \"$.rows\""),
        "{}",
        drafted.settings
    );
    assert!(
        drafted.said.contains("guessed: records = $.rows"),
        "{}",
        drafted.said
    );
    assert!(drafted.said.contains("t: 3 rows"), "{}", drafted.said);
    assert!(drafted.column("t", "id").starts_with("INT UNSIGNED"));
}

#[test]
fn a_rejected_record_below_a_name_has_its_line() {
    let text = "{\n\"rows\": [\n{\"id\": 1},\n{\"id\": \"x\"},\n{\"id\": 3}\n]}\n";
    let schema = "CREATE TABLE t (id INT PRIMARY KEY);";
    let folder = Folder::new(&[("t.json", text), ("schema.sql", schema)]);
    folder
        .run(&["check", "in"])
        .exits(2)
        .says("--set 't.records=$.rows'");
    folder
        .run(&[
            "check",
            "in",
            "--set",
            "t.records=$.rows",
            "--max-rejects",
            "50%",
        ])
        .exits(1)
        .says("line 4, id \"x\"");
    folder
        .run(&["check", "in", "--set", "t.records=$.other"])
        .exits(2)
        .says("no array at records = \"$.other\"");
}

#[test]
fn records_that_python_printed_name_the_program_that_converts_them() {
    let folder = Folder::new(&[
        ("t.json", "{'asin': '1', 'price': 3.5}\n{'asin': '2'}\n"),
        ("schema.sql", "CREATE TABLE t (asin CHAR(1) PRIMARY KEY);"),
    ]);
    for command in ["draft", "check"] {
        let ran = folder.run(&[command, "in"]).exits(2);
        assert!(
            ran.stderr.contains("python3 -c"),
            "{command}: {}",
            ran.stderr
        );
    }
}

#[test]
fn decimal_commas_beside_decimal_points_may_be_lists() {
    let rows = |list: &'static str| (1..=4).map(move |n| format!("{n};{list};{n}.5"));
    let commas = |text: String| text.replace(';', "\t");
    let text = commas(lines("id;genres;score", rows("28,12")));
    let drafted = Folder::new(&[("t.tsv", &text)]).drafted(&[]);
    assert_eq!(drafted.column("t", "genres"), "VARCHAR(64) NOT NULL");
    assert!(
        drafted.said.contains("t.genres is ambiguous"),
        "{}",
        drafted.said
    );
    // a file with semicolons, or without other fractions, has decimal commas
    let text = lines("id;price;score", rows("28,12"));
    let drafted = Folder::new(&[("t.csv", &text)]).drafted(&[]);
    assert_eq!(drafted.column("t", "price"), "DECIMAL(4,2) NOT NULL");
    let text = commas(lines("id;price", (1..=4).map(|n| format!("{n};28,12"))));
    let drafted = Folder::new(&[("t.tsv", &text)]).drafted(&[]);
    assert_eq!(drafted.column("t", "price"), "DECIMAL(4,2) NOT NULL");
}

#[test]
fn a_column_that_others_refer_to_is_preferred_as_the_key() {
    let code = |n: usize| format!("B{n:09}");
    let products = lines(
        "category,rating_number,parent_asin",
        (0..30).map(|n| format!("beauty,{},{}", 10 + n, code(n))),
    );
    let reviews = lines(
        "stars,parent_asin",
        (0..200).map(|n| format!("{},{}", n % 5, code(n % 30))),
    );
    Folder::new(&[("products.csv", &products), ("reviews.csv", &reviews)])
        .drafted(&[])
        .has("PRIMARY KEY (`parent_asin`)")
        .lacks("PRIMARY KEY (`rating_number`)");
}

#[test]
fn folders_with_files_are_found_below_other_folders() {
    let folder = Folder::new(&[]);
    let place = folder.path().join("in/year=2023/month=01");
    std::fs::create_dir_all(&place).unwrap();
    std::fs::write(place.join("data.csv"), "id,v\n1,2\n").unwrap();
    let ran = folder.run(&["draft", "in"]).exits(2);
    ran.says("draft a subfolder with such files: in/year=2023/month=01");
}

#[test]
fn files_with_an_unknown_ending_and_zero_dates_are_told() {
    let folder = Folder::new(&[
        (
            "t.csv",
            "id,at\n1,0000-00-00 00:00:00\n2,2024-01-31 10:00:00\n",
        ),
        ("u.item", "1|Toy Story|01-Jan-1995\n"),
        ("_SUCCESS", ""),
        ("notes.md", "# notes\n"),
    ]);
    let said = folder.drafted(&[]).said;
    assert!(said.contains("u.item has an unknown ending"), "{said}");
    assert!(said.contains("t.at: zero dates are read as NULL"), "{said}");
    assert!(
        !said.contains("_SUCCESS") && !said.contains("notes.md"),
        "{said}"
    );
}
