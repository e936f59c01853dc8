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
    let end = growing::end(here).or_else(|| stacker::remaining_stack().map(|left| here.saturating_sub(left)));
    let end = end.map_or(UNLIMITED, |end| end.max(1));
    END.set(end);
    end
}

/// A program's first thread, where musl knows only of the stack that was used so far: about 128 KiB of 8 MiB.
#[cfg(target_env = "musl")]
mod growing {
    use rustix::process::{Resource, getrlimit};

    /// Where this thread's stack will end when all of it is used; none for other threads, and where the system does not
    /// say, which the C library can answer then.
    pub(super) fn end(here: usize) -> Option<usize> {
        super::end_of_growing(
            &std::fs::read_to_string("/proc/self/maps").ok()?,
            here,
            getrlimit(Resource::Stack).current,
        )
    }
}

#[cfg(not(target_env = "musl"))]
mod growing {
    /// The C library knows.
    pub(super) fn end(_: usize) -> Option<usize> {
        None
    }
}

/// The end of the stack that the system grows, in the list of a process's mappings, if `here` is in it. Whatever the
/// limit: so much is kept free below it.
#[cfg(any(target_env = "musl", test))]
fn end_of_growing(mappings: &str, here: usize, limit: Option<u64>) -> Option<usize> {
    const KEPT_FREE: u64 = 64 << 20;
    let line = mappings.lines().find(|line| line.ends_with("[stack]"))?;
    let (start, end) = line.split_whitespace().next()?.split_once('-')?;
    let at = |hex| usize::from_str_radix(hex, 16).ok();
    let (start, end) = (at(start)?, at(end)?);
    let most = usize::try_from(limit.unwrap_or(KEPT_FREE).min(KEPT_FREE)).ok()?;
    (start..end).contains(&here).then(|| end.saturating_sub(most))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stack_that_grows_ends_at_its_limit() {
        let maps =
            "00400000-00401000 r-xp 00000000 08:01 12 /bin/x\n7ff000000-7ff021000 rw-p 00000000 00:00 0    [stack]\n";
        let end = |here, limit| end_of_growing(maps, here, limit);
        assert_eq!(end(0x7_ff00_1000, Some(8 << 20)), Some(0x7_ff02_1000 - (8 << 20)));
        assert_eq!(end(0x7_ff00_1000, None), Some(0x7_ff02_1000 - (64 << 20)));
        // Another thread's stack is not there, nor is any in a list of nothing.
        assert_eq!(end(0x40_0000, Some(8 << 20)), None);
        assert_eq!(end_of_growing("", 0x40_0000, None), None);
    }

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
        // Some systems give a little more than was asked for, but none gives what others have who asked for nothing.
        assert!(shallow.is_some_and(|left| left < 1 << 20), "{shallow:?}");
        assert!(deep.zip(shallow).is_some_and(|(deep, shallow)| deep + 10 * 4096 <= shallow), "{deep:?} {shallow:?}");
    }
}
