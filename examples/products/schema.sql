-- The tables of a product catalogue. Columns are named as the CSV headers. Plain SQL for MySQL 8.0.16 or later and
-- MariaDB 10.6 or later; MariaDB before 10.8 ignores DESC in an index.

CREATE TABLE IF NOT EXISTS products (
  id             INT UNSIGNED   NOT NULL AUTO_INCREMENT,
  name           VARCHAR(120)   NOT NULL,
  slogan         VARCHAR(300)   NOT NULL,
  description    TEXT           NOT NULL,
  category       VARCHAR(60)    NOT NULL,
  default_price  DECIMAL(10,2)  NOT NULL,
  -- The model that this one replaces. A foreign key to the same table is checked after the load,
  -- because the parent may come later in the file.
  replaces       INT UNSIGNED,

  -- One product by its id, and pages of the catalogue: ORDER BY id LIMIT ? OFFSET ?
  PRIMARY KEY (id),

  -- The foreign key, and what has replaced a product: WHERE replaces = ?
  INDEX products_replaces (replaces),

  CONSTRAINT products_replaces FOREIGN KEY (replaces) REFERENCES products (id),
  CONSTRAINT products_price CHECK (default_price >= 0)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_unicode_520_ci;

CREATE TABLE IF NOT EXISTS features (
  id          INT UNSIGNED  NOT NULL AUTO_INCREMENT,
  product_id  INT UNSIGNED  NOT NULL,
  feature     VARCHAR(60)   NOT NULL,
  value       VARCHAR(120),

  PRIMARY KEY (id),

  -- The features of a product, and the foreign key: WHERE product_id = ?
  INDEX features_of_product (product_id),

  CONSTRAINT features_of_product FOREIGN KEY (product_id) REFERENCES products (id)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_unicode_520_ci;

CREATE TABLE IF NOT EXISTS related (
  current_product_id  INT UNSIGNED  NOT NULL,
  related_product_id  INT UNSIGNED  NOT NULL,

  -- The products beside a product: WHERE current_product_id = ?; each pair once.
  PRIMARY KEY (current_product_id, related_product_id),

  -- The foreign key: without it, removing a product would read the whole table.
  INDEX related_to (related_product_id),

  CONSTRAINT related_current FOREIGN KEY (current_product_id) REFERENCES products (id),
  CONSTRAINT related_other FOREIGN KEY (related_product_id) REFERENCES products (id),
  CONSTRAINT related_not_itself CHECK (current_product_id <> related_product_id)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_unicode_520_ci;

CREATE TABLE IF NOT EXISTS styles (
  id              INT UNSIGNED   NOT NULL AUTO_INCREMENT,
  productId       INT UNSIGNED   NOT NULL,
  name            VARCHAR(60)    NOT NULL,
  sale_price      DECIMAL(10,2),
  original_price  DECIMAL(10,2)  NOT NULL,
  default_style   BOOLEAN        NOT NULL,

  PRIMARY KEY (id),

  -- The styles of a product, the default one first, and the foreign key:
  -- WHERE productId = ? ORDER BY default_style DESC
  INDEX styles_of_product (productId, default_style DESC),

  CONSTRAINT styles_of_product FOREIGN KEY (productId) REFERENCES products (id),
  CONSTRAINT styles_sale CHECK (sale_price < original_price)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_unicode_520_ci;

CREATE TABLE IF NOT EXISTS skus (
  id        INT UNSIGNED       NOT NULL AUTO_INCREMENT,
  styleId   INT UNSIGNED       NOT NULL,
  size      VARCHAR(10)        NOT NULL,
  quantity  SMALLINT UNSIGNED  NOT NULL,

  PRIMARY KEY (id),

  -- The sizes of a style: WHERE styleId = ?; each size once; and the foreign key.
  UNIQUE INDEX skus_of_style (styleId, size),

  CONSTRAINT skus_of_style FOREIGN KEY (styleId) REFERENCES styles (id)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_unicode_520_ci;

CREATE TABLE IF NOT EXISTS photos (
  id             INT UNSIGNED  NOT NULL AUTO_INCREMENT,
  styleId        INT UNSIGNED  NOT NULL,
  url            VARCHAR(500)  NOT NULL,
  -- Some are images by themselves ("data:image/…"), far longer than a URL.
  thumbnail_url  TEXT          NOT NULL,

  PRIMARY KEY (id),

  -- The photos of a style, and the foreign key: WHERE styleId = ?
  INDEX photos_of_style (styleId),

  CONSTRAINT photos_of_style FOREIGN KEY (styleId) REFERENCES styles (id)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_unicode_520_ci;
