//! A column without a field, and a field without a column: they are listed, or they are an error if
//! they seem to belong together.

use serde_json::json;

use crate::support::data::Files;
use crate::support::harness::{Scratch, Server, on_both_servers};

const PLACES: &str = "CREATE TABLE places (code CHAR(5) NOT NULL PRIMARY KEY, town VARCHAR(40), fee INT, \
    seen DATE DEFAULT '2020-01-01', open BOOLEAN);";

on_both_servers! {
    fn a_column_that_no_field_fills_is_named_on_screen_and_in_the_reports(server: Server) {
        let (files, scratch) = (Files::of_schema(PLACES), Scratch::new(server));
        files.put("places", "code,open,,mayor\n00501,true,x,Ann\n");
        let line = "places: no field of the file fills town, fee (NULL in every row), seen (the DEFAULT in every row)";
        let left_out = "places: columns left out: column 3 (no name), mayor";
        let page = ["--report", "page.html"];
        files.check(&page).exits(0).says(line).says(left_out);
        assert!(std::fs::read_to_string(files.path("page.html")).unwrap().contains(line));
        files.check(&["--log-format", "json"]).exits(0).says(line);
        files.seed(&scratch, &["--dry-run"]).exits(0).says(line);
        files.seed(&scratch, &[]).exits(0).says(line).says(left_out);
        let expected = json!([
            {"name": "town", "gets": "null"},
            {"name": "fee", "gets": "null"},
            {"name": "seen", "gets": "default"},
        ]);
        assert_eq!(files.reported("places")["unfilled_columns"], expected);
        assert_eq!(
            scratch.value("SELECT CONCAT(town IS NULL, fee IS NULL, seen, open) FROM places"),
            "112020-01-011"
        );
        // a file that fills everything has nothing to say
        files.put("places", "code,town,fee,seen,open\n00501,Hill,5,2021-02-03,true\n");
        assert!(!files.check(&[]).exits(0).stderr.contains("fills"));
        assert_eq!(files.reported("places")["unfilled_columns"], json!(null));
    }
}

on_both_servers! {
    fn a_field_that_seems_to_be_meant_for_an_empty_column_stops_the_run(server: Server) {
        let scratch = Scratch::new(server);
        let stops = |schema: &str, table: &str, header: &str, words: &str| {
            let files = Files::of_schema(schema);
            files.put(table, format!("{header}\n"));
            files.check(&[]).exits(2).says(words).says("ignore");
            files.seed(&scratch, &["--dry-run"]).exits(2).says(words);
            files.seed(&scratch, &[]).exits(2).says(words);
            assert!(scratch.rows("SHOW TABLES").is_empty(), "nothing was written");
            assert!(!files.path("rejects").exists());
            files
        };
        let schema = "CREATE TABLE towns (zip CHAR(5) NOT NULL PRIMARY KEY, town VARCHAR(40), cost INT);";
        stops(schema, "towns", "zip,city,cost $", "field 3 \"cost $\" and column \"cost\"").check(&[]).exits(2)
            .says("field 2 \"city\" and column \"town\"");
        stops(schema, "towns", "cost,zip,twon", "field 3 \"twon\" and column \"town\"");
        stops(schema, "towns", "zip,name,price,tax", "only the primary key");
        // both ways to continue that the message names
        let files = stops(schema, "towns", "zip,Tawn,cost", "field 2 \"Tawn\" and column \"town\"");
        files.put("towns", "zip,Tawn,cost\n00501,Hill,5\n");
        files.check(&["--set", "towns.ignore=Tawn"]).exits(0).says("fills town (NULL in every row)");
        assert!(!files.check(&["--rename", "Tawn=town"]).exits(0).stderr.contains("fills"));
        files.put("towns", "zip,Town-,cost\n00501,Hill,5\n");
        assert!(!files.check(&[]).exits(0).stderr.contains("fills"));
    }
}

#[test]
fn files_whose_tables_and_columns_have_other_names_are_all_reported_at_once() {
    let files = Files::of_schema(
        "CREATE TABLE trait_list (id INT NOT NULL PRIMARY KEY, product_id INT NOT NULL, name_ VARCHAR(50) NULL DEFAULT NULL);
         CREATE TABLE traits (id INT NOT NULL PRIMARY KEY, trait_id INT NOT NULL, review_id INT NOT NULL, value_ INT NOT NULL);",
    );
    files.put("traits", "id,product_id,name\n1,1,Fit\n2,1,Length\n");
    files.put("trait_reviews", "id,trait_id,review_id,value\n1,1,1,4\n");
    files
        .check(&[])
        .exits(2)
        .says("no trait_list.csv")
        .says("traits.csv has the columns of table trait_list, trait_reviews.csv has the columns of table traits; if they are the right files, add --map trait_list=csv/traits.csv --map traits=csv/trait_reviews.csv")
        .says("csv/traits.csv: the header has no column \"trait_id\", no column \"review_id\", no column \"value_\"");
    let mapped = [
        "--map",
        "trait_list=csv/traits.csv",
        "--map",
        "traits=csv/trait_reviews.csv",
    ];
    let ran = files
        .check(&mapped)
        .exits(0)
        .says("traits: header names are read as columns: \"value\" = value_")
        .says("trait_list: header names are read as columns: \"name\" = name_");
    assert!(!ran.stderr.contains("fills"), "{}", ran.stderr);
}

#[test]
fn a_column_that_is_named_twice_is_an_error_with_all_its_places() {
    let files = Files::of_schema(
        "CREATE TABLE staff (id INT NOT NULL PRIMARY KEY, name VARCHAR(30) NOT NULL, dept VARCHAR(10) NULL);",
    );
    files.put("staff", "id,name,dept,ID,NAME\n1,Ines,ops,71,Ines B.\n");
    files
        .check(&["--max-rejects", "100%"])
        .exits(2)
        .says("column \"id\" more than once, in fields 1 and 4")
        .says("column \"name\" more than once, in fields 2 and 5");
    // as the message says
    files
        .check(&["--set", "staff.fields=id,name,dept,-,-"])
        .exits(0)
        .says("columns left out: ID (ignored on purpose), NAME (ignored on purpose)");
    files.put("staff", "id,name,dept,,\n1,Ines,ops,71,Ines B.\n");
    files
        .check(&[])
        .exits(0)
        .says("columns left out: column 4 (no name), column 5 (no name)");

    let files = Files::of_schema("CREATE TABLE q (id INT NOT NULL PRIMARY KEY, `Why?` TEXT);");
    files.put("q", "id,Why?,Pay?,Why?\n1,a,b,c\n");
    files
        .check(&[])
        .exits(2)
        .says("\"Why?\" more than once, in fields 2 and 4");
}
