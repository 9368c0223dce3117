//! Ctrl-C is not echoed while bars are shown. An echoed `^C` moves the cursor to the next line.
//! Removing the bars would then begin at the wrong line, and one bar would stay on the screen.

use std::io::stdin;
use std::sync::{Mutex, PoisonError};

use rustix::process::getpgrp;
use rustix::termios::{LocalModes, OptionalActions, Termios, tcgetattr, tcgetpgrp, tcsetattr};

/// The settings of the terminal before they were changed.
static BEFORE: Mutex<Option<Termios>> = Mutex::new(None);

/// Whether this program is in the foreground. The system stops a program in the background that
/// changes the terminal.
fn is_in_foreground() -> bool {
    tcgetpgrp(stdin()).is_ok_and(|group| group == getpgrp())
}

/// Stops the echo of control characters, until [`show`].
pub(super) fn hide() {
    let Ok(before) = tcgetattr(stdin()) else {
        return;
    };
    if !is_in_foreground() || !before.local_modes.contains(LocalModes::ECHOCTL) {
        return;
    }
    let mut changed = before.clone();
    changed.local_modes.remove(LocalModes::ECHOCTL);
    if tcsetattr(stdin(), OptionalActions::Now, &changed).is_ok() {
        *BEFORE.lock().unwrap_or_else(PoisonError::into_inner) = Some(before);
    }
}

/// Restores the terminal. To be called before the program ends.
pub fn show() {
    let before = BEFORE.lock().unwrap_or_else(PoisonError::into_inner).take();
    if let Some(before) = before.filter(|_| is_in_foreground()) {
        // a terminal that no longer exists need not be restored
        let _ = tcsetattr(stdin(), OptionalActions::Now, &before);
    }
}
