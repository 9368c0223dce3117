//! Synthetic data sets: deterministic rows of any size.
