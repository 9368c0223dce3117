# The program replaces :password and writes the result into a file that only its owner can read.
CREATE USER IF NOT EXISTS reviewseed@'127.0.0.1' IDENTIFIED BY ':password';
ALTER USER reviewseed@'127.0.0.1' IDENTIFIED BY ':password';
GRANT ALL PRIVILEGES ON *.* TO reviewseed@'127.0.0.1' WITH GRANT OPTION;
