-- Each statement is one transaction, so readers see either the old counts or the new ones.
REPLACE INTO reviews_meta
SELECT product_id, SUM(rating = 1), SUM(rating = 2), SUM(rating = 3), SUM(rating = 4),
  SUM(rating = 5), SUM(recommend), COUNT(*)
FROM reviews
GROUP BY product_id;

DELETE FROM reviews_meta
WHERE NOT EXISTS (SELECT 1 FROM reviews WHERE reviews.product_id = reviews_meta.product_id);
