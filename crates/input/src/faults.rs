//! Combines several faults into one error.

use super::error::Error;
use model::wording::chain;

/// Combines several faults into one error, with one line per fault. If all files need the same
/// settings, the settings follow once, at the end.
pub(super) fn together(faults: &[Error]) -> Error {
    let shared = shared_options(faults);
    let line = |fault: &Error| match (fault, &shared) {
        (Error::Misread(misread), Some(_)) => {
            let clue = misread.advice.clue.trim_end_matches([':', ' ']);
            let clue = clue.split(": if ").next().unwrap_or(clue);
            format!("{}; {clue}", misread.words)
        }
        (other, _) => chain(other),
    };
    let lines: Vec<String> = faults.iter().map(line).collect();
    let next = match &shared {
        Some(options) => {
            format!("\nnext: if these guesses are right for all of the files, add {options}")
        }
        None => String::new(),
    };
    Error::Unfit(format!(
        "{} files or tables cannot be read:\n  {}{next}",
        faults.len(),
        lines.join("\n  ")
    ))
}

/// The options that all faults propose, if they are the same.
fn shared_options(faults: &[Error]) -> Option<String> {
    let options = |fault: &Error| match fault {
        Error::Misread(misread) => Some(misread.options()),
        _ => None,
    };
    let mut all = faults.iter().map(options);
    let first = all.next()??;
    all.all(|other| other.as_ref() == Some(&first))
        .then_some(first)
}
