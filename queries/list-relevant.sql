-- The reviews of one product, the most helpful first and the newest of equals, a page at a time.
--   1st ?  product_id
--   2nd ?  rows to skip: 5 times the number of pages before this one
-- Answered in the order of the index reviews_helpful, without a sort.
SELECT id, rating, `date`, summary, body, recommend, reviewer_name, response, helpfulness
FROM reviews
WHERE product_id = ? AND reported = 0
ORDER BY helpfulness DESC, `date` DESC
LIMIT 5 OFFSET ?;
