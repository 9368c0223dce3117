//! Names of tables, databases and files in upper and lower case, on servers that keep the case and
//! on servers that convert names to lower case.

use std::fs;

use crate::support::harness::{Scratch, Server, execute, folder, on_both_servers, rows, run};
use crate::support::own_server::OwnServer;

const LOWER: &str = "--lower-case-table-names=1";

/// A server that keeps names in lower case, with an empty database `Reviews`; its URL.
fn lower_case_server(server: Server, home: &std::path::Path) -> (OwnServer, String) {
    let mut own = OwnServer::new(server, home);
    if server == Server::MySQL {
        own.initialise(&[LOWER.to_owned()]);
    }
    own.start(&[LOWER.to_owned()]);
    let root = own.socket_url().replace("/reviews?", "/mysql?");
    execute(
        &root,
        "DROP DATABASE IF EXISTS Reviews; CREATE DATABASE Reviews CHARACTER SET utf8mb4",
    );
    let url = own.socket_url().replace("/reviews?", "/Reviews?");
    (own, url)
}

on_both_servers! {
    fn a_server_that_keeps_names_in_lower_case_is_seeded_resumed_verified_reindexed_and_replaced(server: Server) {
        let home = folder();
        let (own, url) = lower_case_server(server, home.path());
        execute(&url, "CREATE DATABASE Far CHARACTER SET utf8mb4; CREATE TABLE Far.Town (Id INT PRIMARY KEY); INSERT INTO Far.Town VALUES (1)");
        let csv = home.path().join("csv");
        fs::create_dir(&csv).unwrap();
        fs::write(
            csv.join("schema.sql"),
            "CREATE TABLE Shop (Id INT NOT NULL PRIMARY KEY, Name VARCHAR(20), TownId INT, KEY `KName` (Name), CONSTRAINT FkTown FOREIGN KEY (TownId) REFERENCES Far.Town (Id));
             CREATE TABLE `ShopItem` (Id INT NOT NULL PRIMARY KEY, ShopId INT, CONSTRAINT `FkShop` FOREIGN KEY (ShopId) REFERENCES Reviews.Shop (Id));",
        )
        .unwrap();
        fs::write(csv.join("Shop.csv"), "Id,Name,TownId\n1,a,1\n2,b,\n").unwrap();
        fs::write(csv.join("SHOPITEM.csv"), "Id,ShopId\n1,1\n2,7\n").unwrap();
        let common = ["--schema", "schema.sql", "--database-url", &url];
        let does = |command: &[&str]| run(&csv, command.iter().chain(&common));

        // the budget ends the first run, and the second resumes it
        does(&["seed", ".", "--max-rejects", "10%"]).exits(1);
        does(&["seed", ".", "--max-rejects", "100%"]).exits(0).says("interrupted while loading");
        does(&["seed", ".", "--max-rejects", "100%"]).exits(0).says("nothing to do");
        for _ in 0..2 {
            does(&["verify"]).exits(0);
            does(&["reindex", "--dry-run"]).exits(0);
            execute(&url, "ALTER TABLE ShopItem DROP FOREIGN KEY FkShop; ALTER TABLE Shop DROP FOREIGN KEY FkTown; ALTER TABLE Shop DROP KEY KName");
            does(&["verify"]).exits(1).says("foreign key FkShop is missing").says("foreign key FkTown is missing").says("index KName is missing");
            does(&["reindex", "--table", "ShopItem"]).exits(0);
            does(&["reindex"]).exits(0);
            does(&["verify"]).exits(0);
            let parents = "SELECT CAST(GROUP_CONCAT(CONCAT(referenced_table_schema, '.', referenced_table_name) ORDER BY constraint_name) AS CHAR) \
                           FROM information_schema.key_column_usage WHERE table_schema = DATABASE() AND referenced_table_name IS NOT NULL";
            assert_eq!(rows(&url, parents).unwrap()[0][0].as_deref(), Some("reviews.shop,far.town"));
            does(&["seed", ".", "--replace", "--max-rejects", "100%"]).exits(0).says("have replaced the old ones");
        }
        // one table by a file that is named, in letters of its own
        run(&csv, ["check", ".", "--schema", "schema.sql", "--tables", "SHOP", "--map", "shop=Shop.csv"]).exits(0).says("Shop done, 2 rows");
        let left = "SELECT CAST(GROUP_CONCAT(schema_name) AS CHAR) FROM information_schema.schemata WHERE schema_name LIKE '%reviewseed%'";
        assert_eq!(rows(&url, left).unwrap()[0][0], None);
        drop(own);
    }
}

#[test]
fn tables_whose_names_differ_only_in_case_are_one_table_there() {
    let home = folder();
    let (own, url) = lower_case_server(Server::MariaDB, home.path());
    let csv = home.path().join("csv");
    fs::create_dir(&csv).unwrap();
    fs::write(
        csv.join("schema.sql"),
        "CREATE TABLE Shop (id INT PRIMARY KEY);\nCREATE TABLE shop (id INT PRIMARY KEY);",
    )
    .unwrap();
    fs::write(csv.join("Shop.csv"), "id\n1\n").unwrap();
    fs::write(csv.join("shop.csv"), "id\n2\n").unwrap();
    run(
        &csv,
        [
            "seed",
            ".",
            "--schema",
            "schema.sql",
            "--database-url",
            &url,
        ],
    )
    .exits(2)
    .says("schema.sql:2: ");
    drop(own);
}

on_both_servers! {
    fn a_file_whose_name_differs_from_its_table_s_only_in_case_is_found(server: Server) {
        let (home, scratch) = (folder(), Scratch::new(server));
        let path = home.path();
        fs::write(path.join("schema.sql"), "CREATE TABLE shopItemList (shop_id INT NOT NULL, item_id INT NOT NULL, PRIMARY KEY (shop_id, item_id));").unwrap();
        fs::write(path.join("shopitemlist.csv"), "shop_id,item_id\n1,1\n1,2\n").unwrap();
        run(path, ["check", ".", "--schema", "schema.sql"]).exits(0);
        let common = ["--schema", "schema.sql", "--database-url", scratch.url()];
        for command in [&["seed", "."][..], &["verify"], &["reindex", "--dry-run"]] {
            run(path, command.iter().chain(&common)).exits(0);
        }
        assert_eq!(scratch.value("SELECT CAST(COUNT(*) AS CHAR) FROM shopItemList"), "2");
        // a second file in other letters is a doubt
        fs::write(path.join("shopItemList.csv"), "shop_id,item_id\n2,1\n").unwrap();
        run(path, ["check", ".", "--schema", "schema.sql"]).exits(2).says("has several files: shopItemList.csv, shopitemlist.csv");
    }
}

on_both_servers! {
    fn tables_whose_names_differ_only_in_case_are_two_where_the_server_distinguishes_them(server: Server) {
        let (home, scratch) = (folder(), Scratch::new(server));
        let path = home.path();
        fs::write(
            path.join("schema.sql"),
            "CREATE TABLE Shop (id INT PRIMARY KEY);\nCREATE TABLE shop (id INT PRIMARY KEY, big INT, CONSTRAINT of_big FOREIGN KEY (big) REFERENCES Shop (id));",
        )
        .unwrap();
        fs::write(path.join("Shop.csv"), "id\n1\n").unwrap();
        fs::write(path.join("shop.csv"), "id,big\n5,1\n6,1\n").unwrap();
        let common = ["--schema", "schema.sql", "--database-url", scratch.url()];
        for command in [&["seed", "."][..], &["verify"], &["reindex", "--dry-run"], &["seed", ".", "--replace"], &["verify"]] {
            run(path, command.iter().chain(&common)).exits(0);
        }
        assert_eq!(scratch.value("SELECT CAST(CONCAT((SELECT COUNT(*) FROM Shop), (SELECT COUNT(*) FROM shop)) AS CHAR)"), "12");
    }
}
