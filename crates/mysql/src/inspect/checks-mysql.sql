-- The enforced CHECK constraints of one database, on MySQL.
--   1st ?  database
SELECT CAST(used.TABLE_NAME AS CHAR), CAST(used.CONSTRAINT_NAME AS CHAR), CAST(conditions.CHECK_CLAUSE AS CHAR), 'Table'
FROM information_schema.TABLE_CONSTRAINTS AS used
JOIN information_schema.CHECK_CONSTRAINTS AS conditions
  ON conditions.CONSTRAINT_SCHEMA = used.CONSTRAINT_SCHEMA AND conditions.CONSTRAINT_NAME = used.CONSTRAINT_NAME
WHERE used.TABLE_SCHEMA = ? AND used.CONSTRAINT_TYPE = 'CHECK' AND used.ENFORCED = 'YES'
ORDER BY used.TABLE_NAME, used.CONSTRAINT_NAME
