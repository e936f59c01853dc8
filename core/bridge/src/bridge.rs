//! `Bridge`: what the sandboxes of a process share, and the opening of sandboxes.

use crate::cancel::Ticket;
use crate::executor::Executor;
use crate::guard::contained;
use crate::handle::Handle;
use crate::host::{Host, Switchboard};
use crate::line::{Line, Seat};
use crate::options::{BridgeOptions, CallSettings, OpenRequest, parse_json};
use crate::origin::{Frames, Origin};
use crate::stop::Stop;
use crate::sync::{OPENING, too_small};
use crate::work;
use serde_json::{Value as Json, json};
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::time::Duration;
use wasm_sandbox_core::lock::Mutex;
use wasm_sandbox_core::{
    CancelToken, KvStore, Language, PackLocation, PackageSource, Packages, Report, Run, Runtime, Sandbox,
    SandboxOptions, Source,
};
use wasm_sandbox_policy::{Error, ErrorCode, Kv, Policy, Result, RunResult};

/// Shared by all sandboxes made with it; clones are the same one.
#[derive(Clone)]
pub struct Bridge {
    runtime: Runtime,
    executor: Executor,
    max_instances: usize,
    instances: Arc<AtomicUsize>,
    frames: Arc<Frames>,
}

/// What a sandbox has in its tree of files from the beginning.
#[derive(Default)]
pub struct Contents {
    pub files: BTreeMap<String, Vec<u8>>,
    pub packages: Vec<PackageSource>,
}

/// What is opened, when it is no language, and what is in it.
pub struct Given {
    pub source: Option<Vec<u8>>,
    pub contents: Contents,
}

/// By the process it belongs to: after a fork the child has none of its threads, and makes one of its own.
static PROCESS: Mutex<Option<(u32, &'static Bridge)>> = Mutex::new(None);
/// What the process's own one is made with; a forked child's too.
static CHOSEN: Mutex<Chosen> = Mutex::new(Chosen { settings: BTreeMap::new(), packs: None, settled: 0 });

struct Chosen {
    settings: BTreeMap<String, Json>,
    packs: Option<PackLocation>,
    /// The process whose own one is made, or being made, with them.
    settled: u32,
}

impl Bridge {
    /// One with settings of its own.
    pub fn new(options: BridgeOptions) -> Result<Bridge> {
        let options = options.check()?;
        Ok(Bridge {
            runtime: Runtime::new(options.runtime())?,
            executor: Executor::new(options.max_concurrency, Duration::from_millis(options.queue_timeout_ms)),
            max_instances: options.max_instances,
            instances: Arc::default(),
            frames: Arc::default(),
        })
    }

    /// Chooses settings of the process's own one, a few at a time; `invalid_argument` once that is made.
    pub(crate) fn configure(settings: BTreeMap<String, Json>) -> Result<()> {
        parse_json::<BridgeOptions>(&json!(settings).to_string())?.check()?;
        let mut chosen = CHOSEN.lock();
        if chosen.settled == std::process::id() {
            let why = "configure has to come before the first use of a sandbox in this process";
            return Err(Error::new(ErrorCode::InvalidArgument, why));
        }
        chosen.settings.extend(settings);
        Ok(())
    }

    /// Where the process's own one finds the language packs, told before its first use.
    pub fn packs_in(folder: PathBuf) {
        CHOSEN.lock().packs = Some(PackLocation::Folder(folder));
    }

    /// The same for a program that carries them, file by file.
    pub fn pack_file(name: String, content: &'static [u8]) {
        let mut chosen = CHOSEN.lock();
        match &mut chosen.packs {
            Some(PackLocation::Program(files)) => drop(files.insert(name, content)),
            packs => *packs = Some(PackLocation::Program([(name, content)].into())),
        }
    }

    /// The process's own one, with what was chosen.
    pub fn process() -> Result<&'static Bridge> {
        Bridge::made().map_or_else(Bridge::settle, Ok)
    }

    /// A host function that was called without an operation, on the caller's own thread, was called from within another
    /// one: [`Within::frame`](crate::Within).
    pub fn called_within(frame: u64, outer: u64) {
        Bridge::made().into_iter().for_each(|bridge| bridge.frames.set_outer(frame, outer));
    }

    pub(crate) fn made() -> Option<&'static Bridge> {
        let process = std::process::id();
        PROCESS.lock().filter(|(owner, _)| *owner == process).map(|(_, bridge)| bridge)
    }

    /// It is never given back: sandboxes use it until the process ends, and a forked child must not touch its parent's.
    fn settle() -> Result<&'static Bridge> {
        let options = {
            let mut chosen = CHOSEN.lock();
            chosen.settled = std::process::id();
            let options: BridgeOptions = parse_json(&json!(chosen.settings).to_string())?;
            BridgeOptions { packs: chosen.packs.clone().unwrap_or_default(), ..options }
        };
        let made = Bridge::new(options)?;
        let (process, mut settled) = (std::process::id(), PROCESS.lock());
        // Two threads may make one each at the same time; the loser's is dropped unused.
        match *settled {
            Some((owner, bridge)) if owner == process => Ok(bridge),
            _ => Ok(settled.insert((process, Box::leak(Box::new(made)))).1),
        }
    }

    /// Clears up behind earlier calls, if a little of that is left: see [`Runtime::clear_up`].
    pub fn clear_up(&self) -> bool {
        self.runtime.clear_up()
    }

    pub(crate) fn executor(&self) -> &Executor {
        &self.executor
    }

    /// What a module is and needs, and why the policy would refuse it, as JSON; one that is too large need not be read.
    pub fn verify(&self, read: Result<Vec<u8>>, policy: &Policy) -> Result<String> {
        to_json(&match read {
            Ok(bytes) => self.runtime.verify(&bytes, policy),
            Err(error) if error.code == ErrorCode::ModuleLimit => Report::too_large(error),
            Err(error) => return Err(error),
        })
    }

    /// Does `work` on a thread of ours.
    pub(crate) fn elsewhere<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> Result<T> + Send + 'static,
        done: Box<dyn FnOnce(Result<T>) + Send>,
    ) {
        let told = Arc::new(Mutex::new(Some(done)));
        let tell = told.clone();
        let staffed = self.executor.urgent(Box::new(move || {
            let outcome = contained(work);
            if let Some(done) = tell.lock().take() {
                done(outcome);
            }
        }));
        // Only then: the thread that works would find nobody to tell.
        let unheard = if staffed { None } else { told.lock().take() };
        if let Some(done) = unheard {
            done(Err(Error::new(ErrorCode::Busy, "the process gets no further threads")));
        }
    }

    /// The key-value store of a namespace. `invalid_argument` for what no policy could name.
    pub fn kv(&self, namespace: &str) -> Result<KvStore> {
        let mut policy = Policy::default();
        policy.capabilities.kv = Some(Kv { namespace: namespace.to_owned(), max_bytes: 1, max_keys: 1 });
        policy
            .validate()
            .map_err(|error| Error::new(ErrorCode::InvalidArgument, error.message).with("path", "$.namespace"))?;
        self.runtime.kv(namespace)
    }

    /// What this machine gives sandboxes, and what it lacks, as JSON.
    pub fn doctor(&self) -> Result<String> {
        to_json(&self.runtime.doctor())
    }

    /// Opens a sandbox on a thread of ours: what `load` reads there, or the request's language. `done` is told there.
    /// The handle that comes back at once serves to give up: disposing of it ends the opening.
    pub fn open(
        &self,
        request: OpenRequest,
        load: impl FnOnce() -> Result<Given> + Send + 'static,
        host: Option<Arc<dyn Host>>,
        stop: &Stop,
        done: impl FnOnce(Result<Handle>) + Send + 'static,
    ) -> Option<Handle> {
        start(self.begin_given(request, load, host), stop, done)
    }

    /// Opens a second session that begins where `parent` is when its turn comes, in the order of its calls. `stop` ends
    /// its waiting and its opening; the parent goes on.
    pub fn fork(
        &self,
        parent: &Handle,
        request: OpenRequest,
        host: Option<Arc<dyn Host>>,
        stop: &Stop,
        done: impl FnOnce(Result<Handle>) + Send + 'static,
    ) {
        let (bridge, opening) = (self.clone(), stop.clone());
        parent.image(stop.token(parent), move |outcome| {
            let begun = outcome.and_then(|image| {
                bridge.begin(request, host, move |runtime, options, cancel| {
                    Sandbox::branch(runtime, &image, options, cancel)
                })
            });
            start(begun, &opening, done);
        });
    }

    /// Opens a sandbox on the caller's thread.
    pub fn open_now(
        &self,
        request: OpenRequest,
        source: Option<Vec<u8>>,
        contents: Contents,
        host: Option<Arc<dyn Host>>,
    ) -> Result<Handle> {
        let (handle, open) = self.begin_given(request, move || Ok(Given { source, contents }), host)?;
        handle.open_now(open, Origin::default()).map(|()| handle)
    }

    /// Opens and runs once on a thread of ours, in one turn, and gives everything back. The handle that comes back at
    /// once need not be kept.
    #[allow(clippy::too_many_arguments, reason = "what is opened and what is run in it, each on its own")]
    pub fn run(
        &self,
        request: OpenRequest,
        load: impl FnOnce() -> Result<Given> + Send + 'static,
        host: Option<Arc<dyn Host>>,
        run: Run,
        settings: CallSettings,
        stop: &Stop,
        done: impl FnOnce(Result<RunResult>) + Send + 'static,
    ) -> Option<Handle> {
        match self.begin_given(request, load, host) {
            Ok((handle, open)) => {
                handle.open_and_run(open, run, settings, stop.token(&handle), done);
                Some(handle)
            }
            Err(error) => {
                done(Err(error));
                None
            }
        }
    }

    /// Opens, runs once and gives everything back, on the caller's thread, without host functions.
    pub fn run_once(
        &self,
        request: OpenRequest,
        source: Option<Vec<u8>>,
        contents: Contents,
        run: Run,
        settings: CallSettings,
    ) -> Result<RunResult> {
        if too_small(OPENING) {
            let handle = self.open_now(request, source, contents, None)?;
            return handle.run_now(run, settings, Origin::default());
        }
        let source = source_of(source, request.language.as_deref())?;
        let _seat = self.seat()?;
        let options = options_of(request, source, contents);
        let call = work::options(&Ticket::default(), &settings);
        contained(|| Sandbox::run_once(&self.runtime, options, run, &call))
    }

    /// What `load` reads is opened; it reads on the thread that opens.
    pub(crate) fn begin_given(
        &self,
        request: OpenRequest,
        load: impl FnOnce() -> Result<Given> + Send + 'static,
        host: Option<Arc<dyn Host>>,
    ) -> Result<(Handle, Open)> {
        let language = request.language.clone();
        self.begin(request, host, move |runtime, mut options, cancel| {
            let Given { source, contents } = load()?;
            options.source = source_of(source, language.as_deref())?;
            (options.files, options.packages) = (contents.files, Packages::new(contents.packages));
            Sandbox::open(runtime, options, cancel)
        })
    }

    /// The session of a snapshot, with files and packages that `load` reads.
    pub(crate) fn begin_restoring(
        &self,
        request: OpenRequest,
        snapshot: Vec<u8>,
        key: Option<Vec<u8>>,
        load: impl FnOnce() -> Result<Given> + Send + 'static,
        host: Option<Arc<dyn Host>>,
    ) -> Result<(Handle, Open)> {
        self.begin(request, host, move |runtime, mut options, cancel| {
            let Contents { files, packages } = load()?.contents;
            (options.files, options.packages) = (files, Packages::new(packages));
            Sandbox::restore(runtime, &snapshot, key.as_deref(), options, cancel)
        })
    }

    fn begin(
        &self,
        request: OpenRequest,
        host: Option<Arc<dyn Host>>,
        make: impl FnOnce(&Runtime, SandboxOptions, &CancelToken) -> Result<Sandbox> + Send + 'static,
    ) -> Result<(Handle, Open)> {
        let switchboard = host.map(|host| Switchboard::new(host, self.frames.clone()));
        let line = Line::new(self.executor.clone(), switchboard.clone(), self.seat()?);
        // Whoever makes it says what it is.
        let mut options = options_of(request, Source::Wasm(Arc::from([])), Contents::default());
        if let Some(switchboard) = switchboard {
            if switchboard.host().wants_output() {
                options.output = Some(switchboard.clone());
            }
            if switchboard.host().wants_audit() {
                let sink = switchboard.clone();
                options.audit = Some(Arc::new(move |event| sink.audited(event)));
            }
            options.functions = Some(switchboard);
        }
        let runtime = self.runtime.clone();
        Ok((Handle::new(line), Box::new(move |cancel| make(&runtime, options, cancel))))
    }

    fn seat(&self) -> Result<Seat> {
        let taken = self.instances.fetch_add(1, SeqCst);
        let seat = Seat(self.instances.clone());
        if taken < self.max_instances {
            return Ok(seat);
        }
        let why = format_args!("{taken} sandboxes are open in this process, the most it may have (maxInstances)");
        Err(Error::new(ErrorCode::Busy, why).with("field", "maxInstances").with("limit", self.max_instances))
    }
}

fn options_of(request: OpenRequest, source: Source, contents: Contents) -> SandboxOptions {
    let mut options = SandboxOptions::new(source, request.policy);
    (options.instance_id, options.argv, options.env) = (request.instance_id, request.argv, request.env);
    (options.config, options.files) = (request.config, contents.files);
    options.packages = Packages::new(contents.packages);
    options
}

/// Has the sandbox made on a thread of ours.
fn start(
    begun: Result<(Handle, Open)>,
    stop: &Stop,
    done: impl FnOnce(Result<Handle>) + Send + 'static,
) -> Option<Handle> {
    match begun {
        Ok((handle, open)) => {
            let opened = handle.clone();
            handle.open(open, stop.token(&handle), move |outcome| done(outcome.map(|()| opened)));
            Some(handle)
        }
        Err(error) => {
            done(Err(error));
            None
        }
    }
}

/// Makes the sandbox, on whichever thread it is called.
pub(crate) type Open = Box<dyn FnOnce(&CancelToken) -> Result<Sandbox> + Send>;

fn source_of(bytes: Option<Vec<u8>>, language: Option<&str>) -> Result<Source> {
    match (bytes, language) {
        (Some(bytes), None) => Ok(Source::Wasm(bytes.into())),
        (None, Some(name)) => Language::named(name).map(Source::Language).ok_or_else(|| {
            let known = Language::ALL.map(Language::name).join(", ");
            let why = format_args!("$.language: `{name}` is not a language of this build; {known} are");
            Error::new(ErrorCode::Unsupported, why).with("path", "$.language")
        }),
        _ => Err(Error::new(ErrorCode::InvalidArgument, "give either a module or a language").with("path", "$.source")),
    }
}

fn to_json(report: &impl serde::Serialize) -> Result<String> {
    serde_json::to_string(report).map_err(|error| Error::new(ErrorCode::Internal, error))
}
