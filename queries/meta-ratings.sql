-- How many reviews gave each rating to one product.
--   1st ?  product_id
-- Answered from the index reviews_newest alone; five groups at the most, so the order is left to the caller.
SELECT rating, COUNT(*) AS reviews
FROM reviews
WHERE product_id = ?
GROUP BY rating
ORDER BY NULL;
