//! The names of the kinds of requests.

use std::collections::BTreeMap;

use super::Prepared;
use crate::error::{Error, Result};
use crate::smoke::masking::masked_request;
use crate::smoke::template::Address;

/// Method and path of a kind of requests, without secrets.
fn label(request: &Prepared) -> String {
    let path = masked_request(&request.path.label());
    format!("{} {path}", request.method)
}

/// The labels of all kinds of requests. Labels that differ only in hidden values get a number.
pub(super) fn labels(requests: &[Prepared]) -> Vec<String> {
    let mut seen: BTreeMap<String, usize> = BTreeMap::new();
    let labels = requests.iter().map(|request| {
        let label = label(request);
        let count = seen.entry(label.clone()).or_insert(0);
        *count += 1;
        match *count {
            1 => label,
            n => format!("{label} ({n})"),
        }
    });
    labels.collect()
}

/// Demands that no request is given twice, because their counts could not be told apart.
pub(super) fn check_repeated(requests: &[Prepared], address: &Address) -> Result<()> {
    let is_same = |a: &Prepared, b: &Prepared| a.method == b.method && a.path == b.path;
    let mut seen = requests.iter().enumerate();
    let repeated = seen.find(|(at, one)| requests[..*at].iter().any(|r| is_same(r, one)));
    match repeated.map(|(_, request)| label(request)) {
        None => Ok(()),
        Some(label) => Err(Error::Options(format!(
            "--http has {label} of {address} more than once in one tier; give it once with its \
             share as a weight (2*{address}…), or with --compare give each a NAME of its own"
        ))),
    }
}
