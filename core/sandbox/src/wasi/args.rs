//! Arguments and environment: what the host gave, never the host's own.

use super::guest::{Outcome, put, register, slice_mut};
use crate::files::Errno;
use crate::store::{GuestMemory, StoreData};
use std::collections::HashMap;
use wasm_sandbox_policy::{Error, ErrorCode, Result};
use wasmtime::Linker;

pub(super) fn add_to_linker(linker: &mut Linker<StoreData>) -> wasmtime::Result<()> {
    register!(linker,
        args_get(list: u32, text: u32);
        args_sizes_get(count: u32, size: u32);
        environ_get(list: u32, text: u32);
        environ_sizes_get(count: u32, size: u32);
    );
    Ok(())
}

type Variables = Vec<(String, String)>;

/// The sandbox's own, and what a run has instead or in addition.
pub(super) struct Arguments {
    argv: Vec<String>,
    env: Variables,
    run_argv: Option<Vec<String>>,
    run_env: Option<Variables>,
}

impl Arguments {
    pub(super) fn new(argv: Vec<String>, env: Variables) -> Result<Arguments> {
        check_argv(&argv)?;
        Ok(Arguments { argv, env: merge(Vec::new(), &env)?, run_argv: None, run_env: None })
    }

    pub(super) fn begin_run(&mut self, argv: Option<Vec<String>>, env: &[(String, String)]) -> Result<()> {
        check_argv(argv.as_deref().unwrap_or_default())?;
        self.run_env = if env.is_empty() { None } else { Some(merge(self.env.clone(), env)?) };
        self.run_argv = argv;
        Ok(())
    }

    pub(super) fn argv(&self) -> &[String] {
        self.run_argv.as_deref().unwrap_or(&self.argv)
    }

    pub(super) fn env(&self) -> &[(String, String)] {
        self.run_env.as_deref().unwrap_or(&self.env)
    }
}

fn check_argv(argv: &[String]) -> Result<()> {
    match argv.iter().position(|arg| arg.contains('\0')) {
        Some(at) => Err(Error::new(ErrorCode::InvalidArgument, format_args!("argv[{at}] contains a NUL character"))),
        None => Ok(()),
    }
}

/// `base` with `more` over it; each name once, in the order in which the names came first.
fn merge(mut base: Variables, more: &[(String, String)]) -> Result<Variables> {
    if more.is_empty() {
        return Ok(base);
    }
    let mut known: HashMap<String, usize> = base.iter().enumerate().map(|(at, (name, _))| (name.clone(), at)).collect();
    for (name, value) in more {
        if name.is_empty() || name.contains(['=', '\0']) || value.contains('\0') {
            let shown: String = name.chars().take(100).collect();
            let why =
                format_args!("env: the variable {shown:?} is empty, or contains `=` in its name or a NUL character");
            return Err(Error::new(ErrorCode::InvalidArgument, why));
        }
        match known.get(name) {
            Some(at) => base[*at].1 = value.clone(),
            None => {
                known.insert(name.clone(), base.len());
                base.push((name.clone(), value.clone()));
            }
        }
    }
    Ok(base)
}

/// Number of strings, and bytes of all of them with the NUL that ends each.
fn sizes(bytes: &mut [u8], lengths: impl Iterator<Item = usize>, count_out: u32, size_out: u32) -> Outcome {
    let (count, size) = lengths.fold((0u64, 0u64), |(count, size), length| (count + 1, size + length as u64 + 1));
    let narrow = |n: u64| u32::try_from(n).map_err(|_| Errno::Fault);
    put(bytes, count_out, narrow(count)?.to_le_bytes())?;
    put(bytes, size_out, narrow(size)?.to_le_bytes())?;
    Ok(())
}

/// Writes strings one after the other to `text`, each ended by NUL, and their addresses to `list`.
fn copy<'s>(bytes: &mut [u8], strings: impl Iterator<Item = [&'s str; 3]>, mut list: u32, mut text: u32) -> Outcome {
    for parts in strings {
        put(bytes, list, text.to_le_bytes())?;
        list = list.checked_add(4).ok_or(Errno::Fault)?;
        for part in parts.iter().map(|part| part.as_bytes()).chain([&b"\0"[..]]) {
            let length = u32::try_from(part.len()).map_err(|_| Errno::Fault)?;
            slice_mut(bytes, text, length)?.copy_from_slice(part);
            text = text.checked_add(length).ok_or(Errno::Fault)?;
        }
    }
    Ok(())
}

fn args_get(guest: &mut GuestMemory<'_>, list: u32, text: u32) -> Outcome {
    copy(guest.bytes, guest.data.wasi.argv().iter().map(|arg| [arg.as_str(), "", ""]), list, text)
}

fn args_sizes_get(guest: &mut GuestMemory<'_>, count: u32, size: u32) -> Outcome {
    sizes(guest.bytes, guest.data.wasi.argv().iter().map(String::len), count, size)
}

fn environ_get(guest: &mut GuestMemory<'_>, list: u32, text: u32) -> Outcome {
    let env = guest.data.wasi.env().iter();
    copy(guest.bytes, env.map(|(name, value)| [name.as_str(), "=", value.as_str()]), list, text)
}

fn environ_sizes_get(guest: &mut GuestMemory<'_>, count: u32, size: u32) -> Outcome {
    let env = guest.data.wasi.env().iter();
    sizes(guest.bytes, env.map(|(name, value)| name.len() + 1 + value.len()), count, size)
}
