//! Downloads: what is an address, where it may lead, how much may come, and whether that is what was asked for.
//!
//! A language's own library gets one address at a time, without following redirects, in the time that is given, and asks
//! here what to do with the answer. It keeps the `Download` in between and gives it back as it is.

use super::address::{Address, schemed};
use super::arguments::{Arguments, bytes, refused, text};
use super::document::{to_json, value_of};
use super::opening::{Built, policy_of};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use wasm_sandbox_policy::{Error, ErrorCode, Result, Value};

const OPTIONS: [&str; 6] = ["policy", "limits", "sha256", "maxBytes", "timeoutMs", "maxRedirects"];
const REDIRECTS: u64 = 5;
const TIMEOUT_MS: u64 = 30_000;
/// As long as every language's timers can be set.
const LONGEST_MS: u64 = i32::MAX as u64;
/// As much as every language's numbers can say exactly.
const MOST_BYTES: u64 = (1 << 53) - 1;

/// One under way.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Download {
    /// What is to be asked for; or, where `read` says so, has answered.
    url: String,
    /// Whether the answer's body is what was asked for, and to be read: up to one byte more than `max_bytes`.
    read: bool,
    max_bytes: u64,
    /// For all of it.
    timeout_ms: u64,
    /// The address that was given, as it may be shown.
    given: String,
    redirects: u64,
    max_redirects: u64,
    sha256: Option<String>,
}

/// The operations whose names begin with `Download`.
pub(super) fn operation(name: &str, args: &mut Arguments) -> Option<Result<Value>> {
    Some(match name {
        "Download.of" => begun(args),
        "Download.answered" => answered(args),
        "Download.arrived" => arrived(args),
        "Download.failed" => failed(args),
        _ => return None,
    })
}

/// Of a `url`, which has to be an address, or of a `source`: null where that is none. The policy is that of the options,
/// or of a builder's `steps`.
fn begun(args: &mut Arguments) -> Result<Value> {
    let url = args.take("url").map(|url| text(url, "$.url")).transpose()?;
    let (given, at) = match (url, args.take("source")) {
        (Some(url), _) => (url, "$.url"),
        (None, Some(Value::String(source))) if is_web(&source) => (source, "$.source"),
        _ => return Ok(Value::Null),
    };
    let mut options = args.options("options")?.only(&OPTIONS, "a download")?;
    let policy = if args.has("steps") { Built::of(args)?.policy } else { policy_of(&mut options)? };
    let why = "the address is not a URL; give one such as https://example.com/a.wasm";
    let address = judged(Address::read(&given).ok_or_else(|| refused(at, why))?)?;
    value_of(&Download {
        url: address.to_string(),
        read: false,
        max_bytes: options.count("maxBytes")?.unwrap_or(policy.module_bytes()).min(MOST_BYTES),
        timeout_ms: options.time("timeoutMs")?.unwrap_or(TIMEOUT_MS).min(LONGEST_MS),
        given: address.shown(),
        redirects: 0,
        max_redirects: options.count("maxRedirects")?.unwrap_or(REDIRECTS),
        sha256: options.text("sha256")?,
    })
}

/// Whether a source is neither a path nor a file's address.
fn is_web(source: &str) -> bool {
    schemed(source).is_some_and(|(scheme, _)| !scheme.eq_ignore_ascii_case("file"))
}

/// By `status`, `location` and `length`, the last two as the headers have them: it leads on, or its body is read.
fn answered(args: &mut Arguments) -> Result<Value> {
    let mut download = Download::take(args)?;
    let at = download.address()?;
    let status = args.count("status")?.unwrap_or(0);
    let unreachable = |why: &str| unreachable(&at.shown(), why).with("status", status);
    match (status, args.text("location")?) {
        (300..=399, Some(location)) => {
            let next = at.follow(&location).ok_or_else(|| unreachable("it leads to what is no address"))?;
            download.url = judged(next)?.to_string();
            if download.redirects >= download.max_redirects {
                let why = format!("more than {} redirects", download.max_redirects);
                return Err(self::unreachable(&download.given, &why));
            }
            download.redirects += 1;
        }
        (200..=299, _) => {
            download.check_size(args.text("length")?.map_or(0, |length| announced(&length)))?;
            download.read = true;
        }
        _ => return Err(unreachable(&format!("the server answered {status}"))),
    }
    value_of(&download)
}

/// Its `bytes`, all of them or more than may be: whether they are what was asked for.
fn arrived(args: &mut Arguments) -> Result<Value> {
    let download = Download::take(args)?;
    let module = bytes(args.take("bytes").unwrap_or_else(|| Value::Bytes(Vec::new())), "$.bytes")?;
    download.check_size(module.len() as u64)?;
    let Some(expected) = download.sha256 else { return Ok(Value::Null) };
    let actual: String = Sha256::digest(&module).iter().map(|byte| format!("{byte:02x}")).collect();
    if actual == expected.to_ascii_lowercase() {
        return Ok(Value::Null);
    }
    let why = format_args!("its SHA-256 is {actual}, not the one that was asked for");
    Err(Error::new(ErrorCode::InvalidModule, why).with("expected", expected).with("actual", actual))
}

/// The error of one that came to nothing: too `late`, or not at all.
fn failed(args: &mut Arguments) -> Result<Value> {
    let download = Download::take(args)?;
    let late = args.take("late") == Some(Value::Bool(true));
    let why = if late { format!("no answer within {} ms", download.timeout_ms) } else { "no connection".into() };
    Err(unreachable(&download.given, &why))
}

impl Download {
    fn take(args: &mut Arguments) -> Result<Download> {
        let given = to_json(&args.need("download")?, "$.download")?;
        serde_json::from_value(given).map_err(|error| refused("$.download", error))
    }

    fn address(&self) -> Result<Address> {
        Address::read(&self.url).ok_or_else(|| refused("$.download", "its url is no address"))
    }

    fn check_size(&self, bytes: u64) -> Result<()> {
        let Download { given, max_bytes, .. } = self;
        if bytes <= *max_bytes {
            return Ok(());
        }
        let why = format_args!("{given} is larger than {max_bytes} bytes (moduleBytes)");
        Err(Error::limit(ErrorCode::ModuleLimit, "moduleBytes", *max_bytes, bytes, why))
    }
}

/// The address, unless it may not be asked.
fn judged(address: Address) -> Result<Address> {
    let what = match address.is_https() {
        true if !address.has_credentials() => return Ok(address),
        true => "an address with credentials".to_owned(),
        false => format!("an address of kind {}:", address.scheme()),
    };
    let shown = address.shown();
    let why = format_args!("modules are fetched over https only, not from {what} ({shown})");
    Err(Error::new(ErrorCode::InvalidArgument, why).with("url", shown))
}

/// What a header says of the body's size; 0 for what is no size.
fn announced(length: &str) -> u64 {
    let is_number = !length.is_empty() && length.bytes().all(|byte| byte.is_ascii_digit());
    if is_number { length.parse().unwrap_or(u64::MAX) } else { 0 }
}

fn unreachable(shown: &str, why: &str) -> Error {
    Error::new(ErrorCode::NotFound, format_args!("{shown}: {why}")).with("url", shown)
}
