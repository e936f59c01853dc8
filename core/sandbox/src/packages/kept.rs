//! The sets that this process has unpacked, by the digest of what was given: opening with one of them copies nothing.
//! Sets that sandboxes use live as long as those; of the others the latest stay, within a bound.

use super::PackageSource;
use super::set::PackageSet;
use super::source::digest;
use crate::cancel::CancelToken;
use crate::language::Language;
use crate::lock::Mutex;
use std::collections::VecDeque;
use std::sync::Arc;
use wasm_sandbox_policy::Result;

/// Sets that are kept, and bytes of all of them; a larger one is not kept at all.
const SETS: usize = 32;
const BYTES: u64 = 256 << 20;

/// The latest first.
static KEPT: Mutex<VecDeque<([u8; 32], Arc<PackageSet>)>> = Mutex::new(VecDeque::new());

/// The set, unpacked if it is not known. Two who ask for the same new one at once may both unpack it.
pub(super) fn load(language: Language, given: Vec<PackageSource>, cancel: &CancelToken) -> Result<Arc<PackageSet>> {
    let key = digest(language, &given);
    if let Some(known) = known(&key) {
        return Ok(known);
    }
    let set = Arc::new(PackageSet::new(language, given, cancel)?);
    if set.bytes <= BYTES {
        keep(&mut KEPT.lock(), key, set.clone());
    }
    Ok(set)
}

fn known(key: &[u8; 32]) -> Option<Arc<PackageSet>> {
    let mut kept = KEPT.lock();
    let at = kept.iter().position(|(other, _)| other == key)?;
    let found = kept.remove(at)?;
    let set = found.1.clone();
    kept.push_front(found);
    Some(set)
}

fn keep(kept: &mut VecDeque<([u8; 32], Arc<PackageSet>)>, key: [u8; 32], set: Arc<PackageSet>) {
    kept.retain(|(other, _)| *other != key);
    kept.push_front((key, set));
    let mut bytes = 0;
    let fits = |(_, set): &([u8; 32], Arc<PackageSet>)| {
        bytes += set.bytes;
        bytes <= BYTES
    };
    let room = kept.iter().take(SETS).map(fits).take_while(|fits| *fits).count();
    kept.truncate(room);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::files::SharedTree;
    use std::collections::BTreeMap;

    fn set(bytes: u64) -> Arc<PackageSet> {
        let tree = Arc::new(SharedTree::new(BTreeMap::new()));
        Arc::new(PackageSet { tree, names: Vec::new(), digest: String::new(), bytes })
    }

    fn first(kept: &VecDeque<([u8; 32], Arc<PackageSet>)>) -> Vec<u8> {
        kept.iter().map(|(key, _)| key[0]).collect()
    }

    #[test]
    fn the_latest_stay_within_both_bounds() {
        let mut kept = VecDeque::new();
        (0..=SETS as u8).for_each(|n| keep(&mut kept, [n; 32], set(1)));
        assert_eq!((kept.len(), first(&kept)[0], first(&kept)[SETS - 1]), (SETS, SETS as u8, 1));
        keep(&mut kept, [5; 32], set(1));
        assert_eq!((kept.len(), first(&kept)[..2].to_vec()), (SETS, vec![5, SETS as u8]));
        keep(&mut kept, [200; 32], set(BYTES - 2));
        assert_eq!(first(&kept), [200, 5, SETS as u8]);
        keep(&mut kept, [201; 32], set(BYTES));
        assert_eq!(first(&kept), [201]);
    }
}
