//! Pages that an instance wrote and that are again as its pack has them: given back, so that they cost nothing.
//!
//! An interpreter counts references up and down in objects that it shares with all others; many of the pages that it
//! wrote are soon what they were. One of the few modules with `unsafe`: it makes one system call of its own.

#[cfg(target_os = "linux")]
use super::PAGE;
use super::Pristine;
use super::pristine::memory;
use super::written::{pages, written};
use crate::store::StoreData;
use std::ops::Range;
use wasm_sandbox_policy::Result;
use wasmtime::{Instance, Store};

/// Gives such pages of an instance, which is not running, back; bytes that they took. Nothing in its memory changes.
pub(crate) fn give_back(store: &mut Store<StoreData>, instance: &Instance, pristine: &Pristine) -> Result<u64> {
    let memory = memory(instance, store)?;
    let bytes = memory.data_mut(&mut *store);
    let stretches = written(bytes);
    // Where the system cannot tell what was written, comparing everything would cost more than it gives.
    if stretches.iter().any(|stretch| stretch.len() == bytes.len()) {
        return Ok(0);
    }
    let mut same: Vec<Range<usize>> = Vec::new();
    for (number, page) in pages(bytes, &stretches) {
        if page != pristine.page(number) {
            continue;
        }
        match same.last_mut() {
            Some(last) if last.end == number => last.end = number + 1,
            _ => same.push(number..number + 1),
        }
    }
    Ok(same.into_iter().map(|pages| discard(bytes, pages)).sum())
}

/// Lets go of what was written to these pages, as far as they make up whole pages of the system's, which may be larger.
fn discard(bytes: &mut [u8], pages: Range<usize>) -> u64 {
    #[cfg(target_os = "linux")]
    let pages = whole(pages, system_page() / PAGE);
    #[cfg(target_os = "linux")]
    if let Some(stretch) = bytes.get_mut(pages.start * PAGE..pages.end * PAGE) {
        // SAFETY: the stretch is borrowed for as long as the call takes. It is of a private mapping: without what was
        // written its pages are those of the image, or zeros beyond it, and so is what is in them now, as the caller
        // has compared.
        let outcome = unsafe { libc::madvise(stretch.as_mut_ptr().cast(), stretch.len(), libc::MADV_DONTNEED) };
        if outcome == 0 {
            return stretch.len() as u64;
        }
    }
    #[cfg(not(target_os = "linux"))]
    let _ = (bytes, pages);
    0
}

/// The part of `pages` that begins and ends where a system's page of `unit` of them does; empty where there is none.
#[cfg(target_os = "linux")]
fn whole(pages: Range<usize>, unit: usize) -> Range<usize> {
    let unit = unit.max(1);
    let start = pages.start.next_multiple_of(unit);
    start..(pages.end / unit * unit).max(start)
}

/// Bytes of a page as the system has them: 4 KiB, and 16 or 64 KiB on some machines of arm64.
#[cfg(target_os = "linux")]
pub(super) fn system_page() -> usize {
    // SAFETY: it only asks, and this is always answered.
    usize::try_from(unsafe { libc::sysconf(libc::_SC_PAGESIZE) }).unwrap_or(PAGE)
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::whole;

    #[test]
    fn what_was_not_compared_stays_where_the_system_s_pages_are_larger() {
        assert_eq!(whole(3..9, 1), 3..9);
        assert_eq!(whole(3..9, 4), 4..8);
        assert_eq!(whole(4..8, 4), 4..8);
        assert!(whole(5..7, 4).is_empty() && whole(1..15, 16).is_empty());
    }
}
