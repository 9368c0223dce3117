//! What the names of two columns show about a reference from one to the other.

use model::schema::ColumnType;

use crate::names::{joined, key_word, singular, stem, words};
use crate::table_names::TableNames;
use crate::tables::{DraftColumn, DraftTable};

/// The way in which a name says that a column refers to a key, the weakest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Name {
    /// The name does not refer to the parent.
    Nothing,
    /// The name is an abbreviation of the parent's name: `cust_id`.
    Part,
    /// The name is the role of a row of the same table: `parent_id`, `manager_id`.
    Role,
    /// The name is the role of a person, and the parent is a table of persons: `author_id` for
    /// `users`.
    Person,
    /// The name is the last word of the parent's name: `item_id` for `order_items`.
    Tail,
    /// The name ends with the parent's name: `billing_address_id`.
    End,
    /// The name is the parent's name: `customer_id`.
    Table,
    /// The name is that of the parent's key: `movieId`.
    Same,
}

/// Words for the role of a row to which rows of the same table refer.
const ROLES: [&str; 33] = [
    "parent",
    "manager",
    "mgr",
    "supervisor",
    "boss",
    "leader",
    "reports",
    "reportsto",
    "reply",
    "replies",
    "inreplyto",
    "replyto",
    "father",
    "mother",
    "spouse",
    "root",
    "previous",
    "prev",
    "next",
    "original",
    "replaces",
    "replaced",
    "successor",
    "predecessor",
    "related",
    "ancestor",
    "super",
    "superior",
    "master",
    "base",
    "mentor",
    "sponsor",
    "referrer",
];

/// Words for the role of a person to which rows of other tables refer: `author_id`, `created_by`.
const ROLES_OF_PERSONS: [&str; 28] = [
    "author",
    "owner",
    "creator",
    "created",
    "updated",
    "modified",
    "deleted",
    "assignee",
    "assigned",
    "reporter",
    "approver",
    "approved",
    "sender",
    "recipient",
    "receiver",
    "manager",
    "mgr",
    "supervisor",
    "boss",
    "leader",
    "head",
    "reviewer",
    "editor",
    "uploader",
    "submitter",
    "requester",
    "rep",
    "agent",
];

/// Names of tables of persons.
const PERSONS: [&str; 7] = [
    "user", "person", "people", "employee", "staff", "member", "worker",
];

/// Last words of the names of whole-number columns that are amounts or places in an order.
const NO_REFERENCES: [&str; 7] = [
    "order", "rank", "index", "count", "number", "level", "sequence",
];

/// Names of keys that do not mention their table.
const GENERIC: [&str; 10] = [
    "id", "code", "key", "no", "nr", "number", "name", "uuid", "guid", "slug",
];

/// Properties of a name that exclude a reference.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// The column has none of the properties below.
    Plain,
    /// The values are whole numbers that are amounts or places in an order.
    Amount,
    /// Another column names the table that the row belongs to: `parent_id` beside `parent_type`.
    OfAnyTable,
}

/// The names of all tables and columns.
pub(super) struct Naming {
    /// For each table, the possible names of columns that refer to it.
    tables: Vec<TableNames>,
    /// For each table, the words of its column names.
    columns: Vec<Vec<Vec<String>>>,
    /// For each table, the kinds of its column names.
    kinds: Vec<Vec<Kind>>,
}

impl Naming {
    pub(super) fn new(tables: &[DraftTable]) -> Naming {
        let names: Vec<&str> = tables.iter().map(DraftTable::name).collect();
        let columns: Vec<Vec<Vec<String>>> = tables.iter().map(bare_words).collect();
        let kinds = tables.iter().zip(&columns).map(|(table, words)| {
            let of = |(column, own): (&DraftColumn, &Vec<String>)| match column.typed.kind {
                _ if has_type_beside(own, words) => Kind::OfAnyTable,
                ColumnType::Integer { .. } if is_amount(own) => Kind::Amount,
                _ => Kind::Plain,
            };
            table.columns.iter().zip(words).map(of).collect()
        });
        Naming {
            tables: TableNames::of_all(&names),
            kinds: kinds.collect(),
            columns,
        }
    }

    /// What the name of a child column shows about a reference to a parent's key.
    pub(super) fn of(&self, child: (usize, usize), parent: (usize, usize)) -> Name {
        let child_words = &self.columns[child.0][child.1];
        let key_words = &self.columns[parent.0][parent.1];
        let key = joined(key_words);
        let whole = joined(child_words);
        let is_generic = GENERIC.contains(&key.as_str()) || is_number_of_column(&key);
        if whole == key && !is_generic && child.0 != parent.0 {
            return Name::Same;
        }
        if self.kinds[child.0][child.1] == Kind::Amount {
            return Name::Nothing;
        }
        let base = stem(child_words);
        let last = base.last().map(|word| singular(word)).unwrap_or_default();
        let base_name = match base.split_last() {
            Some((_, before)) => [&before.concat(), last.as_str()].concat(),
            None => String::new(),
        };
        let has_key_word = key_word(child_words).is_some();
        let names = &self.tables[parent.0];
        let is_self = child.0 == parent.0;
        if !is_self && is_after_table(child_words, key_words, names) {
            return Name::Table;
        }
        if !base_name.is_empty() && names.whole.contains(&base_name) && !is_self {
            return Name::Table;
        }
        let is_telling = key_words.len() > 1 || is_name_of_person(key_words);
        let ends_with_key = is_telling && child_words.ends_with(key_words);
        let ends_with_name = base.len() > 1
            && names
                .whole
                .iter()
                .any(|name| base_name.len() > name.len() && base_name.ends_with(name.as_str()));
        if (ends_with_key && child_words.len() > key_words.len()) || ends_with_name {
            return Name::End;
        }
        match self.of_role(child, parent.0) {
            Some(name) => return name,
            None if is_self => return Name::Nothing,
            None => {}
        }
        if !has_key_word || base_name.is_empty() {
            return Name::Nothing;
        }
        if names.tail.as_ref() == Some(&base_name) {
            return Name::Tail;
        }
        // the column name may abbreviate a table name of one word
        let is_short = |name: &String| base_name.len() >= 3 && name.starts_with(&base_name);
        match names.tail.is_none() && names.whole.iter().any(is_short) {
            true => Name::Part,
            false => Name::Nothing,
        }
    }

    /// What a role in the name of a child column, such as `author_id`, shows about a reference to
    /// this table.
    fn of_role(&self, child: (usize, usize), parent: usize) -> Option<Name> {
        let words = &self.columns[child.0][child.1];
        let is_person = is_role_of_person(words, key_word(words).is_some());
        let is_role = words.iter().any(|word| ROLES.contains(&word.as_str()));
        match self.kinds[child.0][child.1] {
            Kind::OfAnyTable => None,
            _ if is_person && self.tables[parent].is_any_of(&PERSONS) => Some(Name::Person),
            _ if is_role && child.0 == parent => Some(Name::Role),
            _ => None,
        }
    }

    /// Whether the name of a child column ends with the words of the parent's key, such as
    /// `customer_email` for `email` and `product_code` for `code`.
    pub(super) fn ends_alike(&self, child: (usize, usize), parent: (usize, usize)) -> bool {
        let key = &self.columns[parent.0][parent.1];
        !key.is_empty() && self.columns[child.0][child.1].ends_with(key)
    }

    /// Whether a child column and a column of a parent's key have matching names: equal, or with
    /// the parent's name in front, or abbreviated, such as `cust_id` for `customer_id`.
    pub(super) fn is_part_alike(&self, child: (usize, usize), parent: (usize, usize)) -> bool {
        let part = &self.columns[child.0][child.1];
        let key = &self.columns[parent.0][parent.1];
        let (short, long) = (joined(&stem(part)), joined(&stem(key)));
        let are_both_keys = key_word(part).is_some() && key_word(part) == key_word(key);
        let is_short = are_both_keys && short.len() >= 3 && long.starts_with(&short);
        is_short || joined(part) == joined(key) || is_after_table(part, key, &self.tables[parent.0])
    }

    /// Whether a column is named like the key of its own table.
    pub(super) fn is_identity(&self, (table, column): (usize, usize)) -> bool {
        self.tables[table].are_of_key(&self.columns[table][column].join("_"))
    }

    /// Whether a column is named like the key of another table rather than of its own. In
    /// `employee_territories`, for example, `territory_id` is named like the key of `territories`.
    pub(super) fn is_rather_of(&self, (table, column): (usize, usize), other: usize) -> bool {
        let name = self.columns[table][column].join("_");
        self.tables[other].are_whole_of_key(&name) && !self.tables[table].are_whole_of_key(&name)
    }

    /// The evidence as text for a comment.
    pub(super) fn words(&self, name: Name) -> &'static str {
        match name {
            Name::Nothing => "by its values alone",
            Name::Part => "by an abbreviation of the parent's name",
            Name::Tail => "by the last word of the parent's name",
            Name::Role | Name::Person => "by the name of a role",
            Name::End => "by the parent's name at the end of the column's name",
            Name::Table => "by the parent's name",
            Name::Same => "by the name of the parent's key",
        }
    }
}

/// Whether a name consists of a table and one of its columns: `customer_email`.
fn is_after_table(words: &[String], column: &[String], table: &TableNames) -> bool {
    let Some(before) = words.strip_suffix(column).filter(|_| !column.is_empty()) else {
        return false;
    };
    let Some((last, first)) = before.split_last() else {
        return false;
    };
    let name = [&first.concat(), singular(last).as_str()].concat();
    table.whole.contains(&name)
}

/// Whether a column identifies a person or an account: `email`, `username`.
fn is_name_of_person(words: &[String]) -> bool {
    const NAMES: [&str; 5] = ["email", "mail", "username", "login", "handle"];
    matches!(words, [only] if NAMES.contains(&only.as_str()))
}

/// Whether a name is only the number of a column, as in files without a header.
fn is_number_of_column(name: &str) -> bool {
    let starts = ["c", "col", "column", "field", "f", "v", "x", "unnamed"];
    let bare = name.trim_end_matches(|c: char| c.is_ascii_digit());
    bare.len() < name.len() && (bare.is_empty() || starts.contains(&bare))
}

/// Whether the name of a whole-number column says that its values are amounts or places in an
/// order, not references: `number_of_reviews`, `sort_order`.
fn is_amount(words: &[String]) -> bool {
    let is_plural = words.last().is_some_and(|last| singular(last) != *last);
    let is_word = |word: &String| NO_REFERENCES.contains(&word.as_str());
    let is_role = |word: &String| ROLES.contains(&word.as_str());
    key_word(words).is_none()
        && !words.iter().any(is_role)
        && (is_plural || words.last().is_some_and(is_word))
}

/// Whether another column names the table to which this column refers: `parent_type` beside
/// `parent_id`.
fn has_type_beside(words: &[String], all: &[Vec<String>]) -> bool {
    let mut wanted = stem(words);
    wanted.push("type".to_owned());
    key_word(words).is_some() && wanted.len() > 1 && all.contains(&wanted)
}

/// Whether a name is the role of a person: `author_id`, `created_by`, `owner`.
fn is_role_of_person(words: &[String], has_key_word: bool) -> bool {
    let is_role = |word: &String| ROLES_OF_PERSONS.contains(&word.as_str());
    let is_whole = words
        .last()
        .is_some_and(|last| last == "by" || last == "to" || is_role(last));
    words.iter().any(is_role) && (has_key_word || is_whole)
}

/// Maximum number of characters of a prefix that all columns of a table share.
const LONGEST_PREFIX: usize = 3;

/// The words of a table's column names, without a short prefix that all names share, such as `o_`
/// in `o_custkey`.
pub(super) fn bare_words(table: &DraftTable) -> Vec<Vec<String>> {
    let columns = table.columns.iter().map(|column| words(&column.name));
    let mut columns: Vec<Vec<String>> = columns.collect();
    let first = columns.first().and_then(|words| words.first()).cloned();
    let is_short = first
        .as_ref()
        .is_some_and(|first| first.chars().count() <= LONGEST_PREFIX);
    let is_prefixed = |words: &Vec<String>| words.len() > 1 && words.first() == first.as_ref();
    if is_short && columns.len() > 2 && columns.iter().all(is_prefixed) {
        for words in &mut columns {
            words.remove(0);
        }
    }
    columns
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_and_places_in_an_order_are_no_references() {
        for (name, is_one) in [
            ("number_of_reviews", true),
            ("total_orders", true),
            ("add_to_cart_order", true),
            ("sort_order", true),
            ("review_count", true),
            ("order_id", false),
            ("order_number", false),
            ("customer", false),
            ("replaces", false),
            ("series", false),
            ("status", false),
        ] {
            assert_eq!(is_amount(&words(name)), is_one, "{name}");
        }
    }

    #[test]
    fn roles_of_persons() {
        for (name, is_one) in [
            ("author_id", true),
            ("created_by", true),
            ("ManagerID", true),
            ("SupportRepId", true),
            ("owner", true),
            ("assigned_to", true),
            ("created_at", false),
            ("author_name", false),
            ("reputation", false),
        ] {
            let words = words(name);
            let has_key_word = key_word(&words).is_some();
            assert_eq!(is_role_of_person(&words, has_key_word), is_one, "{name}");
        }
    }

    #[test]
    fn a_column_of_any_table_has_a_type_beside_it() {
        let all = ["id", "parent_id", "parent_type", "owner_id", "type"].map(words);
        let of: Vec<bool> = all.iter().map(|own| has_type_beside(own, &all)).collect();
        assert_eq!(of, [false, true, false, false, false]);
    }

    #[test]
    fn numbers_of_columns_say_nothing() {
        for name in ["c1", "col12", "column3", "7"] {
            assert!(is_number_of_column(name), "{name}");
        }
        for name in ["c", "id", "iso3", "address2"] {
            assert!(!is_number_of_column(name), "{name}");
        }
    }
}
