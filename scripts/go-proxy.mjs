// `node scripts/go-proxy.mjs FOLDER`: assembles a module proxy of the Go package and of the platforms that set-up has
// built, so that `GOPROXY=file://FOLDER` serves them. Publishes nothing.
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { root } from './lib/paths.mjs';
import { mustRun } from './lib/processes.mjs';

const out = process.argv[2];
if (!out || process.argv.length > 3) {
  process.stderr.write('usage: node scripts/go-proxy.mjs FOLDER\n');
  process.exit(2);
}
const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
const folder = join(root, 'bindings', 'go');
const options = ['run', './internal/release', folder, join(root, 'LICENSE'), `v${version}`];
await mustRun('go', [...options, resolve(out)], { cwd: folder });
