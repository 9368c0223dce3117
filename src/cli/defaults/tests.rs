use std::fs;

use super::*;

fn defaults(toml: &str, dot_env: &str) -> Result<Defaults> {
    let folder = tempfile::tempdir().unwrap();
    let (file, environment) = (folder.path().join(FILE), folder.path().join(DOT_ENV));
    fs::write(&file, toml).unwrap();
    fs::write(&environment, dot_env).unwrap();
    let values = Values::read(Some(&file), Some(&environment))?;
    values.check_keys(&Cli::command())?;
    Ok(Defaults { values })
}

fn error_of(toml: &str) -> String {
    let error = defaults(toml, "").unwrap_err();
    let text = format!("{error:#}");
    text[text.find(FILE).unwrap()..].to_owned()
}

/// The value of an option of `check` or `seed`, and the name of the file that it comes from.
fn holds(defaults: &Defaults, arguments: &[&str], option: &str) -> (String, String) {
    let typed = Cli::command()
        .ignore_errors(true)
        .try_get_matches_from(arguments)
        .unwrap();
    let command = defaults.command(Some(&typed));
    let matches = command.clone().try_get_matches_from(arguments).unwrap();
    let (name, of_command) = matches.subcommand().unwrap();
    let subcommand = command.find_subcommand(name).unwrap();
    let arg = subcommand.get_arguments().find(|a| a.get_id() == option);
    let raw = of_command.get_raw(option).into_iter().flatten();
    let values: Vec<_> = raw.map(|value| value.to_str().unwrap()).collect();
    let origin = match defaults.origin(&[name.to_owned()], arg.unwrap(), of_command) {
        Origin::File(path) => path.file_name().unwrap().to_str().unwrap().to_owned(),
        other => format!("{other:?}"),
    };
    (values.join(","), origin)
}

#[test]
fn the_command_line_precedes_a_section_precedes_the_top_precedes_the_built_in_value() {
    let toml = "threads = 3\nrejects = 'all'\n[seed]\nrejects = 'seeds'\n";
    let defaults = defaults(toml, "").unwrap();
    let of = |arguments: &[&str], option| {
        let (value, origin) = holds(&defaults, arguments, option);
        format!("{value} {origin}")
    };
    assert_eq!(of(&["r", "seed"], "rejects"), format!("seeds {FILE}"));
    assert_eq!(of(&["r", "check"], "rejects"), format!("all {FILE}"));
    assert_eq!(of(&["r", "check", "--rejects", "x"], "rejects"), "x Typed");
    assert_eq!(of(&["r", "check"], "threads"), format!("3 {FILE}"));
    assert_eq!(of(&["r", "check"], "batch_size"), "1M BuiltIn");
}

#[test]
fn dot_env_precedes_the_toml_and_its_other_variables_are_ignored() {
    let toml = "database-url = 'mysql://a@b/c'\nmysqld = '/from/toml'\n";
    let defaults = defaults(toml, "OTHER=1\nREVIEWSEED_MYSQLD=/from/env\n").unwrap();
    let of = |option| holds(&defaults, &["r", "seed"], option);
    assert_eq!(of("mysqld"), ("/from/env".into(), DOT_ENV.into()));
}

#[test]
fn lists_numbers_and_switches_are_taken_as_they_would_be_typed() {
    let toml = "tables = ['a', 'b']\nquiet = true\nconnections = 2\ndirectory = '/data'\n\
        rename = { 'Why?' = 'why', b = 'c' }\n";
    let defaults = defaults(toml, "").unwrap();
    let of = |option| holds(&defaults, &["r", "seed"], option).0;
    assert_eq!(of("tables"), "a,b");
    assert_eq!(of("quiet"), "true");
    assert_eq!(of("connections"), "2");
    assert_eq!(of("directory"), "/data");
    assert_eq!(of("rename"), "Why?=why,b=c");
}

#[test]
fn a_typed_option_overrides_a_default_that_conflicts_with_it() {
    let defaults = defaults("quiet = true\n", "").unwrap();
    let (value, origin) = holds(&defaults, &["r", "seed", "--verbose"], "quiet");
    assert_eq!(value, "false", "{origin}");
}

#[test]
fn a_typed_folder_precedes_a_database_that_a_file_names() {
    let defaults = defaults("database-url = 'mysql://a@b/c'\n", "").unwrap();
    let arguments = ["r", "targets", "--from", "csv"];
    let typed = Cli::command().try_get_matches_from(arguments).unwrap();
    let matches = defaults
        .command(Some(&typed))
        .try_get_matches_from(arguments)
        .unwrap();
    let (_, targets) = matches.subcommand().unwrap();
    assert!(targets.get_one::<String>("database_url").is_none());
}

#[test]
fn a_key_that_is_not_an_option_is_an_error_with_the_nearest_one() {
    assert_eq!(
        error_of("max-reject = 3"),
        "reviewseed.toml: max-reject is not an option; did you mean \"max-rejects\"?"
    );
    assert_eq!(
        error_of("[sed]\nquiet = true"),
        "reviewseed.toml: [sed] is not a command; did you mean \"seed\"?"
    );
    assert_eq!(
        error_of("[check]\nset-global = true"),
        "reviewseed.toml: check.set-global is not an option; `reviewseed COMMAND --help` lists the options; leave out their leading dashes"
    );
    assert!(
        error_of("quiet = 1979-05-27").contains("quiet must be a text, a number, true or false")
    );
    assert!(error_of("quiet =").contains("TOML parse error at line 1"));
}

#[test]
fn options_about_existing_data_cannot_be_set_in_a_file() {
    for option in TYPED_ONLY {
        let known = Cli::command();
        let mut commands = known.get_subcommands();
        let has = |c: &Command| c.get_arguments().any(|a| a.get_long() == Some(option));
        assert!(commands.any(has), "{option} is the name of no option");
        let text = error_of(&format!("{option} = true"));
        assert!(
            text.contains(&format!("add --{option} to the command")),
            "{text}"
        );
    }
}

#[test]
fn no_help_shows_a_password_from_a_file() {
    let defaults = defaults("database-url = 'mysql://a:secret@b/c'\n", "").unwrap();
    let mut command = defaults.command(None);
    let help = command.find_subcommand_mut("seed").unwrap();
    assert!(!help.render_long_help().to_string().contains("secret"));
}
