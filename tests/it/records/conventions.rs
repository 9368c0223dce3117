//! Files in the conventions of other countries and programs: the settings of values with which they
//! are read, the stored values, and the records that are still rejected.

use std::fs;

use crate::support::data::Files;
use crate::support::harness::{Scratch, Server, on_both_servers};

const ALL: [&str; 2] = ["--max-rejects", "100%"];

/// Each row as one text, with `/` between its values.
fn rows(scratch: &Scratch, table: &str, columns: &[&str]) -> Vec<String> {
    let shown: Vec<String> = columns
        .iter()
        .map(|column| format!("COALESCE(CAST({column} AS CHAR), 'NULL')"))
        .collect();
    let select = format!(
        "SELECT CONCAT_WS('/', {}) FROM {table} ORDER BY id",
        shown.join(", ")
    );
    let rows = scratch.rows(&select).into_iter();
    rows.map(|mut row| row.remove(0).unwrap()).collect()
}

on_both_servers! {
    fn dates_are_read_in_the_format_or_order_of_their_column(server: Server) {
        let files = Files::of_schema(
            "CREATE TABLE trips (id INT PRIMARY KEY, booked DATE, left_at DATETIME, back TIMESTAMP NULL, gate TIME, plain DATE)",
        );
        files.put(
            "trips",
            "id,booked,left_at,back,gate,plain\n\
             1,03/04/2023,4/3/2023 1:15 PM,03.04.23 13:15,0705,2023/04/03\n\
             2,31-Jul-2018,2023-04-03 13:15:00,31.12.99 00:00,2359,20230403\n\
             3,31-Jul-18,12/25/2019 22:00,1.1.70 0:01,0000,Jan 1 2000\n\
             4,12/25/2019,25/12/2019,2023-04-03,7:05,03/04/2023\n",
        );
        fs::write(
            files.path("reviewseed.toml"),
            "[tables.trips]\ndate_order = \"mdy\"\n\
             [tables.trips.columns.booked]\ndate_order = \"dmy\"\npivot = 70\n\
             [tables.trips.columns.back]\ndate_format = \"%d.%m.%y %H:%M\"\npivot = 70\n\
             [tables.trips.columns.gate]\ndate_format = [\"%H%M\"]\n\
             [tables.trips.columns.plain]\ndate_order = \"\"\n",
        )
        .unwrap();
        let scratch = Scratch::new(server);
        let config = ["--config", "reviewseed.toml", "--verify", "full"];
        files.seed(&scratch, &[&ALL[..], &config].concat()).exits(0);
        let columns = ["id", "booked", "left_at", "back", "gate", "plain"];
        assert_eq!(
            rows(&scratch, "trips", &columns),
            [
                "1/2023-04-03/2023-04-03 13:15:00/2023-04-03 13:15:00/07:05:00/2023-04-03",
                "2/2018-07-31/2023-04-03 13:15:00/1999-12-31 00:00:00/23:59:00/2023-04-03",
                "3/2018-07-31/2019-12-25 22:00:00/1970-01-01 00:01:00/00:00:00/2000-01-01",
            ]
        );
        // the server's own function reads the formats in the same way
        let same = scratch.value(
            "SELECT COUNT(*) FROM trips WHERE id = 1 AND booked = STR_TO_DATE('03/04/2023', '%d/%m/%Y') \
             AND left_at = STR_TO_DATE('4/3/2023 1:15 PM', '%m/%d/%Y %h:%i %p') AND back = STR_TO_DATE('03.04.23 13:15', '%d.%m.%y %H:%i')",
        );
        assert_eq!(same, "1");
        assert_eq!(files.rejected("trips"), [(5, "not_a_timestamp".to_owned())]);
    }
}

on_both_servers! {
    fn numbers_are_read_in_the_style_of_their_column(server: Server) {
        let files = Files::of_schema(
            "CREATE TABLE prices (id INT PRIMARY KEY, amount DECIMAL(12,2), share DECIMAL(6,4), stock INT, rate DOUBLE)",
        );
        files.put(
            "prices",
            "id;amount;share;stock;rate\n\
             1;1.234.567,89 €;50%;1.234;0,1\n\
             2;(12,50);0,07 %;12;1,5e3\n\
             3;-€5;-12,5%;60,0;7\n\
             4;1.23,4;1;1;1\n\
             5;1;1;1.2345;1\n\
             6;1;1;1;1.5\n\
             7;1,005;1;1;1\n",
        );
        let set = ["--set", "prices.share.scale=0.01", "--set", "prices.share.strip=%"];
        let style = ["--delimiter", ";", "--decimal", ",", "--thousands", ".", "--strip", "€", "--parentheses"];
        let scratch = Scratch::new(server);
        files.seed(&scratch, &[&ALL[..], &set, &style, &["--verify", "full"]].concat()).exits(0);
        assert_eq!(
            rows(&scratch, "prices", &["id", "amount", "share", "stock", "rate"]),
            [
                "1/1234567.89/0.5000/1234/0.1",
                "2/-12.50/0.0007/12/1500",
                "3/-5.00/-0.1250/60/7",
            ]
        );
        let rejected: Vec<_> = files.reasons("prices").into_iter().map(|r| (r.line, r.column, r.rule)).collect();
        let expected = [
            (5, "amount", "not_a_number"),
            (6, "stock", "not_an_integer"),
            (7, "rate", "not_a_number"),
            (8, "amount", "out_of_range"),
        ];
        assert_eq!(rejected, expected.map(|(line, column, rule)| (line, column.to_owned(), rule.to_owned())));
    }
}

on_both_servers! {
    fn rounded_numbers_are_those_that_the_server_would_store_and_are_counted(server: Server) {
        let files = Files::of_schema(
            "CREATE TABLE items (id INT PRIMARY KEY, price DECIMAL(8,2) NOT NULL, weight DECIMAL(6,3), CHECK (price < 100))",
        );
        let values = ["34.7999992", "0.07200000000000001", "9.8", "0.005", "-0.005", "-0.004", "1.5e-3", "99.994", "999999.995"];
        let lines: String = values.iter().enumerate().map(|(at, value)| format!("{at},{value},1.5\n")).collect();
        files.put("items", format!("id,price,weight\n{lines}50,100.001,1\n51,1,1.0005\n"));
        let scratch = Scratch::new(server);
        let ran = files.seed(&scratch, &[&ALL[..], &["--set", "items.price.round=true", "--verify", "full"]].concat()).exits(0);
        // the server rounds them in the same way, with a note
        scratch.execute("CREATE TABLE by_server (id INT PRIMARY KEY, price DECIMAL(8,2) NOT NULL)");
        for (id, value) in values.iter().enumerate().take(8) {
            scratch.execute(&format!("INSERT INTO by_server VALUES ({id}, '{value}')"));
        }
        assert_eq!(rows(&scratch, "items", &["id", "price"]), rows(&scratch, "by_server", &["id", "price"]));
        let warning = "items: rounded 7 values to the digits of the column, first at csv/items.csv:2: price = 34.7999992";
        assert!(ran.stderr.contains(warning), "{}", ran.stderr);
        assert_eq!(files.reported("items")["warnings"][0], warning);
        let rejected = [(10, "out_of_range"), (11, "check_failed"), (12, "out_of_range")];
        assert_eq!(files.rejected("items"), rejected.map(|(line, rule)| (line, rule.to_owned())));
        let reasons = files.reasons("items");
        assert!(reasons[2].message.ends_with("round = true"), "weight does not round: {}", reasons[2].message);
    }
}

on_both_servers! {
    fn words_for_no_value_apply_to_texts_only_by_their_own_setting(server: Server) {
        let files = Files::of_schema(
            "CREATE TABLE lands (id INT PRIMARY KEY, code CHAR(2), name VARCHAR(30), pop INT, share DOUBLE, member BOOLEAN, since DATE)",
        );
        files.put(
            "lands",
            "id,code,name,pop,share,member,since\n\
             1,NA,Namibia,2600000,0.03,nein,NA\n\
             2,NC,NA,N/A,NA,NA,03/04/2023\n\
             3,NE, none ,NA,0.3,JA,\n",
        );
        let options = [
            "--null", "NA", "--null", "N/A", "--set", "lands.name.null=NA", "--set", "lands.name.null=none", "--set", "lands.name.trim=true",
            "--set", "lands.name.case=upper", "--true-values", "ja", "--false-values", "nein", "--date-order", "dmy",
        ];
        let scratch = Scratch::new(server);
        files.seed(&scratch, &["--max-rejects", "0"].into_iter().chain(options).collect::<Vec<_>>()).exits(0);
        files.verify(&scratch).exits(0);
        assert_eq!(
            rows(&scratch, "lands", &["id", "code", "name", "pop", "share", "member", "since"]),
            [
                "1/NA/NAMIBIA/2600000/0.03/0/NULL",
                "2/NC/NULL/NULL/NULL/NULL/2023-04-03",
                "3/NE/NULL/NULL/0.3/1/NULL",
            ]
        );
    }
}

#[test]
fn a_setting_that_cannot_be_used_is_an_error_with_its_place() {
    let files = Files::of_schema(
        "CREATE TABLE trips (id INT PRIMARY KEY, day DATE, note TEXT, price DECIMAL(5,2))",
    );
    files.put("trips", "id,day,note,price\n1,2020-01-02,a,1\n");
    for (set, words) in [
        (
            "trips.id.date_format=%F",
            "--set trips.id.date_format=%F: trips.id has type int, which cannot use date_format",
        ),
        ("trips.day.date_format=%d %i", "%i is not known"),
        (
            "trips.day.date_format=%d.%m.%y",
            "the settings of trips.day: the date_format %d.%m.%y has a year of two digits",
        ),
        (
            "trips.day.date_orders=dmy",
            "date_orders is not a setting of a column; the settings are null, date_format,",
        ),
        ("trips.price.thousands=.,", "is not one of"),
        (
            "trips.scale=0.01",
            "scale can only be set for a single column",
        ),
    ] {
        let ran = files.check(&["--set", set]).exits(2);
        assert!(ran.stderr.contains(words), "{set}: {}", ran.stderr);
    }
    let ran = files
        .check(&["--decimal", ",", "--thousands", ","])
        .exits(2);
    assert!(
        ran.stderr.contains("decimal and thousands are both"),
        "{}",
        ran.stderr
    );
    let ran = files.check(&["--date-order", "dym"]).exits(2);
    assert!(
        ran.stderr.contains("is not one of dmy, mdy, ymd"),
        "{}",
        ran.stderr
    );
    // a setting of all columns is for those that can use it
    files
        .check(&["--date-order", "dmy", "--decimal", ".", "--trim"])
        .exits(0);
}

#[test]
fn settings_of_all_columns_have_the_same_names_in_the_file() {
    let files =
        Files::of_schema("CREATE TABLE trips (id INT PRIMARY KEY, day DATE, price DECIMAL(5,2))");
    files.put("trips", "id;day;price\n1;31/12/2023;1,5\n2;NA;2,505\n");
    fs::write(
        files.path("reviewseed.toml"),
        "date_order = \"dmy\"\ndecimal = \",\"\nround = true\nnull = [\"NA\", \"-\"]\ndelimiter = \";\"\nmax-rejects = 0\n",
    )
    .unwrap();
    let ran = files.check(&["--config", "reviewseed.toml"]).exits(0);
    assert!(ran.stderr.contains("rounded 1 value to"), "{}", ran.stderr);
    fs::write(files.path("reviewseed.toml"), "date_order = \"dym\"\n").unwrap();
    let ran = files.check(&["--config", "reviewseed.toml"]).exits(2);
    assert!(
        ran.stderr.contains("reviewseed.toml: date-order: "),
        "{}",
        ran.stderr
    );
}
