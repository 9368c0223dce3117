-- One LOAD DATA per table, as people write it for these files. {directory}, {date} (how the file's
-- date becomes a DATETIME) and {null} (what an absent response looks like) are filled in by
-- bench.py; a statement per table, parents first.

LOAD DATA LOCAL INFILE '{directory}/reviews.csv' INTO TABLE reviews CHARACTER SET utf8mb4
  FIELDS TERMINATED BY ',' OPTIONALLY ENCLOSED BY '"' ESCAPED BY '' LINES TERMINATED BY '\n' IGNORE 1 LINES
  (id, product_id, rating, @date, summary, body, @recommend, @reported, reviewer_name, reviewer_email, @response, helpfulness)
  SET `date` = {date}, recommend = @recommend = 'true', reported = @reported = 'true', response = NULLIF(@response, '{null}');

LOAD DATA LOCAL INFILE '{directory}/characteristics.csv' INTO TABLE characteristics CHARACTER SET utf8mb4
  FIELDS TERMINATED BY ',' OPTIONALLY ENCLOSED BY '"' ESCAPED BY '' LINES TERMINATED BY '\n' IGNORE 1 LINES
  (id, product_id, name);

LOAD DATA LOCAL INFILE '{directory}/reviews_photos.csv' INTO TABLE reviews_photos CHARACTER SET utf8mb4
  FIELDS TERMINATED BY ',' OPTIONALLY ENCLOSED BY '"' ESCAPED BY '' LINES TERMINATED BY '\n' IGNORE 1 LINES
  (id, review_id, url);

LOAD DATA LOCAL INFILE '{directory}/characteristic_reviews.csv' INTO TABLE characteristic_reviews CHARACTER SET utf8mb4
  FIELDS TERMINATED BY ',' OPTIONALLY ENCLOSED BY '"' ESCAPED BY '' LINES TERMINATED BY '\n' IGNORE 1 LINES
  (id, characteristic_id, review_id, value);
