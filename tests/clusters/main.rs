//! Tests on clusters of real servers, which `scripts/cluster` starts. A plain `cargo test` leaves
//! this binary out (`test = false` in Cargo.toml); `make test-clusters` runs it. A cluster that
//! does not come up fails its tests: nothing is ever skipped.
//!
//! REVIEWSEED_CLUSTER_PRODUCTS and REVIEWSEED_CLUSTER_ROUNDS say how much.

#[allow(dead_code, unused_imports, unused_macros)]
#[path = "../it/support/harness.rs"]
mod harness;
#[allow(dead_code)]
#[path = "../it/support/running.rs"]
mod running;
#[allow(dead_code)]
#[path = "../it/support/scratch.rs"]
mod scratch;

/// Where they find each other.
mod support {
    pub(crate) use crate::{harness, running, scratch};
}

/// One body for both clusters whose members all hold the same rows.
macro_rules! on_both_clusters {
    ($($name:ident),*) => {$(
        mod $name {
            use crate::cluster::Kind;

            #[test]
            fn group_replication() {
                super::$name(Kind::GroupReplication);
            }

            #[test]
            fn galera() {
                super::$name(Kind::Galera);
            }
        }
    )*};
}

mod cluster;
mod conflicts;
mod failover;
mod members;
mod roles;
