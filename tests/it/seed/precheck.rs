//! The prechecks of `seed`: a list of results (pass, warn or fail), which reports all failures at
//! once.

use std::fs;

use crate::support::data::Files;
use crate::support::harness::{Scratch, Server, execute, on_both_servers, rows, run};

on_both_servers! {
    fn all_checks_are_listed_with_verbose(server: Server) {
        let (files, scratch) = (Files::small(), Scratch::new(server));
        let ran = files.seed(&scratch, &["-v"]).exits(0);
        for name in [
            "headers", "rejects", "server", "role", "rights", "local_infile", "sql_mode", "charset", "disk space", "binary log",
            "max_allowed_packet", "connections", "tables", "columns",
        ] {
            let line = format!("precheck: pass: {name}: ");
            assert_eq!(ran.stderr.matches(&line).count(), 1, "{line}\n{}", ran.stderr);
        }
        let ran = ran.says("precheck: pass: role: stand-alone\n").says("precheck: pass: local_infile: ON\n").says("MiB are free in /");
        // SET GLOBAL changes the size of the redo log on MySQL only
        let passed = match server {
            Server::MySQL => "precheck: 17 checks passed\n",
            Server::MariaDB => "precheck: 16 checks passed\n",
        };
        assert_eq!(ran.stderr.contains("precheck: pass: redo log: "), server == Server::MySQL);
        ran.says("precheck: pass: tables: empty\n").says(passed);
        let ran = files.seed(&scratch, &[]).exits(0).says(passed);
        assert!(!ran.stderr.contains("precheck: pass"), "{}", ran.stderr);
    }
}

on_both_servers! {
    fn all_failures_are_reported_at_once_and_nothing_is_changed(server: Server) {
        let (files, scratch) = (Files::small(), Scratch::at(server.second_url()));
        let url = server.second_url();
        files.put("characteristics", "id,name\n1,Fit\n");
        files.put("reviews_photos", "");
        let user = format!("p{}", &scratch.name()[3..]);
        let user = &user[..user.len().min(30)];
        execute(url, &format!("CREATE USER '{user}'@'localhost'; GRANT SELECT, INSERT ON `{}`.* TO '{user}'@'localhost'", scratch.name()));
        let theirs = scratch.url().replacen("root@", &format!("{user}@"), 1);
        let arguments = ["seed", "csv", "--database-url", &theirs];
        let ran = run(&files.path(""), arguments);
        execute(url, &format!("DROP USER '{user}'@'localhost'"));
        let ran = ran
            .exits(2)
            .says("error: 2 files or tables cannot be read:\n  csv/characteristics.csv: the header has no column \"product_id\"; found \"id, name\"\n  csv/reviews_photos.csv is empty")
            .says("error: this account lacks UPDATE, DELETE, CREATE, ALTER")
            .says("have it granted: GRANT UPDATE, DELETE, CREATE, ALTER")
            .says("prechecks failed, all are named above; nothing was changed");
        assert_eq!(ran.stderr.matches("error: ").count(), 3, "{}", ran.stderr);
        assert!(scratch.rows("SHOW TABLES").is_empty());
        assert!(!files.path("rejects").exists(), "nothing is made before the input is known");
    }
}

on_both_servers! {
    fn one_failure_alone_is_the_error(server: Server) {
        let (files, scratch) = (Files::small(), Scratch::new(server));
        files.put("characteristics", "id,name\n1,Fit\n");
        let ran = files.seed(&scratch, &[]).exits(2).says("error: csv/characteristics.csv: the header has no column");
        assert_eq!(ran.stderr.matches("error: ").count(), 1, "{}", ran.stderr);
        // and where no server is named none is started for it
        let ran = run(&files.path(""), ["seed", "csv"]).exits(2);
        assert!(!files.path(".reviewseed").exists(), "{}", ran.stderr);
    }
}

on_both_servers! {
    fn a_warning_says_that_packets_are_too_small_for_the_records(server: Server) {
        let (files, url) = (Files::small(), server.second_url());
        let scratch = Scratch::at(url);
        let packet = rows(url, "SELECT CAST(@@GLOBAL.max_allowed_packet AS CHAR)").unwrap()[0][0].clone().unwrap();
        execute(url, "SET GLOBAL max_allowed_packet = 1048576");
        let ran = files.seed(&scratch, &[]);
        execute(url, &format!("SET GLOBAL max_allowed_packet = {packet}"));
        ran.exits(0).says("precheck: warn: max_allowed_packet: the server at ").says("raise max_allowed_packet on the server");
    }
}

on_both_servers! {
    fn the_obstacles_to_a_replacement_are_named_together(server: Server) {
        let (files, scratch) = (Files::small(), Scratch::new(server));
        files.seed(&scratch, &[]).exits(0);
        scratch.execute("CREATE TRIGGER watch BEFORE INSERT ON reviews FOR EACH ROW SET @seen = 1");
        scratch.execute("CREATE TABLE votes (review_id INT UNSIGNED, CONSTRAINT vote_of FOREIGN KEY (review_id) REFERENCES reviews (id))");
        fs::remove_dir_all(files.path("rejects")).unwrap();
        files
            .seed(&scratch, &["--replace"])
            .exits(2)
            .says("error: --replace cannot keep trigger watch of reviews")
            .says("error: --replace cannot keep foreign key vote_of")
            .says("2 of ");
        scratch.execute("DROP TABLE votes");
    }
}

on_both_servers! {
    fn a_disk_that_is_too_small_is_an_error_before_the_first_row_and_the_check_can_be_skipped(server: Server) {
        let (files, scratch) = (Files::of_schema("CREATE TABLE t (id INT NOT NULL PRIMARY KEY);"), Scratch::new(server));
        // half of what is free makes one and a half times of it as tables; a hole takes no room
        let disk = rustix::fs::statvfs(files.path("csv")).unwrap();
        let size = disk.f_bavail * disk.f_frsize / 2;
        files.put("t", "id\n1\n");
        let file = fs::File::options().write(true).open(files.path("csv/t.csv")).unwrap();
        file.set_len(size).unwrap();
        files.seed(&scratch, &[]).exits(2).says("MiB are free in").says("--skip-check disk");
        assert!(scratch.rows("SHOW TABLES").is_empty());
        // with the check skipped, the next obstacle is the error
        scratch.execute("CREATE TABLE t (id INT NOT NULL PRIMARY KEY); INSERT INTO t VALUES (7)");
        let ran = files.seed(&scratch, &["--skip-check", "disk"]).exits(2).says("precheck: warn: disk space: ").says("(skipped, as asked)");
        let errors: Vec<&str> = ran.stderr.lines().filter(|line| line.starts_with("error: ")).collect();
        assert!(!errors.is_empty() && !errors.iter().any(|error| error.contains("MiB are free in")), "{}", ran.stderr);
        files.seed(&scratch, &["--skip-check", "disc"]).exits(2).says("disk, rights, role, transaction-size");
    }
}

on_both_servers! {
    fn a_resumed_run_reports_how_much_is_loaded(server: Server) {
        let (files, scratch) = (Files::of_schema("CREATE TABLE t (id INT NOT NULL PRIMARY KEY);"), Scratch::new(server));
        let ids: String = (0..2_000).map(|id| format!("{id}\n")).collect();
        files.put("t", format!("id\n{ids}wrong\n"));
        let ran = files.seed(&scratch, &["-v", "--max-rejects", "0", "--batch-size", "1K"]).exits(1);
        assert!(!ran.stderr.contains("of which about"), "{}", ran.stderr);
        files.seed(&scratch, &["-v", "--batch-size", "1K"]).exits(0).says("MiB as tables with indexes, of which about ");
        files.seed(&scratch, &["-v", "--batch-size", "1K"]).exits(0).says("disk space: the files are already loaded");
        scratch.execute("TRUNCATE TABLE t");
        let emptied = files.seed(&scratch, &["-v", "--batch-size", "1K"]).exits(0);
        assert!(!emptied.stderr.contains("the files are already loaded"), "{}", emptied.stderr);
        // rows that are added need room
        files.put("t", "id\n5000\n");
        let added = files.seed(&scratch, &["-v", "--append"]).exits(0);
        assert!(!added.stderr.contains("of which about"), "{}", added.stderr);
    }
}
