//! A command line split into options and values, so that single options can be changed. The options
//! decide the result of a run, so a suggested command keeps everything that was typed, except the
//! options that it must change.

use clap::{Command, CommandFactory};

use crate::cli::Cli;

/// The words of a command line by kind.
#[derive(Debug, Clone)]
pub(crate) struct Line {
    program: String,
    words: Vec<Word>,
}

#[derive(Debug, Clone)]
enum Word {
    Command(String),
    /// `--name`, `--name VALUE` or `--name=VALUE`.
    Option {
        name: String,
        value: Option<String>,
        is_joined: bool,
    },
    /// Short options: `-v`, `-qv`, `-oFILE`.
    Flags(String),
    Positional(String),
}

impl Line {
    /// Splits the words of a command.
    pub(crate) fn parse(arguments: Vec<String>) -> Line {
        let root = Cli::command();
        let mut command = &root;
        let mut arguments = arguments.into_iter();
        let program = arguments.next().unwrap_or_default();
        let (mut words, mut only_positional) = (Vec::new(), false);
        while let Some(argument) = arguments.next() {
            if only_positional {
                words.push(Word::Positional(argument));
            } else if argument == "--" {
                only_positional = true;
            } else if let Some(option) = argument.strip_prefix("--") {
                words.push(match option.split_once('=') {
                    Some((name, value)) => Word::Option {
                        name: name.to_string(),
                        value: Some(value.to_string()),
                        is_joined: true,
                    },
                    None => Word::Option {
                        name: option.to_string(),
                        value: match takes_value(&root, command, option) {
                            true => arguments.next(),
                            false => None,
                        },
                        is_joined: false,
                    },
                });
            } else if argument.len() > 1 && argument.starts_with('-') {
                words.push(Word::Flags(argument));
            } else if let Some(found) = root.find_subcommand(&argument)
                && std::ptr::eq(command, &raw const root)
            {
                command = found;
                words.push(Word::Command(argument));
            } else {
                words.push(Word::Positional(argument));
            }
        }
        Line { program, words }
    }

    /// The value of an option that was typed.
    pub(crate) fn value_of(&self, option: &str) -> Option<&str> {
        self.words.iter().find_map(|word| match word {
            Word::Option { name, value, .. } if name == option => value.as_deref(),
            _ => None,
        })
    }

    /// Whether one of these options was typed.
    pub(crate) fn has(&self, options: &[&str]) -> bool {
        let mut words = self.words.iter();
        words.any(
            |word| matches!(word, Word::Option { name, .. } if options.contains(&name.as_str())),
        )
    }

    /// Replaces the name of the command.
    pub(crate) fn command(mut self, name: &str) -> Line {
        for word in &mut self.words {
            if let Word::Command(command) = word {
                *command = name.to_string();
            }
        }
        self
    }

    /// Removes these options.
    pub(crate) fn without(mut self, names: &[&str]) -> Line {
        self.words.retain(
            |word| !matches!(word, Word::Option { name, .. } if names.contains(&name.as_str())),
        );
        self
    }

    /// Removes a short option and its value: `-o FILE`, `-oFILE`.
    pub(crate) fn without_flag(mut self, flag: &str) -> Line {
        let is_flag = |word: &Word| matches!(word, Word::Flags(text) if text.starts_with(flag));
        while let Some(at) = self.words.iter().position(is_flag) {
            let is_alone = matches!(&self.words[at], Word::Flags(text) if text == flag);
            self.words.remove(at);
            if is_alone && matches!(self.words.get(at), Some(Word::Positional(_))) {
                self.words.remove(at);
            }
        }
        self
    }

    /// Removes each `--set TABLE.KEY=VALUE` whose key is one of these.
    pub(crate) fn without_settings(mut self, keys: &[&str]) -> Line {
        let is_named = |value: &str| {
            let name = value.split_once('=').map_or(value, |(name, _)| name);
            let key = name.rsplit_once('.').map_or(name, |(_, key)| key);
            keys.contains(&key)
        };
        self.words.retain(|word| match word {
            Word::Option { name, value, .. } if name == "set" => {
                !value.as_deref().is_some_and(is_named)
            }
            _ => true,
        });
        self
    }

    /// Sets an option to one value, at the place where the option was typed first. An option that
    /// was not typed is added at the end.
    pub(crate) fn with(mut self, option: &str, new: &str) -> Line {
        let mut is_set = false;
        self.words.retain_mut(|word| match word {
            Word::Option { name, value, .. } if name == option => {
                *value = Some(new.to_string());
                !std::mem::replace(&mut is_set, true)
            }
            _ => true,
        });
        if !is_set {
            self = self.and(option, Some(new));
        }
        self
    }

    /// Adds an option after the others.
    pub(crate) fn and(mut self, option: &str, value: Option<&str>) -> Line {
        self.words.push(Word::Option {
            name: option.to_string(),
            value: value.map(str::to_string),
            is_joined: false,
        });
        self
    }

    /// Replaces the folder of the input files.
    pub(crate) fn directory(mut self, directory: &str) -> Line {
        self.words
            .retain(|word| !matches!(word, Word::Positional(_)));
        let command = |word: &Word| matches!(word, Word::Command(_));
        let at = self.words.iter().position(command).map_or(0, |at| at + 1);
        self.words
            .insert(at, Word::Positional(directory.to_string()));
        self
    }

    /// The words of the command. Words that begin with a dash but are not options follow `--` at
    /// the end.
    pub(crate) fn arguments(self) -> Vec<String> {
        let (mut arguments, mut last) = (vec![self.program], Vec::new());
        for word in self.words {
            match word {
                Word::Positional(word) if word.len() > 1 && word.starts_with('-') => {
                    last.push(word)
                }
                Word::Command(word) | Word::Flags(word) | Word::Positional(word) => {
                    arguments.push(word);
                }
                Word::Option {
                    name,
                    value,
                    is_joined,
                } => match value {
                    None => arguments.push(format!("--{name}")),
                    // a value that begins with a dash must be joined by `=`, or it would be read as
                    // an option
                    Some(value) if is_joined || value.starts_with('-') => {
                        arguments.push(format!("--{name}={value}"));
                    }
                    Some(value) => arguments.extend([format!("--{name}"), value]),
                },
            }
        }
        if !last.is_empty() {
            arguments.push("--".to_string());
            arguments.extend(last);
        }
        arguments
    }
}

fn takes_value(root: &Command, command: &Command, option: &str) -> bool {
    let mut all = command.get_arguments().chain(root.get_arguments());
    all.any(|arg| arg.get_long() == Some(option) && arg.get_action().takes_values())
}
