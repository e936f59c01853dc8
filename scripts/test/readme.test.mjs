// Tests the README of the repository: what it shows works. TypeScript and the command line are run here; the Python and
// Go programs stand in their packages' READMEs, which those packages' own tests run.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { root } from '../lib/paths.mjs';

const read = (file) => readFileSync(join(root, file), 'utf8');
const readme = read('README.md');

/** The first block of a language. */
function block(language) {
  const found = new RegExp(`^\`\`\`${language}\\n([\\s\\S]*?)^\`\`\`$`, 'm').exec(readme);
  assert.ok(found, `the README shows no ${language}`);
  return found[1];
}

const node = (...args) => execFileSync(process.execPath, args, { cwd: root, encoding: 'utf8' });

test('the TypeScript program gives what it says, and is the package’s own', () => {
  const program = block('ts');
  for (const line of program.trimEnd().split('\n'))
    assert.ok(read('packages/sdk/README.md').includes(line), line);
  const said = program.replace('r.value;   // 3', 'console.log(r.value);');
  assert.notEqual(said, program);
  assert.equal(node('--input-type=module', '-e', said), '3\n');
});

test('the command gives what it says', () => {
  const [, words, answer] = /^wasm-sandbox (.*?) +# (.*)$/m.exec(block('sh'));
  const args = words.match(/'[^']*'|\S+/g).map((word) => word.replace(/^'(.*)'$/, '$1'));
  const command = join(root, 'packages', 'cli', 'bin', 'wasm-sandbox.mjs');
  assert.equal(node(command, ...args), `${answer}\n`);
});

test('the Python program is one of the package’s README', () => {
  assert.ok(read('bindings/python/README.md').includes(`\`\`\`python\n${block('python')}\`\`\``));
});

test('the Go program is made of the lines of the package’s README, in their order', () => {
  const theirs = read('bindings/go/README.md').split('\n');
  let at = 0;
  for (const line of block('go').trimEnd().split('\n')) {
    const found = theirs.indexOf(line, at);
    assert.ok(found >= 0, line);
    at = found + 1;
  }
});

test('every file that it points to exists', () => {
  const links = [...readme.matchAll(/\]\(([^)#]+)\)/g)].map(([, link]) => link);
  assert.ok(links.length > 10);
  for (const link of links.filter((one) => !one.startsWith('http'))) {
    assert.ok(existsSync(join(root, link)), link);
  }
});
