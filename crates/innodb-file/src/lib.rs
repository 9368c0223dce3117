//! InnoDB's tablespace files: rows and keys become pages (`build`), and every page is judged again
//! (`verifier`).
//!
//! Nothing here talks to a server; the files are the caller's.

pub mod build;
mod extents;
pub mod key;
pub mod page;
pub mod record;
pub mod rows;
mod run;
pub mod sort;
pub mod space;
pub mod stored;
pub mod template;
pub mod tree;
pub mod verifier;
