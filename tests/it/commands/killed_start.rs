//! A start of the private server that was killed before it noted the server: the next start finds
//! the server, and does not start a second one on the same data.

use std::fs;
use std::path::Path;

use crate::support::harness::{Scratch, Server, on_both_servers};
use crate::support::private::Private;

/// How many processes have this folder as their data directory.
fn servers_of(data: &Path) -> usize {
    let argument = format!("--datadir={}", data.display()).into_bytes();
    let processes = fs::read_dir("/proc").unwrap().flatten();
    let lines = processes.flat_map(|process| fs::read(process.path().join("cmdline")));
    lines
        .filter(|line| line.split(|byte| *byte == 0).any(|word| word == argument))
        .count()
}

on_both_servers! {
    fn a_server_that_a_killed_start_has_not_noted_is_found(server: Server) {
        let private = Private::new(server, "killed-start");
        let (state, database) = (private.home.join(".reviewseed"), Scratch::existing(&private.url));
        database.execute("CREATE TABLE t (id INT PRIMARY KEY); INSERT INTO t VALUES (7)");
        let forget = || {
            for name in ["running.json", "server.pid"] {
                fs::remove_file(state.join(name)).unwrap();
            }
        };
        forget();
        private.run(&["server", "start"]).exits(0);
        assert_eq!(servers_of(&state.join("server/data")), 1);
        assert_eq!(database.value("SELECT CAST(id AS CHAR) FROM t"), "7");
        forget();
        private.run(&["server", "stop"]).exits(0);
        assert_eq!(servers_of(&state.join("server/data")), 0);
        private.run(&["server", "start"]).exits(0);
    }
}
