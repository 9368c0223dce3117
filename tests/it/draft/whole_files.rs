//! `draft` guesses the format of a file from its beginning. The rest of the file must confirm it.

use super::Folder;
use super::planted::folder;

/// More rows than the beginning that is looked at first.
const MANY: usize = 20_000;

/// What a draft says about a file, its schema and its settings.
fn drafted(text: String) -> (String, String) {
    let folder = folder(&[("t.csv", text)]);
    let ran = folder.run(&["draft", "in"]).exits(0);
    let settings = std::fs::read_to_string(folder.path().join("reviewseed.toml"));
    (ran.stderr, settings.unwrap_or_default())
}

fn rows(row: impl Fn(usize) -> String) -> String {
    (1..=MANY).map(row).collect()
}

#[test]
fn a_broken_record_far_below_does_not_make_quotes_a_part_of_the_others() {
    let quoted = rows(|n| format!("{n},\"a longer text {n}\"\n"));
    for last in ["0,\"Rome\" in Rome\n", "0,\"cut off"] {
        let (said, settings) = drafted(format!("id,n\n{quoted}{last}"));
        assert_eq!(settings, "", "{said}");
        assert!(said.contains("1 record cannot be read as rows"), "{said}");
    }
    let plain = rows(|n| format!("{n},a longer text {n}\n"));
    let (said, settings) = drafted(format!("id,n\n{plain}0,\"Rome\" in Rome\n"));
    assert!(settings.contains("quote = \"none\""), "{said}");
}

#[test]
fn a_path_far_below_shows_that_backslashes_are_no_escapes() {
    let plain = rows(|n| format!("{n},a longer text {n},y\n"));
    let begin = "id,n,p\n0,\"say \\\"hi\\\"\",x\n";
    let (said, settings) = drafted(format!("{begin}{plain}99999,x,C:\\temp\\new\n"));
    assert!(!settings.contains("escape"), "{settings}");
    assert!(said.contains("--dialect spark"), "{said}");
    let (said, settings) = drafted(format!("{begin}{plain}"));
    assert!(settings.contains("escape = \"\\\\\""), "{said}");
    assert!(said.contains("guessed: escape"), "{said}");
}

#[test]
fn a_value_far_below_shows_that_apostrophes_are_no_quotes() {
    let quoted = rows(|n| format!("{n},'a longer text {n}'\n"));
    let (said, settings) = drafted(format!("id,n\n{quoted}0,plain\n"));
    assert_eq!(settings, "", "{said}");
    assert!(said.contains("are in apostrophes"), "{said}");
    let (said, settings) = drafted(format!("id,n\n{quoted}"));
    assert!(settings.contains("quote = \"'\""), "{said}");
}

#[test]
fn backslashes_before_tabs_and_line_ends_prove_the_dialect_of_mysqldump() {
    let text = "1\ta\\\tb\\\\\t5\n2\t\t6\n3\tone\\\ntwo\t\\N\n";
    let drafted = Folder::new(&[("t.txt", text)]).drafted(&[]);
    assert!(
        drafted.settings.contains("dialect = \"mysqldump-tab\""),
        "{}",
        drafted.settings
    );
    assert_eq!(drafted.column("t", "c2"), "VARCHAR(64) NOT NULL");
    assert_eq!(drafted.column("t", "c3"), "TINYINT UNSIGNED NULL");
}

#[test]
fn backslashes_beside_marks_of_null_have_two_readings_unless_one_is_no_escape() {
    let said = |text: &str| Folder::new(&[("t.tsv", text)]).drafted(&[]).said;
    let told = said("1\t\\N\tx\\ty\n2\ta\tz\\\\\n3\ta\tq\n");
    assert!(told.contains("--dialect mysqldump-tab"), "{told}");
    for text in [
        "1\t\\N\tC:\\Users\n2\ta\tx\\ty\n",
        "1\t\\N\tx\n2\ta\ty\n",
        "1\ta\tx\\ty\n2\tb\ty\n",
    ] {
        let told = said(text);
        assert!(!told.contains("may be escapes"), "{text} {told}");
    }
}

#[test]
fn empty_fields_beside_marks_of_null_are_told() {
    let said = |text: &str| Folder::new(&[("t.csv", text)]).drafted(&[]).said;
    let told = said("id,n\n1,\\N\n2,\n3,x\n4,\"\"\n");
    assert!(
        told.contains("t.n: these are all read as NULL: \\N (1), \"\" (1), an empty field (1)"),
        "{told}"
    );
    let told = said("id,n\n1,\\N\n2,\n3,x\n");
    assert!(told.contains("--dialect mysql"), "{told}");
    for text in [
        "id,n\n1,\n2,x\n",
        "id,n\n1,\\N\n2,x\n",
        "id,n\n1,\\N\n2,\n3,5\n",
    ] {
        let told = said(text);
        assert!(!told.contains("all read as NULL"), "{text} {told}");
    }
}

#[test]
fn a_text_that_begins_with_a_quote_swallows_no_lines_if_all_are_rows_without_quotes() {
    let texts = ["5\" pipe", "\"begin", "say \"hi\" now", "end\"", "plain"];
    for many in [40, MANY] {
        let lines = (1..=many).map(|n| format!("{n}\ta longer text {}\n", n % 7));
        let odd = (1..=20).map(|n| format!("{}\t{}\n", many + n, texts[n % 5]));
        let all: String = lines.chain(odd).collect();
        let drafted = folder(&[("t.tsv", format!("id\ttext\n{all}"))]).drafted(&[]);
        assert!(
            drafted.settings.contains("quote = \"none\""),
            "{}",
            drafted.said
        );
        drafted.has(&format!("1 to {}; all distinct", many + 20));
    }
    // a delimiter in quotes shows that they are quotes
    let rows = (1..=40).map(|n| format!("{n},plain\n")).collect::<String>();
    let (said, settings) = drafted(format!("id,n\n0,\"a, b\"\n{rows}41,\"Rome\" in Rome\n"));
    assert_eq!(settings, "", "{said}");
}

#[test]
fn words_among_numbers_and_lines_of_dashes_are_told() {
    let rows: String = (1..=60).map(|n| format!("{n},{n}.50\n")).collect();
    let (said, _) = drafted(format!("id,amount\n{rows}Total,1830.00\n"));
    assert!(
        said.contains("t.id: a text because of 1 of 61 values, such as \"Total\""),
        "{said}"
    );
    let (said, _) = drafted("id,n\n--,---\n1,x\n2,y\n3,z\n".to_owned());
    assert!(said.contains("the line \"--,---\" has no values"), "{said}");
}

#[test]
fn records_that_quotes_may_have_joined_are_told() {
    let text = "id\ttext\n1\ta\n2\t\"begin\n3\tplain\n4\tend\"\n5\tb\n";
    let drafted = Folder::new(&[("t.tsv", text)]).drafted(&[]);
    assert!(
        drafted
            .said
            .contains("1 record of several lines may be several records, the first at")
            && drafted.said.contains("t.tsv:3: if"),
        "{}",
        drafted.said
    );
    let drafted = Folder::new(&[("t.csv", "id,n\n1,\"a\nb\"\n2,c\n")]).drafted(&[]);
    assert!(
        !drafted.said.contains("several records"),
        "{}",
        drafted.said
    );
}
