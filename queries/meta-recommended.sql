-- The number of reviews that recommend one product, and the number of all its reviews.
--   1st ?  product_id
-- The server reads only the index reviews_newest.
SELECT SUM(recommend) AS recommended, COUNT(*) AS reviews
FROM reviews
WHERE product_id = ?;
