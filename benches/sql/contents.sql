-- What a database holds, to be compared between contenders: rows and values of each table, and the
-- keys. The same order of rows is not asked for. CRC32 is taken twice, because it is linear and values
-- swapped between two rows could cancel out.

SELECT 'reviews', COUNT(*), SUM(CRC32(CRC32(CONCAT_WS('#', id, product_id, rating, `date`, LENGTH(summary), LENGTH(body), recommend,
  reported, LENGTH(reviewer_name), LENGTH(reviewer_email), IF(response IS NULL, 'N', LENGTH(response)), helpfulness, summary, body,
  reviewer_name, reviewer_email, response)))) FROM reviews;
SELECT 'characteristics', COUNT(*), SUM(CRC32(CRC32(CONCAT_WS('#', id, product_id, name)))) FROM characteristics;
SELECT 'reviews_photos', COUNT(*), SUM(CRC32(CRC32(CONCAT_WS('#', id, review_id, url)))) FROM reviews_photos;
SELECT 'characteristic_reviews', COUNT(*), SUM(CRC32(CRC32(CONCAT_WS('#', id, characteristic_id, review_id, value))))
  FROM characteristic_reviews;
SELECT TABLE_NAME, INDEX_NAME, SEQ_IN_INDEX, COLUMN_NAME, COLLATION, NON_UNIQUE FROM information_schema.STATISTICS
  WHERE TABLE_SCHEMA = DATABASE() AND LEFT(TABLE_NAME, 1) <> '_' ORDER BY 1, 2, 3;
SELECT TABLE_NAME, CONSTRAINT_NAME, COLUMN_NAME, REFERENCED_TABLE_NAME, REFERENCED_COLUMN_NAME FROM information_schema.KEY_COLUMN_USAGE
  WHERE TABLE_SCHEMA = DATABASE() AND REFERENCED_TABLE_NAME IS NOT NULL ORDER BY 1, 2;
