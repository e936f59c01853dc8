//! HTTP requests of plug-ins. They have no way to report a refusal to the plug-in, so a denied one ends the run;
//! in this version all are denied.

use super::KERNEL_MODULE;
use crate::store::{StoreData, guest_error};
use serde::Deserialize;
use std::borrow::Cow;
use wasm_sandbox_policy::{AuditOutcome, Error, ErrorCode};
use wasmtime::{Caller, Linker};

/// Longest request that is looked into for its target.
const REQUEST_BYTES: usize = 64 << 10;
/// Longest host name that is shown.
const HOST_CHARS: usize = 253;

/// What a request says about its target; the rest is skipped without being kept.
#[derive(Deserialize)]
struct Request<'a> {
    #[serde(borrow)]
    url: Cow<'a, str>,
}

pub(super) fn add_to_linker(linker: &mut Linker<StoreData>) -> wasmtime::Result<()> {
    linker.func_wrap(KERNEL_MODULE, "http_request", deny)?;
    linker.func_wrap(KERNEL_MODULE, "http_status_code", || 0_i32)?;
    linker.func_wrap(KERNEL_MODULE, "http_headers", || 0_i64)?;
    Ok(())
}

fn deny(mut caller: Caller<'_, StoreData>, request: u64, _body: u64) -> wasmtime::Result<u64> {
    let data = caller.data_mut();
    let bytes = data.host.extism.blocks.block(request).map_err(guest_error)?;
    let target = target(bytes);
    let (capability, rule) = ("network_access", "capabilities.network");
    data.audit.access(capability, &target, rule, AuditOutcome::Denied);
    let message = format!(
        "Network access denied: the plug-in asked for {target}, and no rule of {rule} allows it; \
         {{\"domains\": [\"{target}\"]}} there would"
    );
    let error = Error { code: ErrorCode::AccessDenied, message, details: Default::default(), result: None };
    let error = error.with("capability", capability).with("target", target).with("rule", rule);
    Err(guest_error(error))
}

/// The host that a request names, fit to be shown.
fn target(bytes: &[u8]) -> String {
    let request =
        bytes.get(..REQUEST_BYTES.min(bytes.len())).and_then(|bytes| serde_json::from_slice::<Request<'_>>(bytes).ok());
    let shown = request.map(|request| host(&request.url)).unwrap_or_default();
    if shown.is_empty() { "an unknown host".to_owned() } else { shown }
}

fn host(url: &str) -> String {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    let authority = rest.split(['/', '\\', '?', '#']).next().unwrap_or_default();
    let place = authority.rsplit('@').next().unwrap_or_default();
    let host = match place.strip_prefix('[').and_then(|v6| v6.split_once(']')) {
        Some((v6, _)) => v6,
        None => place.split(':').next().unwrap_or_default(),
    };
    let plain = |c: &char| c.is_alphanumeric() || ".-_:".contains(*c);
    host.chars().filter(plain).take(HOST_CHARS).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_target_is_the_host_alone() {
        for (url, host) in [
            ("https://api.example.com/v1?key=secret", "api.example.com"),
            ("http://user:pass@example.com:8080", "example.com"),
            ("https://[::1]:80/x", "::1"),
            ("example.com/path", "example.com"),
            ("https://evil.com\\@good.com/", "evil.com"),
            ("https://\u{1b}[31mred.com/", "31mred.com"),
            ("", "an unknown host"),
        ] {
            let request = serde_json::json!({ "method": "GET", "headers": {}, "url": url }).to_string();
            assert_eq!(target(request.as_bytes()), host, "{url}");
        }
    }

    #[test]
    fn what_is_no_request_has_no_known_target() {
        let nested = ["{\"url\":", &"[".repeat(60_000)].concat();
        let long = format!("{{\"url\":\"https://a.com/{}\"}}", "x".repeat(REQUEST_BYTES));
        for bytes in [&b""[..], b"\xff", b"{}", b"[1]", nested.as_bytes(), long.as_bytes()] {
            assert_eq!(target(bytes), "an unknown host");
        }
    }
}
