//! `reindex` with a table of schema changes: each change is planned and applied, and then nothing
//! differs. The plan also works as a script for a client.
//!
//! Each change has a table of its own, so that one run applies them all.

mod changes;
mod failures;
mod hammer;
mod random;
mod reads;
mod several;

use std::process::{Command, Stdio};

use crate::support::harness::{Ran, Scratch, Server, folder, on_both_servers, run};
use changes::{Change, changes};

fn schema(changes: &[Change], side: fn(&Change) -> &'static str) -> String {
    let mut sql = "CREATE TABLE parent (id INT PRIMARY KEY, other INT NOT NULL, UNIQUE (other));\n"
        .to_owned();
    for change in changes {
        sql.push_str(&format!(
            "CREATE TABLE {} (id INT AUTO_INCREMENT PRIMARY KEY, {}) COLLATE utf8mb4_unicode_520_ci;\n",
            change.0,
            side(change)
        ));
    }
    sql
}

/// A database as it is, with a row in each table, and a folder with the schema that it shall have.
fn prepared(server: Server) -> (Scratch, tempfile::TempDir, Vec<Change>) {
    let changes = changes(server);
    let scratch = Scratch::new(server);
    let mut rows = "INSERT INTO parent VALUES (1, 1);\n".to_owned();
    for change in &changes {
        rows.push_str(&format!(
            "INSERT INTO {} (id, a) VALUES (1, '1');\n",
            change.0
        ));
    }
    let rows = rows.replace(
        "new_member (id, a) VALUES (1, '1')",
        "new_member (id, a) VALUES (1, 'y')",
    );
    scratch.execute(&(schema(&changes, |change| change.1) + &rows));
    let folder = folder();
    std::fs::write(
        folder.path().join("to.sql"),
        schema(&changes, |change| change.2),
    )
    .unwrap();
    (scratch, folder, changes)
}

const ALL: [&str; 3] = ["--allow-drop", "--allow-blocking", "--columns"];

fn reindex(scratch: &Scratch, folder: &tempfile::TempDir, more: &[&str]) -> Ran {
    let arguments = [
        "reindex",
        "--schema",
        "to.sql",
        "--database-url",
        scratch.url(),
    ];
    run(folder.path(), arguments.iter().chain(more))
}

on_both_servers! {
    long
    fn every_kind_of_change_is_planned_and_applied_and_then_nothing_is_left(server: Server) {
        let (scratch, folder, changes) = prepared(server);
        assert!(changes.len() >= 25);
        let planned = reindex(&scratch, &folder, &[&ALL[..], &["--dry-run"]].concat()).exits(1);
        for (name, _, _, words) in &changes {
            let about: String = planned
                .stdout
                .split("\n\n")
                .filter(|part| part.contains(&format!("ALTER TABLE `{name}`\n")))
                .collect::<Vec<_>>()
                .join("\n\n");
            assert!(about.contains(words), "{name}: {words:?} not in\n{about}");
            assert_eq!(about.is_empty(), words.is_empty(), "{name}:\n{about}");
        }
        let applied = reindex(&scratch, &folder, &ALL).exits(0);
        assert_eq!(applied.stdout, planned.stdout);
        let left = reindex(&scratch, &folder, &["--dry-run"]).exits(0);
        assert_eq!(left.stdout, "");
        for (name, ..) in &changes {
            assert_eq!(scratch.value(&format!("SELECT COUNT(*) FROM {name}")), "1", "{name}");
        }
        let created = scratch.rows("SHOW CREATE TABLE keeps_on_update")[0][1].clone().unwrap();
        assert!(created.to_uppercase().contains("ON UPDATE CURRENT_TIMESTAMP(3)"), "{created}");
        assert!(created.contains("changed"), "{created}");
        // and the plan was one that a server would agree with: it makes the same of the file itself
        let reference = Scratch::new(server);
        reference.execute(&schema(&changes, |change| change.2));
        assert_eq!(indexes(&scratch), indexes(&reference));
    }
}

/// What the server says of all indexes.
pub fn indexes(scratch: &Scratch) -> Vec<Vec<Option<String>>> {
    let shown = match scratch.value("SELECT VERSION()").contains("MariaDB") {
        true => "IGNORED",
        false => "IS_VISIBLE",
    };
    scratch.rows(&format!(
        "SELECT TABLE_NAME, LOWER(INDEX_NAME), SEQ_IN_INDEX, COLUMN_NAME, NON_UNIQUE, COLLATION, SUB_PART, INDEX_TYPE, INDEX_COMMENT, {shown} \
         FROM information_schema.STATISTICS WHERE TABLE_SCHEMA = DATABASE() ORDER BY 1, 2, 3"
    ))
}

on_both_servers! {
    fn the_plan_is_a_script_that_the_client_runs(server: Server) {
        let (scratch, folder, _) = prepared(server);
        let planned = reindex(&scratch, &folder, &[&ALL[..], &["--dry-run"]].concat()).exits(1);
        let client = match server {
            Server::MySQL => server.program().with_file_name("mysql"),
            Server::MariaDB => server.program().with_file_name("mariadb"),
        };
        let socket = scratch.url().split_once("socket=").unwrap().1.replace("%2F", "/");
        let mut child = Command::new(client)
            .args(["--no-defaults", "-uroot", "-S", &socket, scratch.name()])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        std::io::Write::write_all(&mut child.stdin.take().unwrap(), planned.stdout.as_bytes()).unwrap();
        let output = child.wait_with_output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        reindex(&scratch, &folder, &["--dry-run"]).exits(0);
    }
}

on_both_servers! {
    long
    fn without_options_nothing_is_dropped_no_column_changed_and_no_writer_blocked(server: Server) {
        let (scratch, folder, _) = prepared(server);
        let ran = reindex(&scratch, &folder, &[]).exits(1);
        for words in [
            "-- index \"k\" on extra is not in the schema; left alone: add --allow-drop to drop it\n--   ALTER TABLE `extra`\n--     DROP INDEX `k`;",
            "(Fulltext index creation requires a lock); add --allow-blocking to make the change\n--   ALTER TABLE `missing_full_text`",
            "left alone: nothing would be lost, add --columns to change it\n--   ALTER TABLE `new_member`",
        ] {
            assert!(ran.stdout.contains(words), "{words}\n{}", ran.stdout);
        }
        assert!(!ran.stdout.lines().any(|line| line.starts_with("  ") && line.contains("COLUMN")));
        let again = reindex(&scratch, &folder, &["--dry-run"]).exits(1);
        let statements: Vec<&str> = again.stdout.lines().filter(|line| line.starts_with("ALTER")).collect();
        assert_eq!(statements, [""; 0]);
        // one table has all that the schema asks for, and something beside
        reindex(&scratch, &folder, &["--table", "extra"]).exits(0);
        reindex(&scratch, &folder, &["--table", "extra", "--dry-run"]).exits(1);
        reindex(&scratch, &folder, &["--table", "nobody"]).exits(2).says("to.sql has no table \"nobody\"");
    }
}

on_both_servers! {
    fn a_rebuild_is_online_and_changes_nothing(server: Server) {
        let scratch = Scratch::new(server);
        let sql = "CREATE TABLE t (id INT PRIMARY KEY, a INT, KEY k (a));";
        scratch.execute(&format!("{sql} INSERT INTO t VALUES (1, 2)"));
        let folder = folder();
        std::fs::write(folder.path().join("to.sql"), sql).unwrap();
        reindex(&scratch, &folder, &["--rebuild"])
            .exits(0)
            .prints("ALTER TABLE `t`\n  FORCE,\n  ALGORITHM=INPLACE, LOCK=NONE;");
        reindex(&scratch, &folder, &["--dry-run"]).exits(0);
    }
}
