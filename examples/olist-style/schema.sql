-- A shop's orders with their items and reviews, in the shape of a public data set of Brazilian
-- orders. All keys are texts of 32 hexadecimal digits.

CREATE TABLE products (
  product_id CHAR(32) CHARACTER SET ascii NOT NULL PRIMARY KEY,
  category VARCHAR(64) NULL,
  name_length SMALLINT UNSIGNED NULL,
  weight_g INT UNSIGNED NULL
);

CREATE TABLE orders (
  order_id CHAR(32) CHARACTER SET ascii NOT NULL PRIMARY KEY,
  customer_id CHAR(32) CHARACTER SET ascii NOT NULL,
  status VARCHAR(16) NOT NULL,
  purchased DATETIME NOT NULL,
  delivered DATETIME NULL,
  KEY by_customer (customer_id)
);

CREATE TABLE order_items (
  order_id CHAR(32) CHARACTER SET ascii NOT NULL,
  item TINYINT UNSIGNED NOT NULL,
  product_id CHAR(32) CHARACTER SET ascii NOT NULL,
  shipping_limit DATETIME NOT NULL,
  price DECIMAL(8,2) NOT NULL,
  freight DECIMAL(8,2) NOT NULL,
  PRIMARY KEY (order_id, item),
  KEY by_product (product_id),
  CONSTRAINT items_of_order FOREIGN KEY (order_id) REFERENCES orders (order_id),
  CONSTRAINT items_of_product FOREIGN KEY (product_id) REFERENCES products (product_id)
);

CREATE TABLE order_reviews (
  review_id CHAR(32) CHARACTER SET ascii NOT NULL PRIMARY KEY,
  order_id CHAR(32) CHARACTER SET ascii NOT NULL,
  score TINYINT UNSIGNED NOT NULL,
  title VARCHAR(100) NULL,
  message TEXT NULL,
  created DATETIME NOT NULL,
  answered DATETIME NOT NULL,
  KEY by_order (order_id),
  CONSTRAINT review_of_order FOREIGN KEY (order_id) REFERENCES orders (order_id),
  CONSTRAINT score_1_to_5 CHECK (score BETWEEN 1 AND 5)
);
