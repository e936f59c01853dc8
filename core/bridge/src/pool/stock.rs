//! What a pool has and who waits for it: idle guests, those that are out, places to open one in, callers in line.
//!
//! Decides, under the pool's lock, and does nothing: opening, resetting, closing and telling are the pool's business.
//! While somebody waits, nothing is idle and every place is taken.

use std::collections::{HashMap, VecDeque};
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
pub(super) enum Grant {
    Lent(u64),
    /// A place to open one in.
    Place,
    /// Neither: it has to wait.
    Line,
    /// The pool is gone.
    Gone,
}

pub(super) struct Stock<T, W> {
    sizes: Sizes,
    /// The longest idle one first.
    idle: VecDeque<(u64, T, Instant)>,
    /// Lent, or coming back.
    out: HashMap<u64, Out<T>>,
    /// Who has waited longest first, each until when.
    line: VecDeque<(u64, Option<Instant>, W)>,
    size: usize,
    opened: usize,
    /// Numbers of guests that are no more, to be used again. The first number is 1.
    free: Vec<u64>,
    /// Of the last caller in line.
    last: u64,
    closed: bool,
    /// When the pool will look after what is late.
    alarm: Option<Instant>,
}

struct Out<T> {
    guest: T,
    returning: bool,
}

impl<T: Clone, W> Stock<T, W> {
    pub(super) fn new(sizes: Sizes) -> Stock<T, W> {
        let (idle, out, line) = Default::default();
        Stock { sizes, idle, out, line, size: 0, opened: 0, free: Vec::new(), last: 0, closed: false, alarm: None }
    }

    /// Somebody asks for one. What is not `alive` any more is forgotten.
    pub(super) fn take(&mut self, alive: impl Fn(&T) -> bool) -> Grant {
        if self.closed {
            return Grant::Gone;
        }
        // The one that was used last, so that the others become old.
        while let Some((number, guest, _)) = self.idle.pop_back() {
            if alive(&guest) {
                self.out.insert(number, Out { guest, returning: false });
                return Grant::Lent(number);
            }
            self.free.push(number);
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
    pub(super) fn opened(&mut self, guest: &T) -> Option<u64> {
        if self.closed {
            return None;
        }
        self.opened += 1;
        let number = self.free.pop().unwrap_or((self.idle.len() + self.out.len() + 1) as u64);
        self.out.insert(number, Out { guest: guest.clone(), returning: false });
        Some(number)
    }

    /// A place is free, of the one that was out or of one that was not opened: for whoever has waited longest.
    pub(super) fn lost(&mut self, number: Option<u64>) -> Option<W> {
        if let Some(number) = number {
            self.out.remove(&number);
            self.free.push(number);
        }
        let next = self.line.pop_front().map(|(.., who)| who);
        if next.is_none() && !self.closed {
            self.size -= 1;
        }
        next
    }

    /// One that somebody has.
    pub(super) fn lent(&self, number: u64) -> Option<&T> {
        self.out.get(&number).map(|out| &out.guest)
    }

    /// One comes back, to be reset. None: nobody has it.
    pub(super) fn returned(&mut self, number: u64) -> Option<T> {
        let out = self.out.get_mut(&number).filter(|out| !out.returning)?;
        out.returning = true;
        Some(out.guest.clone())
    }

    /// One that was out is as it was opened: it is lent to whoever has waited longest, or becomes idle.
    pub(super) fn rest(&mut self, number: u64, now: Instant) -> Option<W> {
        let out = self.out.remove(&number)?;
        if self.closed {
            return None;
        }
        let next = self.line.pop_front().map(|(.., who)| who);
        match next {
            Some(_) => drop(self.out.insert(number, Out { returning: false, ..out })),
            None => self.idle.push_back((number, out.guest, now)),
        }
        next
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
            if let Some((number, guest, _)) = self.idle.pop_front() {
                old.push(guest);
                self.free.push(number);
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
        let (.., since) = self.idle.front().filter(|_| self.size > self.sizes.least)?;
        since.checked_add(self.sizes.idle?)
    }

    /// The pool goes: what has to be closed, and who waits in vain. What is out stays known, since it will come back.
    pub(super) fn close(&mut self) -> (Vec<T>, Vec<W>) {
        (self.closed, self.size) = (true, 0);
        let idle = self.idle.drain(..).map(|(_, guest, _)| guest);
        let all = idle.chain(self.out.values().map(|out| out.guest.clone())).collect();
        (all, self.line.drain(..).map(|(.., who)| who).collect())
    }

    /// What there is at this moment.
    pub(super) fn figures(&self) -> [(&'static str, usize); 5] {
        let lent = self.out.values().filter(|out| !out.returning && !self.closed).count();
        let (idle, waiting) = (self.idle.len(), self.line.len());
        [("size", self.size), ("idle", idle), ("lent", lent), ("waiting", waiting), ("opened", self.opened)]
    }
}
