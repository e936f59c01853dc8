//! The kernel's memory: blocks of bytes at made-up offsets, each charged before it is made.
//!
//! A plug-in names blocks by offset. Offsets are never given twice within a call, so that a stray or stale one ends
//! the run instead of meeting somebody else's bytes; none of them ever reaches host memory.

use crate::store::Meter;
use wasm_sandbox_policy::{Error, ErrorCode, Result};

/// What a block costs besides its bytes, so that a million small ones are not free.
const OVERHEAD: u64 = 128;
/// Distance between blocks, so that running past the end of one never meets the next.
const GAP: u64 = 16;
/// Longest block: the kernel that plug-ins know has 32-bit memory.
const LONGEST: u64 = u32::MAX as u64;
/// Freed blocks that are kept in the list before it is tidied.
const TIDY: usize = 64;

/// One block. A freed one has no bytes, unless the host still wants to read them.
#[derive(Debug)]
struct Block {
    offset: u64,
    bytes: Vec<u8>,
    live: bool,
}

/// All blocks of one call. Offset 0 is never given: it means "nothing".
#[derive(Debug)]
pub(super) struct Blocks {
    /// In ascending order of offset.
    list: Vec<Block>,
    next: u64,
    /// Index of the block that was met last: plug-ins copy a block eight bytes at a time.
    recent: usize,
    freed: usize,
    charged: u64,
}

impl Default for Blocks {
    fn default() -> Blocks {
        Blocks { list: Vec::new(), next: GAP, recent: 0, freed: 0, charged: 0 }
    }
}

impl Blocks {
    /// A block of zeros; offset 0 for none at all.
    pub(super) fn alloc(&mut self, meter: &mut Meter, length: u64) -> Result<u64> {
        self.charge(meter, length)?;
        Ok(self.push(vec![0; length as usize]))
    }

    /// A block with these bytes; offset 0 for none at all.
    pub(super) fn give(&mut self, meter: &mut Meter, bytes: &[u8]) -> Result<u64> {
        self.charge(meter, bytes.len() as u64)?;
        Ok(self.push(bytes.to_vec()))
    }

    fn charge(&mut self, meter: &mut Meter, length: u64) -> Result<()> {
        let cost = match length {
            0 => 0,
            1..=LONGEST => length + OVERHEAD,
            _ => u64::MAX,
        };
        meter.charge(cost)?;
        self.charged = self.charged.saturating_add(cost);
        Ok(())
    }

    fn push(&mut self, bytes: Vec<u8>) -> u64 {
        if bytes.is_empty() {
            return 0;
        }
        let offset = self.next;
        self.next = (offset + bytes.len() as u64 + GAP).next_multiple_of(GAP);
        self.list.push(Block { offset, bytes, live: true });
        offset
    }

    /// Forgets a block; an offset that is none is ignored, as the kernel does. With `keep`, only the plug-in forgets
    /// it: the host will still read it, and it stays charged.
    pub(super) fn free(&mut self, meter: &mut Meter, offset: u64, keep: bool) {
        let Some(block) = self.at(offset).and_then(|index| self.list.get_mut(index)) else {
            return;
        };
        block.live = false;
        if keep {
            return;
        }
        let cost = std::mem::take(&mut block.bytes).len() as u64 + OVERHEAD;
        meter.release(cost);
        self.charged = self.charged.saturating_sub(cost);
        self.freed += 1;
        if self.freed > TIDY && self.freed > self.list.len() / 2 {
            self.list.retain(|block| !block.bytes.is_empty());
            (self.freed, self.recent) = (0, 0);
        }
    }

    /// Forgets all blocks.
    pub(super) fn clear(&mut self, meter: &mut Meter) {
        if self.next != GAP {
            meter.release(self.charged);
            *self = Blocks::default();
        }
    }

    /// Bytes that all blocks are charged as.
    pub(super) fn charged(&self) -> u64 {
        self.charged
    }

    /// Length of the block at exactly this offset; 0 for none.
    pub(super) fn length(&self, offset: u64) -> u64 {
        self.at(offset).map_or(0, |index| self.list[index].bytes.len() as u64)
    }

    /// The whole block at exactly this offset. Nothing stands for an empty block, which has offset 0.
    pub(super) fn block(&self, offset: u64) -> Result<&[u8]> {
        match self.at(offset) {
            Some(index) => Ok(&self.list[index].bytes),
            None if offset == 0 => Ok(&[]),
            None => Err(stray("a handle")),
        }
    }

    /// `length` bytes at `offset`, all inside one block.
    pub(super) fn range(&mut self, offset: u64, length: u64) -> Result<&[u8]> {
        if length == 0 {
            return Ok(&[]);
        }
        self.inside(offset, length).map(|bytes| &*bytes).ok_or_else(|| stray("a load"))
    }

    /// Writes `bytes` at `offset`, all inside one block.
    pub(super) fn store(&mut self, offset: u64, bytes: &[u8]) -> Result<()> {
        self.inside(offset, bytes.len() as u64).ok_or_else(|| stray("a store"))?.copy_from_slice(bytes);
        Ok(())
    }

    /// The block that holds `offset`, whoever freed it: for the host, after the call.
    pub(super) fn start_of(&self, offset: u64) -> Option<u64> {
        let index = self.list.partition_point(|block| block.offset <= offset).checked_sub(1)?;
        let block = &self.list[index];
        (offset - block.offset < block.bytes.len() as u64).then_some(block.offset)
    }

    /// Length of the block at exactly this offset, freed or not.
    pub(super) fn span(&self, offset: u64) -> u64 {
        let found = self.list.binary_search_by_key(&offset, |block| block.offset);
        found.map_or(0, |index| self.list[index].bytes.len() as u64)
    }

    /// Takes bytes out for the host, freed or not; without a copy when they are a whole block.
    pub(super) fn take(&mut self, offset: u64, length: u64) -> Option<Vec<u8>> {
        let start = self.start_of(offset)?;
        let index = self.list.binary_search_by_key(&start, |block| block.offset).ok()?;
        let block = &mut self.list[index];
        if offset == start && length == block.bytes.len() as u64 {
            return Some(std::mem::take(&mut block.bytes));
        }
        let from = usize::try_from(offset - start).ok()?;
        let to = from.checked_add(usize::try_from(length).ok()?)?;
        block.bytes.get(from..to).map(<[u8]>::to_vec)
    }

    /// Index of the live block at exactly this offset.
    fn at(&self, offset: u64) -> Option<usize> {
        let index = self.list.binary_search_by_key(&offset, |block| block.offset).ok()?;
        self.list[index].live.then_some(index)
    }

    fn inside(&mut self, offset: u64, length: u64) -> Option<&mut [u8]> {
        let holds =
            |block: &Block| block.live && block.offset <= offset && offset - block.offset < block.bytes.len() as u64;
        if !self.list.get(self.recent).is_some_and(holds) {
            let index = self.list.partition_point(|block| block.offset <= offset).checked_sub(1)?;
            if !holds(&self.list[index]) {
                return None;
            }
            self.recent = index;
        }
        let block = &mut self.list[self.recent];
        let from = (offset - block.offset) as usize;
        let to = from.checked_add(usize::try_from(length).ok()?)?;
        block.bytes.get_mut(from..to)
    }
}

/// The error of an access outside every live block.
pub(super) fn stray(what: &str) -> Error {
    let why = format!("{what} outside every block of the plug-in");
    Error::new(ErrorCode::GuestTrap, &why).with("trap", why)
}

#[cfg(test)]
#[path = "tests/blocks.rs"]
mod tests;
