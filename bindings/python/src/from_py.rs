//! Values from Python. What cannot cross is refused with the path of the place, as `$.a[3]`.
//!
//! Reading may run the caller's own code (a subclass, a time zone); what it raises goes to the caller as it is.

use crate::errors::{Outcome, Thrown};
use num_bigint::BigInt;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyBool, PyByteArray, PyBytes, PyDict, PyFloat, PyInt, PyList, PyString, PyTuple};
use wasm_sandbox_bridge::policy::{DateTime, Value};
use wasm_sandbox_bridge::spare::copied;
use wasm_sandbox_bridge::{DEEPEST, Trail, cannot, endless, parameter, too_deep};

/// Converts one value; `at` is its path.
pub(crate) fn value(given: &Bound<'_, PyAny>, at: &str) -> Outcome<Value> {
    let mut walk = Walk::default();
    walk.value(given).map_err(|thrown| walk.placed(thrown, at))
}

/// The arguments of an operation by their names.
pub(crate) fn arguments(given: &Bound<'_, PyDict>) -> Outcome<Value> {
    let mut entries = Vec::with_capacity(given.len());
    for (key, item) in given.iter() {
        let name: String = key.extract()?;
        let converted = value(&item, &parameter(&name))?;
        entries.push((Value::String(name), converted));
    }
    Ok(Value::Map(entries))
}

/// A value of a rarer kind, as Python tells it.
#[derive(FromPyObject)]
enum Plain<'py> {
    /// Why it cannot cross.
    Refused(String),
    /// Microseconds since 1970, and minutes east of UTC.
    Moment(i64, i16),
    Value((Bound<'py, PyAny>,)),
}

#[derive(Default)]
struct Walk {
    /// The containers around the place, by address, to find cycles.
    above: Vec<usize>,
    path: Trail,
}

impl Walk {
    fn value(&mut self, given: &Bound<'_, PyAny>) -> Outcome<Value> {
        if given.is_none() {
            Ok(Value::Null)
        } else if let Ok(text) = given.cast::<PyString>() {
            string(text).map(Value::String)
        } else if given.is_instance_of::<PyBool>() {
            Ok(Value::Bool(given.is_truthy()?))
        } else if given.is_instance_of::<PyInt>() {
            integer(given)
        } else if let Ok(float) = given.cast::<PyFloat>() {
            Ok(Value::Float(float.extract()?))
        } else if let Ok(bytes) = given.cast::<PyBytes>() {
            Ok(Value::Bytes(copied(bytes.as_bytes())))
        } else if let Ok(list) = given.cast::<PyList>() {
            self.within(given, |walk| walk.elements(list.iter(), list.len()))
        } else if let Ok(dict) = given.cast::<PyDict>() {
            self.within(given, |walk| walk.entries(dict))
        } else if let Ok(tuple) = given.cast::<PyTuple>() {
            self.within(given, |walk| walk.elements(tuple.iter(), tuple.len()))
        } else if let Ok(bytes) = given.cast::<PyByteArray>() {
            Ok(Value::Bytes(bytes.to_vec()))
        } else {
            self.rarer(given)
        }
    }

    /// What Python knows better: it says what the value is in plain ones.
    fn rarer(&mut self, given: &Bound<'_, PyAny>) -> Outcome<Value> {
        static PLAIN: PyOnceLock<Py<PyAny>> = PyOnceLock::new();
        let told = PLAIN.import(given.py(), "wasm_sandbox._rarer", "plain")?.call1((given,))?;
        match told.extract::<Plain<'_>>()? {
            Plain::Refused(why) => Err(cannot(why).into()),
            Plain::Moment(micros, offset_minutes) => Ok(Value::DateTime(DateTime { micros, offset_minutes })),
            // A container is entered once, and what is none not at all.
            Plain::Value((plain,)) => match (plain.cast::<PyList>(), plain.cast::<PyDict>(), plain.cast::<PyBytes>()) {
                (Ok(list), ..) => self.within(given, |walk| walk.elements(list.iter(), list.len())),
                (_, Ok(dict), _) => self.within(given, |walk| walk.entries(dict)),
                (.., Ok(bytes)) => Ok(Value::Bytes(copied(bytes.as_bytes()))),
                _ => self.within(given, |walk| walk.value(&plain)),
            },
        }
    }

    /// Goes into a container, unless it contains itself or lies too deep.
    fn within(
        &mut self,
        container: &Bound<'_, PyAny>,
        work: impl FnOnce(&mut Walk) -> Outcome<Value>,
    ) -> Outcome<Value> {
        let address = container.as_ptr() as usize;
        if self.above.contains(&address) {
            return Err(endless().into());
        }
        if self.above.len() == DEEPEST {
            return Err(too_deep().into());
        }
        self.above.push(address);
        let done = work(self);
        self.above.pop();
        done
    }

    fn elements<'py>(&mut self, items: impl Iterator<Item = Bound<'py, PyAny>>, length: usize) -> Outcome<Value> {
        let mut values = Vec::with_capacity(length);
        for (index, item) in items.enumerate() {
            values.push(self.value(&item).inspect_err(|_| self.path.index(index))?);
        }
        Ok(Value::List(values))
    }

    fn entries(&mut self, dict: &Bound<'_, PyDict>) -> Outcome<Value> {
        let mut entries = Vec::with_capacity(dict.len());
        // A list of the items, because converting one may run code that changes the dict.
        for (index, pair) in dict.items().iter().enumerate() {
            let (key, item): (Bound<'_, PyAny>, Bound<'_, PyAny>) = pair.extract()?;
            let key = self.value(&key).inspect_err(|_| self.path.index(index))?;
            if matches!(key, Value::List(_) | Value::Map(_)) {
                self.path.index(index);
                return Err(cannot("a key of a dict is a container").into());
            }
            let value = self.value(&item).inspect_err(|_| self.path.key(&key, index))?;
            entries.push((key, value));
        }
        Ok(Value::Map(entries))
    }

    /// Gives a refusal its place.
    fn placed(&self, thrown: Thrown, at: &str) -> Thrown {
        match thrown {
            Thrown::Error(error) => self.path.placed(*error, at).into(),
            other => other,
        }
    }
}

fn string(text: &Bound<'_, PyString>) -> Outcome<String> {
    text.to_str().map(str::to_owned).map_err(|_| cannot("the string has a lone surrogate").into())
}

fn integer(given: &Bound<'_, PyAny>) -> Outcome<Value> {
    match given.extract::<i64>() {
        Ok(small) => Ok(Value::Int(small)),
        Err(_) => Ok(Value::BigInt(given.extract::<BigInt>()?)),
    }
}
