// `node scripts/go-tags.mjs --repository CLONE PROXY...`: commits the Go modules out of the proxies that the platforms'
// builds made into a clone of their own repository, and tags them. The package's commit has no native object; each
// platform's stands on a commit without history that only its tag holds, so that a clone fetches none of them.
// Pushes nothing.
import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { root } from './lib/paths.mjs';
import { platforms } from './lib/platforms.mjs';
import { basePython } from './lib/python.mjs';

const { values, positionals } = parseArgs({
  options: { repository: { type: 'string' } },
  allowPositionals: true,
});
const { repository } = values;
if (!repository || positionals.length === 0) {
  process.stderr.write('usage: node scripts/go-tags.mjs --repository CLONE PROXY...\n');
  process.exit(2);
}
const version = `v${JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')).version}`;
const module = 'github.com/wasm-sandbox/wasm-sandbox-go';
const parts = platforms.map((name) => `platforms/${name}`);
const git = (...args) => execFileSync('git', ['-C', repository, ...args], { encoding: 'utf8' });

const archives = new Map(
  ['', ...parts].map((part) => [
    part,
    positionals
      .map((proxy) => join(proxy, module, part, '@v', `${version}.zip`))
      .find((file) => existsSync(file)),
  ]),
);
const missing = [...archives].filter(([, file]) => !file).map(([part]) => part || 'the package');
if (missing.length > 0) fail(`no proxy has ${version} of ${missing.join(', ')}`);
const tags = git('tag', '--list').split('\n');
// A tag that was fetched once is in checksum databases for ever.
if (tags.includes(version)) fail(`${version} is tagged already`);

const branch = git('symbolic-ref', '--short', 'HEAD').trim();
commit('', version);
for (const part of parts) {
  git('checkout', '--quiet', '--orphan', `release/${part}`);
  commit(part, `${part}/${version}`);
  git('checkout', '--quiet', '--force', branch);
  git('branch', '--quiet', '-D', `release/${part}`);
}
process.stdout.write(`tagged ${version}, and ${parts.length} platforms\n`);

/** Makes the content of a module all there is, and tags it. */
function commit(part, tag) {
  git('rm', '-r', '--quiet', '--force', '--ignore-unmatch', '.');
  const folder = mkdtempSync(join(tmpdir(), 'go-tags-'));
  try {
    execFileSync(basePython, ['-m', 'zipfile', '-e', archives.get(part), folder]);
    const inside = join(folder, ...`${module}${part && `/${part}`}@${version}`.split('/'));
    cpSync(inside, join(repository, part), { recursive: true });
  } finally {
    rmSync(folder, { recursive: true });
  }
  // The objects are what a checkout of this project ignores.
  git('add', '--all', '--force', '.');
  git('commit', '--quiet', '--allow-empty', '--message', tag);
  git('tag', tag);
}

function fail(text) {
  process.stderr.write(`${text}\n`);
  process.exit(1);
}
