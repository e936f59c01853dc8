//! Finding and loading language packs: the snapshot and its native image, shipped compressed.
//!
//! Their files are trusted like the program itself, since they are part of the same package. First use unpacks the
//! native image into the sealed cache; later processes map it from there.

use super::{Interpreter, Language};
use crate::engine::{Allocation, EngineKey, EngineSet, Interrupt};
use crate::lock::Mutex;
use crate::module::{Loader, Shape};
use crate::state::{Origin, Sweeper};
use crate::time::Watchdog;
use serde::{Deserialize, Serialize};
use std::borrow::Cow;
use std::collections::HashMap;
use std::fs::File;
use std::ops::Range;
use std::path::PathBuf;
use std::sync::Arc;
use wasm_sandbox_policy::{Error, ErrorCode, Policy, Result, StackClass};
use wasmtime::Module;

/// Where the files of the language packs are.
#[derive(Clone, Debug, Default)]
pub enum PackLocation {
    /// Nowhere: source languages are not available.
    #[default]
    Absent,
    /// In one folder.
    Folder(PathBuf),
    /// In the program itself, by name.
    Program(HashMap<String, &'static [u8]>),
}

impl PackLocation {
    fn read(&self, name: &str) -> Option<Cow<'static, [u8]>> {
        match self {
            PackLocation::Absent => None,
            PackLocation::Folder(folder) => std::fs::read(folder.join(name)).ok().map(Cow::Owned),
            PackLocation::Program(files) => files.get(name).map(|content| Cow::Borrowed(*content)),
        }
    }
}

/// What a pack's description file says (`NAME.json`, beside `NAME.wasm.zst` and `NAME.native.zst`).
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Description {
    /// SHA-256 of the snapshot module as it is compiled, in hex: the pack's name for everything that is kept about it.
    pub(crate) digest: String,
    /// Bytes of the snapshot's memory that carry data: shared by all instances, so not counted.
    pub(crate) image_bytes: u64,
    /// Elements of its tables.
    pub(crate) table_elements: u64,
    /// Pages, as first and end, that a run writes whatever it does.
    #[serde(default)]
    pub(crate) hot: Vec<Range<u32>>,
    /// Sizes after unpacking, so that a wrong file is noticed before it is unpacked.
    pub(crate) wasm_bytes: u64,
    pub(crate) native_bytes: u64,
}

/// The packs of one runtime.
pub(crate) struct Packs {
    files: PackLocation,
    loader: Arc<Loader>,
    watchdog: Arc<Watchdog>,
    sweeper: Sweeper,
    interpreters: Mutex<HashMap<(Language, EngineKey), Arc<Interpreter>>>,
    described: Mutex<HashMap<Language, Description>>,
    origins: Mutex<HashMap<Language, Arc<Origin>>>,
}

impl Packs {
    pub(crate) fn new(files: PackLocation, loader: Arc<Loader>, watchdog: Arc<Watchdog>) -> Packs {
        let (sweeper, interpreters, described, origins) = Default::default();
        Packs { files, loader, watchdog, sweeper, interpreters, described, origins }
    }

    /// Does a short piece of what is left to clear up, if there is one.
    pub(crate) fn help(&self) -> bool {
        self.sweeper.help()
    }

    /// Nothing waits any more for sandboxes to come.
    pub(crate) fn stop(&self) {
        self.sweeper.stop();
        self.interpreters.lock().clear();
        self.origins.lock().clear();
    }

    /// The interpreter of a language for the engine that a policy needs.
    pub(crate) fn load(&self, language: Language, policy: &Policy) -> Result<Arc<Interpreter>> {
        let language = language.interpreter();
        let mut key = EngineKey { interrupt: Interrupt::PACKS, ..EngineKey::of(policy, StackClass::Medium) };
        if key.stack == StackClass::Small {
            // An interpreter traps on ordinary programs below this.
            key.stack = StackClass::Medium;
        }
        let mut interpreters = self.interpreters.lock();
        if let Some(interpreter) = interpreters.get(&(language, key)) {
            return Ok(interpreter.clone());
        }
        let description = self.description(language)?;
        let set = self.loader.engines().get(key)?;
        let module = self.module(language, &description, &set)?;
        let digest = digest_of(&description)?;
        let loaded = self.loader.link(set, &module, Shape::default(), (digest, key, Vec::new()))?;
        let origin = if key.own_memories() { Some(self.origin(language, &description)?) } else { None };
        let Description { digest, image_bytes, table_elements, .. } = description;
        let shared = (image_bytes, table_elements);
        let (sweeper, watchdog) = (self.sweeper.clone(), &self.watchdog);
        let interpreter = Arc::new(Interpreter::new(loaded, digest, shared, origin, sweeper, watchdog));
        interpreters.insert((language, key), interpreter.clone());
        Ok(interpreter)
    }

    /// Which packs are there, for the doctor's report.
    pub(crate) fn available(&self) -> Vec<(Language, Result<String>)> {
        [Language::JavaScript, Language::Python]
            .into_iter()
            .map(|l| (l, self.description(l).map(|d| d.digest)))
            .collect()
    }

    fn description(&self, language: Language) -> Result<Description> {
        let mut described = self.described.lock();
        if let Some(description) = described.get(&language) {
            return Ok(description.clone());
        }
        let text = self.file(language, "json")?;
        let description: Description = serde_json::from_slice(&text).map_err(|_| damaged(language))?;
        described.insert(language, description.clone());
        Ok(description)
    }

    /// From the sealed cache; else the shipped native image; else compiled from the snapshot.
    fn module(&self, language: Language, description: &Description, set: &EngineSet) -> Result<Module> {
        let digest = digest_of(description)?;
        let disk = self.loader.disk();
        if let Some(module) = disk.and_then(|disk| disk.open(&set.engine, &digest)) {
            return Ok(module);
        }
        if !set.key.metered()
            && let Ok(native) = self.unpack(language, "native.zst", description.native_bytes)
        {
            let kept = disk.map(|disk| disk.store_bytes(&set.engine, &digest, &native));
            if let (Some(Ok(())), Some(disk)) = (kept, disk)
                && let Some(module) = disk.open(&set.engine, &digest)
            {
                return Ok(module);
            }
            if let Some(module) = super::snapshot::adopt(&set.engine, &native) {
                return Ok(module);
            }
        }
        tracing::info!(
            language = language.name(),
            "compiling the language pack for this machine; once per engine variant"
        );
        let wasm = self.unpack(language, "wasm.zst", description.wasm_bytes)?;
        let module = super::snapshot::compile(set, &wasm).map_err(|_| damaged(language))?;
        if let Some(disk) = disk {
            let _ = disk.store(&set.engine, &digest, &module);
        }
        Ok(module)
    }

    /// The memory that all its instances begin with: from the sealed cache, or out of the snapshot.
    fn origin(&self, language: Language, description: &Description) -> Result<Arc<Origin>> {
        let mut origins = self.origins.lock();
        if let Some(origin) = origins.get(&language) {
            return Ok(origin.clone());
        }
        let digest = digest_of(description)?;
        let disk = self.loader.disk();
        let file = match disk.and_then(|disk| disk.image(&digest)) {
            Some(file) => file,
            None => {
                let wasm = self.unpack(language, "wasm.zst", description.wasm_bytes)?;
                let image = super::snapshot::image(&wasm).map_err(|_| damaged(language))?;
                let kept = disk.and_then(|disk| disk.store_image(&digest, &image).ok());
                kept.map_or_else(|| unnamed(&image), Ok).map_err(|error| unmapped(language, &error))?
            }
        };
        let origin = Origin::of(file, description.hot.clone()).map_err(|error| unmapped(language, &error))?;
        origins.insert(language, origin.clone());
        Ok(origin)
    }

    fn file(&self, language: Language, extension: &str) -> Result<Cow<'static, [u8]>> {
        self.files.read(&format!("{}.{extension}", language.name())).ok_or_else(|| missing(language))
    }

    fn unpack(&self, language: Language, extension: &str, bytes: u64) -> Result<Vec<u8>> {
        let packed = self.file(language, extension)?;
        let unpacked = zstd::bulk::decompress(&packed, bytes as usize).map_err(|_| damaged(language))?;
        if unpacked.len() as u64 == bytes { Ok(unpacked) } else { Err(damaged(language)) }
    }
}

fn digest_of(description: &Description) -> Result<[u8; 32]> {
    let hex = &description.digest;
    let byte = |i: usize| hex.get(i * 2..i * 2 + 2).and_then(|h| u8::from_str_radix(h, 16).ok());
    let bytes: Option<Vec<u8>> = (0..32).map(byte).collect();
    let bytes = bytes.and_then(|b| <[u8; 32]>::try_from(b).ok());
    bytes.ok_or_else(|| {
        Error::new(ErrorCode::Internal, "the language pack's description is damaged; install the package again")
    })
}

fn missing(language: Language) -> Error {
    let why = format_args!(
        "the {} language pack is not in this installation; install the package again, or run the project's set-up",
        language.name()
    );
    Error::new(ErrorCode::NotFound, why).with("pack", language.name())
}

fn damaged(language: Language) -> Error {
    Error::new(
        ErrorCode::Internal,
        format_args!("the {} language pack is damaged; install the package again", language.name()),
    )
}

/// The image in a file of this process alone.
#[cfg(target_os = "linux")]
fn unnamed(image: &[u8]) -> std::io::Result<File> {
    use std::io::Write;
    let mut file = File::from(rustix::fs::memfd_create("wasm-sandbox-pack", rustix::fs::MemfdFlags::CLOEXEC)?);
    file.write_all(image)?;
    Ok(file)
}

#[cfg(not(target_os = "linux"))]
fn unnamed(_: &[u8]) -> std::io::Result<File> {
    Err(std::io::ErrorKind::Unsupported.into())
}

fn unmapped(language: Language, error: &std::io::Error) -> Error {
    let why = format_args!("the memory of the {} language pack cannot be mapped: {error}", language.name());
    Error::new(ErrorCode::Internal, why)
}

/// How instances get their memory, in words for the doctor.
pub(crate) fn allocation_words(allocation: &Allocation) -> (&'static str, Option<&str>) {
    match allocation {
        Allocation::Pooling => ("pooling", None),
        Allocation::Own => ("own", None),
        Allocation::OnDemand { reason } => ("on-demand", Some(reason)),
    }
}
