//! The selection from input files, without a database: the same list, from the rows that `check`
//! accepts.
//!
//! Ids need not ascend in the files. So the newest review and the number of unreported reviews of
//! every product are kept in memory until the end of the file.

use std::collections::HashMap;

use roaring::RoaringTreemap;

use super::{Entry, EntrySink, Selection, TargetKind, Weight};
use crate::error::{Error, OtherError, Result};

/// Reads the accepted rows of the input files.
pub trait AcceptedRows {
    /// Calls `receive` with the values of these columns, for every accepted row of a table, in the
    /// order of the file.
    ///
    /// # Errors
    ///
    /// When the file cannot be read, lacks a column, or has a value that is not an id.
    fn read(
        &mut self,
        table: &str,
        columns: &[&str],
        receive: &mut (dyn FnMut(&[u64]) + Send),
    ) -> std::result::Result<(), OtherError>;
}

/// Passes the selected entries to `sink`, in their order.
///
/// # Errors
///
/// The errors of `rows`, as [`Error::Other`], and those of `sink`.
pub fn select(
    rows: &mut dyn AcceptedRows,
    selection: Selection,
    sink: EntrySink<'_>,
) -> Result<()> {
    let limit = as_usize(selection.limit.unwrap_or(u64::MAX));
    let entries = match selection.target {
        TargetKind::Review => reviews(rows, selection, limit)?,
        TargetKind::Product => products(rows, selection)?,
        TargetKind::Characteristic => characteristics(rows, selection)?,
    };
    entries.into_iter().take(limit).try_for_each(sink)
}

fn reviews(rows: &mut dyn AcceptedRows, selection: Selection, limit: usize) -> Result<Vec<Entry>> {
    let mut ids = RoaringTreemap::new();
    rows.read("reviews", &["id"], &mut |row| {
        ids.insert(row[0]);
    })
    .map_err(Error::Other)?;
    let number = as_usize(selection.portion.of(ids.len())).min(limit);
    let newest = ids.iter().rev().take(number);
    Ok(newest.map(|id| Entry::once(0, id)).collect())
}

/// The data that is kept for each product: about 30 bytes in the map.
#[derive(Default)]
struct Product {
    newest: u64,
    unreported: u64,
}

/// The selected products, newest review first.
fn products(rows: &mut dyn AcceptedRows, selection: Selection) -> Result<Vec<Entry>> {
    let mut products: HashMap<u64, Product> = HashMap::new();
    let columns = ["product_id", "id", "reported"];
    rows.read("reviews", &columns, &mut |row| {
        let product = products.entry(row[0]).or_default();
        product.newest = product.newest.max(row[1]);
        product.unreported += u64::from(row[2] == 0);
    })
    .map_err(Error::Other)?;
    let entries = products.into_iter().map(|(product, kept)| Entry {
        product,
        id: kept.newest,
        weight: match selection.weight {
            Weight::Once => 1,
            Weight::PerReview => kept.unreported,
        },
    });
    let mut entries: Vec<Entry> = entries.collect();
    entries.sort_unstable_by(|a, b| b.id.cmp(&a.id).then(a.product.cmp(&b.product)));
    entries.truncate(as_usize(selection.portion.of(entries.len() as u64)));
    Ok(entries)
}

/// The characteristics of the selected products, in the order of the products.
fn characteristics(rows: &mut dyn AcceptedRows, selection: Selection) -> Result<Vec<Entry>> {
    let products = products(rows, selection)?;
    let ranks = products.iter().enumerate();
    let ranks: HashMap<u64, usize> = ranks.map(|(rank, e)| (e.product, rank)).collect();
    let mut found: Vec<(usize, u64)> = Vec::new();
    rows.read("characteristics", &["product_id", "id"], &mut |row| {
        if let Some(rank) = ranks.get(&row[0]) {
            found.push((*rank, row[1]));
        }
    })
    .map_err(Error::Other)?;
    found.sort_unstable();
    let entries = found
        .into_iter()
        .map(|(rank, id)| Entry::once(products[rank].product, id));
    Ok(entries.collect())
}

/// Converts a number of entries. A number that is too large for `usize` selects all of them.
fn as_usize(number: u64) -> usize {
    usize::try_from(number).unwrap_or(usize::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::targets::Portion;

    /// Rows as (table, columns in the order in which `select` asks for them).
    struct Rows(Vec<(&'static str, Vec<u64>)>);

    impl AcceptedRows for Rows {
        fn read(
            &mut self,
            table: &str,
            columns: &[&str],
            receive: &mut (dyn FnMut(&[u64]) + Send),
        ) -> std::result::Result<(), OtherError> {
            let rows = self.0.iter().filter(|(name, _)| *name == table);
            rows.for_each(|(_, row)| receive(&row[..columns.len()]));
            Ok(())
        }
    }

    fn selected(target: TargetKind, limit: Option<u64>, weight: Weight) -> Vec<(u64, u64, u64)> {
        let mut rows = Rows(vec![
            // product, review, reported
            ("reviews", vec![7, 3, 0]),
            ("reviews", vec![5, 9, 1]),
            ("reviews", vec![7, 4, 0]),
            ("reviews", vec![6, 1, 0]),
            // product, characteristic
            ("characteristics", vec![7, 20]),
            ("characteristics", vec![5, 30]),
            ("characteristics", vec![7, 10]),
            ("characteristics", vec![4, 40]),
        ]);
        let portion = Portion::Number(2);
        let selection = Selection {
            target,
            portion,
            limit,
            weight,
        };
        let mut found = Vec::new();
        select(&mut rows, selection, &mut |entry| {
            found.push((entry.product, entry.id, entry.weight));
            Ok(())
        })
        .unwrap();
        found
    }

    #[test]
    fn products_come_by_their_newest_review_with_the_number_of_unreported_ones() {
        let products = |limit, weight| selected(TargetKind::Product, limit, weight);
        assert_eq!(products(None, Weight::Once), [(5, 9, 1), (7, 4, 1)]);
        assert_eq!(products(None, Weight::PerReview), [(5, 9, 0), (7, 4, 2)]);
        assert_eq!(products(Some(1), Weight::Once), [(5, 9, 1)]);
    }

    #[test]
    fn characteristics_come_in_the_order_of_the_selected_products() {
        let found = selected(TargetKind::Characteristic, Some(2), Weight::Once);
        assert_eq!(found, [(5, 30, 1), (7, 10, 1)]);
    }

    #[test]
    fn the_error_of_the_sink_ends_the_selection() {
        let mut rows = Rows(vec![("reviews", vec![1]), ("reviews", vec![2])]);
        let selection = Selection {
            target: TargetKind::Review,
            portion: Portion::TENTH,
            limit: None,
            weight: Weight::Once,
        };
        let result = select(&mut rows, selection, &mut |_| Err(Error::ReaderClosed));
        assert!(matches!(result, Err(Error::ReaderClosed)));
    }
}
