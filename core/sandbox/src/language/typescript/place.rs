//! Places in the source, and faults there told as the guest's own `SyntaxError`.

use wasm_sandbox_policy::{Error, ErrorCode};

/// What is wrong with the source, and where.
#[derive(Debug)]
pub(super) struct Fault {
    at: usize,
    message: String,
}

impl Fault {
    pub(super) fn new(at: usize, message: impl Into<String>) -> Fault {
        Fault { at, message: message.into() }
    }
}

/// The same error that JavaScript which does not parse gives.
pub(super) fn error(source: &str, file: &str, fault: &Fault) -> Error {
    let (line, column) = line_and_column(source, fault.at);
    let message = &fault.message;
    Error::new(ErrorCode::GuestException, format_args!("SyntaxError: {message} ({file}:{line}:{column})"))
        .with("type", "SyntaxError")
        .with("message", message.as_str())
        .with("stack", format!("SyntaxError: {message}\n    at {file}:{line}:{column}"))
}

/// Both from 1; columns are UTF-16 units, as the interpreter counts them.
fn line_and_column(source: &str, at: usize) -> (usize, usize) {
    let mut at = at.min(source.len());
    while !source.is_char_boundary(at) {
        at -= 1;
    }
    let before = &source[..at];
    let start = before.rfind('\n').map_or(0, |newline| newline + 1);
    (before.matches('\n').count() + 1, before[start..].encode_utf16().count() + 1)
}
