//! Files of other dialects that are read without the right options: rows would be lost or values
//! would change, so the records are rejected, or a warning names the problem.

use std::fs;

use super::checked;
use crate::support::data::Files;
use crate::support::harness::{Scratch, Server, on_both_servers};

const ITEMS: &str = "CREATE TABLE items (id INT NOT NULL PRIMARY KEY, label VARCHAR(60) NOT NULL, remark VARCHAR(80) NULL);";
const ESCAPED: &str = r#""id","label","remark"
1,"tube 5\" wide",\N
2,"C:\\data\\in","he said \"go\", then left"
3,"ends in slash\\","ok"
4,"plain","x"
"#;

const TITLES: &str = "CREATE TABLE titles (tconst VARCHAR(12) NOT NULL PRIMARY KEY, kind VARCHAR(12) NOT NULL, title VARCHAR(100) NOT NULL, start_year SMALLINT NULL, minutes INT NULL);";
const TITLES_HEADER: &str = "tconst\tkind\ttitle\tstart_year\tminutes\n";

fn rules(files: &Files, table: &str) -> Vec<(u64, String)> {
    files.rejected(table)
}

fn rejected(line: u64, rule: &str) -> (u64, String) {
    (line, rule.to_owned())
}

on_both_servers! {
    fn text_after_a_closing_quote_is_a_reject_with_a_hint_at_backslash_escapes(server: Server) {
        let (files, scratch) = (Files::of_schema(ITEMS), Scratch::new(server));
        files.put("items", ESCAPED);
        files
            .seed(&scratch, &["--max-rejects", "100%", "--verify", "full"])
            .exits(0)
            .says("warning: items: 6 backslashes in front of a quote, a backslash, a delimiter or a line end, first at csv/items.csv:2: 1,\"tube 5\\\" wide\",\\N; ");
        assert_eq!(rules(&files, "items"), [rejected(2, "unclosed_quote"), rejected(3, "unclosed_quote")]);
        let message = &files.reasons("items")[0].message;
        assert!(message.contains("text follows a closing quote") && message.contains("backslash"), "{message}");
        assert_eq!(scratch.value("SELECT GROUP_CONCAT(id ORDER BY id) FROM items"), "3,4");
    }
}

#[test]
fn escapes_of_every_kind_are_counted_and_what_they_break_is_a_reject() {
    let files = Files::of_schema(ITEMS);
    // the closing quote is escaped, so that the field seems to end with the next quote
    files.put(
        "items",
        "id,label,remark\n1,\"C:\\\",\"x\"\n2,\"a\\\"\",\"y\"\n3,\"b\",c\\\n4,d\\,e\n5,f,g\n",
    );
    let (code, _, loaded, said) = checked(&files, "items", &[]);
    assert_eq!(code, Some(1), "{said}");
    assert_eq!(
        rules(&files, "items"),
        [rejected(3, "unclosed_quote")],
        "{said}"
    );
    assert_eq!(loaded, 4);
    assert!(said.contains("warning: items: 4 backslashes"), "{said}");
}

#[test]
fn json_in_a_field_is_no_backslash_escape() {
    let files = Files::of_schema(ITEMS);
    files.put(
        "items",
        "id,label,remark\n1,\"{\"\"a\"\":\"\"x \\\"\"y\\\"\" z\"\"}\",C:\\dir\n2,a\\nb,\\N\n",
    );
    let (code, _, loaded, said) = checked(&files, "items", &[]);
    assert_eq!((code, loaded), (Some(0), 2), "{said}");
    assert!(!said.contains("warning"), "{said}");
}

#[test]
fn a_lone_quote_in_a_tsv_costs_its_own_line() {
    let files = Files::of_schema(TITLES);
    let text = format!(
        "{TITLES_HEADER}tt1\tshort\t\"Rome Awakes\t1911\t4\ntt2\tmovie\tQuiet Hill\t1912\t\\N\ntt3\tmovie\tThe \"Best\" Day\t\\N\t70\ntt4\tshort\tLast Call\"\t1913\t5\ntt5\tmovie\t\"Whole Quoted\"\t1914\t90\n"
    );
    fs::write(files.path("csv/titles.tsv"), text).unwrap();
    let (code, read, loaded, said) = checked(&files, "titles", &[]);
    assert_eq!((code, read, loaded), (Some(1), 5, 4), "{said}");
    assert_eq!(rules(&files, "titles"), [rejected(2, "unclosed_quote")]);
}

#[test]
fn a_quoted_field_that_swallowed_lines_is_shown() {
    let lines = "tt1\tshort\t\"Rome Awakes\t1911\t4\ntt2\tmovie\tQuiet Hill\t1912\t\\N\ntt4\tshort\tLast Call\"\t1913\t5\ntt6\tmovie\tAfter\t1915\t80\n";
    let files = Files::of_schema(TITLES);
    fs::write(
        files.path("csv/titles.tsv"),
        format!("{TITLES_HEADER}{lines}"),
    )
    .unwrap();
    for batch in ["16", "1M"] {
        let (code, read, _, said) = checked(&files, "titles", &["--batch-size", batch]);
        assert_eq!((code, read), (Some(0), 2), "{said}");
        let warning = "warning: titles: 1 quoted field of several lines looks like several records, first at csv/titles.tsv:2: tt1\\tshort\\t\"Rome Awakes\\t1911\\t4\\ntt2";
        assert!(said.contains(warning), "{said}");
    }
    // with other delimiters
    for delimiter in [",", ";", "|"] {
        let files = Files::of_schema(TITLES);
        files.put(
            "titles",
            format!("{TITLES_HEADER}{lines}").replace('\t', delimiter),
        );
        let said = checked(&files, "titles", &["--delimiter", delimiter]).3;
        assert!(
            said.contains("quoted field of several lines"),
            "{delimiter}: {said}"
        );
    }
    // a text with line breaks and commas is one
    let files = Files::of_schema(TITLES);
    files.put("titles", "tconst,kind,title,start_year,minutes\ntt1,short,\"Good, better,\nbest, and more\",1911,4\n");
    let said = checked(&files, "titles", &[]).3;
    assert!(!said.contains("warning"), "{said}");
}

#[test]
fn short_rows_are_rejects_that_say_how_many_fields_there_are() {
    let files = Files::of_schema(
        "CREATE TABLE ratings (id INT NOT NULL PRIMARY KEY, stars TINYINT UNSIGNED NULL, comment VARCHAR(40) NULL, source VARCHAR(10) NULL);",
    );
    files.put(
        "ratings",
        "id,stars,comment,source\n1,5,good,web\n2,4\n3,3,,app\n4\n",
    );
    let (code, read, loaded, said) = checked(&files, "ratings", &[]);
    assert_eq!((code, read, loaded), (Some(1), 4, 2));
    assert_eq!(
        rules(&files, "ratings"),
        [rejected(3, "field_count"), rejected(5, "field_count")]
    );
    assert_eq!(
        files.reasons("ratings")[0].message,
        "the record has 2 fields, the header has 4"
    );
    assert!(said.contains("ratings: all 2 rejected records: records leave out empty fields at their end, such as \"2,4\" (csv/ratings.csv:3), \"4\" (5)\n"), "{said}");
}

#[test]
fn single_quotes_are_rejects_with_a_hint() {
    let files =
        Files::of_schema("CREATE TABLE pairs (a INT NOT NULL PRIMARY KEY, b VARCHAR(20) NULL);");
    files.put("pairs", "a,b\n'1','x, y'\n'2','it''s'\n'3',''\n");
    let (code, read, loaded, said) = checked(&files, "pairs", &[]);
    assert_eq!((code, read, loaded), (Some(1), 3, 0));
    assert!(
        said.contains(
            "pairs: all 3 rejected records: fields are in single quotes, such as \"'1','x, y'\" (csv/pairs.csv:2), "
        ),
        "{said}"
    );
}

#[test]
fn lines_above_the_header_are_an_error_and_a_total_below_is_a_reject() {
    let schema = "CREATE TABLE sales (country CHAR(2) NOT NULL, txn VARCHAR(10) NOT NULL PRIMARY KEY, sold DATE NOT NULL, amount DECIMAL(8,2) NOT NULL);";
    let rows = "country,txn,sold,amount\nSE,q7,2019-05-02,3.10\nPT,q8,2019-05-20,4.40\nSum of all:,,,7.50\n";
    let files = Files::of_schema(schema);
    files.put(
        "sales",
        format!("Payout overview\nFrom and to:,2019-05-01 to 2019-05-31\n\n{rows}"),
    );
    files
        .check(&[])
        .exits(2)
        .says("csv/sales.csv: the first line is not a header for table sales")
        .says("line 4 looks like the header: add --skip-lines 3");
    files.put("sales", rows);
    let (code, read, loaded, _) = checked(&files, "sales", &[]);
    assert_eq!((code, read, loaded), (Some(1), 3, 2));
    assert_eq!(rules(&files, "sales"), [rejected(4, "too_long")]);
}

#[test]
fn comments_and_short_rows_without_a_header_are_rejects() {
    let files = Files::of_schema(
        "CREATE TABLE zone (code CHAR(2) NOT NULL, tz VARCHAR(30) NOT NULL PRIMARY KEY, note VARCHAR(40));",
    );
    fs::write(
        files.path("csv/zone.tsv"),
        "# zones\n#code\ttz\tnote\nAD\tEurope/Andorra\nAQ\tAntarctica/Casey\tCasey\n",
    )
    .unwrap();
    let (code, read, loaded, _) = checked(&files, "zone", &["--no-header"]);
    assert_eq!((code, read, loaded), (Some(1), 4, 1));
    assert_eq!(
        rules(&files, "zone"),
        [
            rejected(1, "field_count"),
            rejected(2, "too_long"),
            rejected(3, "field_count")
        ]
    );
    assert_eq!(
        files.reasons("zone")[2].message,
        "the record has 2 fields, the table takes 3 (there is no header)"
    );
}

#[test]
fn records_without_any_value_are_left_out_and_counted_if_the_table_cannot_hold_them() {
    let files = Files::of_schema("CREATE TABLE w (id INT NOT NULL PRIMARY KEY, v DECIMAL(4,1));");
    files.put("w", "id,v\n1,2.5\n,\n , \n,,\n");
    for batch in ["8", "1M"] {
        let (code, read, loaded, said) = checked(&files, "w", &["--batch-size", batch]);
        assert_eq!((code, read, loaded), (Some(0), 1, 1));
        let warning = "warning: w: left out 3 records without any value, first at csv/w.csv:3: ,";
        assert!(said.contains(warning), "{said}");
    }
    let holds = Files::of_schema("CREATE TABLE w (id INT, v DECIMAL(4,1));");
    holds.put("w", "id,v\n1,2.5\n,\n,,\n");
    let (code, read, loaded, said) = checked(&holds, "w", &[]);
    assert_eq!((code, read, loaded), (Some(1), 3, 2), "{said}");
    assert_eq!(rules(&holds, "w"), [rejected(4, "field_count")]);
}
