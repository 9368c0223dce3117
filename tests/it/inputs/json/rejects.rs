//! Rejected JSON records: their reasons and places. Their reject files can be corrected and loaded
//! again.

use std::fs;

use super::put;
use crate::support::data::Files;
use crate::support::harness::{Scratch, Server, on_both_servers, ran, reviewseed};

const TABLES: &str = "
    CREATE TABLE users (id INT NOT NULL PRIMARY KEY, name VARCHAR(5) NOT NULL, more JSON NULL);
    CREATE TABLE photos (
        user INT NOT NULL, number INT NOT NULL, url VARCHAR(5) NOT NULL, alt TEXT NULL,
        PRIMARY KEY (user, number), UNIQUE KEY by_url (url),
        FOREIGN KEY (user) REFERENCES users (id));";

const SETTINGS: &str = "
    schema = \"schema.sql\"
    [tables.photos]
    each = \"$.photos\"
    columns.user.from = \"$.id\"
    columns.number.from = \"@#\"
";

const USERS: &str = "\
{\"id\": 1, \"name\": \"Ann\", \"photos\": [{\"url\": \"a\"}, null, {\"url\": \"too long\"}, {\"url\": \"b\"}]}
{\"id\": 2, \"name\": [\"Bob\"], \"photos\": [{\"url\": \"c\"}]}
{\"id\": 3, \"name\": \"Cy\", \"photos\": null}
{\"id\": 4, \"name\": \"Di\"
{\"id\": 5, \"name\": \"Ed\", \"name\": \"Ad\", \"photos\": []}
[6]
{\"id\": 7, \"name\": \"Flo\", \"photos\": [{\"url\": \"A\"}, {\"url\": {}}, {\"url\": \"d\"}, {\"url\": \"d\"}]}
";

fn files() -> Files {
    let files = Files::of_schema(TABLES);
    fs::write(files.path("reviewseed.toml"), SETTINGS).unwrap();
    put(&files, "users.jsonl", USERS);
    put(&files, "photos.jsonl", USERS);
    files
}

fn rules(files: &Files, table: &str) -> Vec<String> {
    let of = |r: crate::support::data::Reason| format!("{} {}", r.line, r.rule);
    files.reasons(table).into_iter().map(of).collect()
}

on_both_servers! {
    fn rejected_records_and_elements_are_loaded_when_they_are_corrected(server: Server) {
        let (files, scratch) = (files(), Scratch::new(server));
        files.seed(&scratch, &["--max-rejects", "100%"]).exits(0);
        assert_eq!(
            rules(&files, "users"),
            ["2 nested_value", "4 invalid_json", "5 invalid_json", "6 invalid_json"]
        );
        assert_eq!(
            rules(&files, "photos"),
            [
                "1 too_long", "2 missing_parent", "4 invalid_json", "6 invalid_json",
                "7 duplicate_key", "7 nested_value", "7 duplicate_key"
            ],
            "the server finds the key that is equal under the collation"
        );
        for table in ["users", "photos"] {
            let report = files.reported(table);
            let count = |name: &str| report[name].as_u64().unwrap();
            let rejected = files.reasons(table).len() as u64;
            assert_eq!(count("read"), count("loaded") + rejected, "{report}");
        }
        let reasons = files.reasons("photos");
        assert_eq!(reasons[0].value, "too long");
        assert!(reasons[0].message.ends_with("(element 3 of $.photos)"), "{}", reasons[0].message);
        let at = reasons[0].byte_offset as usize;
        assert_eq!(&USERS[at..at + reasons[0].record_bytes as usize], "{\"url\": \"too long\"}");
        let rejected = String::from_utf8(files.rejects("photos.jsonl")).unwrap();
        assert_eq!(
            rejected,
            "{\"id\": 1, \"name\": \"Ann\", \"photos\": [null, null, {\"url\": \"too long\"}, null]}\n\
             {\"id\": 2, \"name\": [\"Bob\"], \"photos\": [{\"url\": \"c\"}]}\n\
             {\"id\": 7, \"name\": \"Flo\", \"photos\": [{\"url\": \"A\"}, {\"url\": {}}, null, {\"url\": \"d\"}]}\n"
        );
        assert_eq!(
            String::from_utf8(files.rejects("users.broken")).unwrap(),
            USERS.lines().enumerate().filter(|(at, _)| [3, 4, 5].contains(at))
                .map(|(_, line)| format!("{line}\n")).collect::<String>()
        );

        let users = String::from_utf8(files.rejects("users.jsonl")).unwrap();
        fs::write(files.path("rejects/users.jsonl"), users.replace("[\"Bob\"]", "\"Bob\"")).unwrap();
        let photos = rejected.replace("too long", "e").replace("{\"url\": {}}", "null").replace("\"A\"", "\"f\"")
            .replace("\"d\"", "\"g\"");
        fs::write(files.path("rejects/photos.jsonl"), photos).unwrap();
        for broken in ["users.broken", "photos.broken"] {
            fs::remove_file(files.path("rejects").join(broken)).unwrap();
        }
        let again = ["seed", "rejects", "--append", "--rejects", "rejects-2", "--verify", "full", "--database-url", scratch.url()];
        ran(reviewseed(&files.path("")).args(again)).exits(0);
        assert_eq!(
            scratch.value("SELECT GROUP_CONCAT(CONCAT_WS('/', user, number, url) ORDER BY user, number SEPARATOR ' ') FROM photos"),
            "1/1/a 1/3/e 1/4/b 2/1/c 7/1/f 7/3/d 7/4/g"
        );
    }
}

on_both_servers! {
    fn rejects_of_a_run_that_is_resumed_are_those_of_one_run(server: Server) {
        let (files, scratch) = (files(), Scratch::new(server));
        let line = |id: u32| format!("{{\"id\": {id}, \"name\": \"x\", \"photos\": [{{\"url\": \"u{id}\"}}, {{\"url\": \"U{id}\"}}, {{\"url\": \"v{id}\"}}]}}\n");
        let lines: String = (100..200).map(line).collect();
        put(&files, "users.jsonl", &lines);
        put(&files, "photos.jsonl", &lines);
        let all = ["--batch-size", "1K", "--max-rejects", "100%"];
        files.seed(&scratch, &[&all[..], &["--verify", "full"]].concat()).exits(0);
        let whole = (files.rejects("photos.jsonl"), files.rejects("photos.reasons.csv"));
        assert_eq!(files.reasons("photos").len(), 100);
        // the same again is a resumption of the finished run: every batch is recognised
        let scratch = Scratch::new(server);
        files.seed(&scratch, &["--batch-size", "1K", "--max-rejects", "30"]).exits(1);
        files.seed(&scratch, &all).exits(0);
        assert_eq!((files.rejects("photos.jsonl"), files.rejects("photos.reasons.csv")), whole);
        assert_eq!(scratch.value("SELECT COUNT(*) FROM photos"), "200");
    }
}

#[test]
fn a_record_of_an_array_is_rejected_as_a_line() {
    let files = Files::of_schema(TABLES);
    put(
        &files,
        "users.json",
        "[\n  {\n    \"id\": 1,\n    \"name\": \"too long\"\n  },\n  {\"id\": 2, \"name\": \"x\" \"y\"},\n  {\"id\": 3,\n \"name\": \"z\"}\n]\n",
    );
    files
        .check(&["--tables", "users", "--max-rejects", "100%"])
        .exits(1);
    assert_eq!(rules(&files, "users"), ["2 too_long", "6 invalid_json"]);
    assert_eq!(
        String::from_utf8(files.rejects("users.jsonl")).unwrap(),
        "{     \"id\": 1,     \"name\": \"too long\"   }\n"
    );
    assert_eq!(
        String::from_utf8(files.rejects("users.broken")).unwrap(),
        "{\"id\": 2, \"name\": \"x\" \"y\"}\n"
    );
}
