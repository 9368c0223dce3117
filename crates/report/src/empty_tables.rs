//! Tables whose files have no record although records of other tables refer to them: the file may
//! be the wrong one.

use model::rejection::Rule;
use model::report::Report;

/// A line for each table whose files have no record, if records of other tables lack their parent.
pub(crate) fn empty_tables(report: &Report) -> Vec<String> {
    let rule = Rule::MissingParent.name();
    let lacks_parents = report.tables.iter().any(|t| t.rules.contains_key(rule));
    let tables = report.tables.iter();
    let empty = tables.filter(|table| lacks_parents && table.read == 0);
    empty
        .map(|table| format!("{}: its files have no record, only a header", table.name))
        .collect()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use model::report::TableReport;

    #[test]
    fn an_empty_table_is_named_only_if_parents_are_missing() {
        let table = |name: &str, read| TableReport {
            name: name.to_owned(),
            read,
            ..TableReport::default()
        };
        let mut report = Report {
            tables: vec![table("reviews", 0), table("photos", 2)],
            ..Report::default()
        };
        assert_eq!(empty_tables(&report), Vec::<String>::new());
        report.tables[1].rules = BTreeMap::from([("missing_parent".to_owned(), 2)]);
        assert_eq!(
            empty_tables(&report),
            ["reviews: its files have no record, only a header"]
        );
    }
}
