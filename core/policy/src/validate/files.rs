//! Mounts: absolute and normal guest paths, each mounted once.

use super::check::{check, distinct, each};
use super::whole::exact;
use crate::document::path;
use crate::{FilesystemRule, Result};

/// Longest path, as Linux has it.
const MAX_PATH: usize = 4_096;

pub(super) fn mounts(at: &str, rules: &[FilesystemRule]) -> Result<()> {
    each(at, rules, |at, rule| {
        guest(&path::key(at, "guest"), &rule.guest)?;
        host(&path::key(at, "host"), &rule.host)?;
        exact(&path::key(at, "maxFileSize"), rule.max_file_size)
    })?;
    distinct(at, rules.iter().map(|rule| rule.guest.as_str()))
}

fn guest(at: &str, guest: &str) -> Result<()> {
    check(
        guest.len() <= MAX_PATH && !guest.contains('\0'),
        at,
        format_args!("a path has at most {MAX_PATH} bytes and no NUL"),
    )?;
    check(guest.starts_with('/'), at, "a guest path is absolute: /data")?;
    let normal = guest == "/" || guest[1..].split('/').all(|part| !["", ".", ".."].contains(&part));
    check(normal, at, "a guest path has no empty parts, no `.` and no `..`")
}

fn host(at: &str, host: &str) -> Result<()> {
    check(!host.is_empty(), at, "a mount has a host path")?;
    check(
        host.len() <= MAX_PATH && !host.contains('\0'),
        at,
        format_args!("a path has at most {MAX_PATH} bytes and no NUL"),
    )
}

/// The parts of a path without `.` and empty ones; whether it is absolute; `None` where it climbs.
pub(crate) fn parts(path: &str) -> Option<(bool, Vec<&str>)> {
    let parts: Vec<&str> = path.split('/').filter(|part| !["", "."].contains(part)).collect();
    (!parts.contains(&"..")).then_some((path.starts_with('/'), parts))
}
