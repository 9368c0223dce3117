//! Folders whose keys, references and unusual values are known: the draft finds each of them.

use super::{Folder, lines};
use crate::support::harness::{Scratch, Server, on_both_servers, ran, reviewseed};

/// Customers with ids, and orders that refer to them.
fn shop() -> Vec<(&'static str, String)> {
    vec![
        (
            "customers.csv",
            lines(
                "customer_id,email,name",
                (1..=40).map(|n| format!("{n},u{n}@example.com,N{}", n % 7)),
            ),
        ),
        (
            "orders.csv",
            lines(
                "order_id,customerId,placed_at",
                (1..=90).map(|n| {
                    format!(
                        "{},{},2024-01-{:02} 10:00:00",
                        1000 + n,
                        1 + n % 40,
                        1 + n % 28
                    )
                }),
            ),
        ),
    ]
}

pub(super) fn folder(files: &[(&str, String)]) -> Folder {
    let files: Vec<_> = files
        .iter()
        .map(|(name, text)| (*name, text.as_str()))
        .collect();
    Folder::new(&files)
}

#[test]
fn single_keys_and_a_reference_by_name() {
    let drafted = folder(&shop()).drafted(&[]);
    assert_eq!(
        drafted.column("customers", "customer_id"),
        "INT UNSIGNED NOT NULL AUTO_INCREMENT"
    );
    assert_eq!(drafted.column("orders", "placed_at"), "DATETIME NOT NULL");
    drafted
        .has("PRIMARY KEY (`customer_id`)")
        .has("PRIMARY KEY (`order_id`)")
        .has("FOREIGN KEY (`customerId`) REFERENCES `customers` (`customer_id`)")
        .has("-- UNIQUE KEY `customers_email_unique` (`email`),")
        .lacks("example.com");
    assert_eq!(drafted.settings, "");
}

#[test]
fn a_composite_key_and_references_by_the_name_of_the_key() {
    let ratings = (0..300).map(|n| format!("{},{},{}", 1 + n / 20, 1 + n % 20, 1 + n % 5));
    let files = [
        (
            "movies.csv",
            lines(
                "movieId,title",
                (1..=25).map(|n| format!("{n},\"Film {n}\"")),
            ),
        ),
        (
            "links.csv",
            lines(
                "movieId,imdbId",
                (1..=25).map(|n| format!("{n},{:07}", n * 31)),
            ),
        ),
        ("ratings.csv", lines("userId,movieId,rating", ratings)),
    ];
    let drafted = folder(&files).drafted(&[]);
    assert_eq!(drafted.column("links", "imdbId"), "CHAR(7) NOT NULL");
    drafted
        .has("PRIMARY KEY (`userId`, `movieId`)")
        .has("CONSTRAINT `ratings_movieId_fk` FOREIGN KEY (`movieId`) REFERENCES `movies` (`movieId`)")
        .has("CONSTRAINT `links_movieId_fk` FOREIGN KEY (`movieId`) REFERENCES `movies` (`movieId`)")
        .lacks("`movies_movieId_fk`");
}

#[test]
fn a_foreign_key_of_two_columns() {
    let items = (0..60).map(|n| format!("{},{},{}", 1 + n / 3, 1 + n % 3, n % 9));
    let events = (0..50).map(|n| format!("{},{},{},x", n + 1, 1 + n % 20, 1 + n % 3));
    let files = [
        ("items.csv", lines("order_no,line_no,qty", items)),
        ("item_events.csv", lines("id,order_no,line_no,what", events)),
    ];
    folder(&files)
        .drafted(&[])
        .has("PRIMARY KEY (`order_no`, `line_no`)")
        .has("FOREIGN KEY (`order_no`, `line_no`) REFERENCES `items` (`order_no`, `line_no`)");
}

#[test]
fn a_reference_to_the_same_table() {
    let rows = (1..=30).map(|n| match n {
        1 => "1,Root,".to_owned(),
        n => format!("{n},Node {n},{}", n / 2),
    });
    let staff = (1..=30).map(|n| {
        format!(
            "{n},{}",
            if n == 1 {
                String::new()
            } else {
                (n / 3 + 1).min(n - 1).to_string()
            }
        )
    });
    let files = [
        ("categories.csv", lines("id,name,parent_id", rows)),
        ("employees.csv", lines("id,reports_to", staff)),
    ];
    let drafted = folder(&files).drafted(&[]);
    assert_eq!(
        drafted.column("categories", "parent_id"),
        "INT UNSIGNED NULL"
    );
    drafted
        .has("FOREIGN KEY (`parent_id`) REFERENCES `categories` (`id`)")
        .has("FOREIGN KEY (`reports_to`) REFERENCES `employees` (`id`)");
}

#[test]
fn orphans_are_counted_and_their_foreign_key_is_a_comment() {
    let orders = (1..=50).map(|n| format!("{n},{}", if n % 10 == 0 { 99 } else { n % 20 + 1 }));
    let files = [
        (
            "users.csv",
            lines("id,name", (1..=20).map(|n| format!("{n},N{n}"))),
        ),
        ("orders.csv", lines("id,user_id", orders)),
    ];
    let folder = folder(&files);
    let drafted = folder.drafted(&[]);
    drafted
        .has("  -- 5 of 50 rows have a value that the parent does not have")
        .has("  -- CONSTRAINT `orders_user_id_fk` FOREIGN KEY (`user_id`) REFERENCES `users` (`id`),");
    assert!(
        drafted
            .said
            .contains("orders: 5 rows without a parent in user_id → users.id")
    );
    // without the dashes, the rows are listed
    let schema = drafted.schema.replace("-- CONSTRAINT", "CONSTRAINT");
    std::fs::write(folder.path().join("schema.sql"), schema).unwrap();
    let check = folder.run(&[
        "check",
        "in",
        "--schema",
        "schema.sql",
        "--max-rejects",
        "100%",
    ]);
    check.exits(1);
    let reasons =
        std::fs::read_to_string(folder.path().join("rejects/orders.reasons.csv")).unwrap();
    assert_eq!(reasons.matches("missing_parent").count(), 5, "{reasons}");
}

#[test]
fn numbers_that_are_contained_by_chance_are_no_references() {
    let ages = (1..=80).map(|n| format!("{n},{},{}", 20 + n % 40, n % 5 + 1));
    let files = [
        ("people.csv", lines("id,age,stars", ages)),
        (
            "cities.csv",
            lines("id,name", (1..=100).map(|n| format!("{n},C{n}"))),
        ),
    ];
    folder(&files).drafted(&[]).lacks("FOREIGN KEY");
}

#[test]
fn texts_that_are_hardly_contained_by_chance_are_references_without_a_name() {
    let code = |n: i32| format!("SKU-{:05}-X", n * 7919 % 99_991);
    let files = [
        (
            "goods.csv",
            lines(
                "sku,label",
                (1..=60).map(|n| format!("{},L{}", code(n), n % 9)),
            ),
        ),
        (
            "stock.csv",
            lines(
                "id,thing",
                (1..=90).map(|n| format!("{n},{}", code(n % 50 + 1))),
            ),
        ),
    ];
    folder(&files)
        .drafted(&[])
        .has("PRIMARY KEY (`sku`)")
        .has("FOREIGN KEY (`thing`) REFERENCES `goods` (`sku`)");
}

#[test]
fn dates_with_two_readings_are_texts_and_others_have_an_order() {
    let rows = (1..=12).map(|n| {
        format!(
            "{n},{n:02}/{n:02}/2023,{}/{n}/2023,{n}/{}/2023",
            12 + n,
            13 + n
        )
    });
    let drafted = folder(&[("t.csv", lines("id,both,by_day,by_month", rows))]).drafted(&[]);
    assert_eq!(drafted.column("t", "both"), "VARCHAR(64) NOT NULL");
    assert_eq!(drafted.column("t", "by_day"), "DATE NOT NULL");
    assert_eq!(drafted.column("t", "by_month"), "DATE NOT NULL");
    drafted.has("-- ambiguous, so it is a text: dates such as 03/04 may be 3 April");
    assert!(drafted.said.contains("t.both is ambiguous"));
    assert_eq!(
        drafted.settings,
        "[tables.t.columns.by_day]\ndate_order = \"dmy\"\n\n[tables.t.columns.by_month]\ndate_order = \"mdy\"\n"
    );
}

#[test]
fn mixed_words_for_null_are_settings_of_typed_columns_alone() {
    let rows = [
        "1,5,a,2024-01-01",
        "2,NA,NA,-",
        "3,-,b,0000-00-00",
        "4,,null,2024-02-01",
    ];
    let rows = rows.map(str::to_owned);
    let drafted = folder(&[("t.csv", lines("id,n,word,day", rows))]).drafted(&[]);
    assert_eq!(drafted.column("t", "n"), "TINYINT UNSIGNED NULL");
    assert_eq!(drafted.column("t", "word"), "VARCHAR(64) NOT NULL");
    assert_eq!(drafted.column("t", "day"), "DATE NULL");
    drafted.has("-- \"NA\" (1) is a text in this column");
    assert!(
        drafted
            .settings
            .contains("[tables.t.columns.n]\nnull = [\"-\", \"NA\"]\n")
    );
    assert!(
        drafted
            .settings
            .contains("[tables.t.columns.day]\nnull = [\"-\", \"0000-00-00\"]\n")
    );
    assert!(!drafted.settings.contains("word"));
}

#[test]
fn uuids_are_texts_or_bytes() {
    let uuid = |n: u32| format!("{n:08x}-0000-4000-8000-00000000{:04x}", n % 9);
    let files = [
        (
            "users.csv",
            lines("id,name", (1..=20).map(|n| format!("{},N{n}", uuid(n)))),
        ),
        (
            "logins.csv",
            lines(
                "id,user_id",
                (1..=40).map(|n| format!("{n},{}", uuid(n % 20 + 1))),
            ),
        ),
    ];
    let key = "FOREIGN KEY (`user_id`) REFERENCES `users` (`id`)";
    let files = folder(&files);
    let drafted = files.drafted(&[]);
    assert!(drafted.column("users", "id").starts_with("CHAR(36)"));
    drafted.has(key);
    let drafted = files.drafted(&["--uuid-binary", "--force"]);
    assert_eq!(drafted.column("users", "id"), "BINARY(16) NOT NULL");
    drafted.has(key);
    assert!(
        drafted
            .settings
            .contains("[tables.logins.columns.user_id]\ndecode = \"uuid\"\n")
    );
}

#[test]
fn json_is_a_type_where_all_values_parse() {
    let csv = ["1,\"{\"\"a\"\": [1]}\",{", "2,[],{}"].map(str::to_owned);
    let jsonl =
        "{\"id\": 1, \"tags\": [\"a\"], \"at\": {\"x\": 1.5}}\n{\"id\": 2, \"tags\": \"none\"}\n";
    let array = "[{\"id\": 1, \"day\": \"2024-01-31\"},\n {\"id\": 2, \"day\": null}]";
    let files = [
        ("t.csv", lines("id,doc,half", csv)),
        ("u.jsonl", jsonl.to_owned()),
        ("v.json", array.to_owned()),
        ("settings.json", "{\n \"a\": {}\n}\n".to_owned()),
    ];
    let drafted = folder(&files).drafted(&[]);
    assert_eq!(drafted.column("t", "doc"), "JSON NOT NULL");
    assert_eq!(drafted.column("t", "half"), "VARCHAR(64) NOT NULL");
    assert_eq!(drafted.column("u", "tags"), "JSON NOT NULL");
    assert_eq!(drafted.column("u", "at"), "JSON NULL");
    assert_eq!(drafted.column("v", "day"), "DATE NULL");
    drafted.lacks("settings");
}

#[test]
fn names_that_only_late_json_records_have_are_columns() {
    let mut text: String = (0..1500)
        .map(|n| format!("{{\"id\": {n}, \"a\": \"x\"}}\n"))
        .collect();
    text.push_str("{\"id\": 1500, \"late\": 2.5}\n");
    let drafted = folder(&[("t.jsonl", text)]).drafted(&[]);
    assert_eq!(drafted.column("t", "late"), "DECIMAL(2,1) NULL");
}

#[test]
fn dialects_encodings_and_odd_headers_are_settings() {
    let files = Folder::new(&[
        ("a.csv", "id;price;\n1;1,5;\n2;2,25;\n"),
        ("b.csv", "id,said\n1,\"a \\\"b\\\" c\"\n2,\"x\"\n3,y\n"),
        ("c.csv", "1,red\n2,blue\n3,red\n"),
        ("d-e.csv", "id,cost $,,id\n1,2,3,4\n2,3,4,5\n"),
        ("f.csv", "Report\n\nid,x y\n1,2\n2,3\n4,5\n"),
        ("g-1.csv", "id,n\n1,2\n"),
        ("g-2.csv", "id,n\n2,2\n"),
        ("empty.csv", ""),
    ]);
    let latin = b"id,stra\xdfe\n1,Gr\xfc\xdfe aus K\xf6ln\n2,Sch\xf6nes M\xe4dchen\n";
    std::fs::write(files.path().join("in/h.csv"), latin).unwrap();
    let drafted = files.drafted(&[]);
    for setting in [
        "[tables.a]\ndelimiter = \";\"\n",
        "[tables.a.columns.price]\ndecimal = \",\"\n",
        "[tables.b]\nescape = \"\\\\\"\n",
        "[tables.c]\nno_header = true\nfields = [\"c1\", \"c2\"]\n",
        "[tables.d_e]\nfields = [\"id\", \"cost_$\", \"c3\", \"id_2\"]\nfiles = [\"d-e.csv\"]\n",
        "[tables.f]\nskip_lines = 2\n",
        "[tables.h]\nencoding = \"windows-1252\"\n",
    ] {
        assert!(
            drafted.settings.contains(setting),
            "{setting}\n{}",
            drafted.settings
        );
    }
    drafted.has("g-1.csv … in/g-2.csv: 2 rows");
    assert!(
        drafted
            .said
            .contains("warning: not read: in/empty.csv is empty"),
        "{}",
        drafted.said
    );
}

#[test]
fn rows_without_a_key_get_one() {
    let rows = (0..40).map(|n| format!("{},{}", n % 3, n % 2));
    let drafted = folder(&[("t.csv", lines("id,x", rows))]).drafted(&[]);
    drafted
        .has("`row_id` BIGINT UNSIGNED NOT NULL AUTO_INCREMENT, -- generated")
        .has("PRIMARY KEY (`row_id`)");
    assert!(drafted.said.contains("(generated)"));
}

#[test]
fn few_texts_are_an_enum_on_demand() {
    let rows = (0..40).map(|n| format!("{n},{}", ["red", "green", "blue"][n % 3]));
    let files = folder(&[("t.csv", lines("id,color", rows))]);
    let drafted = files.drafted(&[]);
    assert_eq!(drafted.column("t", "color"), "VARCHAR(64) NOT NULL");
    drafted.has("most are red (14), blue (13), green (13)");
    let drafted = files.drafted(&["--enums", "--force"]);
    assert_eq!(
        drafted.column("t", "color"),
        "ENUM('red', 'green', 'blue') NOT NULL"
    );
}

on_both_servers! {
    long
    /// Planted folders load completely, and a full verification agrees.
    fn a_drafted_schema_loads(server: Server) {
        let uuid = |n: u32| format!("{n:08x}-0000-4000-8000-00000000{:04x}", n % 9);
        let mut files = shop();
        files.push(("visits.csv", lines("uid,customer_id,at,doc,price,seen", (1..=50).map(|n| {
            format!("{},{},{n:02}.06.2023 1:05 PM,\"{{\"\"n\"\": {n}}}\",\"{}.{:03},5\",{}",
                uuid(n), 1 + n % 40, n, n * 7 % 1000, if n % 2 == 0 { "yes" } else { "no" })
        }).take(28))));
        files.push(("tree.csv", lines("id,parent_id", (1..=20).map(|n| {
            format!("{n},{}", if n == 1 { String::new() } else { (n / 2).to_string() })
        }))));
        files.push(("words.csv", lines("word,n", ["a", "A", "é", "e"].map(|w| format!("{w},NA")))));
        files.push(("log.jsonl", "{\"n\": 1, \"x\": [1]}\n{\"n\": 1}\n".to_owned()));
        let folder = folder(&files);
        let scratch = Scratch::new(server);
        let url = ["--database-url", scratch.url()];
        let seed = ["seed", "in", "--draft", "--verify", "full"];
        ran(reviewseed(folder.path()).args(seed).args(url))
            .exits(0)
            .says("draft: wrote drafted.sql and drafted.toml");
        let rows = |table: &str| scratch.value(&format!("SELECT COUNT(*) FROM {table}"));
        assert_eq!(rows("visits"), "28");
        assert_eq!(rows("words"), "4");
        assert_eq!(rows("log"), "2");
        assert_eq!(rows("visits WHERE price = 1007.5"), "1");
        // the same command again finds the same schema, and nothing to do
        ran(reviewseed(folder.path()).args(seed).args(url))
            .exits(0)
            .says("nothing to do");
    }
}
