//! Commands that a run suggests can be pasted into a shell as they are printed. They contain all
//! typed options that affect the result.

use std::fs;

use crate::reports::next_steps::{named, paste};
use crate::support::data::Files;
use crate::support::harness::{Ran, Scratch, Server, on_both_servers};

const SHOPS: &str =
    "CREATE TABLE shops (id CHAR(2) NOT NULL PRIMARY KEY, name VARCHAR(20) NOT NULL);
    CREATE TABLE sales (id INT NOT NULL PRIMARY KEY, shop CHAR(2) NOT NULL, n INT NOT NULL);";

/// Two tables whose files are called otherwise, with a blank in a name, without header, separated
/// by semicolons, in Latin-1.
fn odd_files() -> Files {
    let files = Files::of_schema(SHOPS);
    fs::create_dir(files.path("old data")).unwrap();
    fs::write(
        files.path("old data/the shops.txt"),
        b"aa;Caf\xe9\nbb;B\xe4r\n",
    )
    .unwrap();
    fs::write(
        files.path("old data/sales.txt"),
        "1;aa;5\n2;bb;x\n3;bb;7;8\n4;aa;1\n",
    )
    .unwrap();
    files
}

const ODD: [&str; 9] = [
    "--map",
    "shops=old data/the shops.txt",
    "--map=sales=old data/sales.txt",
    "--delimiter",
    ";",
    "--no-header",
    "--encoding",
    "latin1",
    "--max-rejects=50%",
];

fn counts(scratch: &Scratch) -> String {
    scratch.value("SELECT CONCAT((SELECT COUNT(*) FROM shops), ' ', (SELECT COUNT(*) FROM sales WHERE n IS NOT NULL), ' ', (SELECT name FROM shops WHERE id = 'aa'))")
}

/// The only command of a run that adds corrected records.
fn correcting(ran: &Ran) -> Option<String> {
    let mut lines = ran
        .stderr
        .lines()
        .filter(|line| line.starts_with("next: correct the rejected records"));
    let command = lines
        .next()
        .map(|line| line.split_once(", then load them: ").unwrap().1.to_owned());
    assert!(lines.next().is_none(), "{}", ran.stderr);
    command
}

on_both_servers! {
    fn rejects_are_corrected_by_one_command_after_another_until_none_is_left(server: Server) {
        let (files, scratch) = (odd_files(), Scratch::new(server));
        let seeded = files.seed(&scratch, &ODD).exits(0).says("rejected field_count 1, not_an_integer 1");
        assert_eq!(counts(&scratch), "2 2 Café");
        let first = correcting(&seeded).unwrap();
        assert!(seeded.stderr.contains("(move corrected lines of a .broken file into the .csv file of the same table"));
        for words in ["--map sales=rejects/sales.csv", "--delimiter ';'", "--no-header", "--encoding utf-8", "--schema schema.sql"] {
            assert!(first.contains(words), "{words}: {first}");
        }
        // nothing is corrected yet, and nothing is lost
        let left = paste(&files, &first).exits(0).says("rejects/sales.broken are not loaded, because they are not records");
        let second = correcting(&left).unwrap();
        assert!(second.contains("seed rejects-2 ") && second.contains("--rejects rejects-3"), "{second}");
        assert_eq!(fs::read_to_string(files.path("rejects-2/sales.csv")).unwrap(), "2;bb;x\n");
        assert_eq!(fs::read_to_string(files.path("rejects-2/sales.broken")).unwrap(), "3;bb;7;8\n");
        let reasons = fs::read_to_string(files.path("rejects-2/sales.reasons.csv")).unwrap();
        assert_eq!(reasons.lines().count(), 3, "{reasons}");
        // one is corrected, the broken one is left
        fs::write(files.path("rejects-2/sales.csv"), "2;bb;6\n").unwrap();
        let left = paste(&files, &second).exits(0).says("rejects-2/sales.broken are not loaded, because they are not records");
        assert_eq!(counts(&scratch), "2 3 Café");
        let third = correcting(&left).unwrap();
        assert_eq!(fs::read_to_string(files.path("rejects-3/sales.broken")).unwrap(), "3;bb;7;8\n");
        // and that one goes where the records are
        fs::write(files.path("rejects-3/sales.csv"), "3;bb;7\n").unwrap();
        fs::remove_file(files.path("rejects-3/sales.broken")).unwrap();
        let done = paste(&files, &third).exits(0);
        assert_eq!(correcting(&done), None, "{}", done.stderr);
        assert_eq!(counts(&scratch), "2 4 Café");
        paste(&files, &named(&done, "verify every value, by checksums, and every foreign key")[0]).exits(0);
    }
}

#[test]
fn files_with_two_delimiters_are_corrected_by_one_command_for_each() {
    let files = odd_files();
    fs::write(files.path("csv/shops.tsv"), "id\tname\naa\tA\nxxx\tX\n").unwrap();
    files.put("sales", "id,shop,n\n1,aa,x\n");
    let scratch = Scratch::new(Server::MySQL);
    let seeded = files.seed(&scratch, &["--max-rejects", "100%"]).exits(0);
    let commands = named(&seeded, "correct the rejected records, then load them");
    assert_eq!(commands.len(), 2, "{}", seeded.stderr);
    fs::write(files.path("rejects/shops.csv"), "id\tname\nxx\tX\n").unwrap();
    fs::write(files.path("rejects/sales.csv"), "id,shop,n\n1,aa,3\n").unwrap();
    for command in &commands {
        let ran = paste(&files, command).exits(0);
        assert!(!ran.stderr.contains("next: correct"), "{}", ran.stderr);
    }
    assert_eq!(
        scratch.value("SELECT CONCAT((SELECT COUNT(*) FROM shops), (SELECT SUM(n) FROM sales))"),
        "23"
    );
}

on_both_servers! {
    fn a_result_that_differs_is_loaded_again_with_all_that_was_typed(server: Server) {
        let (files, scratch) = (odd_files(), Scratch::new(server));
        scratch.execute("CREATE TABLE shops (id CHAR(2) NOT NULL PRIMARY KEY, name VARCHAR(20) NOT NULL);
            CREATE TABLE sales (id INT NOT NULL PRIMARY KEY, shop CHAR(2) NOT NULL, n INT NOT NULL);");
        let full = [&ODD[..], &["--verify", "full"]].concat();
        files.seed(&scratch, &full).exits(0);
        scratch.execute("UPDATE sales SET n = n + 1");
        let failed = files.seed(&scratch, &full).exits(1);
        assert_eq!(files.report()["outcome"], "verification_failed");
        let verify = &named(&failed, "list all differences, and the commands that correct them")[0];
        let found = paste(&files, verify).exits(1);
        let again = &named(&failed, "if another program changed the rows, load them again into new tables, and swap the tables")[0];
        let by_verify = &named(&found, "load the tables again, from the folder of the files")[0];
        for command in [again, by_verify] {
            for words in ["--replace", "--map 'shops=old data/the shops.txt'", "--map='sales=old data/sales.txt'", "--delimiter ';'", "--no-header", "--encoding latin1", "--max-rejects=50%", "--schema schema.sql"] {
                assert!(command.contains(words), "{words}: {command}");
            }
        }
        for command in [again, by_verify] {
            paste(&files, command).exits(0);
            paste(&files, verify).exits(0);
            assert_eq!(counts(&scratch), "2 2 Café");
        }
    }
}

on_both_servers! {
    fn a_run_that_failed_does_not_suggest_itself(server: Server) {
        let (files, scratch) = (odd_files(), Scratch::new(server));
        let whole = "CREATE TABLE shops (id CHAR(2) NOT NULL PRIMARY KEY, name VARCHAR(20) NOT NULL);
            CREATE TABLE sales (id INT NOT NULL PRIMARY KEY, shop CHAR(2) NOT NULL, n INT NOT NULL);";
        scratch.execute(whole);
        scratch.execute("CREATE TRIGGER others BEFORE INSERT ON sales FOR EACH ROW SET NEW.n = NEW.n + 1");
        // these do not go with --replace, which would be an error of usage
        for options in [&["--no-index"][..], &["--tables", "sales"], &["--append"]] {
            let failed = files.seed(&scratch, &[&ODD[..], &["--verify", "full"], options].concat()).exits(1);
            assert!(!failed.stderr.contains("--replace"), "{options:?}: {}", failed.stderr);
            scratch.execute("DELETE FROM shops; DELETE FROM sales; DROP TABLE _reviewseed_runs");
            let tables = scratch.rows("SELECT CAST(table_name AS CHAR) FROM information_schema.tables WHERE table_schema = DATABASE() AND table_name LIKE '!_reviewseed%' ESCAPE '!'");
            for table in tables {
                scratch.execute(&format!("DROP TABLE {}", table[0].as_deref().unwrap()));
            }
        }
    }
}

#[test]
fn a_suggested_command_says_that_standard_input_must_be_piped_again() {
    let files = Files::of_schema("CREATE TABLE t (id INT NOT NULL PRIMARY KEY);");
    let mut command = crate::support::harness::reviewseed(&files.path(""));
    command.args(["check", "-", "--table", "t", "--schema", "schema.sql"]);
    let ran = crate::support::harness::ran(command.write_stdin("id\n1\n")).exits(0);
    let next = named(&ran, "load them (with the same standard input)");
    assert!(
        next[0].ends_with("seed - --table t --schema schema.sql"),
        "{next:?}"
    );
}
