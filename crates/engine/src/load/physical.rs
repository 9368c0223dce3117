//! Physical import: rows are written to InnoDB tablespace files, which the server imports with
//! `ALTER TABLE … IMPORT TABLESPACE`.
//!
//! ```text
//!  empty table ── FLUSH … FOR EXPORT ──▶ template: root positions, data of the server
//!  batches ──▶ record ──▶ rows ──▶ tree (clustered)  ─┐
//!         └──▶ sort keys ─▶ sort ─▶ trees (secondary) ─┴─▶ space ──▶ file ──▶ verifier ──▶ DISCARD, rename, IMPORT
//! ```
//!
//! The server does not check the rows of such a file, and a wrong file can crash the server.
//! Therefore only tables whose format was tested are written (`fitness`), and every page is
//! verified before the server gets the file (`verifier`). The ledger names the tables that are
//! being built, so that the next run can drop the tables of a killed run (`recover`). Cleaning,
//! rules, rejects, foreign keys, report and verification are the same as for an SQL load.

pub mod sink;

#[cfg(any(test, fuzzing))]
pub mod round_trip;
#[cfg(test)]
mod tests;
