-- The tables of one database, and what else is listed with them: views, sequences.
--   1st ?  database
SELECT CAST(TABLE_NAME AS CHAR), CAST(TABLE_COLLATION AS CHAR), CAST(TABLE_TYPE AS CHAR), CAST(ENGINE AS CHAR)
FROM information_schema.TABLES
WHERE TABLE_SCHEMA = ?
ORDER BY TABLE_NAME
