//! What two lists of mounts have in common: at each place of the guest's tree, the host folder that both show
//! there, in the weaker mode.
//!
//! Inner mounts hide part of outer ones, so an outer mount stays only where everything that either side mounts
//! below it stays too: otherwise it would show what one side hides.

use super::limits::smaller;
use crate::FilesystemRule;
use crate::validate::parts;
use std::collections::BTreeMap;

/// A guest path, part by part.
type Place<'a> = Vec<&'a str>;

pub(super) fn mounts(asked: &[FilesystemRule], allowed: &[FilesystemRule]) -> Vec<FilesystemRule> {
    let places = asked.iter().chain(allowed).filter_map(|rule| Some((parts(&rule.guest)?.1, rule)));
    let mut made: BTreeMap<Place<'_>, Option<FilesystemRule>> = BTreeMap::new();
    for (place, rule) in places {
        let mount =
            shown(asked, &place).zip(shown(allowed, &place)).and_then(|(a, b)| common(&rule.guest, &place, a, b));
        made.insert(place, mount);
    }
    // Places are ordered with outer ones first, so that going backwards inner ones are decided already.
    let order: Vec<Place<'_>> = made.keys().rev().cloned().collect();
    for place in &order {
        let hidden =
            made.iter().any(|(inner, mount)| inner.len() > place.len() && inner.starts_with(place) && mount.is_none());
        if hidden {
            made.insert(place.clone(), None);
        }
    }
    made.into_values().flatten().collect()
}

/// The mount that a guest path shows: the innermost around it.
fn shown<'a>(rules: &'a [FilesystemRule], place: &Place<'_>) -> Option<&'a FilesystemRule> {
    let around = rules.iter().filter(|rule| parts(&rule.guest).is_some_and(|(_, outer)| place.starts_with(&outer)));
    around.max_by_key(|rule| parts(&rule.guest).map_or(0, |(_, outer)| outer.len()))
}

/// The mount at `guest`, where both rules show the same host folder there.
fn common(guest: &str, place: &Place<'_>, a: &FilesystemRule, b: &FilesystemRule) -> Option<FilesystemRule> {
    let (mine, theirs) = (below(a, place)?, below(b, place)?);
    (mine == theirs).then(|| FilesystemRule {
        guest: guest.to_owned(),
        host: written(mine.0, &mine.1),
        mode: a.mode.min(b.mode),
        max_file_size: smaller(a.max_file_size, b.max_file_size),
    })
}

/// The host path that a rule shows at a guest path.
fn below<'a>(rule: &'a FilesystemRule, place: &Place<'a>) -> Option<(bool, Vec<&'a str>)> {
    let (absolute, mut host) = parts(&rule.host)?;
    let (_, outer) = parts(&rule.guest)?;
    host.extend(place.get(outer.len()..)?);
    Some((absolute, host))
}

fn written(absolute: bool, parts: &[&str]) -> String {
    match (absolute, parts.is_empty()) {
        (true, _) => format!("/{}", parts.join("/")),
        (false, true) => ".".to_owned(),
        (false, false) => format!("./{}", parts.join("/")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::FilesystemMode::{self, Overlay, Ro, Rw};

    fn list(rules: &[(&str, &str, FilesystemMode)]) -> Vec<FilesystemRule> {
        let rule = |(guest, host, mode): &(&str, &str, FilesystemMode)| FilesystemRule {
            guest: (*guest).to_owned(),
            host: (*host).to_owned(),
            mode: *mode,
            max_file_size: None,
        };
        rules.iter().map(rule).collect()
    }

    #[test]
    fn mounts_narrow_and_never_climb() {
        let ceiling = list(&[("/data", "/srv/data", Ro)]);
        let cases = [
            ("/data", "/srv/data/", Rw, Some("/srv/data")),
            ("/data/x", "/srv/data/x", Overlay, Some("/srv/data/x")),
            ("/data/x", "/srv/data/y", Ro, None),
            ("/data/x", "/srv/data/../x", Ro, None),
            ("/data", "srv/data", Ro, None),
            ("/database", "/srv/database", Ro, None),
            ("/", "/srv", Rw, Some("/srv/data")),
            ("/", "/", Rw, None),
        ];
        for (guest, host, mode, survives) in cases {
            let made = mounts(&list(&[(guest, host, mode)]), &ceiling);
            let hosts: Vec<&str> = made.iter().map(|rule| rule.host.as_str()).collect();
            assert_eq!(hosts, survives.into_iter().collect::<Vec<_>>(), "{guest} {host}");
            assert!(made.iter().all(|rule| rule.mode == Ro));
        }
    }

    #[test]
    fn what_an_inner_mount_hides_stays_hidden() {
        let ceiling = list(&[("/data", "./d", Rw), ("/data/secret", "./empty", Ro)]);
        assert_eq!(mounts(&list(&[("/data", "d", Rw)]), &ceiling), list(&[]));
        assert_eq!(mounts(&list(&[("/data", "d", Rw), ("/data/secret", "empty", Rw)]), &ceiling), ceiling);
        assert_eq!(mounts(&list(&[("/data/open", "d/open", Rw)]), &ceiling), list(&[("/data/open", "./d/open", Rw)]));
    }
}
