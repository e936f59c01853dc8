//! Keeps the answering of guests' faults in front of other handlers of the process.
//!
//! wasmtime answers them, if it is asked first. A handler that is installed later (crash reporters, Python's
//! `faulthandler`) would take a guest's fault for a crash of the host: then one of ours goes in front of that one, which
//! gives wasmtime what is a guest's and leaves the rest to it. One of the few modules with `unsafe`: signal handlers.

use std::cell::Cell;
use std::ffi::c_int;
use std::ptr::{null, null_mut};
use std::sync::atomic::{AtomicPtr, AtomicUsize, Ordering::SeqCst};

/// What a load from a page that is not there comes as.
#[cfg(target_vendor = "apple")]
const SIGNALS: [c_int; 2] = [libc::SIGSEGV, libc::SIGBUS];
#[cfg(not(target_vendor = "apple"))]
const SIGNALS: [c_int; 1] = [libc::SIGSEGV];

type Handler = unsafe extern "C" fn(c_int, *mut libc::siginfo_t, *mut libc::c_void);

/// wasmtime's handler.
static WASMTIME: AtomicUsize = AtomicUsize::new(0);
/// What was in front of it when ours was installed, by the signal's place in `SIGNALS`. Never freed: it may be in use.
static OTHERS: [AtomicPtr<libc::sigaction>; SIGNALS.len()] = [const { AtomicPtr::new(null_mut()) }; SIGNALS.len()];

thread_local! {
    /// How many guests run on this thread, one inside of the other.
    static GUESTS: Cell<u32> = const { Cell::new(0) };
    /// Whether the others are being asked: one that asks ours in turn would never come to an end.
    static ASKING: Cell<bool> = const { Cell::new(false) };
}

/// Notes wasmtime's handler; called right after the first engine was made, which installs it.
pub(crate) fn remember() {
    let now = installed(SIGNALS[0]);
    let _ = WASMTIME.compare_exchange(0, now.sa_sigaction, SeqCst, SeqCst);
}

/// Makes sure that a guest's fault gets to wasmtime.
pub(crate) fn in_front() {
    let wasmtime = WASMTIME.load(SeqCst);
    for (signal, other) in SIGNALS.into_iter().zip(&OTHERS) {
        let now = installed(signal);
        if wasmtime == 0 || now.sa_sigaction == wasmtime || now.sa_sigaction == ours() {
            continue;
        }
        other.store(Box::into_raw(Box::new(now)), SeqCst);
        // SAFETY: all zeros is an action without flags and with an empty mask, of which what counts is set here.
        unsafe {
            let mut action: libc::sigaction = std::mem::zeroed();
            action.sa_sigaction = ours();
            // As wasmtime's own: on the thread's other stack, and not blocked while it is answered.
            action.sa_flags = libc::SA_SIGINFO | libc::SA_ONSTACK | libc::SA_NODEFER;
            libc::sigaction(signal, &raw const action, null_mut());
        }
    }
}

/// Does `work`, which runs guest code on this thread.
pub(crate) fn with_guest<T>(work: impl FnOnce() -> T) -> T {
    struct Left;
    impl Drop for Left {
        fn drop(&mut self) {
            GUESTS.set(GUESTS.get() - 1);
        }
    }
    GUESTS.set(GUESTS.get() + 1);
    let _left = Left;
    work()
}

fn ours() -> usize {
    answer as Handler as usize
}

fn installed(signal: c_int) -> libc::sigaction {
    // SAFETY: asks for the action only; all zeros is one.
    unsafe {
        let mut now: libc::sigaction = std::mem::zeroed();
        libc::sigaction(signal, null(), &raw mut now);
        now
    }
}

unsafe extern "C" fn answer(signal: c_int, info: *mut libc::siginfo_t, context: *mut libc::c_void) {
    let place = SIGNALS.iter().position(|known| *known == signal).unwrap_or(0);
    let other = OTHERS[place].load(SeqCst);
    // SAFETY: what is called are handlers of this signal, each in the way that its action says, with what the system gave
    // to this one. What is not a guest's fault wasmtime hands to whoever was there before it, or to nobody.
    unsafe {
        if GUESTS.get() > 0 || other.is_null() || ASKING.get() {
            let wasmtime: Handler = std::mem::transmute::<usize, Handler>(WASMTIME.load(SeqCst));
            return wasmtime(signal, info, context);
        }
        ASKING.set(true);
        match (*other).sa_sigaction {
            libc::SIG_DFL | libc::SIG_IGN => {
                // The fault comes again, and then ends the process.
                libc::sigaction(signal, other, null_mut());
            }
            handler if (*other).sa_flags & libc::SA_SIGINFO != 0 => {
                std::mem::transmute::<usize, Handler>(handler)(signal, info, context);
            }
            handler => std::mem::transmute::<usize, unsafe extern "C" fn(c_int)>(handler)(signal),
        }
        ASKING.set(false);
    }
}
