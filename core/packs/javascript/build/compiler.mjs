// Owns getting the C compiler: the wheel pinned in sources/compiler.txt, installed by pip into the
// cache once, checked by pip against the pinned hashes. Compiles nothing.
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { pins } from './inputs.mjs';
import { say } from './progress.mjs';
import { Missing, run } from './run.mjs';

const requirements = join(pins, 'compiler.txt');
const program = process.platform === 'win32' ? 'zig.exe' : 'zig';

async function findPython() {
  for (const name of ['python3', 'python']) {
    try {
      await run(name, ['-c', 'import sys; sys.exit(sys.version_info < (3, 8))']);
      return name;
    } catch (error) {
      if (!(error instanceof Missing)) continue;
    }
  }
  throw new Error(
    'The JavaScript pack is built with a C compiler that pip installs: install Python 3.8 or newer (python3) with pip.',
  );
}

async function install(folder) {
  const python = await findPython();
  await run(python, ['-m', 'pip', '--version']).catch(() => {
    throw new Error(
      `The JavaScript pack is built with a C compiler that pip installs: ${python} has no pip, install it (python3-pip, or \`${python} -m ensurepip\`).`,
    );
  });
  const half = `${folder}.${process.pid}.half`;
  const options = [
    '--quiet',
    '--no-input',
    '--disable-pip-version-check',
    '--no-deps',
    '--no-compile',
  ];
  const pinned = ['--only-binary', ':all:', '--require-hashes', '--requirement', requirements];
  try {
    await run(python, ['-m', 'pip', 'install', ...options, ...pinned, '--target', half]);
    renameSync(half, folder);
  } catch (error) {
    if (!existsSync(folder)) throw error;
  } finally {
    rmSync(half, { recursive: true, force: true });
  }
}

/** The compiler's path. */
export async function findCompiler(cache) {
  const pinned = readFileSync(requirements, 'utf8');
  const key = createHash('sha256').update(pinned).digest('hex').slice(0, 16);
  const folder = join(cache, 'toolchains', `ziglang-${key}`);
  const path = join(folder, 'ziglang', program);
  if (!existsSync(path)) {
    say('installing the C compiler (about 100 MB, once)');
    mkdirSync(dirname(folder), { recursive: true });
    rmSync(folder, { recursive: true, force: true });
    await install(folder);
  }
  return path;
}
