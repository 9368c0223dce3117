//! From a dump to a seeded database: the tables of this project, dumped by each server's own tool.

use std::process::Command;

use super::{load, tables};
use crate::support::data::Files;
use crate::support::harness::{Scratch, Server, on_both_servers};

/// What the dump tool of a server writes about a database, without the rows.
fn dump(server: Server, scratch: &Scratch) -> String {
    let name = match server {
        Server::MySQL => "mysqldump",
        Server::MariaDB => "mariadb-dump",
    };
    let (_, socket) = scratch.url().split_once("socket=").unwrap();
    let socket = socket.replace("%2F", "/");
    let output = Command::new(server.program().with_file_name(name))
        .args(["--no-defaults", "--no-data", "--user=root"])
        .arg(format!("--socket={socket}"))
        .arg(scratch.name())
        .output()
        .unwrap();
    assert!(output.status.success(), "{output:?}");
    String::from_utf8(output.stdout).unwrap()
}

on_both_servers! {
    fn a_dump_of_seeded_tables_seeds_the_same_tables(server: Server) {
        let (files, first) = (Files::small(), Scratch::new(server));
        files.seed(&first, &[]).exits(0);
        first.execute("CREATE TRIGGER late BEFORE INSERT ON reviews FOR EACH ROW SET NEW.helpfulness = 0");
        let schema = dump(server, &first);
        first.execute("DROP TRIGGER late");
        assert!(schema.contains("CREATE TABLE `reviews`") && schema.contains("_reviewseed_"), "{schema}");
        std::fs::write(files.path("schema.sql"), schema).unwrap();
        files.check(&[]).exits(0).says("the triggers of reviews do not exist while rows are loaded");
        let second = Scratch::new(server);
        load(&files, &second, &[]);
        assert_eq!(tables(&second), tables(&first));
        for table in tables(&first).split(',') {
            let definition = |scratch: &Scratch| scratch.rows(&format!("SHOW CREATE TABLE {table}"))[0][1].clone();
            let without_next = |text: Option<String>| {
                // MySQL writes the character set where the statement did
                let text = text.unwrap().replace(" CHARACTER SET utf8mb4", "");
                let (before, after) = text.split_once(" AUTO_INCREMENT=").unwrap_or((&text, ""));
                format!("{before}{}", after.trim_start_matches(|c: char| c.is_ascii_digit()))
            };
            assert_eq!(without_next(definition(&first)), without_next(definition(&second)));
        }
    }
}
