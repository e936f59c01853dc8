// Host functions: ordinary functions that a guest calls by their names, synchronous or not.
// Run it with: node examples/typescript/host-functions.mjs
import { WasmSandbox } from 'wasm-sandbox';

const users = new Map([
  [1, { name: 'Ada', born: new Date('1815-12-10') }],
  [2, { name: 'Grace', born: new Date('1906-12-09') }],
]);

const session = await WasmSandbox.javascript({
  limits: { hostCalls: 100 },
  host: {
    // Returns at once; values cross exactly, dates and big integers included.
    count: () => users.size,
    // Returns a promise, which the guest awaits.
    lookup: async (id) => {
      await new Promise((done) => setTimeout(done, 10));
      const user = users.get(id);
      if (!user) throw new RangeError(`no user ${id}`);
      return user;
    },
  },
});

try {
  const { value } = await session.run(`
    const all = await Promise.all(Array.from({ length: count() }, (_, i) => lookup(i + 1)));
    all.map(({ name, born }) => name + ', ' + born.getUTCFullYear())
  `);
  console.log(value); // [ 'Ada, 1815', 'Grace, 1906' ]

  // What a host function throws is an exception in the guest, with its name and message.
  const refused = await session.run(
    'try { await lookup(3) } catch (e) { e.name + ": " + e.message }',
  );
  console.log(refused.value); // RangeError: no user 3
} finally {
  await session.dispose();
}
