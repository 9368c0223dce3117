//! Writes a report as text: as JSON for programs, and as a summary and an HTML page for people.
//!
//! The report itself is a value of [`model::report`]. [`summary`] makes the table for the screen,
//! and `page` the HTML. [`gathered`] collects the data that only the HTML shows, including the
//! `timeline`. Nothing here prints or writes a file.

mod empty_tables;
pub mod gathered;
pub mod page;
pub mod profile;
mod summary;
mod timeline;

pub use model::report::{Next, Outcome, PhaseReport, Report, ServerReport, TableReport};
use serde::Serialize;

pub use summary::{Look, summary};

/// The report as JSON, with a line end.
///
/// # Errors
///
/// When a value cannot be written as JSON.
pub fn to_json(report: &Report) -> serde_json::Result<String> {
    #[derive(Serialize)]
    struct Concluded<'a> {
        #[serde(flatten)]
        report: &'a Report,
        conclusion: String,
    }
    let mut json = serde_json::to_string_pretty(&Concluded {
        report,
        conclusion: report.conclusion(),
    })?;
    json.push('\n');
    Ok(json)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_outcome_has_the_name_that_the_json_gives_it() {
        for outcome in [
            Outcome::Failed,
            Outcome::Seeded,
            Outcome::AlreadySeeded,
            Outcome::Verified,
            Outcome::Reindexed,
            Outcome::Differs,
            Outcome::Clean,
            Outcome::FoundRejects,
            Outcome::BudgetSpent,
            Outcome::VerificationFailed,
        ] {
            assert_eq!(serde_json::to_value(outcome).unwrap(), outcome.name());
        }
    }
}
