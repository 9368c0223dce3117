-- The reviews of one product, the newest first, a page at a time.
--   1st ?  product_id
--   2nd ?  rows to skip: 5 times the number of pages before this one
-- Answered in the order of the index reviews_newest, without a sort.
SELECT id, rating, `date`, summary, body, recommend, reviewer_name, response, helpfulness
FROM reviews
WHERE product_id = ? AND reported = 0
ORDER BY `date` DESC
LIMIT 5 OFFSET ?;
