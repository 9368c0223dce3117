//! The progress of a verification: the table or foreign key that is being checked, its number, and
//! the total number.

use std::sync::{Arc, Mutex};

use super::Question;

/// The progress, written by the tasks that verify and read by the progress display.
#[derive(Debug, Clone, Default)]
pub struct Watch(Arc<Mutex<String>>);

impl Watch {
    /// The text for the display: what is done, and the progress.
    pub fn shown(&self, what: &str) -> String {
        match self.0.lock() {
            Ok(now) if !now.is_empty() => format!("{what}, {now}"),
            _ => what.to_string(),
        }
    }

    /// Shows this question. Ranges are checked in the order of the questions, so the question that
    /// was set last shows the progress of all tasks.
    pub(super) fn set(&self, questions: &[Question], number: usize) {
        let words = words(questions, number);
        if let Ok(mut now) = self.0.lock() {
            *now = words;
        }
    }
}

fn words(questions: &[Question], number: usize) -> String {
    let same = |a: &Question, b: &Question| std::mem::discriminant(a) == std::mem::discriminant(b);
    let asked = &questions[number];
    let alike = |questions: &[Question]| questions.iter().filter(|q| same(q, asked)).count();
    let (at, all) = (alike(&questions[..=number]), alike(questions));
    match asked {
        Question::Rows(expected, _) | Question::TableChecksum(expected, _) => {
            format!("table {at} of {all}: {}", expected.table)
        }
        Question::References(reference) => format!(
            "foreign key {at} of {all}: {} of {}",
            reference.key.columns.join(", "),
            reference.table
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Depth, Expected, Reference};
    use super::*;
    const DEFAULT: &str = include_str!("../../../../schema.sql");
    use mysql_schema::parse::parse;

    #[test]
    fn tables_are_counted_and_then_foreign_keys() {
        let schema = parse(DEFAULT, "schema.sql").unwrap();
        let mut questions = Vec::new();
        for table in &schema.tables {
            let expected = Expected {
                table: table.name.clone(),
                columns: Vec::new(),
                rows: 0,
                checksum: 0,
                table_checksum: None,
            };
            questions.push(Question::Rows(expected, Depth::Full));
        }
        let photos = schema.table("reviews_photos").unwrap();
        let key = &photos.foreign_keys[0];
        questions.push(Question::References(Reference::new(photos, key, 0)));
        let watch = Watch::default();
        assert_eq!(watch.shown("comparing"), "comparing");
        watch.set(&questions, 1);
        assert_eq!(
            watch.shown("comparing"),
            "comparing, table 2 of 4: characteristics"
        );
        watch.set(&questions, 4);
        assert_eq!(
            watch.shown("comparing"),
            "comparing, foreign key 1 of 1: review_id of reviews_photos"
        );
    }
}
