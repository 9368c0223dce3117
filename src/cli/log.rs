//! `--log-format`. It is looked up before the command line is parsed, because usage errors are
//! written in this format too.

use std::ffi::OsString;

use clap::ValueEnum;

use super::{Cli, Command};
use crate::terminal::LogFormat;

/// `--log-format`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum LogFormatArg {
    /// Text lines and progress bars
    Text,
    /// One JSON object per line; see docs/log.md
    Json,
}

impl From<LogFormatArg> for LogFormat {
    fn from(typed: LogFormatArg) -> LogFormat {
        match typed {
            LogFormatArg::Text => LogFormat::Text,
            LogFormatArg::Json => LogFormat::Json,
        }
    }
}

impl Cli {
    /// The format of the messages on stderr.
    pub fn log_format(&self) -> LogFormat {
        match &self.command {
            Command::Seed(args) => args.output.log_format.into(),
            Command::Check(args) => args.output.log_format.into(),
            Command::Verify(args) => args.output.log_format.into(),
            Command::Reindex(args) => args.output.log_format.into(),
            Command::Generate(args) => args.log_format.into(),
            _ => LogFormat::Text,
        }
    }
}

/// Whether `--log-format json` is among arguments that could not be parsed as a whole.
pub fn asks_for_json(arguments: impl Iterator<Item = OsString>) -> bool {
    let arguments: Vec<OsString> = arguments.take_while(|a| a != "--").collect();
    arguments.iter().any(|a| a == "--log-format=json")
        || arguments
            .windows(2)
            .any(|pair| pair[0] == "--log-format" && pair[1] == "json")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_is_found_in_either_spelling_but_not_after_the_options() {
        let asks = |words: &[&str]| asks_for_json(words.iter().map(OsString::from));
        assert!(asks(&["reviewseed", "seed", "--log-format", "json"]));
        assert!(asks(&["reviewseed", "--log-format=json", "seed"]));
        assert!(!asks(&["reviewseed", "--log-format", "text", "json"]));
        assert!(!asks(&[
            "reviewseed",
            "server",
            "shell",
            "--",
            "--log-format=json"
        ]));
    }
}
