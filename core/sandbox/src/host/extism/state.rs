//! What the kernel of one plug-in remembers: configuration and variables for good, blocks for one call.

use super::blocks::{Blocks, stray};
use super::vars::Vars;
use crate::store::Meter;
use std::collections::BTreeMap;
use wasm_sandbox_policy::{Error, ErrorCode, Limits, Result, Value};

/// Longest name of a variable or configuration key, in bytes.
const KEY_BYTES: u64 = 4096;
/// Bytes of an error's text that are passed on.
const ERROR_BYTES: usize = 16 << 10;

/// See the module's head.
#[derive(Debug, Default)]
pub(crate) struct Extism {
    pub(super) config: BTreeMap<String, String>,
    pub(super) vars: Vars,
    pub(super) blocks: Blocks,
    /// Offset and length; the offset is a block's own.
    pub(super) input: (u64, u64),
    /// Offset and length; the offset may lie inside a block.
    pub(super) output: (u64, u64),
    pub(super) error: u64,
}

impl Extism {
    pub(crate) fn new(config: BTreeMap<String, String>) -> Extism {
        Extism { config, ..Extism::default() }
    }

    /// A call begins: its input is the only block.
    pub(crate) fn begin_call(&mut self, meter: &mut Meter, input: &[u8]) -> Result<()> {
        self.end_call(meter);
        self.input = (self.blocks.give(meter, input)?, input.len() as u64);
        Ok(())
    }

    /// Forgets everything but configuration and variables.
    pub(crate) fn end_call(&mut self, meter: &mut Meter) {
        self.blocks.clear(meter);
        (self.input, self.output, self.error) = ((0, 0), (0, 0), 0);
    }

    /// Length of what the call has set as its output.
    pub(super) fn output_length(&self) -> u64 {
        self.output.1
    }

    /// Takes what the call has set as its output.
    pub(super) fn take_output(&mut self) -> Vec<u8> {
        let (offset, length) = std::mem::take(&mut self.output);
        self.blocks.take(offset, length).unwrap_or_default()
    }

    /// Takes what the call has set as its error; an empty text is none.
    pub(super) fn take_error(&mut self) -> Option<String> {
        let offset = std::mem::take(&mut self.error);
        let length = self.blocks.span(offset);
        let bytes = self.blocks.take(offset, length)?;
        let shown = String::from_utf8_lossy(&bytes[..bytes.len().min(ERROR_BYTES)]).into_owned();
        (!shown.is_empty()).then_some(shown)
    }

    /// A block's content as a value of at most `room` bytes: text where it is text. Takes its length off `room`.
    pub(crate) fn block_value(&self, offset: u64, limits: &Limits, room: &mut u64) -> Result<Value> {
        let bytes = self.blocks.block(offset)?;
        *room = room
            .checked_sub(bytes.len() as u64)
            .ok_or_else(|| crate::language::too_large(limits, limits.value_bytes.saturating_add(1)))?;
        Ok(std::str::from_utf8(bytes).map_or_else(|_| Value::Bytes(bytes.to_vec()), Value::from))
    }

    /// A new block with these bytes.
    pub(crate) fn give(&mut self, meter: &mut Meter, bytes: &[u8]) -> Result<u64> {
        self.blocks.give(meter, bytes)
    }

    /// `length` bytes of the input, from `at` on.
    pub(super) fn input_range(&mut self, at: u64, length: u64) -> Result<&[u8]> {
        if at.checked_add(length).is_none_or(|end| end > self.input.1) {
            return Err(stray("a load of the input"));
        }
        self.blocks.range(self.input.0 + at, length)
    }

    /// Frees a block; what the host will read after the call stays for it.
    pub(super) fn free(&mut self, meter: &mut Meter, offset: u64) {
        let wanted = [self.output.0, self.error];
        let keep = wanted.into_iter().any(|at| at != 0 && self.blocks.start_of(at) == Some(offset));
        self.blocks.free(meter, offset, keep);
        if offset == self.input.0 {
            self.input = (0, 0);
        }
    }

    /// The name that a block holds.
    pub(super) fn key(&self, offset: u64) -> Result<&str> {
        let bytes = self.blocks.block(offset)?;
        let why = match std::str::from_utf8(bytes) {
            Ok(name) if bytes.len() as u64 <= KEY_BYTES => return Ok(name),
            Ok(_) => format!("the name of a variable or configuration key is longer than {KEY_BYTES} bytes"),
            Err(_) => "the name of a variable or configuration key is not UTF-8".to_owned(),
        };
        Err(Error::new(ErrorCode::GuestTrap, &why).with("trap", why))
    }

    /// A new block with a configuration value; 0 where there is none.
    pub(super) fn config_get(&mut self, meter: &mut Meter, key: u64) -> Result<u64> {
        match self.config.get(self.key(key)?) {
            Some(value) => self.blocks.give(meter, value.as_bytes()),
            None => Ok(0),
        }
    }

    /// A new block with a variable's value; 0 where there is none.
    pub(super) fn var_get(&mut self, meter: &mut Meter, key: u64) -> Result<u64> {
        match self.vars.get(self.key(key)?).map(<[u8]>::to_vec) {
            Some(value) => self.blocks.give(meter, &value),
            None => Ok(0),
        }
    }

    /// Sets a variable from a block; offset 0 removes it.
    pub(super) fn var_set(&mut self, meter: &mut Meter, key: u64, value: u64) -> Result<()> {
        let name = self.key(key)?.to_owned();
        if value == 0 {
            self.vars.remove(meter, &name);
            return Ok(());
        }
        let value = self.blocks.block(value)?;
        self.vars.set(meter, name, value)
    }
}
