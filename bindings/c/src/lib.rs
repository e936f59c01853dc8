//! The C library: handles, and values that are lent in both directions; nothing that a sandbox does.
//!
//! Every entry checks its pointers and lengths and lets no panic out. What an operation means is the bridge's.
//! Values and errors cross in the binary form of `wasm_sandbox_bridge::wire`.

mod answer;
mod bytes;
mod entry;
mod host;
mod invoke;
mod prepared;
mod stop;
mod value;
mod version;

pub use answer::{WsAnswer, WsDone, WsStatus};
pub use bytes::{WsBuffer, WsBytes, ws_free};
pub use host::{WsHost, WsReply, WsWithin, ws_reply_defer, ws_reply_settle};
pub use invoke::{WsHandle, ws_handle_release, ws_invoke, ws_invoke_now, ws_pack_file, ws_packs_in};
pub use prepared::{WsSignature, ws_prepared_call, ws_prepared_signature};
pub use stop::{WsStop, ws_stop, ws_stop_new, ws_stop_release};
pub use value::{WsApart, WsValue};
pub use version::{WS_ABI_VERSION, ws_abi_version};
