// hashlib's derivation of keys: the vectors of the RFCs, every hash function against hmac, CPython's errors, limits.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Sandbox } from './host.mjs';

// RFC 6070 has SHA-1; the others are of RFC 7914, section 11.
const pbkdf2 = [
  ['sha1', 'password', 'salt', 1, 20, '0c60c80f961f0e71f3a9b524af6012062fe037a6'],
  ['sha1', 'password', 'salt', 2, 20, 'ea6c014dc72d6f8ccd1ed92ace1d41f0d8de8957'],
  ['sha1', 'password', 'salt', 4096, 20, '4b007901b765489abead49d926f721d065a429c1'],
  [
    'sha1',
    'passwordPASSWORDpassword',
    'saltSALTsaltSALTsaltSALTsaltSALTsalt',
    4096,
    25,
    '3d2eec4fe41c849b80c8d83662c0e44a8b291a964cf2f07038',
  ],
  ['sha1', 'pass\\0word', 'sa\\0lt', 4096, 16, '56fa6aa75548099dcc37d7f03425e0c3'],
  [
    'sha256',
    'passwd',
    'salt',
    1,
    64,
    '55ac046e56e3089fec1691c22544b605f94185216dde0465e68b9d57c20dacbc49ca9cccf179b645991664b39d77ef317c71b845b1e30bd509112041d3a19783',
  ],
  [
    'sha256',
    'Password',
    'NaCl',
    80000,
    64,
    '4ddcd8f60b98be21830cee5ef22701f9641a4418d04c0414aeff08876b34ab56a1d425a1225833549adb841b51c9b3176a272bdebba1d078478f62b397f33c8d',
  ],
];

// RFC 7914, section 12, without the one that takes a gigabyte.
const scrypt = [
  [
    '',
    '',
    16,
    1,
    1,
    '77d6576238657b203b19ca42c18a0497f16b4844e3074ae8dfdffa3fede21442fcd0069ded0948f8326a753a0fc81f17e8d3e0fb2e0d3628cf35e20c38d18906',
  ],
  [
    'password',
    'NaCl',
    1024,
    8,
    16,
    'fdbabe1c9d3472007856e7190d01e9fe7c6ad7cbc8237830e77376634b3731622eaf30d92e22a3886ff109279d9830dac727afb94a83ee6d8360cbdfa2cc0640',
  ],
  [
    'pleaseletmein',
    'SodiumChloride',
    16384,
    8,
    1,
    '7023bdcb3afd7348461c06cd81fd38ebfda8fbba904f8e3ea9b543f6545da1f2d5432955613f0fcf62d49705242a9af9e61e85dc0d651e40dfcf017b45575887',
  ],
];

test('PBKDF2: the vectors of RFC 6070 and RFC 7914', () => {
  const s = new Sandbox();
  s.value('import hashlib');
  for (const [hash, password, salt, rounds, size, key] of pbkdf2)
    assert.equal(
      s.value(
        `hashlib.pbkdf2_hmac('${hash}', b'${password}', b'${salt}', ${rounds}, ${size}).hex()`,
      ),
      key,
      `${hash} ${rounds}`,
    );
});

test('scrypt: the vectors of RFC 7914', () => {
  const s = new Sandbox();
  s.value('import hashlib');
  for (const [password, salt, n, r, p, key] of scrypt)
    assert.equal(
      s.value(`hashlib.scrypt(b'${password}', salt=b'${salt}', n=${n}, r=${r}, p=${p}).hex()`),
      key,
    );
});

test('PBKDF2: every hash function, keys and salts of all lengths, against hmac', () => {
  const s = new Sandbox();
  assert.equal(
    s.value(`import hashlib, hmac
def plain(name, password, salt, rounds, size):
    key, number = b'', 1
    while len(key) < size:
        u = t = hmac.new(password, salt + number.to_bytes(4, 'big'), name).digest()
        for _ in range(rounds - 1):
            u = hmac.new(password, u, name).digest()
            t = bytes(a ^ b for a, b in zip(t, u))
        key += t
        number += 1
    return key[:size]

wrong = []
for name in ('md5', 'sha1', 'sha224', 'sha256', 'sha384', 'sha512', 'sha3_224', 'sha3_256', 'sha3_384', 'sha3_512', 'blake2b', 'blake2s'):
    block = hashlib.new(name).block_size
    for size in (0, 1, block - 5, block - 1, block, block + 1, 2 * block, 3 * block + 7):
        data = bytes(range(256))[:size] if size <= 256 else bytes(size)
        for password, salt in ((data, b'salt'), (b'password', data), (data, data)):
            if hashlib.pbkdf2_hmac(name, password, salt, 3, 70) != plain(name, password, salt, 3, 70):
                wrong.append((name, size))
    if len(hashlib.pbkdf2_hmac(name, b'', b'', 1)) != hashlib.new(name).digest_size:
        wrong.append((name, 'size'))
    if hashlib.pbkdf2_hmac(name.upper(), b'p', b's', 1) != hashlib.pbkdf2_hmac(name, b'p', b's', 1):
        wrong.append((name, 'upper'))
wrong`).length,
    0,
  );
});

test('arguments, and what CPython refuses', () => {
  const s = new Sandbox();
  s.value(`import hashlib, inspect
def refused(work):
    try:
        work()
    except Exception as e:
        return type(e).__name__
pbkdf2, scrypt = hashlib.pbkdf2_hmac, hashlib.scrypt`);
  for (const [call, kind] of [
    ["pbkdf2('unknown', b'p', b's', 1)", 'ValueError'],
    ["pbkdf2(b'sha1', b'p', b's', 1)", 'TypeError'],
    ["pbkdf2('sha1', 'p', b's', 1)", 'TypeError'],
    ["pbkdf2('sha1', b'p', b's', 0)", 'ValueError'],
    ["pbkdf2('sha1', b'p', b's', -1)", 'ValueError'],
    ["pbkdf2('sha1', b'p', b's', 2**40)", 'OverflowError'],
    ["pbkdf2('sha1', b'p', b's', 1, 0)", 'ValueError'],
    ["pbkdf2('sha1', b'p', b's', 1, -1)", 'ValueError'],
    ["pbkdf2('sha1', b'p', b's', 1, 'x')", 'TypeError'],
    ["pbkdf2('sha1', b'p', b's')", 'TypeError'],
    [
      "pbkdf2(hash_name='sha1', password=bytearray(b'p'), salt=memoryview(b's'), iterations=1, dklen=None)",
      null,
    ],
    ["scrypt(b'p', salt=b's', n=2, r=8, p=1)", null],
    ["scrypt(b'p')", 'TypeError'],
    ["scrypt(b'p', b's')", 'TypeError'],
    ["scrypt(b'p', n=2, r=8, p=1)", 'TypeError'],
    ["scrypt('p', salt=b's', n=2, r=8, p=1)", 'TypeError'],
    ["scrypt(b'p', salt='s', n=2, r=8, p=1)", 'TypeError'],
    ...['-1', 'None', '1.0'].map((n) => [`scrypt(b'p', salt=b's', n=${n}, r=8, p=1)`, 'TypeError']),
    ...['0', '1', '3', '10'].map((n) => [
      `scrypt(b'p', salt=b's', n=${n}, r=8, p=1)`,
      'ValueError',
    ]),
    ["scrypt(b'p', salt=b's', n=2**40, r=8, p=1)", 'TypeError'],
    ["scrypt(b'p', salt=b's', n=2, r=0, p=1)", 'ValueError'],
    ["scrypt(b'p', salt=b's', n=2, r=8, p=0)", 'ValueError'],
    ["scrypt(b'p', salt=b's', n=2**16, r=1, p=1)", 'ValueError'],
    ["scrypt(b'p', salt=b's', n=2, r=2**20, p=2**20)", 'ValueError'],
    ["scrypt(b'p', salt=b's', n=2, r=8, p=1, maxmem=-1)", 'ValueError'],
    ["scrypt(b'p', salt=b's', n=2, r=8, p=1, dklen=0)", 'ValueError'],
    // 128 * 8 * (2**14 + 2) + 128 * 8 bytes, and the usual 32 MiB.
    ["scrypt(b'p', salt=b's', n=2**14, r=8, p=1, maxmem=16780287)", 'ValueError'],
    ["scrypt(b'p', salt=b's', n=2**14, r=8, p=1, maxmem=16780288)", null],
    ["scrypt(b'p', salt=b's', n=2**15, r=8, p=1)", 'ValueError'],
  ])
    assert.equal(s.value(`refused(lambda: ${call})`), kind, call);
  assert.equal(
    s.value('str(inspect.signature(pbkdf2)) + str(inspect.signature(scrypt))'),
    '(hash_name, password, salt, iterations, dklen=None)(password, *, salt=None, n=None, r=None, p=None, maxmem=0, dklen=64)',
  );
  assert.equal(s.value("'pbkdf2_hmac' in hashlib.__all__"), true);
});

test('memory that is not there is a MemoryError', () => {
  const s = new Sandbox({ pages: 1024 });
  const code =
    "import hashlib\nhashlib.scrypt(b'p', salt=b's', n=2**17, r=8, p=1, maxmem=2**31 - 1)";
  assert.equal(
    s.run(`try:\n  ${code.replace('\n', '\n  ')}\nexcept MemoryError: r = 1\nr`).value,
    1,
  );
  assert.equal(s.value('1 + 1'), 2);
});

test('fast enough to be useful', () => {
  const s = new Sandbox();
  s.value('import hashlib');
  const begun = performance.now();
  s.value("hashlib.pbkdf2_hmac('sha256', b'password', b'salt', 200_000)");
  // A loop over hmac in Python takes half a minute for it.
  assert.ok(performance.now() - begun < 5000, `${performance.now() - begun} ms`);
});
