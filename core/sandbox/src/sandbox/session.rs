//! Sessions as values: saved, opened again, branched.

use super::{Sandbox, SandboxOptions, Source};
use crate::cancel::CancelToken;
use crate::language::{Interpreter, Language};
use crate::packages::{PackageSet, Packages};
use crate::runtime::Runtime;
use crate::state::{Envelope, Image, SavedPackages, give_back, seal_key};
use std::collections::BTreeMap;
use std::sync::Arc;
use wasm_sandbox_policy::{Error, ErrorCode, Result};

/// A session's state at one moment, in this process. `Sandbox::branch` begins sessions with it.
pub struct SessionImage {
    language: Language,
    interpreter: Arc<Interpreter>,
    packages: Option<Arc<PackageSet>>,
    image: Image,
}

/// Bytes that an image may have beyond what the policy allows in memory: pages of the pack's own that were written.
const IMAGE_ROOM: u64 = 64 << 20;

impl Sandbox {
    /// The session as a sealed file: what differs from its pack, and its files; not its grants, budgets or kv. `key`
    /// defaults to this installation's own.
    pub fn snapshot(&mut self, key: Option<&[u8]>) -> Result<Vec<u8>> {
        let SessionImage { language, interpreter, packages, image } = self.image()?;
        let key = seal_key(key.unwrap_or_else(|| self.runtime.snapshot_secret()));
        let packages = packages.map(|set| SavedPackages { names: set.names.clone(), digest: set.digest.clone() });
        Envelope::seal(language.name(), &interpreter.digest, packages, &image, &key)
    }

    /// A session as it was when `snapshot` was taken, under the policy and with the functions of `options`, whose
    /// source does not count: the snapshot says which language it is. Files of `options` come on top of its own. Packages
    /// are not in a snapshot: those that the session had are given again.
    pub fn restore(
        runtime: &Runtime,
        snapshot: &[u8],
        key: Option<&[u8]>,
        mut options: SandboxOptions,
        cancel: &CancelToken,
    ) -> Result<Sandbox> {
        let key = seal_key(key.unwrap_or_else(|| runtime.snapshot_secret()));
        let (envelope, body) = Envelope::open(snapshot, &key)?;
        let language = Language::named(&envelope.language).ok_or_else(|| {
            let why =
                format_args!("the snapshot is of the language `{}`, which this version has not", envelope.language);
            Error::new(ErrorCode::InvalidArgument, why).with("reason", "pack")
        })?;
        let interpreter = runtime.packs().load(language, &options.policy)?;
        if interpreter.digest != envelope.pack {
            let why = format_args!(
                "the snapshot was made with another {} pack (by version {}); sessions continue only with the very same one",
                envelope.language, envelope.written_by
            );
            let error = Error::new(ErrorCode::InvalidArgument, why).with("reason", "pack");
            return Err(error.with("pack", interpreter.digest.as_str()).with("wanted", envelope.pack.as_str()));
        }
        let image = envelope.image(body, options.policy.limits.memory_bytes.saturating_add(IMAGE_ROOM))?;
        let packages = std::mem::take(&mut options.packages).load(language, cancel)?;
        if let Some(wanted) = &envelope.packages {
            same_packages(wanted, packages.as_deref())?;
        }
        options.packages = Packages::ready(packages);
        options.source = Source::Language(language);
        Sandbox::continued(runtime, options, &image, cancel)
    }

    /// A second session that begins where this one is; from then on neither sees the other. It has the same policy,
    /// functions and options, and budgets of its own.
    pub fn fork(&mut self, cancel: &CancelToken) -> Result<Sandbox> {
        let image = self.image()?;
        let options = SandboxOptions {
            source: self.options.source.clone(),
            policy: self.options.policy.clone(),
            instance_id: None,
            argv: self.options.argv.clone(),
            env: self.options.env.clone(),
            // The image has them, as the session has left them.
            files: BTreeMap::new(),
            packages: Packages::default(),
            config: self.options.config.clone(),
            functions: self.options.functions.clone(),
            output: self.options.output.clone(),
            audit: self.options.audit.clone(),
        };
        Sandbox::branch(&self.runtime, &image, options, cancel)
    }

    /// A session that begins as `image` was, under the policy and with the functions of `options`, whose source and
    /// packages do not count: it has those of the image. Files of `options` come on top of the image's.
    pub fn branch(
        runtime: &Runtime,
        image: &SessionImage,
        mut options: SandboxOptions,
        cancel: &CancelToken,
    ) -> Result<Sandbox> {
        options.source = Source::Language(image.language);
        options.packages = Packages::ready(image.packages.clone());
        Sandbox::continued(runtime, options, &image.image, cancel)
    }

    fn continued(
        runtime: &Runtime,
        mut options: SandboxOptions,
        image: &Image,
        cancel: &CancelToken,
    ) -> Result<Sandbox> {
        let files = std::mem::take(&mut options.files);
        let mut sandbox = Sandbox::open(runtime, options, cancel)?;
        let Some(live) = sandbox.live.as_mut() else {
            return Err(Error::new(ErrorCode::Internal, "the session has no interpreter"));
        };
        image.put(&mut live.store, &live.instance)?;
        let data = live.store.data_mut();
        for (path, bytes) in &files {
            data.wasi.put_file(&mut data.meter, &data.policy.limits, path, bytes)?;
        }
        Ok(sandbox)
    }

    /// Gives pages back that the session wrote and that are again as its interpreter has them; bytes that they took.
    /// Nothing changes for the session, and its next run takes a little longer: for one that waits.
    pub fn give_back(&mut self) -> Result<u64> {
        match (&mut self.live, &self.interpreter) {
            (Some(live), Some(interpreter)) => give_back(&mut live.store, &live.instance, interpreter.pristine()?),
            _ => Ok(0),
        }
    }

    /// The memory and its store.
    #[cfg(test)]
    pub(crate) fn live_for_tests(&mut self) -> (wasmtime::Memory, &wasmtime::Store<crate::store::StoreData>) {
        let live = self.live.as_mut().unwrap();
        let memory = live.instance.get_memory(&mut live.store, "memory").unwrap();
        (memory, &live.store)
    }

    /// The session as it is now; it goes on as before.
    pub fn image(&mut self) -> Result<SessionImage> {
        let (Some(language), Some(interpreter)) = (self.language(), self.interpreter.clone()) else {
            let why = "only sessions of a source language can be saved or branched, a module's state cannot";
            return Err(Error::new(ErrorCode::Unsupported, why));
        };
        self.ready()?;
        let Some(live) = self.live.as_mut() else {
            return Err(Error::new(ErrorCode::Closed, "this session has no state; call reset() to begin anew"));
        };
        let image = Image::take(&mut live.store, &live.instance, interpreter.pristine()?)?;
        Ok(SessionImage { language, interpreter, packages: self.packages.clone(), image })
    }
}

/// A session goes on only with the packages that it had: what it imported from them is in its memory.
fn same_packages(wanted: &SavedPackages, given: Option<&PackageSet>) -> Result<()> {
    if given.is_some_and(|given| given.digest == wanted.digest) {
        return Ok(());
    }
    let had = wanted.names.join(", ");
    let why = match given {
        None => format!("the session had the packages {had}, which are not in its snapshot; give the same `packages`"),
        Some(given) => format!(
            "the session had the packages {had}, and not exactly these: {}; give those that it had",
            given.names.join(", ")
        ),
    };
    let error = Error::new(ErrorCode::InvalidArgument, why).with("reason", "packages").with("path", "$.packages");
    Err(error.with("wanted", wanted.names.clone()))
}
