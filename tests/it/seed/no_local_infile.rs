//! Servers and proxies that reject LOAD DATA LOCAL: rows are loaded by INSERT, or the error names
//! the setting to enable. A table is never loaded in part.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use crate::support::data::Files;
use crate::support::harness::{
    Scratch, Server, execute, folder, on_both_servers, ran, reviewseed, rows, run,
};
use crate::support::proxy::Proxy;

const SCHEMA: &str = "CREATE TABLE t (id INT NOT NULL PRIMARY KEY, v VARCHAR(60) NOT NULL, g INT NOT NULL, KEY k_g (g));";

fn files(rows: u32) -> Files {
    let files = Files::of_schema(SCHEMA);
    let lines: String = (0..rows)
        .map(|i| format!("{i},value {i},{}\n", i % 7))
        .collect();
    files.put("t", format!("id,v,g\n{lines}"));
    files
}

/// Answers LOAD DATA LOCAL as ProxySQL does, except for the first `after` times.
fn rejects_load_data(after: u32, code: u16, text: &'static str) -> Proxy {
    let seen = AtomicU32::new(0);
    Proxy {
        answers: Some(Box::new(move |sql| {
            let hit =
                sql.starts_with("LOAD DATA LOCAL") && seen.fetch_add(1, Ordering::SeqCst) >= after;
            hit.then(|| (code, text.to_owned()))
        })),
        ..Proxy::default()
    }
}

const PROXYSQL: &str = "Unsupported 'LOAD DATA LOCAL INFILE' command";

on_both_servers! {
    fn a_proxy_that_does_not_support_load_data_gets_inserts_and_says_why(server: Server) {
        for (after, code, text) in [(0, 1047, PROXYSQL), (3, 1105, "command not supported by this proxy")] {
            let (home, scratch, files) = (folder(), Scratch::new(server), files(2_000));
            let url = rejects_load_data(after, code, text).start(home.path(), scratch.url());
            let seeded = ran(files.command("seed", &["-v", "--batch-size", "4K", "--connections", "2"]).args(["--database-url", &url]));
            let seeded = seeded.exits(0).says("LOAD DATA LOCAL does not work on this connection").says(text).says("using INSERT");
            assert_eq!(seeded.stderr.matches("using INSERT").count(), 1, "{}", seeded.stderr);
            for wrong in ["trying again", "cluster"] {
                assert!(!seeded.stderr.contains(wrong), "{}", seeded.stderr);
            }
            assert_eq!(files.report()["server"]["load"], "insert");
            assert_eq!(scratch.value("SELECT COUNT(*) FROM t"), "2000");
            run(&files.path(""), ["verify", "--schema", "schema.sql", "--database-url", scratch.url()]).exits(0);
        }
    }
}

on_both_servers! {
    fn a_run_that_requires_load_data_fails_and_names_the_settings_to_switch_on(server: Server) {
        let (home, scratch, files) = (folder(), Scratch::new(server), files(10));
        let url = rejects_load_data(0, 1047, PROXYSQL).start(home.path(), scratch.url());
        let insist = ran(files.command("seed", &["--load", "local-infile"]).args(["--database-url", &url]));
        let insist = insist.exits(2).says("local_infile = ON").says("--load insert").says(PROXYSQL);
        assert!(!insist.stderr.contains("trying again"), "{}", insist.stderr);
        assert_eq!(scratch.value("SELECT COUNT(*) FROM t"), "0");
        // the same files by the way that was named
        ran(files.command("seed", &["--load", "insert"]).args(["--database-url", &url])).exits(0);
        assert_eq!(scratch.value("SELECT COUNT(*) FROM t"), "10");
    }
}

on_both_servers! {
    // on the second server, because no other test may be affected by the switch
    fn a_run_continues_with_insert_after_load_data_is_switched_off(server: Server) {
        let url = server.second_url();
        let (home, scratch, files) = (folder(), Scratch::at(url), files(2_000));
        let before = rows(url, "SELECT @@GLOBAL.local_infile + 0").unwrap()[0][0].clone().unwrap();
        execute(url, "SET GLOBAL local_infile = ON");
        let seen = Arc::new(AtomicU32::new(0));
        let counting = Arc::clone(&seen);
        let proxy = Proxy {
            answers: Some(Box::new(move |sql| {
                if sql.starts_with("LOAD DATA LOCAL") && counting.fetch_add(1, Ordering::SeqCst) == 2 {
                    execute(url, "SET GLOBAL local_infile = OFF");
                }
                None
            })),
            ..Proxy::default()
        };
        let via = proxy.start(home.path(), scratch.url());
        let seeded = ran(files.command("seed", &["--batch-size", "4K", "--connections", "2"]).args(["--database-url", &via]));
        execute(url, &format!("SET GLOBAL local_infile = {before}"));
        seeded.exits(0).says("using INSERT");
        assert!(seen.load(Ordering::SeqCst) > 2);
        assert_eq!(scratch.value("SELECT COUNT(*) FROM t WHERE v = CONCAT('value ', id)"), "2000");
    }
}

on_both_servers! {
    fn a_trigger_that_says_unsupported_rejects_its_row_and_nothing_else(server: Server) {
        let (scratch, files) = (Scratch::new(server), files(20));
        scratch.execute(SCHEMA);
        scratch.execute("CREATE TRIGGER picky BEFORE INSERT ON t FOR EACH ROW \
            IF NEW.id = 7 THEN SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'this value is not supported'; END IF");
        let seeded = ran(reviewseed(&files.path("")).args([
            "seed", "csv", "--schema", "schema.sql", "--max-rejects", "50%", "--database-url", scratch.url(),
        ]));
        let seeded = seeded.exits(0);
        assert!(!seeded.stderr.contains("using INSERT"), "{}", seeded.stderr);
        assert_eq!(files.rejected("t"), [(9, "refused_by_server".to_owned())]);
    }
}
