//! Operations by name, and the handles that they open and work on.
//!
//! What an operation does is the bridge's; here arguments are read, and answers told exactly once.

use crate::answer::{Listener, WsDone};
use crate::bytes::WsBytes;
use crate::entry::{null, quietly, release};
use crate::host::{CHost, WsHost};
use crate::stop::{WsStop, given};
use crate::value::WsValue;
use std::ffi::c_void;
use wasm_sandbox_bridge::ops::{self, Guest, Pool, Request, Target};
use wasm_sandbox_bridge::policy::{Error, ErrorCode, Result};
use wasm_sandbox_bridge::{Bridge, PreparedCall, contained};

/// What an operation opened: a guest (a sandbox or a session), a pool of guests, or a prepared export.
pub enum WsHandle {
    Guest(Guest),
    Pool(Pool),
    Prepared(PreparedCall),
}

/// Begins `operation` with its arguments, a map, on `target` (null for none), and tells `done` of its end, with
/// `context`. `host` and `stop` may be null; both may be given back when this returns, and `host`'s context is released
/// when the library needs it no more. Unless `look_out` is 0, this thread stays up to half a millisecond for an answer
/// that comes at once, and tells it.
///
/// # Safety
/// The pointers are null or valid; what is lent is there until this returns.
#[unsafe(no_mangle)]
#[allow(clippy::too_many_arguments, reason = "an operation, who stops it and who is told")]
pub unsafe extern "C" fn ws_invoke(
    target: *const WsHandle,
    operation: WsBytes,
    arguments: WsValue,
    host: *const WsHost,
    stop: *const WsStop,
    look_out: u32,
    done: WsDone,
    context: *mut c_void,
) {
    let listener = Listener::new(done, context);
    // SAFETY: the caller's.
    let stop = unsafe { given(stop) };
    // SAFETY: the caller's.
    match contained(|| unsafe { request(target, operation, arguments, host) }) {
        Ok(request) => ops::invoke(request, &stop, look_out != 0, move |outcome| listener.tell(outcome)),
        Err(error) => listener.tell(Err(error)),
    }
}

/// The same on the caller's thread, which it blocks; `done` is told before it returns. `busy` while anything else runs
/// or waits on the target.
///
/// # Safety
/// As `ws_invoke`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ws_invoke_now(
    target: *const WsHandle,
    operation: WsBytes,
    arguments: WsValue,
    host: *const WsHost,
    stop: *const WsStop,
    done: WsDone,
    context: *mut c_void,
) {
    // SAFETY: the caller's.
    let stop = unsafe { given(stop) };
    // SAFETY: the caller's.
    let work = || ops::invoke_now(unsafe { request(target, operation, arguments, host) }?, &stop);
    Listener::new(done, context).tell(contained(work));
}

/// # Safety
/// As `ws_invoke`; the operation's name is there as long as the request.
unsafe fn request<'a>(
    target: *const WsHandle,
    operation: WsBytes,
    arguments: WsValue,
    host: *const WsHost,
) -> Result<Request<'a>> {
    // SAFETY: the caller's; taken over first, so that its context is released whatever happens.
    let host = unsafe { CHost::of(host) };
    // SAFETY: the caller's.
    let (operation, arguments) = unsafe { (operation.text("operation")?, arguments.read("arguments")?) };
    if operation.is_empty() {
        return Err(null("operation"));
    }
    // SAFETY: the caller's.
    let target = match unsafe { target.as_ref() } {
        Some(WsHandle::Guest(guest)) => Some(Target::Guest(guest)),
        Some(WsHandle::Pool(pool)) => Some(Target::Pool(pool)),
        Some(WsHandle::Prepared(_)) => return Err(Error::new(ErrorCode::InvalidArgument, "this is no guest")),
        None => None,
    };
    Ok(Request { target, operation, arguments, host })
}

/// Says in which folder the language packs are, before anything else. Without packs there are modules and no languages.
///
/// # Safety
/// The folder's name is there until this returns.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ws_packs_in(folder: WsBytes) {
    // SAFETY: the caller's.
    quietly(|| unsafe { folder.text("folder") }.into_iter().for_each(|folder| Bridge::packs_in(folder.into())));
}

/// Gives a file of a language pack that the program carries, by its name, before anything else: it is not copied.
///
/// # Safety
/// The content is there until the program ends, and nobody changes it.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ws_pack_file(name: WsBytes, content: WsBytes) {
    quietly(|| {
        // SAFETY: the caller's.
        if let (Ok(name), Ok(content)) = unsafe { (name.text("name"), content.read("content")) } {
            Bridge::pack_file(name.to_owned(), content);
        }
    });
}

/// Gives a handle back. With that of a guest the guest is ended, or goes back to the pool that has lent it, without
/// waiting for that.
///
/// # Safety
/// `handle` is null or was not released.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ws_handle_release(handle: *mut WsHandle) {
    // SAFETY: made by this library, and released once.
    unsafe { release(handle) }
}
