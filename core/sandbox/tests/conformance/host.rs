//! Host functions described as data: returns, echoes, throws, sleeps, never returns.

use super::case::only;
use serde_json::Value as Json;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;
use wasm_sandbox_core::policy::Value;
use wasm_sandbox_core::{HostCall, HostError, HostFunctions, HostReply};

struct Described(BTreeMap<String, Json>);

/// The described functions; none at all where nothing is described.
pub fn functions(described: &BTreeMap<String, Json>) -> Option<Arc<dyn HostFunctions>> {
    for function in described.values() {
        only(function, &["returns", "echoes", "throws", "sleepsMs", "neverReturns", "async"]).expect("a host function");
    }
    (!described.is_empty()).then(|| Arc::new(Described(described.clone())) as Arc<dyn HostFunctions>)
}

impl HostFunctions for Described {
    fn names(&self) -> Vec<String> {
        self.0.keys().cloned().collect()
    }

    fn call(&self, call: HostCall) -> HostReply {
        let function = self.0[&call.name].clone();
        let (later, never) = (function["async"] == true, function["neverReturns"] == true);
        // What is given by name comes last, as one map.
        let mut args = call.args;
        if !call.named.is_empty() {
            args.push(Value::object(call.named));
        }
        if !later && !never {
            pause(&function);
            return HostReply::Now(answer(&function, args));
        }
        if later {
            call.reply.defer();
        }
        std::thread::spawn(move || {
            if never {
                // Longer than any case; the thread ends with the process.
                std::thread::sleep(Duration::from_secs(3600));
            }
            pause(&function);
            call.reply.settle(answer(&function, args));
        });
        HostReply::Later
    }
}

fn pause(function: &Json) {
    std::thread::sleep(Duration::from_millis(function["sleepsMs"].as_u64().unwrap_or(0)));
}

fn answer(function: &Json, args: Vec<Value>) -> Result<Value, HostError> {
    if let Some(error) = function.get("throws") {
        let text = |key: &str| error[key].as_str().unwrap_or_default().to_owned();
        return Err(HostError { kind: text("type"), message: text("message"), ..HostError::default() });
    }
    if function["echoes"] == true {
        return Ok(Value::List(args));
    }
    Ok(Value::from_tagged(&function["returns"]).expect("a value"))
}
