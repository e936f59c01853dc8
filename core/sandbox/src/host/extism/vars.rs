//! A plug-in's variables: kept from call to call, charged, and limited as Extism limits them by default.

use crate::store::Meter;
use std::collections::BTreeMap;
use wasm_sandbox_policy::{Error, ErrorCode, Result};

/// Bytes of all names and values together.
const LIMIT: u64 = 1 << 20;
/// What a variable costs besides its name and value.
const OVERHEAD: u64 = 128;

/// Values by name.
#[derive(Debug, Default)]
pub(super) struct Vars {
    values: BTreeMap<String, Vec<u8>>,
    used: u64,
}

impl Vars {
    pub(super) fn get(&self, name: &str) -> Option<&[u8]> {
        self.values.get(name).map(Vec::as_slice)
    }

    /// Sets a variable; the old value stays when the new one does not fit.
    pub(super) fn set(&mut self, meter: &mut Meter, name: String, value: &[u8]) -> Result<()> {
        let old = self.values.get(&name).map_or(0, |old| cost(&name, old));
        let new = cost(&name, value);
        let used = self.used - old + new;
        if used > LIMIT {
            let why = format!("the plug-in's variables take more than {LIMIT} bytes");
            return Err(Error::new(ErrorCode::GuestTrap, &why).with("trap", why));
        }
        meter.charge(new)?;
        self.values.insert(name, value.to_vec());
        meter.release(old);
        self.used = used;
        Ok(())
    }

    pub(super) fn remove(&mut self, meter: &mut Meter, name: &str) {
        if let Some(old) = self.values.remove(name) {
            let cost = cost(name, &old);
            meter.release(cost);
            self.used -= cost;
        }
    }
}

fn cost(name: &str, value: &[u8]) -> u64 {
    (name.len() + value.len()) as u64 + OVERHEAD
}

#[cfg(test)]
mod tests {
    use super::*;
    use wasm_sandbox_policy::Limits;

    #[test]
    fn variables_are_charged_replaced_and_given_back() {
        let mut meter = Meter::new(&Limits::default());
        let mut vars = Vars::default();
        vars.set(&mut meter, "a".into(), b"123").unwrap();
        vars.set(&mut meter, "a".into(), b"12345").unwrap();
        assert_eq!((vars.get("a"), meter.used()), (Some(&b"12345"[..]), OVERHEAD + 6));
        vars.remove(&mut meter, "a");
        vars.remove(&mut meter, "a");
        assert_eq!((vars.get("a"), meter.used(), vars.used), (None, 0, 0));
    }

    #[test]
    fn a_value_that_does_not_fit_leaves_the_old_one() {
        let mut meter = Meter::new(&Limits { memory_bytes: 1000, ..Limits::default() });
        let mut vars = Vars::default();
        vars.set(&mut meter, "a".into(), b"old").unwrap();
        let refused = vars.set(&mut meter, "a".into(), &[0; 1000]).unwrap_err();
        assert_eq!(refused.code, ErrorCode::MemoryLimit);
        assert_eq!((vars.get("a"), meter.used()), (Some(&b"old"[..]), OVERHEAD + 4));
        let mut meter = Meter::new(&Limits::default());
        let too_large = vars.set(&mut meter, "b".into(), &vec![0; LIMIT as usize]).unwrap_err();
        assert_eq!((too_large.code, meter.used()), (ErrorCode::GuestTrap, 0));
    }

    #[test]
    fn empty_variables_are_not_free() {
        let mut meter = Meter::new(&Limits::default());
        let mut vars = Vars::default();
        let made = (0_u64..1_000_000).take_while(|n| vars.set(&mut meter, n.to_string(), b"").is_ok()).count() as u64;
        assert!(made < LIMIT / OVERHEAD, "{made}");
    }
}
