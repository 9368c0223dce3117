//! Data on stdout.

use std::io::{self, Write};

use anyhow::{Context, Result};

/// Writes data to stdout. It is not an error if the reader has closed the pipe (`| head`).
///
/// # Errors
///
/// When stdout cannot be written.
pub fn print_data(text: &str) -> Result<()> {
    match io::stdout()
        .write_all(text.as_bytes())
        .and_then(|()| io::stdout().flush())
    {
        Err(e) if e.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        other => other.context("cannot write to stdout"),
    }
}
