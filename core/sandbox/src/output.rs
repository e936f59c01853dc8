//! What a guest writes to stdout and stderr: capped while it runs, kept for the result, streamed to the host.

use crate::store::Meter;
use std::sync::Arc;
use wasm_sandbox_policy::{Error, ErrorCode, Limits, OutputLimitAction, Result};

/// Where a guest's output goes as it comes. Called on the guest's thread with at most 64 KiB at once.
pub trait OutputSink: Send + Sync {
    /// `bytes` were written to `stream`.
    fn write(&self, stream: Stream, bytes: &[u8]);
}

/// The two output streams.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stream {
    Stdout,
    Stderr,
}

const CHUNK: usize = 64 << 10;

/// Both streams of one run, under one cap.
pub(crate) struct Output {
    limit: u64,
    action: OutputLimitAction,
    sink: Option<Arc<dyn OutputSink>>,
    kept: [Vec<u8>; 2],
    /// Bytes the guest wrote in this run, dropped ones included.
    written: u64,
    truncated: bool,
}

impl Output {
    pub(crate) fn new(limits: &Limits, sink: Option<Arc<dyn OutputSink>>) -> Output {
        Output {
            limit: limits.output_bytes,
            action: limits.on_output_limit,
            sink,
            kept: [Vec::new(), Vec::new()],
            written: 0,
            truncated: false,
        }
    }

    /// Keeps and passes on what the cap allows of `bytes`. The guest sees the whole write succeed, unless the
    /// policy says that a run over its cap fails.
    pub(crate) fn write(&mut self, meter: &mut Meter, stream: Stream, bytes: &[u8]) -> Result<()> {
        let room = self.limit.saturating_sub(self.written).min(bytes.len() as u64) as usize;
        self.written = self.written.saturating_add(bytes.len() as u64);
        let (fits, dropped) = bytes.split_at(room);
        if !fits.is_empty() {
            let kept = &mut self.kept[stream as usize];
            meter.charge(fits.len() as u64)?;
            kept.extend_from_slice(fits);
            if let Some(sink) = &self.sink {
                fits.chunks(CHUNK).for_each(|chunk| sink.write(stream, chunk));
            }
        }
        if dropped.is_empty() {
            return Ok(());
        }
        self.truncated = true;
        match self.action {
            OutputLimitAction::Truncate => Ok(()),
            OutputLimitAction::Fail => {
                let (limit, used) = (self.limit, self.written);
                let why = format_args!("the guest wrote {used} bytes, the policy allows {limit} (outputBytes)");
                Err(Error::limit(ErrorCode::OutputLimit, "outputBytes", limit, used, why))
            }
        }
    }

    /// A new call begins without anybody having taken what earlier ones wrote.
    pub(crate) fn begin_call(&mut self, meter: &mut Meter) {
        if self.written != 0 {
            drop(self.take(meter));
        }
    }

    /// What was written since the last call of this; the next run starts with a full cap.
    pub(crate) fn take(&mut self, meter: &mut Meter) -> Written {
        let [stdout, stderr] = std::mem::take(&mut self.kept);
        meter.release((stdout.len() + stderr.len()) as u64);
        let written = Written { stdout, stderr, bytes: self.written, truncated: self.truncated };
        (self.written, self.truncated) = (0, false);
        written
    }
}

/// The output of one run.
#[derive(Debug, Default)]
pub(crate) struct Written {
    pub(crate) stdout: Vec<u8>,
    pub(crate) stderr: Vec<u8>,
    pub(crate) bytes: u64,
    pub(crate) truncated: bool,
}
