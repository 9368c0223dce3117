//! Default values from reviewseed.toml, .env and the environment, and the texts that are generated
//! from the definition of the command line.

use std::fs;

use crate::support::data::Files;
use crate::support::harness::{Scratch, Server, on_both_servers, ran, reviewseed};

#[test]
fn what_the_folder_says_holds_unless_the_environment_or_the_command_line_says_otherwise() {
    let files = Files::small();
    fs::write(
        files.path("reviewseed.toml"),
        "mysqld = '/from/toml'\n[check]\nrejects = 'aside'\nmax-rejects = 7\n",
    )
    .unwrap();
    files.check(&[]).exits(0);
    assert!(files.path("aside").is_dir() && !files.path("rejects").exists());
    files.check(&["--rejects", "typed"]).exits(0);
    assert!(files.path("typed").is_dir());

    let config = |variable: Option<&str>, arguments: &[&str]| {
        let mut command = reviewseed(files.path("").as_path());
        command.arg("config").args(arguments);
        if let Some(value) = variable {
            command.env("REVIEWSEED_MYSQLD", value);
        }
        ran(&mut command)
    };
    let line = |text: &str, option: &str| {
        let line = text.lines().find(|l| l.trim_start().starts_with(option));
        let words: Vec<_> = line.unwrap().split_whitespace().skip(1).collect();
        words.join(" ")
    };
    let seed = config(None, &[]).exits(0).stdout;
    assert_eq!(line(&seed, "--mysqld"), "/from/toml reviewseed.toml");
    assert_eq!(line(&seed, "--max-rejects"), "10% built in");
    assert_eq!(line(&seed, "files read:"), "read: reviewseed.toml");
    let check = config(None, &["check"]).exits(0).stdout;
    assert_eq!(line(&check, "--max-rejects"), "7 reviewseed.toml");
    assert_eq!(line(&check, "DIR"), ". built in");
    let seed = config(Some("/from/env"), &["seed"]).exits(0).stdout;
    assert_eq!(
        line(&seed, "--mysqld"),
        "/from/env the environment (REVIEWSEED_MYSQLD)"
    );
    let named = config(None, &["--config", "/dev/null"]).exits(0).stdout;
    assert_eq!(line(&named, "--mysqld"), "- built in");
    config(None, &["server"])
        .exits(2)
        .says("\"server\" has several commands; name one: reviewseed config server start|");
    config(None, &["sed"])
        .exits(2)
        .says("reviewseed has no command \"sed\"");
}

#[test]
fn a_value_that_an_option_does_not_accept_is_an_error_with_the_file_that_has_it() {
    let files = Files::small();
    fs::write(files.path("reviewseed.toml"), "batch-size = 'much'\n").unwrap();
    files
        .check(&[])
        .exits(2)
        .says("reviewseed.toml: batch-size: invalid value 'much'");
    // typed, it is the command line's mistake
    files
        .check(&["--batch-size", "more"])
        .exits(2)
        .says("invalid value 'more' for '--batch-size <SIZE>'");
    fs::write(files.path("reviewseed.toml"), "replace = true\n").unwrap();
    files
        .check(&[])
        .exits(2)
        .says("add --replace to the command");
    fs::remove_file(files.path("reviewseed.toml")).unwrap();
    ran(reviewseed(files.path("").as_path()).args(["check", "csv", "--config", "none.toml"]))
        .exits(2)
        .says("cannot read none.toml, the file with default values");
}

#[test]
fn a_folder_that_was_typed_precedes_a_database_of_environment_or_file() {
    let files = Files::small();
    let nowhere = "mysql://nobody@localhost:1/nothing";
    let targets = || {
        let mut command = reviewseed(files.path("").as_path());
        command.args(["targets", "--from", "csv"]);
        command
    };
    let from_environment = ran(targets().env("DATABASE_URL", nowhere)).exits(0);
    assert_eq!(from_environment.stdout, "7\n");
    fs::write(files.path(".env"), format!("DATABASE_URL={nowhere}\n")).unwrap();
    assert_eq!(ran(&mut targets()).exits(0).stdout, "7\n");
    // typed both, they contradict each other
    ran(targets().args(["--database-url", nowhere]))
        .exits(2)
        .says("cannot be used with");
    // without the folder, the database holds
    let without = ran(reviewseed(files.path("").as_path()).arg("targets")).exits(2);
    without.says("localhost:1");
    // the files are read as `check` reads them
    let reviews = fs::read_to_string(files.path("csv/reviews.csv")).unwrap();
    let (_, rows) = reviews.split_once('\n').unwrap();
    fs::write(
        files.path("rows.psv"),
        rows.replace(", and", " and").replace(',', "|"),
    )
    .unwrap();
    fs::remove_file(files.path("csv/reviews.csv")).unwrap();
    let options = [
        "--map",
        "reviews=rows.psv",
        "--delimiter",
        "|",
        "--no-header",
    ];
    assert_eq!(ran(targets().args(options)).exits(0).stdout, "7\n");
    let map = ["targets", "--map", "reviews=rows.psv"];
    ran(reviewseed(files.path("").as_path()).args(map))
        .exits(2)
        .says("add --from DIR");
}

on_both_servers! {
    fn a_database_url_in_dot_env_is_used_and_its_password_shown_nowhere(server: Server) {
        let (files, scratch) = (Files::small(), Scratch::new(server));
        let url = scratch.url().replacen("root@", "root:not%20needed@", 1);
        fs::write(files.path(".env"), format!("SOMETHING=else\nDATABASE_URL=\"{url}\"\n")).unwrap();
        let config = ran(reviewseed(files.path("").as_path()).arg("config")).exits(0);
        assert!(config.stdout.contains(scratch.name()) && !config.stdout.contains("needed"), "{}", config.stdout);
        let help = ran(reviewseed(files.path("").as_path()).args(["seed", "--help"])).exits(0);
        assert!(!help.stdout.contains("needed"));
        fs::write(files.path(".env"), format!("DATABASE_URL={}\n", scratch.url())).unwrap();
        ran(&mut files.command("seed", &[])).exits(0);
        assert_eq!(scratch.value("SELECT COUNT(*) FROM reviews"), "3");
    }
}

#[test]
fn completions_name_every_command_and_are_valid_shell() {
    let files = Files::none();
    let script = ran(reviewseed(files.path("").as_path()).args(["completions", "bash"])).exits(0);
    for command in ["seed", "reindex", "targets", "completions"] {
        assert!(
            script.stdout.contains(&format!("reviewseed,{command})")),
            "{command}"
        );
    }
    fs::write(files.path("script"), &script.stdout).unwrap();
    let bash = std::process::Command::new("bash")
        .arg("-n")
        .arg(files.path("script"))
        .status();
    assert!(bash.unwrap().success());
    for shell in ["zsh", "fish", "elvish", "powershell"] {
        let script =
            ran(reviewseed(files.path("").as_path()).args(["completions", shell])).exits(0);
        assert!(script.stdout.contains("reindex"), "{shell}");
    }
}

#[test]
fn there_is_a_manual_page_for_each_command() {
    let files = Files::none();
    ran(reviewseed(files.path("").as_path()).args(["man", "pages"])).exits(0);
    for name in ["reviewseed", "reviewseed-seed", "reviewseed-server-start"] {
        let page = fs::read_to_string(files.path("pages").join(format!("{name}.1"))).unwrap();
        assert!(page.contains(&format!(".TH {name} 1")), "{name}");
    }
    let main = ran(reviewseed(files.path("").as_path()).arg("man")).exits(0);
    assert!(main.stdout.contains(".SH SYNOPSIS"));
    fs::write(files.path("file"), "").unwrap();
    ran(reviewseed(files.path("").as_path()).args(["man", "file/below"]))
        .exits(2)
        .says("cannot write the manual pages into file/below; name a folder");
}
