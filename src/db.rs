//! One URL, two clients: parses the database URL once and builds the options of sqlx and of mysql_async from it.
