//! Randomness: the operating system's, stretched by ChaCha20 and renewed often, or a sequence that a seed fixes.
//!
//! What a guest draws in one run is counted, because drawing costs the host time and nothing else stops it.

use super::guest::{CHUNK, Outcome, register, slice_mut};
use crate::store::{GuestMemory, StoreData};
use rand::TryRngCore;
use rand::rngs::OsRng;
use rand_chacha::ChaCha20Rng;
use rand_chacha::rand_core::{RngCore, SeedableRng};
use wasm_sandbox_policy::{Error, ErrorCode, Limits, Random, Result};
use wasmtime::Linker;

/// Bytes after which a generator is seeded anew by the operating system.
const RESEED: u64 = 1 << 20;
/// Chunks between two looks at the deadline.
const STRETCH: usize = 16;

pub(super) fn add_to_linker(linker: &mut Linker<StoreData>) -> wasmtime::Result<()> {
    register!(linker, random_get(buffer: u32, len: u32););
    Ok(())
}

/// The source of one sandbox. The generator comes to be with the first use.
pub(super) struct RandomSource {
    kind: Random,
    generator: Option<Box<ChaCha20Rng>>,
    /// Bytes until the next seed.
    left: u64,
    /// Bytes drawn in this run.
    drawn: u64,
}

impl RandomSource {
    pub(super) fn new(kind: Random) -> RandomSource {
        RandomSource { kind, generator: None, left: 0, drawn: 0 }
    }

    /// A run begins: its count starts at zero, and what it gets cannot be derived from what earlier ones got.
    pub(super) fn begin_call(&mut self) {
        self.drawn = 0;
        self.left = 0;
    }

    /// Counts `len` bytes more; `host_call_limit` when the run has had enough.
    pub(super) fn count(&mut self, limits: &Limits, len: u64) -> Result<()> {
        let wanted = self.drawn.saturating_add(len);
        let limit = limits.random_bytes;
        if wanted > limit {
            let why = format_args!(
                "the guest asked for {wanted} random bytes in one run, the policy allows {limit} (randomBytes)"
            );
            return Err(Error::limit(ErrorCode::HostCallLimit, "randomBytes", limit, wanted, why));
        }
        self.drawn = wanted;
        Ok(())
    }

    /// Fills at most a chunk or so at a time.
    pub(super) fn fill(&mut self, out: &mut [u8]) -> Result<()> {
        let generator = match (self.kind, &mut self.generator) {
            (Random::Seed(_), Some(generator)) => generator,
            (Random::Seed(seed), none) => none.insert(Box::new(ChaCha20Rng::seed_from_u64(seed))),
            (Random::Secure, Some(generator)) if self.left > 0 => generator,
            (Random::Secure, any) => {
                let mut seed = [0; 32];
                OsRng
                    .try_fill_bytes(&mut seed)
                    .map_err(|_| Error::new(ErrorCode::Internal, "the operating system gives no random bytes"))?;
                self.left = RESEED;
                any.insert(Box::new(ChaCha20Rng::from_seed(seed)))
            }
        };
        generator.fill_bytes(out);
        self.left = self.left.saturating_sub(out.len() as u64);
        Ok(())
    }
}

fn random_get(guest: &mut GuestMemory<'_>, buffer: u32, len: u32) -> Outcome {
    let data = &mut *guest.data;
    let out = slice_mut(guest.bytes, buffer, len)?;
    data.wasi.random.count(&data.policy.limits, len.into())?;
    for (index, chunk) in out.chunks_mut(CHUNK).enumerate() {
        data.wasi.random.fill(chunk)?;
        if index % STRETCH == STRETCH - 1 {
            data.slot.check()?;
        }
    }
    Ok(())
}
