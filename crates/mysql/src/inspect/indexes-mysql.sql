-- The key parts of the indexes of one database, on MySQL. Key parts may be expressions, and indexes
-- may be invisible. For an expression, OceanBase also returns the name of a hidden column. 1st ?
-- database
SELECT CAST(TABLE_NAME AS CHAR), CAST(INDEX_NAME AS CHAR), CAST(NON_UNIQUE AS SIGNED),
       IF(EXPRESSION IS NULL, CAST(COLUMN_NAME AS CHAR), NULL),
       CAST(COLLATION AS CHAR), CAST(SUB_PART AS SIGNED), CAST(INDEX_TYPE AS CHAR), CAST(INDEX_COMMENT AS CHAR),
       CAST(EXPRESSION AS CHAR), CAST(IS_VISIBLE AS CHAR)
FROM information_schema.STATISTICS
WHERE TABLE_SCHEMA = ?
ORDER BY TABLE_NAME, INDEX_NAME, SEQ_IN_INDEX
