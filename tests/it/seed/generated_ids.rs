//! Ids: with `--generate-ids`, an empty field of an AUTO_INCREMENT column gets the next number; 0
//! stays 0, and columns that the server computes are named.

use std::fs;

use crate::support::harness::{Ran, Scratch, Server, folder, on_both_servers, run};

const SCHEMA: &str = "\
CREATE TABLE parents (id TINYINT UNSIGNED NOT NULL AUTO_INCREMENT PRIMARY KEY, name VARCHAR(9), size INT AS (CHAR_LENGTH(name)));
CREATE TABLE children (id INT PRIMARY KEY, parent TINYINT UNSIGNED NOT NULL, FOREIGN KEY (parent) REFERENCES parents (id));
";

const WAYS: [&str; 2] = ["local-infile", "insert"];

fn seed(folder: &std::path::Path, scratch: &Scratch, way: &str, more: &[&str]) -> Ran {
    let options = [
        "seed",
        "--database-url",
        scratch.url(),
        "--load",
        way,
        "--verify",
        "full",
        "--max-rejects",
        "100%",
    ];
    run(folder, options.iter().chain(more))
}

fn ids(scratch: &Scratch) -> String {
    scratch.value("SELECT GROUP_CONCAT(id, name ORDER BY id) FROM parents")
}

on_both_servers! {
    fn an_empty_id_is_the_next_number_in_the_order_of_the_file(server: Server) {
        let folder = folder();
        let write = |name: &str, text: &str| fs::write(folder.path().join(name), text).unwrap();
        write("schema.sql", SCHEMA);
        write("parents.csv", "id,name,size\n,a,1\n7,b,1\n,c,1\nnull,d,1\n8,e,1\n0,f,1\n");
        write("children.csv", "id,parent\n1,8\n2,9\n3,10\n");
        for way in WAYS {
            // without the setting, an id is missing
            let scratch = Scratch::new(server);
            let ran = seed(folder.path(), &scratch, way, &[]).exits(0);
            assert!(ran.stderr.contains("parents: columns left out: size (the server computes it)"), "{}", ran.stderr);
            assert_eq!(ids(&scratch), "0f,7b,8e");
            assert_eq!(scratch.value("SELECT GROUP_CONCAT(id) FROM children"), "1");

            // the id 8 is taken before the file reaches its row
            let scratch = Scratch::new(server);
            seed(folder.path(), &scratch, way, &["--generate-ids", "parents"]).exits(0);
            assert_eq!(ids(&scratch), "0f,1a,7b,8c,9d");
            assert_eq!(scratch.value("SELECT GROUP_CONCAT(id ORDER BY id) FROM children"), "1,2");
            run(folder.path(), ["verify", "--database-url", scratch.url()]).exits(0);
            let next = "INSERT INTO parents (name) VALUES ('z')";
            scratch.execute(next);
            assert_eq!(scratch.value("SELECT id FROM parents WHERE name = 'z'"), "10");
        }
    }
}

on_both_servers! {
    fn generated_ids_follow_those_of_the_table_and_end_with_the_type(server: Server) {
        let folder = folder();
        let write = |name: &str, text: &str| fs::write(folder.path().join(name), text).unwrap();
        write("schema.sql", SCHEMA);
        write("reviewseed.toml", "[tables.PARENTS]\ngenerate_ids = true\n");
        let config = folder.path().join("reviewseed.toml");
        let settings = ["--config", config.to_str().unwrap(), "--tables", "parents"];
        let scratch = Scratch::new(server);
        write("parents.csv", "id,name\n250,a\n");
        seed(folder.path(), &scratch, "local-infile", &settings).exits(0);
        // each row is a batch
        write("parents.csv", "id,name\n,b\n,c\n3,d\n,e\n,f\n,g\n,h\n");
        let more = ["--append", "--batch-size", "4", "--threads", "4", "--connections", "4"];
        seed(folder.path(), &scratch, "local-infile", &[&settings[..], &more].concat()).exits(0);
        assert_eq!(ids(&scratch), "3d,250a,251b,252c,253e,254f,255g");
        let reasons = fs::read_to_string(folder.path().join("rejects/parents.reasons.csv")).unwrap();
        assert!(reasons.contains(",id,out_of_range,") && reasons.contains("no id is left"), "{reasons}");
    }
}

on_both_servers! {
    fn the_id_zero_stays_zero_with_its_children(server: Server) {
        let folder = folder();
        let write = |name: &str, text: &str| fs::write(folder.path().join(name), text).unwrap();
        write("schema.sql", SCHEMA);
        write("parents.csv", "id,name\n0,none\n1,one\n2,two\n");
        write("children.csv", "id,parent\n10,0\n11,2\n");
        for way in WAYS {
            let scratch = Scratch::new(server);
            seed(folder.path(), &scratch, way, &[]).exits(0);
            assert_eq!(ids(&scratch), "0none,1one,2two");
            assert_eq!(scratch.value("SELECT COUNT(*) FROM children"), "2");
            scratch.execute("INSERT INTO parents (name) VALUES ('next')");
            assert_eq!(scratch.value("SELECT id FROM parents WHERE name = 'next'"), "3");
        }
    }
}
