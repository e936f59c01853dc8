//! The binary form of values that language packs speak (layout: core/packs/javascript/README.md).
//!
//! Whatever a guest sends is hostile: counts are never trusted, depth is limited, and every node is charged
//! to the sandbox's meter before it is made.

use crate::store::Meter;
use num_bigint::{BigInt, Sign};
use wasm_sandbox_policy::{DateTime, Error, ErrorCode, Limits, Result, Value};

const NULL: u8 = 0;
const FALSE: u8 = 1;
const TRUE: u8 = 2;
const INT: u8 = 3;
const BIGINT: u8 = 4;
const FLOAT: u8 = 5;
const STRING: u8 = 6;
const BYTES: u8 = 7;
const LIST: u8 = 8;
const MAP: u8 = 9;
const DATETIME: u8 = 10;

/// What one decoded node is charged as: its enum, and its share of a vector.
const NODE_BYTES: u64 = std::mem::size_of::<Value>() as u64;

/// Encodes a host's value for a guest. Refuses what the policy's value limits do.
pub(crate) fn encode(value: &Value, limits: &Limits) -> Result<Vec<u8>> {
    let mut size = Encoder { out: Size(0), limits };
    size.value(value, 0)?;
    // Exactly as large as it has to be, so that a large value is copied once.
    let mut encoder = Encoder { out: Vec::with_capacity(size.out.0), limits };
    encoder.value(value, 0)?;
    Ok(encoder.out)
}

/// A value of a message, which may be a list of values that stay where they are.
pub(crate) enum Part<'a> {
    Whole(Value),
    List(&'a [Value]),
}

/// How many bytes a map with text as its keys takes. Refuses what the limits do.
pub(crate) fn message_size(entries: &[(&str, Part<'_>)], limits: &Limits) -> Result<usize> {
    let mut encoder = Encoder { out: Size(0), limits };
    encoder.message(entries)?;
    Ok(encoder.out.0)
}

/// Encodes it straight into the place that it is for, which has its size.
pub(crate) fn write_message(entries: &[(&str, Part<'_>)], limits: &Limits, room: &mut [u8]) -> Result<()> {
    Encoder { out: Room { left: room, written: 0 }, limits }.message(entries)
}

/// Where encoded bytes go.
trait Sink {
    fn put(&mut self, bytes: &[u8]);
    fn written(&self) -> usize;
}

impl Sink for Vec<u8> {
    fn put(&mut self, bytes: &[u8]) {
        self.extend_from_slice(bytes);
    }

    fn written(&self) -> usize {
        self.len()
    }
}

/// Nowhere: they are counted.
struct Size(usize);

impl Sink for Size {
    fn put(&mut self, bytes: &[u8]) {
        self.0 += bytes.len();
    }

    fn written(&self) -> usize {
        self.0
    }
}

struct Room<'a> {
    left: &'a mut [u8],
    written: usize,
}

impl Sink for Room<'_> {
    fn put(&mut self, bytes: &[u8]) {
        // What was counted fits.
        if let Some((room, left)) = std::mem::take(&mut self.left).split_at_mut_checked(bytes.len()) {
            room.copy_from_slice(bytes);
            self.left = left;
        }
        self.written += bytes.len();
    }

    fn written(&self) -> usize {
        self.written
    }
}

struct Encoder<'a, S> {
    out: S,
    limits: &'a Limits,
}

impl<S: Sink> Encoder<'_, S> {
    fn value(&mut self, value: &Value, depth: u32) -> Result<()> {
        if depth > self.limits.value_depth {
            return Err(too_deep(self.limits));
        }
        match value {
            Value::Null => self.out.put(&[NULL]),
            Value::Bool(b) => self.out.put(&[if *b { TRUE } else { FALSE }]),
            Value::Int(n) => self.fixed(INT, &n.to_le_bytes()),
            Value::Float(n) => self.fixed(FLOAT, &n.to_le_bytes()),
            Value::BigInt(n) => {
                let (sign, magnitude) = n.to_bytes_le();
                self.fixed(BIGINT, &[u8::from(sign == Sign::Minus)]);
                self.sized(&magnitude)?;
            }
            Value::String(s) => self.tagged(STRING, s.as_bytes())?,
            Value::Bytes(b) => self.tagged(BYTES, b)?,
            Value::List(items) => self.list(items, depth)?,
            Value::Map(entries) => {
                self.count(MAP, entries.len())?;
                for (key, item) in entries {
                    self.value(key, depth + 1)?;
                    self.value(item, depth + 1)?;
                }
            }
            Value::DateTime(t) => {
                self.fixed(DATETIME, &t.micros.to_le_bytes());
                self.out.put(&t.offset_minutes.to_le_bytes());
            }
        }
        if self.out.written() as u64 > self.limits.value_bytes {
            return Err(too_large(self.limits, self.out.written() as u64));
        }
        Ok(())
    }

    fn list(&mut self, items: &[Value], depth: u32) -> Result<()> {
        self.count(LIST, items.len())?;
        items.iter().try_for_each(|item| self.value(item, depth + 1))
    }

    fn message(&mut self, entries: &[(&str, Part<'_>)]) -> Result<()> {
        self.count(MAP, entries.len())?;
        for (key, part) in entries {
            self.tagged(STRING, key.as_bytes())?;
            match part {
                Part::Whole(value) => self.value(value, 1)?,
                Part::List(items) => self.list(items, 1)?,
            }
        }
        Ok(())
    }

    fn fixed(&mut self, tag: u8, bytes: &[u8]) {
        self.out.put(&[tag]);
        self.out.put(bytes);
    }

    fn tagged(&mut self, tag: u8, bytes: &[u8]) -> Result<()> {
        self.out.put(&[tag]);
        self.sized(bytes)
    }

    fn sized(&mut self, bytes: &[u8]) -> Result<()> {
        let wanted = self.out.written() as u64 + bytes.len() as u64;
        if wanted > self.limits.value_bytes {
            return Err(too_large(self.limits, wanted));
        }
        let len = u32::try_from(bytes.len()).map_err(|_| too_large(self.limits, wanted))?;
        self.out.put(&len.to_le_bytes());
        self.out.put(bytes);
        Ok(())
    }

    fn count(&mut self, tag: u8, count: usize) -> Result<()> {
        let count = u32::try_from(count).map_err(|_| too_large(self.limits, count as u64))?;
        self.fixed(tag, &count.to_le_bytes());
        Ok(())
    }
}

/// A guest's value, with what it was charged to the meter; release that when the value leaves the sandbox.
#[derive(Debug)]
pub(crate) struct Decoded {
    pub(crate) value: Value,
    pub(crate) charged: u64,
}

/// Decodes what a guest sent. All of `bytes` must be one value.
pub(crate) fn decode(bytes: &[u8], limits: &Limits, meter: &mut Meter) -> Result<Decoded> {
    if bytes.len() as u64 > limits.value_bytes {
        return Err(too_large(limits, bytes.len() as u64));
    }
    let mut decoder = Decoder { rest: bytes, limits, meter, charged: 0 };
    match decoder.value(0) {
        Ok(value) if decoder.rest.is_empty() => Ok(Decoded { value, charged: decoder.charged }),
        outcome => {
            let charged = decoder.charged;
            decoder.meter.release(charged);
            Err(outcome.err().unwrap_or_else(malformed))
        }
    }
}

struct Decoder<'a> {
    rest: &'a [u8],
    limits: &'a Limits,
    meter: &'a mut Meter,
    charged: u64,
}

impl<'a> Decoder<'a> {
    fn value(&mut self, depth: u32) -> Result<Value> {
        if depth > self.limits.value_depth {
            return Err(too_deep(self.limits));
        }
        self.charge(NODE_BYTES)?;
        Ok(match self.take(1)?[0] {
            NULL => Value::Null,
            FALSE => Value::Bool(false),
            TRUE => Value::Bool(true),
            INT => Value::Int(i64::from_le_bytes(self.array()?)),
            BIGINT => {
                let sign = if self.take(1)?[0] == 1 { Sign::Minus } else { Sign::Plus };
                Value::BigInt(BigInt::from_bytes_le(sign, self.sized()?))
            }
            FLOAT => Value::Float(f64::from_le_bytes(self.array()?)),
            STRING => Value::String(std::str::from_utf8(self.sized()?).map_err(|_| malformed())?.to_owned()),
            BYTES => Value::Bytes(crate::spare::copied(self.sized()?)),
            LIST => {
                let count = self.count()?;
                let mut items = Vec::new();
                for _ in 0..count {
                    items.push(self.value(depth + 1)?);
                }
                Value::List(items)
            }
            MAP => {
                let count = self.count()?;
                let mut entries = Vec::new();
                for _ in 0..count {
                    entries.push((self.value(depth + 1)?, self.value(depth + 1)?));
                }
                Value::Map(entries)
            }
            DATETIME => Value::DateTime(DateTime {
                micros: i64::from_le_bytes(self.array()?),
                offset_minutes: i16::from_le_bytes(self.array()?),
            }),
            _ => return Err(malformed()),
        })
    }

    fn take(&mut self, len: usize) -> Result<&'a [u8]> {
        let (head, rest) = self.rest.split_at_checked(len).ok_or_else(malformed)?;
        self.rest = rest;
        Ok(head)
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N]> {
        self.take(N)?.try_into().map_err(|_| malformed())
    }

    /// A count of items; each takes at least one byte, so a larger count is a lie.
    fn count(&mut self) -> Result<usize> {
        let count = u32::from_le_bytes(self.array()?) as usize;
        if count > self.rest.len() { Err(malformed()) } else { Ok(count) }
    }

    fn sized(&mut self) -> Result<&'a [u8]> {
        let len = u32::from_le_bytes(self.array()?) as usize;
        let bytes = self.take(len)?;
        self.charge(len as u64)?;
        Ok(bytes)
    }

    fn charge(&mut self, bytes: u64) -> Result<()> {
        self.meter.charge(bytes)?;
        self.charged += bytes;
        Ok(())
    }
}

/// The guest broke the pack's own protocol: only code that corrupted its interpreter can.
fn malformed() -> Error {
    Error::new(ErrorCode::GuestTrap, "the guest sent a value that is not well formed").with("trap", "malformed value")
}

/// The error of a value over `valueBytes`.
pub(crate) fn too_large(limits: &Limits, used: u64) -> Error {
    let limit = limits.value_bytes;
    Error::limit(
        ErrorCode::ValueLimit,
        "valueBytes",
        limit,
        used,
        format_args!("the value takes more than {limit} bytes (valueBytes)"),
    )
}

/// The error of a value over `valueDepth`.
pub(crate) fn too_deep(limits: &Limits) -> Error {
    let limit = u64::from(limits.value_depth);
    Error::limit(
        ErrorCode::ValueLimit,
        "valueDepth",
        limit,
        limit + 1,
        format_args!("the value is nested deeper than {limit} levels (valueDepth)"),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn round(value: Value) -> Value {
        let limits = Limits::default();
        let mut meter = Meter::new(&limits);
        decode(&encode(&value, &limits).unwrap(), &limits, &mut meter).unwrap().value
    }

    #[test]
    fn every_kind_round_trips() {
        let all = Value::List(vec![
            Value::Null,
            Value::Bool(true),
            Value::Int(i64::MIN),
            Value::BigInt(-(BigInt::from(1) << 100_u32)),
            Value::Float(-0.0),
            Value::String("a\0é🦀".into()),
            Value::Bytes(vec![0, 255]),
            Value::Map(vec![(Value::Int(1), Value::Null), (Value::from("k"), Value::List(vec![]))]),
            Value::DateTime(DateTime { micros: -1, offset_minutes: -330 }),
        ]);
        assert_eq!(round(all.clone()), all);
        assert!(matches!(round(Value::Float(-0.0)), Value::Float(f) if f.is_sign_negative()));
        assert!(matches!(round(Value::Float(f64::NAN)), Value::Float(f) if f.is_nan()));
    }

    #[test]
    fn a_message_in_its_place_is_what_its_map_is_encoded_as() {
        let limits = Limits::default();
        let list = [Value::Bytes(vec![7; 1000]), Value::object([("k", Value::Float(0.5))])];
        let parts = [("op", Part::Whole(Value::from("call"))), ("args", Part::List(&list))];
        let whole = Value::object([("op", Value::from("call")), ("args", Value::List(list.to_vec()))]);
        let expected = encode(&whole, &limits).unwrap();
        assert_eq!(expected.capacity(), expected.len());
        let mut room = vec![0xff; message_size(&parts, &limits).unwrap()];
        write_message(&parts, &limits, &mut room).unwrap();
        assert_eq!(room, expected);
        let deep = Limits { value_depth: 2, ..Limits::default() };
        assert_eq!(message_size(&parts, &deep).unwrap_err().code, encode(&whole, &deep).unwrap_err().code);
        let small = Limits { value_bytes: 500, ..Limits::default() };
        assert_eq!(message_size(&parts, &small).unwrap_err().code, ErrorCode::ValueLimit);
    }

    #[test]
    fn truncated_and_lying_input_is_refused_and_gives_back_what_it_took() {
        let limits = Limits::default();
        let good =
            encode(&Value::List(vec![Value::from("abc"), Value::Int(7), Value::object([("k", Value::Null)])]), &limits)
                .unwrap();
        for cut in 0..good.len() {
            let mut meter = Meter::new(&limits);
            assert!(decode(&good[..cut], &limits, &mut meter).is_err(), "cut at {cut}");
            assert_eq!(meter.used(), 0);
        }
        let mut meter = Meter::new(&limits);
        assert!(decode(&[LIST, 255, 255, 255, 255], &limits, &mut meter).is_err());
        assert!(decode(&[good.as_slice(), &[0]].concat(), &limits, &mut meter).is_err());
    }

    #[test]
    fn depth_size_and_memory_are_limited() {
        let limits = Limits { value_depth: 3, value_bytes: 64, memory_bytes: 200, ..Limits::default() };
        let deep = Value::List(vec![Value::List(vec![Value::List(vec![Value::List(vec![])])])]);
        assert!(encode(&deep, &Limits { value_depth: 3, ..Limits::default() }).is_ok());
        assert_eq!(encode(&Value::List(vec![deep]), &limits).unwrap_err().code, ErrorCode::ValueLimit);
        assert_eq!(encode(&Value::Bytes(vec![0; 65]), &limits).unwrap_err().code, ErrorCode::ValueLimit);
        let many = encode(&Value::List(vec![Value::Null; 50]), &Limits::default()).unwrap();
        let mut meter = Meter::new(&limits);
        assert_eq!(decode(&many, &limits, &mut meter).unwrap_err().code, ErrorCode::MemoryLimit);
        assert_eq!(meter.used(), 0);
    }
}
