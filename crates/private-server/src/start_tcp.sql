# :password is put in by the program; the file that holds the result is readable to its owner only
CREATE USER IF NOT EXISTS reviewseed@'127.0.0.1' IDENTIFIED BY ':password';
ALTER USER reviewseed@'127.0.0.1' IDENTIFIED BY ':password';
GRANT ALL PRIVILEGES ON *.* TO reviewseed@'127.0.0.1' WITH GRANT OPTION;
