-- One row per product: how many of its reviews have each rating, and how many recommend it.
CREATE TABLE IF NOT EXISTS reviews_meta (
  product_id   INT UNSIGNED  NOT NULL PRIMARY KEY,
  rating_1     INT UNSIGNED  NOT NULL,
  rating_2     INT UNSIGNED  NOT NULL,
  rating_3     INT UNSIGNED  NOT NULL,
  rating_4     INT UNSIGNED  NOT NULL,
  rating_5     INT UNSIGNED  NOT NULL,
  recommended  INT UNSIGNED  NOT NULL,
  reviews      INT UNSIGNED  NOT NULL
) ENGINE = InnoDB;
