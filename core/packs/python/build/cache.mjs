// Owns where the per-user cache is, which the build shares with the tests of its sources.
import { homedir } from 'node:os';
import { join } from 'node:path';

export function userCache() {
  const { WASM_SANDBOX_CACHE, XDG_CACHE_HOME } = process.env;
  return WASM_SANDBOX_CACHE || join(XDG_CACHE_HOME || join(homedir(), '.cache'), 'wasm-sandbox');
}
