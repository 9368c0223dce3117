//! What happens on a terminal, of which a test needs a real one: Python makes it.

use std::net::TcpListener;
use std::process::Command;

use crate::support::data::Files;
use crate::support::harness::TESTERS_SETTINGS;

/// Runs a program in a new terminal, types Ctrl-C when the program has named its database, and
/// prints whether control characters were echoed before and after that, the exit code, and what was
/// on the screen.
const CTRL_C: &str = r#"
import fcntl, os, pty, select, sys, termios, time
master, slave = pty.openpty()
flags = termios.tcgetattr(slave)
flags[3] |= termios.ECHO | termios.ECHOCTL | termios.ISIG
termios.tcsetattr(slave, termios.TCSANOW, flags)
def echoed():
    return bool(termios.tcgetattr(slave)[3] & termios.ECHOCTL)
child = os.fork()
if child == 0:
    os.setsid()
    fcntl.ioctl(slave, termios.TIOCSCTTY, 0)
    for stream in range(3):
        os.dup2(slave, stream)
    os.execv(sys.argv[1], sys.argv[1:])
screen, during, ended, last = b"", None, 0, time.time() + 60
while not ended and time.time() < last:
    if select.select([master], [], [], 0.1)[0]:
        screen += os.read(master, 65536)
    elif b"seed: files of" in screen and during is None:
        during = echoed()
        os.write(master, b"\x03")
    ended, status = os.waitpid(child, os.WNOHANG)
while select.select([master], [], [], 0.1)[0]:
    screen += os.read(master, 65536)
print(during, echoed(), os.waitstatus_to_exitcode(status))
print(screen.decode())
"#;

#[test]
fn ctrl_c_is_not_echoed_among_the_bars_and_the_terminal_is_restored() {
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("mysql://root@{}/shop", silent.local_addr().unwrap());
    let files = Files::small();
    let mut command = Command::new("python3");
    command
        .args(["-c", CTRL_C, env!("CARGO_BIN_EXE_reviewseed")])
        .args(["seed", "csv", "--database-url", &url])
        .current_dir(files.path(""));
    for name in TESTERS_SETTINGS {
        command.env_remove(name);
    }
    let output = command.output().unwrap();
    let said = String::from_utf8(output.stdout).unwrap();
    assert!(said.starts_with("False True 130\n"), "{said}");
    assert!(said.contains("stopped at once"), "{said}");
    assert!(!said.contains("^C"), "{said}");
}
