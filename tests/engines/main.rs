//! Tests on engines beside MySQL and MariaDB. A plain `cargo test`
//! leaves this binary out (`test = false` in Cargo.toml); `make test-engines` runs it, and `make
//! test` runs `oceanbase::short` where the server is there. A server that does not start fails its
//! tests: nothing is ever skipped.
//!
//! REVIEWSEED_ENGINES_PRODUCTS and REVIEWSEED_ENGINES_ROUNDS say how much.

#[allow(dead_code)]
#[path = "../it/support/background.rs"]
mod background;
#[allow(dead_code)]
#[path = "../it/support/data.rs"]
mod data;
#[allow(dead_code, unused_imports, unused_macros)]
#[path = "../it/support/harness.rs"]
mod harness;
#[allow(dead_code)]
#[path = "../it/support/running.rs"]
mod running;

/// Where they find each other.
#[allow(unused_imports)]
mod support {
    pub(crate) use crate::{background, data, harness, running};
}

mod oceanbase;
