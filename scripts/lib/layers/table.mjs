// Owns the table of docs/architecture.md as data: which unit may use what, where `unsafe` may stand,
// what is generated. A rule is changed here, with its reason, or not at all.

/**
 * Rust units. `own`: crates of this workspace that may be used; `not`: names (a trailing `*` stands for
 * any ending) that no dependency of any kind may have; `only`: the whole list, where it is that short;
 * `words`: what its sources must not say.
 */
export const crates = {
  'wasm-sandbox-policy': {
    own: [],
    not: ['wasmtime*', 'tokio*', 'napi*', 'pyo3*', 'cbindgen'],
    only: [
      'base64',
      'num-bigint',
      'schemars',
      'serde',
      'serde_json',
      'serde_path_to_error',
      'thiserror',
    ],
    words: [/extern\s+"C"/],
  },
  'wasm-sandbox-core': {
    own: ['wasm-sandbox-policy'],
    not: ['napi*', 'pyo3*', 'cbindgen'],
  },
  'wasm-sandbox-bridge': {
    own: ['wasm-sandbox-policy', 'wasm-sandbox-core'],
    not: ['wasmtime*', 'napi*', 'pyo3*', 'cbindgen'],
    words: [/extern\s+"C"/],
  },
  'wasm-sandbox-packs': {
    own: ['wasm-sandbox-core', 'wasm-sandbox-policy'],
    not: ['napi*', 'pyo3*', 'cbindgen'],
  },
  'wasm-sandbox-node': {
    own: ['wasm-sandbox-bridge'],
    not: ['wasmtime*', 'pyo3*', 'cbindgen'],
  },
  'wasm-sandbox-c': {
    own: ['wasm-sandbox-bridge'],
    not: ['wasmtime*', 'pyo3*', 'napi*', 'cbindgen'],
  },
  'wasm-sandbox-py': {
    own: ['wasm-sandbox-bridge'],
    not: ['wasmtime*', 'napi*', 'cbindgen'],
  },
};

/** Where `unsafe` may stand: a file, or a folder with its closing stroke, and why. */
export const unsafePlaces = [
  {
    place: 'core/sandbox/src/sandbox/fast.rs',
    why: 'The unchecked call of a prepared numeric export, whose types were compared when it was prepared.',
  },
  {
    place: 'core/sandbox/src/module/cache.rs',
    why: 'Native code from the per-user cache, which is authenticated before wasmtime maps it.',
  },
  {
    place: 'core/sandbox/src/language/snapshot.rs',
    why: 'The native image of a language pack, which our own package ships.',
  },
  {
    place: 'core/sandbox/src/state/pristine.rs',
    why: 'Reads, from any thread, the memory of an instance that never runs.',
  },
  {
    place: 'core/sandbox/src/time/counter.rs',
    why: "Reading the processor's counter is an instruction of its own.",
  },
  {
    place: 'core/sandbox/src/time/fault.rs',
    why: "A signal handler in front of those that are installed later, so that guests' faults stay guests'.",
  },
  {
    place: 'core/sandbox/tests/signals.rs',
    why: 'Installs such a later handler.',
  },
  {
    place: 'core/sandbox/src/time/poll.rs',
    why: 'Takes away the page that an interpreter looks at, and answers the fault on its thread.',
  },
  {
    place: 'core/sandbox/src/state/mapping.rs',
    why: 'Address space of our own is made by system calls.',
  },
  {
    place: 'core/sandbox/src/state/origin.rs',
    why: "Memories of packs are ours: wasmtime's traits for them are unsafe, and their bytes are read and put back.",
  },
  {
    place: 'core/sandbox/src/state/spare.rs',
    why: 'Letting go of pages that are again as the pack has them is a system call.',
  },
  {
    place: 'core/sandbox/src/state/track.rs',
    why: 'System calls: how many page faults this thread had, and word of a fork.',
  },
  {
    place: 'core/sandbox/src/state/warm.rs',
    why: 'One system call: makes pages present that every run writes.',
  },
  {
    place: 'core/sandbox/src/state/written.rs',
    why: 'One system call: asks which pages were written, to put an instance back.',
  },
  {
    place: 'packages/sdk/native/src/fast.rs',
    why: 'The raw fast path of a prepared call: a Node-API function without generated code around it.',
  },
  {
    place: 'packages/sdk/native/src/js.rs',
    why: 'Reading values by Node-API, whose conditions are stated once in two macros for all callers.',
  },
  {
    place: 'packages/sdk/native/src/make.rs',
    why: 'Making values by Node-API: the bytes of a buffer that was just made.',
  },
  {
    place: 'packages/sdk/native/src/waker.rs',
    why: 'A threadsafe function that is referenced and unreferenced, which napi does not offer safely.',
  },
  {
    place: 'bindings/c/src/',
    why: 'Pointers of C: borrowed bytes, handles that were boxed here, callbacks with their contexts.',
  },
  {
    place: 'bindings/python/src/fast.rs',
    why: 'The raw fast path of a prepared call: a built-in function that gets its arguments without a tuple.',
  },
  {
    place: 'core/sandbox/benches/',
    why: 'Benchmarks compare with plain wasmtime, which loads native code by an unsafe function.',
  },
];

/** npm packages of this repository that a package may import; everything else of ours is closed to it. */
export const surfaces = {
  'packages/sdk': [],
  'packages/cli': ['wasm-sandbox'],
  'packages/codegen': [],
};

/** Our own npm names: to import one is a question of layers, any other of being declared. */
export const ourPackages = /^(wasm-sandbox|@wasm-sandbox\/[^/]+)(\/|$)/;

/** Folders whose files are written by `npm run generate` and must say so. */
export const generatedPlaces = [
  'core/schema/',
  'packages/sdk/src/generated/',
  'docs/reference/',
  'bindings/python/python/wasm_sandbox/_generated/',
];

/** Lines per file: the size to aim at is half or less; beyond this a file gets a hard look. */
export const lineBudget = { rs: 400, ts: 250, mjs: 250 };

/** Files that hold declarations and re-exports only. */
export const indexFiles = /(^|\/)(lib\.rs|mod\.rs|index\.ts)$/;

/**
 * What of a binding is written by hand: lines of code, without comments, empty lines, tests and what is generated. What
 * two bindings need is done in core/bridge, what follows from the declarations is generated; a bound is raised only for
 * what neither can do. `places` are folders, with their closing stroke, whose subfolders do not count.
 */
export const byHand = [
  { what: 'C: glue', places: ['bindings/c/src/'], most: 475 },
  { what: 'Python: glue', places: ['bindings/python/src/'], most: 565 },
  { what: 'Python: runtime', places: ['bindings/python/python/wasm_sandbox/'], most: 710 },
  { what: 'Go: cgo', places: ['bindings/go/internal/native/'], most: 245 },
  { what: 'Go: values', places: ['bindings/go/internal/wire/'], most: 415 },
  { what: 'Go: runtime', places: ['bindings/go/internal/core/'], most: 540 },
  {
    what: 'Go: public parts',
    places: ['sandbox', 'security', 'cache'].map((name) => `bindings/go/pkg/${name}/`),
    most: 780,
  },
];
