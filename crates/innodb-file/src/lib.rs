//! InnoDB tablespace files: `build` writes rows and keys as pages, and `verifier` reads every page
//! back and checks it.
//!
//! Nothing here connects to a server. The caller owns the files.

pub mod build;
pub mod column_format;
mod error;
mod extents;
pub mod key;
pub mod page;
pub mod record;
pub mod rows;
mod run;
pub mod sort;
pub mod space;
pub mod template;
pub mod tree;
pub mod verifier;

pub use error::{Error, Result};
