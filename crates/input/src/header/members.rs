//! Finds members of objects in JSON records that may be meant for a column that no field fills.

use super::Header;
use crate::json::{Path, Step};
use crate::near::is_same_loosely;
use model::schema::Table;
use model::shell::quoted;

/// The names in a record whose values are objects, each with the names of the object's members.
pub(super) fn of(record: &[u8]) -> Vec<(String, Vec<String>)> {
    type Members = serde_json::Map<String, serde_json::Value>;
    let record: Members = serde_json::from_slice(record).unwrap_or_default();
    let with_members = |(name, value): (String, serde_json::Value)| {
        let members = value.as_object()?.keys().cloned().collect();
        Some((name, members))
    };
    record.into_iter().filter_map(with_members).collect()
}

/// A note about an ignored JSON object: which of its members may be meant for a column that no
/// field fills. For example, `user` with the member `id` may be meant for `user_id`.
pub(super) fn within(header: &Header, table: &Table, name: &str) -> Option<String> {
    let (_, members) = header.members.iter().find(|(object, _)| object == name)?;
    let places = header.unfilled.iter().filter_map(|column| {
        let is_meant = |member: &&String| {
            is_same_loosely(&column.name, &format!("{name}_{member}"))
                || is_same_loosely(&column.name, member)
        };
        let member = members.iter().find(is_meant)?;
        let mut path = Path::member(name);
        path.steps.push(Step::Member(member.clone()));
        let setting = format!("{}.{}.from={path}", table.name, column.name);
        Some(format!(
            "its \"{member}\" may be column \"{}\": add --set {}",
            column.name,
            quoted(&setting)
        ))
    });
    let places: Vec<String> = places.collect();
    (!places.is_empty()).then(|| format!("{name} ({})", places.join("; ")))
}
