//! Buffers of large byte strings, used again: touching fresh pages of the system costs more than the copying itself.
//!
//! Keeps a few in the process, of bounded size; what was in one is never read again. Nobody waits for anybody here, so
//! that a process may fork at any time.

use crate::lock::Mutex;
use wasm_sandbox_policy::Value;

/// Smaller ones come from memory that the allocator keeps by itself.
const LARGE: usize = 64 << 10;
/// How many are kept, and of which size together.
const COUNT: usize = 4;
const BYTES: usize = 8 << 20;

static SPARE: Mutex<Vec<Vec<u8>>> = Mutex::new(Vec::new());

/// A copy of `content`.
pub fn copied(content: &[u8]) -> Vec<u8> {
    let mut buffer = spare(content.len()).unwrap_or_default();
    buffer.extend_from_slice(content);
    buffer
}

/// The smallest one that is large enough.
fn spare(length: usize) -> Option<Vec<u8>> {
    if length < LARGE {
        return None;
    }
    let mut spare = SPARE.try_lock()?;
    let fitting = spare.iter().enumerate().filter(|(_, buffer)| buffer.capacity() >= length);
    let (at, _) = fitting.min_by_key(|(_, buffer)| buffer.capacity())?;
    Some(spare.swap_remove(at))
}

/// Takes the byte strings of a value that nobody needs any more.
pub fn give_back(value: Value) {
    match value {
        Value::Bytes(mut buffer) if buffer.capacity() >= LARGE => {
            if let Some(mut spare) = SPARE.try_lock() {
                buffer.clear();
                spare.push(buffer);
                while spare.len() > COUNT || spare.iter().map(Vec::capacity).sum::<usize>() > BYTES {
                    spare.swap_remove(0);
                }
            }
        }
        Value::List(items) => items.into_iter().for_each(give_back),
        Value::Map(entries) => entries.into_iter().for_each(|(_, item)| give_back(item)),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_kept_is_bounded_and_never_seen_again() {
        let list = |size: usize| Value::List((0..9).map(|n| Value::Bytes(vec![n; size])).collect());
        for size in [LARGE, BYTES / 2, BYTES + 1] {
            give_back(list(size));
            let spare = SPARE.lock();
            assert!(spare.len() <= COUNT && spare.iter().map(Vec::capacity).sum::<usize>() <= BYTES);
        }
        give_back(Value::object([("k", Value::Bytes(vec![7; 2 * LARGE]))]));
        let again = copied(&vec![1; LARGE + 5]);
        assert_eq!(again, vec![1; LARGE + 5]);
        assert_eq!(copied(b"small"), b"small");
    }
}
