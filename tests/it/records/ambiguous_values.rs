//! Values with two possible readings, or with none: they are rejected, and the message names the
//! possible readings.

use crate::support::data::Files;
use crate::support::harness::{Scratch, Server, on_both_servers};

const ALL: [&str; 2] = ["--max-rejects", "100%"];

on_both_servers! {
    fn a_date_and_time_without_separators_is_what_the_server_reads(server: Server) {
        let files = Files::of_schema(
            "CREATE TABLE events (id INT NOT NULL PRIMARY KEY, at DATETIME NOT NULL, stamp TIMESTAMP NULL, day DATE NULL);",
        );
        let scratch = Scratch::new(server);
        files.put(
            "events",
            "id,at,stamp,day\n\
             1,20131104123015,20131104123015,20131104\n\
             2,19991231235959,20000229000000,20000229\n\
             3,1383568215000,1383568215,20131104123015\n\
             4,20131304123015,,\n\
             5,201311041230,,\n\
             6,131104123015,,\n\
             7,2013110412,,\n\
             8,20131304,,\n\
             9,2013-11-04,,20131104x\n",
        );
        files.check(&ALL).exits(1);
        assert_eq!(files.reported("events")["loaded"], 3);
        files.seed(&scratch, &[&ALL[..], &["--verify", "full"]].concat()).exits(0);
        let row = |cells: [&str; 3]| cells.map(|c| Some(c.to_owned())).to_vec();
        let rows = "SELECT CAST(at AS CHAR), CAST(stamp AS CHAR), CAST(day AS CHAR) FROM events ORDER BY id";
        assert_eq!(
            scratch.rows(rows),
            [
                row(["2013-11-04 12:30:15", "2013-11-04 12:30:15", "2013-11-04"]),
                row(["1999-12-31 23:59:59", "2000-02-29 00:00:00", "2000-02-29"]),
                row(["2013-11-04 12:30:15", "2013-11-04 12:30:15", "2013-11-04"]),
            ]
        );
        // the server itself reads them so
        scratch.execute("CREATE TABLE by_server (id INT PRIMARY KEY, at DATETIME, stamp TIMESTAMP NULL, day DATE)");
        scratch.execute("INSERT INTO by_server VALUES (1,'20131104123015','20131104123015','20131104'), (2,'19991231235959','20000229000000','20000229')");
        let differing = "SELECT CAST(COUNT(*) AS CHAR) FROM events JOIN by_server b USING (id) WHERE events.at <> b.at OR events.stamp <> b.stamp OR events.day <> b.day";
        assert_eq!(scratch.value(differing), "0");

        let reasons = files.reasons("events");
        let of = |line: u64| {
            let reason = reasons.iter().find(|r| r.line == line).unwrap();
            assert_eq!(reason.rule, "not_a_timestamp", "{reason:?}");
            reason.message.as_str()
        };
        assert!(of(5).contains("YYYYMMDDhhmmss"), "{}", of(5));
        assert!(of(6).contains("YYYYMMDDhhmm (2013-11-04 12:30:00) or epoch milliseconds (1976-05-18 23:44:01)"), "{}", of(6));
        assert!(of(7).contains("YYMMDDhhmmss (2013-11-04 12:30:15)"), "{}", of(7));
        assert!(of(8).contains("YYYYMMDDhh (2013-11-04 12:00:00) or epoch seconds (2033-10-16 21:20:12)"), "{}", of(8));
        assert_eq!(reasons.len(), 6, "{reasons:?}");
    }
}

#[test]
fn a_day_and_a_month_in_an_unknown_order_are_rejected() {
    let files = Files::of_schema(
        "CREATE TABLE visits (id INT NOT NULL PRIMARY KEY, day DATE NOT NULL, at DATETIME NOT NULL);",
    );
    files.put(
        "visits",
        "id,day,at\n\
         1,31/12/2023,2023-12-31 10:00:00\n\
         2,2023-04-03,03/04/2023 01:15 PM\n\
         3,2023-04-03,2023-04-03 13:15\n\
         4,2023/04/03,2023-04-03 01:15:00 PM\n\
         5,02.07.2021,2021-07-02 12:00:00\n\
         6,31-Jul-18,2021-07-02\n\
         7,Jan 1 2000,2021-07-02\n\
         8,04/01/19,2021-07-02\n\
         9,20200102,2021-07-02\n",
    );
    files.check(&ALL).exits(1);
    let questions: Vec<(u64, String)> = files
        .reasons("visits")
        .into_iter()
        .map(|reason| {
            let question = reason.message.split_once("; ").unwrap().1;
            (reason.line, question.to_owned())
        })
        .collect();
    let expected = [
        (2, "day first? date_order = \"dmy\""),
        (
            3,
            "day first or month first? date_order = \"dmy\" or \"mdy\"",
        ),
        (
            6,
            "day first or month first? date_order = \"dmy\" or \"mdy\"",
        ),
        (
            7,
            "day first or year first? date_order = \"dmy\" or \"ymd\", pivot = 70",
        ),
        (
            9,
            "day first or month first or year first? date_order = \"dmy\" or \"mdy\" or \"ymd\", pivot = 70",
        ),
    ];
    assert_eq!(
        questions,
        expected.map(|(line, words)| (line, words.to_owned()))
    );
}

on_both_servers! {
    fn words_for_missing_values_are_texts_in_text_columns_and_rejected_in_others(server: Server) {
        let files = Files::of_schema(
            "CREATE TABLE lands (code CHAR(2) NOT NULL PRIMARY KEY, name VARCHAR(30) NULL, pop INT NULL, share DOUBLE NULL);",
        );
        let scratch = Scratch::new(server);
        files.put(
            "lands",
            "code,name,pop,share\nNA,Namibia,2600000,0.03\nNC,New Caledonia,N/A,NaN\nNE,Niger,-,0.3\nNL,None,17500000,\nNO,Norway,5400000,inf\nNP,NA,nil,1\n",
        );
        files.seed(&scratch, &ALL).exits(0);
        let rows = scratch.rows("SELECT CONCAT(code, ' ', name, ' ', pop, ' ', COALESCE(share, 'NULL')) FROM lands ORDER BY code");
        let rows: Vec<_> = rows.into_iter().map(|mut row| row.remove(0).unwrap()).collect();
        assert_eq!(rows, ["NA Namibia 2600000 0.03", "NL None 17500000 NULL"]);
        let rejected: Vec<_> = files.reasons("lands").into_iter().map(|r| (r.line, r.column, r.value)).collect();
        let expected = [(3, "pop", "N/A"), (4, "pop", "-"), (6, "share", "inf"), (7, "pop", "nil")];
        assert_eq!(rejected, expected.map(|(line, column, value)| (line, column.to_owned(), value.to_owned())));
    }
}

on_both_servers! {
    fn numbers_that_went_through_a_float_are_read_if_they_are_whole(server: Server) {
        let files = Files::of_schema(
            "CREATE TABLE stays (id INT NOT NULL PRIMARY KEY, age INT NULL, n INT NOT NULL, price DECIMAL(8,2) NOT NULL);",
        );
        files.put(
            "stays",
            "id,age,n,price\n1,34.0,2,1\n2,,3.,1\n3,41.5,1,1\n4,7,1.0,1\n5,8,1e2,1\n6,1,1,34.7999992\n7,1,1,0.07200000000000001\n8,1,1,9.8\n9,1.23457E+08,1,1\n",
        );
        let scratch = Scratch::new(server);
        files.seed(&scratch, &ALL).exits(0);
        let rows = "SELECT GROUP_CONCAT(CONCAT_WS('/', id, COALESCE(age, 'NULL'), n, price) ORDER BY id) FROM stays";
        assert_eq!(scratch.value(rows), "1/34/2/1.00,2/NULL/3/1.00,4/7/1/1.00,5/8/100/1.00,8/1/1/9.80");
        let reasons = files.reasons("stays");
        let found: Vec<_> = reasons.iter().map(|r| (r.line, r.rule.as_str())).collect();
        assert_eq!(found, [(4, "not_an_integer"), (7, "out_of_range"), (8, "out_of_range"), (10, "not_an_integer")]);
        assert!(reasons[0].message.contains("has a fraction"), "{}", reasons[0].message);
        for reason in &reasons[1..3] {
            assert!(reason.message.ends_with("without loss; round it? round = true"), "{}", reason.message);
        }
        assert!(reasons[3].message.contains("cut off"), "{}", reasons[3].message);
    }
}
