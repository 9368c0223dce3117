//! Files that have one fault each: `check` names the fault first, and the file loads with the
//! settings that it suggests.

use std::fs;

use crate::support::data::Files;
use crate::support::harness::{Scratch, Server, on_both_servers};

const TABLE: &str = "CREATE TABLE sales (id INT NOT NULL PRIMARY KEY, label VARCHAR(30) NOT NULL, \
    price DECIMAL(9,2), sold DATE, paid BOOLEAN, stock INT);";

/// A file with a reason to be rejected, and what must be said.
struct Broken {
    name: &'static str,
    bytes: Vec<u8>,
    /// A part of the line that names the cause, which is the first one.
    cause: &'static str,
    /// The lines that are suggested for `reviewseed.toml`.
    toml: &'static str,
    /// The value of this column in the first row, when the settings are written.
    loaded: u64,
}

fn of(rows: &[&str]) -> Vec<u8> {
    let lines: String = rows.iter().map(|row| format!("{row}\n")).collect();
    format!("id,label,price,sold,paid,stock\n{lines}").into_bytes()
}

fn broken(
    name: &'static str,
    bytes: Vec<u8>,
    cause: &'static str,
    toml: &'static str,
    loaded: u64,
) -> Broken {
    Broken {
        name,
        bytes,
        cause,
        toml,
        loaded,
    }
}

fn files_with_values_in_other_forms() -> Vec<Broken> {
    vec![
        broken(
            "the day precedes the month",
            of(&["1,a,1.50,31/12/2023,true,1", "2,b,1.50,04/03/2023,true,2"]),
            "sales.sold: all 2 rejected records: ",
            "[tables.sales.columns.sold]\ndate_order = \"dmy\"\n",
            2,
        ),
        broken(
            "decimal commas",
            of(&[
                "1,a,\"1.234,50\",2023-12-31,true,1",
                "2,b,\"7,25\",2023-12-31,false,2",
            ]),
            "sales.price: all 2 rejected records: ",
            "[tables.sales.columns.price]\n",
            2,
        ),
        broken(
            "a currency and thousands",
            of(&[
                "1,a,\"$1,234.50\",2023-12-31,true,1",
                "2,b,$7.25,2023-12-31,false,2",
            ]),
            "sales.price: all 2 rejected records: ",
            "[tables.sales.columns.price]\n",
            2,
        ),
        broken(
            "words for no value",
            of(&[
                "1,a,1.50,2023-12-31,true,NA",
                "2,b,1.50,2023-12-31,true,NA",
                "3,c,1,,,4",
            ]),
            "sales.stock: all 2 rejected records: ",
            "[tables.sales.columns.stock]\nnull = \"NA\"\n",
            3,
        ),
        broken(
            "words for true and false that need a setting",
            of(&["1,a,1.50,2023-12-31,oui,1", "2,b,1.50,2023-12-31,non,2"]),
            "sales.paid: all 2 rejected records: ",
            "",
            0,
        ),
    ]
}

fn files_in_other_dialects() -> Vec<Broken> {
    vec![
        broken(
            "backslashes escape quotes",
            of(&["1,\"a \\\"b\\\", c\",1.50,,,1", "2,\"\\\"\",2,,,2", "3,c,1,,,4"]),
            "sales: all 2 rejected records: backslashes are escapes",
            "[tables.sales]\nescape = \"\\\\\"\n",
            3,
        ),
        broken(
            "single quotes enclose fields",
            of(&["1,'a, b',1.50,,,1", "2,'b, it''s',2,,,2", "3,c,1,,,4"]),
            "sales: all 2 rejected records: fields are in single quotes",
            "[tables.sales]\nquote = \"'\"\n",
            3,
        ),
        broken(
            "comments",
            of(&["# from the shop", "1,a,1.50,,,1", "# the end"]),
            "sales: all 2 rejected records: lines that begin with # are comments",
            "[tables.sales]\ncomment = \"#\"\n",
            1,
        ),
        broken(
            "a delimiter at the end of each record",
            of(&["1,a,1.50,2023-12-31,true,1,", "2,b,1.50,2023-12-31,true,2,"]),
            "sales: all 2 rejected records: records have more delimiters at their end",
            "[tables.sales]\nlong_rows = \"ignore-empty\"\n",
            2,
        ),
        broken(
            "records leave out empty fields at their end",
            of(&["1,a,1.50", "2,b", "3,c,1,2023-12-31,true,4"]),
            "sales: all 2 rejected records: records leave out empty fields at their end",
            "[tables.sales]\nshort_rows = \"pad\"\n",
            3,
        ),
        broken(
            "blanks after delimiters",
            of(&["1, \"a, b\", 1.50, 2023-12-31, true, 1", "2, \"b, c\", 7, , , 2"]),
            "sales: all 2 rejected records: there are blanks",
            "[tables.sales]\ntrim = true\n",
            2,
        ),
        broken(
            "Windows-1252",
            b"id,label,price,sold,paid,stock\n1,caf\xe9 cr\xe8me,1.50,,,1\n2,d\xe9j\xe0 vu,2,,,2\n3,c,1,,,4\n".to_vec(),
            "sales: all 2 rejected records: the file is probably in windows-1252",
            "[tables.sales]\nencoding = \"windows-1252\"\n",
            3,
        ),
        broken(
            "CR in texts",
            of(&["1,a\rb,1.50,2023-12-31,true,1", "2,c\rd,1.50,2023-12-31,true,2"]),
            "lines end with LF, and CR is text",
            "[tables.sales]\nline_end = \"lf\"\n",
            2,
        ),
    ]
}

#[test]
fn the_first_cause_is_the_right_one_and_its_settings_load_the_file() {
    let cases = files_with_values_in_other_forms();
    for case in cases.into_iter().chain(files_in_other_dialects()) {
        let name = case.name;
        let files = Files::of_schema(TABLE);
        files.put("sales", &case.bytes);
        let config = files.path("reviewseed.toml");
        fs::write(&config, "# settings\n").unwrap();
        let config_option = config.to_str().unwrap();
        let options = [
            "--config",
            config_option,
            "--max-rejects",
            "100%",
            "--write-config",
        ];
        let ran = files.check(&options).exits(1);
        let said = &ran.stderr;
        let causes = said.lines().filter(|line| line.contains("rejected record"));
        let first = causes.clone().find(|line| line.starts_with("sales"));
        assert!(
            first.is_some_and(|line| line.contains(case.cause)),
            "{name}: {said}"
        );
        assert!(said.contains(case.toml), "{name}: {said}");
        if case.loaded == 0 {
            continue;
        }
        // the settings that are written read everything
        let again = files.check(&["--config", config_option]);
        assert_eq!(again.code, Some(0), "{name}: {said}\n{}", again.stderr);
        assert_eq!(files.reported("sales")["loaded"], case.loaded, "{name}");
        assert!(
            fs::read_to_string(&config)
                .unwrap()
                .starts_with("# settings\n")
        );
    }
}

on_both_servers! {
    /// A run that ends at the limit of rejected records says why they were rejected.
    fn a_seed_that_stops_names_the_cause_and_the_settings(server: Server) {
        let (files, scratch) = (Files::of_schema(TABLE), Scratch::new(server));
        files.put("sales", of(&["1,a,1.50,31/12/2023,true,1", "2,b,1.50,12/13/2023,true,2", "3,c,1,,,3"]));
        files.seed(&scratch, &[]).exits(1)
            .says("sales.sold: all 2 rejected records: dates with the day first and dates with the month first, in one column")
            .says("\"31/12/2023\" (csv/sales.csv:2)");
        files.put("sales", of(&["1,a,1.50,31/12/2023,true,1", "2,b,1.50,30/12/2023,true,2", "3,c,1,,,3"]));
        files.seed(&scratch, &["--replace"]).exits(1)
            .says("\n[tables.sales.columns.sold]\ndate_order = \"dmy\"\n");
        files.seed(&scratch, &["--replace", "--set", "sales.sold.date_order=dmy"]).exits(0);
        assert_eq!(scratch.value("SELECT MAX(sold) FROM sales"), "2023-12-31");
    }
}

#[test]
fn values_of_json_records_are_diagnosed_in_all_columns() {
    let files = Files::of_schema(
        "CREATE TABLE t (id INT NOT NULL PRIMARY KEY, kind ENUM('a','b'), price DECIMAL(9,2), sold DATE);",
    );
    let records = [1, 2, 3].map(|id| {
        format!("{{\"id\":{id},\"kind\":\"a\",\"price\":\"1,5\",\"sold\":\"31/12/202{id}\"}}\n")
    });
    fs::write(files.path("csv/t.jsonl"), records.concat()).unwrap();
    let ran = files
        .check(&["--max-rejects", "100%"])
        .exits(1)
        .says("t.price: all 3 rejected records: numbers with a decimal comma, such as \"1,5\"")
        .says("t.sold: all 3 rejected records: dates with the day first");
    assert!(!ran.stderr.contains("t.kind"), "{}", ran.stderr);
}

#[test]
fn an_object_in_place_of_a_value_is_no_word_for_no_value() {
    let files = Files::of_schema("CREATE TABLE t (id INT NOT NULL PRIMARY KEY, n INT, sold DATE);");
    let records = [1, 2, 3].map(|id| {
        format!("{{\"id\":{id},\"n\":{{\"$numberLong\":\"5\"}},\"sold\":\"31/12/2023\"}}\n")
    });
    fs::write(files.path("csv/t.jsonl"), records.concat()).unwrap();
    let ran = files
        .check(&["--max-rejects", "100%"])
        .exits(1)
        .says("t: rejected nested_value 3")
        .says("t.sold: all 3 rejected records: dates with the day first")
        .says("t.n: all 3 rejected records: objects in which MongoDB writes one value")
        .says("from = \"$.n.$numberLong\"");
    assert!(!ran.stderr.contains("t.n: no value"), "{}", ran.stderr);
    let path = "t.n.from=$.n.$numberLong";
    files
        .check(&["--set", path, "--date-order", "dmy"])
        .exits(0);
}

#[test]
fn elements_are_counted_once_and_their_accepted_values_are_kept() {
    let files = Files::of_schema("CREATE TABLE t (id INT NOT NULL, sold DATE);");
    let element = |day: &str| format!("{{\"sold\":\"{day}\"}}");
    let dates = ["31/12/2023", "30/12/2023", "2023-12-29"]
        .map(element)
        .join(",");
    let records = [1, 2].map(|id| format!("{{\"id\":{id},\"all\":[{dates}]}}\n"));
    fs::write(files.path("csv/t.jsonl"), records.concat()).unwrap();
    let each = ["--set", "t.each=$.all", "--set", "t.id.from=$.id"];
    files
        .check(&[&each[..], &["--max-rejects", "100%"]].concat())
        .exits(1)
        .says("t.sold: all 4 rejected records: dates with the day first")
        .says("date_order = \"dmy\"");
    // a format must read the accepted dates too
    let other = ["31122023", "2023-12-29"].map(element).join(",");
    let record = format!("{{\"id\":1,\"all\":[{other}]}}\n");
    fs::write(files.path("csv/t.jsonl"), record).unwrap();
    files
        .check(&[&each[..], &["--max-rejects", "100%"]].concat())
        .exits(1)
        .says("date_format = [\"%d%m%Y\", \"%F\"]");
}

#[test]
fn a_null_mark_alone_is_no_sign_of_a_dialect_with_escapes() {
    let files =
        Files::of_schema("CREATE TABLE t (id INT NOT NULL PRIMARY KEY, name VARCHAR(30), n INT);");
    let rows = "id\tname\tn\n1\t\"Rome\" in Rome\t\\N\n2\tC:\\temp\t5\n3\t\"quoted\"\t\\N\n";
    fs::write(files.path("csv/t.tsv"), rows).unwrap();
    let ran = files
        .check(&["--max-rejects", "100%"])
        .exits(1)
        .says("t: 1 rejected record: quotes are text, and nothing encloses fields");
    assert!(!ran.stderr.contains("postgres"), "{}", ran.stderr);
}

#[test]
fn signs_that_two_encodings_have_leave_the_choice_to_the_user() {
    let files = Files::of_schema("CREATE TABLE t (id INT NOT NULL PRIMARY KEY, name VARCHAR(30));");
    files.put("t", b"id,name\n1,\"tea \xa30\"\n2,\"tea \xa31\"\n");
    files
        .check(&["--max-rejects", "100%"])
        .exits(1)
        .says("its encoding is not clear: ")
        .says("# encoding = \"windows-1252\"\n");
}

#[test]
fn each_file_is_told_its_own_settings() {
    let files = Files::of_schema(
        "CREATE TABLE users (id INT NOT NULL PRIMARY KEY, zip CHAR(5) NOT NULL);
         CREATE TABLE ratings (user_id INT NOT NULL, item INT NOT NULL, stars INT NOT NULL);",
    );
    files.put("users", "id|zip\n1|85711\n");
    files.put("ratings", "1\t10\t3\n");
    let ran = files.check(&[]).exits(2);
    let options = ["ratings.no_header=true", "ratings.delimiter=tab"];
    assert!(
        ran.stderr
            .contains("--set ratings.no_header=true --set ratings.delimiter=tab"),
        "{}",
        ran.stderr
    );
    let all = options.map(|option| ["--set", option]).concat();
    // the header of users shows what separates its fields
    files
        .check(&all)
        .exits(0)
        .says("users: the names in the header are separated by \"|\"");
}

#[test]
fn a_member_of_an_object_that_may_be_meant_for_an_empty_column_is_named_with_its_place() {
    let files = Files::of_schema(
        "CREATE TABLE t (id INT NOT NULL PRIMARY KEY, n INT, user_id INT, city VARCHAR(20));",
    );
    let record = "{\"id\":1,\"n\":2,\"user\":{\"id\":7,\"x\":1},\"place\":{\"city\":\"Rome\"}}\n";
    fs::write(files.path("csv/t.jsonl"), record).unwrap();
    let ran = files
        .check(&[])
        .exits(0)
        .says("user (its \"id\" may be column \"user_id\": add --set 't.user_id.from=$.user.id')")
        .says("place (its \"city\" may be column \"city\": add --set 't.city.from=$.place.city')");
    assert!(!ran.stderr.contains("--rename user"), "{}", ran.stderr);
    let places = [
        "--set",
        "t.user_id.from=$.user.id",
        "--set",
        "t.city.from=$.place.city",
    ];
    let ran = files.check(&places).exits(0);
    assert!(!ran.stderr.contains("left out"), "{}", ran.stderr);
}

#[test]
fn a_word_that_an_enum_lacks_is_not_read_as_no_value() {
    let files =
        Files::of_schema("CREATE TABLE t (id INT NOT NULL PRIMARY KEY, s ENUM('a','b'), n INT);");
    let rows: String = (1..=30)
        .map(|n| format!("{n},{},{}\n", ["a", "new"][n % 2], ["5", "leer"][n % 2]))
        .collect();
    fs::write(files.path("csv/t.csv"), format!("id,s,n\n{rows}")).unwrap();
    let ran = files.check(&["--max-rejects", "100%"]).exits(1);
    assert!(!ran.stderr.contains("null = \"new\""), "{}", ran.stderr);
    let rows: String = (1..=30)
        .map(|n| format!("{n},a,{}\n", ["5", "leer"][n % 2]))
        .collect();
    fs::write(files.path("csv/t.csv"), format!("id,s,n\n{rows}")).unwrap();
    files
        .check(&["--max-rejects", "100%"])
        .exits(1)
        .says("# only you know whether this is right: the word may be a value")
        .says("# null = \"leer\"");
}
