# run by the server at each start, before it takes the first connection
CREATE DATABASE IF NOT EXISTS reviews CHARACTER SET utf8mb4;
# MariaDB's installer makes these, without a password and reachable over TCP
DROP USER IF EXISTS root@'127.0.0.1', root@'::1';
