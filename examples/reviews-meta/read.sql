-- The counts of meta-ratings and meta-recommended for one product, from the table that
-- refresh.sql keeps up to date.
--   1st ?  product_id
-- The server reads one row by the primary key.
SELECT rating_1, rating_2, rating_3, rating_4, rating_5, recommended, reviews
FROM reviews_meta
WHERE product_id = ?;
