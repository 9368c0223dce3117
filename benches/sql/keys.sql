-- All keys of a table in one ALTER, with the checks off: what a careful engineer adds after the
-- rows.

SET foreign_key_checks = 0;

ALTER TABLE reviews
  ADD INDEX reviews_newest (product_id, reported, `date` DESC, rating, recommend),
  ADD INDEX reviews_helpful (product_id, reported, helpfulness DESC, `date` DESC);

ALTER TABLE characteristics
  ADD INDEX characteristics_product (product_id, name);

ALTER TABLE reviews_photos
  ADD INDEX reviews_photos_review (review_id),
  ADD CONSTRAINT reviews_photos_of_review FOREIGN KEY (review_id) REFERENCES reviews (id);

ALTER TABLE characteristic_reviews
  ADD INDEX characteristic_reviews_value (characteristic_id, value),
  ADD INDEX characteristic_reviews_review (review_id),
  ADD CONSTRAINT characteristic_reviews_of_characteristic FOREIGN KEY (characteristic_id) REFERENCES characteristics (id),
  ADD CONSTRAINT characteristic_reviews_of_review FOREIGN KEY (review_id) REFERENCES reviews (id);
