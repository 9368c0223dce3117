-- Every supported type, and whatever else a table may have, in words that MySQL and MariaDB both take.
DROP TABLE IF EXISTS children, parents, types, `odd ``names`;

CREATE TABLE children (
  a INT, b INT, d INT, g INT,
  KEY covers (b, d),
  FOREIGN KEY (a) REFERENCES parents (id) ON DELETE CASCADE,
  CONSTRAINT named FOREIGN KEY (d) REFERENCES parents (id) ON UPDATE SET NULL,
  FOREIGN KEY (b) REFERENCES parents (ID) ON DELETE NO ACTION,
  e INT REFERENCES parents (id),
  CONSTRAINT g1 FOREIGN KEY (g) REFERENCES parents (id),
  CONSTRAINT g2 FOREIGN KEY (g) REFERENCES parents (id),
  x INT, y INT,
  CONSTRAINT pair FOREIGN KEY (x, y) REFERENCES parents (one, two)
) CHARSET utf8mb4 COLLATE utf8mb4_bin;

CREATE TABLE parents (
  id INT PRIMARY KEY,
  parent INT,
  one INT NOT NULL,
  two INT NOT NULL,
  UNIQUE (one, two),
  FOREIGN KEY (parent) REFERENCES parents (id)
) DEFAULT CHARACTER SET = utf8mb4 COLLATE = utf8mb4_bin COMMENT 'parents; and ''others''';

CREATE TABLE types (
  id BIGINT UNSIGNED NOT NULL AUTO_INCREMENT UNIQUE,
  i1 TINYINT, i1u TINYINT UNSIGNED, i1w TINYINT(1) UNSIGNED, i2 SMALLINT, i2u SMALLINT UNSIGNED, i3 MEDIUMINT,
  i3u MEDIUMINT UNSIGNED, i4 INT, i4u INTEGER UNSIGNED, i8 BIGINT, i8u BIGINT UNSIGNED,
  b1 BOOLEAN DEFAULT TRUE, b2 BOOL NOT NULL DEFAULT 0, b3 TINYINT(1) DEFAULT NULL,
  n1 DECIMAL(5,2) DEFAULT 1.5, n2 NUMERIC(7), n3 DEC, n4 DECIMAL(65,30) UNSIGNED, n5 DECIMAL(5,2) DEFAULT -1,
  f1 FLOAT, f2 FLOAT UNSIGNED DEFAULT 1.5, f3 DOUBLE, f4 DOUBLE PRECISION, f5 REAL, f6 FLOAT(53), f7 DOUBLE UNSIGNED,
  d1 DATE DEFAULT '2020-01-02', d2 DATETIME, d3 DATETIME(3) DEFAULT NOW(3) ON UPDATE NOW(3), d4 DATETIME(6),
  d5 TIMESTAMP DEFAULT CURRENT_TIMESTAMP, d6 TIMESTAMP(6) NULL, d7 TIME, d8 TIME(2) DEFAULT '01:02:03', d9 YEAR DEFAULT 2020,
  d10 DATETIME(3) DEFAULT '2020-01-01', d11 TIMESTAMP NOT NULL DEFAULT '2020-01-01 00:00:01',
  c1 CHAR, c2 CHAR(4) DEFAULT 'it''s', c3 VARCHAR(9) DEFAULT '' COMMENT 'a comment; it''s one', c4 VARCHAR(2000) NOT NULL,
  c5 VARCHAR(9) DEFAULT 'NULL', c6 VARCHAR(5) CHARACTER SET latin1 COLLATE latin1_bin, c7 VARCHAR(9) COLLATE utf8mb4_general_ci,
  c8 VARCHAR(20) DEFAULT 'back\\slash',
  t1 TINYTEXT, t2 TEXT, t3 MEDIUMTEXT, t4 LONGTEXT,
  e1 ENUM('a', 'it''s', 'b,c', 'back\\slash') DEFAULT 'a', e3 ENUM('größe', '€') DEFAULT '€', c9 VARCHAR(9) DEFAULT 'ßü€' COMMENT 'größe', e2 ENUM('x ', 'Y') NOT NULL,
  g1 INT AS (i4 + 1), g2 INT GENERATED ALWAYS AS (i4 + 2) STORED,
  x1 INT CHECK (x1 > 0), x2 INT, x3 INT DEFAULT -1, x4 INT NOT NULL DEFAULT 0,
  PRIMARY KEY (i4, id),
  CONSTRAINT letters CHECK (c7 <> 'ßü€' AND c8 <> 'it''s'),
  CONSTRAINT not_three CHECK (x2 <> 3),
  CHECK (c1 IN ('a', 'b\\c') AND x2 IS NOT NULL),
  KEY (i4),
  KEY (i4, c4(10) DESC),
  KEY named (t2(20), D2 DESC, i1) COMMENT 'serves; nothing',
  UNIQUE KEY uq (c3, i8u),
  UNIQUE (c2),
  FULLTEXT KEY words (t4),
  FULLTEXT KEY (t3)
) CHARSET utf8mb4 COLLATE utf8mb4_unicode_520_ci;

CREATE TABLE `odd ``names` (
  `select` INT NOT NULL PRIMARY KEY,
  `a b` VARCHAR(3) NOT NULL,
  `ünïcode` INT,
  value INT, `date` DATETIME, status INT, position INT,
  KEY (`a b`, `select`),
  KEY (value, date DESC),
  CONSTRAINT `odd check` CHECK (`ünïcode` > 0 OR `select` < 0)
) CHARSET utf8mb4 COLLATE utf8mb4_bin;
