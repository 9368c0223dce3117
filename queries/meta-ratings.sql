-- The number of reviews of one product for each rating.
--   1st ?  product_id
-- The server reads only the index reviews_newest. ORDER BY NULL, because there are at most five rows
-- and the caller can sort them.
SELECT rating, COUNT(*) AS reviews
FROM reviews
WHERE product_id = ?
GROUP BY rating
ORDER BY NULL;
