-- The coordinator's side of the ratings & reviews tables on two Spider shards, for `--schema`. It holds no rows: each partition is a table of
-- the same name on the server that its comment names (CREATE SERVER), made from shards.sql. One shard more is one partition more.
--
-- A review, its photos and its characteristic values are on the shard of the review's id. So the primary keys of the latter two have the
-- review in them, and no server keeps their ids unique, nor any reference whole: what stands in /*!999999 … */ no server reads,
-- reviewseed does, and holds the rows to it.

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
  INDEX reviews_newest (product_id, reported, `date` DESC, rating, recommend),
  INDEX reviews_helpful (product_id, reported, helpfulness DESC, `date` DESC),
  CONSTRAINT reviews_rating_range CHECK (rating BETWEEN 1 AND 5)
) ENGINE = SPIDER DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_unicode_520_ci COMMENT = 'wrapper "mysql", table "reviews"'
PARTITION BY HASH (id) (
  PARTITION shard1 COMMENT = 'srv "shard1"',
  PARTITION shard2 COMMENT = 'srv "shard2"'
);

CREATE TABLE IF NOT EXISTS characteristics (
  id          INT UNSIGNED  NOT NULL AUTO_INCREMENT,
  product_id  INT UNSIGNED  NOT NULL,
  name        ENUM('Size', 'Width', 'Comfort', 'Quality', 'Length', 'Fit') NOT NULL,

  PRIMARY KEY (id),
  INDEX characteristics_product (product_id, name)
) ENGINE = SPIDER DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_unicode_520_ci COMMENT = 'wrapper "mysql", table "characteristics"'
PARTITION BY HASH (id) (
  PARTITION shard1 COMMENT = 'srv "shard1"',
  PARTITION shard2 COMMENT = 'srv "shard2"'
);

CREATE TABLE IF NOT EXISTS reviews_photos (
  id         INT UNSIGNED  NOT NULL AUTO_INCREMENT,
  review_id  INT UNSIGNED  NOT NULL,
  url        VARCHAR(500)  NOT NULL,

  PRIMARY KEY (id, review_id),
  INDEX reviews_photos_review (review_id)
  /*!999999 , UNIQUE reviews_photos_id (id),
  CONSTRAINT reviews_photos_of_review FOREIGN KEY (review_id) REFERENCES reviews (id) */
) ENGINE = SPIDER DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_unicode_520_ci COMMENT = 'wrapper "mysql", table "reviews_photos"'
PARTITION BY HASH (review_id) (
  PARTITION shard1 COMMENT = 'srv "shard1"',
  PARTITION shard2 COMMENT = 'srv "shard2"'
);

CREATE TABLE IF NOT EXISTS characteristic_reviews (
  id                 INT UNSIGNED      NOT NULL AUTO_INCREMENT,
  characteristic_id  INT UNSIGNED      NOT NULL,
  review_id          INT UNSIGNED      NOT NULL,
  value              TINYINT UNSIGNED  NOT NULL,

  PRIMARY KEY (id, review_id),
  INDEX characteristic_reviews_value (characteristic_id, value),
  INDEX characteristic_reviews_review (review_id),
  CONSTRAINT characteristic_reviews_value_range CHECK (value BETWEEN 1 AND 5)
  /*!999999 , UNIQUE characteristic_reviews_id (id),
  CONSTRAINT characteristic_reviews_of_characteristic FOREIGN KEY (characteristic_id) REFERENCES characteristics (id),
  CONSTRAINT characteristic_reviews_of_review FOREIGN KEY (review_id) REFERENCES reviews (id) */
) ENGINE = SPIDER DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_unicode_520_ci COMMENT = 'wrapper "mysql", table "characteristic_reviews"'
PARTITION BY HASH (review_id) (
  PARTITION shard1 COMMENT = 'srv "shard1"',
  PARTITION shard2 COMMENT = 'srv "shard2"'
);
