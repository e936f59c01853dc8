//! `Pool`: guests of one kind, kept open for whoever comes next, each put back to its state after opening before it is
//! lent again. Whoever comes first is served first.
//!
//! Opens, resets, closes and tells; who gets which one is decided in `stock.rs`. Nothing is told under the lock. Knows
//! no options and no source: what opens one is given.

mod loan;
mod stock;

use crate::bridge::{Bridge, Open};
use crate::executor::Alarm;
use crate::line::{cancelled, tell};
use crate::ops::Guest;
use crate::origin::reentrant;
use crate::stop::Stop;
pub(crate) use loan::Loan;
use std::sync::{Arc, Weak};
use std::time::{Duration, Instant};
pub(crate) use stock::Sizes;
use stock::{Grant, Lent, Stock};
use wasm_sandbox_core::lock::Mutex;
use wasm_sandbox_policy::{Error, ErrorCode, Result};

/// Clones name the same one; the last one dropped ends it.
#[derive(Clone)]
pub struct Pool(Arc<Inner>);

/// Prepares the opening of one more.
pub(crate) type Opener = Arc<dyn Fn() -> Result<(Guest, Open)> + Send + Sync>;
pub(crate) type Done<T> = Box<dyn FnOnce(Result<T>) + Send>;

struct Inner {
    stock: Mutex<Stock<Guest, Caller>>,
    /// None after its end: what it holds of the host's is let go.
    open: Mutex<Option<Opener>>,
    bridge: Bridge,
    patience: Option<Duration>,
}

/// Who wants one.
struct Caller {
    stop: Stop,
    done: Done<Lent<Guest>>,
}

impl Pool {
    pub(crate) fn new(bridge: Bridge, sizes: Sizes, open: Opener) -> Pool {
        let patience = sizes.patience;
        Pool(Arc::new(Inner { stock: Mutex::new(Stock::new(sizes)), open: Mutex::new(Some(open)), bridge, patience }))
    }

    /// Lends one: an idle one, a new one, or the next that is given back.
    pub(crate) fn acquire(&self, stop: &Stop, done: Done<Guest>) {
        // Whoever waits does not keep the pool.
        let pool = Arc::downgrade(&self.0);
        let loan = move |Lent { number, guest, term }: Lent<Guest>| {
            term.keep(pool.upgrade().ok_or_else(gone)?);
            Ok(guest.lent(Loan { pool, number, term: Some(term) }))
        };
        let caller = Caller { stop: stop.clone(), done: Box::new(move |outcome| done(outcome.and_then(loan))) };
        if stop.stopped() {
            return caller.fail(cancelled());
        }
        let mut stock = self.0.stock.lock();
        match stock.take(|guest| !guest.handle().disposed()) {
            Grant::Gone => {
                drop(stock);
                caller.fail(gone());
            }
            Grant::Lent(lent) => {
                drop(stock);
                caller.lend(lent);
            }
            Grant::Place => {
                drop(stock);
                self.fill(caller);
            }
            Grant::Line => {
                let number = stock.wait(caller, Instant::now());
                self.watch(&mut stock);
                drop(stock);
                let pool = Arc::downgrade(&self.0);
                stop.then(move || {
                    let left = pool.upgrade().and_then(|pool| pool.stock.lock().leave(number));
                    left.into_iter().for_each(|caller| caller.fail(cancelled()));
                });
            }
        }
    }

    /// Opens those that are kept in any case, one after the other.
    pub(crate) fn in_advance(&self, stop: Stop, done: Done<()>) {
        let place = self.0.stock.lock().in_advance();
        if !place {
            return done(Ok(()));
        }
        let (pool, next) = (self.clone(), stop.clone());
        let opened: Done<Lent<Guest>> = Box::new(move |outcome| match outcome {
            Ok(lent) => {
                pool.rest(lent.number);
                pool.in_advance(next, done);
            }
            Err(error) => done(Err(error)),
        });
        self.fill(Caller { stop, done: opened });
    }

    /// Takes one back and resets it. One that still runs, or that cannot be reset, is closed; its place is free first,
    /// so that nobody waits for the closing.
    /// One whose host function `from` gives it back stays lent: it waits for that very function.
    pub(crate) fn release(&self, number: u64, from: u64, done: Done<()>) {
        let returned = {
            let mut stock = self.0.stock.lock();
            if stock.lent(number).is_some_and(|guest| guest.handle().inside(from)) {
                drop(stock);
                return done(Err(reentrant()));
            }
            stock.returned(number)
        };
        let Some((guest, _kept)) = returned else {
            let why = "$.sandbox: the pool has not lent this sandbox, or it was given back already";
            return done(Err(Error::new(ErrorCode::InvalidArgument, why).with("path", "$.sandbox")));
        };
        if guest.handle().at_rest() {
            self.put_back(number, guest, done);
        } else {
            self.replace(Some(number), guest, done);
        }
    }

    /// Nobody has it any more. What was asked for before is done first.
    fn forsaken(&self, number: u64) {
        let returned = self.0.stock.lock().returned(number);
        returned.into_iter().for_each(|(guest, _kept)| self.put_back(number, guest, Box::new(drop)));
    }

    fn put_back(&self, number: u64, guest: Guest, done: Done<()>) {
        let (pool, handle) = (self.clone(), guest.handle().clone());
        handle.reset(0, move |outcome| match outcome {
            Ok(()) => {
                pool.rest(number);
                done(Ok(()));
            }
            Err(_) => pool.replace(Some(number), guest, done),
        });
    }

    /// One that was lent is as it was opened.
    fn rest(&self, number: u64) {
        let mut stock = self.0.stock.lock();
        let next = stock.rest(number, Instant::now());
        self.watch(&mut stock);
        drop(stock);
        if let Some((caller, lent)) = next {
            caller.lend(lent);
        }
    }

    pub(crate) fn figures(&self) -> [(&'static str, usize); 5] {
        self.0.stock.lock().figures()
    }

    /// Whether one of them waits for the host function `from`.
    pub(crate) fn inside(&self, from: u64) -> bool {
        self.0.stock.lock().all_lent().any(|guest| guest.handle().inside(from))
    }

    /// Closes all, lent ones too; whoever waits gets `closed`. `done` is told when the guests have stopped.
    pub(crate) fn dispose(&self, done: Done<()>) {
        self.0.end(done);
    }

    /// Opens one in a place that is taken already.
    fn fill(&self, caller: Caller) {
        let mut next = Some(caller);
        while let Some(Caller { stop, done }) = next.take() {
            let open = self.0.open.lock().clone();
            match open.ok_or_else(gone).and_then(|open| open()) {
                Ok((guest, open)) => {
                    let (pool, handle) = (self.clone(), guest.handle().clone());
                    let token = stop.token(&handle);
                    handle.open(open, token, move |outcome| pool.opened(outcome.map(|()| guest), done));
                }
                Err(error) => {
                    next = self.0.stock.lock().lost(None);
                    done(Err(error));
                }
            }
        }
    }

    fn opened(&self, outcome: Result<Guest>, done: Done<Lent<Guest>>) {
        let guest = match outcome {
            Ok(guest) => guest,
            Err(error) => {
                let next = self.0.stock.lock().lost(None);
                done(Err(error));
                return next.into_iter().for_each(|caller| self.fill(caller));
            }
        };
        let lent = self.0.stock.lock().opened(&guest);
        match lent {
            Some(lent) => done(Ok(lent)),
            None => close(guest, move || done(Err(gone()))),
        }
    }

    /// Closes one that cannot be lent again. Whoever waits longest opens another.
    fn replace(&self, number: Option<u64>, guest: Guest, done: Done<()>) {
        let next = self.0.stock.lock().lost(number);
        next.into_iter().for_each(|caller| self.fill(caller));
        close(guest, move || done(Ok(())));
    }

    fn watch(&self, stock: &mut Stock<Guest, Caller>) {
        if let Some(due) = stock.watch() {
            let inner: Weak<Inner> = Arc::downgrade(&self.0);
            self.0.bridge.executor().at(due, inner);
        }
    }
}

impl Inner {
    fn end(&self, done: Done<()>) {
        let (guests, callers) = self.stock.lock().close();
        let opener = self.open.lock().take();
        drop(opener);
        callers.into_iter().for_each(|caller| caller.fail(gone()));
        let last = Arc::new(Last(Mutex::new(Some(done))));
        for guest in guests {
            let last = last.clone();
            close(guest, move || drop(last));
        }
    }
}

impl Drop for Inner {
    fn drop(&mut self) {
        self.end(Box::new(drop));
    }
}

impl Alarm for Inner {
    fn ring(&self, due: Instant) -> Option<Instant> {
        let mut stock = self.stock.lock();
        let (old, late) = stock.late(due, Instant::now())?;
        let next = stock.watch();
        drop(stock);
        old.into_iter().for_each(|guest| close(guest, || {}));
        late.into_iter().for_each(|caller| caller.fail(busy(self.patience)));
        next
    }
}

impl Caller {
    fn lend(self, lent: Lent<Guest>) {
        tell(Box::new(move || (self.done)(Ok(lent))));
    }

    fn fail(self, error: Error) {
        tell(Box::new(move || (self.done)(Err(error))));
    }
}

/// Told when the last of several is over.
struct Last(Mutex<Option<Done<()>>>);

impl Drop for Last {
    fn drop(&mut self) {
        if let Some(done) = self.0.lock().take() {
            done(Ok(()));
        }
    }
}

/// Ends it; it is kept until it has stopped.
fn close(guest: Guest, done: impl FnOnce() + Send + 'static) {
    let handle = guest.handle().clone();
    handle.dispose(move || {
        drop(guest);
        done();
    });
}

fn gone() -> Error {
    Error::new(ErrorCode::Closed, "this pool was disposed of")
}

fn busy(patience: Option<Duration>) -> Error {
    let ms = patience.unwrap_or_default().as_micros().div_ceil(1_000) as u64;
    let why = format_args!("no sandbox of the pool was given back within {ms} ms (acquireTimeoutMs)");
    Error::new(ErrorCode::Busy, why).with("field", "acquireTimeoutMs").with("limit", ms)
}
