//! The form of a document before and after its types: whole numbers, the preset beneath it, no shapes that serde
//! would take for others.

use super::{invalid, path};
use crate::Result;
use crate::limit_table::MAX_SAFE_INTEGER;
use serde_json::Value as Json;

/// Deepest nesting of a document; a valid one has five.
const MAX_DEPTH: usize = 64;

/// Integral floats become integers; what no JSON reader keeps exactly is refused, as is deep nesting.
pub(super) fn whole_numbers(json: &mut Json, at: &str, depth: usize) -> Result<()> {
    if depth > MAX_DEPTH {
        return Err(invalid(at, format_args!("more than {MAX_DEPTH} levels")));
    }
    match json {
        Json::Number(number) => {
            if let Some(float) = number.as_f64().filter(|_| number.is_f64()) {
                if float.fract() != 0.0 {
                    return Err(invalid(at, "a number is whole"));
                }
                if float.abs() > MAX_SAFE_INTEGER as f64 {
                    return Err(too_large(at));
                }
                *json = Json::from(float as i64);
            } else if number.as_u64().is_some_and(|n| n > MAX_SAFE_INTEGER) {
                return Err(too_large(at));
            }
            Ok(())
        }
        Json::Array(items) => {
            let mut items = items.iter_mut().enumerate();
            items.try_for_each(|(i, item)| whole_numbers(item, &path::item(at, i), depth + 1))
        }
        Json::Object(map) => {
            map.iter_mut().try_for_each(|(key, item)| whole_numbers(item, &path::key(at, key), depth + 1))
        }
        _ => Ok(()),
    }
}

fn too_large(at: &str) -> crate::Error {
    invalid(at, format_args!("a number is at most {MAX_SAFE_INTEGER}, the largest that JSON keeps exactly"))
}

/// Objects are merged key by key; everything else, null included, is replaced.
pub(super) fn merge(base: &mut Json, over: Json) {
    match (base, over) {
        (Json::Object(base), Json::Object(over)) => {
            for (key, value) in over {
                match base.get_mut(&key) {
                    Some(slot) => merge(slot, value),
                    None => drop(base.insert(key, value)),
                }
            }
        }
        (base, over) => *base = over,
    }
}

/// Refuses what serde takes in more than one shape: a list where an object is meant, `{"real": null}` for `"real"`.
/// `read` is what was understood, written again.
pub(super) fn same(given: &Json, read: &Json, at: &str) -> Result<()> {
    match (given, read) {
        (Json::Object(given), Json::Object(read)) => given.iter().try_for_each(|(key, value)| match read.get(key) {
            Some(read) => same(value, read, &path::key(at, key)),
            None => Err(invalid(&path::key(at, key), "this key is not known here")),
        }),
        (Json::Array(given), Json::Array(read)) if given.len() == read.len() => {
            let mut pairs = given.iter().zip(read).enumerate();
            pairs.try_for_each(|(i, (given, read))| same(given, read, &path::item(at, i)))
        }
        (Json::Array(_), _) => Err(invalid(at, "a list stands here, where an object is meant")),
        (Json::Object(_), Json::String(name)) => Err(invalid(at, format_args!("write the name alone: \"{name}\""))),
        (given, read) if given == read => Ok(()),
        _ => Err(invalid(at, "this cannot stand here")),
    }
}
