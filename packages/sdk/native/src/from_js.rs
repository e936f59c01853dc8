//! Values from JavaScript. What cannot cross is refused with the path of the place, as `$.a[3]`.
//!
//! Reading may run the caller's getters; what they throw goes to the caller as it is.

use crate::js::{Elements, Js, Outcome, Thrown, Type, Val};
use crate::local::Local;
use num_bigint::{BigInt, BigUint, Sign};
use wasm_sandbox_bridge::policy::{DateTime, Value};
use wasm_sandbox_bridge::{DEEPEST, Trail, cannot, endless, parameter, too_deep};

/// Elements whose handles share one scope.
const CHUNK: u32 = 256;
/// Whole numbers up to it are numbers of their own.
pub(crate) const SAFE: f64 = 9_007_199_254_740_991.0;

/// Parameters that are values of guests; undefined in them is null.
const VALUES: [&str; 2] = ["args", "value"];

/// Converts one value; `at` is its path.
pub(crate) fn value(js: Js<'_>, local: &Local, value: Val<'_>, at: &str) -> Outcome<Value> {
    let mut walk = Walk { local, path: Trail::default(), sparse: false };
    walk.value(js, value, None).map_err(|thrown| walk.placed(thrown, at))
}

/// Parameters of an operation by name. What is undefined is not given, since null may mean something else, as in limits.
pub(crate) fn parameters(js: Js<'_>, local: &Local, given: Val<'_>) -> Outcome<Value> {
    entries(js, local, given, parameter, |name| !VALUES.contains(&name))
}

/// Options of an opening, a call or a run. Their place is `$`.
pub(crate) fn options(js: Js<'_>, local: &Local, given: Val<'_>) -> Outcome<Value> {
    entries(js, local, given, |name| format!("$.{name}"), |_| false)
}

fn entries(
    js: Js<'_>,
    local: &Local,
    given: Val<'_>,
    place: impl Fn(&str) -> String,
    sparse: impl Fn(&str) -> bool,
) -> Outcome<Value> {
    let mut entries = Vec::new();
    each_property(js, given, "$", |js, name, property| {
        let mut walk = Walk { local, path: Trail::default(), sparse: sparse(&name) };
        let value = walk.value(js, property, None).map_err(|thrown| walk.placed(thrown, &place(&name)))?;
        entries.push((Value::String(name), value));
        Ok(())
    })?;
    Ok(Value::Map(entries))
}

/// The elements of an argument array.
pub(crate) fn arguments(js: Js<'_>, local: &Local, args: Val<'_>, at: &str) -> Outcome<Vec<Value>> {
    if js.type_of(args)? == Type::Nothing {
        return Ok(Vec::new());
    }
    if !js.is_array(args)? {
        return Err(refused(at, "an array of arguments is wanted"));
    }
    let mut walk = Walk { local, path: Trail::default(), sparse: false };
    walk.elements(js, args, &Above { value: args, next: None, depth: 1 }).map_err(|thrown| walk.placed(thrown, at))
}

/// An `invalid_argument` with its path.
pub(crate) fn refused(at: &str, why: &str) -> Thrown {
    wasm_sandbox_bridge::refused(at, why).into()
}

/// Calls `each` with the name and value of every property.
pub(crate) fn each_property(
    js: Js<'_>,
    object: Val<'_>,
    at: &str,
    mut each: impl FnMut(Js<'_>, String, Val<'_>) -> Outcome<()>,
) -> Outcome<()> {
    if js.type_of(object)? != Type::Object {
        return Err(refused(at, "an object is wanted"));
    }
    js.scoped(|js| {
        let keys = js.keys(object)?;
        (0..js.length(keys)?).try_for_each(|index| {
            js.scoped(|js| {
                let key = js.element(keys, index)?;
                let name = js.text(key)?.ok_or_else(|| refused(at, "a key has a lone surrogate"))?;
                each(js, name, js.property(object, key)?)
            })
        })
    })
}

/// What a number is in the guest: an integer where it is one exactly.
pub(crate) fn number(n: f64) -> Value {
    let integral = n.trunc() == n && n.abs() <= SAFE && !(n == 0.0 && n.is_sign_negative());
    if integral { Value::Int(n as i64) } else { Value::Float(n) }
}

/// The containers around a value, innermost first, to find cycles.
struct Above<'a, 's> {
    value: Val<'s>,
    next: Option<&'a Above<'a, 's>>,
    depth: usize,
}

struct Walk<'l> {
    local: &'l Local,
    path: Trail,
    /// Whether properties that are undefined are left out.
    sparse: bool,
}

impl Walk<'_> {
    fn value(&mut self, js: Js<'_>, value: Val<'_>, above: Option<&Above<'_, '_>>) -> Outcome<Value> {
        match js.type_of(value)? {
            Type::Nothing => Ok(Value::Null),
            Type::Boolean => js.bool(value).map(Value::Bool),
            Type::Number => js.double(value).map(number),
            Type::String => text(js, value).map(Value::String),
            Type::BigInt => js.bigint(value).map(|(negative, words)| Value::BigInt(big(negative, &words))),
            Type::Symbol => Err(cannot("a symbol cannot be passed").into()),
            Type::Function => Err(cannot("a function cannot be passed").into()),
            Type::Object => self.object(js, value, above),
        }
    }

    fn object(&mut self, js: Js<'_>, value: Val<'_>, above: Option<&Above<'_, '_>>) -> Outcome<Value> {
        let mut outer = above;
        while let Some(container) = outer {
            if js.same(container.value, value)? {
                return Err(endless().into());
            }
            outer = container.next;
        }
        let depth = above.map_or(1, |above| above.depth + 1);
        if depth > DEEPEST {
            return Err(too_deep().into());
        }
        let here = Above { value, next: above, depth };
        if js.is_array(value)? {
            return self.elements(js, value, &here).map(Value::List);
        }
        // Most objects are nothing but objects, which one look tells.
        if js.same(js.prototype(value)?, js.kept(self.local.plain)?)? {
            return self.properties(js, value, &here);
        }
        if let Some(elements) = js.typed_array(value)? {
            return Ok(list(elements));
        }
        if let Some(bytes) = js.array_buffer(value)? {
            return Ok(Value::Bytes(bytes));
        }
        if let Some(millis) = js.date(value)? {
            return date(millis);
        }
        if js.is_promise(value)? {
            return Err(cannot("a promise cannot be passed; await it first").into());
        }
        if js.is_data_view(value)? {
            return Err(cannot("a DataView cannot be passed; pass a Uint8Array of it").into());
        }
        if js.instance_of(value, js.kept(self.local.map)?)? {
            return self.map(js, value, &here);
        }
        if js.instance_of(value, js.kept(self.local.set)?)? {
            let members = js.call(value, js.kept(self.local.array_from)?, &[value])?;
            return self.elements(js, members, &here).map(Value::List);
        }
        self.properties(js, value, &here)
    }

    fn elements(&mut self, js: Js<'_>, array: Val<'_>, here: &Above<'_, '_>) -> Outcome<Vec<Value>> {
        let length = js.length(array)?;
        let mut values = Vec::new();
        for start in (0..length).step_by(CHUNK as usize) {
            js.scoped(|js| {
                for index in start..length.min(start + CHUNK) {
                    let element = js.element(array, index)?;
                    let value = self.value(js, element, Some(here)).inspect_err(|_| self.path.index(index as usize))?;
                    values.push(value);
                }
                Ok(())
            })?;
        }
        Ok(values)
    }

    fn properties(&mut self, js: Js<'_>, object: Val<'_>, here: &Above<'_, '_>) -> Outcome<Value> {
        js.scoped(|js| {
            let keys = js.keys(object)?;
            let mut entries = Vec::new();
            for index in 0..js.length(keys)? {
                js.scoped(|js| {
                    let key = js.element(keys, index)?;
                    let name = text(js, key)?;
                    let property = js.property(object, key)?;
                    if self.sparse && js.is_undefined(property)? {
                        return Ok(());
                    }
                    let value = self.value(js, property, Some(here));
                    let value = value.inspect_err(|_| self.path.name(&name))?;
                    entries.push((Value::String(name), value));
                    Ok(())
                })?;
            }
            Ok(Value::Map(entries))
        })
    }

    fn map(&mut self, js: Js<'_>, map: Val<'_>, here: &Above<'_, '_>) -> Outcome<Value> {
        js.scoped(|js| {
            let pairs = js.call(map, js.kept(self.local.array_from)?, &[map])?;
            let mut entries = Vec::new();
            for index in 0..js.length(pairs)? {
                js.scoped(|js| {
                    let pair = js.element(pairs, index)?;
                    let key = self.value(js, js.element(pair, 0)?, Some(here));
                    let key = key.inspect_err(|_| self.path.index(index as usize))?;
                    if matches!(key, Value::List(_) | Value::Map(_)) {
                        self.path.index(index as usize);
                        return Err(cannot("a key of a Map is a container").into());
                    }
                    let value = self
                        .value(js, js.element(pair, 1)?, Some(here))
                        .inspect_err(|_| self.path.key(&key, index as usize))?;
                    entries.push((key, value));
                    Ok(())
                })?;
            }
            Ok(Value::Map(entries))
        })
    }

    /// Gives a refusal its place.
    fn placed(&self, thrown: Thrown, at: &str) -> Thrown {
        match thrown {
            Thrown::Error(error) => self.path.placed(*error, at).into(),
            other => other,
        }
    }
}

fn text(js: Js<'_>, value: Val<'_>) -> Outcome<String> {
    js.text(value)?.ok_or_else(|| cannot("the string has a lone surrogate").into())
}

fn big(negative: bool, words: &[u64]) -> BigInt {
    let digits = words.iter().flat_map(|word| [*word as u32, (*word >> 32) as u32]).collect();
    BigInt::from_biguint(if negative { Sign::Minus } else { Sign::Plus }, BigUint::new(digits))
}

fn list(elements: Elements) -> Value {
    Value::List(match elements {
        Elements::Bytes(bytes) => return Value::Bytes(bytes),
        Elements::Ints(ints) => ints.into_iter().map(Value::Int).collect(),
        Elements::Floats(floats) => floats.into_iter().map(number).collect(),
        Elements::Wide(wide) => wide.into_iter().map(|n| Value::BigInt(n.into())).collect(),
    })
}

fn date(millis: f64) -> Outcome<Value> {
    if millis.is_nan() {
        return Err(cannot("the date is invalid").into());
    }
    // A valid date lies within 8.64e15 ms of 1970, so its microseconds fit 64 bits.
    Ok(Value::DateTime(DateTime { micros: (millis as i64) * 1_000, offset_minutes: 0 }))
}
