//! The fast path: a numeric export resolved once, called on the caller's thread with its scalars in slots.
//!
//! Which number fits which type is the core's business; here slots are read and written.

use crate::bytes::WsBuffer;
use crate::entry::{error_buffer, null};
use crate::invoke::WsHandle;
use wasm_sandbox_bridge::policy::Result;
use wasm_sandbox_bridge::{MAX_SCALARS, Scalar, ScalarKind};

const UNFIT: u32 = 2;

/// Types of a prepared export: 0 is i32, 1 i64, 2 f32, 3 f64.
#[repr(C)]
pub struct WsSignature {
    pub param_count: u32,
    pub result_count: u32,
    pub params: [u8; 16],
    pub results: [u8; 16],
}

/// The types of a prepared export's parameters and results; all zero for anything else.
///
/// # Safety
/// `prepared` is null or was not released.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ws_prepared_signature(prepared: *const WsHandle) -> WsSignature {
    let mut signature = WsSignature { param_count: 0, result_count: 0, params: [0; 16], results: [0; 16] };
    // SAFETY: the caller's.
    if let Some(WsHandle::Prepared(prepared)) = unsafe { prepared.as_ref() } {
        let (params, results) = (prepared.params(), prepared.results());
        signature.param_count = params.len().min(MAX_SCALARS) as u32;
        signature.result_count = results.len().min(MAX_SCALARS) as u32;
        params.iter().zip(&mut signature.params).for_each(|(kind, place)| *place = *kind as u8);
        results.iter().zip(&mut signature.results).for_each(|(kind, place)| *place = *kind as u8);
    }
    signature
}

/// Calls a prepared export: `slots` holds 16 places with `count` arguments, then the results: integers as they are,
/// floats as the bits of a double. Which arguments are floats `floats` says, the first by its lowest bit; which results
/// are, the signature. 0; 1 and `error`; or 2 where an argument does not fit its parameter, so that `WasmSandbox.call`
/// has to say why; what `slots` holds then means nothing. `busy` while anything else runs or waits on the guest.
///
/// # Safety
/// `prepared` is null or was not released, `slots` null or room for 16, `error` null or valid.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ws_prepared_call(
    prepared: *const WsHandle,
    slots: *mut u64,
    count: u32,
    floats: u32,
    error: *mut WsBuffer,
) -> u32 {
    // SAFETY: the caller's. The call itself guards against panics of the guest's side.
    let (prepared, slots) = match unsafe { (prepared.as_ref(), slots.cast::<[u64; MAX_SCALARS]>().as_mut()) } {
        (Some(WsHandle::Prepared(prepared)), Some(slots)) => (prepared, slots),
        // SAFETY: the caller's.
        _ => return unsafe { told(Err(null("prepared, or slots,")), error) },
    };
    let bits = |index: usize, kind: ScalarKind, given: u64| match floats >> index & 1 {
        0 => kind.of_int(given as i64),
        _ => kind.of_float(f64::from_bits(given)),
    };
    if !prepared.fill(slots, count as usize, bits) {
        return UNFIT;
    }
    let outcome = prepared.call(slots);
    if outcome.is_err() {
        // SAFETY: the caller's.
        return unsafe { told(outcome, error) };
    }
    for (slot, kind) in slots.iter_mut().zip(prepared.results()) {
        *slot = match kind.read(*slot) {
            Scalar::Int(number) => number as u64,
            Scalar::Float(number) => number.to_bits(),
        };
    }
    0
}

/// # Safety
/// `error` is null or valid.
#[cold]
unsafe fn told(outcome: Result<()>, error: *mut WsBuffer) -> u32 {
    let Err(failure) = outcome else { return 0 };
    // SAFETY: the caller's.
    if let Some(place) = unsafe { error.as_mut() } {
        *place = error_buffer(&failure);
    }
    1
}

const _: () = assert!(MAX_SCALARS == 16 && ScalarKind::F64 as u8 == 3, "as the header says");
