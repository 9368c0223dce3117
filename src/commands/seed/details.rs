//! What the report's page tells of `seed`.

use anyhow::Result;

use super::{command_line, finish};
use crate::cli::{SeedArgs, VerifyArg};
use crate::commands::Exit;
use crate::commands::reports::{self, Details};
use crate::commands::settings::cores;
use crate::report::{Report, chain};

/// What the report's page tells of this command.
pub(super) fn details(args: &SeedArgs, report: &Report, exit: &Result<Exit>) -> Details {
    let threads = args.reading.threads.map_or_else(cores, usize::from);
    let command_line = command_line();
    let mut settings = reports::reading_settings(&args.reading, threads);
    let proof = match finish::proof(&args.loading) {
        VerifyArg::Quick => "quick: row counts, indexes and foreign keys",
        VerifyArg::Full => "full: checksums of all values and all references, too",
        VerifyArg::None => "none",
    };
    settings.push(("verification".to_string(), proof.to_string()));
    let url = reports::shown_url(&args.database);
    let refused = report.tables.iter().any(|t| t.rejected > 0);
    Details {
        command: "seed",
        settings,
        rejects: Some(args.reading.rejects.display().to_string()),
        failure: exit.as_ref().err().map(chain),
        next: reports::next_steps(
            report.outcome,
            &args.reading,
            url.as_deref(),
            &command_line,
            refused,
        ),
        command_line,
        ..Details::default()
    }
}
