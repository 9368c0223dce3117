//! A server with unusual defaults: the sessions of a run do not inherit any of them.

use std::fs;

use crate::support::data::Files;
use crate::support::harness::{Scratch, Server, folder, on_both_servers, run};
use crate::support::own_server::OwnServer;

const SCHEMA: &str = "\
CREATE TABLE t (id INT NOT NULL PRIMARY KEY, v VARCHAR(60) NOT NULL, g INT NOT NULL, KEY k_g (g));
CREATE TABLE u (id INT NOT NULL PRIMARY KEY, t_id INT NOT NULL, FOREIGN KEY (t_id) REFERENCES t (id));
";

on_both_servers! {
    fn no_default_of_the_server_is_inherited(server: Server) {
        let home = folder();
        let mut own = OwnServer::new(server, home.path());
        own.start(&["--log-bin=log", "--server-id=7"].map(str::to_owned));
        let (scratch, resumed) = (Scratch::at(own.socket_url()), Scratch::at(own.socket_url()));
        let [read_only, isolation] = match server {
            Server::MySQL => ["transaction_read_only", "transaction_isolation"],
            Server::MariaDB => ["tx_read_only", "tx_isolation"],
        };
        let isolation = format!("{isolation} = 'READ-COMMITTED'");
        let read_only = format!("{read_only} = 1");
        // the lowest value
        let sort_length = match server {
            Server::MySQL => "max_sort_length = 4",
            Server::MariaDB => "max_sort_length = 64",
        };
        for setting in ["sql_select_limit = 1", "max_join_size = 1000", "completion_type = 2", sort_length,
            "binlog_format = 'STATEMENT'", &isolation, &read_only] {
            scratch.execute(&format!("SET GLOBAL {setting}"));
        }
        let files = Files::of_schema(SCHEMA);
        let rows = |from: u32, to: u32| (from..to).map(|i| format!("{i},value {i},{}\n", i % 7)).collect::<String>();
        files.put("t", format!("id,v,g\n{}", rows(0, 3000)));
        files.put("u", "id,t_id\n1,2999\n2,5000\n3,7\n");
        let batches = ["--batch-size", "4K", "--max-rejects", "100%", "--verify", "full"];
        for (load, rejected) in [("local-infile", "--replace"), ("insert", "--replace")] {
            files.seed(&scratch, &[&["--load", load, rejected], &batches[..]].concat()).exits(0);
            assert_eq!(files.rejected("u"), [(3, "missing_parent".to_owned())]);
        }
        files.verify(&scratch).exits(0);
        // a run that resumes reads all batches of the ledger, and loads none of them again
        files.seed(&resumed, &["--batch-size", "4K", "--max-rejects", "0"]).exits(1);
        files.seed(&resumed, &batches).exits(0).says("resum");
        assert_eq!(resumed.value("SET sql_big_selects = 1; SELECT COUNT(*) FROM t"), "3000");
        files.put("t", format!("id,v,g\n{}", rows(3000, 3100)));
        files.put("u", "id,t_id\n9,3001\n");
        files.seed(&scratch, &["--append"]).exits(0);
        fs::write(files.path("more.sql"), SCHEMA.replace("KEY k_g (g)", "KEY k_g (g), KEY k_v (v)")).unwrap();
        let about = ["--schema", "more.sql", "--database-url", scratch.url()];
        run(&files.path(""), [&["reindex"], &about[..]].concat()).exits(0);
        run(&files.path(""), [&["reindex", "--dry-run"], &about[..]].concat()).exits(0).prints("");
        run(&files.path(""), [&["verify"], &about[..]].concat()).exits(0);
        // the test itself has the defaults of the server
        let counted = "SET sql_big_selects = 1; SELECT COUNT(*) FROM t";
        assert_eq!(scratch.value(counted), "3100");
        // its database is dropped at the end
        scratch.execute(&format!("SET GLOBAL {}", read_only.replace('1', "0")));
    }
}
