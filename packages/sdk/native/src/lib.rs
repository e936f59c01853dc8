//! The Node binding: values, promises and callbacks between JavaScript and the bridge.
//!
//! Decides nothing about sandboxes. `unsafe` stands in `js.rs` and `make.rs`
//! (Node-API itself), `waker.rs` and `fast.rs` only.

mod callbacks;
mod entry;
mod fast;
mod from_js;
pub mod handle;
pub mod invoke;
mod js;
pub mod kv;
mod local;
mod mailbox;
mod make;
pub mod native;
mod request;
pub mod template;
mod to_js;
mod waker;
