//! Where faults are no signals the system itself sees to their order. The same names as fault.rs.

pub(crate) fn remember() {}

pub(crate) fn in_front() {}

pub(crate) fn with_guest<T>(work: impl FnOnce() -> T) -> T {
    work()
}
