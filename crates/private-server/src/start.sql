# The server runs this at each start, before it accepts the first connection.
CREATE DATABASE IF NOT EXISTS reviews CHARACTER SET utf8mb4;
# MariaDB's installer makes these accounts. They have no password and can be reached over TCP.
DROP USER IF EXISTS root@'127.0.0.1', root@'::1';
