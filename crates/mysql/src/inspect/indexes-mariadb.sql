-- The key parts of the indexes of one database, on MariaDB. The result has the same columns as that
-- of indexes-mysql.sql. 1st ?  database
SELECT CAST(TABLE_NAME AS CHAR), CAST(INDEX_NAME AS CHAR), CAST(NON_UNIQUE AS SIGNED), CAST(COLUMN_NAME AS CHAR),
       CAST(COLLATION AS CHAR), CAST(SUB_PART AS SIGNED), CAST(INDEX_TYPE AS CHAR), CAST(INDEX_COMMENT AS CHAR),
       CAST(NULL AS CHAR), IF(IGNORED = 'YES', 'NO', 'YES')
FROM information_schema.STATISTICS
WHERE TABLE_SCHEMA = ?
ORDER BY TABLE_NAME, INDEX_NAME, SEQ_IN_INDEX
