//! Makes names of tables and columns that a server accepts, and compares names.

use std::collections::{HashMap, HashSet};

use input::{is_same_loosely, loose};

/// Maximum number of characters of a name, in MySQL and in MariaDB.
const LONGEST: usize = 64;

/// A name made of letters, digits and underscores. Other characters become underscores.
fn plain(name: &str) -> String {
    let mut plain = String::new();
    for c in name.trim().chars() {
        let is_letter = c.is_alphanumeric() || (is_mark(c) && !plain.is_empty());
        let fits = (is_letter && (c as u32) < 0x1_0000) || c == '_' || c == '$';
        match fits {
            true => plain.push(c),
            false if plain.is_empty() || plain.ends_with('_') => {}
            false => plain.push('_'),
        }
    }
    let plain = plain.trim_end_matches('_');
    plain.chars().take(LONGEST).collect()
}

/// Names that are in use: in lower case, and in the loose form that ignores case, blanks and
/// punctuation.
#[derive(Default)]
struct Taken {
    lower: HashSet<String>,
    loose: HashSet<String>,
}

impl Taken {
    fn add(&mut self, name: &str) {
        self.lower.insert(name.to_ascii_lowercase());
        self.loose.insert(loose(name));
    }

    fn has(&self, name: &str) -> bool {
        let bare = loose(name);
        self.lower.contains(&name.to_ascii_lowercase())
            || !bare.is_empty() && self.loose.contains(&bare)
    }
}

/// The name itself if it is free, else the name with the first number that makes it unique.
fn unlike(name: &str, taken: &Taken) -> String {
    let numbered = (2..).map(|n| {
        let number = format!("_{n}");
        let kept = name.chars().take(LONGEST - number.len());
        kept.collect::<String>() + &number
    });
    let mut candidates = std::iter::once(name.to_owned()).chain(numbered);
    candidates.find(|name| !taken.has(name)).unwrap_or_default()
}

/// A table name for files with this name that differs from the names in `taken`.
pub(crate) fn table(name: &str, taken: &[String]) -> String {
    let plain = plain(name);
    let plain = if plain.is_empty() { "table_1" } else { &plain };
    let mut others = Taken::default();
    taken.iter().for_each(|name| others.add(name));
    unlike(plain, &others)
}

/// Column names for the names in a header, in the same order.
pub(crate) fn columns(header: &[String]) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    let mut taken = Taken::default();
    for (at, name) in header.iter().enumerate() {
        let plain = plain(name);
        let plain = match plain.is_empty() {
            true => format!("c{}", at + 1),
            false => plain,
        };
        let name = unlike(&plain, &taken);
        taken.add(&name);
        names.push(name);
    }
    names
}

/// Whether `seed` matches a header's name to this column without a setting.
pub(crate) fn is_found(name: &str, column: &str) -> bool {
    is_same_loosely(name, column) || name.trim().eq_ignore_ascii_case(column)
}

/// All names of a header, indexed to find equal and similar names fast.
pub(crate) struct HeaderNames<'n> {
    counts: HashMap<&'n str, usize>,
    loose: HashMap<String, HashSet<&'n str>>,
    trimmed: HashMap<String, HashSet<&'n str>>,
}

impl<'n> HeaderNames<'n> {
    pub(crate) fn new(names: &'n [String]) -> HeaderNames<'n> {
        let mut all = HeaderNames {
            counts: HashMap::new(),
            loose: HashMap::new(),
            trimmed: HashMap::new(),
        };
        for name in names {
            *all.counts.entry(name).or_default() += 1;
            all.loose.entry(loose(name)).or_default().insert(name);
            let trimmed = name.trim().to_ascii_lowercase();
            all.trimmed.entry(trimmed).or_default().insert(name);
        }
        all
    }

    /// Whether `seed` would match a header name other than `name` to the column.
    pub(crate) fn others_are_found(&self, name: &str, column: &str) -> bool {
        let bare = loose(column);
        let alike = self.loose.get(&bare).filter(|_| !bare.is_empty());
        let same = self.trimmed.get(&column.to_ascii_lowercase());
        let mut others = alike.into_iter().chain(same).flatten();
        others.any(|other| *other != name)
    }

    /// Whether the header has a name more than once.
    pub(crate) fn is_repeated(&self, name: &str) -> bool {
        self.counts.get(name).is_some_and(|count| *count > 1)
    }

    /// Whether the name of a member does not identify it among the members of JSON records: the
    /// name is empty, or another name differs only in case, blanks or punctuation.
    pub(crate) fn is_unclear(&self, name: &str) -> bool {
        name.trim().is_empty() || self.others_are_found(name, name)
    }
}

/// Whether a character is a combining mark on the letter before it, as in a decomposed `ï`.
fn is_mark(c: char) -> bool {
    matches!(
        c,
        '\u{300}'..='\u{36f}'
            | '\u{1ab0}'..='\u{1aff}'
            | '\u{1dc0}'..='\u{1dff}'
            | '\u{20d0}'..='\u{20ff}'
            | '\u{fe20}'..='\u{fe2f}'
    )
}

/// The words of a name in lower case. `reviewId`, `review_id` and `Review ID` give the same words.
pub(crate) fn words(name: &str) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    let mut last = ' ';
    let characters: Vec<char> = name.chars().collect();
    for (at, c) in characters.iter().copied().enumerate() {
        if is_mark(c) {
            if last.is_alphanumeric()
                && let Some(word) = words.last_mut()
            {
                word.push(c);
            }
            continue;
        }
        let next = characters.get(at + 1).copied().unwrap_or(' ');
        let begins = !last.is_alphanumeric()
            || (c.is_uppercase() && (last.is_lowercase() || next.is_lowercase()))
            || (last.is_ascii_digit() && c.is_alphabetic() && c.is_uppercase());
        if c.is_alphanumeric() {
            match words.last_mut() {
                Some(word) if !begins => word.extend(c.to_lowercase()),
                _ => words.push(c.to_lowercase().collect()),
            }
        }
        last = c;
    }
    words
}

/// Joins words into one, for comparisons.
pub(crate) fn joined(words: &[String]) -> String {
    words.concat()
}

/// The singular of an English noun, found by simple rules.
pub(crate) fn singular(word: &str) -> String {
    const IRREGULAR: [(&str, &str); 11] = [
        ("people", "person"),
        ("children", "child"),
        ("men", "man"),
        ("women", "woman"),
        ("indices", "index"),
        ("matrices", "matrix"),
        ("movies", "movie"),
        ("cookies", "cookie"),
        ("data", "data"),
        ("series", "series"),
        ("species", "species"),
    ];
    if let Some((_, one)) = IRREGULAR.iter().find(|(many, _)| word.ends_with(many)) {
        let many = IRREGULAR.iter().find(|(many, _)| word.ends_with(many));
        let cut = many.map_or(0, |(many, _)| many.len());
        return format!("{}{one}", &word[..word.len() - cut]);
    }
    let ends = |ending: &str| word.len() > ending.len() + 1 && word.ends_with(ending);
    let cut = |by: usize| word[..word.len() - by].to_owned();
    if ends("ies") {
        return cut(3) + "y";
    }
    if ["sses", "shes", "ches", "xes", "zes"]
        .iter()
        .any(|e| ends(e))
    {
        return cut(2);
    }
    if ends("uses") && !word.ends_with("ouses") {
        return cut(2);
    }
    if ends("s") && !ends("ss") && !ends("us") && !ends("is") {
        return cut(1);
    }
    word.to_owned()
}

/// Words with which the names of key columns end.
pub(crate) const KEY_WORDS: [&str; 18] = [
    "id", "ids", "uid", "key", "code", "no", "nr", "num", "number", "uuid", "guid", "pk", "fk",
    "sk", "slug", "sku", "isbn", "asin",
];

/// Words that end like a key word but have nothing to do with keys.
const NO_KEYS: [&str; 36] = [
    "android",
    "hybrid",
    "covid",
    "fluid",
    "liquid",
    "solid",
    "valid",
    "invalid",
    "rapid",
    "avoid",
    "humid",
    "acid",
    "steroid",
    "asteroid",
    "typhoid",
    "thyroid",
    "centroid",
    "ellipsoid",
    "plaid",
    "prepaid",
    "unpaid",
    "overpaid",
    "mermaid",
    "raid",
    "braid",
    "afraid",
    "madrid",
    "david",
    "monkey",
    "turkey",
    "donkey",
    "hockey",
    "whiskey",
    "jockey",
    "disney",
    "unicode",
];

/// The key word with which a name ends; `None` if there is none. It is also found at the end of an
/// ASCII word without a separator, as in `customerid`.
pub(crate) fn key_word(words: &[String]) -> Option<&'static str> {
    let last = words.last()?;
    let found = KEY_WORDS.iter().find(|word| last == *word);
    let glued = || {
        let ends = |word: &&&str| {
            let word: &str = word;
            last.is_ascii() && last.len() > word.len() + 2 && last.ends_with(word)
        };
        let is_one_word = NO_KEYS.contains(&last.as_str());
        let mut glued = ["id", "uuid", "guid", "key", "code", "number"].iter();
        glued.find(ends).filter(|_| !is_one_word)
    };
    found.or_else(glued).copied()
}

/// The words of a name without the key word at its end.
pub(crate) fn stem(words: &[String]) -> Vec<String> {
    let mut stem = words.to_vec();
    let Some(key) = key_word(words) else {
        return stem;
    };
    if let Some(last) = stem.pop()
        && last != key
    {
        stem.push(last[..last.len() - key.len()].to_owned());
    }
    stem
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(name: &str) -> String {
        words(name).join(" ")
    }

    #[test]
    fn words_are_found_in_all_spellings() {
        for (name, found) in [
            ("reviewId", "review id"),
            ("review_id", "review id"),
            ("ReviewID", "review id"),
            ("HTTPServer", "http server"),
            ("id", "id"),
            ("address2", "address2"),
            ("Größe in cm", "größe in cm"),
            ("U\u{308}ni\u{308}code", "u\u{308}ni\u{308}code"),
        ] {
            assert_eq!(of(name), found);
        }
    }

    #[test]
    fn singulars() {
        for (many, one) in [
            ("reviews", "review"),
            ("categories", "category"),
            ("addresses", "address"),
            ("boxes", "box"),
            ("status", "status"),
            ("movies", "movie"),
            ("people", "person"),
            ("houses", "house"),
            ("statuses", "status"),
            ("class", "class"),
            ("series", "series"),
            ("id", "id"),
        ] {
            assert_eq!(singular(many), one);
        }
    }

    #[test]
    fn names_that_a_server_accepts_are_kept_and_others_are_changed() {
        let header = ["id", "Unit Price", "cost $", "", "ID ", "%", "a.b"];
        let header = header.map(str::to_owned);
        assert_eq!(
            columns(&header),
            ["id", "Unit_Price", "cost_$", "c4", "ID_2", "c6", "a_b"]
        );
        assert!(is_found("Unit Price", "Unit_Price") && !is_found("%", "c6"));
        let long = "x".repeat(80);
        assert_eq!(table(&long, &[]).len(), 64);
        assert_eq!(table("a-b", &["a_b".to_owned()]), "a_b_2");
    }

    #[test]
    fn the_stem_of_a_key_is_what_it_refers_to() {
        for (name, found) in [
            ("customer_id", "customer"),
            ("customerid", "customer"),
            ("billing_address_id", "billing address"),
            ("id", ""),
            ("paid", "paid"),
            ("android", "android"),
            ("Ünïcode", "ünïcode"),
            ("U\u{308}ni\u{308}code", "u\u{308}ni\u{308}code"),
            ("customer", "customer"),
        ] {
            assert_eq!(stem(&words(name)).join(" "), found, "{name}");
        }
    }
}
