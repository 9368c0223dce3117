//! `--compare-generated`: values in a file for columns that the server computes.

use serde_json::json;

use crate::support::data::Files;
use crate::support::harness::{Scratch, Server, on_both_servers};

on_both_servers! {
    fn values_that_differ_from_what_the_server_computes_are_counted_if_asked(server: Server) {
        let files = Files::of_schema(
            "CREATE TABLE p (id INT NOT NULL PRIMARY KEY);
             CREATE TABLE t (id INT NOT NULL PRIMARY KEY, n INT NOT NULL, p INT, twice DECIMAL(6,2) AS (n * 2) STORED, name VARCHAR(9) AS (CONCAT('n', n)) VIRTUAL,
               UNIQUE (twice), CHECK (twice < 100), FOREIGN KEY (p) REFERENCES p (id));
             CREATE TABLE u (n INT, twice INT AS (n * 2) STORED);",
        );
        files.put("p", "id\n1\n");
        // line 3 differs in both, line 4 in one that is no number, line 5 has none; the others are
        // rejected: a duplicate, an orphan, a condition
        files.put(
            "t",
            "id,twice,n,name,p\n1,2,1,n1,\n2,5.5,2,N2,1\n3,many,3,n3,\n4,,4,n4,1\n1,9,9,x,\n6,9,6,x,7\n7,2,70,n70,\n8,16.00,8,n8,\n",
        );
        files.put("u", "n,twice\n1,3\n");
        let scratch = Scratch::new(server);
        let ran = files.seed(&scratch, &["--max-rejects", "100%", "--compare-generated"]).exits(0);
        let ran = ran.says("seed: t.twice: 3 of 5 values in the file differ from what the server computes, first at csv/t.csv:3");
        let ran = ran.says("seed: t.name: 1 of 4 values in the file differ from what the server computes, first at csv/t.csv:3");
        ran.says("seed: u: the values of generated columns are not compared, because the file does not fill a primary key");
        let expected = json!([
            {"name": "twice", "compared": 5, "differing": 3},
            {"name": "name", "compared": 4, "differing": 1}
        ]);
        assert_eq!(files.reported("t")["generated_columns"], expected);
        let scratch = Scratch::new(server);
        let ran = files.seed(&scratch, &["--max-rejects", "100%"]).exits(0);
        assert!(!ran.stderr.contains("differ from"), "{}", ran.stderr);
        assert_eq!(files.reported("t")["generated_columns"], json!(null));
        files.put("t", "id,n,twice\n1,1,2.0\n");
        let ran = files.seed(&Scratch::new(server), &["--compare-generated"]).exits(0);
        ran.says("seed: t.twice: all 1 values in the file are those that the server computes");
    }
}
