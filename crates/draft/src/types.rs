//! Chooses the type of a column, and the settings with which its values are read. A column whose
//! values have two possible meanings becomes a text; the draft names both meanings.

mod dates;
mod json;
mod named;
mod numbers;
mod texts;
mod told;
mod truth;
mod units;
mod versions;

pub(crate) use texts::{bytes, text_of_bytes};

use model::schema::ColumnType;

use crate::profile::Profile;
use crate::readings::{READINGS, Reading, Seen};

/// A setting of a column: its name and its values.
pub(crate) type Setting = (&'static str, Vec<String>);

/// The type that was chosen for a column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Typed {
    pub(crate) kind: ColumnType,
    /// Whether some values are missing.
    pub(crate) nullable: bool,
    pub(crate) settings: Vec<Setting>,
    /// Notes for the comment on the column.
    pub(crate) notes: Vec<String>,
    /// Notes that are also shown on the screen, because part of the values is lost, or the values
    /// may have another meaning.
    pub(crate) warnings: Vec<String>,
    /// The two possible meanings of the values, as text.
    pub(crate) ambiguity: Option<String>,
}

/// The user's preferences for types.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct TypeOptions {
    /// The type of columns with few distinct texts.
    pub enums: Enums,
    /// The type of UUIDs.
    pub uuids: Uuids,
}

/// The type of columns with few distinct texts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Enums {
    /// VARCHAR.
    #[default]
    Texts,
    /// ENUM.
    Enums,
}

/// The type of UUIDs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Uuids {
    /// CHAR(36).
    #[default]
    Texts,
    /// BINARY(16).
    Binary,
}

/// The type chosen for a column, before NULL is considered.
struct Choice {
    kind: ColumnType,
    settings: Vec<Setting>,
    notes: Vec<String>,
    warnings: Vec<String>,
}

impl Choice {
    fn new(kind: ColumnType) -> Choice {
        Choice {
            kind,
            settings: Vec::new(),
            notes: Vec::new(),
            warnings: Vec::new(),
        }
    }

    fn with(mut self, key: &'static str, value: &str) -> Choice {
        self.settings.push((key, vec![value.to_owned()]));
        self
    }

    fn noting(mut self, note: impl Into<String>) -> Choice {
        self.notes.push(note.into());
        self
    }

    /// Adds a note that is also shown on the screen.
    fn warning(mut self, note: impl Into<String>) -> Choice {
        self.warnings.push(note.into());
        let last = self.warnings.last().cloned();
        self.notes.extend(last);
        self
    }
}

/// What was found about the type of a column.
enum Found {
    One(Choice),
    /// Two possible types, as text.
    Several(String),
    /// A type that would not keep the values as they are written; the text says why.
    Text(String),
    None,
}

/// Chooses the type of a column with this name and profile.
pub(crate) fn choose(name: &str, profile: &Profile, options: TypeOptions) -> Typed {
    let column = Column { name, profile };
    let found = match column.has_typed_values() {
        true => column.typed(options),
        false => Found::None,
    };
    match found {
        Found::One(choice) => column.of_choice(choice),
        Found::Several(words) => Typed {
            ambiguity: Some(words),
            ..column.text(options)
        },
        Found::Text(why) => {
            let mut typed = column.text(options);
            typed.notes.push(why);
            typed
        }
        Found::None => column.text(options),
    }
}

/// The text type of a column with this name and profile, whatever its values may mean.
pub(crate) fn text(name: &str, profile: &Profile, options: TypeOptions) -> Typed {
    Column { name, profile }.text(options)
}

/// A column and its values.
struct Column<'p> {
    name: &'p str,
    profile: &'p Profile,
}

impl Column<'_> {
    /// Whether a value may be something other than a text.
    fn has_typed_values(&self) -> bool {
        let profile = self.profile;
        let has_values = profile.integers.count > 0 || profile.tried > 0;
        profile.nested > 0 || (has_values && profile.bad.is_empty())
    }

    /// Adds the words that mean NULL to the settings of a type.
    fn of_choice(&self, mut choice: Choice) -> Typed {
        let profile = self.profile;
        let words: Vec<String> = profile.words.keys().cloned().collect();
        let is_json = choice.kind == ColumnType::Json && profile.nested > 0;
        if !words.is_empty() && !is_json {
            choice.settings.push(("null", words));
            choice
                .notes
                .push(crate::null_words::read_as_null(&profile.words));
            let is_zero = |word: &String| word.starts_with("0000-00-00") || word == "00/00/0000";
            if profile.words.keys().any(is_zero) {
                let warning = "zero dates are read as NULL, by the setting null";
                choice.warnings.push(warning.to_owned());
            }
        }
        let rounds = self.profile.told.format.numbers.round;
        if rounds && matches!(choice.kind, ColumnType::Decimal { .. }) {
            choice = choice.with("round", "true");
        }
        let missing = profile.nulls + profile.blanks + profile.words.len() as u64;
        Typed {
            nullable: if is_json {
                profile.nulls > 0
            } else {
                missing > 0
            },
            kind: choice.kind,
            settings: choice.settings,
            notes: choice.notes,
            warnings: choice.warnings,
            ambiguity: None,
        }
    }

    fn typed(&self, options: TypeOptions) -> Found {
        if self.profile.nested > 0 {
            return self.nested();
        }
        let has_numbers = self.profile.integers.count > 0;
        if self.has_told_formats()
            && !has_numbers
            && let Some(choice) = self.told_date()
        {
            return Found::One(choice);
        }
        if self.profile.told.format.numbers.scale.is_some()
            && let Some(choice) = self.told_number()
        {
            return Found::One(choice);
        }
        if self.reads(&Reading::Integer) {
            return Found::One(match self.profile.are_pointed {
                false => self.whole_number(),
                true => self.pointed_number(),
            });
        }
        match self.truth() {
            Found::None => {}
            found => return found,
        }
        if let Some(choice) = self.told_truth().or_else(|| self.told_number()) {
            return Found::One(choice);
        }
        match self.number() {
            Found::None => {}
            found => return found,
        }
        if has_numbers {
            if let Some(choice) = self.dates_and_epochs() {
                return Found::One(choice);
            }
            // the readings below were not tried on plain numbers
            return Found::None;
        }
        if self.reads(&Reading::Uuid) {
            return Found::One(uuid(options.uuids));
        }
        match self.date() {
            Found::None => {}
            found => return found,
        }
        match self.time() {
            Found::None => {}
            found => return found,
        }
        self.seen(&Reading::Json)
            .map_or(Found::None, |seen| Found::One(self.json(seen)))
    }

    fn reads(&self, reading: &Reading) -> bool {
        self.seen(reading).is_some()
    }

    /// The properties of the values in a reading; `None` if a value does not fit it.
    fn seen(&self, reading: &Reading) -> Option<Seen> {
        let at = READINGS.iter().position(|other| other == reading)?;
        self.profile.reads(at).then(|| self.profile.seen(at))
    }
}

fn uuid(uuids: Uuids) -> Choice {
    match uuids {
        Uuids::Texts => Choice::new(ColumnType::Char { length: 36 }),
        Uuids::Binary => Choice::new(ColumnType::Binary { length: 16 }).with("decode", "uuid"),
    }
}

#[cfg(test)]
mod tests;
