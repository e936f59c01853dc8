//! `Track`: which pages of a mapping were ever written, kept from one tenant to the next while no others can have been.
//!
//! A page that was never written is not there to be written: the first write is a fault, which the system counts for
//! the thread. A tenant during whose runs their threads had no fault wrote nowhere that earlier ones had not, and asking
//! the system for every page, the longer half of putting back, is spared. One of the few modules with `unsafe`: it asks
//! for the count.

#[cfg(target_os = "linux")]
use super::mapping::Mapping;
use super::written::written;
use crate::lock::Mutex;
use std::cell::Cell;
use std::marker::PhantomData;
use std::ops::Range;
use std::sync::Arc;

/// How often in a row a list is trusted. Who locks all memory has its pages copied that nobody wrote; that is noticed,
/// unless it is unlocked at once: then no later than this.
const TRUST: u32 = 256;

/// Stretches of a memory, in bytes from its start, that hold every page that was ever written.
#[derive(Debug, Default)]
pub(crate) struct WrittenPages {
    pub(super) stretches: Vec<Range<usize>>,
    /// How often the system was not asked since it was.
    trusted: u32,
}

/// See the module's head. Clones are the same one; a new one trusts nothing.
#[derive(Clone, Default)]
pub(crate) struct Track(Arc<Tracked>);

#[derive(Default)]
struct Tracked {
    list: Mutex<Option<WrittenPages>>,
    #[cfg(target_os = "linux")]
    mapping: Option<Arc<Mapping>>,
}

/// How often the system need not be asked.
#[cfg(test)]
pub(super) static SPARED: std::sync::atomic::AtomicUsize = std::sync::atomic::AtomicUsize::new(0);

impl Track {
    /// Of a memory in `mapping`, whose first page is never accessible.
    #[cfg(target_os = "linux")]
    pub(super) fn of(mapping: Arc<Mapping>) -> Track {
        Track(Arc::new(Tracked { list: Mutex::default(), mapping: Some(mapping) }))
    }

    /// Takes the list, before anybody may write. Whoever does not give it back has the system asked again.
    pub(crate) fn take(&self) -> Option<WrittenPages> {
        self.0.list.lock().take()
    }

    /// Nobody has written elsewhere.
    pub(crate) fn keep(&self, list: Option<WrittenPages>) {
        *self.0.list.lock() = list;
    }

    /// What may have been written in `memory`, to be kept again when it is as it was.
    pub(super) fn written(&self, memory: &[u8]) -> WrittenPages {
        match self.take() {
            Some(list) if list.trusted < TRUST && self.sure() => {
                #[cfg(test)]
                SPARED.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
                WrittenPages { trusted: list.trusted + 1, ..list }
            }
            _ => WrittenPages { stretches: written(memory), trusted: 0 },
        }
    }

    /// Whether the system copies no pages by itself.
    fn sure(&self) -> bool {
        #[cfg(target_os = "linux")]
        if let Some(mapping) = &self.0.mapping {
            return !mapping.locked();
        }
        false
    }
}

/// What one thread does from here on: did it have a page fault? Others may begin and end within it, as where a guest's
/// host function runs another sandbox: what they notice, it notices too.
pub(crate) struct Watch {
    changes: u64,
    /// It is of the thread that began it.
    _here: PhantomData<*const ()>,
}

thread_local! {
    /// How often this thread's count was found to be another than before.
    static CHANGES: Cell<u64> = const { Cell::new(0) };
}

impl Watch {
    pub(crate) fn begin() -> Watch {
        Watch { changes: CHANGES.get(), _here: PhantomData }
    }

    /// True: there was none. False also where that is not known.
    pub(crate) fn no_fault(self) -> bool {
        notice();
        CHANGES.get() == self.changes
    }
}

/// Counts a change where this thread had a page fault since it was looked at the last time, or where that is not known.
fn notice() {
    #[cfg(target_os = "linux")]
    {
        thread_local! {
            static LAST: Cell<Option<(u32, u64)>> = const { Cell::new(None) };
        }
        let now = linux::counts().map(|process| (process, linux::faults()));
        if now.is_some() && LAST.replace(now) == now {
            return;
        }
    }
    CHANGES.set(CHANGES.get() + 1);
}

#[cfg(target_os = "linux")]
mod linux {
    use super::super::PAGE;
    use super::super::mapping::Mapping;
    use std::mem::MaybeUninit;
    use std::sync::OnceLock;
    use std::sync::atomic::{AtomicU32, Ordering::Relaxed};

    /// Counts forks: a child's threads begin to count anew, and remember what their parent's had.
    static PROCESS: AtomicU32 = AtomicU32::new(0);

    extern "C" fn forked() {
        PROCESS.fetch_add(1, Relaxed);
    }

    /// The number of this process among those that were forked one from the other; `None` where the system does not
    /// count faults, as under some that only look like Linux.
    pub(super) fn counts() -> Option<u32> {
        static COUNTS: OnceLock<bool> = OnceLock::new();
        COUNTS.get_or_init(proven).then(|| PROCESS.load(Relaxed))
    }

    fn proven() -> bool {
        // SAFETY: `forked` may run in a child: it adds to a number.
        if unsafe { libc::pthread_atfork(None, None, Some(forked)) } != 0 {
            return false;
        }
        let Ok(page) = Mapping::new(PAGE) else { return false };
        if page.protect(0..PAGE, libc::PROT_READ | libc::PROT_WRITE).is_err() {
            return false;
        }
        let before = faults();
        // SAFETY: the mapping is this function's own, and its first byte can be written.
        unsafe { page.start().write_volatile(1) };
        faults() > before
    }

    /// Page faults of this thread that were served.
    pub(super) fn faults() -> u64 {
        let mut usage = MaybeUninit::<libc::rusage>::zeroed();
        // SAFETY: the system fills the structure, of which all zeros are a value as well.
        let usage = unsafe {
            libc::getrusage(libc::RUSAGE_THREAD, usage.as_mut_ptr());
            usage.assume_init()
        };
        (usage.ru_minflt as u64).wrapping_add(usage.ru_majflt as u64)
    }
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

    use super::super::PAGE;
    use super::*;

    #[test]
    fn the_first_write_to_a_page_is_noticed_and_the_next_is_not() {
        let memory = Mapping::new(2 << 20).unwrap();
        memory.protect(0..2 << 20, libc::PROT_READ | libc::PROT_WRITE).unwrap();
        // SAFETY: a mapping of this test's own, within its bounds.
        let write = |at: usize| unsafe { memory.start().add(at).write_volatile(1) };
        write(0);
        Watch::begin().no_fault();
        if !Watch::begin().no_fault() {
            // A system that does not count: nothing is ever sure there.
            return assert!((0..10).all(|_| !Watch::begin().no_fault()));
        }
        // Pages that are given in one go stay far apart.
        let mut sure = 0;
        for page in 1..64 {
            let watch = Watch::begin();
            write(page * 32_768);
            // Whoever looks in between takes nothing away.
            let within = Watch::begin();
            let _ = within.no_fault();
            assert!(!watch.no_fault(), "page {page}");
            let watch = Watch::begin();
            write(page * 32_768 + 1);
            sure += u32::from(watch.no_fault());
        }
        assert!(sure > 50, "{sure}");
        // Another thread's count says nothing before it has asked once.
        std::thread::scope(|scope| {
            scope.spawn(|| assert!(!Watch::begin().no_fault()));
        });
    }

    #[test]
    fn a_child_s_threads_remember_nothing_of_their_parent_s() {
        let here = linux::counts();
        // SAFETY: the child asks for a number and ends; it takes no lock and touches nothing else.
        let child = unsafe { libc::fork() };
        if child == 0 {
            let same = linux::counts() == here;
            // SAFETY: ends the child without running anything of the parent's.
            unsafe { libc::_exit(i32::from(same)) };
        }
        let mut status = -1;
        // SAFETY: waits for the child made above.
        assert_eq!(unsafe { libc::waitpid(child, &raw mut status, 0) }, child);
        assert_eq!(libc::WEXITSTATUS(status), i32::from(here.is_none()));
    }

    #[test]
    fn a_list_is_trusted_once_taken_never_twice_not_for_ever_and_not_where_memory_is_locked() {
        let mapping = Arc::new(Mapping::new(4 * PAGE).unwrap());
        mapping.protect(PAGE..4 * PAGE, libc::PROT_READ | libc::PROT_WRITE).unwrap();
        let track = Track::of(mapping.clone());
        let memory = vec![0; 4 * PAGE];
        let some = [0..PAGE, 2 * PAGE..3 * PAGE];
        let mine = || Some(WrittenPages { stretches: some.to_vec(), trusted: 0 });
        track.keep(mine());
        assert_eq!(track.clone().written(&memory).stretches, some);
        assert!(track.take().is_none());
        assert_ne!(track.written(&memory).stretches, some);
        track.keep(mine());
        let times = (0..10 * TRUST).take_while(|_| {
            let list = track.written(&memory);
            let same = list.stretches == some;
            track.keep(Some(list));
            same
        });
        assert_eq!(times.count() as u32, TRUST);
        // SAFETY: locks pages of this test's own; nothing in them changes.
        let locked = unsafe {
            libc::mlock(mapping.start().cast(), 4 * PAGE);
            mapping.locked()
        };
        track.keep(mine());
        assert_eq!(track.written(&memory).stretches == some, !locked);
        assert!(locked, "this system does not let a page be locked");
    }
}
