-- The SRIDs of the spatial columns of one database, on MySQL.
--   1st ?  database
SELECT CAST(TABLE_NAME AS CHAR), CAST(COLUMN_NAME AS CHAR), CAST(SRS_ID AS SIGNED)
FROM information_schema.ST_GEOMETRY_COLUMNS
WHERE TABLE_SCHEMA = ?
