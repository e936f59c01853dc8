// Installs peers of the benchmarks into the per-user cache, each by itself, at the versions that are pinned here.
// Nothing of them comes into the checkout; one that cannot be had is an error with the reason, for the caller to tell.
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';

/** @param {string} name */
const here = (name) => readFileSync(new URL(name, import.meta.url), 'utf8');
const cache =
  process.env.WASM_SANDBOX_CACHE ??
  join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'wasm-sandbox');
const folder = join(cache, 'bench-peers');
const patience = 540_000;

/** Pins of the Python peers. */
export const requirements = here('requirements.txt')
  .split('\n')
  .filter((text) => text.includes('=='));

/**
 * Installs npm packages together. @param {string[]} names
 * @returns {string} the folder whose node_modules have them
 */
export function npm(names) {
  const { dependencies, allowScripts } = JSON.parse(here('package.json'));
  const pinned = Object.fromEntries(names.map((name) => [name, dependencies[name]]));
  const manifest = JSON.stringify({ private: true, dependencies: pinned, allowScripts });
  const label = names[0]?.replace(/\W+/g, '-');
  const place = join(folder, `node-${process.versions.modules}`, String(label));
  const stamp = join(place, 'installed.json');
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === manifest) return place;
  mkdirSync(place, { recursive: true });
  writeFileSync(join(place, 'package.json'), manifest);
  console.log(`installing ${names[0]}, which may have to be compiled`);
  command('npm', ['install', '--no-audit', '--no-fund', '--loglevel=error'], place);
  writeFileSync(stamp, manifest);
  return place;
}

/** A Python to run peers with: the one that PYTHON names, else the newest on PATH. */
export function findPython() {
  const names = [process.env.PYTHON, 'python3.14', 'python3.13', 'python3.12', 'python3', 'python'];
  const question = "import sys, venv; print('%d.%d' % sys.version_info[:2])";
  for (const name of names) {
    if (!name) continue;
    const { status, stdout } = spawnSync(name, ['-c', question], { encoding: 'utf8' });
    if (status === 0) return { program: name, version: stdout.trim() };
  }
  return undefined;
}

/**
 * Installs one Python peer in an environment of its own.
 * @param {{ program: string, version: string }} python @param {string} requirement
 * @returns {string} the environment's interpreter
 */
export function pip(python, requirement) {
  const place = join(folder, `python-${python.version}`, requirement.replace(/\W+/g, '-'));
  const inside = process.platform === 'win32' ? ['Scripts', 'python.exe'] : ['bin', 'python'];
  const interpreter = join(place, ...inside);
  const stamp = join(place, 'installed');
  if (existsSync(stamp)) return interpreter;
  console.log(`installing ${requirement}`);
  command(python.program, ['-m', 'venv', place]);
  // Only what is built: nobody's compiler is to be found out about here.
  command(interpreter, [
    ...['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check'],
    ...['--only-binary', ':all:', requirement],
  ]);
  writeFileSync(stamp, requirement);
  return interpreter;
}

/** @param {string} program @param {string[]} args @param {string} [cwd] */
function command(program, args, cwd) {
  try {
    const shell = process.platform === 'win32' && program === 'npm';
    execFileSync(program, args, { cwd, shell, stdio: 'pipe', timeout: patience });
  } catch (error) {
    const { stderr, message } = /** @type {Error & { stderr?: Buffer }} */ (error);
    throw new Error(reason(stderr?.toString() ?? '') || message);
  }
}

/** The line of an installer's complaint that says most. @param {string} text */
function reason(text) {
  const lines = text.split('\n').map((each) => each.trim());
  const found = lines.filter((each) => /error/i.test(each));
  return (found.at(-1) ?? lines.at(-1) ?? '').slice(0, 200);
}
