//! The C library: handles, borrowed inputs, owned outputs, nothing that a sandbox does.
//!
//! Every entry checks its pointers and lengths and lets no panic out. What an operation means is the bridge's.
//! Values cross in the binary form of `wasm_sandbox_bridge::wire`, errors as its JSON documents.

mod answer;
mod bytes;
mod entry;
mod host;
mod invoke;
mod prepared;
mod stop;
mod version;

pub use answer::{WsAnswer, WsStatus, ws_free};
pub use bytes::{WsBuffer, WsBytes};
pub use host::{WsHost, WsReply, ws_reply_defer, ws_reply_settle};
pub use invoke::{WsDone, WsGuest, ws_guest_release, ws_guest_retain, ws_invoke, ws_invoke_now};
pub use prepared::{WsPrepared, WsSignature, ws_prepare, ws_prepared_call, ws_prepared_release, ws_prepared_signature};
pub use stop::{WsStop, ws_stop, ws_stop_new, ws_stop_release};
pub use version::{WS_ABI_VERSION, ws_abi_version};
