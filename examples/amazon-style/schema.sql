-- Reviews of products with their images, in the shape of a public data set of a marketplace.

CREATE TABLE products (
  asin CHAR(10) CHARACTER SET ascii NOT NULL PRIMARY KEY,
  category VARCHAR(64) NULL,
  title VARCHAR(500) NOT NULL,
  rating DECIMAL(2,1) NULL,
  price DECIMAL(8,2) NULL,
  brand VARCHAR(64) NULL,
  features JSON NOT NULL
);

CREATE TABLE reviews (
  user_id CHAR(28) CHARACTER SET ascii NOT NULL,
  reviewed TIMESTAMP(3) NOT NULL,
  asin CHAR(10) CHARACTER SET ascii NOT NULL,
  product CHAR(10) CHARACTER SET ascii NOT NULL,
  rating TINYINT UNSIGNED NOT NULL,
  title VARCHAR(500) NOT NULL,
  body TEXT NOT NULL,
  helpful INT UNSIGNED NOT NULL,
  verified BOOLEAN NOT NULL,
  PRIMARY KEY (user_id, reviewed),
  KEY by_product (product, reviewed),
  CONSTRAINT review_of_product FOREIGN KEY (product) REFERENCES products (asin),
  CONSTRAINT rating_1_to_5 CHECK (rating BETWEEN 1 AND 5)
);

CREATE TABLE reviews_photos (
  user_id CHAR(28) CHARACTER SET ascii NOT NULL,
  reviewed TIMESTAMP(3) NOT NULL,
  number SMALLINT UNSIGNED NOT NULL,
  url VARCHAR(255) NOT NULL,
  PRIMARY KEY (user_id, reviewed, number),
  CONSTRAINT photo_of_review FOREIGN KEY (user_id, reviewed) REFERENCES reviews (user_id, reviewed)
);
