// Owns every location that the scripts share: the checkout, its state folder, the per-user cache,
// cargo's target folder, and the name of the native artefact on this platform.
// Reads the environment only; creates nothing.
import { homedir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = resolve(dirname(fileURLToPath(import.meta.url)), '..', '..');

/** What set-up remembers about this checkout: stamps, hashes of files, logs. */
export const stateFolder = join(root, '.setup');

/** Where every conformance runner of this checkout leaves its results. */
export const conformanceFolder =
  process.env.WASM_SANDBOX_CONFORMANCE_DIR ?? join(root, '.conformance');

/** Shared by all checkouts of one user. */
export const cacheFolder =
  process.env.WASM_SANDBOX_CACHE ??
  join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'wasm-sandbox');

export const targetFolder = process.env.CARGO_TARGET_DIR ?? join(cacheFolder, 'target');

/**
 * Cargo's profile for native artefacts and tests alike, so that wasmtime is compiled once. Only the
 * release of artefacts sets another one, `release`, which links with LTO.
 */
export const profile = process.env.WASM_SANDBOX_PROFILE ?? 'ci';

export const sdkFolder = join(root, 'packages', 'sdk');
export const packsFolder = join(sdkFolder, 'packs');

/** `linux-x64-gnu`, `linux-arm64-musl`, `darwin-arm64`, `win32-x64`. */
export function platformName() {
  const { platform, arch } = process;
  if (platform !== 'linux') return `${platform}-${arch}`;
  const glibc = process.report.getReport().header.glibcVersionRuntime;
  return `linux-${arch}-${glibc ? 'gnu' : 'musl'}`;
}

/** The file that the SDK loads. */
export const addonFile = () => join(sdkFolder, `wasm-sandbox.${platformName()}.node`);

/** What cargo calls the library of a binding's crate on this platform. */
export function libraryName(platform = process.platform, binding = 'node') {
  if (platform === 'win32') return `wasm_sandbox_${binding}.dll`;
  return platform === 'darwin'
    ? `libwasm_sandbox_${binding}.dylib`
    : `libwasm_sandbox_${binding}.so`;
}

export const pythonFolder = join(root, 'bindings', 'python');

/** The file that the Python package loads. */
export const pythonLibrary = () =>
  join(
    pythonFolder,
    'python',
    'wasm_sandbox',
    process.platform === 'win32' ? '_native.pyd' : '_native.abi3.so',
  );

/** A program that cargo built. */
export const programFile = (name) =>
  join(targetFolder, profile, process.platform === 'win32' ? `${name}.exe` : name);
