//! Detects records of several lines that are probably several records, joined by a stray quote.

use memchr::memmem;

use crate::dialect::Symbol;

/// Whether a record of several lines looks like several records that were joined by a stray quote.
pub fn looks_joined(record: &[u8], delimiter: Symbol, fields: usize) -> bool {
    let delimiters = |line: &[u8]| memmem::find_iter(line, delimiter.bytes()).count();
    if fields < 2 {
        return false;
    }
    if delimiter != Symbol::byte(b',') {
        // texts rarely contain delimiters other than commas, so the delimiters of all lines are
        // counted together
        return delimiters(record) >= fields;
    }
    let mut lines = record.split(|b| matches!(b, b'\r' | b'\n'));
    lines.all(|line| line.is_empty() || delimiters(line) == fields - 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_of_several_lines_looks_joined_when_its_lines_could_be_records() {
        let tabs = "tt1\tshort\t\"Rome\t1911\ntt2\tmovie\tHill\t1912\ntt4\tshort\tCall\"\t1913";
        assert!(looks_joined(tabs.as_bytes(), Symbol::byte(b'\t'), 4));
        assert!(looks_joined(
            tabs.replace('\t', ",").as_bytes(),
            Symbol::byte(b','),
            4
        ));
        assert!(looks_joined(b"1;\"a\nb; c\";3", Symbol::byte(b';'), 3));
        let text = "1,\"Good, light,\nand cheap\nnot blue, though\",5,me";
        assert!(!looks_joined(text.as_bytes(), Symbol::byte(b','), 4));
        assert!(!looks_joined(b"1\t\"a\nb\"\t3", Symbol::byte(b'\t'), 3));
    }
}
