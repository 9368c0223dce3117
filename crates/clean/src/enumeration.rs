//! ENUM: a value is the member that equals it exactly. If there is none, it is the first member
//! that equals it when case and surrounding blanks are disregarded.

use super::Fault;
use model::rejection::Rule;

/// Position, from 1, of the member that equals the field exactly.
#[inline]
pub fn exact_member(field: &[u8], members: &[String]) -> Option<u32> {
    let index = members.iter().position(|m| m.as_bytes() == field)?;
    u32::try_from(index + 1).ok()
}

/// Position, from 1, of the member that the field names.
///
/// # Errors
///
/// `not_utf8`, `not_in_enum`.
pub fn member(field: &[u8], members: &[String]) -> Result<u32, Fault> {
    if let Some(exact) = exact_member(field, members) {
        return Ok(exact);
    }
    let text = super::text::text(field, u32::MAX)?.trim().to_lowercase();
    match members.iter().position(|m| m.trim().to_lowercase() == text) {
        Some(similar) => Ok(similar as u32 + 1),
        None => Err(Fault::new(
            Rule::NotInEnum,
            format!("expected one of {}", members.join(", ")),
        )),
    }
}

#[cfg(test)]
mod tests;
