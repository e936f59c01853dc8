//! JSON paths for `details.path`: `$.limits.memoryBytes`, `$.capabilities.network[0]`, `$.x['an odd key']`.
//!
//! Keys come from whoever wrote the document, so they are cut short and never bring control characters along.

/// Most characters of a key that a path or a message repeats.
const SHOWN: usize = 64;

/// The path of a key below `at`.
pub(crate) fn key(at: &str, key: &str) -> String {
    let word = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
    if key.len() <= SHOWN && !key.is_empty() && key.chars().all(word) {
        format!("{at}.{key}")
    } else {
        format!("{at}['{}']", shown(key))
    }
}

/// The path of an item below `at`.
pub(crate) fn item(at: &str, index: usize) -> String {
    format!("{at}[{index}]")
}

/// What a message shows of text that it was given.
pub(crate) fn shown(text: &str) -> String {
    let mut short: String = text.chars().take(SHOWN).flat_map(char::escape_debug).collect();
    if text.chars().nth(SHOWN).is_some() {
        short.push('…');
    }
    short
}

/// A path out of serde's.
pub(crate) fn of(path: &serde_path_to_error::Path) -> String {
    use serde_path_to_error::Segment;
    path.iter().fold("$".to_owned(), |at, segment| match segment {
        Segment::Seq { index } => item(&at, *index),
        Segment::Map { key: name } | Segment::Enum { variant: name } => key(&at, name),
        Segment::Unknown => at,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn odd_keys_are_quoted_and_cut() {
        assert_eq!(key("$", "memoryBytes"), "$.memoryBytes");
        assert_eq!(key("$", "a b"), "$['a b']");
        assert_eq!(key("$", ""), "$['']");
        assert_eq!(key("$", "it's\n"), "$['it\\'s\\n']");
        assert!(key("$", &"x".repeat(1_000_000)).len() < 100);
    }
}
