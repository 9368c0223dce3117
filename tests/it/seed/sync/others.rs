//! The effect of `--sync` on rows, keys and tables that are not in its files.

use crate::seed::sync::{Counts, GOODS, SYNC, counts, goods};
use crate::support::background::{background, ended};
use crate::support::data::Files;
use crate::support::harness::{Scratch, Server, execute, on_both_servers, run};

const PARENTS: &str = "CREATE TABLE parents (id INT PRIMARY KEY, price INT)";

on_both_servers! {
    fn rows_of_another_database_keep_their_parents(server: Server) {
        let (files, scratch) = (Files::of_schema(PARENTS), Scratch::new(server));
        files.put("parents", "id,price\n1,1\n2,2\n3,3\n");
        files.seed(&scratch, &[]).exits(0);
        let other = Scratch::new(server);
        other.execute(&format!(
            "CREATE TABLE children (id INT PRIMARY KEY, parent INT, \
             FOREIGN KEY (parent) REFERENCES `{}`.parents (id))", scratch.name()));
        other.execute("INSERT INTO children VALUES (1, 2)");
        files.put("parents", "id,price\n1,5\n");
        files.seed(&scratch, &SYNC).exits(2).says("in another database, refers to parents").says("--on-duplicate update");
        assert_eq!(scratch.value("SELECT CAST(COUNT(*) AS CHAR) FROM parents"), "3");

        // an account that does not see the other database
        let user = format!("s{}", &scratch.name()[3..]);
        let user = &user[..user.len().min(30)];
        execute(server.url(), &format!("CREATE USER '{user}'@'localhost'; GRANT ALL ON `{}`.* TO '{user}'@'localhost'", scratch.name()));
        let theirs = scratch.url().replacen("root@", &format!("{user}@"), 1);
        let seed = ["seed", "csv", "--schema", "schema.sql", "--report", "report.json", "--database-url", &theirs];
        let ran = run(&files.path(""), seed.iter().chain(&SYNC));
        execute(server.url(), &format!("DROP USER '{user}'@'localhost'"));
        ran.exits(0);
        let ids = scratch.value("SELECT GROUP_CONCAT(id ORDER BY id) FROM parents");
        other.execute("DROP TABLE children");
        assert_eq!(ids, "1,2", "the parent of the other database's row is kept");
        let expected = Counts { updated: 1, deleted: 1, kept: 1, ..Counts::default() };
        assert_eq!(counts(&files, "parents"), expected);
    }
}

on_both_servers! {
    fn the_command_for_corrected_records_deletes_nothing(server: Server) {
        let (files, scratch) = (Files::of_schema(PARENTS), Scratch::new(server));
        files.put("parents", "id,price\n1,1\n2,2\n3,3\n");
        files.seed(&scratch, &[]).exits(0);
        files.put("parents", "id,price\n1,1\n2,dear\n3,4\n");
        let ran = files.seed(&scratch, &SYNC).exits(0);
        let next = ran.stderr.lines().find(|line| line.contains("seed rejects")).unwrap();
        assert!(next.contains("--append") && next.contains("--on-duplicate update"), "{next}");
        assert!(!next.contains("--sync") && !next.contains("--max-deletes"), "{next}");
        std::fs::write(files.path("rejects/parents.csv"), "id,price\n2,9\n").unwrap();
        let typed = next.split_once("seed rejects").unwrap().1;
        let typed = shlex::split(&format!("seed rejects {typed}")).unwrap();
        run(&files.path(""), &typed).exits(0);
        assert_eq!(scratch.value("SELECT GROUP_CONCAT(price ORDER BY id) FROM parents"), "1,9,4");
    }
}

#[test]
fn a_system_versioned_table_is_changed() {
    let versioned = format!("{PARENTS} WITH SYSTEM VERSIONING");
    let (files, scratch) = (Files::of_schema(&versioned), Scratch::new(Server::MariaDB));
    files.put("parents", "id,price\n1,1\n2,2\n");
    files.seed(&scratch, &[]).exits(0);
    files.put("parents", "id,price\n1,5\n3,3\n");
    files.seed(&scratch, &SYNC).exits(0);
    let expected = Counts {
        inserted: 1,
        updated: 1,
        deleted: 1,
        ..Counts::default()
    };
    assert_eq!(counts(&files, "parents"), expected);
    assert_eq!(
        scratch.value("SELECT GROUP_CONCAT(id, ':', price ORDER BY id) FROM parents"),
        "1:5,3:3"
    );
}

#[test]
fn a_row_that_another_program_deletes_in_the_run_does_not_count_as_changed() {
    let (files, scratch) = (Files::of_schema(GOODS), Scratch::new(Server::MySQL));
    files.put("goods", goods(1..4000, 7, ""));
    files.seed(&scratch, &["--tables=goods"]).exits(0);
    let other: String = (1..4000)
        .map(|id| format!("{id},{},other\n", id % 7))
        .collect();
    files.put("goods", format!("id,price,name\n{other}"));
    let rest = [
        "--schema",
        "schema.sql",
        "--database-url",
        scratch.url(),
        "--max-rate=1000rows/s",
    ];
    let folder = files.path("");
    let mut seed = background(
        folder.as_path(),
        ["seed", "csv"].iter().chain(&SYNC).chain(&rest),
    );
    let child = seed.spawn().unwrap();
    while scratch.value("SELECT COUNT(*) FROM goods WHERE name = 'other'") == "0" {
        std::thread::sleep(std::time::Duration::from_millis(5));
    }
    scratch.execute("DELETE FROM goods WHERE id = 3999");
    ended(child)
        .exits(2)
        .says("another program deleted rows of goods")
        .says("run the same command again");
    files.seed(&scratch, &SYNC).exits(0);
    assert_eq!(
        scratch.value("SELECT COUNT(*) FROM goods WHERE name = 'other'"),
        "3999"
    );
}
