//! The character set that a file sets for its database, and line ends within the texts of a file.

use super::{files, load, say};
use crate::support::harness::{Scratch, Server, on_both_servers};

/// The collation of each table and of its column `t`.
fn collations(scratch: &Scratch) -> Vec<Vec<Option<String>>> {
    scratch.rows(
        "SELECT CAST(t.table_name AS CHAR), CAST(t.table_collation AS CHAR), CAST(c.collation_name AS CHAR) \
         FROM information_schema.tables t JOIN information_schema.columns c USING (table_schema, table_name) \
         WHERE table_schema = DATABASE() AND column_name = 't' ORDER BY 1",
    )
}

on_both_servers! {
    fn tables_have_the_character_set_that_the_file_gives_to_its_database(server: Server) {
        let by_client = Scratch::new(server);
        let name = by_client.name();
        let schema = format!(
            "DROP DATABASE IF EXISTS {name};\nCREATE DATABASE {name} DEFAULT CHARACTER SET latin1 COLLATE latin1_bin;\nUSE {name};\n\
             CREATE TABLE a (id INT PRIMARY KEY, t VARCHAR(9)) ENGINE=InnoDB;\n\
             CREATE TABLE b (id INT PRIMARY KEY, t VARCHAR(9)) DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;\n\
             ALTER DATABASE {name} COLLATE utf8mb3_bin;\nCREATE TABLE c (id INT PRIMARY KEY, t VARCHAR(9));\n\
             CREATE TABLE d LIKE a;\nALTER TABLE d CONVERT TO CHARACTER SET DEFAULT;\n"
        );
        by_client.execute(&schema);
        let tables = ["a", "b", "c", "d"].map(|table| (table, "id,t\n1,x\n"));
        let files = files(&schema, &tables);
        let words = [
            "schema.sql:2: CHARACTER SET latin1 COLLATE latin1_bin of the database",
            "is used for the tables in it that specify no character set: a",
            "schema.sql:6: COLLATE utf8mb3_bin of the database",
            "that specify no character set: c, d",
        ];
        say(files.check(&[]).exits(0), &words);
        let scratch = Scratch::new(server);
        say(load(&files, &scratch, &[]), &words);
        assert_eq!(collations(&scratch), collations(&by_client));
    }
}

on_both_servers! {
    fn line_ends_within_quotes_are_stored_as_they_are_in_the_file(server: Server) {
        let schema = "CREATE TABLE a (\r\n  id INT PRIMARY KEY COMMENT 'p\r\nq',\r\n  t VARCHAR(9) DEFAULT 'x\r\ny',\r\n  \
            e ENUM('m\r\nn') DEFAULT 'm\r\nn'\r\n) COMMENT='t\r\nu' CHARSET utf8mb4;\r\n";
        let by_client = Scratch::new(server);
        by_client.execute(schema);
        let files = files(schema, &[("a", "id\r\n1\r\n")]);
        files.check(&[]).exits(0);
        let scratch = Scratch::new(server);
        load(&files, &scratch, &[]);
        let texts = "SELECT CAST(column_type AS CHAR), CAST(column_default AS CHAR), HEX(column_comment) FROM information_schema.columns \
            WHERE table_schema = DATABASE() AND table_name = 'a' ORDER BY ordinal_position";
        assert_eq!(scratch.rows(texts), by_client.rows(texts));
        let comment = "SELECT HEX(table_comment) FROM information_schema.tables WHERE table_schema = DATABASE() AND table_name = 'a'";
        assert_eq!(scratch.value(comment), "740D0A75");
        assert_eq!(scratch.value("SELECT HEX(t) FROM a"), "780D0A79");
    }
}
