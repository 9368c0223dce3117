-- The tables of the ratings & reviews service, and the only description of them: which files are read, what a valid row is,
-- which indexes and foreign keys are built and what is verified all follow from here. Plain SQL for MySQL 8.0.16 or later and
-- MariaDB 10.8 or later; `mysql reviews < schema.sql` runs it too. Tables stand in load order, parents first.
--
-- The reads that the indexes serve are written out in queries/*.sql. utf8mb4_unicode_520_ci is a collation that both servers have.

CREATE TABLE IF NOT EXISTS reviews (
  id              INT UNSIGNED      NOT NULL AUTO_INCREMENT,
  product_id      INT UNSIGNED      NOT NULL,
  rating          TINYINT UNSIGNED  NOT NULL,
  `date`          DATETIME(3)       NOT NULL,
  summary         VARCHAR(255)      NOT NULL,
  body            VARCHAR(2000)     NOT NULL,
  recommend       BOOLEAN           NOT NULL,
  reported        BOOLEAN           NOT NULL,
  reviewer_name   VARCHAR(100)      NOT NULL,
  reviewer_email  VARCHAR(255)      NOT NULL,
  response        VARCHAR(2000),
  helpfulness     INT UNSIGNED      NOT NULL,

  PRIMARY KEY (id),

  -- list-newest, in the order of the index. Its two last columns make it cover meta-ratings and meta-recommended
  -- too, which read all of a product's entries: two bytes an entry here instead of a third index on the largest table.
  INDEX reviews_newest (product_id, reported, `date` DESC, rating, recommend),

  -- list-helpful and list-relevant, in the order of the index: the second only goes on to sort equals by date.
  INDEX reviews_helpful (product_id, reported, helpfulness DESC, `date` DESC),

  CONSTRAINT reviews_rating_range CHECK (rating BETWEEN 1 AND 5)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_unicode_520_ci;

CREATE TABLE IF NOT EXISTS characteristics (
  id          INT UNSIGNED  NOT NULL AUTO_INCREMENT,
  product_id  INT UNSIGNED  NOT NULL,
  name        ENUM('Size', 'Width', 'Comfort', 'Quality', 'Length', 'Fit') NOT NULL,

  PRIMARY KEY (id),

  -- meta-characteristics: the characteristics of one product with their names, from the index alone.
  INDEX characteristics_product (product_id, name)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_unicode_520_ci;

CREATE TABLE IF NOT EXISTS reviews_photos (
  id         INT UNSIGNED  NOT NULL AUTO_INCREMENT,
  review_id  INT UNSIGNED  NOT NULL,
  url        VARCHAR(500)  NOT NULL,

  PRIMARY KEY (id),

  -- list-photos: the photos of the reviews on a page of the list; and the foreign key.
  INDEX reviews_photos_review (review_id),

  CONSTRAINT reviews_photos_of_review FOREIGN KEY (review_id) REFERENCES reviews (id)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_unicode_520_ci;

CREATE TABLE IF NOT EXISTS characteristic_reviews (
  id                 INT UNSIGNED      NOT NULL AUTO_INCREMENT,
  characteristic_id  INT UNSIGNED      NOT NULL,
  review_id          INT UNSIGNED      NOT NULL,
  value              TINYINT UNSIGNED  NOT NULL,

  PRIMARY KEY (id),

  -- meta-characteristics: the average value of each characteristic, from the index alone; and the foreign key.
  INDEX characteristic_reviews_value (characteristic_id, value),

  -- The foreign key: without it, removing a review would read the whole table.
  INDEX characteristic_reviews_review (review_id),

  CONSTRAINT characteristic_reviews_of_characteristic FOREIGN KEY (characteristic_id) REFERENCES characteristics (id),
  CONSTRAINT characteristic_reviews_of_review FOREIGN KEY (review_id) REFERENCES reviews (id),
  CONSTRAINT characteristic_reviews_value_range CHECK (value BETWEEN 1 AND 5)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_unicode_520_ci;
