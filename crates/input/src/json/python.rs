//! Records that a Python program printed: dictionaries, which look like JSON objects.

use model::shell::quoted;

/// The program that writes each dictionary as JSON, one on each line.
const CONVERTER: &str = "import ast,json,sys; \
     [print(json.dumps(ast.literal_eval(line))) for line in sys.stdin]";

/// Whether a text begins with a dictionary of Python, whose first key is in apostrophes:
/// `{'asin': …` or `{u'asin': …`.
pub fn is_python(text: &[u8]) -> bool {
    let text = text.trim_ascii_start();
    let Some(inner) = text.strip_prefix(b"{") else {
        return false;
    };
    let inner = inner.trim_ascii_start();
    inner.strip_prefix(b"u").unwrap_or(inner).starts_with(b"'")
}

/// What to do with a file of such records, as the end of a message.
pub fn words_of_python() -> String {
    format!(
        "its records are not JSON, but written as Python prints them, with names in apostrophes: \
         convert them with python3 -c {} < FILE > NEW.jsonl",
        quoted(CONVERTER)
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dictionaries_begin_with_a_name_in_apostrophes() {
        for text in ["{'a': 1}", " { 'a': None}", "{u'a': u'b'}"] {
            assert!(is_python(text.as_bytes()), "{text}");
        }
        for text in ["{\"a\": \"'\"}", "['a']", "{u: 'a'}", ""] {
            assert!(!is_python(text.as_bytes()), "{text}");
        }
    }
}
