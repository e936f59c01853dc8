//! The allocator of our libraries where the C library is musl.
//!
//! Its own gives memory back to the system at once, so that every run begins with page faults.

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;
