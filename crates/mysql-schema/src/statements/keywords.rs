//! The keywords by which statements are classified, in upper case.

/// Kinds of objects that are not created: the keyword, and the word for messages.
pub(super) const NOT_CREATED: [(&str, &str); 9] = [
    ("VIEW", "view"),
    ("TRIGGER", "trigger"),
    ("PROCEDURE", "procedure"),
    ("FUNCTION", "function"),
    ("EVENT", "event"),
    ("SEQUENCE", "sequence"),
    ("PACKAGE", "package"),
    ("LIBRARY", "library"),
    ("DUALITY", "view"),
];

/// The first words of statements that do not create tables.
pub(super) const VERBS: [&str; 50] = [
    "ANALYZE",
    "BEGIN",
    "BINLOG",
    "CACHE",
    "CHANGE",
    "CHECK",
    "CHECKSUM",
    "CLONE",
    "COMMIT",
    "DEALLOCATE",
    "DELETE",
    "DESC",
    "DESCRIBE",
    "DO",
    "EXPLAIN",
    "FLUSH",
    "GRANT",
    "HANDLER",
    "HELP",
    "IMPORT",
    "INSERT",
    "INSTALL",
    "KILL",
    "LOAD",
    "LOCK",
    "OPTIMIZE",
    "PREPARE",
    "PURGE",
    "RELEASE",
    "REPAIR",
    "REPLACE",
    "RESET",
    "RESTART",
    "REVOKE",
    "ROLLBACK",
    "SAVEPOINT",
    "SELECT",
    "SET",
    "SHOW",
    "SHUTDOWN",
    "SIGNAL",
    "START",
    "STOP",
    "TRUNCATE",
    "UNINSTALL",
    "UNLOCK",
    "UPDATE",
    "USE",
    "WITH",
    "XA",
];

/// The kinds of objects, other than tables, that may follow CREATE, ALTER and DROP.
pub(super) const NO_TABLE: [&str; 16] = [
    "DATABASE",
    "SCHEMA",
    "USER",
    "ROLE",
    "SERVER",
    "TABLESPACE",
    "UNDO",
    "LOGFILE",
    "RESOURCE",
    "INSTANCE",
    "PREPARE",
    "REFERENCE",
    "BINLOG",
    "DATABASES",
    "MASKING",
    "CATALOG",
];

/// Variables for the character set of the session. They are not set, because the file is read and
/// sent as UTF-8.
pub(super) const TEXT_VARIABLES: [&str; 8] = [
    "NAMES",
    "CHARSET",
    "CHARACTER_SET_CLIENT",
    "CHARACTER_SET_RESULTS",
    "CHARACTER_SET_CONNECTION",
    "COLLATION_CONNECTION",
    "CHARACTER_SET_SERVER",
    "COLLATION_SERVER",
];

/// Words in a SET that show that it does not change the session, or only affects replicas.
pub(super) const NOT_OF_SESSION: [&str; 5] = [
    "GLOBAL",
    "PERSIST",
    "PERSIST_ONLY",
    "PASSWORD",
    "SQL_LOG_BIN",
];

/// Variables that affect CREATE TABLE. A SET of one of them is always run.
pub(super) const OF_TABLES: [&str; 3] = ["SQL_MODE", "DEFAULT_STORAGE_ENGINE", "STORAGE_ENGINE"];

/// Words between the parameters of a procedure and its body. A text follows COMMENT.
pub(super) const CHARACTERISTICS: [&str; 14] = [
    "LANGUAGE",
    "SQL",
    "JAVASCRIPT",
    "NOT",
    "DETERMINISTIC",
    "CONTAINS",
    "NO",
    "READS",
    "MODIFIES",
    "DATA",
    "SECURITY",
    "DEFINER",
    "INVOKER",
    "COMMENT",
];
