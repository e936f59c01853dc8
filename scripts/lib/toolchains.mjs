// Owns the question whether this machine has the programs that set-up needs, and the one sentence
// per missing program that says what to install. Installs nothing itself.
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { root } from './paths.mjs';

const execute = promisify(execFile);
const windows = process.platform === 'win32';

/** The Rust version that the repository pins. */
export function pinnedRust(folder = root) {
  const text = readFileSync(join(folder, 'rust-toolchain.toml'), 'utf8');
  return /channel\s*=\s*"([^"]+)"/.exec(text)[1];
}

/** Whether version `found` (1.95.0) is at least `wanted`. */
export function isAtLeast(found, wanted) {
  const parts = (text) => text.split('.').map((part) => Number.parseInt(part, 10) || 0);
  const [a, b] = [parts(found), parts(wanted)];
  for (let i = 0; i < Math.max(a.length, b.length); i++) {
    if ((a[i] ?? 0) !== (b[i] ?? 0)) return (a[i] ?? 0) > (b[i] ?? 0);
  }
  return true;
}

const python = windows ? 'python' : 'python3';

const tools = {
  cargo: {
    ask: ['cargo', ['--version']],
    least: pinnedRust,
    install: (v) =>
      `Rust ${v} is needed: install rustup (https://rustup.rs), then \`rustup toolchain install ${v}\`.`,
  },
  rustc: {
    ask: ['rustc', ['--version']],
    least: pinnedRust,
    install: (v) => `The Rust compiler ${v} is needed: \`rustup toolchain install ${v}\`.`,
  },
  cc: {
    ask: windows ? undefined : ['cc', ['--version']],
    install: () =>
      'A C compiler is needed for linking: install gcc or clang (Debian: `apt-get install build-essential`; macOS: `xcode-select --install`).',
  },
  python: {
    ask: [python, ['--version']],
    least: () => '3.10',
    install: (v) =>
      `Python ${v} or newer is needed, for the Python package and to fetch the WebAssembly C compiler: install python3 (Debian: \`apt-get install python3 python3-pip\`).`,
  },
  pip: {
    ask: [python, ['-m', 'pip', '--version']],
    install: () =>
      'pip is needed, only to fetch the WebAssembly C compiler: install it for your Python (Debian: `apt-get install python3-pip`).',
  },
  go: {
    ask: ['go', ['version']],
    least: () => '1.24',
    install: (v) =>
      `Go ${v} or newer is needed, for the Go package and a guest program: install it from https://go.dev/dl.`,
  },
  git: {
    ask: ['git', ['--version']],
    install: () => 'git is needed: install it with your system (Debian: `apt-get install git`).',
  },
};

/** The sentences about what is missing; empty when everything is there. */
export async function missingTools(names, table = tools) {
  const answers = await Promise.all([...new Set(names)].map((name) => complaint(table[name])));
  return answers.filter(Boolean);
}

/** Node itself runs this file, so that its age is the only thing to ask. */
export const nodeComplaint = (version = process.versions.node) =>
  isAtLeast(version, '20') ? undefined : `Node 20 or newer is needed; this is ${version}.`;

async function complaint({ ask, least, install }) {
  if (!ask) return undefined;
  const wanted = least?.();
  try {
    const { stdout, stderr } = await execute(ask[0], ask[1], { cwd: root });
    const found = /\d+\.\d+(\.\d+)?/.exec(stdout + stderr)?.[0];
    if (!wanted || (found && isAtLeast(found, wanted))) return undefined;
    return `${install(wanted)} Found: ${found ?? 'no version'}.`;
  } catch {
    return install(wanted);
  }
}
