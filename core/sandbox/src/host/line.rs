//! Log lines of guests, which go to stderr.

use crate::output::{Output, Stream};
use crate::store::Meter;
use wasm_sandbox_policy::Result;

/// Longest text that is passed on in one piece with its prefix and line end.
const WHOLE: usize = 8 << 10;

/// Writes `prefix`, `text` and a line end to stderr, within the policy's limit on output.
pub(super) fn write_line(output: &mut Output, meter: &mut Meter, prefix: &str, text: &[u8]) -> Result<()> {
    let mut write = |bytes: &[u8]| output.write(meter, Stream::Stderr, bytes);
    if text.len() <= WHOLE {
        return write(&[prefix.as_bytes(), text, b"\n"].concat());
    }
    write(prefix.as_bytes())?;
    write(text)?;
    write(b"\n")
}
