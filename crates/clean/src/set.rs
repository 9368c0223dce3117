//! SET: members separated by commas, in any order. Each is compared as in an ENUM.

use model::rejection::Rule;

use super::{Fault, enumeration};

/// The members of a field as bits. The first member of the SET has the lowest bit. A member that
/// occurs twice counts once. An empty field is the empty set.
///
/// # Errors
///
/// `not_utf8`, `not_in_set`.
pub fn set(field: &[u8], members: &[String]) -> Result<u64, Fault> {
    if field.is_empty() {
        return Ok(0);
    }
    let mut bits = 0;
    for piece in field.split(|byte| *byte == b',') {
        let position = enumeration::member(piece, members).map_err(|fault| match fault.rule {
            Rule::NotInEnum => unknown(piece, members),
            _ => fault,
        })?;
        bits |= 1 << (position - 1);
    }
    Ok(bits)
}

fn unknown(piece: &[u8], members: &[String]) -> Fault {
    let found = String::from_utf8_lossy(piece);
    let found = match found.trim() {
        "" => "nothing before or after a comma".to_owned(),
        found => format!("\"{found}\""),
    };
    let members = members.join(", ");
    Fault::new(
        Rule::NotInSet,
        format!("expected some of {members}, separated by commas; found {found}"),
    )
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// The members of a value in the order of the SET, separated by commas.
    fn text(bits: u64, members: &[String]) -> String {
        let members = members.iter().enumerate();
        let chosen = members.filter(|(at, _)| bits >> at & 1 == 1);
        chosen
            .map(|(_, member)| member.as_str())
            .collect::<Vec<_>>()
            .join(",")
    }

    fn members(names: &[&str]) -> Vec<String> {
        names.iter().map(|name| (*name).to_owned()).collect()
    }

    #[test]
    fn members_are_found_in_any_order_and_stored_in_that_of_the_type() {
        let of = members(&["Mon", "Tue", "3", " x"]);
        let read = |field: &str| set(field.as_bytes(), &of).map_err(|fault| fault.message);
        for (field, bits) in [
            ("", 0),
            ("Mon", 1),
            ("Tue,Mon", 3),
            ("mon , TUE", 3),
            ("Mon,Mon", 1),
            // a number is a member, never a sum of bits
            ("3", 4),
            (" x", 8),
        ] {
            assert_eq!(read(field), Ok(bits), "{field}");
        }
        assert_eq!(text(11, &of), "Mon,Tue, x");
        assert!(read("Mon,Sun").unwrap_err().ends_with("found \"Sun\""));
        for field in ["Mon,", ",Mon", "Mon,,Tue", "7", "Mon;Tue"] {
            assert!(read(field).is_err(), "{field}");
        }
        assert_eq!(set(b"\xff", &of).unwrap_err().rule, Rule::NotUtf8);
    }

    proptest! {
        #[test]
        fn a_value_is_read_from_its_own_text(bits: u64) {
            let of: Vec<String> = (1..=64).map(|n| format!("m{n}")).collect();
            prop_assert_eq!(set(text(bits, &of).as_bytes(), &of).unwrap(), bits);
        }
    }
}
