//! `--password-file`: reads a password from a file, so that it is neither in the command line,
//! which every account of the machine can read, nor in the environment, which child processes
//! inherit.

use std::fs::File;
use std::io::Read;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use anyhow::{Context, Result, bail};

/// Longer than any password, so that a wrong file is not read to its end.
const LONGEST: u64 = 4096;

/// A password, and whether accounts other than the file's owner can read it.
#[derive(PartialEq, Eq)]
pub(super) struct Password {
    pub(super) text: String,
    pub(super) readable_by_others: bool,
}

/// Reads the file's first line. Messages never show the contents of the file.
pub(super) fn read(path: &Path) -> Result<Password> {
    let name = path.display();
    let next = "--password-file names a file with the password alone";
    let file = File::open(path).with_context(|| format!("cannot open {name}; {next}"))?;
    let meta = file
        .metadata()
        .with_context(|| format!("cannot read {name}; {next}"))?;
    let mut bytes = Vec::new();
    file.take(LONGEST + 1)
        .read_to_end(&mut bytes)
        .with_context(|| format!("cannot read {name}; {next}"))?;
    if bytes.len() as u64 > LONGEST {
        bail!("{name} has more than {LONGEST} bytes; {next}");
    }
    let Ok(text) = String::from_utf8(bytes) else {
        bail!("{name} is not UTF-8 text; {next}");
    };
    let text = text.strip_suffix('\n').map_or(text.as_str(), |line| {
        line.strip_suffix('\r').unwrap_or(line)
    });
    if text.contains('\n') {
        bail!("{name} has more than one line; {next}");
    }
    if text.is_empty() {
        bail!("{name} is empty; {next}");
    }
    Ok(Password {
        text: text.to_string(),
        // only the two processes at its ends can read a pipe (`<(pass show db)`)
        readable_by_others: meta.is_file() && meta.permissions().mode() & 0o077 != 0,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_line_end_is_not_part_of_the_password_and_nothing_else_is_cut() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("password");
        for (text, password) in [
            ("s3cret", Some("s3cret")),
            ("s3cret\n", Some("s3cret")),
            ("s3cret\r\n", Some("s3cret")),
            (" with blanks \n", Some(" with blanks ")),
            ("two\nlines\n", None),
            ("s3cret\n\n", None),
            ("\n", None),
            ("", None),
        ] {
            std::fs::write(&path, text).unwrap();
            let found = read(&path);
            match (found, password) {
                (Ok(found), Some(password)) => assert_eq!(found.text, password),
                (Err(error), None) => assert!(!format!("{error:#}").contains("two"), "{error:#}"),
                _ => panic!("{text:?}"),
            }
        }
        for (mode, readable) in [(0o600, false), (0o640, true), (0o604, true), (0o400, false)] {
            std::fs::write(&path, "x").unwrap();
            std::fs::set_permissions(&path, std::fs::Permissions::from_mode(mode)).unwrap();
            assert_eq!(
                read(&path).unwrap().readable_by_others,
                readable,
                "{mode:o}"
            );
            std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600)).unwrap();
        }
    }
}
