//! `check` and a dry run only count, so they read all tables to their ends, even if too many
//! records are rejected.

use crate::support::data::{Files, review, reviews};
use crate::support::harness::{Scratch, Server, on_both_servers};

on_both_servers! {
    fn every_table_is_read_to_its_end_and_reported_where_the_first_is_over_its_budget(server: Server) {
        let (files, scratch) = (Files::small(), Scratch::new(server));
        let bad = review(9).replace(",7,4,", ",7,,");
        files.put("reviews", reviews(5) + &bad.repeat(5));
        files.put("characteristics", "id,product_id,name\n1,7,Fit\n2,7,Size\n3,7,x\n");
        let over = "reviews: 5 of 10 records are rejected, more than --max-rejects 10% allows";
        for ran in [files.check(&[]), files.seed(&scratch, &["--dry-run"])] {
            let ran = ran.exits(1).says(over).says("characteristics: 1 of 3 records are rejected");
            assert!(ran.stderr.contains("accepted"), "the summary: {}", ran.stderr);
            let report = files.report();
            assert_eq!(report["outcome"], "budget_spent");
            let tables = report["tables"].as_array().unwrap();
            let counts: Vec<_> = tables
                .iter()
                .map(|t| (t["read"].as_u64().unwrap(), t["rejected"].as_u64().unwrap(), t["over_budget"] == true))
                .collect();
            assert_eq!(counts, [(10, 5, true), (3, 1, true), (2, 0, false), (3, 0, false)]);
        }
        assert!(scratch.rows("SHOW TABLES").is_empty());
        assert_eq!(files.rejected("reviews").len(), 5);
        // a run that loads stops at the first table that it finds so
        files.seed(&scratch, &[]).exits(1).says("more than --max-rejects 10% allows");
    }
}

#[test]
fn a_share_that_ends_a_seed_early_is_over_the_budget_of_check_too() {
    let files = Files::of_schema("CREATE TABLE t (id INT NOT NULL PRIMARY KEY);");
    // 1,100 of the first 10,100 records are rejected, which is no more than a tenth of all of them
    let bad = "x\n".repeat(1100);
    let good: String = (0..12_000).map(|id| format!("{id}\n")).collect();
    files.put("t", format!("id\n{bad}{good}"));
    let small = ["--batch-size", "1K"];
    files
        .check(&small)
        .exits(1)
        .says("more than --max-rejects 10% allows");
    assert_eq!(files.report()["outcome"], "budget_spent");
    assert_eq!(files.reported("t")["read"], 13_100);
    files.check(&["--max-rejects", "1100"]).exits(1);
    assert_eq!(files.report()["outcome"], "found_rejects");
}
