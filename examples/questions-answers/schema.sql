-- The tables of a questions & answers service: what buyers ask about a product, what others answer, and the photos of the
-- answers. Columns are named as the CSV headers. Plain SQL for MySQL 8.0.16 or later and MariaDB 10.6 or later;
-- MariaDB before 10.8 ignores DESC in an index.

CREATE TABLE IF NOT EXISTS questions (
  id            INT UNSIGNED   NOT NULL AUTO_INCREMENT,
  product_id    INT UNSIGNED   NOT NULL,
  body          VARCHAR(1000)  NOT NULL,
  date_written  DATETIME(3)    NOT NULL,
  asker_name    VARCHAR(60)    NOT NULL,
  asker_email   VARCHAR(60)    NOT NULL,
  reported      BOOLEAN        NOT NULL,
  helpful       INT UNSIGNED   NOT NULL,

  PRIMARY KEY (id),

  -- The questions of a product, the most helpful first:
  -- WHERE product_id = ? AND reported = 0 ORDER BY helpful DESC LIMIT 5
  INDEX questions_of_product (product_id, reported, helpful DESC)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_unicode_520_ci;

CREATE TABLE IF NOT EXISTS answers (
  id              INT UNSIGNED   NOT NULL AUTO_INCREMENT,
  question_id     INT UNSIGNED   NOT NULL,
  body            VARCHAR(1000)  NOT NULL,
  date_written    DATETIME(3)    NOT NULL,
  answerer_name   VARCHAR(60)    NOT NULL,
  answerer_email  VARCHAR(60)    NOT NULL,
  reported        BOOLEAN        NOT NULL,
  helpful         INT UNSIGNED   NOT NULL,

  PRIMARY KEY (id),

  -- The answers to a question, the most helpful first, and the foreign key:
  -- WHERE question_id = ? AND reported = 0 ORDER BY helpful DESC LIMIT 5
  INDEX answers_to_question (question_id, reported, helpful DESC),

  CONSTRAINT answers_to_question FOREIGN KEY (question_id) REFERENCES questions (id)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_unicode_520_ci;

CREATE TABLE IF NOT EXISTS answers_photos (
  id         INT UNSIGNED  NOT NULL AUTO_INCREMENT,
  answer_id  INT UNSIGNED  NOT NULL,
  url        VARCHAR(500)  NOT NULL,

  PRIMARY KEY (id),

  -- The photos of the answers on a page: WHERE answer_id IN (…); and the foreign key.
  INDEX answers_photos_of_answer (answer_id),

  CONSTRAINT answers_photos_of_answer FOREIGN KEY (answer_id) REFERENCES answers (id),
  CONSTRAINT answers_photos_url CHECK (url LIKE 'http%')
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_unicode_520_ci;
