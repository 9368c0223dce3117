-- The tables of schema.sql with nothing but their primary keys and CHECKs: what a script loads into
-- before it builds the rest. bench.py compares the keys in the end, so that this file and keys.sql
-- cannot drift from schema.sql.

CREATE TABLE reviews (
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
  CONSTRAINT reviews_rating_range CHECK (rating BETWEEN 1 AND 5)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_unicode_520_ci;

CREATE TABLE characteristics (
  id          INT UNSIGNED  NOT NULL AUTO_INCREMENT,
  product_id  INT UNSIGNED  NOT NULL,
  name        ENUM('Size', 'Width', 'Comfort', 'Quality', 'Length', 'Fit') NOT NULL,
  PRIMARY KEY (id)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_unicode_520_ci;

CREATE TABLE reviews_photos (
  id         INT UNSIGNED  NOT NULL AUTO_INCREMENT,
  review_id  INT UNSIGNED  NOT NULL,
  url        VARCHAR(500)  NOT NULL,
  PRIMARY KEY (id)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_unicode_520_ci;

CREATE TABLE characteristic_reviews (
  id                 INT UNSIGNED      NOT NULL AUTO_INCREMENT,
  characteristic_id  INT UNSIGNED      NOT NULL,
  review_id          INT UNSIGNED      NOT NULL,
  value              TINYINT UNSIGNED  NOT NULL,
  PRIMARY KEY (id),
  CONSTRAINT characteristic_reviews_value_range CHECK (value BETWEEN 1 AND 5)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_unicode_520_ci;
