// `node scripts/go-proxy.mjs FOLDER [PLATFORM...]`: assembles a module proxy of the Go package and of the platforms whose
// object is there, or only of those named, so that `GOPROXY=file://FOLDER` serves them. Publishes nothing.
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { root } from './lib/paths.mjs';
import { mustRun } from './lib/processes.mjs';

const [out, ...platforms] = process.argv.slice(2);
if (!out) {
  process.stderr.write('usage: node scripts/go-proxy.mjs FOLDER [PLATFORM...]\n');
  process.exit(2);
}
const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
const folder = join(root, 'bindings', 'go');
const options = ['run', './internal/release', folder, join(root, 'LICENSE'), `v${version}`];
await mustRun('go', [...options, resolve(out), ...platforms], { cwd: folder });
