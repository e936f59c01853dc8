//! Zip files, wheels among them: read from their directory, each entry held against what its own header says.
//! Everything is checked before anything is unpacked, and what is unpacked is checked against size and checksum.

use super::bounds::{Budget, Files, Outcome, Refused, invalid, path, put, shown};
use flate2::read::DeflateDecoder;
use rawzip::{CompressionMethod, ZipArchive, ZipArchiveEntryWayfinder};
use std::io::Read;

/// Kinds of a Unix mode: a mask for them, and the two that are taken.
const KIND: u32 = 0o170_000;
const REGULAR: u32 = 0o100_000;
const DIRECTORY: u32 = 0o040_000;

/// Whether the bytes begin as a zip file does.
pub(super) fn is_zip(bytes: &[u8]) -> bool {
    bytes.starts_with(b"PK\x03\x04") || bytes.starts_with(b"PK\x05\x06")
}

/// One file that is to be unpacked.
struct Entry {
    path: String,
    method: CompressionMethod,
    size: u64,
    place: ZipArchiveEntryWayfinder,
}

pub(super) fn unpack(bytes: &[u8], budget: &mut Budget<'_>) -> Outcome<Files> {
    let archive = ZipArchive::from_slice(bytes).map_err(damaged)?;
    let (mut entries, mut ranges) = (Vec::new(), Vec::new());
    let mut listed = archive.entries();
    while let Some(record) = listed.next_entry().map_err(damaged)? {
        budget.entry()?;
        let name = record.file_path();
        let clean = path(name.as_bytes())?;
        let flags = record.flags();
        if flags.is_encrypted() || flags.has_strong_encryption() || flags.is_masked() {
            return invalid(format!("`{}` is encrypted; give an archive without a password", shown(&clean)));
        }
        let kind = record.mode().value() & KIND;
        let directory = record.is_dir();
        if !matches!(kind, 0 | REGULAR | DIRECTORY) || (kind == DIRECTORY && !directory) {
            return special(&clean);
        }
        let entry = archive.get_entry(record.wayfinder()).map_err(damaged)?;
        let header = entry.local_header();
        if header.file_path().as_bytes() != name.as_bytes() || header.flags().is_encrypted() {
            return invalid(format!("the archive is damaged: `{}` has another name in its own header", shown(&clean)));
        }
        ranges.push((record.local_header_offset(), entry.compressed_data_range().1));
        if directory {
            continue;
        }
        let (size, place) = (record.uncompressed_size_hint(), record.wayfinder());
        // Only to refuse early what says itself that it is too large; it is counted again as it comes.
        if size > budget.bytes() {
            return Err(budget.too_large(size));
        }
        entries.push(Entry { path: clean, method: record.compression_method(), size, place });
    }
    apart(&mut ranges, archive.directory_offset())?;
    let mut files = Files::new();
    for Entry { path, method, size, place } in entries {
        let entry = archive.get_entry(place).map_err(damaged)?;
        let content = match method {
            CompressionMethod::STORE => content(entry.verifying_reader(entry.data()), size, budget),
            CompressionMethod::DEFLATE => {
                content(entry.verifying_reader(DeflateDecoder::new(entry.data())), size, budget)
            }
            _ => return invalid(format!("`{}` is packed by another method than deflate", shown(&path))),
        };
        put(&mut files, path, content?)?;
    }
    Ok(files)
}

/// All of a file, of exactly the size that the directory says.
fn content(from: impl Read, size: u64, budget: &mut Budget<'_>) -> Outcome<Vec<u8>> {
    let bytes = budget.read(from.take(size + 1))?;
    if bytes.len() as u64 == size { Ok(bytes) } else { invalid("the archive is damaged: a file is not of its size") }
}

/// Entries may not share bytes, with each other or with the directory: that is how small archives become endless.
fn apart(ranges: &mut [(u64, u64)], directory: u64) -> Outcome<()> {
    ranges.sort_unstable();
    let overlap = ranges.windows(2).any(|pair| pair[0].1 > pair[1].0);
    if overlap || ranges.last().is_some_and(|last| last.1 > directory) {
        return invalid("the archive is damaged: its entries overlap");
    }
    Ok(())
}

pub(super) fn special<T>(path: &str) -> Outcome<T> {
    invalid(format!("`{}` is a link or a special file; a package has files and folders only", shown(path)))
}

fn damaged(error: rawzip::Error) -> Refused {
    Refused::Invalid(format!("the archive is damaged: {error}"))
}
