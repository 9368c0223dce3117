//! A reader that closes its end of stdout or stderr: the run continues to its end.

use std::fs::OpenOptions;
use std::process::Stdio;

use crate::support::data::Files;
use crate::support::harness::{LIMIT, Scratch, Server, on_both_servers};

/// Pipes whose reader is gone, and a device that is always full.
fn unread() -> Vec<Stdio> {
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    let full = OpenOptions::new().write(true).open("/dev/full").unwrap();
    vec![writer.into(), full.into()]
}

fn command(files: &Files, arguments: &[&str]) -> std::process::Command {
    let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_reviewseed"));
    command
        .current_dir(files.path(""))
        .args(arguments)
        .stdin(Stdio::null())
        .env("REVIEWSEED_CONFIG", "/dev/null");
    command
}

fn exit_code(command: &mut std::process::Command) -> Option<i32> {
    let mut child = command.spawn().unwrap();
    let began = std::time::Instant::now();
    while began.elapsed() < LIMIT {
        if let Some(status) = child.try_wait().unwrap() {
            return status.code();
        }
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
    child.kill().unwrap();
    child.wait().unwrap();
    panic!("it does not end");
}

on_both_servers! {
    fn a_seed_whose_output_nobody_reads_is_complete(server: Server) {
        for format in ["text", "json"] {
            for stderr in unread() {
                let (files, scratch) = (Files::small(), Scratch::new(server));
                let arguments = ["seed", "csv", "-v", "--verify", "full", "--log-format", format, "--database-url", scratch.url()];
                let code = exit_code(command(&files, &arguments).stdout(Stdio::null()).stderr(stderr));
                assert_eq!(code, Some(0), "{format}");
                assert_eq!(scratch.value("SELECT COUNT(*) FROM reviews"), "3");
            }
        }
    }
}

#[test]
fn errors_and_data_that_nobody_reads_keep_the_exit_code() {
    let files = Files::small();
    for stderr in unread() {
        let code = exit_code(command(&files, &["check", "nowhere"]).stderr(stderr));
        assert_eq!(code, Some(2));
    }
    for stdout in unread().into_iter().take(1) {
        let code = exit_code(
            command(&files, &["config"])
                .stdout(stdout)
                .stderr(Stdio::null()),
        );
        assert_eq!(code, Some(0));
    }
    // data that cannot be written is an error
    let full = unread().remove(1);
    let code = exit_code(
        command(&files, &["config"])
            .stdout(full)
            .stderr(Stdio::null()),
    );
    assert_eq!(code, Some(2));
}
