//! Reads the password of `--password-file`, or asks for one on the terminal. So a password need not
//! be in the command line, which every account of the machine can read, or in the environment,
//! which child processes inherit.

use std::fs::File;
use std::io::{BufRead, IsTerminal, Read};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use crate::terminal;
use anyhow::{Context, Result, bail};
use rustix::termios::{LocalModes, OptionalActions, tcgetattr, tcsetattr};

/// Codes of keys. While a password is typed, Ctrl-C sends this code and no signal.
const CTRL_C: u8 = 3;
const CTRL_D: u8 = 4;
const BACKSPACE: u8 = 8;
const DELETE: u8 = 0x7f;

/// Longer than any password, so that a wrong file is not read to its end.
const LONGEST: u64 = 4096;

/// A password, and whether accounts other than the file's owner can read it.
#[derive(PartialEq, Eq)]
pub(super) struct Password {
    pub(super) text: String,
    pub(super) readable_by_others: bool,
}

/// Whether a user can be asked for a password.
pub(super) fn can_ask() -> bool {
    std::io::stdin().is_terminal() && std::io::stderr().is_terminal()
}

/// Asks the user for a password, which is not shown.
pub(super) fn ask(question: &str) -> Result<String> {
    let terminal = std::io::stdin();
    let before = tcgetattr(&terminal).context("cannot read the settings of the terminal")?;
    let mut hidden = before.clone();
    // each key arrives at once, and Ctrl-C arrives as a key instead of a signal, so that the
    // terminal is restored after Ctrl-C, too
    hidden.local_modes &= !(LocalModes::ECHO | LocalModes::ICANON | LocalModes::ISIG);
    terminal::print_prompt(question);
    tcsetattr(&terminal, OptionalActions::Flush, &hidden)
        .context("cannot hide the password on the terminal")?;
    let typed = typed(terminal.lock());
    let restored = tcsetattr(&terminal, OptionalActions::Flush, &before);
    terminal::print_prompt("\n");
    restored.context("cannot restore the settings of the terminal")?;
    match typed.context("cannot read the password")? {
        Some(password) if !password.is_empty() => {
            String::from_utf8(password).context("the password is not UTF-8 text")
        }
        _ => bail!("no password was given; nothing was changed"),
    }
}

/// What is typed up to the end of the line; `None` after Ctrl-C or Ctrl-D.
fn typed(keys: impl BufRead) -> std::io::Result<Option<Vec<u8>>> {
    let mut password = Vec::new();
    for key in keys.bytes() {
        match key? {
            b'\n' | b'\r' => return Ok(Some(password)),
            CTRL_C | CTRL_D => return Ok(None),
            BACKSPACE | DELETE => {
                // a character may have several bytes: this removes its continuation bytes, then its
                // first byte
                while password.pop().is_some_and(|byte| byte & 0xc0 == 0x80) {}
            }
            byte => password.push(byte),
        }
    }
    Ok(None)
}

/// Reads the file's first line. Messages never show the contents of the file.
pub(super) fn read(path: &Path) -> Result<Password> {
    let name = path.display();
    let next = "--password-file must name a file that contains only the password";
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
        // a pipe (`<(pass show db)`) is safe, because only the processes at its two ends can read
        // it
        readable_by_others: meta.is_file() && meta.permissions().mode() & 0o077 != 0,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_typed_password_may_be_corrected_and_given_up() {
        for (keys, password) in [
            ("s3cret\n", Some("s3cret")),
            ("s3x\u{7f}cret\r", Some("s3cret")),
            ("sé\u{7f}3\n", Some("s3")),
            ("\u{7f}\n", Some("")),
            ("s3\u{3}", None),
            ("s3\u{4}", None),
            ("s3", None),
        ] {
            let typed = typed(keys.as_bytes()).unwrap();
            let typed = typed.map(|bytes| String::from_utf8(bytes).unwrap());
            assert_eq!(typed.as_deref(), password, "{keys:?}");
        }
    }

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
