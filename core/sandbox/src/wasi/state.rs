//! What one sandbox's WASI remembers: arguments, environment, input, descriptors, files, clocks, randomness.
//!
//! Made for every run of a command, so it is cheap: the file tree and the random generator come to be when the
//! guest first asks for them.

use super::args::Arguments;
use super::clock::Clocks;
use super::descriptors::Descriptors;
use super::input::{Input, Stdin};
use super::process::Exit;
use super::random::RandomSource;
use crate::files::{Errno, Refusals, Saved, SharedTree, Terms, Tree};
use crate::store::Meter;
use std::collections::BTreeMap;
use std::sync::Arc;
use wasm_sandbox_policy::{Clock, Error, ErrorCode, Limits, Random, Result};

/// What a sandbox's WASI begins with.
pub(crate) struct WasiOptions {
    pub(crate) argv: Vec<String>,
    /// Later entries replace earlier ones of the same name.
    pub(crate) env: Vec<(String, String)>,
    pub(crate) stdin: Stdin,
    pub(crate) clock: Clock,
    pub(crate) random: Random,
    /// Packages: what the tree has in common with others.
    pub(crate) shared: Option<Arc<SharedTree>>,
}

/// See the module's head.
pub(crate) struct Wasi {
    pub(super) arguments: Arguments,
    pub(super) input: Input,
    pub(super) clocks: Clocks,
    pub(super) random: RandomSource,
    pub(super) descriptors: Descriptors,
    pub(super) tree: Option<Box<Tree>>,
    pub(super) refusals: Refusals,
    pub(super) filesystem_ops: u64,
    /// A socket was denied in this run, and the audit log knows.
    pub(super) socket_denied: bool,
}

impl Wasi {
    /// Checks what the host gave and puts its files in place. `invalid_argument` for an argument, variable or path
    /// that no guest could be given, `invalid_policy` for a frozen clock's time, `file_limit` for files that do
    /// not fit.
    pub(crate) fn new(
        options: WasiOptions,
        files: &BTreeMap<String, Vec<u8>>,
        limits: &Limits,
        meter: &mut Meter,
    ) -> Result<Wasi> {
        let mut wasi = Wasi {
            arguments: Arguments::new(options.argv, options.env)?,
            input: Input::new(&options.stdin),
            clocks: Clocks::new(&options.clock)?,
            random: RandomSource::new(options.random),
            descriptors: Descriptors::new(),
            tree: None,
            refusals: Refusals::default(),
            filesystem_ops: 0,
            socket_denied: false,
        };
        if let Some(shared) = options.shared {
            wasi.tree = Some(Box::new(Tree::with_shared(wasi.clocks.realtime(), shared)));
        }
        for (path, bytes) in files {
            wasi.put_file(meter, limits, path, bytes)?;
        }
        Ok(wasi)
    }

    /// A run begins: its own arguments, variables (added to the sandbox's) and input; counts start at zero.
    pub(crate) fn begin_run(
        &mut self,
        argv: Option<Vec<String>>,
        env: &[(String, String)],
        stdin: &Stdin,
    ) -> Result<()> {
        self.arguments.begin_run(argv, env)?;
        self.input = Input::new(stdin);
        self.begin_call();
        if let Some(tree) = &mut self.tree {
            tree.mark();
        }
        Ok(())
    }

    /// A call begins: random bytes are counted anew, refusals are forgotten.
    pub(crate) fn begin_call(&mut self) {
        self.random.begin_call();
        self.refusals = Refusals::default();
        self.socket_denied = false;
    }

    /// Puts a file into the tree, over what is there.
    pub(crate) fn put_file(&mut self, meter: &mut Meter, limits: &Limits, path: &str, bytes: &[u8]) -> Result<()> {
        let now = self.clocks.realtime();
        let tree = self.tree.get_or_insert_with(|| Box::new(Tree::new(now)));
        tree.give(&mut Terms { meter, limits, refusals: &mut self.refusals, now }, path, bytes)
    }

    /// Descriptors that the guest has open, besides those it began with.
    pub(crate) fn open_files(&self) -> u32 {
        self.descriptors.opened()
    }

    /// The whole tree; nothing where nobody has asked for it yet.
    pub(crate) fn saved_files(&self) -> Vec<Saved> {
        self.tree.as_ref().map_or_else(Vec::new, |tree| tree.saved())
    }

    /// Makes the tree what `saved_files` gave. `file_limit` or `memory_limit` where it does not fit.
    pub(crate) fn put_back(&mut self, meter: &mut Meter, limits: &Limits, saved: &[Saved]) -> Result<()> {
        if saved.is_empty() && self.tree.is_none() {
            return Ok(());
        }
        let now = self.clocks.realtime();
        let tree = self.tree.get_or_insert_with(|| Box::new(Tree::new(now)));
        let mut terms = Terms { meter, limits, refusals: &mut self.refusals, now };
        tree.put_back(&mut terms, saved).map_err(|errno| {
            if errno == Errno::ReadOnly {
                let why = "the snapshot has files of its own where the packages would be; restore it without them";
                return Error::new(ErrorCode::InvalidArgument, why).with("path", "$.packages");
            }
            let limit = terms.refusals.error().or_else(|| terms.meter.refusal());
            limit.unwrap_or_else(|| {
                let why = format_args!("the snapshot's files cannot be put back: {errno:?}");
                Error::new(ErrorCode::InvalidArgument, why)
            })
        })
    }

    /// Whether there is a file at an absolute path.
    pub(crate) fn is_file(&self, path: &str) -> bool {
        self.tree.as_ref().is_some_and(|tree| tree.is_file(path))
    }

    /// The file at an absolute path, if there is one.
    pub(crate) fn file(&self, path: &str) -> Option<Vec<u8>> {
        self.tree.as_ref()?.content(path)
    }

    /// Paths of files, those of packages not among them, in order, at most `most`.
    pub(crate) fn file_names(&self, most: usize) -> Vec<String> {
        self.tree.as_ref().map_or_else(Vec::new, |tree| tree.file_names(most))
    }

    /// Names of what packages have put into the folder `name` of the root, in order, at most `most`.
    pub(crate) fn package_names(&self, name: &str, most: usize) -> Vec<String> {
        self.tree.as_ref().map_or_else(Vec::new, |tree| tree.shared_names(name, most))
    }

    /// Files that the guest made, changed or moved since the run began, by absolute path.
    pub(crate) fn changed_files(&self) -> BTreeMap<String, Vec<u8>> {
        self.tree.as_ref().map_or_else(BTreeMap::new, |tree| tree.changed())
    }

    /// The quota of the file tree that was refused first in this run.
    pub(crate) fn refused(&self) -> Option<Error> {
        self.refusals.error()
    }

    /// Operations on the file tree since the last call of this.
    pub(crate) fn take_filesystem_ops(&mut self) -> u64 {
        std::mem::take(&mut self.filesystem_ops)
    }

    /// The guest's arguments in this run.
    pub(crate) fn argv(&self) -> &[String] {
        self.arguments.argv()
    }

    /// The guest's environment in this run; each name once.
    pub(crate) fn env(&self) -> &[(String, String)] {
        self.arguments.env()
    }

    /// The clocks that the guest sees.
    pub(crate) fn clocks(&self) -> &Clocks {
        &self.clocks
    }

    /// Random bytes for the guest, counted against `randomBytes`.
    pub(crate) fn fill_random(&mut self, limits: &Limits, out: &mut [u8]) -> Result<()> {
        self.random.count(limits, out.len() as u64)?;
        self.random.fill(out)
    }

    /// The status that a guest ended itself with.
    pub(crate) fn exit_code(error: &wasmtime::Error) -> Option<i32> {
        error.downcast_ref::<Exit>().map(|exit| exit.0)
    }
}
