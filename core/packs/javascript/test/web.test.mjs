// The web's globals: each against what browsers and Node answer, and that code of the guest cannot break them.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Sandbox } from './host.mjs';

const s = new Sandbox();

test('URLs parse as they do in Node', () => {
  const cases = [
    ['http://example.com'],
    ['HTTP://EXAMPLE.com:80/a/../b/./c?q=1#f'],
    ['https://user:pa%20ss@host:8443/p a?x y#z `'],
    ['//h/x', 'https://base/y'],
    ['?q', 'http://a/b/c?d#e'],
    ['#f', 'http://a/b/c?d#e'],
    ['', 'http://a/b?c#d'],
    ['../../../x', 'http://a/b/c/d'],
    ['./x/%2e%2E/y', 'http://a/b/'],
    ['http:\\\\a\\b'],
    ['http:x', 'http://a/b'],
    ['http://1.2.3'],
    ['http://0x7f.1'],
    ['http://256'],
    ['http://1.2.3.4.5'],
    ['http://999999999999'],
    ['http://[::1]:80/'],
    ['http://[1:2::3.4.5.6]'],
    ['http://[1:0:0:2:0:0:0:3]'],
    ['http://[::12345]'],
    ['http://[1::2::3]'],
    ['mailto:a@b.c?subject=x y#z'],
    ['data:text/plain,hello world '],
    ['javascript:alert(1)'],
    ['file:///C|/x/../y'],
    ['file://localhost/x'],
    ['file:x', 'file:///a/b'],
    ['foo://Host/a b?c'],
    ['foo:/a/../b'],
    ['foo:a/../b'],
    ['foo://'],
    ['foo:///x'],
    ['web+demo:/.//not-a-host/'],
    ['blob:https://a.b/uuid'],
    ['http://a:99999'],
    ['http://a b'],
    ['http://a%41b'],
    ['http://a%00b'],
    ['http://'],
    ['http:///x'],
    ['x'],
    ['http://@/x'],
    ['http://a@/x'],
    ['http://a:b@c:d@e/'],
    ['  http://a\n/b\t '],
    ['http://ex.com/\u00e9?\u00e9#\u00e9'],
    ['http://ex.com/?\ud800'],
    ['http://a/%zz%e9'],
    ['http://xn--mnchen-3ya.de/'],
    ["http://a/?'x'"],
    ["foo://a/?'x'"],
    ['ws://a:80'],
    ['wss://a:443/x'],
    ['ftp://a:21/'],
    ['https://a:80'],
    ['http://a?b'],
    ['http://a#b'],
    ['http://a.b.'],
    ['http://09.1'],
    ['http://1.0x'],
    ['/x', 'foo:bar'],
    ['#x', 'foo:bar'],
    ['http:', 'https://a/b'],
    ['http://h:/'],
    ['http://h:0/'],
    ['http://h:00080/'],
  ];
  const read = (url, base) => {
    try {
      const u = new URL(url, base);
      const {
        href,
        origin,
        protocol,
        username,
        password,
        host,
        hostname,
        port,
        pathname,
        search,
        hash,
      } = u;
      return [
        href,
        origin,
        protocol,
        username,
        password,
        host,
        hostname,
        port,
        pathname,
        search,
        hash,
      ];
    } catch (error) {
      return error.name;
    }
  };
  const code = `const read = ${read}; read(url, base === null ? undefined : base)`;
  for (const [url, base] of cases)
    assert.deepEqual(
      s.value(code, { inputs: { url: url.toWellFormed(), base: base ?? null } }),
      read(url, base),
      `${url} ${base}`,
    );
});

test('what Node does another way than the standard', () => {
  assert.equal(s.value("new URL('non-special:opaque  ?x').href"), 'non-special:opaque %20?x');
  assert.equal(s.value("new TextDecoder('latin1').decode(new Uint8Array([0x80]))"), '\u20ac');
  assert.equal(
    s.value("try { new URL('http://m\u00fcnchen.de') } catch (e) { e.message.includes('xn--') }"),
    true,
  );
});

test('setters of URLs do as in Node', () => {
  const set = (steps) => {
    const u = new URL('http://u:p@a.b:81/c/d?e=f#g');
    for (const [name, value] of steps) u[name] = value;
    return [u.href, u.searchParams.toString()];
  };
  for (const steps of [
    [['protocol', 'https']],
    [['protocol', 'foo']],
    [['host', 'x:82/y']],
    [
      ['host', 'x:443'],
      ['protocol', 'https:'],
    ],
    [['hostname', 'x:1']],
    [['hostname', '']],
    [['port', '80']],
    [['port', '9x']],
    [['port', 'x']],
    [['port', '']],
    [['pathname', 'x y/../z']],
    [['pathname', '']],
    [['search', '?a=b c']],
    [['search', '']],
    [['hash', 'x y']],
    [['hash', '']],
    [['username', 'a:b']],
    [['password', '']],
    [['host', '1.2']],
    [['host', 'a b']],
  ])
    assert.deepEqual(
      s.value(`(${set})(steps)`, { inputs: { steps } }),
      set(steps),
      JSON.stringify(steps),
    );
});

test('URLSearchParams do as in Node', () => {
  const work = () => {
    const p = new URLSearchParams('?a=1&b=%20+x&a=2&c&%=%zz&\u00e4=\u{1f980}');
    const out = [
      p.toString(),
      p.getAll('a').join(),
      p.get('b'),
      p.has('c'),
      p.has('a', '3'),
      p.size,
    ];
    p.append('d e', '&=+');
    p.set('a', 'n');
    p.delete('c');
    p.sort();
    out.push(`${p}`, [...p].join('|'), [...p.values()].join());
    out.push(
      `${new URLSearchParams({ x: 1, y: 'z' })}`,
      `${new URLSearchParams([
        ['q', 1],
        ['q', 2],
      ])}`,
      `${new URLSearchParams(p)}`,
    );
    const u = new URL('http://a/?x=1');
    u.searchParams.append('y', "'~*-._");
    out.push(u.href);
    u.search = '?z=3';
    out.push(u.searchParams.get('z'), `${u.searchParams}`);
    u.searchParams.delete('z');
    out.push(u.href);
    return out;
  };
  assert.deepEqual(s.value(`(${work})()`), work());
});

test('text encodings do as in Node', () => {
  const work = () => {
    const bytes = (...list) => new Uint8Array(list);
    const t = (label, options, ...parts) => {
      try {
        const d = new TextDecoder(label, options);
        return parts.map((p, i) => d.decode(p, { stream: i < parts.length - 1 })).join('|');
      } catch (error) {
        return error.name;
      }
    };
    return [
      [...new TextEncoder().encode('a\u00e9\u20ac\u{1f980}\ud800x')].join(),
      JSON.stringify(new TextEncoder().encodeInto('a\u20acb', new Uint8Array(4))),
      t('utf-8', {}, bytes(0xef, 0xbb, 0xbf, 0x61)),
      t('utf-8', { ignoreBOM: true }, bytes(0xef, 0xbb, 0xbf, 0x61)).length,
      t('utf-8', {}, bytes(0xe2, 0x82), bytes(0xac, 0x61)),
      t('utf-8', {}, bytes(0xef), bytes(0xbb), bytes(0xbf, 0x62)),
      t('utf-8', {}, bytes(0xe2, 0x82)),
      t('utf-8', { fatal: true }, bytes(0xff)),
      t('utf-8', { fatal: true }, bytes(0xe2), bytes(0x82)),
      t('utf-8', {}, bytes(0xf0, 0x90, 0x61, 0xed, 0xa0, 0x80, 0xc0, 0xaf)),
      t('utf-16le', {}, bytes(0x61, 0, 0x3d), bytes(0xd8, 0x80, 0xde)),
      t('utf-16le', {}, bytes(0x3d, 0xd8)),
      t('utf-16', {}, bytes(0xff, 0xfe, 0x61, 0)),
      t('latin1', {}, bytes(0x7f, 0xe9)),
      t('nope', {}),
      new TextDecoder(' UTF8 ').encoding,
      t('utf-8', {}, bytes(0x61).buffer),
      t('utf-8', {}, new DataView(bytes(0x62).buffer)),
    ];
  };
  assert.deepEqual(s.value(`(${work})()`), work());
});

test('structuredClone', () => {
  const value = (code) => s.value(code);
  assert.equal(
    value(
      'const a = { d: new Date(5), r: /x/gi, m: new Map([[{}, new Set([1])]]), u: undefined, b: 1n, a: [1, , 3] }; a.a.k = 1; a.self = a; const b = structuredClone(a); [b.self === b, +b.d, b.r.flags, [...b.m.values()][0].has(1), "u" in b, b.b === 1n, 1 in b.a, b.a.k].join()',
    ),
    'true,5,gi,true,true,true,false,1',
  );
  assert.equal(
    value(
      'const x = new Uint16Array([1, 2, 3]).subarray(1); const y = structuredClone({ x, z: x.buffer, d: new DataView(x.buffer, 2) }); [y.x.length, y.x[0], y.x.buffer === y.z, y.d.byteLength, y.x.constructor.name].join()',
    ),
    '2,2,true,4,Uint16Array',
  );
  assert.equal(
    value(
      'const e = structuredClone(new RangeError("m", { cause: new TypeError("c") })); [e instanceof RangeError, e.message, e.cause.name, Object.keys(e).length].join()',
    ),
    'true,m,TypeError,0',
  );
  for (const bad of [
    '() => 1',
    'Symbol()',
    'new WeakMap()',
    'Promise.resolve()',
    'new Proxy({}, {})',
    '{ a: [() => 1] }',
    'Object(Symbol())',
  ])
    assert.equal(
      value(
        `try { structuredClone(${bad}); 'cloned' } catch (e) { e.name + (e instanceof DOMException) }`,
      ),
      'DataCloneErrortrue',
      bad,
    );
  assert.equal(
    value(
      'const t = new ArrayBuffer(8); const c = structuredClone([t], { transfer: [t] }); [c[0].byteLength, t.byteLength].join()',
    ),
    '8,0',
  );
  assert.equal(
    value(
      'class P { x = 1; get y() { return 2 } } const p = structuredClone(new P()); [p.constructor === Object, p.x, p.y].join()',
    ),
    'true,1,',
  );
  assert.equal(value('structuredClone({ get a() { return 5 } }).a'), 5);
  assert.equal(
    value(
      'let deep = []; for (let i = 0; i < 1e5; i++) deep = [deep]; try { structuredClone(deep) } catch (e) { e.name }',
    ),
    'RangeError',
  );
});

test('crypto follows the seed', () => {
  const seeded = (n) =>
    s.run('[crypto.randomUUID(), [...crypto.getRandomValues(new Uint8Array(5))].join()].join()', {
      seed: new Uint8Array(32).fill(n),
    }).value;
  assert.equal(seeded(1), seeded(1));
  assert.notEqual(seeded(1), seeded(2));
  assert.match(seeded(3), /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12},/);
  assert.equal(
    s.value('try { crypto.getRandomValues(new Float64Array(1)) } catch (e) { e.name }'),
    'TypeMismatchError',
  );
  assert.equal(
    s.value('try { crypto.getRandomValues(new Uint8Array(65537)) } catch (e) { e.name }'),
    'QuotaExceededError',
  );
  assert.equal(s.value('try { new Crypto() } catch (e) { e.name }'), 'TypeError');
  assert.equal(s.value('crypto.getRandomValues(new Uint32Array(4)).subarray(1).length'), 3);
});

test('events and abort signals', () => {
  assert.equal(
    s.value(
      'const t = new EventTarget(); const seen = []; const f = (e) => seen.push(e.type); t.addEventListener("a", f); t.addEventListener("a", f); t.addEventListener("a", { handleEvent(e) { seen.push(e.target === t); e.stopImmediatePropagation() } }); t.addEventListener("a", () => seen.push("never")); t.dispatchEvent(new Event("a")); t.removeEventListener("a", f); t.dispatchEvent(new Event("a")); seen.join()',
    ),
    'a,true,true',
  );
  assert.equal(
    s.value(
      'const e = new Event("x", { cancelable: true }); const u = new EventTarget(); u.addEventListener("x", (e) => e.preventDefault()); u.dispatchEvent(e)',
    ),
    false,
  );
  assert.equal(
    s.value(
      'await new Promise((done) => { const q = AbortSignal.timeout(5); q.onabort = () => done(q.reason.name) })',
    ),
    'TimeoutError',
  );
  assert.equal(
    s.value(
      'const c = new AbortController(); const any = AbortSignal.any([c.signal]); c.abort("why"); try { any.throwIfAborted() } catch (e) { e }',
    ),
    'why',
  );
  assert.equal(s.value('AbortSignal.abort().reason.name'), 'AbortError');
  assert.equal(s.run('new EventTarget().addEventListener').status, 'refused');
  const thrown = s.run(
    'const w = new EventTarget(); w.addEventListener("x", () => { throw new Error("in a listener") }); w.dispatchEvent(new Event("x")); 1',
  );
  assert.equal(thrown.value.message, 'in a listener');
});

test('globals look as they do elsewhere', () => {
  const names = [
    'URL',
    'URLSearchParams',
    'TextEncoder',
    'TextDecoder',
    'structuredClone',
    'crypto',
    'Event',
    'EventTarget',
    'AbortController',
    'AbortSignal',
    'queueMicrotask',
    'atob',
    'btoa',
    'DOMException',
  ];
  for (const name of names) {
    const found = s.value(
      `const d = Object.getOwnPropertyDescriptor(globalThis, '${name}'); [d.enumerable, d.configurable, typeof d.value === 'function' ? d.value.name : '${name}'].join()`,
    );
    assert.equal(found, `false,true,${name}`);
  }
  assert.equal(
    s.value('[typeof process, typeof require, typeof Buffer, typeof fetch, typeof window].join()'),
    Array(5).fill('undefined').join(),
  );
  assert.equal(s.value('structuredClone.length + URL.length'), 2);
  assert.equal(s.value('try { URL("http://a") } catch (e) { e.name }'), 'TypeError');
});

test('hostile arguments', () => {
  for (const code of [
    'new URL("http://" + "a".repeat(1e5)).href.length > 0',
    'new URL("http://a/" + "../".repeat(1e5)).pathname === "/"',
    'new URLSearchParams("&".repeat(1e5) + "a=b").size === 1',
    'new TextDecoder().decode(new Uint8Array(1e6).fill(255)).length === 1e6',
    'new TextEncoder().encode("\\ud800".repeat(1e5)).length === 3e5',
    'try { new URL({ toString() { throw 1 } }) } catch (e) { e === 1 }',
    'try { new TextDecoder().decode(5) } catch (e) { e instanceof TypeError }',
    'try { URL.prototype.href } catch (e) { e instanceof TypeError }',
    'const r = new ArrayBuffer(8, { maxByteLength: 16 }); const v = new Uint8Array(r, 4); r.resize(2); new TextDecoder().decode(v) === ""',
  ])
    assert.equal(s.value(code), true, code);
});
