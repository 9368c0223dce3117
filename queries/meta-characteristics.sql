-- The average value of each characteristic of one product.
--   1st ?  product_id
-- The server reads only the indexes characteristics_product and characteristic_reviews_value.
SELECT characteristics.id, characteristics.name, AVG(characteristic_reviews.value) AS average
FROM characteristics
JOIN characteristic_reviews ON characteristic_reviews.characteristic_id = characteristics.id
WHERE characteristics.product_id = ?
GROUP BY characteristics.id, characteristics.name
ORDER BY NULL;
