// Owns where the lines of earlier prompts are kept: a file that only its owner can read.
import { closeSync, mkdirSync, openSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, isAbsolute, join } from 'node:path';

/** The file for a language; undefined where it cannot be had, and lines are then forgotten. */
export function historyFile(language: string, env = process.env): string | undefined {
  const given = env.XDG_STATE_HOME;
  const base = given && isAbsolute(given) ? given : join(homedir(), '.local', 'state');
  const file = join(base, 'wasm-sandbox', `history-${language}`);
  try {
    mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
    closeSync(openSync(file, 'a', 0o600));
    return file;
  } catch {
    return undefined;
  }
}
