//! What a change of the tree is measured against, and the memory of what was refused.

use super::Errno;
use crate::store::Meter;
use wasm_sandbox_policy::{Error, ErrorCode, Limits};

/// Longest name of one node, in bytes.
pub(super) const NAME_MAX: usize = 255;
/// Longest path, in bytes: as given, as the target of a link, and from the root to any node.
pub(super) const PATH_MAX: usize = 4096;
/// Directories between the root and any node, the node included.
pub(super) const DEPTH_MAX: usize = 64;
/// Links that one lookup follows.
pub(super) const LINKS_MAX: usize = 32;
/// What a node is counted as besides its name and content: the node itself and its two directory entries.
pub(super) const NODE_BYTES: u64 = 512;

/// The conditions of one operation: who pays, what the policy allows, and the time that is stamped on nodes.
pub(crate) struct Terms<'a> {
    pub(crate) meter: &'a mut Meter,
    pub(crate) limits: &'a Limits,
    pub(crate) refusals: &'a mut Refusals,
    /// Nanoseconds since 1970 by the sandbox's clock.
    pub(crate) now: u64,
}

impl Terms<'_> {
    /// Takes `bytes` of the sandbox's memory.
    pub(super) fn charge(&mut self, bytes: u64) -> Result<(), Errno> {
        self.meter.charge(bytes).map_err(|_| Errno::NoSpace)
    }
}

/// Which quota of the file tree was refused first since the run began, so that a guest which then gives up
/// can be reported as what it is.
#[derive(Debug, Default)]
pub(crate) struct Refusals {
    first: Option<Refusal>,
    /// Fields that were refused and not yet told to the audit log, and those that were.
    news: u8,
    told: u8,
}

#[derive(Clone, Copy, Debug)]
struct Refusal {
    field: &'static str,
    limit: u64,
    used: u64,
}

/// The quotas, in the order of `Refusals`' bits.
const FIELDS: [&str; 3] = ["files", "fileBytes", "openFiles"];

impl Refusals {
    /// Remembers that `wanted` of `field` would have been more than `limit`.
    pub(crate) fn note(&mut self, field: &'static str, limit: u64, wanted: u64) {
        self.first.get_or_insert(Refusal { field, limit, used: wanted });
        if let Some(bit) = FIELDS.iter().position(|f| *f == field) {
            self.news |= (1 << bit) & !self.told;
        }
    }

    /// The first refusal as an error.
    pub(crate) fn error(&self) -> Option<Error> {
        let Refusal { field, limit, used } = self.first?;
        let why = format_args!("{used} wanted, the policy allows {limit} ({field})");
        Some(Error::limit(ErrorCode::FileLimit, field, limit, used, why))
    }

    /// A field that was refused for the first time in this run; each comes out once.
    pub(crate) fn take_news(&mut self) -> Option<&'static str> {
        if self.news == 0 {
            return None;
        }
        let bit = self.news.trailing_zeros();
        self.news &= !(1 << bit);
        self.told |= 1 << bit;
        FIELDS.get(bit as usize).copied()
    }
}
