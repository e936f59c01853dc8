//! The Python binding: values, completions and callbacks between Python and the bridge.
//!
//! Decides nothing about sandboxes; what users see is made in Python above it. `unsafe` stands in `fast.rs` only.

mod errors;
mod exit;
mod fast;
mod from_py;
mod host;
mod invoke;
mod to_py;

/// What `wasm_sandbox` is built on; not for its users.
#[pyo3::pymodule(gil_used = true)]
mod _native {
    #[pymodule_export]
    use super::exit::{forked, packs_in, shut_down};
    #[pymodule_export]
    use super::host::{Reply, called_within};
    #[pymodule_export]
    use super::invoke::{Handle, Stop, invoke};
}
