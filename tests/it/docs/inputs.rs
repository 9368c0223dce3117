//! The table "My file looks like this" of docs/inputs.md. For each row of the table there are small
//! files of that kind. They are read with the options of the row, and not without them.

use std::fs;

use crate::support::data::Files;

const DOC: &str = include_str!("../../../docs/inputs.md");

/// A row of the table.
struct Row {
    /// A part of its first cell.
    left: &'static str,
    /// The columns of the table `t`.
    columns: &'static str,
    /// The files that the first cell shows, each with options that the second cell names.
    files: &'static [(&'static str, &'static [&'static str])],
}

const TEXTS: &str = "id INT PRIMARY KEY, name VARCHAR(30) NOT NULL, c VARCHAR(30)";

const DIALECTS: [Row; 14] = [
    Row {
        left: "`a;b;c`",
        columns: TEXTS,
        files: &[
            ("id;name;c\n1;b;c\n", &[]),
            ("id|name|c\n1|b|c\n", &[]),
            ("1;b;c\n", &["--no-header", "--delimiter", ";"]),
            ("1|b|c\n", &["--no-header", "--delimiter", "|"]),
            ("1::b::c\n", &["--no-header", "--delimiter", "::"]),
        ],
    },
    Row {
        left: "`'a, b','c'`",
        columns: TEXTS,
        files: &[("id,name,c\n1,'a, b','c'\n", &["--quote", "'"])],
    },
    Row {
        left: "`\"Rome\" in Rome`",
        columns: TEXTS,
        files: &[("id,name,c\n1,\"Rome\" in Rome,x\n", &["--quote", "none"])],
    },
    Row {
        left: "`\"say \\\"hi\\\"\"`",
        columns: TEXTS,
        files: &[
            (
                "id,name,c\n1,\"say \\\"hi\\\"\",x\n",
                &["--dialect", "mysql"],
            ),
            (
                "id,name,c\n1,\"say \\\"hi\\\"\",x\n",
                &["--dialect", "spark"],
            ),
            ("id,name,c\n1,\"say \\\"hi\\\"\",x\n", &["--escape", "\\"]),
        ],
    },
    Row {
        left: "tabs between fields, `\\N`, `two\\nlines`",
        columns: TEXTS,
        files: &[
            ("1\ttwo\\nlines\t\\N\n", &["--dialect", "mysqldump-tab"]),
            ("1\ttwo\\nlines\t\\N\n", &["--dialect", "postgres-text"]),
        ],
    },
    Row {
        left: "a title or other lines above the header",
        columns: TEXTS,
        files: &[(
            "Export\nof today\nid,name,c\n1,b,c\n",
            &["--skip-lines", "2"],
        )],
    },
    Row {
        left: "lines that begin with `#`",
        columns: TEXTS,
        files: &[("# x\nid,name,c\n1,b,c\n# y\n", &["--comment", "#"])],
    },
    Row {
        left: "`sep=;` in the first line",
        columns: TEXTS,
        files: &[("sep=;\nid;name;c\n1;b;c\n", &[])],
    },
    Row {
        left: "no header",
        columns: TEXTS,
        files: &[
            ("1,b,c\n", &["--no-header"]),
            ("1,x,b\n", &["--no-header", "--set", "t.fields=id,-,name"]),
        ],
    },
    Row {
        left: "although the header has two names",
        columns: TEXTS,
        files: &[("id,name\n1,a,\n", &["--long-rows", "ignore-empty"])],
    },
    Row {
        left: "although the header has four names",
        columns: "id INT PRIMARY KEY, name VARCHAR(9), c VARCHAR(9), d INT",
        files: &[("id,name,c,d\n1,a\n", &["--short-rows", "pad"])],
    },
    Row {
        left: "`1, \"a\", 2`",
        columns: "id INT PRIMARY KEY, name VARCHAR(9), c INT",
        files: &[("id,name,c\n1, \"a, b\", 2\n", &["--trim"])],
    },
    Row {
        left: "line ends within unquoted fields",
        columns: TEXTS,
        files: &[
            ("id,name,c\r\n1,a\nb,c\r\n", &["--line-end", "crlf"]),
            ("id,name,c\n1,a\rb,c\n", &["--line-end", "lf"]),
        ],
    },
    Row {
        left: "another encoding than UTF-8",
        columns: TEXTS,
        files: &[(
            "id,name,c\n1,caf\u{e9},c\n",
            &["--encoding", "windows-1252"],
        )],
    },
];

const VALUES: [Row; 14] = [
    Row {
        left: "`NA`, `n/a`, `-` for no value",
        columns: "id INT PRIMARY KEY, name VARCHAR(9), c INT",
        files: &[
            ("id,c\n1,NA\n", &["--null", "NA"]),
            ("id,name,c\n1,\\N,NULL\n2,,\n", &[]),
        ],
    },
    Row {
        left: "`2023/12/31`, `20231231`",
        columns: "id INT PRIMARY KEY, c DATETIME NOT NULL",
        files: &[(
            "id,c\n1,2023/12/31\n2,20231231\n3,2023-12-31T23:59:59Z\n4,31 Dec 2023\n",
            &[],
        )],
    },
    Row {
        left: "`31/12/2023`, `12/31/2023`",
        columns: "id INT PRIMARY KEY, c DATE NOT NULL",
        files: &[
            ("id,c\n1,31/12/2023\n", &["--date-order", "dmy"]),
            ("id,c\n1,12/31/2023\n", &["--date-order", "mdy"]),
        ],
    },
    Row {
        left: "`Sun, 31 Dec 2023 at 23h59`",
        columns: "id INT PRIMARY KEY, c DATETIME NOT NULL",
        files: &[(
            "id,c\n1,\"Sun, 31 Dec 2023 at 23h59\"\n",
            &["--date-format", "%a, %d %b %Y at %Hh%M"],
        )],
    },
    Row {
        left: "`1.234,56`, `$1,299.00`",
        columns: "id INT PRIMARY KEY, c DECIMAL(9,2) NOT NULL",
        files: &[
            (
                "id,c\n1,\"1.234,56\"\n",
                &["--decimal", ",", "--thousands", "."],
            ),
            (
                "id,c\n1,\"$1,299.00\"\n",
                &["--strip", "$", "--thousands", ","],
            ),
        ],
    },
    Row {
        left: "`5,10-`",
        columns: "id INT PRIMARY KEY, c DECIMAL(9,2) NOT NULL",
        files: &[(
            "id,c\n1,\"5,10-\"\n2,\"\u{2212}5,10\"\n",
            &["--decimal", ","],
        )],
    },
    Row {
        left: "`45%` that means 0.45",
        columns: "id INT PRIMARY KEY, c DECIMAL(3,2) NOT NULL",
        files: &[(
            "id,c\n1,45%\n",
            &["--set", "t.c.strip=%", "--set", "t.c.scale=0.01"],
        )],
    },
    Row {
        left: "`60.0`, `1e5` in an integer column",
        columns: "id INT PRIMARY KEY, c INT NOT NULL",
        files: &[("id,c\n1,60.0\n2,1e5\n", &[])],
    },
    Row {
        left: "`oui`, `non`",
        columns: "id INT PRIMARY KEY, c BOOLEAN NOT NULL",
        files: &[(
            "id,c\n1,oui\n2,non\n",
            &["--true-values", "oui", "--false-values", "non"],
        )],
    },
    Row {
        left: "numbers other than 0 and 1",
        columns: "id INT PRIMARY KEY, c TINYINT(1) NOT NULL",
        files: &[("id,c\n1,0\n2,5\n", &["--small-integers"])],
    },
    Row {
        left: "the header `Review Date`",
        columns: "id INT PRIMARY KEY, review_date DATE NOT NULL",
        files: &[("id,Review Date\n1,2023-12-31\n", &[])],
    },
    Row {
        left: "the header `REVIEW_ID`",
        columns: "id INT PRIMARY KEY, c INT",
        files: &[("REVIEW_ID,c\n1,2\n", &["--rename", "REVIEW_ID=id"])],
    },
    Row {
        left: "the file `title.basics.tsv`",
        columns: "id INT PRIMARY KEY, c INT",
        files: &[("id\tc\n1\t2\n", &["--map", "t=csv/title.basics.tsv"])],
    },
    Row {
        left: "with one value in all rows",
        columns: "id INT PRIMARY KEY, source VARCHAR(9) NOT NULL",
        files: &[("id\n1\n", &["--set", "t.source.value=kaggle"])],
    },
];

/// The rows of the page: the two cells.
fn rows_of_page() -> Vec<(&'static str, &'static str)> {
    let section = DOC.split("## My file looks like this").nth(1).unwrap();
    let section = section.split("\n## ").next().unwrap();
    let lines = section.lines().filter(|line| line.starts_with("| "));
    let cells = lines.skip(1).map(|line| {
        let line = line.trim_start_matches("| ").trim_end_matches(" |");
        line.rsplit_once(" | ").unwrap()
    });
    cells.collect()
}

/// Whether the second cell names an option or its value.
fn is_named(cell: &str, option: &str) -> bool {
    let example = match option.split_once('=') {
        Some(("t", _)) => "DIR/title.basics.tsv",
        _ => option,
    };
    let in_table = example.replace('|', "\\|");
    cell.contains(&in_table)
}

#[test]
fn each_row_of_my_file_looks_like_this_is_true() {
    let page = rows_of_page();
    let rows = DIALECTS.iter().chain(&VALUES);
    assert_eq!(page.len(), rows.clone().count(), "{page:#?}");
    for ((left, right), row) in page.iter().zip(rows) {
        assert!(left.contains(row.left), "{left}\n{}", row.left);
        for (content, options) in row.files {
            for option in *options {
                assert!(is_named(right, option), "{right}: {option}");
            }
            assert!(!options.is_empty() || right.contains("nothing"), "{right}");
            is_read(row, content, options);
        }
    }
}

fn is_read(row: &Row, content: &str, options: &[&str]) {
    let files = Files::of_schema(&format!("CREATE TABLE t ({});", row.columns));
    let bytes = match options {
        ["--encoding", _] => content.chars().map(|c| c as u8).collect(),
        _ => content.as_bytes().to_vec(),
    };
    let name = match options {
        ["--map", _] => "title.basics.tsv",
        _ => "t.csv",
    };
    fs::write(files.path("csv").join(name), bytes).unwrap();
    let read = files.check(options);
    assert_eq!(read.code, Some(0), "{content} {options:?}: {}", read.stderr);
    assert_ne!(files.reported("t")["loaded"], 0, "{content} {options:?}");
    if !options.is_empty() {
        let plain = files.check(&[]);
        assert_ne!(plain.code, Some(0), "{content} is read without {options:?}");
    }
}
