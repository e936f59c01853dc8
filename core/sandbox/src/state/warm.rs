//! Pages that every run of a pack writes: learnt when the pack is built, provided in one go when a mapping for instances is made.
//!
//! A page that is written for the first time costs a fault of 2 to 3 us; one that is provided beforehand a quarter of
//! that. One of the few modules with `unsafe`: it makes one system call of its own.

use super::PAGE;
#[cfg(target_os = "linux")]
use super::spare::system_page;
use super::written::written;
use std::ops::Range;

/// Stretches of pages, in page numbers, that were written in `memory` since it was made. Empty where the system cannot
/// tell: everything would be as good as nothing.
pub(crate) fn hot(memory: &[u8]) -> Vec<Range<u32>> {
    let mut hot: Vec<Range<u32>> = Vec::new();
    for stretch in written(memory) {
        if stretch.len() == memory.len() {
            return Vec::new();
        }
        let (first, end) = ((stretch.start / PAGE) as u32, stretch.end.div_ceil(PAGE) as u32);
        match hot.last_mut() {
            Some(last) if first == last.end => last.end = end,
            _ => hot.push(first..end),
        }
    }
    hot
}

/// Provides these pages of `memory`. Nothing in it changes; where the system cannot, faults come as they did.
#[cfg(target_os = "linux")]
pub(super) fn provide(memory: &mut [u8], hot: &[Range<u32>]) {
    let unit = system_page();
    for pages in hot {
        let Some(stretch) = memory.get_mut(outwards(pages, unit)) else { return };
        // SAFETY: the stretch is borrowed for as long as the call takes; MADV_POPULATE_WRITE makes its pages present
        // and writable and leaves what is in them as it is.
        let outcome = unsafe { libc::madvise(stretch.as_mut_ptr().cast(), stretch.len(), libc::MADV_POPULATE_WRITE) };
        if outcome != 0 {
            return;
        }
    }
}

/// The bytes of `pages`, and of what shares a system's page of `unit` bytes with them: the system provides no less.
#[cfg(target_os = "linux")]
fn outwards(pages: &Range<u32>, unit: usize) -> Range<usize> {
    let unit = unit.max(PAGE);
    pages.start as usize * PAGE / unit * unit..(pages.end as usize * PAGE).next_multiple_of(unit)
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::outwards;

    #[test]
    fn what_is_provided_are_whole_pages_of_the_system_s() {
        assert_eq!(outwards(&(3..9), 4096), 3 * 4096..9 * 4096);
        assert_eq!(outwards(&(3..9), 16384), 0..12 * 4096);
        assert_eq!(outwards(&(16..32), 65536), 65536..2 * 65536);
    }
}
