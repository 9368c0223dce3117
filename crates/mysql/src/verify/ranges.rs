//! Cuts a large table into ranges of an integer column, so that several connections can share the
//! work.
//!
//! There are no gaps between the ranges, and the first and the last are open, so that every row is
//! in exactly one. The ranges have equally many rows when the ids are dense; otherwise the
//! connections share the work less evenly. A range may also know the bounds of its values.

use crate::db::MySqlConnection;
use crate::error::{Context, Result};
use sqlx::{AssertSqlSafe, Executor, Row};

use model::schema::{ColumnType, Table};
use mysql_schema::quote::quote_identifier;

/// Number of values in a range, which are about a second of work.
const SPAN: i128 = 1 << 18;
const MOST: i128 = 64;

/// A range of rows: those whose column is at least `from` and less than `below`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Range {
    column: String,
    from: Option<i128>,
    below: Option<i128>,
    /// See [`Range::values`].
    values: Option<(i128, i128)>,
}

impl Range {
    /// All rows.
    pub(crate) fn whole() -> Range {
        Range::default()
    }

    /// The lower bound of the range. Ranges are sorted by it; a range without one (`None`) comes
    /// first.
    pub(crate) fn beginning(&self) -> Option<i128> {
        self.from
    }

    /// The bounds of the column's values when the range was made. Each value is at least the first
    /// bound, and less than the second. `None` if the bounds are not known.
    pub(crate) fn values(&self) -> Option<(i128, i128)> {
        self.values
    }

    pub(crate) fn forget_values(&mut self) {
        self.values = None;
    }

    /// The range as conditions that begin with AND; `prefix` names the table.
    pub(crate) fn and(&self, prefix: &str) -> String {
        let column = quote_identifier(&self.column);
        let from = self.from.map(|v| format!(" AND {prefix}{column} >= {v}"));
        let below = self.below.map(|v| format!(" AND {prefix}{column} < {v}"));
        from.unwrap_or_default() + &below.unwrap_or_default()
    }
}

/// Ranges of a column that is the first of an index; a single range if the column is not an integer
/// or the table is small.
///
/// # Errors
///
/// When a query fails.
pub(crate) async fn ranges(
    connection: &mut MySqlConnection,
    table: &Table,
    column: &str,
) -> Result<Vec<Range>> {
    let kind = table.columns.iter().find(|c| c.name == column);
    if !kind.is_some_and(|c| matches!(c.kind, ColumnType::Integer { .. })) {
        return Ok(vec![Range::whole()]);
    }
    let (name, quoted) = (quote_identifier(&table.name), quote_identifier(column));
    let sql =
        format!("SELECT CAST(MIN({quoted}) AS CHAR), CAST(MAX({quoted}) AS CHAR) FROM {name}");
    let row = connection
        .fetch_one(AssertSqlSafe(sql))
        .await
        .with_context(|| format!("cannot read the range of {column} in {}", table.name))?;
    let value = |at: usize| -> Result<Option<i128>> {
        let text: Option<String> = row.try_get_unchecked(at)?;
        Ok(text.and_then(|text| text.parse().ok()))
    };
    Ok(match (value(0)?, value(1)?) {
        (Some(least), Some(greatest)) => cut(column, least, greatest),
        _ => vec![Range::whole()],
    })
}

/// Cuts the values from `least` to `greatest` of a column into ranges.
pub(crate) fn cut(column: &str, least: i128, greatest: i128) -> Vec<Range> {
    let parts = ((greatest - least) / SPAN).clamp(1, MOST);
    let bound = |part: i128| least + (greatest - least) * part / parts;
    let inner = |part: i128| (0 < part && part < parts).then(|| bound(part));
    (0..parts)
        .map(|part| Range {
            column: column.to_string(),
            from: inner(part),
            below: inner(part + 1),
            values: Some((bound(part), inner(part + 1).unwrap_or(greatest + 1))),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_small_table_is_one_range() {
        for (least, greatest) in [(1, 1), (1, 100_000), (-5, 5)] {
            let ranges = cut("id", least, greatest);
            assert_eq!(ranges.len(), 1);
            assert_eq!(ranges[0].and(""), "");
        }
    }

    #[test]
    fn a_range_is_written_with_its_bounds() {
        let ranges = cut("id", 1, 3 * SPAN + 1);
        let written: Vec<_> = ranges.iter().map(|range| range.and("t.")).collect();
        assert_eq!(
            written,
            [
                " AND t.`id` < 262145",
                " AND t.`id` >= 262145 AND t.`id` < 524289",
                " AND t.`id` >= 524289"
            ]
        );
    }

    proptest! {
        #[test]
        fn every_value_is_in_exactly_one_range(least: i64, span in 0..1i128 << 64, value: i128) {
            let ranges = cut("id", least.into(), i128::from(least) + span);
            let holds = |range: &&Range| range.from.is_none_or(|v| value >= v) && range.below.is_none_or(|v| value < v);
            prop_assert_eq!(ranges.iter().filter(holds).count(), 1);
            prop_assert!(ranges.len() <= MOST as usize);
        }

        #[test]
        fn a_range_knows_between_which_values_it_was_cut(least: i64, span in 0..1i128 << 40, at: u64, edge in -1..2i128) {
            let (least, greatest) = (i128::from(least), i128::from(least) + span);
            let ranges = cut("id", least, greatest);
            let known = |range: &Range| range.values().unwrap();
            // anywhere, and on both sides of each cut
            let cuts = ranges.iter().map(|range| known(range).0 + edge);
            for value in cuts.chain([least + i128::from(at) % (span + 1), greatest]) {
                let holder = ranges.iter().find(|r| r.from.is_none_or(|v| value >= v) && r.below.is_none_or(|v| value < v)).unwrap();
                if (least..=greatest).contains(&value) {
                    prop_assert!((known(holder).0..known(holder).1).contains(&value), "{} in {:?}", value, holder);
                }
            }
            prop_assert_eq!(known(&ranges[0]).0, least);
            prop_assert_eq!(known(&ranges[ranges.len() - 1]).1, greatest + 1);
        }
    }
}
