-- The reviews of one product, the most helpful first, a page at a time.
--   1st ?  product_id
--   2nd ?  rows to skip: 5 times the number of earlier pages
-- The server reads the index reviews_helpful in its order and does not sort.
SELECT id, rating, `date`, summary, body, recommend, reviewer_name, response, helpfulness
FROM reviews
WHERE product_id = ? AND reported = 0
ORDER BY helpfulness DESC
LIMIT 5 OFFSET ?;
