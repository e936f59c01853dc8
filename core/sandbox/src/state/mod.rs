//! The state of an interpreter's instance: its memory and its numeric globals are all of it (`language/snapshot.rs`
//! proves that of a pack when it is built).
//!
//! `origin.rs` has the memories that instances have one after the other (`mapping.rs`), `pristine.rs` holds what every
//! instance begins with, `written.rs` finds what one has changed and `track.rs` remembers it, `image.rs` takes that away
//! and puts it back, `envelope.rs` makes it a sealed file, `lane.rs` puts an instance back to its beginning, `warm.rs`
//! provides the pages that every run needs, `spare.rs` gives back those that nobody needs any more, `sweeper.rs` clears up
//! behind those who have their answer.

mod envelope;
mod image;
mod lane;
#[cfg(target_os = "linux")]
mod mapping;
#[cfg(target_os = "linux")]
mod origin;
#[cfg(not(target_os = "linux"))]
#[path = "no_origin.rs"]
mod origin;
mod pristine;
mod spare;
mod sweeper;
#[cfg(test)]
mod tests;
mod track;
mod warm;
mod written;

pub(crate) use envelope::{Envelope, SavedPackages, seal_key};
pub(crate) use image::Image;
pub(crate) use lane::{IN_HAND, Lane, Lanes, RUNS};
#[cfg(target_os = "linux")]
pub(crate) use origin::Memories;
pub(crate) use origin::Origin;
pub(crate) use pristine::Pristine;
pub(crate) use spare::give_back;
pub(crate) use sweeper::Sweeper;
pub(crate) use track::{Track, Watch, WrittenPages};
pub(crate) use warm::hot;

/// Bytes that are compared, kept and copied as one: a page of the smallest kind that systems have.
const PAGE: usize = 4096;
