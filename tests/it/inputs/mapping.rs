//! Files whose names and headers differ from those of the tables. A match is reported, an ambiguity
//! is an error that names the option which resolves it, and these options do what the errors
//! promise.

mod constants;
mod files;

use std::fs;

use serde_json::json;

use crate::reports::next_steps::{named, paste};
use crate::support::data::Files;
use crate::support::harness::{Ran, Scratch, Server, on_both_servers};

const TABLES: &str = "
    CREATE TABLE users (id INT NOT NULL PRIMARY KEY, full_name VARCHAR(20) NOT NULL);
    CREATE TABLE posts (id INT NOT NULL PRIMARY KEY, user_id INT NOT NULL, posted_at DATE, `Why?` VARCHAR(20),
        FOREIGN KEY (user_id) REFERENCES users (id));";

/// The options after `add` in an error, up to the next clause, as they are typed.
fn options(ran: &Ran) -> Vec<String> {
    let (_, added) = ran
        .stderr
        .split_once(" add ")
        .expect("an error that says what to add");
    let end = added.find(';').unwrap_or(added.len());
    model::shell::words(added[..end].trim())
}

fn check(files: &Files, options: &[String]) -> Ran {
    files.check(&options.iter().map(String::as_str).collect::<Vec<_>>())
}

on_both_servers! {
    fn names_that_differ_in_case_blanks_and_punctuation_are_matched_and_said_once(server: Server) {
        let (files, scratch) = (Files::of_schema(TABLES), Scratch::new(server));
        files.put("users", "ID,Full Name\n1,Ann\n");
        files.put("posts", "Id,userId,POSTED-AT,why?\n5,1,2024-01-02,so\n");
        let said = "posts: header names are read as columns: \"userId\" = user_id, \"POSTED-AT\" = posted_at\n";
        let ran = files.seed(&scratch, &["--verify", "full"]).exits(0).says(said)
            .says("users: header names are read as columns: \"Full Name\" = full_name\n");
        assert_eq!(ran.stderr.matches("are read as columns").count(), 2, "{}", ran.stderr);
        assert_eq!(
            scratch.value("SELECT CONCAT_WS('/', p.id, full_name, posted_at, `Why?`) FROM posts p JOIN users u ON u.id = user_id"),
            "5/Ann/2024-01-02/so"
        );
        files.check(&[]).exits(0).says(said);
        // the exact name takes precedence
        files.put("posts", "id,User_ID,user-id\n5,1,2\n");
        files.check(&[]).exits(0).says("posts: columns left out: user-id");
        files.put("posts", "id,User ID,user-id\n");
        files.check(&[]).exits(2)
            .says("field 2 \"User ID\" and field 3 \"user-id\" may be meant for column \"user_id\"");
    }
}

#[test]
fn a_typing_error_is_an_error_whose_option_can_be_pasted() {
    let files = Files::of_schema(TABLES);
    files.put("users", "id,full_nmae\n1,Ann\n");
    files.put("posts", "id,user_id,posted $\n5,1,2024-01-02\n");
    let ran = files.check(&[]).exits(2).says(
        "field 2 \"full_nmae\" looks like \"full_name\": if it is that column, add --rename full_nmae=full_name",
    );
    let first = options(&ran);
    let ran = check(&files, &first)
        .exits(0)
        .says("posts: columns left out: posted $");
    assert!(
        !ran.stderr.contains("are read as columns"),
        "what was typed is not said"
    );
    files.put("posts", "id,user_id,postd_at\n5,1,2024-01-02\n");
    let ran = check(&files, &first).exits(2);
    let all = [first, options(&ran)].concat();
    assert_eq!(all[3], "postd_at=posted_at");
    let ran = check(&files, &all).exits(0);
    assert!(!ran.stderr.contains("left out"), "{}", ran.stderr);
}

#[test]
fn fields_are_renamed_in_all_tables_or_in_one() {
    let files = Files::of_schema(TABLES);
    files.put("users", "KEY,name\n1,Ann\n");
    files.put("posts", "KEY,name,owner\n5,2024-01-02,1\n");
    let renames = [
        "--rename",
        "KEY=id",
        "--rename",
        "users.name=full_name",
        "--rename",
        "posts.name=posted_at",
        "--rename",
        "owner=user_id",
    ];
    let ran = files.check(&renames).exits(0);
    assert!(!ran.stderr.contains("left out"), "{}", ran.stderr);
    let expected = files.report()["tables"].clone();
    // the same in a file
    fs::write(
        files.path("reviewseed.toml"),
        "rename = { KEY = 'id' }
         [tables.users]
         rename = { name = 'full_name' }
         [tables.posts]
         rename = ['name=posted_at', 'owner=user_id']\n",
    )
    .unwrap();
    files.check(&[]).exits(0);
    let sums = |tables: &serde_json::Value| {
        let tables = tables.as_array().unwrap().iter();
        tables.map(|t| t["checksum"].clone()).collect::<Vec<_>>()
    };
    assert_eq!(sums(&files.report()["tables"]), sums(&expected));
    // with some of the tables, the field may be in the file of another one
    files.check(&["--tables", "users"]).exits(0);
    files
        .check(&["--rename", "KEY=id", "--rename", "KEYS=id"])
        .exits(2)
        .says("--rename KEYS=id: no header has a field KEYS; did you mean KEY?");
    files
        .check(&["--rename", "KEY=id", "--rename", "owner=user"])
        .exits(2)
        .says("--rename owner=user: table posts has no column user; it has id, user_id, posted_at, Why?");
    files
        .check(&["--rename", "KEY=id", "--rename", "users.nam=full_name"])
        .exits(2)
        .says(
            "csv/users.csv: rename nam=full_name: the header has no field nam; did you mean name?",
        );
}

#[test]
fn fields_are_named_by_position_as_an_error_suggests() {
    let files = Files::of_schema(TABLES);
    files.put("users", "id,full_name\n1,Ann\n");
    files.put("posts", "id,user_id,Why?,Pay?,Why?\n5,1,a,b,c\n");
    let error = files.check(&[]).exits(2).stderr;
    let (_, suggested) = error.split_once("that is to be ignored: ").unwrap();
    let suggested = model::shell::words(suggested.trim());
    assert_eq!(suggested, ["--set", "posts.fields=id,user_id,Why?,-,-"]);
    check(&files, &suggested).exits(0);
    assert_eq!(
        files.reported("posts")["ignored_columns"],
        json!(["Pay? (ignored on purpose)", "Why? (ignored on purpose)"])
    );
    let by_header = files.reported("posts")["checksum"].clone();
    // without header; and several files, of which one repeats the header
    files.put("posts", "5,1,a,b,c\n");
    let setting = ["--set", "posts.no_header=true"].map(str::to_owned);
    check(&files, &[&suggested[..], &setting].concat()).exits(0);
    assert_eq!(files.reported("posts")["checksum"], by_header);
    files.put("posts-2", "id,user_id,Why?,Pay?,Why?\n7,1,a,b,c\n");
    fs::rename(files.path("csv/posts.csv"), files.path("csv/posts-3.csv")).unwrap();
    files.put("posts-1", "id,user_id,Why?,Pay?,Why?\n6,1,a,b,c\n");
    check(&files, &suggested).exits(0);
    assert_eq!(files.reported("posts")["loaded"], 3);
}

#[test]
fn fields_that_are_ignored_on_purpose_are_still_listed() {
    let files = Files::of_schema(TABLES);
    files.put("users", "id,full_name\n1,Ann\n");
    files.put("posts", "id,user_id,postd_at,extra\n5,1,x,y\n");
    files
        .check(&[])
        .exits(2)
        .says("--set posts.ignore=postd_at");
    fs::write(
        files.path("reviewseed.toml"),
        "[tables.posts]\nignore = ['postd_at', 'Extra']\n",
    )
    .unwrap();
    files
        .check(&["--report", "page.html"])
        .exits(0)
        .says("posts: columns left out: postd_at (ignored on purpose), extra (ignored on purpose)");
    let page = fs::read_to_string(files.path("page.html")).unwrap();
    assert!(page.contains("fields left out: postd_at (ignored on purpose)"));
}

#[test]
fn a_title_above_the_header_is_recognised() {
    let files = Files::of_schema(TABLES);
    files.put("users", "All users\n\nid,Full Name\n1,Ann\n");
    files
        .check(&["--tables", "users"])
        .exits(2)
        .says("line 3 looks like the header: add --skip-lines 2");
}

on_both_servers! {
    fn suggested_commands_keep_the_mapping(server: Server) {
        let (files, scratch) = (Files::of_schema(TABLES), Scratch::new(server));
        fs::create_dir(files.path("in")).unwrap();
        fs::write(files.path("in/u 1.dat"), "KEY,n\n1,Ann\n").unwrap();
        fs::write(files.path("in/u 2.dat"), "KEY,n\n2,Bea\nx,Cyd\n").unwrap();
        fs::write(files.path("in/p.txt"), "KEY|2|so\nA|1|no\n5|1|yes\n").unwrap();
        fs::write(files.path("reviewseed.toml"), "[tables.posts]\nfiles = '../in/p.txt'\n").unwrap();
        let typed = [
            "--map", "users=in/u*.dat", "--rename", "users.KEY=id", "--rename=n=full_name",
            "--set", "posts.fields=id,user_id,Why?", "--set", "posts.delimiter=|", "--set", "posts.no_header=true",
            "--set", "posts.posted_at.value=2024-01-02", "--max-rejects", "100%",
        ];
        let checked = files.check(&typed).exits(1);
        let seed = &named(&checked, "load the accepted records; rejected ones can be corrected and added afterwards")[0];
        assert!(seed.contains("--map 'users=in/u*.dat'"), "{seed}");
        let seeded = files.seed(&scratch, &[&typed[..], &["--verify", "full"]].concat()).exits(0);
        let all = "SELECT CONCAT_WS('/', (SELECT COUNT(*) FROM users), COUNT(*), MIN(posted_at), MAX(posted_at), MAX(`Why?`)) FROM posts";
        assert_eq!(scratch.value(all), "2/1/2024-01-02/2024-01-02/yes");
        fs::write(files.path("rejects/users.csv"), "KEY,n\n3,Cyd\n").unwrap();
        fs::write(files.path("rejects/posts.csv"), "6|2|so\n7|3|no\n").unwrap();
        let mut commands = seeded.stderr.lines().filter(|line| line.contains("then load them: "));
        let command = commands.next().unwrap().split_once("then load them: ").unwrap().1;
        assert_eq!(commands.next(), None);
        for words in ["--map users=rejects/users.csv", "--map posts=rejects/posts.csv", "--tables users,posts"] {
            assert!(command.contains(words), "{words}: {command}");
        }
        let added = paste(&files, command).exits(0);
        assert!(!added.stderr.contains("then load them"), "{}", added.stderr);
        assert_eq!(scratch.value(all), "3/3/2024-01-02/2024-01-02/yes");
        // the mapping is a part of what the run is
        files.seed(&scratch, &[&typed[..], &["--replace", "--force"]].concat()).exits(0);
        files.seed(&scratch, &typed).exits(0).says("these files were seeded by the run of");
        let other: Vec<_> = typed.iter().map(|word| word.replace("2024-01-02", "2024-01-03")).collect();
        let other: Vec<_> = other.iter().map(String::as_str).collect();
        files.seed(&scratch, &other).exits(2).says("nothing was changed");
    }
}
