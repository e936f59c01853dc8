// Owns the last step of the build: all modules become one file, because loading thirty takes three times as long as
// loading one, and a short run is over before that. Types stay as tsc writes them.
import { readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'rolldown';

const here = fileURLToPath(new URL('.', import.meta.url));
const dist = join(here, 'dist');

for (const name of readdirSync(dist)) {
  if (/\.js(\.map)?$/.test(name)) rmSync(join(dist, name));
}
await build({
  input: join(here, 'src', 'index.ts'),
  platform: 'node',
  resolve: { extensionAlias: { '.js': ['.ts', '.js'] } },
  output: { file: join(dist, 'index.js'), format: 'esm', sourcemap: true },
  logLevel: 'warn',
});
