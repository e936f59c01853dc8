//! The few words that every check is written in.

use crate::Result;
use crate::document::{invalid, path};
use std::collections::BTreeSet;
use std::fmt::Display;

/// An error at `at` where something does not hold.
pub(super) fn check(holds: bool, at: &str, why: impl Display) -> Result<()> {
    if holds { Ok(()) } else { Err(invalid(at, why)) }
}

/// Checks every item of a list at its own path.
pub(super) fn each<T>(at: &str, items: &[T], mut rule: impl FnMut(&str, &T) -> Result<()>) -> Result<()> {
    items.iter().enumerate().try_for_each(|(i, item)| rule(&path::item(at, i), item))
}

/// Refuses lists that a document could make expensive.
pub(super) fn at_most(most: usize, at: &str, len: usize) -> Result<()> {
    check(len <= most, at, format_args!("{len} entries; at most {most} are read"))
}

/// Refuses an entry that stands in its list twice.
pub(super) fn distinct<'a>(at: &str, items: impl IntoIterator<Item = &'a str>) -> Result<()> {
    let mut seen = BTreeSet::new();
    let mut items = items.into_iter().enumerate();
    items.try_for_each(|(i, item)| {
        check(seen.insert(item), &path::item(at, i), format_args!("`{}` stands twice", path::shown(item)))
    })
}
