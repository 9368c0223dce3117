DROP USER IF EXISTS reviewseed@'127.0.0.1';
