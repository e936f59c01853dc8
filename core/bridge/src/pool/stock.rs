//! What a pool has and who waits for it: idle guests, those that are out, places to open one in, callers in line.
//!
//! Decides, under the pool's lock, and does nothing: opening, resetting, closing and telling are the pool's business.
//! While somebody waits, nothing is idle and every place is taken.

use crate::lease::{Kept, Term};
use std::collections::{HashMap, VecDeque};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::{Duration, Instant};

/// How many, and for how long they are kept.
#[derive(Clone, Debug)]
pub(crate) struct Sizes {
    /// So many are kept even when nobody wants them.
    pub(crate) least: usize,
    pub(crate) most: usize,
    /// How long more than the least are kept unwanted; none: for ever.
    pub(crate) idle: Option<Duration>,
    /// How long a caller waits; none: for ever.
    pub(crate) patience: Option<Duration>,
}

/// What a caller gets at once.
pub(super) enum Grant<T> {
    Lent(Lent<T>),
    /// A place to open one in.
    Place,
    /// Neither: it has to wait.
    Line,
    /// The pool is gone.
    Gone,
}

/// One that somebody has, or that is coming back.
#[derive(Clone)]
pub(super) struct Lent<T> {
    /// No other loan of this process has it, nor had it before.
    pub(super) number: u64,
    pub(super) guest: T,
    /// Over when it is coming back.
    pub(super) term: Arc<Term>,
}

/// Of the last loan in this process.
static LAST: AtomicU64 = AtomicU64::new(0);

pub(super) struct Stock<T, W> {
    sizes: Sizes,
    /// The longest idle one first.
    idle: VecDeque<(T, Instant)>,
    out: HashMap<u64, Lent<T>>,
    /// Who has waited longest first, each until when.
    line: VecDeque<(u64, Option<Instant>, W)>,
    size: usize,
    opened: usize,
    /// Of the last caller in line.
    last: u64,
    closed: bool,
    /// When the pool will look after what is late.
    alarm: Option<Instant>,
}

impl<T: Clone, W> Stock<T, W> {
    pub(super) fn new(sizes: Sizes) -> Stock<T, W> {
        let (idle, out, line) = Default::default();
        Stock { sizes, idle, out, line, size: 0, opened: 0, last: 0, closed: false, alarm: None }
    }

    /// Somebody asks for one. What is not `alive` any more is forgotten.
    pub(super) fn take(&mut self, alive: impl Fn(&T) -> bool) -> Grant<T> {
        if self.closed {
            return Grant::Gone;
        }
        // The one that was used last, so that the others become old.
        while let Some((guest, _)) = self.idle.pop_back() {
            if alive(&guest) {
                return Grant::Lent(self.lend(guest));
            }
            self.size -= 1;
        }
        if self.room(self.sizes.most) { Grant::Place } else { Grant::Line }
    }

    /// Takes a place for one that is opened in advance, while there are fewer than the least.
    pub(super) fn in_advance(&mut self) -> bool {
        !self.closed && self.room(self.sizes.least)
    }

    fn room(&mut self, most: usize) -> bool {
        let room = self.size < most;
        self.size += usize::from(room);
        room
    }

    /// The caller's number in line.
    pub(super) fn wait(&mut self, who: W, now: Instant) -> u64 {
        self.last += 1;
        let due = self.sizes.patience.and_then(|patience| now.checked_add(patience));
        self.line.push_back((self.last, due, who));
        self.last
    }

    /// A caller leaves the line, unless it was given something meanwhile.
    pub(super) fn leave(&mut self, caller: u64) -> Option<W> {
        let at = self.line.iter().position(|(number, ..)| *number == caller)?;
        self.line.remove(at).map(|(.., who)| who)
    }

    /// One was opened in a place, and is lent. None: the pool is gone.
    pub(super) fn opened(&mut self, guest: &T) -> Option<Lent<T>> {
        if self.closed {
            return None;
        }
        self.opened += 1;
        Some(self.lend(guest.clone()))
    }

    fn lend(&mut self, guest: T) -> Lent<T> {
        let lent = Lent { number: LAST.fetch_add(1, Relaxed) + 1, guest, term: Arc::default() };
        self.out.insert(lent.number, lent.clone());
        lent
    }

    /// A place is free, of the one that was out or of one that was not opened: for whoever has waited longest.
    pub(super) fn lost(&mut self, number: Option<u64>) -> Option<W> {
        if let Some(number) = number {
            self.out.remove(&number);
        }
        let next = self.line.pop_front().map(|(.., who)| who);
        if next.is_none() && !self.closed {
            self.size -= 1;
        }
        next
    }

    /// One that somebody has.
    pub(super) fn lent(&self, number: u64) -> Option<&T> {
        self.out.get(&number).map(|lent| &lent.guest)
    }

    /// All that somebody has.
    pub(super) fn all_lent(&self) -> impl Iterator<Item = &T> {
        self.out.values().map(|lent| &lent.guest)
    }

    /// One comes back, to be reset; with what its loan has kept. None: nobody has it.
    pub(super) fn returned(&mut self, number: u64) -> Option<(T, Option<Kept>)> {
        let lent = self.out.get(&number)?;
        Some((lent.guest.clone(), lent.term.end()?))
    }

    /// One that was out is as it was opened: it is lent to whoever has waited longest, or becomes idle.
    pub(super) fn rest(&mut self, number: u64, now: Instant) -> Option<(W, Lent<T>)> {
        let guest = self.out.remove(&number)?.guest;
        if self.closed {
            return None;
        }
        match self.line.pop_front() {
            Some((.., who)) => Some((who, self.lend(guest))),
            None => {
                self.idle.push_back((guest, now));
                None
            }
        }
    }

    /// When something will be late next, if an alarm has to be set for that.
    pub(super) fn watch(&mut self) -> Option<Instant> {
        let line = self.line.front().and_then(|(_, due, _)| *due);
        let due = [line, self.old()].into_iter().flatten().min()?;
        let set = self.alarm.is_none_or(|alarm| due < alarm);
        if set {
            self.alarm = Some(due);
        }
        set.then_some(due)
    }

    /// The alarm of `due` rings, at `now`: guests to be closed because nobody wanted them, and callers who have waited
    /// too long. None: another alarm has taken its place.
    pub(super) fn late(&mut self, due: Instant, now: Instant) -> Option<(Vec<T>, Vec<W>)> {
        if self.alarm != Some(due) {
            return None;
        }
        self.alarm = None;
        let (mut old, mut late) = (Vec::new(), Vec::new());
        while self.old().is_some_and(|due| due <= now) {
            if let Some((guest, _)) = self.idle.pop_front() {
                old.push(guest);
                self.size -= 1;
            }
        }
        while self.line.front().is_some_and(|(_, due, _)| due.is_some_and(|due| due <= now)) {
            late.extend(self.line.pop_front().map(|(.., who)| who));
        }
        Some((old, late))
    }

    /// When the longest idle one has been kept long enough.
    fn old(&self) -> Option<Instant> {
        let (_, since) = self.idle.front().filter(|_| self.size > self.sizes.least)?;
        since.checked_add(self.sizes.idle?)
    }

    /// The pool goes: what has to be closed, and who waits in vain. What is out stays known, since it will come back.
    pub(super) fn close(&mut self) -> (Vec<T>, Vec<W>) {
        (self.closed, self.size) = (true, 0);
        let idle = self.idle.drain(..).map(|(guest, _)| guest);
        let all = idle.chain(self.out.values().map(|lent| lent.guest.clone())).collect();
        (all, self.line.drain(..).map(|(.., who)| who).collect())
    }

    /// What there is at this moment.
    pub(super) fn figures(&self) -> [(&'static str, usize); 5] {
        let lent = self.out.values().filter(|lent| !lent.term.is_over() && !self.closed).count();
        let (idle, waiting) = (self.idle.len(), self.line.len());
        [("size", self.size), ("idle", idle), ("lent", lent), ("waiting", waiting), ("opened", self.opened)]
    }
}
