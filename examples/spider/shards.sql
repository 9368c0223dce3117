-- One shard's side of the ratings & reviews tables: see coordinator.sql. Ordinary tables, with what each shard can keep for itself: its indexes,
-- its CHECKs, and the references of photos and values to their reviews, which are on the same shard.
-- Ids are given by the coordinator, so nothing here is AUTO_INCREMENT.

CREATE TABLE IF NOT EXISTS reviews (
  id              INT UNSIGNED      NOT NULL,
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
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_unicode_520_ci;

CREATE TABLE IF NOT EXISTS characteristics (
  id          INT UNSIGNED  NOT NULL,
  product_id  INT UNSIGNED  NOT NULL,
  name        ENUM('Size', 'Width', 'Comfort', 'Quality', 'Length', 'Fit') NOT NULL,

  PRIMARY KEY (id),
  INDEX characteristics_product (product_id, name)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_unicode_520_ci;

CREATE TABLE IF NOT EXISTS reviews_photos (
  id         INT UNSIGNED  NOT NULL,
  review_id  INT UNSIGNED  NOT NULL,
  url        VARCHAR(500)  NOT NULL,

  PRIMARY KEY (id, review_id),
  INDEX reviews_photos_review (review_id),
  CONSTRAINT reviews_photos_of_review FOREIGN KEY (review_id) REFERENCES reviews (id)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_unicode_520_ci;

CREATE TABLE IF NOT EXISTS characteristic_reviews (
  id                 INT UNSIGNED      NOT NULL,
  characteristic_id  INT UNSIGNED      NOT NULL,
  review_id          INT UNSIGNED      NOT NULL,
  value              TINYINT UNSIGNED  NOT NULL,

  PRIMARY KEY (id, review_id),
  INDEX characteristic_reviews_value (characteristic_id, value),
  INDEX characteristic_reviews_review (review_id),
  CONSTRAINT characteristic_reviews_value_range CHECK (value BETWEEN 1 AND 5),
  CONSTRAINT characteristic_reviews_of_review FOREIGN KEY (review_id) REFERENCES reviews (id)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_unicode_520_ci;
