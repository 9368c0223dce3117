//! Resource limits of an account that a run would exceed are found before the first row. So is an
//! account whose sessions the server ends at once.

use crate::support::data::{Files, reviews};
use crate::support::harness::{Scratch, Server, execute, folder, on_both_servers, run};
use crate::support::own_server::OwnServer;

on_both_servers! {
    fn limits_of_an_account_are_named_before_the_first_row(server: Server) {
        let home = folder();
        let mut own = OwnServer::new(server, home.path());
        own.start(&["--init-connect=SELECT no_such_column".to_owned()]);
        let (files, scratch) = (Files::small(), Scratch::at(own.socket_url()));
        let accounts = [
            ("one", "WITH MAX_USER_CONNECTIONS 1", "this account may have 1 connection at a time"),
            ("two", "WITH MAX_USER_CONNECTIONS 2", "this account may have 2 connections at a time"),
            ("few", "WITH MAX_USER_CONNECTIONS 3", "this account may have 3 connections at a time"),
            ("slow", "WITH MAX_QUERIES_PER_HOUR 50", "this account has MAX_QUERIES_PER_HOUR 50"),
        ];
        for (name, limit, _) in accounts {
            execute(own.socket_url(), &format!("CREATE USER '{name}'@'localhost' {limit}; GRANT ALL ON *.* TO '{name}'@'localhost'"));
        }
        execute(own.socket_url(), &format!("CREATE USER 'plain'@'localhost'; GRANT ALL ON `{}`.* TO 'plain'@'localhost'", scratch.name()));
        let seed = |name: &str| {
            let url = scratch.url().replacen("root@", &format!("{name}@"), 1);
            run(&files.path(""), ["seed", "csv", "--connections", "1", "--database-url", &url])
        };
        for (name, _, words) in accounts {
            seed(name).exits(2).says(words);
        }
        // the server executes init_connect for accounts without special privileges only
        let ended = seed("plain").exits(2).says("init_connect");
        assert!(!ended.stderr.contains("SET NAMES"), "{}", ended.stderr);
        assert!(scratch.rows("SHOW TABLES").is_empty());
    }
}

on_both_servers! {
    fn a_batch_that_the_binary_log_has_no_room_for_is_no_full_disk(server: Server) {
        let home = folder();
        let mut own = OwnServer::new(server, home.path());
        own.start(&["--log-bin=log", "--server-id=7", "--binlog-cache-size=4096"].map(str::to_owned));
        let (files, scratch) = (Files::none(), Scratch::at(own.socket_url()));
        files.put("reviews", reviews(2_000));
        scratch.execute("SET GLOBAL max_binlog_cache_size = 4096");
        let seed = ["--tables", "reviews"];
        let ran = files.seed(&scratch, &seed).exits(2).says("max_binlog_cache_size in the server's binary log: raise that variable");
        assert!(!ran.stderr.contains("disk is full"), "{}", ran.stderr);
        scratch.execute("SET GLOBAL max_binlog_cache_size = 1073741824");
        files.seed(&scratch, &seed).exits(0);
        assert_eq!(scratch.value("SELECT COUNT(*) FROM reviews"), "2000");
    }
}
