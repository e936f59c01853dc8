//! How much stack the calling thread has left: asked before every call, and so without asking the system each time.

use std::cell::Cell;

/// Not asked yet; no stack ends here.
const UNKNOWN: usize = 0;
/// The system does not say.
const UNLIMITED: usize = usize::MAX;

thread_local! {
    /// The lowest address of this thread's stack.
    static END: Cell<usize> = const { Cell::new(UNKNOWN) };
}

/// Bytes of stack that this thread has left, where the system says.
#[inline]
pub fn remaining_stack() -> Option<usize> {
    let marker = 0_u8;
    let here = std::hint::black_box(&raw const marker).addr();
    let end = END.get();
    let end = if end == UNKNOWN { ask(here) } else { end };
    (end != UNLIMITED).then(|| here.saturating_sub(end))
}

#[cold]
fn ask(here: usize) -> usize {
    let end = stacker::remaining_stack().map_or(UNLIMITED, |left| here.saturating_sub(left).max(1));
    END.set(end);
    end
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_shrinks_with_depth_and_is_each_threads_own() {
        fn deep(left: u32) -> Option<usize> {
            let room = std::hint::black_box([0_u8; 4096]);
            let remaining = if left == 0 { remaining_stack() } else { deep(left - 1) };
            std::hint::black_box(room);
            remaining
        }
        let small = std::thread::Builder::new().stack_size(256 << 10).spawn(|| (remaining_stack(), deep(10)));
        let (shallow, deep) = small.map(|thread| thread.join()).ok().and_then(Result::ok).unwrap_or_default();
        assert!(shallow.is_some_and(|left| left <= 256 << 10), "{shallow:?}");
        assert!(deep.zip(shallow).is_some_and(|(deep, shallow)| deep + 10 * 4096 <= shallow), "{deep:?} {shallow:?}");
    }
}
