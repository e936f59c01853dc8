// Owns the list of set-up's steps: what each reads, what it makes, what it needs first.
// The work itself stands in `native.mjs` and in the programs that the steps call.
import { copyFileSync, mkdirSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { listFiles } from './inputs.mjs';
import { buildNative, packer } from './native.mjs';
import { archive, makeObject, objectFile, objectObstacle, platformFolder } from './object.mjs';
import {
  addonFile,
  cacheFolder,
  packsFolder,
  platformName,
  profile,
  pythonLibrary,
  root,
  stateFolder,
} from './paths.mjs';
import { mustRun } from './processes.mjs';
import { makeEnvironment, pythonProgram } from './python.mjs';

const moduleOf = (language) => join(stateFolder, `${language}.wasm`);

/** Builds a language's interpreter. The build keeps its own cache for all checkouts; this is the copy of this one. */
function interpreter(language, title) {
  const folder = join('core', 'packs', language);
  const out = moduleOf(language);
  return {
    name: `${language}-pack`,
    title,
    tools: ['python', 'pip', 'cargo'],
    inputs: [folder.replaceAll('\\', '/'), 'core/packs/shared'],
    keep: (name) => !isTest(name) && !name.includes('/cpython/'),
    outputs: () => [out],
    work({ log, note, signal }) {
      const options = [join(folder, 'build.mjs'), '--out', out, '--cache', cacheFolder];
      return mustRun(process.execPath, options, { log, onLine: note, signal });
    },
  };
}

const isTest = (name) => /(^|\/)(test|tests|bench|benches)\/$/.test(name);
const isGuestSource = (name) => /^core\/packs\/(?!src\/)[^/]+\/$/.test(name);
const nodeMajor = process.versions.node.split('.')[0];

/** The packages that are compiled, in no order: nx knows which needs which. */
const compiled = ['sdk', 'cli'];
const projects = 'wasm-sandbox,@wasm-sandbox/cli,@wasm-sandbox/codegen';

export const steps = [
  {
    name: 'dependencies',
    title: 'npm packages',
    inputs: ['package-lock.json'],
    extra: () => [nodeMajor],
    outputs: () => [join(root, 'node_modules', '.package-lock.json')],
    work: ({ log, note, signal }) =>
      mustRun('npm', ['ci', '--no-audit', '--no-fund', '--no-progress'], {
        log,
        onLine: note,
        signal,
      }),
  },
  {
    name: 'native',
    title: 'native code',
    tools: ['cargo', 'rustc', 'cc'],
    inputs: [
      'Cargo.toml',
      'Cargo.lock',
      'rust-toolchain.toml',
      '.cargo',
      'core',
      'packages/sdk/native',
      'bindings/c',
      'bindings/python/Cargo.toml',
      'bindings/python/src',
    ],
    // Tests are compiled by `npm test`; the sources of guests are other steps' business.
    keep: (name) => !isTest(name) && !isGuestSource(name),
    extra: () => [platformName(), profile],
    outputs: () => [addonFile(), pythonLibrary(), packer, archive],
    work: buildNative,
  },
  interpreter('javascript', 'JavaScript interpreter'),
  // It takes the compiler of the other one.
  {
    ...interpreter('python', 'Python interpreter'),
    tools: ['python', 'pip', 'cargo', 'git'],
    needs: ['javascript-pack'],
    inputs: ['core/packs/javascript', 'core/packs/python', 'core/packs/shared'],
  },
  {
    name: 'packs',
    title: 'language packs',
    needs: ['native', 'javascript-pack', 'python-pack'],
    inputs: [],
    outputs: () => [packsFolder],
    async work({ log, note, signal }) {
      for (const [name, warmUp] of [
        ['javascript', 'warm-up.js'],
        ['python', 'warm-up.py'],
      ]) {
        const options = ['build', '--name', name, '--in', moduleOf(name)];
        options.push('--warm-up', join(root, 'core', 'packs', name, warmUp), '--out', packsFolder);
        note(name);
        await mustRun(packer, options, { log, onLine: note, signal });
      }
      return { made: readdirSync(packsFolder).map((name) => join(packsFolder, name)) };
    },
  },
  {
    name: 'go',
    title: 'Go package',
    // Everything else works without it; on Linux, where it is made in every build, its failure counts.
    skip: objectObstacle,
    optional: process.platform !== 'linux',
    tools: ['cc'],
    needs: ['native', 'packs'],
    inputs: ['scripts/lib/object.mjs'],
    outputs: () => [objectFile(), join(platformFolder(), 'packs')],
    async work({ log, note, signal }) {
      const packs = join(platformFolder(), 'packs');
      note('object');
      await makeObject(objectFile(), { log, onLine: note, signal });
      rmSync(packs, { recursive: true, force: true });
      mkdirSync(packs, { recursive: true });
      for (const name of readdirSync(packsFolder)) {
        copyFileSync(join(packsFolder, name), join(packs, name));
      }
      return { made: [objectFile(), ...readdirSync(packs).map((name) => join(packs, name))] };
    },
  },
  {
    name: 'python',
    title: 'Python tools',
    tools: ['python'],
    inputs: ['bindings/python/requirements-dev.txt'],
    outputs: () => [pythonProgram()],
    work: makeEnvironment,
  },
  {
    name: 'guests',
    title: 'guest programs',
    tools: ['go'],
    inputs: ['fixtures/build.mjs', 'fixtures/guests'],
    keep: (name) => !name.endsWith('.wasm'),
    outputs: () => [join(root, 'fixtures', 'build')],
    async work({ log, note, signal }) {
      const build = join('fixtures', 'build.mjs');
      await mustRun(process.execPath, [build], { log, onLine: note, signal });
      return { made: listFiles(root, ['fixtures/build']).map((file) => file.path) };
    },
  },
  {
    name: 'typescript',
    title: 'TypeScript',
    tools: ['git'],
    needs: ['dependencies'],
    inputs: ['package.json', 'nx.json', 'tsconfig.base.json', 'packages'],
    keep: (name) =>
      !isTest(name) && !/^packages\/sdk\/(native|packs)\/$/.test(name) && !name.endsWith('.node'),
    outputs: () => compiled.map((name) => join(root, 'packages', name, 'dist')),
    work: ({ log, note, signal }) =>
      mustRun(
        process.execPath,
        [nx, 'run-many', '-t', 'build', '--projects', projects, '--outputStyle=static'],
        {
          log,
          onLine: note,
          signal,
          env: { NX_DAEMON: 'false', NX_TUI: 'false' },
        },
      ),
  },
];

/** nx is started as a file, so that Windows needs no shell. */
export const nx = join(root, 'node_modules', 'nx', 'dist', 'bin', 'nx.js');
