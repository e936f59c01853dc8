// The C library as a C program uses it, under AddressSanitizer, and its header against the sources.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { objectFile } from '../../../scripts/lib/object.mjs';
import { packsFolder, root, targetFolder } from '../../../scripts/lib/paths.mjs';

const guest = (name) => join(root, 'fixtures', 'guests', name);

test('the header is what the sources say', () => {
  const env = { ...process.env, CARGO_TARGET_DIR: join(targetFolder, 'header') };
  const cwd = join(root, 'bindings', 'c', 'header');
  execFileSync('cargo', ['run', '--quiet', '--locked', '--', '--check'], { cwd, env });
});

test('a C program under AddressSanitizer', { skip: process.platform !== 'linux' }, () => {
  const folder = mkdtempSync(join(tmpdir(), 'wasm-sandbox-c-'));
  try {
    const object = join(folder, 'wasm_sandbox.o');
    copyFileSync(objectFile(), object);
    const program = join(folder, 'smoke');
    const include = join(root, 'bindings', 'c', 'include');
    const source = join(root, 'bindings', 'c', 'test', 'smoke.c');
    const warnings = ['-Wall', '-Wextra', '-Werror'];
    const options = ['-std=gnu11', '-g', '-fsanitize=address', ...warnings, `-I${include}`];
    execFileSync('cc', [...options, source, object, '-o', program, '-lm', '-ldl', '-lpthread']);
    const env = { ...process.env, XDG_CACHE_HOME: folder };
    const guests = ['calculator.wasm', 'host.wasm', 'state.wasm', 'plugin.wasm'].map(guest);
    const said = execFileSync(program, [...guests, packsFolder], { env, encoding: 'utf8' });
    assert.match(said, /does what its header says/);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
