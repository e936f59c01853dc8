//! Steps that have to do with several sessions: snapshots by name, and sessions by name, of which one is current.

use super::case::{Case, Step};
use super::compare::Got;
use super::perform::plain;
use std::collections::BTreeMap;
use wasm_sandbox_core::policy::{Error, Policy, Value};
use wasm_sandbox_core::{CancelToken, Packages, Runtime, Sandbox};

/// What a case has under way besides the current session.
pub struct Shelf {
    snapshots: BTreeMap<String, Vec<u8>>,
    sessions: BTreeMap<String, Sandbox>,
    current: String,
}

impl Default for Shelf {
    fn default() -> Shelf {
        Shelf { snapshots: BTreeMap::new(), sessions: BTreeMap::new(), current: "main".to_owned() }
    }
}

/// None: it is another step.
pub fn branch(
    shelf: &mut Shelf,
    place: &mut Option<Sandbox>,
    step: &Step,
    case: &Case,
    runtime: &Runtime,
) -> Option<Got> {
    let cancel = CancelToken::default();
    let session = place.as_mut()?;
    let key = step.key.as_deref().map(str::as_bytes);
    let outcome: Result<(), Error> = match step.kind.as_str() {
        "snapshot" => session.snapshot(key).map(|image| drop(shelf.snapshots.insert(step.name.clone(), image))),
        "fork" => session.fork(&cancel).map(|branch| drop(shelf.sessions.insert(step.name.clone(), branch))),
        "use" => {
            let next = shelf.sessions.remove(&step.name).expect("a session of this name");
            shelf.make_current(place, next, &step.name);
            Ok(())
        }
        "restore" => {
            let mut image = shelf.snapshots.get(&step.name).expect("a snapshot of this name").clone();
            if let Some(from_end) = step.changed {
                let at = image.len() - from_end as usize;
                image[at] ^= 1;
            }
            let policy = step.policy.clone().or_else(|| case.policy.clone()).unwrap_or_else(|| serde_json::json!({}));
            Policy::from_value(policy)
                .and_then(|policy| {
                    let mut options = super::options_of(case, policy);
                    if step.bare {
                        options.packages = Packages::default();
                    }
                    Sandbox::restore(runtime, &image, key, options, &cancel)
                })
                .map(|restored| shelf.make_current(place, restored, &step.name))
        }
        _ => return None,
    };
    Some(outcome.map_or_else(Got::Error, |()| plain(Value::Null)))
}

impl Shelf {
    fn make_current(&mut self, place: &mut Option<Sandbox>, next: Sandbox, name: &str) {
        if let Some(before) = place.replace(next) {
            self.sessions.insert(std::mem::replace(&mut self.current, name.to_owned()), before);
        }
    }
}
