//! A host written in C: its functions, and whoever listens to output and audit events.
//!
//! A call may be answered at once or later, from any thread; until then the guest waits, and can be stopped.

use crate::bytes::WsBytes;
use crate::entry::quietly;
use crate::value::{WsValue, lend};
use std::ffi::c_void;
use std::sync::Arc;
use wasm_sandbox_bridge::policy::{AuditEvent, Error, ErrorCode, Result, Value};
use wasm_sandbox_bridge::{
    Host, HostCall, HostError, HostReply, Reply, Stream, Within, audit_value, raised, raised_by, wire,
};

/// What a program offers the guests of one sandbox. The functions are called on threads of the library, or on the
/// caller's during a synchronous call; they must not raise or jump out.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct WsHost {
    /// Handed to every function.
    pub context: *mut c_void,
    /// Told once, when the context is needed no more. May be null.
    pub release: Option<unsafe extern "C" fn(context: *mut c_void)>,
    /// Names of the host functions: an encoded list of strings.
    pub names: WsBytes,
    /// Calls one: a list `[name, arguments, arguments by keyword]`. `reply` is the receiver's to settle.
    pub call: Option<unsafe extern "C" fn(context: *mut c_void, call: WsValue, within: WsWithin, reply: *mut WsReply)>,
    /// The guest wrote: 1 is standard output, 2 standard error. Null: nobody listens.
    pub output: Option<unsafe extern "C" fn(context: *mut c_void, tag: u64, stream: u32, bytes: WsBytes)>,
    /// A decision was recorded: a map. Null: nobody listens.
    pub audit: Option<unsafe extern "C" fn(context: *mut c_void, tag: u64, event: WsValue)>,
}

/// Where a call of a host function comes from.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct WsWithin {
    /// Of the operation that the guest is at, as its stop token has it; listeners are told the same. 0: none.
    pub tag: u64,
    /// The function's number until its reply is settled: the `from` of the tokens of what it asks for.
    pub frame: u64,
}

/// Where one call's answer goes.
pub struct WsReply(Reply);

/// The C host as the bridge sees it.
pub(crate) struct CHost {
    host: WsHost,
    names: Vec<String>,
}

// SAFETY: the header says that the functions are called on any thread, so the context must bear that.
unsafe impl Send for CHost {}
// SAFETY: as above; several threads may call at once.
unsafe impl Sync for CHost {}

impl Drop for CHost {
    fn drop(&mut self) {
        if let Some(release) = self.host.release {
            // SAFETY: the program's function with its context, once.
            unsafe { release(self.host.context) }
        }
    }
}

impl CHost {
    /// Takes the host over; `None` when there is none.
    ///
    /// # Safety
    /// `host` is null or valid, with names that are there until this returns.
    pub(crate) unsafe fn of(host: *const WsHost) -> Option<Arc<dyn Host>> {
        // SAFETY: the caller's.
        let host = unsafe { host.as_ref() }?;
        // SAFETY: the caller's.
        let names = unsafe { host.names.read("names") }.and_then(names_of);
        // Names that cannot be read are none: the guest then misses its functions, and says so.
        Some(Arc::new(CHost { host: *host, names: names.unwrap_or_default() }))
    }
}

fn names_of(bytes: &[u8]) -> Result<Vec<String>> {
    let refused = || Error::new(ErrorCode::InvalidArgument, "names: an encoded list of strings is wanted");
    if bytes.is_empty() {
        return Ok(Vec::new());
    }
    let Value::List(names) = wire::decode(bytes)? else { return Err(refused()) };
    names.into_iter().map(|name| if let Value::String(name) = name { Ok(name) } else { Err(refused()) }).collect()
}

impl Host for CHost {
    fn names(&self) -> Vec<String> {
        self.names.clone()
    }

    fn call(&self, call: HostCall, Within { tag, frame }: Within) -> HostReply {
        let Some(ask) = self.host.call else {
            return HostReply::Now(Err(raised("Error", "the host has no functions")));
        };
        let named = Value::object(call.named);
        let request = Value::List(vec![Value::String(call.name), Value::List(call.args), named]);
        match wire::split(request) {
            Ok(request) => {
                let reply = Box::into_raw(Box::new(WsReply(call.reply)));
                // SAFETY: the program's function with its context; the reply is its own from now on.
                lend(request, |request| unsafe { ask(self.host.context, request, WsWithin { tag, frame }, reply) });
                HostReply::Later
            }
            Err(error) => HostReply::Now(Err(raised_by(error))),
        }
    }

    fn output(&self, tag: u64, stream: Stream, bytes: &[u8]) {
        if let Some(output) = self.host.output {
            let stream = if stream == Stream::Stdout { 1 } else { 2 };
            // SAFETY: the program's function with its context; the bytes are lent.
            unsafe { output(self.host.context, tag, stream, WsBytes::of(bytes)) }
        }
    }

    fn audit(&self, tag: u64, event: &AuditEvent) {
        if let (Some(audit), Ok(event)) = (self.host.audit, wire::split(audit_value(event))) {
            // SAFETY: the program's function with its context; the event is lent.
            lend(event, |event| unsafe { audit(self.host.context, tag, event) });
        }
    }

    fn wants_output(&self) -> bool {
        self.host.output.is_some()
    }

    fn wants_audit(&self) -> bool {
        self.host.audit.is_some()
    }
}

/// Says that the answer comes later, so that a guest with promises goes on meanwhile; any other keeps waiting.
///
/// # Safety
/// `reply` is null or was not settled yet.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ws_reply_defer(reply: *const WsReply) {
    // SAFETY: the caller's.
    if let Some(reply) = unsafe { reply.as_ref() } {
        quietly(|| reply.0.defer());
    }
}

/// Answers a call, from any thread, and gives `reply` back. `failed` is 0 for a value, anything else for a map
/// `{type, message}`, which the guest gets as an exception.
///
/// # Safety
/// `reply` is null or was not settled yet; the answer is there until this returns.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ws_reply_settle(reply: *mut WsReply, failed: u32, answer: WsValue) {
    if reply.is_null() {
        return;
    }
    // SAFETY: made by `call`, and settled once.
    let reply = unsafe { Box::from_raw(reply) };
    quietly(|| {
        // SAFETY: the caller's.
        reply.0.settle(match unsafe { answer.read("answer") } {
            Ok(value) if failed == 0 => Ok(value),
            Ok(error) => Err(thrown(&error)),
            Err(error) => Err(raised_by(error)),
        });
    });
}

fn thrown(error: &Value) -> HostError {
    let text = |key| error.get(key).and_then(Value::as_str).unwrap_or_default();
    raised(text("type"), text("message"))
}
