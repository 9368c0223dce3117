//! Writes data to stdout.

use std::io::{self, Write};

/// Writes data to stdout. It is not an error if the reader has closed the pipe (`| head`).
///
/// # Errors
///
/// When stdout cannot be written.
pub fn print_data(text: &str) -> io::Result<()> {
    match io::stdout()
        .write_all(text.as_bytes())
        .and_then(|()| io::stdout().flush())
    {
        Err(e) if e.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        other => {
            other.map_err(|e| io::Error::new(e.kind(), format!("cannot write to stdout: {e}")))
        }
    }
}
