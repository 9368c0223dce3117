-- What runs did to this database. The rows of a batch are in the tables exactly when its row is in
-- _reviewseed_batches, because one transaction writes both. Created by `seed`, read by `verify`.
-- Names of tables compare byte by byte, because a server may have the tables shop and Shop.

-- One row per run of `seed`.
CREATE TABLE IF NOT EXISTS _reviewseed_runs (
  run           BIGINT UNSIGNED NOT NULL AUTO_INCREMENT PRIMARY KEY,
  -- hash of everything that decides which rows are loaded, except the content of the files; an
  -- unfinished run is resumed only by a run with the same hash
  fingerprint   CHAR(32) COLLATE utf8mb4_bin NOT NULL,
  phase         ENUM('load', 'index', 'verify', 'done') NOT NULL,
  tool_version  VARCHAR(32) NOT NULL,
  batch_bytes   BIGINT UNSIGNED NOT NULL,
  -- connection that holds the run lock
  connection_id BIGINT UNSIGNED NOT NULL,
  started_at    DATETIME(3) NOT NULL,
  ended_at      DATETIME(3) NULL
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4;

-- The command that began a run, and that resumes it; without password.
CREATE TABLE IF NOT EXISTS _reviewseed_commands (
  run           BIGINT UNSIGNED NOT NULL PRIMARY KEY,
  command       TEXT NOT NULL
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4;

-- The schema of a run: its file (NULL: the one compiled in), XXH3-128 of its text in hexadecimal,
-- and the tables that the run loads, one a line. Ledgers of older versions do not have this table.
CREATE TABLE IF NOT EXISTS _reviewseed_schemas (
  run           BIGINT UNSIGNED NOT NULL PRIMARY KEY,
  schema_file   TEXT NULL,
  text_hash     CHAR(32) COLLATE utf8mb4_bin NOT NULL,
  table_names   MEDIUMTEXT NOT NULL
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4;

-- How a run reads the file of each table. A finished run of the same files is recognised by these
-- hashes and by content_hash in _reviewseed_tables. Ledgers of older versions do not have this
-- table.
CREATE TABLE IF NOT EXISTS _reviewseed_inputs (
  run           BIGINT UNSIGNED NOT NULL,
  table_name    VARCHAR(64) COLLATE utf8mb4_bin NOT NULL,
  -- how the file becomes records and fields: size, delimiter, header, encoding, longest record
  format_hash   CHAR(32) COLLATE utf8mb4_bin NOT NULL,
  -- what the fields become: columns, types, primary key, settings of the columns
  columns_hash  CHAR(32) COLLATE utf8mb4_bin NOT NULL,
  PRIMARY KEY (run, table_name)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4;

-- What the tables held before a run added rows to them (--append), written when it begins.
CREATE TABLE IF NOT EXISTS _reviewseed_before (
  run           BIGINT UNSIGNED NOT NULL,
  table_name    VARCHAR(64) COLLATE utf8mb4_bin NOT NULL,
  rows_before   BIGINT UNSIGNED NOT NULL,
  checksum      BIGINT UNSIGNED NOT NULL,
  PRIMARY KEY (run, table_name)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4;

-- The keys that these tables held, as roaring bitmaps in pieces; deleted when the rows of the run
-- are loaded.
CREATE TABLE IF NOT EXISTS _reviewseed_keys (
  run           BIGINT UNSIGNED NOT NULL,
  table_name    VARCHAR(64) COLLATE utf8mb4_bin NOT NULL,
  number        INT UNSIGNED NOT NULL,
  piece         MEDIUMBLOB NOT NULL,
  PRIMARY KEY (run, table_name, number)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4;

-- One row per table that a run loaded, written when the table's last batch is loaded.
CREATE TABLE IF NOT EXISTS _reviewseed_tables (
  run           BIGINT UNSIGNED NOT NULL,
  table_name    VARCHAR(64) COLLATE utf8mb4_bin NOT NULL,
  file          VARCHAR(1024) NOT NULL,
  file_bytes    BIGINT UNSIGNED NOT NULL,
  -- XXH3-128 of the file, in hexadecimal
  content_hash  CHAR(32) COLLATE utf8mb4_bin NOT NULL,
  -- columns that the file fills, comma separated; a comma or a backslash in a name has a backslash
  -- before it; the checksum covers these columns
  columns_loaded TEXT NOT NULL,
  rows_read     BIGINT UNSIGNED NOT NULL,
  rows_loaded   BIGINT UNSIGNED NOT NULL,
  rows_rejected BIGINT UNSIGNED NOT NULL,
  checksum      BIGINT UNSIGNED NOT NULL,
  PRIMARY KEY (run, table_name)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4;

-- What CHECKSUM TABLE returns for a table after a run, if the client has computed it from the rows.
-- Ledgers of older versions do not have this table.
CREATE TABLE IF NOT EXISTS _reviewseed_table_checksums (
  run           BIGINT UNSIGNED NOT NULL,
  table_name    VARCHAR(64) COLLATE utf8mb4_bin NOT NULL,
  checksum      INT UNSIGNED NOT NULL,
  PRIMARY KEY (run, table_name)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4;

-- The number and the checksum of the rows in each range of keys of a large table, in pieces, for the
-- next --sync. They belong to the table as long as CHECKSUM TABLE returns the number in checksum.
-- Written by --sync, and by runs that verify the table with CHECKSUM TABLE.
CREATE TABLE IF NOT EXISTS _reviewseed_digests (
  table_name    VARCHAR(64) COLLATE utf8mb4_bin NOT NULL,
  number        INT UNSIGNED NOT NULL,
  -- XXH3-128 of the query by which the server would compute them, and of the columns
  query_hash    CHAR(32) COLLATE utf8mb4_bin NOT NULL,
  checksum      INT UNSIGNED NOT NULL,
  piece         MEDIUMBLOB NOT NULL,
  PRIMARY KEY (table_name, number)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4;

-- One row per batch, the first statement of the batch's transaction.
CREATE TABLE IF NOT EXISTS _reviewseed_batches (
  run           BIGINT UNSIGNED NOT NULL,
  table_name    VARCHAR(64) COLLATE utf8mb4_bin NOT NULL,
  batch         INT UNSIGNED NOT NULL,
  -- the batch's place in the file: first byte, and the byte after its last
  byte_start    BIGINT UNSIGNED NOT NULL,
  byte_end      BIGINT UNSIGNED NOT NULL,
  rows_loaded   BIGINT UNSIGNED NOT NULL,
  checksum      BIGINT UNSIGNED NOT NULL,
  -- connection that wrote the batch
  connection_id BIGINT UNSIGNED NOT NULL,
  PRIMARY KEY (run, table_name, batch)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4;

-- One row per batch of a run that changes or keeps rows that its tables held before
-- (--on-duplicate), written with the batch. For such a batch, rows_loaded in _reviewseed_batches is
-- the number of accepted records.
CREATE TABLE IF NOT EXISTS _reviewseed_merges (
  run           BIGINT UNSIGNED NOT NULL,
  table_name    VARCHAR(64) COLLATE utf8mb4_bin NOT NULL,
  batch         INT UNSIGNED NOT NULL,
  inserted      BIGINT UNSIGNED NOT NULL,
  updated       BIGINT UNSIGNED NOT NULL,
  unchanged     BIGINT UNSIGNED NOT NULL,
  ignored       BIGINT UNSIGNED NOT NULL,
  -- what the batch adds to the checksum of the table, modulo 2^64
  checksum      BIGINT UNSIGNED NOT NULL,
  PRIMARY KEY (run, table_name, batch)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4;

-- The keys of the records that a run with --on-duplicate has stored so far, if texts with different
-- bytes may be equal keys. A key is stored as the first half of the SHA-256 of the bytes that the
-- table holds. The keys are deleted when the rows of the run are loaded.
CREATE TABLE IF NOT EXISTS _reviewseed_merged_keys (
  run           BIGINT UNSIGNED NOT NULL,
  table_name    VARCHAR(64) COLLATE utf8mb4_bin NOT NULL,
  key_hash      BINARY(16) NOT NULL,
  PRIMARY KEY (run, table_name, key_hash)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4;

-- One row per record that the server rejected although the client had accepted it, written with its
-- batch.
CREATE TABLE IF NOT EXISTS _reviewseed_refused (
  run           BIGINT UNSIGNED NOT NULL,
  table_name    VARCHAR(64) COLLATE utf8mb4_bin NOT NULL,
  batch         INT UNSIGNED NOT NULL,
  byte_offset   BIGINT UNSIGNED NOT NULL,
  rule          VARCHAR(32) NOT NULL,
  message       TEXT NOT NULL,
  PRIMARY KEY (run, table_name, batch, byte_offset)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4;

-- One row per statement of --before and --after that is committed, written in its transaction. Run
-- number 0 means the run that begins next.
CREATE TABLE IF NOT EXISTS _reviewseed_statements (
  run           BIGINT UNSIGNED NOT NULL,
  fingerprint   CHAR(32) COLLATE utf8mb4_bin NOT NULL,
  moment        ENUM('before', 'after') NOT NULL,
  -- XXH3-128 of its text, in hexadecimal, and how often the text has occurred before it
  text_hash     CHAR(32) COLLATE utf8mb4_bin NOT NULL,
  occurrence    INT UNSIGNED NOT NULL,
  -- file and line
  place         TEXT NOT NULL,
  done_at       DATETIME(3) NOT NULL,
  PRIMARY KEY (run, fingerprint, moment, text_hash, occurrence)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4;

-- Global variables that a run changed, with the old values to restore.
CREATE TABLE IF NOT EXISTS _reviewseed_globals (
  variable_name VARCHAR(64) NOT NULL PRIMARY KEY,
  old_value     VARCHAR(1024) NOT NULL
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4;

-- Tables of a physical import, from before they are created until their rows are imported. A table
-- that is still listed when a run begins was left by a killed run: it is dropped, and its files in
-- the server's folder are removed.
CREATE TABLE IF NOT EXISTS _reviewseed_imports (
  table_name    VARCHAR(64) COLLATE utf8mb4_bin NOT NULL PRIMARY KEY
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4;

-- Tables that a run has imported. Because their rows did not pass the server's SQL layer, they are
-- verified in full, also by a run that resumes. Written by the transaction that writes the batches.
CREATE TABLE IF NOT EXISTS _reviewseed_files (
  run           BIGINT UNSIGNED NOT NULL,
  table_name    VARCHAR(64) COLLATE utf8mb4_bin NOT NULL,
  PRIMARY KEY (run, table_name)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4;
