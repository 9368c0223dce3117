-- The tables of the ratings & reviews service. This file is their only description: it decides which
-- files are read, what a valid row is, which indexes and foreign keys are created, and what is
-- verified. It is plain SQL for MySQL 8.0.16 or later and MariaDB 10.6 or later, so
-- `mysql reviews < schema.sql` runs it too. MariaDB before 10.8 ignores DESC in an index. The tables
-- are in load order: parent tables come first.
--
-- queries/*.sql has the reads that the indexes are for. Both servers have the collation
-- utf8mb4_unicode_520_ci.

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

  -- For list-newest, in the order of the index. With its last two columns the index also covers
  -- meta-ratings and meta-recommended, which read all reviews of a product. They cost two bytes per
  -- row, less than a third index.
  INDEX reviews_newest (product_id, reported, `date` DESC, rating, recommend),

  -- For list-helpful and list-relevant, in the order of the index. list-relevant also sorts equally
  -- helpful reviews by date.
  INDEX reviews_helpful (product_id, reported, helpfulness DESC, `date` DESC),

  CONSTRAINT reviews_rating_range CHECK (rating BETWEEN 1 AND 5)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_unicode_520_ci;

CREATE TABLE IF NOT EXISTS characteristics (
  id          INT UNSIGNED  NOT NULL AUTO_INCREMENT,
  product_id  INT UNSIGNED  NOT NULL,
  name        ENUM('Size', 'Width', 'Comfort', 'Quality', 'Length', 'Fit') NOT NULL,

  PRIMARY KEY (id),

  -- For meta-characteristics: it reads the characteristics of a product from the index alone.
  INDEX characteristics_product (product_id, name)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_unicode_520_ci;

CREATE TABLE IF NOT EXISTS reviews_photos (
  id         INT UNSIGNED  NOT NULL AUTO_INCREMENT,
  review_id  INT UNSIGNED  NOT NULL,
  url        VARCHAR(500)  NOT NULL,

  PRIMARY KEY (id),

  -- For list-photos, which reads the photos of the reviews on a page, and for the foreign key.
  INDEX reviews_photos_review (review_id),

  CONSTRAINT reviews_photos_of_review FOREIGN KEY (review_id) REFERENCES reviews (id)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_unicode_520_ci;

CREATE TABLE IF NOT EXISTS characteristic_reviews (
  id                 INT UNSIGNED      NOT NULL AUTO_INCREMENT,
  characteristic_id  INT UNSIGNED      NOT NULL,
  review_id          INT UNSIGNED      NOT NULL,
  value              TINYINT UNSIGNED  NOT NULL,

  PRIMARY KEY (id),

  -- For meta-characteristics, which reads the values from the index alone, and for the foreign key.
  INDEX characteristic_reviews_value (characteristic_id, value),

  -- For the foreign key: without the index, deleting a review would read the whole table.
  INDEX characteristic_reviews_review (review_id),

  CONSTRAINT characteristic_reviews_of_characteristic FOREIGN KEY (characteristic_id) REFERENCES characteristics (id),
  CONSTRAINT characteristic_reviews_of_review FOREIGN KEY (review_id) REFERENCES reviews (id),
  CONSTRAINT characteristic_reviews_value_range CHECK (value BETWEEN 1 AND 5)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_unicode_520_ci;
