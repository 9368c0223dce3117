-- The tables of the ratings & reviews service in 24 partitions each, for a cluster of OceanBase.
-- MySQL does not accept foreign keys of partitioned tables; OceanBase does. A partition is chosen by
-- the primary key, so that its uniqueness and the foreign keys to it need no other index. Every
-- index is local: a part of each partition.

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
) DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_general_ci
  PARTITION BY HASH (id) PARTITIONS 24;

CREATE TABLE IF NOT EXISTS characteristics (
  id          INT UNSIGNED  NOT NULL AUTO_INCREMENT,
  product_id  INT UNSIGNED  NOT NULL,
  name        ENUM('Size', 'Width', 'Comfort', 'Quality', 'Length', 'Fit') NOT NULL,

  PRIMARY KEY (id),

  INDEX characteristics_product (product_id, name)
) DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_general_ci
  PARTITION BY HASH (id) PARTITIONS 24;

CREATE TABLE IF NOT EXISTS reviews_photos (
  id         INT UNSIGNED  NOT NULL AUTO_INCREMENT,
  review_id  INT UNSIGNED  NOT NULL,
  url        VARCHAR(500)  NOT NULL,

  PRIMARY KEY (id),

  INDEX reviews_photos_review (review_id),

  CONSTRAINT reviews_photos_of_review FOREIGN KEY (review_id) REFERENCES reviews (id)
) DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_general_ci
  PARTITION BY HASH (id) PARTITIONS 24;

CREATE TABLE IF NOT EXISTS characteristic_reviews (
  id                 INT UNSIGNED      NOT NULL AUTO_INCREMENT,
  characteristic_id  INT UNSIGNED      NOT NULL,
  review_id          INT UNSIGNED      NOT NULL,
  value              TINYINT UNSIGNED  NOT NULL,

  PRIMARY KEY (id),

  INDEX characteristic_reviews_value (characteristic_id, value),

  INDEX characteristic_reviews_review (review_id),

  CONSTRAINT characteristic_reviews_of_characteristic FOREIGN KEY (characteristic_id) REFERENCES characteristics (id),
  CONSTRAINT characteristic_reviews_of_review FOREIGN KEY (review_id) REFERENCES reviews (id),
  CONSTRAINT characteristic_reviews_value_range CHECK (value BETWEEN 1 AND 5)
) DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_general_ci
  PARTITION BY HASH (id) PARTITIONS 24;
