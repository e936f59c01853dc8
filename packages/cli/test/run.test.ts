// `wasm-sandbox run` as a process: values, streams, limits, interruptions, exit statuses.
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { command } from './command.js';

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'wasm-sandbox-cli-'));
  const add = 'AGFzbQEAAAABBwFgAn9/AX8DAgEABwcBA2FkZAAACgkBBwAgACABags=';
  await writeFile(join(folder, 'add.wasm'), Buffer.from(add, 'base64'));
  await writeFile(join(folder, 'hello.js'), 'console.log("hello"); console.error("oh")');
  await writeFile(
    join(folder, 'boom.mjs'),
    'console.log("so far");\nfunction f() { throw new TypeError("bad") }\nf()',
  );
  await writeFile(join(folder, 'data.txt'), 'some data');
  await writeFile(
    join(folder, 'policy.json'),
    '{"version": 1, "limits": {"outputBytes": 10, "onOutputLimit": "fail"}}',
  );
  await writeFile(join(folder, 'wrong.json'), '{"version": 1, "limts": {}}');
});
afterAll(() => rm(folder, { recursive: true }));
const file = (name: string) => join(folder, name);

test('the last value is printed, unless there is none', async () => {
  expect(await command(['run', '-c', '1+1'])).toEqual({ status: 0, stdout: '2\n', stderr: '' });
  expect((await command(['run', '-c', '({a: "x", b: [1n]})'])).stdout).toBe(
    "{ a: 'x', b: [ 1n ] }\n",
  );
  expect((await command(['run', '-c', 'undefined'])).stdout).toBe('');
  expect((await command(['run', '-c', 'null'])).stdout).toBe('');
});

test('files, standard input, inputs, variables', async () => {
  const hello = await command(['run', file('hello.js')]);
  expect(hello).toEqual({ status: 0, stdout: 'hello\n', stderr: 'oh\n' });
  expect((await command(['run', '-'], { stdin: '6 * 7' })).stdout).toBe('42\n');
  const inputs = ['-i', 'a=[1,2]', '--input', 'b={"c":3}'];
  expect((await command(['run', '-c', 'a.length + b.c', ...inputs])).stdout).toBe('5\n');
});

test('packages by their paths, for run and for repl', async () => {
  await mkdir(join(folder, 'mypkg'));
  await writeFile(file('mypkg/__init__.py'), 'n = 41');
  await mkdir(join(folder, 'other'));
  await writeFile(file('other/__init__.py'), 'n = 1');
  await mkdir(join(folder, 'jspkg'));
  await writeFile(file('jspkg/package.json'), '{"name": "jspkg", "main": "a.js"}');
  await writeFile(file('jspkg/a.js'), 'export const n = 42;');
  const both = ['--package', file('mypkg'), '--package', file('other')];
  const code = ['run', '--lang', 'py', '-c', 'import mypkg, other\nmypkg.n + other.n'];
  expect(await command([...code, ...both])).toEqual({ status: 0, stdout: '42\n', stderr: '' });
  const stdin = 'const { n } = await import(`jspkg`)\nn\n';
  const repl = await command(['repl', '--package', file('jspkg')], { stdin });
  expect(repl.stdout).toBe('42\n');
  const absent = await command(['run', '-c', '1', '--package', file('absent.tgz')]);
  expect(absent.status).toBe(2);
  expect(absent.stderr).toContain('absent.tgz: there is no such file');
  expect((await command(['help', 'run'])).stdout).toContain('--package <path>');
});

test('a module’s function with arguments', async () => {
  const args = ['run', file('add.wasm'), '--call', 'add', '--'];
  expect((await command([...args, '5', '-3'])).stdout).toBe('2\n');
  const wrong = await command([...args, '5', 'five']);
  expect(wrong.status).toBe(2);
  expect(wrong.stderr).toContain('invalid_argument');
});

test('a function that code defines', async () => {
  const code = 'function greet(who) { return "hi " + who }';
  const { stdout } = await command(['run', '-c', code, '--call', 'greet', '--', 'Ada']);
  expect(stdout).toBe("'hi Ada'\n");
});

test('--json is one document, whatever happens', async () => {
  const good = await command(['run', '--json', '-c', 'console.log("out"); [1n, NaN, -0]']);
  expect(good.stderr).toBe('');
  expect(JSON.parse(good.stdout)).toMatchObject({
    success: true,
    value: [{ $int: '1' }, { $float: 'nan' }, { $float: '-0' }],
    stdout: 'out\n',
    usage: { outputBytes: 4 },
  });
  const bad = await command(['run', '--json', file('boom.mjs')]);
  expect(bad.status).toBe(1);
  expect(JSON.parse(bad.stdout)).toMatchObject({
    success: false,
    error: { code: 'guest_exception', family: 'execution', details: { type: 'TypeError' } },
    stdout: 'so far\n',
  });
});

test('an exception is told with its place in the guest', async () => {
  const { status, stdout, stderr } = await command(['run', file('boom.mjs')]);
  expect(status).toBe(1);
  expect(stdout).toBe('so far\n');
  expect(stderr).toContain('error: Guest exception: TypeError: bad');
  expect(stderr).toContain('boom.mjs:2');
  expect(stderr).not.toContain(folder);
});

test('limits have statuses of their own', async () => {
  const slow = await command(['run', '-c', 'for (;;);', '--timeout', '200ms']);
  expect(slow.status).toBe(124);
  expect(slow.stderr).toContain('wall_timeout');
  expect((await command(['run', '-c', 'for (;;);', '--cpu', '100ms'])).status).toBe(124);
  const code = 'const a = []; for (;;) a.push(new Uint8Array(1 << 20).fill(1))';
  const large = await command(['run', '-c', code, '--memory', '24m']);
  expect(large.status).toBe(137);
  expect(large.stderr).toContain('--memory');
});

test('policies by name and by file', async () => {
  const code = 'console.log("more than ten bytes")';
  const cut = await command(['run', '-c', code, '--policy', file('policy.json')]);
  expect(cut.status).toBe(1);
  expect(cut.stderr).toContain('output_limit');
  expect((await command(['run', '-c', '1', '--policy', 'moderate'])).status).toBe(0);
  const wrong = await command(['run', '-c', '1', '--policy', file('wrong.json')]);
  expect(wrong.status).toBe(2);
  expect(wrong.stderr).toContain('limts');
  expect((await command(['run', '-c', '1', '--policy', 'absent.json'])).status).toBe(2);
});

test('mistakes on the command line are status 2 and say what to do', async () => {
  for (const args of [
    ['run'],
    ['run', file('absent.js')],
    ['run', file('data.txt')],
    ['run', '-c', '1', '--timeout', '5'],
    ['run', '-c', '1', '--input', 'a=oops'],
    ['run', '-c', '1', '--nonsense'],
    ['run', '-c', '1', '--lang', 'cobol'],
    ['nonsense'],
    [],
  ]) {
    const { status, stderr, stdout } = await command(args);
    expect(status, args.join(' ')).toBe(2);
    expect(stderr.length, args.join(' ')).toBeGreaterThan(20);
    expect(stdout).toBe('');
  }
});

test('output comes while the guest runs, and Ctrl-C ends it with 130', async () => {
  for (const [signal, wanted] of [
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const) {
    let sent = false;
    const { status, stdout, stderr } = await command(
      ['run', '-c', 'console.log("up"); for (;;);'],
      {
        whenOut: (text, child) => {
          if (!sent && text.includes('up')) {
            sent = true;
            child.kill(signal);
          }
        },
      },
    );
    expect(stdout).toBe('up\n');
    expect(status).toBe(wanted);
    expect(stderr).toBe('');
  }
});

test('a reader that goes away ends it quietly', async () => {
  const code = 'for (let i = 0; i < 1e5; i++) console.log("y".repeat(70)); for (;;);';
  const { status, stderr } = await command(['run', '-c', code, '--timeout', '10s'], {
    whenOut: (_, child) => child.stdout?.destroy(),
  });
  expect(stderr).toBe('');
  expect(status).toBe(141);
});

test('a pipe gets escape sequences untouched', async () => {
  const { stdout } = await command(['run', '-c', 'console.log("\\x1b[31mred")']);
  expect(stdout).toBe('\u001b[31mred\n');
});
