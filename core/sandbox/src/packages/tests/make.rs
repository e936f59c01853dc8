//! Archives byte by byte, so that every field can be wrong.
//! Tar files have raw headers for the same reason.

use flate2::Compression;
use flate2::write::{DeflateEncoder, GzEncoder};
use std::io::Write;

/// One entry of a zip file; what is not set is as it should be.
#[derive(Clone, Default)]
pub(super) struct Member {
    pub(super) name: String,
    /// The name in its own header.
    pub(super) other_name: Option<String>,
    pub(super) content: Vec<u8>,
    pub(super) stored: bool,
    pub(super) method: Option<u16>,
    pub(super) flags: u16,
    pub(super) declared: Option<u32>,
    pub(super) crc: Option<u32>,
    pub(super) mode: u32,
    /// Where the directory says that it is, instead of where it is.
    pub(super) offset: Option<u32>,
}

pub(super) fn member(name: &str, content: &str) -> Member {
    Member { name: name.to_owned(), content: content.as_bytes().to_vec(), ..Member::default() }
}

pub(super) fn deflated(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = DeflateEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

pub(super) fn zip(members: &[Member]) -> Vec<u8> {
    let (mut out, mut directory) = (Vec::new(), Vec::new());
    for one in members {
        let data = if one.stored { one.content.clone() } else { deflated(&one.content) };
        let method = one.method.unwrap_or(if one.stored { 0 } else { 8 });
        let crc = one.crc.unwrap_or_else(|| rawzip::crc32(&one.content));
        let size = one.declared.unwrap_or(one.content.len() as u32);
        let common = |name: &str| {
            let mut head = Vec::new();
            for field in [one.flags, method, 0, 0] {
                head.extend(field.to_le_bytes());
            }
            for field in [crc, data.len() as u32, size] {
                head.extend(field.to_le_bytes());
            }
            head.extend((name.len() as u16).to_le_bytes());
            head.extend([0, 0]);
            head
        };
        let offset = one.offset.unwrap_or(out.len() as u32);
        let own = one.other_name.as_ref().unwrap_or(&one.name);
        out.extend(b"PK\x03\x04\x14\x00");
        out.extend(common(own));
        out.extend(own.as_bytes());
        out.extend(&data);
        // Made on Unix, so that the mode counts.
        directory.extend(b"PK\x01\x02\x14\x03\x14\x00");
        directory.extend(common(&one.name));
        directory.extend([0; 6]);
        directory.extend((one.mode << 16).to_le_bytes());
        directory.extend(offset.to_le_bytes());
        directory.extend(one.name.as_bytes());
    }
    let (start, count) = (out.len() as u32, members.len() as u16);
    out.extend(&directory);
    out.extend(b"PK\x05\x06\0\0\0\0");
    out.extend(count.to_le_bytes());
    out.extend(count.to_le_bytes());
    out.extend((directory.len() as u32).to_le_bytes());
    out.extend(start.to_le_bytes());
    out.extend([0, 0]);
    out
}

/// A wheel of one module, with this tag and further entries.
pub(super) fn wheel(tag: &str, more: &[Member]) -> Vec<u8> {
    let about = format!("Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: {tag}\n");
    let mut members = vec![
        member("tiny.py", "answer = 42\n"),
        member("tiny-1.0.dist-info/WHEEL", &about),
        member("tiny-1.0.dist-info/METADATA", "Metadata-Version: 2.1\nName: tiny\nVersion: 1.0\n"),
    ];
    members.extend_from_slice(more);
    zip(&members)
}

/// One entry of a tar file, as raw as its header: name, kind, declared size, content.
pub(super) struct Block<'a>(pub(super) &'a str, pub(super) u8, pub(super) u64, pub(super) &'a [u8]);

pub(super) fn tar(blocks: &[Block<'_>]) -> Vec<u8> {
    let mut out = Vec::new();
    for Block(name, kind, size, content) in blocks {
        let mut header = tar::Header::new_ustar();
        header.as_old_mut().name[..name.len()].copy_from_slice(name.as_bytes());
        header.set_entry_type(tar::EntryType::new(*kind));
        header.set_size(*size);
        header.set_mode(0o644);
        if *kind == b'2' || *kind == b'1' {
            header.as_old_mut().linkname[..4].copy_from_slice(b"/etc");
        }
        header.set_cksum();
        out.extend(header.as_bytes());
        out.extend(*content);
        out.resize(out.len().next_multiple_of(512), 0);
    }
    out.extend([0; 1024]);
    out
}

pub(super) fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

/// What `npm pack` makes.
pub(super) fn npm(files: &[(&str, &str)]) -> Vec<u8> {
    let named: Vec<(String, &str)> = files.iter().map(|(name, text)| (format!("package/{name}"), *text)).collect();
    let blocks: Vec<Block<'_>> =
        named.iter().map(|(name, text)| Block(name, b'0', text.len() as u64, text.as_bytes())).collect();
    gzip(&tar(&blocks))
}
