//! What types refuse, in words of the document: serde's messages speak of Rust's types, people write JSON.
//!
//! Values are never repeated, only names: a document may hold what should not end up in a log.

use super::path::shown;

/// A message of serde's for people, with the nearest known name for an unknown one.
pub(super) fn plain(message: &str) -> String {
    if let Some(rest) = message.strip_prefix("unknown field ").or_else(|| message.strip_prefix("unknown variant ")) {
        return unknown(rest);
    }
    if let Some((given, meant)) = message.strip_prefix("invalid ").and_then(|rest| rest.rsplit_once(", expected ")) {
        let given = given.split_once(": ").map_or(given, |(_, given)| given);
        return format!("{} stands here, where {} is meant", kind(given), expected(meant));
    }
    match message.strip_prefix("missing field ") {
        Some(name) => format!("{name} is missing"),
        None => message.to_owned(),
    }
}

/// The field that a message says is missing.
pub(super) fn missing(message: &str) -> Option<&str> {
    message.strip_prefix("missing field `")?.strip_suffix('`')
}

/// The field that a message says is not known; `type` where it is the choice that is not known.
pub(super) fn unknown_key(message: &str) -> Option<&str> {
    if message.starts_with("unknown variant ") {
        return Some("type");
    }
    message.strip_prefix("unknown field `")?.rsplit_once("`, expected ").map(|(name, _)| name)
}

/// `rest` is "`name`, expected one of `a`, `b`" or "`name`, there are no fields".
fn unknown(rest: &str) -> String {
    let (name, known) = rest.rsplit_once("`, expected ").unwrap_or((rest, ""));
    let name = name.trim_matches('`');
    let known: Vec<&str> = known.split('`').skip(1).step_by(2).collect();
    let list = known.join(", ");
    match nearest(name, &known) {
        Some(near) => format!("`{}` is not known here, did you mean `{near}`? Known are {list}", shown(name)),
        None => format!("`{}` is not known here; known are {list}", shown(name)),
    }
}

/// The known name that a slip of the hand or two away lies.
pub(super) fn nearest<'a>(name: &str, known: &[&'a str]) -> Option<&'a str> {
    let far = |other: &str| distance(&name.to_ascii_lowercase(), &other.to_ascii_lowercase());
    let (distance, near) = known.iter().map(|other| (far(other), *other)).min()?;
    (distance <= 1 + near.len() / 4).then_some(near)
}

/// Edits between two names; of a long one only the beginning counts.
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().take(64).collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.chars().take(64).enumerate() {
        let mut diagonal = std::mem::replace(&mut row[0], i + 1);
        for (j, y) in b.iter().enumerate() {
            let changed = diagonal + usize::from(x != *y);
            diagonal = row[j + 1];
            row[j + 1] = changed.min(row[j] + 1).min(diagonal + 1);
        }
    }
    row[b.len()]
}

fn kind(given: &str) -> &'static str {
    match given.split([' ', '`']).next() {
        Some("string" | "character") => "a text",
        Some("integer") if given.contains('-') => "a negative number",
        Some("integer" | "floating") => "a number",
        Some("boolean") => "a boolean",
        Some("null" | "unit" | "Option") => "null",
        Some("sequence" | "tuple") => "a list",
        Some("map" | "struct" | "newtype") => "an object",
        _ => "something else",
    }
}

fn expected(meant: &str) -> String {
    match meant {
        "u64" => "a whole number from 0 on".to_owned(),
        "u32" => format!("a whole number from 0 to {}", u32::MAX),
        "u16" => format!("a whole number from 0 to {}", u16::MAX),
        "a string" => "a text".to_owned(),
        "a sequence" => "a list".to_owned(),
        "map with a single key" => "an object with one key".to_owned(),
        "string or map" => "a name, or an object with one key".to_owned(),
        meant if meant == "a map" || meant.starts_with("struct ") => "an object".to_owned(),
        meant => meant.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_speak_json() {
        let cases = [
            (
                "invalid type: string \"hunter2, expected u64\", expected u64",
                "a text stands here, where a whole number from 0 on is meant",
            ),
            (
                "invalid value: integer `-1`, expected u64",
                "a negative number stands here, where a whole number from 0 on is meant",
            ),
            ("invalid type: null, expected struct Limits", "null stands here, where an object is meant"),
            ("missing field `domains`", "`domains` is missing"),
            (
                "unknown variant `rael`, expected one of `real`, `coarse`",
                "`rael` is not known here, did you mean `real`? Known are real, coarse",
            ),
            ("unknown field `q`, expected `aaaa` or `bbbb`", "`q` is not known here; known are aaaa, bbbb"),
            (
                "unknown field ``, expected one of `x`\n`, expected `enabled` or `level`",
                "`, expected one of `x`\\n` is not known here; known are enabled, level",
            ),
        ];
        for (message, plain_words) in cases {
            assert_eq!(plain(message), plain_words);
        }
    }
}
