//! The version of what this library and its header agree on.
//!
//! It has nothing to do with the release: a program compares it before anything else.

/// Changes whenever a program that was compiled against an older header would break.
pub const WS_ABI_VERSION: u32 = 5;

/// The version that this library was built with; a program compares it with `WS_ABI_VERSION` of its header.
#[unsafe(no_mangle)]
pub extern "C" fn ws_abi_version() -> u32 {
    WS_ABI_VERSION
}
