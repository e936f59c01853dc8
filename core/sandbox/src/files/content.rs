//! The bytes of one file, in chunks that exist only where something was written.
//!
//! A file is paid for by its size alone (`footprint`), holes included; what is really allocated is never more.
//! Whoever changes a size has charged the difference before.

/// Bytes of one chunk.
pub(super) const CHUNK: usize = 64 << 10;
/// The smallest allocation of a chunk.
const SMALLEST: usize = 64;

/// See the module's head. Reading past a chunk's own end, but inside the file, reads zeros.
#[derive(Debug, Default)]
pub(super) struct Content {
    size: u64,
    chunks: Vec<Vec<u8>>,
}

/// Bytes that a file of `size` bytes is charged for: never less than what it allocates.
pub(super) fn footprint(size: u64) -> u64 {
    match size {
        0 => 0,
        _ if size <= CHUNK as u64 => size.next_power_of_two().max(SMALLEST as u64),
        _ => size.div_ceil(CHUNK as u64).saturating_mul(CHUNK as u64),
    }
}

/// The chunk of a position and the place in it.
fn locate(position: u64) -> (usize, usize) {
    ((position / CHUNK as u64) as usize, (position % CHUNK as u64) as usize)
}

impl Content {
    /// These bytes, without room for more.
    pub(super) fn of(mut bytes: Vec<u8>) -> Content {
        let size = bytes.len() as u64;
        bytes.shrink_to_fit();
        let chunks = match bytes.len() {
            0 => Vec::new(),
            length if length <= CHUNK => vec![bytes],
            _ => bytes.chunks(CHUNK).map(<[u8]>::to_vec).collect(),
        };
        Content { size, chunks }
    }

    pub(super) fn size(&self) -> u64 {
        self.size
    }

    /// Fills `out` from `offset` on; the number of bytes that there were.
    pub(super) fn read(&self, offset: u64, out: &mut [u8]) -> usize {
        let total = self.size.saturating_sub(offset).min(out.len() as u64) as usize;
        let mut done = 0;
        while done < total {
            let (index, at) = locate(offset + done as u64);
            let piece = &mut out[done..total.min(done + CHUNK - at)];
            let kept = self.chunks.get(index).and_then(|chunk| chunk.get(at..)).unwrap_or_default();
            let kept = &kept[..kept.len().min(piece.len())];
            let (filled, hole) = piece.split_at_mut(kept.len());
            filled.copy_from_slice(kept);
            hole.fill(0);
            done += piece.len();
        }
        total
    }

    /// Writes all of `bytes` at `offset`, growing the file when it ends beyond its size.
    pub(super) fn write(&mut self, offset: u64, bytes: &[u8]) {
        self.size = self.size.max(offset + bytes.len() as u64);
        let mut done = 0;
        while done < bytes.len() {
            let (index, at) = locate(offset + done as u64);
            let piece = &bytes[done..bytes.len().min(done + CHUNK - at)];
            if self.chunks.len() <= index {
                self.chunks.resize_with(index + 1, Vec::new);
            }
            put(&mut self.chunks[index], at, piece);
            done += piece.len();
        }
    }

    /// Cuts the file off, or lets it end in a hole.
    pub(super) fn set_size(&mut self, size: u64) {
        if size < self.size {
            let (index, rest) = locate(size);
            self.chunks.truncate(index + usize::from(rest > 0));
            if let Some(last) = self.chunks.get_mut(index) {
                last.truncate(rest);
                last.shrink_to_fit();
            }
            self.chunks.shrink_to_fit();
        }
        self.size = size;
    }

    /// All bytes, holes as zeros.
    pub(super) fn to_vec(&self) -> Vec<u8> {
        let mut all = vec![0; self.size as usize];
        self.read(0, &mut all);
        all
    }

    /// Bytes that the chunks hold allocated.
    #[cfg(test)]
    pub(super) fn allocated(&self) -> u64 {
        self.chunks.iter().map(|chunk| chunk.capacity() as u64).sum()
    }
}

/// Writes `piece` at `at` of one chunk; allocations double, so that many small writes stay cheap.
fn put(chunk: &mut Vec<u8>, at: usize, piece: &[u8]) {
    let end = at + piece.len();
    if chunk.len() < end {
        if chunk.capacity() < end {
            let room = end.next_power_of_two().clamp(SMALLEST, CHUNK);
            chunk.reserve_exact(room - chunk.len());
        }
        chunk.resize(end, 0);
    }
    chunk[at..end].copy_from_slice(piece);
}
