//! `reindex` on several servers in parallel, such as the shards behind a gateway: one plan for each
//! server, one exit code for all.

use crate::support::harness::{Ran, Scratch, Server, folder, on_both_servers, run};

const SCHEMA: &str = "CREATE TABLE a (id INT NOT NULL PRIMARY KEY, x INT, KEY by_x (x));
    CREATE TABLE b (id INT NOT NULL PRIMARY KEY, a INT NOT NULL, KEY by_a (a), CONSTRAINT up FOREIGN KEY (a) REFERENCES a (id))";

on_both_servers! {
    fn tables_are_created_without_indexes_and_completed_on_all_servers(server: Server) {
        let folder = folder();
        std::fs::write(folder.path().join("s.sql"), SCHEMA).unwrap();
        let (one, other) = (Scratch::new(server), Scratch::new(server));
        let reindex = |others: &str, more: &[&str]| -> Ran {
            let arguments = ["reindex", "--schema", "s.sql", "--database-url", one.url(), "--database-url", others];
            run(folder.path(), [&arguments[..], more].concat())
        };
        let indexes = |scratch: &Scratch| {
            scratch.value("SELECT CAST(COUNT(*) AS CHAR) FROM information_schema.statistics WHERE table_schema = DATABASE() AND index_name <> 'PRIMARY'")
        };
        // rows keep what is there
        other.execute("CREATE TABLE a (id INT NOT NULL PRIMARY KEY, x INT, KEY by_x (x)); INSERT INTO a VALUES (1, 1)");
        reindex(other.url(), &["--before-load"])
            .exits(0)
            .says("ready for a load: a, b; ")
            .says("left unchanged, because they hold rows: a");
        assert_eq!((indexes(&one), indexes(&other)), ("0".into(), "1".into()));

        let dry = reindex(other.url(), &["--dry-run"]).exits(1);
        for scratch in [&one, &other] {
            assert!(dry.stdout.contains(scratch.name()), "{}", dry.stdout);
        }
        // one that is not there stops no other
        let absent = other.url().replace(other.name(), "absent_database");
        reindex(&absent, &["--report", "r.json"]).exits(2).says("absent_database");
        assert_eq!((indexes(&one), indexes(&other)), ("2".into(), "1".into()));
        reindex(other.url(), &["--report", "r.json"]).exits(0).says("the tables match s.sql");
        assert_eq!((indexes(&one), indexes(&other)), ("2".into(), "2".into()));
        let report = std::fs::read_to_string(folder.path().join("r.json")).unwrap();
        assert!(report.contains(other.name()) && report.contains(": b\""), "{report}");
        reindex(other.url(), &["--dry-run"]).exits(0);

        // what is found on one of them decides
        other.execute("ALTER TABLE a DROP INDEX by_x");
        reindex(other.url(), &["--dry-run"]).exits(1);
    }
}
