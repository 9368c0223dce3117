//! Files of other dialects that are read correctly, because an option or a setting names the
//! dialect.

use std::fs;

use super::checked;
use crate::support::data::Files;
use crate::support::harness::{Scratch, Server, on_both_servers};

const PARTS: &str = "CREATE TABLE parts (id INT NOT NULL PRIMARY KEY, label VARCHAR(60) NOT NULL, remark VARCHAR(80) NULL);";
const FILMS: &str = "CREATE TABLE films (id VARCHAR(9) NOT NULL PRIMARY KEY, title VARCHAR(60) NOT NULL, year SMALLINT NULL);";

on_both_servers! {
    fn what_a_warning_suggests_reads_the_file(server: Server) {
        let (files, scratch) = (Files::of_schema(PARTS), Scratch::new(server));
        files.put("parts", "id,label,remark\n1,\"pipe 3\\\" wide\",\\N\n2,\"D:\\\\old\",\"she said \\\"no\\\", and went\"\n3,\"a slash\\\\\",\"\"\n");
        let (_, _, loaded, said) = checked(&files, "parts", &[]);
        assert!(said.contains("add --dialect mysql") && loaded == 1, "{said}");
        assert!(!said.contains("--quote none"), "{said}");
        let ran = files.seed(&scratch, &["--dialect", "mysql", "--verify", "full"]).exits(0);
        assert!(!ran.stderr.contains("warning"), "{}", ran.stderr);
        let rows = scratch.rows("SELECT label, remark FROM parts ORDER BY id");
        let text = |text: &str| Some(text.to_owned());
        assert_eq!(rows, [
            vec![text("pipe 3\" wide"), None],
            vec![text("D:\\old"), text("she said \"no\", and went")],
            vec![text("a slash\\"), text("")],
        ]);
        // the same file in another dialect is not the same run
        files.seed(&scratch, &["--dialect", "mysql", "--empty-quoted", "null"]).exits(2);
        files.seed(&scratch, &["--dialect", "mysql"]).exits(0).says("nothing to do");
    }
}

#[test]
fn backslashes_that_are_no_escapes_are_not_warned_of_again() {
    let files = Files::of_schema(PARTS);
    files.put("parts", "id,label,remark\n1,D:\\old\\,x\n");
    assert!(checked(&files, "parts", &[]).3.contains("--escape none"));
    let (code, _, _, said) = checked(&files, "parts", &["--escape", "none"]);
    assert!(code == Some(0) && !said.contains("warning"), "{said}");
}

#[test]
fn without_quotes_a_quote_is_text() {
    let files = Files::of_schema(FILMS);
    let header = "id\ttitle\tyear\n";
    for (rows, count) in [
        (
            "f1\t\"Rain in May\t1911\nf2\tA \"Good\" Man\t\\N\nf3\t\"All of It\"\t1914\n",
            3,
        ),
        // these are also records of RFC 4180, with a text of three lines
        (
            "f1\t\"Rain\t1911\nf2\tHill\t\\N\nf3\tFall\"\t1913\nf4\tx\t1915\n",
            4,
        ),
    ] {
        fs::write(files.path("csv/films.tsv"), format!("{header}{rows}")).unwrap();
        let (_, _, loaded, said) = checked(&files, "films", &[]);
        let is_named = said.contains("add --quote none") || said.contains("quote = \"none\"\n");
        assert!(loaded < count && is_named, "{said}");
        let (code, read, loaded, said) = checked(&files, "films", &["--quote", "none"]);
        assert_eq!((code, read, loaded), (Some(0), count, count), "{said}");
        assert!(!said.contains("warning"), "{said}");
    }
}

#[test]
fn other_quotes_and_delimiters_of_several_characters_are_read() {
    let files = Files::of_schema(PARTS);
    files.put("parts", "id,label,remark\n'1','x, y','it''s'\n'2','',''\n");
    let (_, _, _, said) = checked(&files, "parts", &[]);
    assert!(said.contains("\n[tables.parts]\nquote = \"'\"\n"), "{said}");
    let (code, _, loaded, said) = checked(&files, "parts", &["--quote", "'"]);
    assert_eq!((code, loaded), (Some(0), 2), "{said}");

    for delimiter in ["::", "||", "\\x01", "¦"] {
        let written = if delimiter == "\\x01" {
            "\x01"
        } else {
            delimiter
        };
        let text = "1::Caf\u{e9} (1995)::A|B\n2::Dr. No: Again::C\n".replace("::", written);
        let text: Vec<u8> = text.chars().map(|c| c as u8).collect();
        files.put("parts", &text);
        let options = [
            "--no-header",
            "--encoding",
            "latin1",
            "--delimiter",
            delimiter,
        ];
        let (code, _, loaded, said) = checked(&files, "parts", &options);
        assert_eq!((code, loaded), (Some(0), 2), "{delimiter}: {said}");
    }
    files
        .check(&["--delimiter", ";", "--quote", ";"])
        .exits(2)
        .says("csv/parts.csv: delimiter and quote are both \";\"");
    files
        .check(&["--delimiter", "123456789"])
        .exits(2)
        .says("has 9 bytes; 1 to 8 are possible");
}

#[test]
fn lines_above_the_header_are_skipped_and_kept_in_the_reject_file() {
    let files = Files::of_schema(
        "CREATE TABLE sales (country CHAR(2) NOT NULL, code VARCHAR(9) NOT NULL PRIMARY KEY, amount DECIMAL(8,2) NOT NULL);",
    );
    let above = "Overview \"2019\n\nof,all\n";
    let rows = "country,code,amount\nSE,q7,3.10\nTotal:,,7.50\n";
    files.put("sales", format!("\u{feff}{above}{rows}"));
    let skip = ["--skip-lines", "3"];
    let (code, read, loaded, said) = checked(&files, "sales", &skip);
    assert_eq!((code, read, loaded), (Some(1), 2, 1), "{said}");
    assert_eq!(files.rejected("sales"), [(6, "too_long".to_owned())]);
    let rejects = files.rejects("sales.csv");
    let expected = format!("{above}country,code,amount\nTotal:,,7.50\n");
    assert_eq!(String::from_utf8(rejects).unwrap(), expected);
    // corrected, the reject file is read with the same options
    files.put("sales", expected.replace("Total:,,", "PT,q9,"));
    let (code, read, loaded, said) = checked(&files, "sales", &skip);
    assert_eq!((code, read, loaded), (Some(0), 1, 1), "{said}");
    files
        .check(&["--skip-lines", "30"])
        .exits(2)
        .says("csv/sales.csv: skip_lines is 30, but the file has fewer lines");
}

#[test]
fn each_file_of_a_table_has_its_own_lines_to_skip_and_comments() {
    let files = Files::of_schema(PARTS);
    let part = |n: u32| format!("title {n}\n# note\nid,label,remark\n{n},a,b\n#\"\n");
    for n in 1..=3 {
        fs::write(files.path(&format!("csv/parts-{n}.csv")), part(n)).unwrap();
    }
    let options = ["--skip-lines", "1", "--comment", "#"];
    let (code, read, loaded, said) = checked(&files, "parts", &options);
    assert_eq!((code, read, loaded), (Some(0), 3, 3), "{said}");
    let comments = "left out 6 comments, first at csv/parts-1.csv:2: # note";
    assert!(said.contains(comments), "{said}");
    fs::write(files.path("csv/parts-3.csv"), part(3) + "x,y,z\n").unwrap();
    checked(&files, "parts", &options);
    let reason = &files.reasons("parts")[0];
    assert_eq!((reason.file.as_str(), reason.line), ("csv/parts-3.csv", 6));
}

#[test]
fn short_and_long_rows_are_accepted_on_demand() {
    let files = Files::of_schema(PARTS);
    files.put("parts", "id,label,remark\n1,a\n2,b,c,,\n3\n4,d,e,,f\n");
    let (code, _, loaded, said) = checked(&files, "parts", &["--short-rows", "pad"]);
    assert_eq!((code, loaded), (Some(1), 2), "{said}");
    assert!(
        said.contains("\n[tables.parts]\nlong_rows = \"ignore-empty\"\n"),
        "{said}"
    );
    let options = ["--short-rows", "pad", "--long-rows", "ignore-empty"];
    let (_, _, loaded, said) = checked(&files, "parts", &options);
    assert_eq!(loaded, 3, "{said}");
    // label is NOT NULL, and an empty text is one
    assert_eq!(files.rejected("parts"), [(5, "field_count".to_owned())]);
}

#[test]
fn each_table_may_have_a_dialect_of_its_own() {
    let schema = "CREATE TABLE users (id INT NOT NULL PRIMARY KEY, zip CHAR(5) NOT NULL);
        CREATE TABLE votes (user_id INT NOT NULL, item INT NOT NULL, stars TINYINT NOT NULL, PRIMARY KEY (user_id, item), FOREIGN KEY (user_id) REFERENCES users (id));";
    let files = Files::of_schema(schema);
    fs::write(files.path("u.user"), "id|zip\n1|85711\n2|94043\n").unwrap();
    fs::write(files.path("u.data"), "1\t10\t3\n2\t11\t5\n").unwrap();
    let maps = ["--map", "users=u.user", "--map", "votes=u.data"];
    let sets = [
        "--set",
        "users.delimiter=|",
        "--set",
        "votes.dialect=mysqldump-tab",
    ];
    files.check(&[&maps[..], &sets].concat()).exits(0);
    assert_eq!(files.reported("votes")["loaded"], 2);
    let expected =
        [files.reported("users"), files.reported("votes")].map(|t| t["checksum"].clone());
    let toml = "delimiter = \"|\"\n[tables.votes]\ndelimiter = \"tab\"\nno-header = true\n";
    fs::write(files.path("reviewseed.toml"), toml).unwrap();
    files.check(&maps).exits(0);
    let again = [files.reported("users"), files.reported("votes")].map(|t| t["checksum"].clone());
    assert_eq!(again, expected);
    fs::write(
        files.path("reviewseed.toml"),
        "[tables.votes]\nquotes = \"'\"\n",
    )
    .unwrap();
    files
        .check(&maps)
        .exits(2)
        .says("reviewseed.toml: tables.votes.quotes: quotes is not a setting of a table");
}

#[test]
fn a_file_of_a_spreadsheet_names_its_delimiter() {
    let files = Files::of_schema(PARTS);
    files.put(
        "parts",
        "\u{feff}sep=;\r\nid;label;remark\r\n1;\"a;b\";c\r\nx;y;z\r\n;;\r\n",
    );
    let (code, read, loaded, said) = checked(&files, "parts", &[]);
    assert_eq!((code, read, loaded), (Some(1), 2, 1), "{said}");
    // so does the reject file
    assert_eq!(
        files.rejects("parts.csv"),
        b"sep=;\r\nid;label;remark\r\nx;y;z\r\n"
    );
    files
        .check(&["--delimiter", "|"])
        .exits(2)
        .says("its first line names the delimiter \";\"");
}

#[test]
fn a_cr_at_the_end_of_lines_is_no_part_of_the_last_field() {
    let files = Files::of_schema(PARTS);
    files.put("parts", "id,label,remark\r\n1,\"a\",b\r\n");
    files
        .check(&["--dialect", "mysql"])
        .exits(2)
        .says("its first line ends with CR LF")
        .says("add --line-end crlf");
    let crlf = ["--dialect", "mysql", "--line-end", "crlf"];
    assert_eq!(checked(&files, "parts", &crlf).2, 1);
}
