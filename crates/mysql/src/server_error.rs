//! The names of the server errors that the program knows by number.
//!
//! Names, numbers and the words in the comments are those of the MySQL Server Error Message
//! Reference (`ER_…`), of its Global (`EE_…`) and Client (`CR_…`) counterparts, and for the errors
//! that only MariaDB has, of the MariaDB Error Code Reference. Both servers give the same meaning
//! to a number below 1,800; above that, the comment names the server.

/// Error writing a file.
pub const EE_WRITE: u16 = 3;

/// Disk full.
pub const ER_DISK_FULL: u16 = 1021;

/// Can't write; duplicate key in table.
pub const ER_DUP_KEY: u16 = 1022;

/// Error writing a file.
pub const ER_ERROR_ON_WRITE: u16 = 1026;

/// Too many connections.
pub const ER_CON_COUNT_ERROR: u16 = 1040;

/// Access denied for user to database.
pub const ER_DBACCESS_DENIED_ERROR: u16 = 1044;

/// Access denied for user.
pub const ER_ACCESS_DENIED_ERROR: u16 = 1045;

/// Unknown command; Galera: WSREP has not yet prepared node for application use.
pub const ER_UNKNOWN_COM_ERROR: u16 = 1047;

/// Column cannot be null.
pub const ER_BAD_NULL_ERROR: u16 = 1048;

/// Unknown database.
pub const ER_BAD_DB_ERROR: u16 = 1049;

/// Server shutdown in progress.
pub const ER_SERVER_SHUTDOWN: u16 = 1053;

/// Unknown column.
pub const ER_BAD_FIELD_ERROR: u16 = 1054;

/// Duplicate entry for key.
pub const ER_DUP_ENTRY: u16 = 1062;

/// Syntax error.
pub const ER_PARSE_ERROR: u16 = 1064;

/// Query was empty.
pub const ER_EMPTY_QUERY: u16 = 1065;

/// Unknown thread id.
pub const ER_NO_SUCH_THREAD: u16 = 1094;

/// Unknown error. Proxies answer with it, too.
pub const ER_UNKNOWN_ERROR: u16 = 1105;

/// The table is full.
pub const ER_RECORD_FILE_FULL: u16 = 1114;

/// Row size too large.
pub const ER_TOO_BIG_ROWSIZE: u16 = 1118;

/// Command denied to user for table.
pub const ER_TABLEACCESS_DENIED_ERROR: u16 = 1142;

/// Table doesn't exist.
pub const ER_NO_SUCH_TABLE: u16 = 1146;

/// The used command is not allowed with this MySQL version.
pub const ER_NOT_ALLOWED_COMMAND: u16 = 1148;

/// Got a packet bigger than max_allowed_packet bytes.
pub const ER_NET_PACKET_TOO_LARGE: u16 = 1153;

/// Got an error reading communication packets.
pub const ER_NET_READ_ERROR: u16 = 1158;

/// Got timeout reading communication packets.
pub const ER_NET_READ_INTERRUPTED: u16 = 1159;

/// Got an error writing communication packets.
pub const ER_NET_ERROR_ON_WRITE: u16 = 1160;

/// Got timeout writing communication packets.
pub const ER_NET_WRITE_INTERRUPTED: u16 = 1161;

/// Got error during COMMIT.
pub const ER_ERROR_DURING_COMMIT: u16 = 1180;

/// The server ended the session, because its init_connect failed.
pub const ER_NEW_ABORTING_CONNECTION: u16 = 1184;

/// Transaction required more than max_binlog_cache_size bytes of storage.
pub const ER_TRANS_CACHE_FULL: u16 = 1197;

/// User already has more than max_user_connections active connections.
pub const ER_TOO_MANY_USER_CONNECTIONS: u16 = 1203;

/// Lock wait timeout exceeded.
pub const ER_LOCK_WAIT_TIMEOUT: u16 = 1205;

/// Deadlock found when trying to get lock.
pub const ER_LOCK_DEADLOCK: u16 = 1213;

/// Cannot add or update a child row: a foreign key constraint fails.
pub const ER_NO_REFERENCED_ROW: u16 = 1216;

/// Cannot delete or update a parent row: a foreign key constraint fails.
pub const ER_ROW_IS_REFERENCED: u16 = 1217;

/// Access denied; you need a privilege for this operation.
pub const ER_SPECIFIC_ACCESS_DENIED_ERROR: u16 = 1227;

/// This version of MySQL doesn't yet support the statement.
pub const ER_NOT_SUPPORTED_YET: u16 = 1235;

/// Incorrect foreign key definition: its columns and those of REFERENCES do not match.
pub const ER_WRONG_FK_DEF: u16 = 1239;

/// Out of range value for column.
pub const ER_WARN_DATA_OUT_OF_RANGE: u16 = 1264;

/// Data truncated for column.
pub const WARN_DATA_TRUNCATED: u16 = 1265;

/// The server runs with an option (--read-only) that prevents the statement.
pub const ER_OPTION_PREVENTS_STATEMENT: u16 = 1290;

/// Truncated incorrect value.
pub const ER_TRUNCATED_WRONG_VALUE: u16 = 1292;

/// Query execution was interrupted.
pub const ER_QUERY_INTERRUPTED: u16 = 1317;

/// Field doesn't have a default value.
pub const ER_NO_DEFAULT_FOR_FIELD: u16 = 1364;

/// Incorrect value for column.
pub const ER_TRUNCATED_WRONG_VALUE_FOR_FIELD: u16 = 1366;

/// Illegal value found during parsing.
pub const ER_ILLEGAL_VALUE_FOR_TYPE: u16 = 1367;

/// CHECK OPTION failed.
pub const ER_VIEW_CHECK_FAILED: u16 = 1369;

/// Data too long for column.
pub const ER_DATA_TOO_LONG: u16 = 1406;

/// Incorrect value for function.
pub const ER_WRONG_VALUE_FOR_TYPE: u16 = 1411;

/// Cannot get geometry object from data.
pub const ER_CANT_CREATE_GEOMETRY_OBJECT: u16 = 1416;

/// Cannot delete or update a parent row: a foreign key constraint fails.
pub const ER_ROW_IS_REFERENCED_2: u16 = 1451;

/// Cannot add or update a child row: a foreign key constraint fails.
pub const ER_NO_REFERENCED_ROW_2: u16 = 1452;

/// Incorrect value.
pub const ER_WRONG_VALUE: u16 = 1525;

/// Table has no partition for value.
pub const ER_NO_PARTITION_FOR_GIVEN_VALUE: u16 = 1526;

/// Duplicate entry for key.
pub const ER_DUP_ENTRY_WITH_KEY_NAME: u16 = 1586;

/// Unhandled user-defined exception condition.
pub const ER_SIGNAL_EXCEPTION: u16 = 1644;

/// Value is out of range.
pub const ER_DATA_OUT_OF_RANGE: u16 = 1690;

/// Access denied for user.
pub const ER_ACCESS_DENIED_NO_PASSWORD_ERROR: u16 = 1698;

/// Found a row not matching the given partition set.
pub const ER_ROW_DOES_NOT_MATCH_GIVEN_PARTITION_SET: u16 = 1748;

/// Creating an index required more than innodb_online_alter_log_max_size bytes of modification log.
pub const ER_INNODB_ONLINE_LOG_TOO_BIG: u16 = 1799;

/// Failed to add the foreign key constraint: missing index in the referenced table.
pub const ER_FK_NO_INDEX_PARENT: u16 = 1822;

/// Failed to add the foreign key constraint to system tables.
pub const ER_FK_FAIL_ADD_SYSTEM: u16 = 1823;

/// Running in read-only mode.
pub const ER_READ_ONLY_MODE: u16 = 1836;

/// ALGORITHM or LOCK is not supported for this operation.
pub const ER_ALTER_OPERATION_NOT_SUPPORTED: u16 = 1845;

/// ALGORITHM or LOCK is not supported, with the reason.
pub const ER_ALTER_OPERATION_NOT_SUPPORTED_REASON: u16 = 1846;

/// MariaDB: Connection was killed.
pub const ER_CONNECTION_KILLED: u16 = 1927;

/// MySQL server has gone away.
pub const CR_SERVER_GONE_ERROR: u16 = 2006;

/// Lost connection to MySQL server during query.
pub const CR_SERVER_LOST: u16 = 2013;

/// LOAD DATA LOCAL INFILE file request rejected.
pub const CR_LOAD_DATA_LOCAL_INFILE_REJECTED: u16 = 2068;

/// MySQL: The server is currently in offline mode.
pub const ER_SERVER_OFFLINE_MODE: u16 = 3032;

/// MySQL: Error on observer while running replication hook.
pub const ER_RUN_HOOK_ERROR: u16 = 3100;

/// MySQL: Plugin instructed the server to rollback the current transaction.
pub const ER_TRANSACTION_ROLLBACK_DURING_COMMIT: u16 = 3101;

/// MySQL: Invalid JSON text.
pub const ER_INVALID_JSON_TEXT: u16 = 3140;

/// MySQL: The session was killed.
pub const ER_SESSION_WAS_KILLED: u16 = 3169;

/// MySQL: Data truncated for functional index.
pub const ER_WARN_DATA_TRUNCATED_FUNCTIONAL_INDEX: u16 = 3751;

/// MySQL: Value is out of range for functional index.
pub const ER_WARN_DATA_OUT_OF_RANGE_FUNCTIONAL_INDEX: u16 = 3752;

/// MySQL: Check constraint is violated.
pub const ER_CHECK_CONSTRAINT_VIOLATED: u16 = 3819;

/// MySQL: Cannot convert string from one character set to another.
pub const ER_CANNOT_CONVERT_STRING: u16 = 3854;

/// MySQL: Invalid JSON value for CAST for functional index.
pub const ER_INVALID_JSON_VALUE_FOR_FUNC_INDEX: u16 = 3903;

/// MySQL: Out of range JSON value for CAST for functional index.
pub const ER_JSON_VALUE_OUT_OF_RANGE_FOR_FUNC_INDEX: u16 = 3904;

/// MySQL: Exceeded max number of values per record for multi-valued index.
pub const ER_EXCEEDED_MV_KEYS_NUM: u16 = 3905;

/// MySQL: Exceeded max total length of values per record for multi-valued index.
pub const ER_EXCEEDED_MV_KEYS_SPACE: u16 = 3906;

/// MySQL: Data too long for functional index.
pub const ER_FUNCTIONAL_INDEX_DATA_IS_TOO_LONG: u16 = 3907;

/// MySQL: Loading local data is disabled.
pub const ER_CLIENT_LOCAL_FILES_DISABLED: u16 = 3948;

/// OceanBase: the server is not ready yet.
pub const OB_NOT_INIT: u16 = 4006;

/// OceanBase: a statement or transaction took too long, often because a leader moved.
pub const OB_TIMEOUT: u16 = 4012;

/// OceanBase: the server asks to try again.
pub const OB_EAGAIN: u16 = 4023;

/// OceanBase: memory for new rows is full until the memstore is frozen.
pub const OB_TENANT_OUT_OF_MEM: u16 = 4030;

/// MariaDB: broken JSON string in an argument of a function. The next numbers up to
/// [`ER_JSON_DEPTH`] are about JSON in arguments, too.
pub const ER_JSON_BAD_CHR: u16 = 4035;

/// MariaDB: JSON in an argument of a function is nested too deeply.
pub const ER_JSON_DEPTH: u16 = 4040;

/// OceanBase: another server leads the tablet now.
pub const OB_NOT_MASTER: u16 = 4038;

/// MariaDB: CONSTRAINT failed for table.
pub const ER_CONSTRAINT_FAILED: u16 = 4025;

/// MySQL: The client was disconnected by the server because of inactivity.
pub const ER_CLIENT_INTERACTION_TIMEOUT: u16 = 4031;

/// MariaDB: the server or client has disabled the local infile capability.
pub const ER_LOAD_INFILE_CAPABILITY_DISABLED: u16 = 4166;

/// OceanBase: the description of a table is not known yet.
pub const OB_SCHEMA_EAGAIN: u16 = 5627;

/// OceanBase: the transaction was rolled back, or must be.
pub const OB_TRANS_ROLLED_BACK: u16 = 6002;

/// OceanBase: another transaction has locked the row.
pub const OB_TRY_LOCK_ROW_CONFLICT: u16 = 6005;

/// OceanBase: the server is starting.
pub const OB_SERVER_IS_INIT: u16 = 8001;

/// TiDB: the schema changed during the transaction.
pub const TIDB_SCHEMA_CHANGED: u16 = 8028;

/// TiDB: the placement driver did not answer in time.
pub const TIDB_PD_TIMEOUT: u16 = 9001;

/// TiDB: TiKV did not answer in time.
pub const TIDB_TIKV_TIMEOUT: u16 = 9002;

/// TiDB: TiKV is busy.
pub const TIDB_TIKV_BUSY: u16 = 9003;

/// TiDB: another transaction wrote the same row.
pub const TIDB_WRITE_CONFLICT: u16 = 9007;

#[cfg(test)]
mod tests {
    use std::path::Path;

    /// Whole numbers in the ranges of server errors that are something else.
    const NO_ERRORS: [u32; 6] = [1000, 1024, 1901, 3306, 3307, 4096];

    #[test]
    fn server_errors_have_their_names_everywhere_else() {
        let mut found = Vec::new();
        visit(
            &Path::new(env!("CARGO_MANIFEST_DIR")).join("src"),
            &mut found,
        );
        assert!(found.is_empty(), "bare numbers:\n{}", found.join("\n"));
    }

    fn visit(folder: &Path, found: &mut Vec<String>) {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                visit(&path, found);
                continue;
            }
            let is_rust = path.extension().is_some_and(|ending| ending == "rs");
            if !is_rust || path.ends_with("src/server_error.rs") {
                continue;
            }
            let text = std::fs::read_to_string(&path).unwrap();
            for (number, line) in text.lines().enumerate() {
                if bare(line) {
                    found.push(format!("{}:{}: {line}", path.display(), number + 1));
                }
            }
        }
    }

    /// Whether a line has a whole number that may be a server error, texts in quotes left out.
    fn bare(line: &str) -> bool {
        let code = line.replace("\\\"", "");
        let code: Vec<&str> = code.split('"').step_by(2).collect();
        let part_of_word = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '.');
        let mut words = code
            .iter()
            .flat_map(|code| code.split(|c| !part_of_word(c)));
        words.any(|word| {
            let number: u32 = word.parse().unwrap_or(0);
            (1000..5000).contains(&number) && !NO_ERRORS.contains(&number)
        })
    }

    #[test]
    fn a_bare_number_is_found_and_a_port_or_a_text_is_not() {
        assert!(bare("Some(1062) => true,"));
        assert!(bare("// refused by the group (3101)"));
        assert!(!bare("let port = 3306;"));
        assert!(!bare(
            "parse(\"mysql://app@db:3307/shop\"); // \"1062\" in a text"
        ));
        assert!(!bare("(9.7, 16384, 1_000, 0x1062)"));
    }
}
