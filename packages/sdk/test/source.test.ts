// Where modules come from: files, URLs, and what is refused on the way. The network is played by a
// function with fetch's own shape; nothing here leaves this machine.
import { createHash } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { verify, WasmSandbox } from '../src/index.js';
import { failure } from './expect.js';
import { calculator } from './guests.js';

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'wasm-sandbox-source-'));
  await writeFile(join(folder, 'calculator.wasm'), calculator);
});
afterAll(() => rm(folder, { recursive: true }));

test('a file by path and by URL', async () => {
  const path = join(folder, 'calculator.wasm');
  for (const source of [path, pathToFileURL(path), pathToFileURL(path).href]) {
    await using sandbox = await WasmSandbox.fromFile(source);
    expect(await sandbox.call('add', [5, 3])).toBe(8);
    await using built = await WasmSandbox.builder().source(source).build();
    expect(await built.call('add', [5, 3])).toBe(8);
  }
});

test('messages name a file, never its folder', async () => {
  const error = await failure(WasmSandbox.fromFile(join(folder, 'absent.wasm')), 'not_found');
  expect(error.message).toContain('absent.wasm');
  expect(error.details).toEqual({ name: 'absent.wasm', reason: 'ENOENT' });
  expect(JSON.stringify([error.message, error.details])).not.toContain(folder);
  await failure(WasmSandbox.fromFile(folder), 'not_found');
  await failure(WasmSandbox.fromFile('/dev/zero'), 'not_found');
  const options = { limits: { moduleBytes: 10 } };
  await failure(WasmSandbox.fromFile(join(folder, 'calculator.wasm'), options), 'module_limit');
});

test('what is no source at all', async () => {
  for (const bad of [5, {}, ['a.wasm'], true, null]) {
    const error = await failure(WasmSandbox.fromBytes(bad as never), 'invalid_argument');
    expect(error.details.path).toBe('$.source');
  }
});

/** Answers as the table says; what is not in it fails as a broken connection does. */
function network(table: Record<string, () => Response>) {
  const asked: string[] = [];
  const fetch = async (url: URL | string | Request) => {
    asked.push(String(url));
    const answer = table[String(url)];
    if (!answer) throw new TypeError('fetch failed');
    return answer();
  };
  return { fetch: fetch as typeof globalThis.fetch, asked };
}
const address = 'https://example.com/calculator.wasm';
const good = { [address]: () => new Response(calculator) };
const redirect = (to: string) => () =>
  new Response(null, { status: 302, headers: { location: to } });

test('a module over https, with its checksum', async () => {
  const { fetch } = network(good);
  const sha256 = createHash('sha256').update(calculator).digest('hex');
  await using sandbox = await WasmSandbox.fromUrl(address, { fetch, sha256: sha256.toUpperCase() });
  expect(await sandbox.call('add', [5, 3])).toBe(8);
  const options = { fetch, sha256: sha256.replace(/./g, '0') };
  const error = await failure(WasmSandbox.fromUrl(address, options), 'invalid_module');
  expect(error.details.actual).toBe(sha256);
});

test('only https, at every step', async () => {
  const { fetch, asked } = network({
    ...good,
    'https://example.com/down': redirect('http://example.com/calculator.wasm'),
    'https://example.com/file': redirect('file:///etc/passwd'),
  });
  for (const bad of [
    'http://example.com/a.wasm',
    'ftp://example.com/a',
    'https://u:p@example.com/a',
  ]) {
    await failure(WasmSandbox.fromUrl(bad, { fetch }), 'invalid_argument');
  }
  expect(asked).toEqual([]);
  await failure(WasmSandbox.fromUrl('https://example.com/down', { fetch }), 'invalid_argument');
  await failure(WasmSandbox.fromUrl('https://example.com/file', { fetch }), 'invalid_argument');
  for (const bad of ['not an address', 'calculator.wasm', 'file:///etc/passwd', 5 as never]) {
    await failure(WasmSandbox.fromUrl(bad, { fetch }), 'invalid_argument');
  }
});

test('a few redirects and no more', async () => {
  const { fetch, asked } = network({
    ...good,
    'https://example.com/1': redirect('/2'),
    'https://example.com/2': redirect(address),
    'https://example.com/round': redirect('/round'),
  });
  await using sandbox = await WasmSandbox.fromUrl('https://example.com/1', { fetch });
  expect(await sandbox.call('add', [5, 3])).toBe(8);
  expect(asked).toEqual(['https://example.com/1', 'https://example.com/2', address]);
  asked.length = 0;
  await failure(WasmSandbox.fromUrl('https://example.com/round', { fetch }), 'not_found');
  expect(asked).toHaveLength(6);
});

test('options of a fetch that make no sense', async () => {
  const { fetch, asked } = network(good);
  for (const wrong of [{ maxBytes: -1 }, { maxBytes: Number.NaN }, { maxRedirects: 0.5 }]) {
    const error = await failure(
      WasmSandbox.fromUrl(address, { fetch, ...wrong }),
      'invalid_argument',
    );
    expect(error.details.path).toBe(`$.${Object.keys(wrong)[0]}`);
  }
  const misspelt = WasmSandbox.builder().source(address, { fetch, sha265: '' } as never);
  expect((await failure(misspelt.build(), 'invalid_argument')).details.path).toBe('$.sha265');
  expect(asked).toEqual([]);
});

test('a size limit, announced or not', async () => {
  let sent = 0;
  const endless = () =>
    new Response(
      new ReadableStream({
        pull(controller) {
          sent += 65_536;
          controller.enqueue(new Uint8Array(65_536));
        },
      }),
    );
  const announced = () =>
    new Response(calculator, { headers: { 'content-length': '99999999999' } });
  const { fetch } = network({
    'https://a.example/endless': endless,
    'https://a.example/big': announced,
  });
  const options = { fetch, maxBytes: 1 << 20 };
  await failure(WasmSandbox.fromUrl('https://a.example/endless', options), 'module_limit');
  expect(sent).toBeLessThan(2 << 20);
  await failure(WasmSandbox.fromUrl('https://a.example/big', options), 'module_limit');
});

test('no answer, a bad answer, an abort', async () => {
  const secret = 'https://a.example/404?key=secret';
  const { fetch } = network({ [secret]: () => new Response('', { status: 404 }) });
  const absent = await failure(WasmSandbox.fromUrl(secret, { fetch }), 'not_found');
  expect(absent.message).toBe('Not found: https://a.example/404: the server answered 404');
  expect(absent.details).toEqual({ url: 'https://a.example/404', status: 404 });
  const broken = await failure(WasmSandbox.fromUrl('https://a.example/', { fetch }), 'not_found');
  expect(broken.cause).toBeInstanceOf(TypeError);
  const never = ((_: unknown, init: RequestInit) =>
    new Promise((_done, fail) => {
      init.signal?.addEventListener('abort', () => fail(new Error('aborted')));
    })) as typeof globalThis.fetch;
  const late = await failure(
    WasmSandbox.fromUrl(address, { fetch: never, timeoutMs: 20 }),
    'not_found',
  );
  expect(late.message).toContain('20 ms');
  const signal = AbortSignal.timeout(20);
  await failure(WasmSandbox.fromUrl(address, { fetch: never, signal }), 'cancelled');
});

test('a builder fetches as well', async () => {
  const { fetch } = network(good);
  await using sandbox = await WasmSandbox.builder().source(address, { fetch }).build();
  expect(await sandbox.call('add', [5, 3])).toBe(8);
});

test('verify reads a file and judges it', async () => {
  const report = await verify(join(folder, 'calculator.wasm'));
  expect(report).toMatchObject({ allowed: true, kind: 'numeric', refusals: [] });
  expect(report.exports.map(({ name }) => name)).toContain('add');
});
