//! Physical import: rows are written to InnoDB tablespace files, which the server imports with
//! `ALTER TABLE … IMPORT TABLESPACE`.
//!
//! ```text
//!  empty table ── FLUSH … FOR EXPORT ──▶ template        what the server puts into every file, and where the roots are
//!  batches ──▶ record ──▶ rows ──▶ tree (clustered)  ─┐
//!         └──▶ sort keys ─▶ sort ─▶ trees (secondary) ─┴─▶ space ──▶ file ──▶ verifier ──▶ DISCARD, rename, IMPORT
//! ```
//!
//! The server does not check the rows of such a file, and a wrong file can crash it. So only tables
//! whose format was tested are written (`fitness`), and every page is verified before the server
//! sees it (`verifier`). The ledger names the tables that are being built, so that the next run can
//! drop those of a killed run (`recover`). Cleaning, rules, rejects, foreign keys, report and
//! verification are the same as for an SQL load.

pub mod sink;

#[cfg(any(test, fuzzing))]
pub mod round_trip;
#[cfg(test)]
mod tests;
