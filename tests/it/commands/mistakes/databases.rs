//! URLs, and folders without a database.

use super::{Mistake, nothing};

/// URLs, and folders without a database.
pub const DATABASES: [Mistake; 16] = [
    (
        "verify in the wrong folder",
        nothing,
        &["verify"],
        &[
            "no database is named",
            "no private server",
            "DATABASE_URL",
            "reviewseed seed DIR",
        ],
    ),
    (
        "reindex in the wrong folder",
        nothing,
        &["reindex"],
        &["no database is named", "no private server"],
    ),
    (
        "targets in the wrong folder",
        nothing,
        &["targets"],
        &["no database is named", "no private server"],
    ),
    (
        "smoke in the wrong folder",
        nothing,
        &["smoke"],
        &["no database is named", "no private server"],
    ),
    (
        "clean in the wrong folder",
        nothing,
        &["clean", "--yes"],
        &["no database is named", "no private server"],
    ),
    (
        "a shell without a server",
        nothing,
        &["server", "shell"],
        &["no private server runs", "reviewseed server start"],
    ),
    (
        "a closed port",
        nothing,
        &[
            "seed",
            "csv",
            "--database-url",
            "mysql://root@127.0.0.1:1/shop",
        ],
        &["nothing listens at 127.0.0.1:1", "correct host and port"],
    ),
    (
        "a host that does not exist",
        nothing,
        &[
            "seed",
            "csv",
            "--database-url",
            "mysql://root@no-host.invalid/shop",
        ],
        &["no host has this name", "--database-url"],
    ),
    (
        "a URL of Java",
        nothing,
        &["seed", "csv", "--database-url", "jdbc:mysql://db/shop"],
        &[
            "leave out \"jdbc:\"",
            "mysql://user:password@host:3306/database",
        ],
    ),
    (
        "a URL of another product",
        nothing,
        &["seed", "csv", "--database-url", "postgres://db/shop"],
        &["MySQL and MariaDB only"],
    ),
    (
        "a URL without a scheme",
        nothing,
        &["seed", "csv", "--database-url", "db:3306/shop"],
        &[
            "does not begin with mysql://",
            "mysql://user:password@host:3306/database",
        ],
    ),
    (
        "a URL without a database",
        nothing,
        &["seed", "csv", "--database-url", "mysql://root@db"],
        &[
            "names no database",
            "mysql://user:password@host:3306/database",
        ],
    ),
    (
        "an empty URL",
        nothing,
        &["seed", "csv", "--database-url="],
        &[
            "the database URL is empty",
            "mysql://user:password@host:3306/database",
        ],
    ),
    (
        "a URL of blanks",
        nothing,
        &["seed", "csv", "--database-url", " "],
        &[
            "the database URL is empty",
            "mysql://user:password@host:3306/database",
        ],
    ),
    (
        "a URL in quotes, as a file for Docker may have it",
        nothing,
        &[
            "seed",
            "csv",
            "--database-url",
            "\"mysql://app:s3cret@db/shop\"",
        ],
        &["begins with a quotation mark", "leave the marks out"],
    ),
    (
        "a parameter of another client",
        nothing,
        &[
            "seed",
            "csv",
            "--database-url",
            "mysql://root@db/shop?connection_limit=5",
        ],
        &["the unknown parameter \"connection_limit\"; leave it out"],
    ),
];
