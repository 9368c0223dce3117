//! Resource limits of an account that a run would exceed are found before the first row. So is an
//! account whose sessions the server ends at once.

use crate::support::data::Files;
use crate::support::harness::{Scratch, Server, execute, folder, on_both_servers, run};
use crate::support::own_server::OwnServer;

on_both_servers! {
    fn limits_of_an_account_are_named_before_the_first_row(server: Server) {
        let home = folder();
        let mut own = OwnServer::new(server, home.path());
        own.start(&["--init-connect=SELECT no_such_column".to_owned()]);
        let (files, scratch) = (Files::small(), Scratch::at(own.socket_url()));
        let accounts = [
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
