//! Statements of schema files: in any order and dialect, none of them is ignored without a message.

use super::{files, load, say, stop, stop_seed, tables};
use crate::support::harness::{Scratch, Server, on_both_servers, run};

const CHILD_FIRST: &str = "\
/*!40014 SET @OLD_FOREIGN_KEY_CHECKS=@@FOREIGN_KEY_CHECKS, FOREIGN_KEY_CHECKS=0 */;
CREATE TABLE `a_child` (
  `id` int NOT NULL,
  `parent_id` int NOT NULL,
  PRIMARY KEY (`id`),
  KEY `a_child_parent` (`parent_id`),
  CONSTRAINT `a_child_of_parent` FOREIGN KEY (`parent_id`) REFERENCES `z_parent` (`id`)
) ENGINE=InnoDB;
CREATE TABLE `z_parent` (`id` int NOT NULL, PRIMARY KEY (`id`)) ENGINE=InnoDB;
/*!40014 SET FOREIGN_KEY_CHECKS=@OLD_FOREIGN_KEY_CHECKS */;
";

on_both_servers! {
    fn tables_are_created_in_any_order(server: Server) {
        let on = CHILD_FIRST.replace("FOREIGN_KEY_CHECKS=0", "FOREIGN_KEY_CHECKS=1");
        let plain: String = CHILD_FIRST.lines().filter(|line| !line.starts_with("/*")).collect();
        for schema in [CHILD_FIRST, &on, &plain] {
            let files = files(schema, &[("a_child", "id,parent_id\n1,7\n"), ("z_parent", "id\n7\n")]);
            let scratch = Scratch::new(server);
            files.check(&[]).exits(0);
            load(&files, &scratch, &[]);
            assert_eq!(scratch.value("SELECT COUNT(*) FROM a_child JOIN z_parent ON z_parent.id = parent_id"), "1");
            let key = "SELECT constraint_name FROM information_schema.referential_constraints WHERE constraint_schema = DATABASE()";
            assert_eq!(scratch.value(key), "a_child_of_parent");
        }
    }
}

on_both_servers! {
    fn a_schema_with_triggers_and_views_loads_without_them_and_says_so(server: Server) {
        let schema = "CREATE TABLE film (id INT PRIMARY KEY, title VARCHAR(50));\n\
            CREATE TABLE film_text (film_id INT PRIMARY KEY, title VARCHAR(50));\nDELIMITER ;;\n\
            CREATE TRIGGER ins_film AFTER INSERT ON film FOR EACH ROW BEGIN\n  INSERT INTO film_text VALUES (new.id, new.title);\nEND;;\n\
            DELIMITER ;\nCREATE TABLE actor (id INT PRIMARY KEY);\nCREATE VIEW films AS SELECT * FROM film;\n";
        let files = files(schema, &[("film", "id,title\n1,x\n"), ("film_text", "film_id,title\n1,y\n"), ("actor", "id\n1\n")]);
        let warning = "warning: schema.sql: reviewseed creates only tables and leaves out: 1 trigger (line 4), 1 view (line 9)";
        files.check(&[]).exits(0).says(warning);
        let scratch = Scratch::new(server);
        say(load(&files, &scratch, &[]), &[warning]);
        assert_eq!(tables(&scratch), "actor,film,film_text");
    }
}

on_both_servers! {
    fn a_dump_with_all_its_comments_is_read(server: Server) {
        let schema = "\
/*M!999999\\- enable the sandbox mode */
-- Host: localhost
/*!40101 SET @saved_cs_client = @@character_set_client */;
/*!40014 SET @OLD_UNIQUE_CHECKS=@@UNIQUE_CHECKS, UNIQUE_CHECKS=0 */;
DROP TABLE IF EXISTS `logs`;
/*!50503 SET character_set_client = utf8mb4 */;
CREATE TABLE `logs` (
  `id` int NOT NULL AUTO_INCREMENT COMMENT 'it''s; the -- key',
  `msg` varchar(40) COLLATE utf8mb4_general_ci NOT NULL DEFAULT ';',
  PRIMARY KEY (`id`)
) ENGINE=InnoDB AUTO_INCREMENT=3 DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_general_ci COMMENT='a (b), c'
/*!50100 PARTITION BY RANGE (`id`)
(PARTITION p0 VALUES LESS THAN (100) ENGINE = InnoDB,
 PARTITION p1 VALUES LESS THAN MAXVALUE ENGINE = InnoDB) */;
/*!40000 ALTER TABLE `logs` DISABLE KEYS */;
DELIMITER ;;
/*!50003 CREATE*/ /*!50003 TRIGGER `logs_ai` AFTER INSERT ON `logs` FOR EACH ROW BEGIN
  SET @n = 1; SET @m = ';';
END */;;
DELIMITER ;
LOCK TABLES `logs` WRITE;
UNLOCK TABLES;
/*!50001 CREATE VIEW `v_logs` AS SELECT `id` FROM `logs` */;
/*!40014 SET UNIQUE_CHECKS=@OLD_UNIQUE_CHECKS */;
/*!40101 SET character_set_client = @saved_cs_client */;
/*!99999 SET no_such_variable = 1 */;
";
        let files = files(schema, &[("logs", "id,msg\n1,a\n150,b\n")]);
        let warning = "1 trigger (line 17), 1 view (line 23)";
        files.check(&[]).exits(0).says(warning);
        let scratch = Scratch::new(server);
        say(load(&files, &scratch, &[]), &[warning]);
        assert_eq!(scratch.value("SELECT COUNT(*) FROM logs"), "2");
        let partitions = "SELECT COUNT(*) FROM information_schema.partitions WHERE table_schema = DATABASE() AND partition_name IS NOT NULL";
        assert_eq!(scratch.value(partitions), "2");
        // what the dump set holds for the making of the tables alone
        load(&files, &Scratch::new(server), &["--load", "insert"]);
    }
}

on_both_servers! {
    fn statements_between_breakpoints_are_read(server: Server) {
        let schema = "CREATE TABLE `post` (`id` bigint AUTO_INCREMENT NOT NULL, `name` varchar(256), CONSTRAINT `post_id` PRIMARY KEY(`id`));\n\
            --> statement-breakpoint\nCREATE INDEX `name_idx` ON `post` (`name`);";
        let files = files(schema, &[("post", "id,name\n1,x\n")]);
        files.check(&[]).exits(0);
        let scratch = Scratch::new(server);
        load(&files, &scratch, &[]);
        let index = "SELECT COUNT(*) FROM information_schema.statistics WHERE table_schema = DATABASE() AND index_name = 'name_idx'";
        assert_eq!(scratch.value(index), "1");
    }
}

on_both_servers! {
    fn a_statement_that_would_be_lost_stops_the_run(server: Server) {
        let scratch = Scratch::new(server);
        let b = ("b", "id\n1\n");
        for (schema, line) in [
            ("DROP TABLE IF EXISTS a\nCREATE TABLE a (id INT PRIMARY KEY);\nCREATE TABLE b (id INT PRIMARY KEY);", "schema.sql:2: CREATE TABLE begins within the statement of line 1"),
            ("CREATE TABLE b (id INT PRIMARY KEY);\nCREAT INDEX i ON b (id);", "schema.sql:2: \"CREAT INDEX i ON\" does not begin a known statement"),
            ("CREATE TABLE b (id INT PRIMARY KEY);\nALTER TABLE b COMMENT 'x", "schema.sql:2: the string is never closed; is the file complete?"),
            ("CREATE TABLE b (id INT PRIMARY KEY);\nCREATE TABLE a (id INT,", "schema.sql:2: this CREATE TABLE is cut off"),
            ("CREATE TABLE b (id INT PRIMARY KEY)\n/*!50100 PARTITION BY HASH (id)", "schema.sql:2: the comment /*! is never closed"),
        ] {
            stop(&files(schema, &[b]), &scratch, &[], &[line]);
        }
        for schema in ["", "-- later\n", "DROP TABLE IF EXISTS b; CREATE VIEW b AS SELECT 1"] {
            stop(&files(schema, &[b]), &scratch, &[], &["schema.sql: the file has no CREATE TABLE"]);
        }
    }
}

on_both_servers! {
    fn tables_that_are_named_with_one_database_load_into_another(server: Server) {
        let schema = "CREATE SCHEMA IF NOT EXISTS `mydb` DEFAULT CHARACTER SET utf8mb4;\nUSE `mydb`;\nDROP TABLE IF EXISTS `mydb`.`customers`;\n\
            CREATE TABLE IF NOT EXISTS `mydb`.`customers` (`id` INT NOT NULL AUTO_INCREMENT, PRIMARY KEY (`id`)) ENGINE = InnoDB;\n\
            CREATE TABLE IF NOT EXISTS `mydb`.`orders` (\n  `id` INT NOT NULL,\n  `customer_id` INT NOT NULL,\n  PRIMARY KEY (`id`),\n  \
            CONSTRAINT `fk_orders_customers` FOREIGN KEY (`customer_id`) REFERENCES `mydb`.`customers` (`id`)\n    \
            ON DELETE NO ACTION ON UPDATE NO ACTION)\nENGINE = InnoDB;";
        let files = files(schema, &[("customers", "id\n1\n"), ("orders", "id,customer_id\n1,1\n")]);
        files.check(&[]).exits(0);
        let scratch = Scratch::new(server);
        load(&files, &scratch, &[]);
        assert_eq!(tables(&scratch), "customers,orders");
        std::fs::write(files.path("schema.sql"), format!("{schema}\nCREATE TABLE shop.c (id INT);")).unwrap();
        stop(&files, &scratch, &[], &["schema.sql:12: c is in the database shop, and the tables above are in mydb"]);
    }
}

on_both_servers! {
    fn a_foreign_key_keeps_the_words_of_its_actions(server: Server) {
        let actions = ["ON DELETE RESTRICT ON UPDATE CASCADE", "ON DELETE NO ACTION ON UPDATE RESTRICT", "ON DELETE SET NULL", ""];
        let of = |at: usize| format!("CREATE TABLE c{at} (id INT PRIMARY KEY, a INT, CONSTRAINT k{at} FOREIGN KEY (a) REFERENCES p (id) {});\n", actions[at]);
        let schema = format!("CREATE TABLE p (id INT PRIMARY KEY);\n{}", (0..actions.len()).map(of).collect::<String>());
        let rows = ["p", "c0", "c1", "c2", "c3"].map(|table| (table, "id\n1\n"));
        let (files, scratch, direct) = (files(&schema, &rows), Scratch::new(server), Scratch::new(server));
        load(&files, &scratch, &[]);
        schema.split_terminator(";\n").for_each(|statement| direct.execute(statement));
        for at in 0..actions.len() {
            let definition = |scratch: &Scratch| scratch.rows(&format!("SHOW CREATE TABLE c{at}"))[0][1].clone();
            assert_eq!(definition(&scratch), definition(&direct));
        }
        // the two words mean the same, so there is nothing to change
        let other = schema.replace("RESTRICT", "no words").replace("NO ACTION", "RESTRICT").replace("no words", "NO ACTION");
        std::fs::write(files.path("schema.sql"), other).unwrap();
        let url = ["--schema", "schema.sql", "--database-url", scratch.url()];
        run(&files.path(""), [&["reindex", "--dry-run"][..], &url].concat()).exits(0).says("the tables match schema.sql");
    }
}

on_both_servers! {
    fn temporary_tables_are_left_out_with_what_changes_them(server: Server) {
        let schema = "CREATE TABLE a (id INT PRIMARY KEY);\nCREATE TEMPORARY TABLE t AS SELECT * FROM a;\nALTER TABLE t ADD b INT;\n\
            DROP TABLE t;\nCREATE TEMPORARY TABLE a (b INT);\nCREATE INDEX i ON a (b);";
        let files = files(schema, &[("a", "id\n1\n")]);
        let words = "schema.sql: 2 statements from line 2 on create TEMPORARY tables and are not run";
        files.check(&[]).exits(0).says(words);
        let scratch = Scratch::new(server);
        load(&files, &scratch, &[]);
        assert_eq!(tables(&scratch), "a");
    }
}

on_both_servers! {
    fn create_or_replace_table_is_read_as_create_table(server: Server) {
        let files = files("CREATE OR REPLACE TABLE a (id INT PRIMARY KEY);", &[("a", "id\n1\n2\n")]);
        files.check(&[]).exits(0);
        let scratch = Scratch::new(server);
        load(&files, &scratch, &[]);
        // nothing is replaced
        say(files.seed(&scratch, &[]).exits(0), &["nothing to do"]);
        assert_eq!(scratch.value("SELECT COUNT(*) FROM a"), "2");
    }
}

on_both_servers! {
    fn a_dump_of_a_database_that_was_seeded_is_read_without_the_ledger(server: Server) {
        let files = files("CREATE TABLE reviews (id INT NOT NULL PRIMARY KEY) ENGINE=InnoDB;", &[("reviews", "id\n1\n")]);
        let scratch = Scratch::new(server);
        load(&files, &scratch, &[]);
        let dumped = |table: &str| scratch.rows(&format!("SHOW CREATE TABLE `{table}`")).remove(0)[1].clone().unwrap() + ";\n";
        let ledger = "SELECT table_name FROM information_schema.tables WHERE table_schema = DATABASE() ORDER BY 1";
        let dump: String = scratch.rows(ledger).into_iter().map(|row| dumped(row[0].as_deref().unwrap())).collect();
        assert!(dump.contains("CREATE TABLE `_reviewseed_batches`"), "{dump}");
        std::fs::write(files.path("schema.sql"), dump).unwrap();
        files.check(&[]).exits(0);
        let other = Scratch::new(server);
        load(&files, &other, &[]);
        assert_eq!(tables(&other), "reviews");
    }
}

on_both_servers! {
    fn a_clause_that_only_a_server_can_parse_is_an_error_with_a_command_that_works(server: Server) {
        let scratch = Scratch::new(server);
        let schema = "CREATE TABLE t (id INT PRIMARY KEY, b TEXT);\nALTER TABLE t CONVERT TO CHARACTER SET DEFAULT;";
        let files = files(schema, &[("t", "id\n1\n")]);
        let words = "schema.sql:2: this clause cannot be parsed without a server: CHARACTER SET DEFAULT";
        let ran = files.check(&[]).exits(2).says(words);
        assert!(!ran.stderr.contains("not supported") && !ran.stderr.contains("--database-url"), "{}", ran.stderr);
        ran.says(" seed csv --report report.json --schema schema.sql --dry-run");
        let url = ["--database-url", scratch.url()];
        let command = ["seed", "csv", "--schema", "schema.sql", "--dry-run"];
        run(&files.path(""), [&command[..], &url].concat()).exits(0).says("the server parses it instead");
        assert_eq!(tables(&scratch), "");
        load(&files, &Scratch::new(server), &[]);
    }
}

on_both_servers! {
    fn all_statements_that_fail_on_the_server_are_named_at_once(server: Server) {
        let schema = "CREATE TABLE a (id INT INVISIBLE, KEY (id));\n\nCREATE TABLE b (id INT PRIMARY KEY, KEY (nowhere));\nCREATE INDEX i ON b (id);\n\
            CREATE TABLE c (id INT PRIMARY KEY);\nCREATE TABLE d (\n id INT NO SUCH OPTION);";
        let tables = [("a", "id\n"), ("b", "id\n1\n"), ("c", "id\n1\n"), ("d", "id\n1\n")];
        let files = files(schema, &tables);
        let scratch = Scratch::new(server);
        stop_seed(&files, &scratch, &[], &["schema.sql:3: this statement fails on the server: ", "nowhere", "schema.sql:6: this statement fails on the server: "]);
        // and only what is loaded counts
        let ran = files.seed(&scratch, &["--tables", "c"]).exits(0);
        say(ran, &["warning: b is not created, and this run does not load it: schema.sql:3: "]);
        assert_eq!(scratch.value("SELECT COUNT(*) FROM c"), "1");
    }
}

/// Adds a column if it is missing.
const ADD_COLUMN: &str = "\
SET @has = (SELECT COUNT(*) FROM information_schema.columns
            WHERE table_schema = DATABASE() AND table_name = 'member' AND column_name = 'COLUMN');
SET @sql = IF(@has > 0, 'SELECT 1', 'ALTER TABLE member ADD COLUMN COLUMN VARCHAR(50)');
PREPARE s FROM @sql;
EXECUTE s;
DEALLOCATE PREPARE s;
";

on_both_servers! {
    fn a_statement_that_execute_certainly_runs_is_run(server: Server) {
        let add = |column: &str| ADD_COLUMN.replace("'COLUMN'", &format!("'{column}'")).replace(" COLUMN COLUMN", &format!(" COLUMN {column}"));
        let schema = format!("CREATE TABLE member (id INT PRIMARY KEY, name VARCHAR(50));\n{}{}", add("name"), add("mail"));
        let files = files(&schema, &[("member", "id,name,mail\n1,a,b\n")]);
        let note = "schema.sql:12: EXECUTE s runs: ALTER TABLE member ADD COLUMN mail VARCHAR(50)";
        say(files.check(&[]).exits(0), &[note]);
        let scratch = Scratch::new(server);
        say(load(&files, &scratch, &[]), &[note]);
        assert_eq!(scratch.value("SELECT mail FROM member"), "b");
        // the server of another version would run the other text
        let unknown = super::files("CREATE TABLE t (id INT PRIMARY KEY);\nSET @s = IF(@@version > 9, 'SELECT 1', 'ALTER TABLE t ADD a INT');\nPREPARE s FROM @s; EXECUTE s;", &[("t", "id\n1\n")]);
        stop(&unknown, &Scratch::new(server), &[], &["schema.sql:3: EXECUTE may create or change tables"]);
    }
}
