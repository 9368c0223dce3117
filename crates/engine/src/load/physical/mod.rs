//! Physical import: rows become InnoDB's own files, which the server takes over with `ALTER TABLE …
//! IMPORT TABLESPACE`.
//!
//! ```text
//!  empty table ── FLUSH … FOR EXPORT ──▶ template        what the server puts into every file, and where the roots are
//!  batches ──▶ record ──▶ rows ──▶ tree (clustered)  ─┐
//!         └──▶ sort keys ─▶ sort ─▶ trees (secondary) ─┴─▶ space ──▶ file ──▶ verifier ──▶ DISCARD, rename, IMPORT
//! ```
//!
//! Around the SQL layer there is nobody to refuse a wrong row, and a wrong file can end the server.
//! So only what was verified is written (`fitness`), every page is judged before the server sees it
//! (`verifier`), and the ledger knows which tables are being made, so that the next run drops what
//! a killed one left (`recover`). Cleaning, rules, rejects, references, report and verification are
//! those of the other ways.

pub mod sink;

#[cfg(any(test, fuzzing))]
pub mod round_trip;
#[cfg(test)]
mod tests;
