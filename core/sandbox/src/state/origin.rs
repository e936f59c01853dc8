//! `Origin`: the memory that every instance of a pack begins with, and mappings of it that instances have one after
//! the other.
//!
//! An instance's pages are the file's, copied when they are written. When the instance goes, what was written is put
//! back and the mapping waits for the next one, which finds the pages that every run needs. wasmtime gets such memories
//! from here and knows of no image. One of the few modules with `unsafe`: it hands memory to wasmtime.

use super::lane::restore;
use super::mapping::Mapping;
use super::warm::provide;
use super::{IN_HAND, PAGE, Track, WrittenPages};
use crate::lock::Mutex;
use crate::time::cores;
use std::cell::RefCell;
use std::fs::File;
use std::io;
use std::ops::Range;
use std::ptr::NonNull;
use std::sync::Arc;
use wasm_sandbox_policy::{Error, ErrorCode};
use wasmtime::{LinearMemory, MemoryCreator, MemoryType};

/// Pages of an image that stay with its mapping at most; where an instance wrote more, all are given up.
const KEPT: usize = 512;

/// See the module's head.
pub(crate) struct Origin {
    file: File,
    /// The image, only to be read.
    image: Mapping,
    /// Pages that a run writes whatever it does.
    hot: Vec<Range<u32>>,
    waiting: Mutex<Vec<Reserved>>,
    /// Memories of one page that nobody writes (`language/polls.rs`).
    polls: Mutex<Vec<Reserved>>,
}

impl Origin {
    /// The image is all of `file`, whose length is a whole number of WebAssembly pages.
    pub(crate) fn of(file: File, hot: Vec<Range<u32>>) -> io::Result<Arc<Origin>> {
        let bytes = usize::try_from(file.metadata()?.len()).map_err(io::Error::other)?;
        let image = Mapping::new(bytes)?;
        image.show(0, &file, bytes, libc::PROT_READ)?;
        let (waiting, polls) = Default::default();
        Ok(Arc::new(Origin { file, image, hot, waiting, polls }))
    }

    /// Makes an instance of the pack: its first memory is one of these, its second a page that nobody writes. `busy` where
    /// the system has no room for them.
    pub(crate) fn serve<T, E: From<Error>>(
        self: &Arc<Origin>,
        make: impl FnOnce() -> Result<T, E>,
    ) -> Result<(T, Track, Option<WrittenPages>), E> {
        struct Restore(Option<Serving>);
        impl Drop for Restore {
            fn drop(&mut self) {
                SERVING.set(self.0.take());
            }
        }
        let serving =
            Serving { origin: self.clone(), memories: 0, track: Track::default(), written: None, failed: None };
        let _restore = Restore(SERVING.replace(Some(serving)));
        let made = make();
        match SERVING.take() {
            Some(Serving { failed: Some(why), .. }) => Err(no_room(&why).into()),
            Some(Serving { track, written, .. }) => Ok((made?, track, written)),
            None => Ok((made?, Track::default(), None)),
        }
    }

    fn image(&self) -> &[u8] {
        // SAFETY: all of the mapping is readable, lives as long as this, and nobody writes to it or to its file.
        unsafe { std::slice::from_raw_parts(self.image.start(), self.image.bytes()) }
    }

    /// A mapping of the image for one instance.
    fn memory(self: &Arc<Origin>, room: Room) -> io::Result<Memory> {
        let waiting = self.waiting.lock().pop_if(|reserved| reserved.room == room);
        let (reserved, new) = match waiting {
            Some(reserved) => (reserved, false),
            None => {
                let reserved = Reserved::new(room)?;
                let protection = libc::PROT_READ | libc::PROT_WRITE;
                reserved.mapping.show(room.guard, &self.file, self.image.bytes(), protection)?;
                (reserved, true)
            }
        };
        let (size, owner) = (self.image.bytes(), Owner::Image(self.clone()));
        let mut memory = Memory { reserved: Some(reserved), size, owner };
        if new {
            provide(memory.bytes(), &self.hot);
        }
        Ok(memory)
    }

    /// The page of one instance that is there to be taken away.
    fn poll(self: &Arc<Origin>, size: usize, room: Room) -> io::Result<Memory> {
        let waiting = self.polls.lock().pop_if(|reserved| reserved.room == room);
        match waiting {
            Some(reserved) => Ok(Memory { reserved: Some(reserved), size, owner: Owner::Poll(self.clone()) }),
            None => Memory::blank(size, room, Owner::Poll(self.clone())),
        }
    }
}

/// How much address space a memory has: itself, and what is never accessible before and behind it.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Room {
    reserved: usize,
    guard: usize,
}

/// Address space for one memory.
struct Reserved {
    mapping: Arc<Mapping>,
    room: Room,
    track: Track,
}

impl Reserved {
    fn new(room: Room) -> io::Result<Reserved> {
        let bytes = room.guard.checked_mul(2).and_then(|guards| guards.checked_add(room.reserved));
        let mapping = Arc::new(Mapping::new(bytes.ok_or(io::ErrorKind::OutOfMemory)?)?);
        let track = if room.guard >= PAGE { Track::of(mapping.clone()) } else { Track::default() };
        Ok(Reserved { mapping, room, track })
    }
}

/// A linear memory of an instance.
struct Memory {
    /// Some until it is dropped.
    reserved: Option<Reserved>,
    /// Bytes that are accessible, from the beginning.
    size: usize,
    owner: Owner,
}

/// Who has its mapping when the instance goes.
enum Owner {
    Image(Arc<Origin>),
    Poll(Arc<Origin>),
    Nobody,
}

impl Memory {
    /// Zeros.
    fn blank(size: usize, room: Room, owner: Owner) -> io::Result<Memory> {
        let mut memory = Memory { reserved: Some(Reserved::new(room)?), size: 0, owner: Owner::Nobody };
        memory.grow(size)?;
        // Only one that is whole may have a next instance.
        memory.owner = owner;
        Ok(memory)
    }

    fn grow(&mut self, size: usize) -> io::Result<()> {
        let reserved = self.reserved.as_ref().ok_or(io::ErrorKind::OutOfMemory)?;
        if size > reserved.room.reserved {
            return Err(io::ErrorKind::OutOfMemory.into());
        }
        if size > self.size {
            let range = reserved.room.guard + self.size..reserved.room.guard + size;
            reserved.mapping.protect(range, libc::PROT_READ | libc::PROT_WRITE)?;
            self.size = size;
        }
        Ok(())
    }

    fn track(&self) -> Track {
        self.reserved.as_ref().map(|reserved| reserved.track.clone()).unwrap_or_default()
    }

    fn start(&self) -> *mut u8 {
        match &self.reserved {
            // Within the mapping, which is larger than the guard.
            Some(reserved) => reserved.mapping.start().wrapping_add(reserved.room.guard),
            None => NonNull::dangling().as_ptr(),
        }
    }

    fn bytes(&mut self) -> &mut [u8] {
        let (start, size) = (self.start(), if self.reserved.is_some() { self.size } else { 0 });
        // SAFETY: the first `size` bytes are readable and writable for as long as the mapping is there; `self` is
        // borrowed, and before wasmtime has a memory and after it has dropped it nobody else refers to them.
        unsafe { std::slice::from_raw_parts_mut(start, size) }
    }

    /// Leaves nothing of the instance behind: the image, and nothing beyond it.
    fn wipe(&mut self, origin: &Origin) -> io::Result<()> {
        let image = origin.image();
        if let Some(reserved) = &self.reserved
            && self.size > image.len()
        {
            let grown = reserved.room.guard + image.len()..reserved.room.guard + self.size;
            reserved.mapping.forget(grown.clone())?;
            reserved.mapping.protect(grown, libc::PROT_NONE)?;
            self.size = image.len();
        }
        let track = self.track();
        if restore(self.bytes(), image, KEPT, &track) {
            return Ok(());
        }
        if let Some(reserved) = &self.reserved {
            reserved.mapping.forget(reserved.room.guard..reserved.room.guard + image.len())?;
        }
        provide(self.bytes(), &origin.hot);
        Ok(())
    }
}

impl Drop for Memory {
    fn drop(&mut self) {
        let (origin, wait) = match std::mem::replace(&mut self.owner, Owner::Nobody) {
            Owner::Image(origin) => (origin, true),
            Owner::Poll(origin) => (origin, false),
            Owner::Nobody => return,
        };
        let waiting = if wait { &origin.waiting } else { &origin.polls };
        // What nobody would have again need not be cleaned.
        let most = cores() + IN_HAND;
        if waiting.lock().len() >= most || wait && self.wipe(&origin).is_err() {
            return;
        }
        if let Some(reserved) = self.reserved.take() {
            let mut waiting = waiting.lock();
            if waiting.len() < most {
                waiting.push(reserved);
            }
        }
    }
}

// SAFETY: `start` is the beginning of a mapping that is this memory's alone, page-aligned, with its guards before and
// behind it inaccessible; it never moves; the first `size` bytes, a whole number of WebAssembly pages, are accessible.
unsafe impl LinearMemory for Memory {
    fn byte_size(&self) -> usize {
        self.size
    }

    fn byte_capacity(&self) -> usize {
        self.reserved.as_ref().map_or(0, |reserved| reserved.room.reserved)
    }

    fn grow_to(&mut self, new_size: usize) -> wasmtime::Result<()> {
        Ok(self.grow(new_size)?)
    }

    fn as_ptr(&self) -> *mut u8 {
        self.start()
    }
}

thread_local! {
    static SERVING: RefCell<Option<Serving>> = const { RefCell::new(None) };
}

/// An instance that is being made on this thread.
struct Serving {
    origin: Arc<Origin>,
    /// How many it has already.
    memories: u32,
    /// Of the first, and its list.
    track: Track,
    written: Option<WrittenPages>,
    /// Why it gets none.
    failed: Option<io::Error>,
}

fn no_room(why: &io::Error) -> Error {
    let why = format_args!(
        "this process has no memory or address space left for another session ({why}); dispose of sessions or try again later"
    );
    Error::new(ErrorCode::Busy, why)
}

/// Gives the engines of packs their memories.
pub(crate) struct Memories;

// SAFETY: each memory has the reservation and the guard that it is asked for; see `Memory`.
unsafe impl MemoryCreator for Memories {
    fn new_memory(
        &self,
        _: MemoryType,
        minimum: usize,
        _: Option<usize>,
        reserved: Option<usize>,
        guard: usize,
    ) -> Result<Box<dyn LinearMemory>, String> {
        let room = Room { reserved: reserved.unwrap_or(minimum), guard };
        let made = SERVING.with_borrow_mut(|serving| {
            let Some(Serving { origin, memories, track, written, failed }) = serving else {
                return Memory::blank(minimum, room, Owner::Nobody).map_err(|error| error.to_string());
            };
            *memories += 1;
            let made = match *memories {
                1 if minimum == origin.image.bytes() => origin.memory(room),
                2 if minimum == 16 * PAGE => origin.poll(minimum, room),
                _ => return Err("the language pack has a memory too many, or of another size".to_owned()),
            };
            if let (1, Ok(first)) = (*memories, &made) {
                *track = first.track();
                *written = track.take();
            }
            made.map_err(|error| {
                let text = error.to_string();
                *failed = Some(error);
                text
            })
        })?;
        Ok(Box::new(made))
    }
}

#[cfg(test)]
#[path = "origin_tests.rs"]
mod tests;
