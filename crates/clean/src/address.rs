//! MariaDB's types INET4 and INET6: converts an address to the text that the server shows for it.
//!
//! An IPv4 address with leading zeros is rejected. The server would read `010` as 10, but other
//! programs read it as octal 8.

use std::net::{Ipv4Addr, Ipv6Addr};

use model::rejection::Rule;

use super::Fault;

/// Reads an IPv4 address.
///
/// # Errors
///
/// `not_an_address`.
pub fn v4(field: &[u8]) -> Result<String, Fault> {
    let address: Option<Ipv4Addr> = parsed(field);
    let address = address.ok_or_else(|| {
        Fault::new(
            Rule::NotAnAddress,
            "expected an IPv4 address such as 192.0.2.1, without leading zeros",
        )
    })?;
    Ok(address.to_string())
}

/// Reads an IPv6 address.
///
/// # Errors
///
/// `not_an_address`.
pub fn v6(field: &[u8]) -> Result<String, Fault> {
    let address: Option<Ipv6Addr> = parsed(field);
    let address = address.ok_or_else(|| {
        Fault::new(
            Rule::NotAnAddress,
            "expected an IPv6 address such as 2001:db8::1",
        )
    })?;
    Ok(shown(address.segments()))
}

fn parsed<T: std::str::FromStr>(field: &[u8]) -> Option<T> {
    std::str::from_utf8(field).ok()?.parse().ok()
}

/// The text that MariaDB shows. It differs from RFC 5952: a single zero is shortened too, and more
/// addresses end with four decimal numbers as in IPv4.
fn shown(words: [u16; 8]) -> String {
    let (mut gap, mut best) = (0..0, 0);
    let mut at = 0;
    while at < 8 {
        let zeros = words[at..].iter().take_while(|word| **word == 0).count();
        if zeros > best {
            (gap, best) = (at..at + zeros, zeros);
        }
        at += zeros.max(1);
    }
    let begins_empty = words[..5].iter().all(|word| *word == 0);
    let is_mapped = begins_empty && words[5] == 0xffff;
    let is_compatible = begins_empty && words[5] == 0 && words[6] != 0;
    let mut text = String::new();
    let mut at = 0;
    while at < 8 {
        if gap.start == at && !gap.is_empty() {
            text.push_str("::");
            at = gap.end;
            continue;
        }
        if !text.is_empty() && !text.ends_with(':') {
            text.push(':');
        }
        if at == 6 && (is_mapped || is_compatible) {
            let [a, b] = words[6].to_be_bytes();
            let [c, d] = words[7].to_be_bytes();
            text.push_str(&Ipv4Addr::new(a, b, c, d).to_string());
            break;
        }
        text.push_str(&format!("{:x}", words[at]));
        at += 1;
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What MariaDB 10.11.18 showed for each text.
    #[test]
    fn addresses_are_shown_as_the_server_shows_them() {
        for (written, expected) in [
            ("::", "::"),
            ("::1", "::1"),
            ("1::", "1::"),
            ("::ffff:1.2.3.4", "::ffff:1.2.3.4"),
            ("::1.2.3.4", "::1.2.3.4"),
            ("0:0:1:0:0:0:0:1", "0:0:1::1"),
            ("1:0:0:2:0:0:3:4", "1::2:0:0:3:4"),
            ("2001:DB8::00ff", "2001:db8::ff"),
            ("::ffff:0:1.2.3.4", "::ffff:0:102:304"),
            ("64:ff9b::1.2.3.4", "64:ff9b::102:304"),
            ("::0.1.2.3", "::0.1.2.3"),
            ("::0.0.2.3", "::203"),
            ("0:0:0:0:0:ffff:0:1", "::ffff:0.0.0.1"),
            ("1:2:3:4:5:6:7:8", "1:2:3:4:5:6:7:8"),
            ("1:0:3:4:5:6:7:8", "1::3:4:5:6:7:8"),
            ("::2:3:4:5:6:7:8", "::2:3:4:5:6:7:8"),
            ("1:2:3:4:5:6:7::", "1:2:3:4:5:6:7::"),
            ("::1:2", "::0.1.0.2"),
            ("::ffff:0:0", "::ffff:0.0.0.0"),
            ("::1:0:0", "::1:0:0"),
            ("0:0:0:1::", "0:0:0:1::"),
            ("1:0:0:0:1:0:0:0", "1::1:0:0:0"),
            ("0:1:0:0:0:0:1:0", "0:1::1:0"),
        ] {
            assert_eq!(v6(written.as_bytes()).as_deref(), Ok(expected), "{written}");
        }
        assert_eq!(v4(b"1.2.3.4").as_deref(), Ok("1.2.3.4"));
        for field in ["1.2.3", "1.2.3.256", "01.2.3.4", "", "::1"] {
            assert_eq!(v4(field.as_bytes()).unwrap_err().rule, Rule::NotAnAddress);
        }
        for field in [
            "1.2.3.4",
            ":1",
            "1:2:3:4:5:6:7:8::",
            "fe80::1%eth0",
            "00001::",
            "1:2:3:4:5:6:7::8",
        ] {
            assert_eq!(v6(field.as_bytes()).unwrap_err().rule, Rule::NotAnAddress);
        }
    }
}
