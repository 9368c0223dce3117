//! The list of schema changes.

use crate::support::harness::Server;

/// name, what is, what shall be, words of the plan
pub(super) type Change = (&'static str, &'static str, &'static str, &'static str);

const CHANGES: &[Change] = &[
    (
        "missing_plain",
        "a INT",
        "a INT, KEY k (a)",
        "ADD INDEX `k` (`a`)",
    ),
    (
        "missing_unique",
        "a INT",
        "a INT, UNIQUE k (a)",
        "ADD UNIQUE INDEX `k` (`a`)",
    ),
    (
        "missing_two",
        "a INT, b INT",
        "a INT, b INT, KEY k (a), KEY l (b)",
        "ADD INDEX `k` (`a`),\n  ADD INDEX `l` (`b`),\n  ALGORITHM=INPLACE, LOCK=NONE",
    ),
    (
        "missing_full_text",
        "a TEXT",
        "a TEXT, FULLTEXT k (a)",
        "ADD FULLTEXT INDEX `k` (`a`),\n  ALGORITHM=INPLACE, LOCK=SHARED",
    ),
    (
        "two_full_text",
        "a TEXT, b TEXT",
        "a TEXT, b TEXT, FULLTEXT k (a), FULLTEXT l (b)",
        "ADD FULLTEXT INDEX `l` (`b`)",
    ),
    (
        "other_columns",
        "a INT, b INT, KEY k (a)",
        "a INT, b INT, KEY k (a, b)",
        "DROP INDEX `k`,\n  ADD INDEX `k` (`a`, `b`)",
    ),
    (
        "other_order",
        "a INT, b INT, KEY k (a, b)",
        "a INT, b INT, KEY k (b, a)",
        "ADD INDEX `k` (`b`, `a`)",
    ),
    (
        "other_direction",
        "a INT, KEY k (a)",
        "a INT, KEY k (a DESC)",
        "ADD INDEX `k` (`a` DESC)",
    ),
    (
        "other_prefix",
        "a VARCHAR(50), KEY k (a(10))",
        "a VARCHAR(50), KEY k (a(20))",
        "ADD INDEX `k` (`a`(20))",
    ),
    (
        "no_prefix",
        "a VARCHAR(50), KEY k (a(10))",
        "a VARCHAR(50), KEY k (a)",
        "ADD INDEX `k` (`a`)",
    ),
    (
        "now_unique",
        "a INT, KEY k (a)",
        "a INT, UNIQUE k (a)",
        "ADD UNIQUE INDEX `k` (`a`)",
    ),
    (
        "not_unique",
        "a INT, UNIQUE k (a)",
        "a INT, KEY k (a)",
        "ADD INDEX `k` (`a`)",
    ),
    (
        "now_full_text",
        "a VARCHAR(50), KEY k (a)",
        "a VARCHAR(50), FULLTEXT k (a)",
        "ADD FULLTEXT INDEX `k` (`a`)",
    ),
    (
        "hidden",
        "a INT, KEY k (a)",
        "a INT, KEY k (a) /*!80000 INVISIBLE */ /*M! IGNORED */",
        "ALTER INDEX `k` /*!80000 INVISIBLE */ /*M! IGNORED */",
    ),
    (
        "shown",
        "a INT, KEY k (a) /*!80000 INVISIBLE */ /*M! IGNORED */",
        "a INT, KEY k (a)",
        "ALTER INDEX `k` /*!80000 VISIBLE */ /*M! NOT IGNORED */",
    ),
    (
        "commented",
        "a INT, KEY k (a)",
        "a INT, KEY k (a) COMMENT 'it''s\nnew'",
        "COMMENT 'it''s\nnew'",
    ),
    (
        "renamed",
        "a INT, KEY k (a)",
        "a INT, KEY l (a)",
        "RENAME INDEX `k` TO `l`",
    ),
    (
        "swapped",
        "a INT, b INT, KEY k (a), KEY l (b)",
        "a INT, b INT, KEY l (a), KEY k (b)",
        "DROP INDEX `k`,\n  ADD INDEX `k` (`b`)",
    ),
    (
        "renamed_and_name_taken",
        "a INT, b INT, KEY k (a)",
        "a INT, b INT, KEY l (a), KEY k (b)",
        "ADD INDEX `l` (`a`)",
    ),
    ("extra", "a INT, KEY k (a)", "a INT", "DROP INDEX `k`"),
    (
        "replaced_under_a_foreign_key",
        "a INT, b INT, KEY k (a), CONSTRAINT f1 FOREIGN KEY (a) REFERENCES parent (id)",
        "a INT, b INT, KEY l (a, b), CONSTRAINT f1 FOREIGN KEY (a) REFERENCES parent (id)",
        "ADD INDEX `l` (`a`, `b`)",
    ),
    (
        "index_of_a_foreign_key_gets_a_name",
        "a INT, CONSTRAINT f2 FOREIGN KEY (a) REFERENCES parent (id)",
        "a INT, KEY k (a), CONSTRAINT f2 FOREIGN KEY (a) REFERENCES parent (id)",
        "RENAME INDEX `f2` TO `k`",
    ),
    (
        "missing_foreign_key",
        "a INT, KEY k (a)",
        "a INT, KEY k (a), CONSTRAINT f3 FOREIGN KEY (a) REFERENCES parent (id)",
        "SET foreign_key_checks = 0;\nALTER TABLE `missing_foreign_key`\n  ADD CONSTRAINT `f3`",
    ),
    (
        "other_foreign_key",
        "a INT, KEY k (a), CONSTRAINT f4 FOREIGN KEY (a) REFERENCES parent (id)",
        "a INT, KEY k (a), CONSTRAINT f4 FOREIGN KEY (a) REFERENCES parent (id) ON DELETE CASCADE",
        "ON DELETE CASCADE",
    ),
    (
        "other_parent_column",
        "a INT, KEY k (a), CONSTRAINT f5 FOREIGN KEY (a) REFERENCES parent (id)",
        "a INT, KEY k (a), CONSTRAINT f5 FOREIGN KEY (a) REFERENCES parent (other)",
        "REFERENCES `parent` (`other`)",
    ),
    (
        "renamed_foreign_key",
        "a INT, KEY k (a), CONSTRAINT f6 FOREIGN KEY (a) REFERENCES parent (id)",
        "a INT, KEY k (a), CONSTRAINT g6 FOREIGN KEY (a) REFERENCES parent (id)",
        "DROP FOREIGN KEY `f6`",
    ),
    (
        "extra_foreign_key_and_its_index",
        "a INT, KEY k (a), CONSTRAINT f7 FOREIGN KEY (a) REFERENCES parent (id)",
        "a INT",
        "DROP FOREIGN KEY `f7`",
    ),
    (
        "missing_check",
        "a INT",
        "a INT, CONSTRAINT c1 CHECK (a < 100 AND a <> 50)",
        "ADD CONSTRAINT `c1` CHECK",
    ),
    (
        "missing_nameless_check",
        "a VARCHAR(9)",
        "a VARCHAR(9), CHECK (a <> 'x''y')",
        "ADD CHECK",
    ),
    (
        "other_check",
        "a INT, CONSTRAINT c3 CHECK (a < 100)",
        "a INT, CONSTRAINT c3 CHECK (a < 200)",
        "DROP CONSTRAINT `c3`,\n  ADD CONSTRAINT `c3` CHECK",
    ),
    (
        "extra_check",
        "a INT, CONSTRAINT c4 CHECK (a < 100)",
        "a INT",
        "DROP CONSTRAINT `c4`",
    ),
    (
        "extra_nameless_check",
        "a INT, CHECK (a < 100)",
        "a INT",
        "DROP CONSTRAINT",
    ),
    (
        "new_column",
        "a INT, b INT",
        "a INT, n VARCHAR(20) COMMENT 'new', b INT",
        "AFTER `a`,\n  ALGORITHM=INSTANT",
    ),
    (
        "new_column_with_default_and_index",
        "a INT",
        "a INT, n INT NOT NULL DEFAULT 7, KEY k (n)",
        "ADD INDEX `k` (`n`)",
    ),
    (
        "wider_integer",
        "a INT, b INT",
        "a BIGINT, b INT NULL",
        "MODIFY COLUMN `a` bigint",
    ),
    (
        "wider_text",
        "a VARCHAR(20)",
        "a VARCHAR(200)",
        "MODIFY COLUMN `a` varchar(200)",
    ),
    (
        "new_member",
        "a ENUM('x','y')",
        "a ENUM('x','y','z')",
        "'z')",
    ),
    (
        "now_nullable",
        "a INT NOT NULL",
        "a INT",
        "MODIFY COLUMN `a` int",
    ),
    (
        "other_default",
        "a INT DEFAULT 1",
        "a INT DEFAULT 2 COMMENT 'two'",
        "COMMENT 'two'",
    ),
    (
        "keeps_on_update",
        "a INT, t DATETIME(3) NOT NULL DEFAULT CURRENT_TIMESTAMP(3) ON UPDATE CURRENT_TIMESTAMP(3)",
        "a INT, t DATETIME(3) NOT NULL DEFAULT CURRENT_TIMESTAMP(3) ON UPDATE CURRENT_TIMESTAMP(3) COMMENT 'changed'",
        "MODIFY COLUMN `t`",
    ),
    (
        "the_same_but_for_case",
        "a INT, KEY K (a)",
        "a INT, KEY k (a)",
        "",
    ),
];

const OF_MYSQL: &[Change] = &[
    (
        "functional",
        "a VARCHAR(9)",
        "a VARCHAR(9), KEY k ((UPPER(a)), a)",
        "ADD INDEX `k` ((upper(`a`)), `a`),\n  ALGORITHM=INPLACE, LOCK=SHARED",
    ),
    (
        "other_function",
        "a VARCHAR(9), KEY k ((UPPER(a)))",
        "a VARCHAR(9), KEY k ((LOWER(a)) DESC)",
        "ADD INDEX `k` ((lower(`a`)) DESC)",
    ),
];

/// The changes that a server supports.
pub(super) fn changes(server: Server) -> Vec<Change> {
    let of_server = if server == Server::MySQL {
        OF_MYSQL
    } else {
        &[]
    };
    CHANGES.iter().chain(of_server).copied().collect()
}
