//! Gzipped tar files, as `npm pack` makes them.
//! Read as a stream that is itself bounded: what its headers say is only ever a reason to refuse.

use super::bounds::{Budget, Files, Outcome, Refused, path, put};
use super::zip::special;
use flate2::read::MultiGzDecoder;
use std::io::{self, Read};
use tar::{Archive, EntryType};

/// Bytes of a tar file besides its files' own: for each entry its header, a long name and padding.
const ENTRY_ROOM: u64 = 2_048;

/// Whether the bytes begin as a gzip file does.
pub(super) fn is_gzip(bytes: &[u8]) -> bool {
    bytes.starts_with(&[0x1f, 0x8b])
}

pub(super) fn unpack(bytes: &[u8], budget: &mut Budget<'_>) -> Outcome<Files> {
    let room = budget.bytes() + (budget.entries() + 2) * ENTRY_ROOM;
    let mut archive = Archive::new(Bounded { from: MultiGzDecoder::new(bytes), room });
    let mut files = Files::new();
    let damaged = |error: io::Error, budget: &Budget<'_>| match error.kind() {
        io::ErrorKind::FileTooLarge => budget.too_large(budget.bytes() + 1),
        _ => Refused::Invalid(format!("the archive is damaged: {error}")),
    };
    for entry in archive.entries().map_err(|error| damaged(error, budget))? {
        let mut entry = entry.map_err(|error| damaged(error, budget))?;
        budget.entry()?;
        let kind = entry.header().entry_type();
        if kind == EntryType::XGlobalHeader {
            continue;
        }
        let clean = path(&entry.path_bytes())?;
        match kind {
            EntryType::Directory => continue,
            EntryType::Regular | EntryType::Continuous => {}
            _ => return special(&clean),
        }
        let size = entry.size();
        if size > budget.bytes() {
            return Err(budget.too_large(size));
        }
        let mut content = Vec::new();
        entry.read_to_end(&mut content).map_err(|error| damaged(error, budget))?;
        if content.len() as u64 != size {
            return Err(Refused::Invalid("the archive is damaged: it is cut off".to_owned()));
        }
        budget.take(size)?;
        put(&mut files, clean, content)?;
    }
    Ok(files)
}

/// Ends with an error after `room` bytes, so that what is unpacked is bounded, whatever the tar file in it says.
struct Bounded<R> {
    from: R,
    room: u64,
}

impl<R: Read> Read for Bounded<R> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let count = self.from.read(out)?;
        self.room = self.room.checked_sub(count as u64).ok_or(io::ErrorKind::FileTooLarge)?;
        Ok(count)
    }
}
