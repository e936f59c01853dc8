// `node scripts/release.mjs --out FOLDER [--portable] [--platform PLATFORM --natives FOLDER]`: assembles everything that is
// published, for this platform or from what was built for another one, after it has checked that all versions agree.
// Publishes nothing; what each part is made of is known to its own script.
import { cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join, resolve } from 'node:path';
import {
  foreignObstacle,
  goObstacle,
  makeObject,
  objectFile,
  platformFolder,
} from './lib/object.mjs';
import { ownParts } from './lib/parts.mjs';
import { root } from './lib/paths.mjs';
import { compatibility, plainTag, wheelTags } from './lib/platforms.mjs';
import { prepare } from './lib/prepare.mjs';
import { mustRun, run } from './lib/processes.mjs';
import { assembleWheel } from './lib/python.mjs';
import { listing, packages, readManifest, releaseArguments, released } from './lib/release.mjs';

const asked = releaseArguments(process.argv.slice(2));
if (asked.say) {
  (asked.status === 0 ? process.stdout : process.stderr).write(asked.say);
  process.exit(asked.status);
}
const { portable, parts: foreign } = asked;
const parts = foreign ?? ownParts();
const out = resolve(asked.out);
const node = (script, ...args) =>
  mustRun(process.execPath, [join(root, 'scripts', script), ...args], { echo: true });

if ((await run(process.execPath, [join(root, 'scripts', 'sync-version.mjs'), '--check'])) !== 0) {
  process.stderr.write('The versions do not agree: nothing was assembled.\n');
  process.exit(1);
}
if (foreign) for (const only of ['typescript', 'python']) await prepare({ only });
else await prepare();
mkdirSync(out, { recursive: true });

await npm();
await python();
await go();
c();
process.stdout.write(`\n${listing(out)}\n`);

/** The SDK and the command without anything native, and this platform's native package. */
async function npm() {
  const folder = join(out, 'npm');
  const stage = mkdtempSync(join(tmpdir(), 'wasm-sandbox-release-'));
  const pack = (from) =>
    mustRun('npm', ['pack', from, '--pack-destination', folder, '--silent'], { echo: true });
  mkdirSync(folder, { recursive: true });
  try {
    const from = foreign ? ['--platform', parts.platform, '--natives', resolve(asked.natives)] : [];
    await node('platform-package.mjs', '--out', join(stage, 'native'), ...from);
    await pack(join(stage, 'native'));
    for (const name of packages(root)) {
      const from = join(root, 'packages', name);
      const to = join(stage, name);
      const manifest = released(readManifest(from));
      for (const one of [...manifest.files, 'README.md']) {
        cpSync(join(from, one), join(to, one), { recursive: true });
      }
      cpSync(join(root, 'LICENSE'), join(to, 'LICENSE'));
      writeFileSync(join(to, 'package.json'), `${JSON.stringify(manifest, null, 2)}\n`);
      await pack(to);
    }
  } finally {
    rmSync(stage, { recursive: true, force: true });
  }
}

/** The wheel; where nothing has to be built it is put together from what was, and there is no sdist. */
async function python() {
  const folder = join(out, 'python');
  const { platform } = parts;
  const promised = wheelTags[platform];
  if (foreign) {
    await assembleWheel(parts, { tag: portable ? promised : plainTag(platform), out: folder });
    return;
  }
  const options = portable ? ['--compatibility', compatibility(platform)] : [];
  await node('python.mjs', 'wheel', '--out', folder, ...options);
  if (portable && !readdirSync(folder).some((name) => name.endsWith(`-${promised}.whl`))) {
    throw new Error(`the wheel is not ${promised}: ${readdirSync(folder).join(', ')}`);
  }
}

/** The Go modules as a proxy serves them. */
async function go() {
  const obstacle = foreign ? foreignObstacle(parts) : goObstacle();
  if (obstacle) {
    process.stdout.write(`No Go module is made here: ${obstacle}.\n`);
    return;
  }
  const { platform } = parts;
  if (foreign) {
    const packs = join(platformFolder(platform), 'packs');
    await makeObject(objectFile(platform), {}, { platform, library: parts.archive });
    rmSync(packs, { recursive: true, force: true });
    cpSync(parts.packs, packs, { recursive: true });
  }
  await node('go-proxy.mjs', join(out, 'go'), platform);
}

/** The header and the library that it describes. */
function c() {
  const folder = join(out, 'c');
  cpSync(join(root, 'bindings', 'c', 'include'), join(folder, 'include'), { recursive: true });
  cpSync(parts.archive, join(folder, 'lib', basename(parts.archive)));
  cpSync(join(root, 'LICENSE'), join(folder, 'LICENSE'));
  cpSync(parts.packs, join(folder, 'packs'), { recursive: true });
}
