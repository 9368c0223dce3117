//! Chooses types for texts.

use clean::diagnosis::is_no_value;
use model::schema::ColumnType;
use model::wording::grouped;

use super::{Choice, Column, Enums, TypeOptions, Typed};
use crate::null_words::Words;
use crate::profile::Profile;

/// The lengths of VARCHAR that are used, in characters.
const LENGTHS: [u32; 7] = [64, 128, 255, 500, 1000, 2000, 4000];

/// Maximum number of characters of a code that is declared as CHAR.
const LONGEST_CODE: usize = 64;

/// Maximum number of characters of a code of letters only, unless the column has a name like a
/// code.
const LONGEST_WORD_CODE: usize = 3;

/// A column is a code of fixed length if at least this many values have the same length.
const FEWEST_CODES: u64 = 8;

/// Limits of an ENUM: most members, and the least number of rows for each member on average.
const MOST_MEMBERS: usize = 16;
const LEAST_REPEATED: u64 = 4;

/// Maximum number of characters of an ENUM member.
const LONGEST_MEMBER: usize = 40;

/// A few words among whole numbers may be mistakes: at most `MOST_WORDS` words, and at least
/// `LEAST_NUMBERS` whole numbers for each word.
const MOST_WORDS: u64 = 5;
const LEAST_NUMBERS: u64 = 20;

/// Maximum number of bytes of each TEXT type.
const TEXTS: [u32; 3] = [65_535, 16_777_215, u32::MAX];

impl Column<'_> {
    /// The type of the column as a text.
    pub(super) fn text(&self, options: TypeOptions) -> Typed {
        let profile = self.profile;
        let choice = match profile.values() {
            0 => Choice::new(ColumnType::VarChar { length: 255 }).noting("no field has a value"),
            _ => Choice::new(self.text_type(options)),
        };
        let mut notes = choice.notes;
        let words = self.words_for_null();
        match &words[..] {
            [] => {}
            [only] => notes.push(format!("{only} is a text in this column")),
            several => notes.push(format!("{} are texts in this column", several.join(", "))),
        }
        if !profile.bad.is_empty() {
            notes.push("some values are not UTF-8; set --encoding NAME".to_owned());
        }
        let mut warnings = self.words_of_empty(&mut notes);
        if let Some(words) = self.few_words() {
            notes.push(words.clone());
            warnings.push(words);
        }
        let mut settings = choice.settings;
        let told = &profile.told;
        let mut own = told.own_nulls.iter();
        let has_own = own.any(|word| profile.words.contains_key(word));
        if has_own {
            settings.push(("null", told.own_nulls.clone()));
        }
        if let Some(case) = told.format.text.case {
            settings.push(("case", vec![case.name().to_owned()]));
        }
        Typed {
            kind: choice.kind,
            nullable: profile.nulls > 0 || profile.values() == 0 || has_own,
            settings,
            warnings,
            notes,
            ambiguity: None,
        }
    }

    /// The note about a few words among many whole numbers, such as a `Total` on the last line.
    /// Because of these words, the whole column becomes a text.
    fn few_words(&self) -> Option<String> {
        let (words, numbers) = (self.profile.others, self.profile.integers.count);
        let are_few = (1..=MOST_WORDS).contains(&words) && numbers >= words * LEAST_NUMBERS;
        let counted = self.profile.frequent.iter().flatten();
        let mut texts = counted.filter_map(|(text, _)| std::str::from_utf8(text).ok());
        let is_word = |text: &&str| {
            let begins = text.trim().chars().next();
            begins.is_some_and(char::is_alphabetic) && crate::may_be_shown(text)
        };
        let word = texts.find(is_word).filter(|_| are_few)?;
        Some(format!(
            "a text because of {words} of {} values, such as \"{word}\"; all other values are \
             whole numbers",
            grouped(words + numbers)
        ))
    }

    /// Adds the note about fields that are written in several ways and are all read as NULL.
    fn words_of_empty(&self, notes: &mut Vec<String>) -> Vec<String> {
        let words = words_of_empty(self.profile);
        notes.extend(words.clone());
        words.into_iter().collect()
    }

    /// The words that usually mean NULL among the values of a text column, with their counts.
    fn words_for_null(&self) -> Vec<String> {
        let counted = self.profile.frequent.iter().flatten();
        let mut words = Words::new();
        for (text, count) in counted {
            let text = std::str::from_utf8(text).map_or("", str::trim);
            if is_no_value(text) {
                *words.entry(text.to_owned()).or_default() += count;
            }
        }
        let shown = words.iter();
        shown
            .map(|(word, count)| format!("\"{word}\" ({})", grouped(*count)))
            .collect()
    }

    fn text_type(&self, options: TypeOptions) -> ColumnType {
        let text = &self.profile.text;
        let (shortest, longest) = self.lengths();
        if let Some(members) = self.members().filter(|_| options.enums == Enums::Enums) {
            return ColumnType::Enum { members };
        }
        if self.profile.nested > 0 {
            return text_of_bytes(text.most_bytes as u64);
        }
        let is_code = text.are_codes
            && text.are_of_machines
            && (text.has_digits || is_short_word(longest) || is_named_like_code(self.name))
            && shortest == longest
            && (1..=LONGEST_CODE).contains(&longest)
            && self.profile.values() >= FEWEST_CODES;
        if is_code {
            return ColumnType::Char {
                length: longest as u32,
            };
        }
        match LENGTHS.iter().find(|length| longest <= **length as usize) {
            Some(length) => ColumnType::VarChar { length: *length },
            None => text_of_bytes(text.most_bytes as u64),
        }
    }

    /// Characters of the shortest and of the longest value. The shortest is exact only if all texts
    /// are ASCII.
    fn lengths(&self) -> (usize, usize) {
        let text = &self.profile.text;
        let numbers = &self.profile.integers;
        if numbers.count == 0 {
            return (text.least_bytes, text.most_characters);
        }
        let length = |number: i64| number.to_string().len();
        let least = match numbers.least < 0 {
            true => 1,
            false => length(numbers.least),
        };
        let most = length(numbers.least).max(length(numbers.greatest));
        (text.least_bytes.min(least), text.most_characters.max(most))
    }

    /// The members of an ENUM for the values, if they are few, short and distinct under every
    /// collation.
    fn members(&self) -> Option<Vec<String>> {
        let profile = self.profile;
        let counted = profile.frequent.as_ref()?;
        let is_small = (1..=MOST_MEMBERS).contains(&counted.len())
            && profile.others >= LEAST_REPEATED * counted.len() as u64
            && profile.integers.count == 0
            && profile.blanks == 0
            && !profile.text.has_blank_ends;
        let members = counted.iter().map(|(text, _)| {
            let text = String::from_utf8(text.to_vec()).ok()?;
            (text.is_ascii() && text.len() <= LONGEST_MEMBER && !text.contains(',')).then_some(text)
        });
        let members: Vec<String> = members.collect::<Option<_>>()?;
        let mut folded: Vec<String> = members.iter().map(|m| m.to_lowercase()).collect();
        folded.sort();
        folded.dedup();
        (is_small && folded.len() == members.len()).then_some(members)
    }
}

/// The note about fields of a text column that are written in several ways and are all read as
/// NULL.
fn words_of_empty(profile: &Profile) -> Option<String> {
    let words: u64 = profile.null_words.values().sum();
    let all_empty = profile.nulls.saturating_sub(words + profile.marks);
    let quoted = profile.empty_in_quotes.min(all_empty);
    let empty = all_empty - quoted;
    let forms = [
        (profile.marks, "\\N"),
        (quoted, "\"\""),
        (empty, "an empty field"),
    ];
    let there = forms.iter().filter(|(count, _)| *count > 0);
    let there: Vec<String> = there
        .map(|(count, form)| format!("{form} ({count})"))
        .collect();
    if there.len() < 2 {
        return None;
    }
    let with = match quoted > 0 {
        true => "--empty-quoted text reads \"\" as an empty text",
        false => {
            "--dialect mysql, or mysqldump-tab without a header, reads an empty field as an empty \
             text"
        }
    };
    Some(format!(
        "these are all read as NULL: {}; {with}",
        there.join(", ")
    ))
}

/// Whether words of capital letters only may be codes, such as those of countries and currencies.
/// Longer words may as well be names.
fn is_short_word(length: usize) -> bool {
    length <= LONGEST_WORD_CODE
}

/// Whether the name of a column says that its values are codes.
fn is_named_like_code(name: &str) -> bool {
    const WORDS: [&str; 22] = [
        "code",
        "codes",
        "id",
        "key",
        "sku",
        "hash",
        "iso",
        "iata",
        "icao",
        "currency",
        "symbol",
        "ticker",
        "abbr",
        "abbreviation",
        "uuid",
        "guid",
        "token",
        "ref",
        "flag",
        "hex",
        "color",
        "state",
    ];
    let words = crate::names::words(name);
    words.iter().any(|word| WORDS.contains(&word.as_str()))
}

/// The type of a column of bytes, whose values are written as `0x…`.
pub(crate) fn bytes(profile: &Profile) -> Typed {
    const LONGEST: u64 = 1000;
    let text = &profile.text;
    let decoded = |characters: usize| (characters as u64).saturating_sub(2) / 2;
    let longest = decoded(text.most_bytes);
    let is_fixed = text.least_bytes == text.most_bytes && (1..=255).contains(&longest);
    let sizes = [65_535, 16_777_215, u32::MAX];
    let kind = match [255, LONGEST].into_iter().find(|size| longest <= *size) {
        _ if is_fixed => ColumnType::Binary {
            length: longest as u32,
        },
        Some(length) => ColumnType::VarBinary {
            length: length as u32,
        },
        None => ColumnType::Blob {
            max_bytes: sizes
                .into_iter()
                .find(|size| longest <= u64::from(*size))
                .unwrap_or(u32::MAX),
        },
    };
    Typed {
        kind,
        nullable: profile.nulls > 0 || profile.values() == 0,
        settings: Vec::new(),
        notes: Vec::new(),
        warnings: Vec::new(),
        ambiguity: None,
    }
}

/// The smallest TEXT type that can store texts of this many bytes.
pub(crate) fn text_of_bytes(bytes: u64) -> ColumnType {
    let max_bytes = TEXTS.iter().find(|max| bytes <= u64::from(**max));
    ColumnType::Text {
        max_bytes: *max_bytes.unwrap_or(&u32::MAX),
    }
}
