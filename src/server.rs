//! The private server: finds, initialises, starts and stops a mysqld (else mariadbd) of our own.
