-- Rows enough for the optimizers to have an opinion: 6,000 reviews of 1,000 products, with what belongs to them.
CREATE TABLE numbers AS
  SELECT a.n + 10 * b.n + 100 * c.n + 1000 * d.n + 10000 * e.n + 1 AS n
  FROM (SELECT 0 AS n UNION SELECT 1 UNION SELECT 2 UNION SELECT 3 UNION SELECT 4 UNION SELECT 5 UNION SELECT 6 UNION SELECT 7 UNION SELECT 8 UNION SELECT 9) AS a,
       (SELECT 0 AS n UNION SELECT 1 UNION SELECT 2 UNION SELECT 3 UNION SELECT 4 UNION SELECT 5 UNION SELECT 6 UNION SELECT 7 UNION SELECT 8 UNION SELECT 9) AS b,
       (SELECT 0 AS n UNION SELECT 1 UNION SELECT 2 UNION SELECT 3 UNION SELECT 4 UNION SELECT 5 UNION SELECT 6 UNION SELECT 7 UNION SELECT 8 UNION SELECT 9) AS c,
       (SELECT 0 AS n UNION SELECT 1 UNION SELECT 2 UNION SELECT 3 UNION SELECT 4 UNION SELECT 5 UNION SELECT 6 UNION SELECT 7 UNION SELECT 8 UNION SELECT 9) AS d,
       (SELECT 0 AS n UNION SELECT 1) AS e;

INSERT INTO reviews
  SELECT n, 1 + n DIV 6, 1 + n % 5, '2020-01-01' + INTERVAL n * 977 SECOND, 'a summary', REPEAT('body ', 40), n % 3 = 0, n % 17 = 0,
         'someone', 'someone@example.com', NULL, n % 30
  FROM numbers WHERE n <= 6000;
INSERT INTO characteristics SELECT n, 1 + n DIV 4, 1 + n % 6 FROM numbers WHERE n <= 4000;
INSERT INTO reviews_photos SELECT n, 1 + n % 6000, 'https://example.com/photo.jpg' FROM numbers WHERE n <= 3000;
INSERT INTO characteristic_reviews SELECT n, 1 + n % 4000, 1 + n % 6000, 1 + n % 5 FROM numbers WHERE n <= 20000;
ANALYZE TABLE reviews, characteristics, reviews_photos, characteristic_reviews;
