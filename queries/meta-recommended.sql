-- How many reviews of one product recommend it, of how many.
--   1st ?  product_id
-- Answered from the index reviews_newest alone.
SELECT SUM(recommend) AS recommended, COUNT(*) AS reviews
FROM reviews
WHERE product_id = ?;
