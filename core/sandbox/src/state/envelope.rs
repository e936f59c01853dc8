//! A session's image as a file: versioned, compressed, and sealed with a key, so that only what was made here is
//! put back into a memory.
//!
//! Layout, little endian: `wsbxsnap`, version u32, length u32 and bytes of the head (JSON), the body (zstd), and an
//! HMAC-SHA256 over all before it. The seal is checked before anything else is read.

use super::{Image, PAGE};
use crate::files::{Saved, SavedBody};
use hmac::{Hmac, Mac};
use serde::{Deserialize, Serialize};
use sha2::Sha256;
use wasm_sandbox_policy::{Error, ErrorCode, Result};

const MAGIC: &[u8; 8] = b"wsbxsnap";
const VERSION: u32 = 1;
const SEAL: usize = 32;

/// What a snapshot says of itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Envelope {
    /// Name of the language.
    pub(crate) language: String,
    /// The pack's digest, in hex.
    pub(crate) pack: String,
    /// Version of this crate that wrote it, for people.
    pub(crate) written_by: String,
    size: u64,
    globals: Vec<u64>,
    pages: u32,
    files: u32,
    runs: u64,
    /// Bytes of the body before compression.
    body: u64,
    /// What the session could import besides its files; not in the snapshot.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) packages: Option<SavedPackages>,
}

/// The packages of a session, by name and by a digest of all that the guest sees of them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct SavedPackages {
    pub(crate) names: Vec<String>,
    pub(crate) digest: String,
}

/// The key of a seal from what a caller gives, or from the installation's own key.
pub(crate) fn seal_key(secret: &[u8]) -> [u8; 32] {
    mac(secret, &[b"wasm-sandbox session snapshot"]).finalize().into_bytes().into()
}

fn mac(key: &[u8], parts: &[&[u8]]) -> Hmac<Sha256> {
    // A key of any length will do, so this cannot fail; an unusable one would seal nothing that opens again.
    let mut mac = <Hmac<Sha256> as Mac>::new_from_slice(key).unwrap_or_else(|_| Hmac::new(&Default::default()));
    parts.iter().for_each(|part| mac.update(part));
    mac
}

impl Envelope {
    /// Writes an image.
    pub(crate) fn seal(
        language: &str,
        pack: &str,
        packages: Option<SavedPackages>,
        image: &Image,
        key: &[u8; 32],
    ) -> Result<Vec<u8>> {
        let mut body = Vec::with_capacity(image.numbers.len() * 4 + image.pages.len());
        image.numbers.iter().for_each(|number| body.extend(number.to_le_bytes()));
        body.extend_from_slice(&image.pages);
        image.files.iter().for_each(|saved| write_file(&mut body, saved));
        let head = Envelope {
            language: language.to_owned(),
            pack: pack.to_owned(),
            written_by: env!("CARGO_PKG_VERSION").to_owned(),
            size: image.size,
            globals: image.globals.clone(),
            pages: image.numbers.len() as u32,
            files: image.files.len() as u32,
            runs: image.runs,
            body: body.len() as u64,
            packages,
        };
        let head = serde_json::to_vec(&head).map_err(damaged)?;
        let packed = zstd::bulk::compress(&body, 1).map_err(damaged)?;
        let mut out = Vec::with_capacity(16 + head.len() + packed.len() + SEAL);
        out.extend_from_slice(MAGIC);
        out.extend(VERSION.to_le_bytes());
        out.extend((head.len() as u32).to_le_bytes());
        out.extend_from_slice(&head);
        out.extend_from_slice(&packed);
        let seal = mac(key, &[&out]).finalize().into_bytes();
        out.extend_from_slice(&seal);
        Ok(out)
    }

    /// Checks the seal and reads what the snapshot says of itself; the rest is for `image`.
    pub(crate) fn open<'a>(bytes: &'a [u8], key: &[u8; 32]) -> Result<(Envelope, &'a [u8])> {
        let Some(rest) = bytes.strip_prefix(MAGIC) else {
            return Err(refused("this is no snapshot of a session", "notASnapshot"));
        };
        let version = rest.first_chunk().map(|bytes| u32::from_le_bytes(*bytes));
        match version {
            Some(VERSION) => {}
            Some(other) => {
                let why = format!("the snapshot has the format {other}, this version reads {VERSION}");
                return Err(refused(&why, "version"));
            }
            None => return Err(refused("the snapshot is cut off", "tampered")),
        }
        let (sealed, seal) = bytes
            .split_at_checked(bytes.len().saturating_sub(SEAL))
            .filter(|(sealed, _)| sealed.len() >= 16)
            .ok_or_else(|| refused("the snapshot is cut off", "tampered"))?;
        if mac(key, &[sealed]).verify_slice(seal).is_err() {
            let why = "the snapshot was sealed with another key, or was changed since; where it comes from another \
                       machine, give the snapshotKey that it was made with";
            return Err(refused(why, "tampered"));
        }
        let length = rest.get(4..8).and_then(|b| b.first_chunk()).map_or(0, |b| u32::from_le_bytes(*b)) as usize;
        let head = sealed.get(16..16 + length).ok_or_else(|| damaged("its head"))?;
        let body = sealed.get(16 + length..).ok_or_else(|| damaged("its body"))?;
        Ok((serde_json::from_slice(head).map_err(damaged)?, body))
    }

    /// Unpacks the image, of which there may be `limit` bytes.
    pub(crate) fn image(&self, body: &[u8], limit: u64) -> Result<Image> {
        if self.body > limit {
            let why = format_args!("the snapshot holds {} bytes, the policy allows {limit} (memoryBytes)", self.body);
            return Err(Error::limit(ErrorCode::MemoryLimit, "memoryBytes", limit, self.body, why));
        }
        let body = zstd::bulk::decompress(body, self.body as usize).map_err(damaged)?;
        let mut reader = Reader(&body);
        let count = self.pages as usize;
        let numbers = reader.take(count.saturating_mul(4))?;
        let numbers = numbers.chunks_exact(4).filter_map(|b| b.first_chunk()).map(|b| u32::from_le_bytes(*b)).collect();
        let pages = reader.take(count.saturating_mul(PAGE))?.to_vec();
        let files = (0..self.files).map(|_| read_file(&mut reader)).collect::<Result<_>>()?;
        if !reader.0.is_empty() {
            return Err(damaged("there is more than it says"));
        }
        Ok(Image { size: self.size, globals: self.globals.clone(), numbers, pages, files, runs: self.runs })
    }
}

fn write_file(out: &mut Vec<u8>, saved: &Saved) {
    let (kind, bytes): (u8, &[u8]) = match &saved.body {
        SavedBody::Directory => (0, &[]),
        SavedBody::File(bytes) => (1, bytes),
        SavedBody::Link(target) => (2, target.as_bytes()),
    };
    out.push(kind);
    out.extend(saved.modified.to_le_bytes());
    for bytes in [saved.path.as_bytes(), bytes] {
        out.extend((bytes.len() as u64).to_le_bytes());
        out.extend_from_slice(bytes);
    }
}

fn read_file(reader: &mut Reader<'_>) -> Result<Saved> {
    let kind = reader.take(1)?[0];
    let modified = reader.number()?;
    let path = reader.text()?;
    let body = match kind {
        0 => reader.text().map(|_| SavedBody::Directory)?,
        1 => SavedBody::File(reader.bytes()?.to_vec()),
        2 => SavedBody::Link(reader.text()?),
        _ => return Err(damaged("a file is of no known kind")),
    };
    Ok(Saved { path, modified, body })
}

struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    fn take(&mut self, count: usize) -> Result<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(count).ok_or_else(|| damaged("it is cut off"))?;
        self.0 = rest;
        Ok(taken)
    }

    fn number(&mut self) -> Result<u64> {
        let bytes = self.take(8)?;
        Ok(bytes.first_chunk().map_or(0, |b| u64::from_le_bytes(*b)))
    }

    fn bytes(&mut self) -> Result<&'a [u8]> {
        let count = usize::try_from(self.number()?).map_err(damaged)?;
        self.take(count)
    }

    fn text(&mut self) -> Result<String> {
        String::from_utf8(self.bytes()?.to_vec()).map_err(damaged)
    }
}

/// It was refused before anything in it was believed.
fn refused(why: &str, reason: &str) -> Error {
    Error::new(ErrorCode::InvalidArgument, why).with("reason", reason)
}

/// Sealed with the right key, and yet not in order: a defect of whoever wrote it.
fn damaged(why: impl std::fmt::Display) -> Error {
    refused(&format!("the snapshot is damaged: {why}"), "damaged")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn image() -> Image {
        let file = |path: &str, body| Saved { path: path.to_owned(), modified: 12, body };
        Image {
            size: 20,
            globals: vec![1, u64::MAX],
            numbers: vec![3, 70],
            pages: (0..2 * PAGE).map(|i| i as u8).collect(),
            files: vec![
                file("/d", SavedBody::Directory),
                file("/d/a", SavedBody::File(vec![0, 255])),
                file("/l", SavedBody::Link("d/a".to_owned())),
            ],
            runs: 9,
        }
    }

    #[test]
    fn what_was_sealed_is_read_back() {
        let key = seal_key(b"key");
        let bytes = Envelope::seal("javascript", "abc", None, &image(), &key).unwrap();
        let (head, body) = Envelope::open(&bytes, &key).unwrap();
        assert_eq!((head.language.as_str(), head.pack.as_str()), ("javascript", "abc"));
        assert_eq!(head.image(body, 1 << 20).unwrap(), image());
        assert_eq!(head.image(body, 100).unwrap_err().code, ErrorCode::MemoryLimit);
    }

    #[test]
    fn any_changed_bit_any_cut_and_any_other_key_is_refused() {
        let key = seal_key(b"key");
        let bytes = Envelope::seal("javascript", "abc", None, &image(), &key).unwrap();
        let reason = |bytes: &[u8], key: &[u8; 32]| {
            let error = Envelope::open(bytes, key).unwrap_err();
            assert_eq!(error.code, ErrorCode::InvalidArgument);
            error.details["reason"].as_str().unwrap().to_owned()
        };
        for at in 0..bytes.len() {
            let mut changed = bytes.clone();
            changed[at] ^= 1 << (at % 8);
            let wanted = if at < 8 {
                "notASnapshot"
            } else if at < 12 {
                "version"
            } else {
                "tampered"
            };
            assert_eq!(reason(&changed, &key), wanted, "byte {at}");
        }
        for length in 8..bytes.len() {
            assert_eq!(reason(&bytes[..length], &key), "tampered", "{length} bytes");
        }
        assert_eq!(reason(&bytes, &seal_key(b"another")), "tampered");
        assert_eq!(reason(b"print('hello')", &key), "notASnapshot");
    }

    #[test]
    fn what_is_sealed_wrongly_is_refused_all_the_same() {
        let key = seal_key(b"key");
        let bytes = Envelope::seal("javascript", "abc", None, &image(), &key).unwrap();
        let (head, body) = Envelope::open(&bytes, &key).unwrap();
        for head in [
            Envelope { pages: u32::MAX, ..head.clone() },
            Envelope { pages: 1, ..head.clone() },
            Envelope { files: 4, ..head.clone() },
            Envelope { files: 2, ..head.clone() },
            Envelope { body: head.body - 1, ..head.clone() },
        ] {
            assert_eq!(head.image(body, 1 << 30).unwrap_err().details["reason"], "damaged");
        }
    }
}
