//! What every language binding calls: handles with queues, threads of our own, cancel tokens, a panic guard.
//!
//! Knows no language. A binding converts values, implements `Host`, and turns completions into its own kind of
//! promise; when something runs, where, and what happens when it panics is decided here.

#[cfg(target_env = "musl")]
mod allocator;
mod bridge;
mod cancel;
mod documents;
mod executor;
mod fork;
mod guard;
mod handle;
mod host;
mod lease;
mod line;
mod lookout;
pub mod ops;
mod options;
mod origin;
mod place;
mod pool;
mod prepared;
mod roster;
mod stop;
mod sync;
mod work;

pub use bridge::{Bridge, Contents, Given};
pub use cancel::Ticket;
pub use documents::{audit_value, error_value};
pub use fork::{Ours, forked};
pub use guard::contained;
pub use handle::{Handle, WeakHandle};
pub use host::{Host, raised, raised_by};
pub use lookout::{Lookout, look_out};
pub use options::{BridgeOptions, CallSettings, OpenRequest, parse_json};
pub use origin::{Origin, Within};
pub use place::{DEEPEST, Trail, cannot, endless, parameter, refused, too_deep};
pub use prepared::{MAX_SCALARS, PreparedCall};
pub use roster::Roster;
pub use stop::Stop;
pub use work::Call;

pub use wasm_sandbox_core::{
    HostCall, HostError, HostReply, KvStore, PackLocation, PackageSource, Reply, Run, Scalar, ScalarKind, Stdin,
    Stream, cores, wire,
};
pub use wasm_sandbox_core::{lock, spare};
pub use wasm_sandbox_policy as policy;
