//! Makes a data directory with the server's own initialiser.
//!
//! The initialiser works in `partial-<pid>/`, which is renamed to `server/` when it is complete. So
//! `server/` is always a complete data directory. If an initialisation is killed, the next start
//! removes the folder that it left.

use std::ffi::OsString;
use std::fs::{self, DirBuilder};
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::error::{Error, Result};
use crate::files::create_private;
use crate::process;
use crate::programs::{self, Flavour, Product};
use crate::settings::Account;
use crate::state_dir::{StateDir, write_made_by};

const PARTIAL: &str = "partial-";
const PID: &str = "initialiser.pid";

/// Initialises `server/` in the state directory. The caller holds the lock of the directory.
/// `redo_log` is the option for the size of the redo log.
pub(super) fn run(
    state: &StateDir,
    binary: &Path,
    product: &Product,
    redo_log: &str,
) -> Result<()> {
    let partial = partial_folder(state);
    let create = |folder: &Path| {
        let created = DirBuilder::new().mode(0o700).create(folder);
        created.map_err(Error::io(|| {
            format!("cannot create '{}'", folder.display())
        }))
    };
    create(&partial)?;
    // not /tmp: a MariaDB that starts there removes the temporary tables of every other MariaDB
    // that uses the same folder
    let tmp = partial.join("tmp");
    create(&tmp)?;
    let log = create_private(&state.initialise_log())?;
    let mut command = command(binary, product.flavour, &partial.join("data"))?;
    let status = log
        .try_clone()
        .and_then(|log_too| {
            let mut child = command
                .arg(redo_log)
                .env("TMPDIR", &tmp)
                .current_dir(state.root())
                .stdin(Stdio::null())
                .stdout(log_too)
                .stderr(log)
                .spawn()?;
            fs::write(partial.join(PID), child.id().to_string())?;
            child.wait()
        })
        .map_err(Error::io(|| {
            format!("cannot run '{}'", command.get_program().display())
        }))?;
    if !status.success() {
        return Err(Error::Ended {
            what: format!(
                "'{}' could not initialise a database ({status})",
                command.get_program().display()
            ),
            log: state.log_excerpt(&state.initialise_log()),
        });
    }
    let pid_file = partial.join(PID);
    fs::remove_file(&pid_file).map_err(Error::io(|| {
        format!("cannot remove '{}'", pid_file.display())
    }))?;
    write_made_by(&partial, product, binary)?;
    fs::rename(&partial, state.complete()).map_err(Error::io(|| {
        format!("cannot rename '{}'", partial.display())
    }))
}

/// Path of a folder of this process. If this process is killed, the next start removes the folder
/// with its contents.
pub(super) fn partial_folder(state: &StateDir) -> PathBuf {
    state
        .root()
        .join(format!("{PARTIAL}{}", std::process::id()))
}

fn command(binary: &Path, flavour: Flavour, data: &Path) -> Result<Command> {
    let mut datadir = OsString::from("--datadir=");
    datadir.push(data);
    let mut command;
    match flavour {
        Flavour::MySQL => {
            command = Command::new(binary);
            // without a password for root: only the owner of the state directory reaches the
            // socket
            command.args([
                "--no-defaults",
                "--initialize-insecure",
                "--secure-file-priv=NULL",
            ]);
            command.args(Account::current().arguments());
        }
        Flavour::MariaDB => {
            // no --user, not even for root: with --user, the installer changes the owner of files,
            // and that step of its script fails where the path has a blank
            let installer = programs::mariadb_installer(binary)?;
            command = Command::new(&installer);
            command.args([
                "--no-defaults",
                "--auth-root-authentication-method=normal",
                "--skip-test-db",
                // without --force, the installer fails where no name of this machine can be looked
                // up, as in a system without /etc/hosts; the accounts that we use need no name
                "--force",
            ]);
            // in an unpacked archive, the installer is in 'scripts' and needs --basedir; in a
            // package, it knows its folders
            let scripts = installer
                .parent()
                .filter(|folder| folder.ends_with("scripts"));
            if let Some(base) = scripts.and_then(Path::parent) {
                let mut basedir = OsString::from("--basedir=");
                basedir.push(base);
                command.arg(basedir);
            }
        }
    }
    command.arg(datadir);
    Ok(command)
}

/// Removes the folders that killed initialisations left. If an initialiser still runs, it is killed
/// first.
///
/// The caller holds the lock of the state directory.
pub(super) fn remove_partial(state: &StateDir) -> Result<()> {
    let cannot_list = || format!("cannot list '{}'", state.root().display());
    for entry in fs::read_dir(state.root()).map_err(Error::io(cannot_list))? {
        let entry = entry.map_err(Error::io(cannot_list))?;
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
        // this fails while a process still writes into the folder; then the next start removes it
        let _ = fs::remove_dir_all(&partial);
    }
    Ok(())
}
