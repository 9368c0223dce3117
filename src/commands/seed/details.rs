//! What the report's page tells of `seed`.

use anyhow::Result;

use crate::cli::SeedArgs;
use crate::commands::Exit;
use crate::commands::reports::{self, Details};
use crate::commands::settings::cores;
use crate::commands::typed::command_line;
use model::wording::chain;
use mysql::verify::Depth;
use report::Report;

/// What the report's page tells of this command.
pub(super) fn details(args: &SeedArgs, report: &Report, exit: &Result<Exit>) -> Details {
    let threads = args.reading.threads.map_or_else(cores, usize::from);
    let mut settings = reports::reading_settings(&args.reading, threads);
    let proof = match report.verification {
        Some(Depth::Quick) => "quick: row counts, indexes and foreign keys",
        Some(Depth::Full) => "full: checksums of all values and all references, too",
        None => "none",
    };
    settings.push(("verification".to_string(), proof.to_string()));
    Details {
        command: "seed",
        settings,
        rejects: Some(args.reading.rejects.display().to_string()),
        failure: exit.as_ref().err().map(chain),
        command_line: command_line(),
        ..Details::default()
    }
}
