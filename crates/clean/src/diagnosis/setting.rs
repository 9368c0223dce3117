//! The settings that a diagnosis proposes, and how they are written.

use std::fmt;

use model::diagnosis::in_toml;

/// A setting of a column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ColumnSetting {
    /// The name of the setting.
    pub key: &'static str,
    /// The value of the setting. A list has several values.
    pub values: Vec<String>,
}

impl ColumnSetting {
    pub(super) fn new(key: &'static str, value: impl Into<String>) -> ColumnSetting {
        ColumnSetting {
            key,
            values: vec![value.into()],
        }
    }

    /// The value in the syntax of `reviewseed.toml`.
    pub fn value(&self) -> String {
        let is_bare = matches!(
            self.key,
            "pivot" | "scale" | "round" | "parentheses" | "trim" | "small_integers"
        );
        let quoted = |value: &String| match is_bare {
            true => value.clone(),
            false => in_toml(value),
        };
        match &self.values[..] {
            [only] => quoted(only),
            several => {
                let values: Vec<String> = several.iter().map(quoted).collect();
                format!("[{}]", values.join(", "))
            }
        }
    }
}

/// The setting in the syntax of `reviewseed.toml`: `date_order = "dmy"`.
impl fmt::Display for ColumnSetting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} = {}", self.key, self.value())
    }
}

/// Describes alternative settings. A setting that all alternatives have in common is named once.
pub(super) fn alternatives(settings: &[Vec<ColumnSetting>]) -> String {
    let first = &settings[0];
    let differ = |at: usize| settings.iter().any(|other| other.get(at) != first.get(at));
    let is_alike = |other: &Vec<ColumnSetting>| {
        let keys = other.iter().map(|setting| setting.key);
        keys.eq(first.iter().map(|setting| setting.key))
    };
    let differing = (0..first.len()).filter(|at| differ(*at)).count();
    if settings.iter().all(is_alike) && differing <= 1 {
        let of = |(at, setting): (usize, &ColumnSetting)| match differ(at) {
            false => setting.to_string(),
            true => {
                let values: Vec<_> = settings.iter().map(|other| other[at].value()).collect();
                format!("{} = {}", setting.key, values.join(" or "))
            }
        };
        let all: Vec<String> = first.iter().enumerate().map(of).collect();
        return all.join(", ");
    }
    let of = |settings: &Vec<ColumnSetting>| {
        let all: Vec<String> = settings.iter().map(ToString::to_string).collect();
        all.join(", ")
    };
    settings.iter().map(of).collect::<Vec<_>>().join(" or ")
}
