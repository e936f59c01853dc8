//! Which pages of a linear memory may differ from the image it began with, as the system knows it.
//!
//! On Linux a page that was written is no longer a page of the image's file: `PAGEMAP_SCAN` lists those, whether they
//! are present or swapped out. Elsewhere, and before Linux 6.7, every page may differ. One of the few modules with
//! `unsafe`: it makes one system call of its own.

use super::PAGE;
use std::ops::Range;

/// Stretches of `memory`, in bytes from its start, that hold every page that was written since it was made.
pub(super) fn written(memory: &[u8]) -> Vec<Range<usize>> {
    #[cfg(all(target_os = "linux", target_pointer_width = "64"))]
    if let Some(found) = linux::scan(memory) {
        return found;
    }
    std::iter::once(0..memory.len()).collect()
}

/// The pages of `memory` within `stretches`, with their numbers.
pub(super) fn pages<'a>(
    memory: &'a [u8],
    stretches: &'a [Range<usize>],
) -> impl Iterator<Item = (usize, &'a [u8])> + 'a {
    stretches.iter().flat_map(|stretch| {
        let first = stretch.start / PAGE;
        memory[stretch.clone()].chunks(PAGE).enumerate().map(move |(i, page)| (first + i, page))
    })
}

#[cfg(all(target_os = "linux", target_pointer_width = "64"))]
mod linux {
    use super::PAGE;
    use crate::lock::Mutex;
    use std::fs::File;
    use std::ops::Range;
    use std::os::fd::AsRawFd;
    use std::sync::Arc;

    /// `_IOWR('f', 16, struct pm_scan_arg)`.
    const PAGEMAP_SCAN: libc::c_ulong = 0xc060_6610;
    const IS_FILE: u64 = 1 << 2;
    const IS_PRESENT: u64 = 1 << 3;
    const IS_SWAPPED: u64 = 1 << 4;
    const IS_ZERO_PAGE: u64 = 1 << 5;
    /// Regions that one call returns at most; it is called again from where it stopped.
    const REGIONS: usize = 256;

    /// `struct pm_scan_arg` of linux/fs.h.
    #[repr(C)]
    #[derive(Default)]
    struct Scan {
        size: u64,
        flags: u64,
        start: u64,
        end: u64,
        walk_end: u64,
        vec: u64,
        vec_len: u64,
        max_pages: u64,
        category_inverted: u64,
        category_mask: u64,
        category_anyof_mask: u64,
        return_mask: u64,
    }

    /// `struct page_region` of linux/fs.h.
    #[repr(C)]
    #[derive(Clone, Copy, Default)]
    struct Region {
        start: u64,
        end: u64,
        categories: u64,
    }

    /// The page map of this process. A forked child's own is another file than its parent's.
    fn page_map() -> Option<Arc<File>> {
        static OPEN: Mutex<Option<(u32, Arc<File>)>> = Mutex::new(None);
        let mut open = OPEN.lock();
        let process = std::process::id();
        if let Some((owner, file)) = open.as_ref()
            && *owner == process
        {
            return Some(file.clone());
        }
        let file = Arc::new(File::open("/proc/self/pagemap").ok()?);
        *open = Some((process, file.clone()));
        Some(file)
    }

    pub(super) fn scan(memory: &[u8]) -> Option<Vec<Range<usize>>> {
        let base = memory.as_ptr() as u64;
        let end = base + memory.len() as u64;
        if !(base as usize).is_multiple_of(PAGE) {
            return None;
        }
        let file = page_map()?;
        let mut regions = [Region::default(); REGIONS];
        let mut found = Vec::new();
        let mut start = base;
        while start < end {
            let mut scan = Scan {
                size: size_of::<Scan>() as u64,
                start,
                end,
                vec: regions.as_mut_ptr() as u64,
                vec_len: REGIONS as u64,
                category_inverted: IS_FILE | IS_ZERO_PAGE,
                category_mask: IS_FILE | IS_ZERO_PAGE,
                category_anyof_mask: IS_PRESENT | IS_SWAPPED,
                return_mask: IS_PRESENT,
                ..Scan::default()
            };
            // SAFETY: the kernel reads and writes `scan` and at most `vec_len` entries of `regions`, both of which
            // live longer than the call; it looks at the address range and does not touch what is there.
            let count = unsafe { libc::ioctl(file.as_raw_fd(), PAGEMAP_SCAN as _, &raw mut scan) };
            let count = usize::try_from(count).ok()?;
            for region in regions.get(..count)? {
                found.push((region.start - base) as usize..((region.end.min(end)) - base) as usize);
            }
            if scan.walk_end <= start {
                return None;
            }
            start = scan.walk_end;
        }
        Some(found)
    }
}

#[cfg(all(test, target_os = "linux"))]
#[allow(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;

    /// A private mapping of a file of `pages` pages, as an instance's memory is one.
    fn mapped(pages: usize) -> (std::fs::File, &'static mut [u8]) {
        use std::io::Write;
        use std::os::fd::AsRawFd;
        let path = std::env::temp_dir().join(format!("wasm-sandbox-written-{}-{pages}", std::process::id()));
        let mut file = std::fs::File::options().read(true).write(true).create(true).truncate(true).open(&path).unwrap();
        file.write_all(&vec![7; pages * PAGE]).unwrap();
        std::fs::remove_file(path).unwrap();
        // SAFETY: a new mapping of a file that this test keeps; it is never unmapped.
        let at = unsafe {
            let protection = libc::PROT_READ | libc::PROT_WRITE;
            libc::mmap(std::ptr::null_mut(), pages * PAGE, protection, libc::MAP_PRIVATE, file.as_raw_fd(), 0)
        };
        assert_ne!(at, libc::MAP_FAILED);
        // SAFETY: the mapping above has this length and nobody else refers to it.
        (file, unsafe { std::slice::from_raw_parts_mut(at.cast(), pages * PAGE) })
    }

    #[test]
    fn only_what_was_written_is_found_however_scattered() {
        if linux::scan(&[]).is_none() {
            return;
        }
        let (_file, memory) = mapped(2_000);
        assert!(memory.iter().map(|byte| u64::from(*byte)).sum::<u64>() > 0);
        assert_eq!(written(memory), []);
        // Every third page: more stretches than one call returns.
        for page in (0..2_000).step_by(3) {
            memory[page * PAGE + 17] = 1;
        }
        let stretches = written(memory);
        let numbers: Vec<usize> = pages(memory, &stretches).map(|(number, _)| number).collect();
        assert_eq!(numbers, (0..2_000).step_by(3).collect::<Vec<_>>());
    }
}
