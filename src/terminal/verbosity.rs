//! How much is shown.

/// How much is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Verbosity {
    /// Errors only.
    Quiet,
    /// Phases, finished tables, the summary.
    Normal,
    /// Also choices and their reasons.
    Verbose,
}
