//! ENUM: a member as it is written, else the member that equals the value but for case and blanks around it.

use super::Fault;
use crate::rejects::Rule;

/// Position of the member, from 1.
///
/// # Errors
///
/// `not_utf8`, `not_in_enum`.
pub fn member(field: &[u8], members: &[String]) -> Result<u32, Fault> {
    if let Some(exact) = members.iter().position(|m| m.as_bytes() == field) {
        return Ok(exact as u32 + 1);
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
