// Owns what is to be run: code on the command line, a file, or standard input, and its language.
// Reads at most what the policy allows for a module.
import { open, readFile } from 'node:fs/promises';
import { basename, extname } from 'node:path';
import { UsageError } from 'wasm-sandbox';

/** What can be run. */
export const languages = ['python', 'javascript', 'typescript', 'wasm'] as const;

/** What has sessions. */
export const sourceLanguages = ['python', 'javascript', 'typescript'] as const;

/** Options of the SDK's `run`. */
export type Language = (typeof languages)[number];

/** Short names that the command line takes. */
export const shortLanguages: Readonly<Record<string, Language>> = {
  py: 'python',
  js: 'javascript',
  ts: 'typescript',
};

const byEnding: Record<string, Language> = {
  '.js': 'javascript',
  '.mjs': 'javascript',
  '.cjs': 'javascript',
  '.wasm': 'wasm',
  '.py': 'python',
  '.ts': 'typescript',
  '.mts': 'typescript',
};

/** What the command line named. */
export interface Named {
  code: string | undefined;
  file: string | undefined;
  language: Language | undefined;
}

/** What the SDK is given. */
export interface Program {
  language: Language;
  source: string | Uint8Array;
  /** For traces and as the program's own name. */
  name: string;
}

/** Brings in the program. Text is read here; a module's file is left to the SDK, which knows the limits. */
export async function readProgram(
  named: Named,
  stdin: () => Promise<Uint8Array>,
): Promise<Program> {
  if (named.code !== undefined) {
    return { language: named.language ?? 'javascript', source: named.code, name: '<command line>' };
  }
  if (named.file === undefined)
    throw usage('nothing to run; give a file, - for standard input, or -c CODE');
  if (named.file === '-') {
    const bytes = await stdin();
    const language = named.language ?? (isModule(bytes) ? 'wasm' : 'javascript');
    return {
      language,
      source: language === 'wasm' ? bytes : text(bytes, '<stdin>'),
      name: '<stdin>',
    };
  }
  const language = named.language ?? byEnding[extname(named.file).toLowerCase()];
  if (language === undefined) {
    throw usage(`${basename(named.file)}: its ending does not say what it is; say so with --lang`);
  }
  const name = basename(named.file);
  const source = language === 'wasm' ? named.file : text(await readText(named.file), name);
  return { language, source, name };
}

/** A file's bytes; a missing file is an error of usage. */
export async function readText(path: string): Promise<Uint8Array> {
  try {
    const file = await open(path, 'r');
    await file.close();
    return await readFile(path);
  } catch (error) {
    throw unreadable(path, error);
  }
}

export function unreadable(path: string, error: unknown): UsageError {
  const { code } = error as NodeJS.ErrnoException;
  const why = code === 'ENOENT' ? 'there is no such file' : `it cannot be read (${code})`;
  return new UsageError('not_found', `Not found: ${path}: ${why}`);
}

const isModule = (bytes: Uint8Array) =>
  bytes[0] === 0 && bytes[1] === 0x61 && bytes[2] === 0x73 && bytes[3] === 0x6d;

function text(bytes: Uint8Array, name: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw usage(`${name} is not text in UTF-8; for a module say --lang wasm`);
  }
}

export function usage(message: string): UsageError {
  return new UsageError('invalid_argument', `Invalid argument: ${message}`);
}
