//! Makes a data directory: the server's own initialiser, run into a folder that is renamed when it
//! is complete.
//!
//! A killed initialisation therefore leaves nothing that looks like a database; what it leaves is
//! removed by the next.

use std::fs::{self, DirBuilder};
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result};

use super::find::{self, Flavour, Product};
use super::process;
use super::settings::Account;
use super::state::{StateDir, create_private, write_made_by};

const PARTIAL: &str = "partial-";
const PID: &str = "initialiser.pid";

/// Ends with a complete `server/` in the state directory; the caller holds its lock. `redo_log` is
/// the option for the size of its redo log.
pub(super) fn run(
    state: &StateDir,
    binary: &Path,
    product: &Product,
    redo_log: &str,
) -> Result<()> {
    let partial = partial(state);
    DirBuilder::new()
        .mode(0o700)
        .create(&partial)
        .with_context(|| format!("cannot create '{}'", partial.display()))?;
    // not /tmp: a MariaDB that starts removes the temporary tables of every other one that works in
    // the same folder
    let tmp = partial.join("tmp");
    DirBuilder::new().mode(0o700).create(&tmp)?;
    let log = create_private(&state.initialise_log())?;
    let mut command = command(binary, product.flavour, &partial.join("data"))?;
    let status = command
        .arg(redo_log)
        .env("TMPDIR", &tmp)
        .current_dir(state.root())
        .stdin(Stdio::null())
        .stdout(log.try_clone()?)
        .stderr(log)
        .spawn()
        .and_then(|mut child| {
            fs::write(partial.join(PID), child.id().to_string())?;
            child.wait()
        })
        .with_context(|| format!("cannot run '{}'", command.get_program().display()))?;
    if !status.success() {
        return Err(state.log_tail(&state.initialise_log())).with_context(|| {
            format!(
                "'{}' could not initialise a database ({status})",
                command.get_program().display()
            )
        });
    }
    fs::remove_file(partial.join(PID))?;
    write_made_by(&partial, product, binary)?;
    fs::rename(&partial, state.complete())
        .with_context(|| format!("cannot rename '{}'", partial.display()))
}

/// A folder that the next start removes, whatever is in it.
pub(super) fn partial(state: &StateDir) -> PathBuf {
    state
        .root()
        .join(format!("{PARTIAL}{}", std::process::id()))
}

fn command(binary: &Path, flavour: Flavour, data: &Path) -> Result<Command> {
    let mut datadir = std::ffi::OsString::from("--datadir=");
    datadir.push(data);
    let mut command;
    match flavour {
        Flavour::MySQL => {
            command = Command::new(binary);
            // root has no password: only who may enter the state directory reaches the socket
            command.args([
                "--no-defaults",
                "--initialize-insecure",
                "--secure-file-priv=NULL",
            ]);
            command.args(Account::current().arguments());
        }
        Flavour::MariaDB => {
            // no account is named, not even root: the installer would then change owners, and its
            // script stumbles over a blank in the path as it does so
            let installer = find::mariadb_installer(binary)?;
            command = Command::new(&installer);
            command.args([
                "--no-defaults",
                "--auth-root-authentication-method=normal",
                "--skip-test-db",
            ]);
            // unpacked archives keep it in 'scripts' and need to be told where they stand; packages
            // know
            let scripts = installer
                .parent()
                .filter(|folder| folder.ends_with("scripts"));
            if let Some(base) = scripts.and_then(Path::parent) {
                let mut basedir = std::ffi::OsString::from("--basedir=");
                basedir.push(base);
                command.arg(basedir);
            }
        }
    }
    command.arg(datadir);
    Ok(command)
}

/// Removes what a killed initialisation left, and ends its initialiser, which knows nothing of that
/// and goes on.
///
/// The caller holds the lock of the state directory.
pub(super) fn remove_partial(state: &StateDir) -> Result<()> {
    for entry in fs::read_dir(state.root())? {
        let entry = entry?;
        if !entry
            .file_name()
            .as_encoded_bytes()
            .starts_with(PARTIAL.as_bytes())
        {
            continue;
        }
        let partial = entry.path();
        let pid = fs::read_to_string(partial.join(PID))
            .ok()
            .and_then(|pid| pid.parse().ok());
        if let Some(pid) = pid.filter(|pid| process::serves(*pid, &partial.join("data"))) {
            process::kill(pid)?;
        }
        // fails when something still writes there; then the next start removes it
        let _ = fs::remove_dir_all(&partial);
    }
    Ok(())
}
