//! The kernel's memory: blocks of bytes at made-up offsets, each charged before it is made.
//!
//! A plug-in names blocks by offset; a stray offset or length ends the run, and never reaches host memory.

use crate::store::Meter;
use std::collections::BTreeMap;
use wasm_sandbox_policy::{Error, ErrorCode, Result};

/// What a block costs besides its bytes, so that empty blocks are not free.
const OVERHEAD: u64 = 64;
/// Distance between blocks, so that running past the end of one never meets the next.
const GAP: u64 = 16;

/// Live blocks by offset. Offset 0 is never given: it means "nothing".
#[derive(Debug)]
pub(super) struct Blocks {
    live: BTreeMap<u64, Vec<u8>>,
    next: u64,
}

impl Default for Blocks {
    fn default() -> Blocks {
        Blocks { live: BTreeMap::new(), next: GAP }
    }
}

impl Blocks {
    /// A block of zeros; offset 0 for none at all.
    pub(super) fn alloc(&mut self, meter: &mut Meter, length: u64) -> Result<u64> {
        if length == 0 {
            return Ok(0);
        }
        meter.charge(length.saturating_add(OVERHEAD))?;
        let size = usize::try_from(length).map_err(|_| stray("an allocation"))?;
        let offset = self.next;
        self.next = offset.saturating_add(length).saturating_add(GAP).next_multiple_of(GAP);
        self.live.insert(offset, vec![0; size]);
        Ok(offset)
    }

    /// A block with these bytes.
    pub(super) fn give(&mut self, meter: &mut Meter, bytes: &[u8]) -> Result<u64> {
        let offset = self.alloc(meter, bytes.len() as u64)?;
        if let Some(block) = self.live.get_mut(&offset) {
            block.copy_from_slice(bytes);
        }
        Ok(offset)
    }

    /// Forgets a block; an offset that is none is ignored, as the kernel does.
    pub(super) fn free(&mut self, meter: &mut Meter, offset: u64) {
        if let Some(block) = self.live.remove(&offset) {
            meter.release(block.len() as u64 + OVERHEAD);
        }
    }

    /// Forgets all blocks.
    pub(super) fn clear(&mut self, meter: &mut Meter) {
        let bytes: u64 = self.live.values().map(|block| block.len() as u64 + OVERHEAD).sum();
        meter.release(bytes);
        *self = Blocks::default();
    }

    /// Length of the block at exactly this offset; 0 for none.
    pub(super) fn length(&self, offset: u64) -> u64 {
        self.live.get(&offset).map_or(0, |block| block.len() as u64)
    }

    /// The whole block at exactly this offset; nothing for none.
    pub(super) fn block(&self, offset: u64) -> &[u8] {
        self.live.get(&offset).map_or(&[], Vec::as_slice)
    }

    /// `length` bytes at `offset`, all inside one block.
    pub(super) fn range(&self, offset: u64, length: u64) -> Result<&[u8]> {
        if length == 0 {
            return Ok(&[]);
        }
        let (start, block) = self.live.range(..=offset).next_back().ok_or_else(|| stray("a load"))?;
        let from = (offset - start) as usize;
        let to = from.checked_add(usize::try_from(length).map_err(|_| stray("a load"))?).ok_or_else(|| stray("a load"))?;
        block.get(from..to).ok_or_else(|| stray("a load"))
    }

    /// Writes `bytes` at `offset`, all inside one block.
    pub(super) fn store(&mut self, offset: u64, bytes: &[u8]) -> Result<()> {
        let (start, block) = self.live.range_mut(..=offset).next_back().ok_or_else(|| stray("a store"))?;
        let from = (offset - start) as usize;
        let place = from.checked_add(bytes.len()).and_then(|to| block.get_mut(from..to)).ok_or_else(|| stray("a store"))?;
        place.copy_from_slice(bytes);
        Ok(())
    }
}

fn stray(what: &str) -> Error {
    let why = format!("{what} outside every block of the plug-in");
    Error::new(ErrorCode::GuestTrap, &why).with("trap", why)
}

#[cfg(test)]
mod tests {
    use super::*;
    use wasm_sandbox_policy::Limits;

    #[test]
    fn blocks_are_charged_and_given_back() {
        let mut meter = Meter::new(&Limits { memory_bytes: 1000, ..Limits::default() });
        let mut blocks = Blocks::default();
        let a = blocks.alloc(&mut meter, 100).unwrap();
        let b = blocks.give(&mut meter, b"abc").unwrap();
        assert!(a != 0 && b > a + 100);
        assert_eq!(blocks.range(b, 3).unwrap(), b"abc");
        blocks.free(&mut meter, a);
        assert_eq!(blocks.length(a), 0);
        assert!(blocks.alloc(&mut meter, 2000).is_err());
        blocks.clear(&mut meter);
        assert_eq!(meter.used(), 0);
    }

    #[test]
    fn stray_and_hostile_offsets_are_refused() {
        let mut meter = Meter::new(&Limits::default());
        let mut blocks = Blocks::default();
        let a = blocks.alloc(&mut meter, 8).unwrap();
        for (offset, length) in [(0, 1), (a, 9), (a + 8, 1), (u64::MAX, 1), (a, u64::MAX), (a - 1, 2)] {
            assert!(blocks.range(offset, length).is_err(), "{offset} {length}");
        }
        assert!(blocks.store(a + 1, &[0; 8]).is_err());
        assert!(blocks.store(u64::MAX, &[0]).is_err());
        assert!(blocks.alloc(&mut meter, u64::MAX).is_err());
    }

    #[test]
    fn a_million_small_blocks_meet_the_meter() {
        let mut meter = Meter::new(&Limits { memory_bytes: 1 << 20, ..Limits::default() });
        let mut blocks = Blocks::default();
        let made = (0..1_000_000).take_while(|_| blocks.alloc(&mut meter, 1).is_ok()).count();
        assert_eq!(made, (1 << 20) / 65);
    }
}
