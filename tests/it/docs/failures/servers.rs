//! Servers that are wrong, stopped or silent, and accounts without the needed privileges.

use std::net::TcpListener;

use super::as_documented;
use crate::support::background::{background, ended, with_batches_in};
use crate::support::data::Files;
use crate::support::harness::{Ran, Scratch, Server, execute, folder, on_both_servers, run};
use crate::support::network::{Conditions, Fault, Moment, Network};
use crate::support::running::Running;
use crate::support::watched::Watched;

on_both_servers! {
    fn a_wrong_password_and_a_missing_database_are_errors_before_the_first_row(server: Server) {
        let (files, scratch) = (Files::small(), Scratch::at(server.second_url()));
        let user = format!("f{}", &scratch.name()[3..]);
        let user = &user[..user.len().min(30)];
        execute(server.second_url(), &format!("CREATE USER '{user}'@'localhost' IDENTIFIED BY 'right'"));
        let wrong = scratch.url().replacen("root@", &format!("{user}:wrong@"), 1);
        let ran = run(&files.path(""), ["seed", "csv", "--database-url", &wrong]);
        execute(server.second_url(), &format!("DROP USER '{user}'@'localhost'"));
        as_documented("A wrong password", &ran);
        let absent = scratch.url().replace(scratch.name(), "no_such_database");
        as_documented("No such database", &run(&files.path(""), ["seed", "csv", "--database-url", &absent]));
        assert!(scratch.rows("SHOW TABLES").is_empty());
    }
}

on_both_servers! {
    fn a_database_of_others_and_tables_of_others_stay_as_they_are(server: Server) {
        let (files, scratch) = (Files::small(), Scratch::at(server.second_url()));
        let user = format!("g{}", &scratch.name()[3..]);
        let user = &user[..user.len().min(30)];
        execute(server.second_url(), &format!("CREATE USER '{user}'@'localhost'"));
        let theirs = scratch.url().replacen("root@", &format!("{user}@"), 1);
        let ran = run(&files.path(""), ["seed", "csv", "--database-url", &theirs]);
        execute(server.second_url(), &format!("DROP USER '{user}'@'localhost'"));
        as_documented("A database that the account may not use", &ran);
        let seed = ["seed", "csv", "--database-url", scratch.url()];
        run(&files.path(""), seed).exits(0);
        std::fs::write(files.path("other.sql"), "CREATE TABLE other (id INT PRIMARY KEY)").unwrap();
        let verify = ["verify", "--schema", "other.sql", "--database-url", scratch.url()];
        as_documented("`verify` with another schema", &run(&files.path(""), verify));
        // without the ledger, nobody knows whose they are
        for row in scratch.rows("SHOW TABLES LIKE '\\_reviewseed%'") {
            scratch.execute(&format!("DROP TABLE {}", row[0].as_deref().unwrap()));
        }
        as_documented("Tables of another program", &run(&files.path(""), seed));
        assert_eq!(scratch.value("SELECT COUNT(*) FROM characteristic_reviews"), "3");
    }
}

on_both_servers! {
    fn rights_on_one_schema_are_enough(server: Server) {
        let (files, scratch) = (Files::small(), Scratch::at(server.second_url()));
        let user = format!("f{}", &scratch.name()[3..]);
        let user = &user[..user.len().min(30)];
        let grant = format!("GRANT ALL ON `{}`.* TO '{user}'@'localhost'", scratch.name().replace('_', "\\_"));
        execute(server.second_url(), &format!("CREATE USER '{user}'@'localhost'; {grant}"));
        let theirs = scratch.url().replacen("root@", &format!("{user}@"), 1);
        let arguments = ["seed", "csv", "-v", "--database-url", &theirs];
        let seeded = run(&files.path(""), arguments);
        let verified = run(&files.path(""), ["verify", "--database-url", &theirs]);
        // --replace loads into a second database, so the account needs one more privilege
        let replaced = run(&files.path(""), ["seed", "csv", "--replace", "--database-url", &theirs]);
        execute(server.second_url(), &format!("DROP USER '{user}'@'localhost'"));
        as_documented("A user with privileges on one schema only", &seeded);
        verified.exits(0);
        replaced.exits(2).says("which this account may not create; have it granted: GRANT ALL ON `");
        assert_eq!(scratch.value("SELECT COUNT(*) FROM characteristic_reviews"), "3");
    }
}

on_both_servers! {
    long
    fn a_server_that_is_stopped_or_restarted_loses_nothing(server: Server) {
        let home = folder();
        run(home.path(), ["generate", "csv", "--products", "400", "-q"]).exits(0);
        let start = || Running::start(server, home.path(), &["--buffer-pool", "64M"]);
        let running = start();
        let url = running.url.clone();
        let arguments = ["seed", "csv", "--database-url", &url];
        let mut seed = background(home.path(), arguments);
        seed.args(["--connections", "1", "--batch-size", "4K"]);
        let child = with_batches_in(seed, &url, 20, "TRUE");
        running.stop();
        let running = start();
        as_documented("The server is restarted half way", &ended(child));
        let verify = ["verify", "--database-url", &url];
        run(home.path(), verify).exits(0);
        running.stop();
        as_documented("The server is stopped", &run(home.path(), arguments));
        let running = start();
        run(home.path(), arguments).exits(0).says("nothing to do");
        run(home.path(), verify).exits(0);
        running.stop();
    }
}

#[test]
fn a_port_without_a_greeting_is_an_error_within_the_time_limit() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("mysql://root@{}/shop", listener.local_addr().unwrap());
    let files = Files::small();
    let seed = ["seed", "csv", "--net-timeout", "1", "--database-url", &url];
    as_documented("A port that sends no greeting", &run(&files.path(""), seed));
}

on_both_servers! {
    fn a_silent_network_is_noticed_and_loses_nothing(server: Server) {
        let (files, scratch) = (Files::small(), Scratch::new(server));
        let silence = Conditions::of(Fault::Silence, Moment::Text("LOAD DATA LOCAL"));
        let network = Network::before(scratch.url(), silence);
        let url = network.url(scratch.url());
        let arguments = ["seed", "csv", "--net-timeout", "2", "--database-url", &url];
        let mut seed = Watched::start(background(&files.path(""), arguments));
        assert!(seed.says("is silent"), "{}", seed.said);
        network.heal();
        let (code, stderr) = seed.ends();
        let ran = Ran { code, stdout: String::new(), stderr };
        as_documented("A network that falls silent", &ran);
        assert_eq!(scratch.value("SELECT COUNT(*) FROM characteristic_reviews"), "3");
    }
}
