// A session that keeps its state, calls functions of the host, synchronous or not, and is saved and branched.
// Run it with: node examples/typescript/sessions.mjs
import { ExecutionError, WasmSandbox } from 'wasm-sandbox';

class UnknownUser extends Error {
  name = 'UnknownUser';
}
const users = { 7: { name: 'Ada', orders: [20, 22] }, 8: { name: 'Grace', orders: [30] } };
const host = {
  // Answers at once.
  discount: (sum) => (sum > 40 ? 2 : 0),
  // Answers later: a promise to the guest.
  find: async (id) => {
    await new Promise((done) => setTimeout(done, 10));
    if (!users[id]) throw new UnknownUser(`no user ${id}`);
    return users[id];
  },
};

// What the first run defines, later ones and calls find again.
const session = await WasmSandbox.javascript({ host });
await session.run(`
  let seen = 0;
  async function totals(ids) {
    const found = await Promise.all(ids.map((id) => find(id)));
    seen += found.length;
    return found.map(({ name, orders }) => {
      const sum = orders.reduce((a, b) => a + b, 0);
      return name + ' ' + (sum - discount(sum));
    });
  }
`);
console.log('totals:', (await session.call('totals', [[7, 8]])).join(', '));
console.log('seen:', (await session.run('seen')).value);

const saved = await session.snapshot(); // bytes: keep them in a file, go on in another process
const branch = await session.fork();
console.log('branch:', (await branch.run('seen += 10')).value);
const restored = await WasmSandbox.restore(saved, { host });
await restored.call('totals', [[8]]);
console.log('restored:', (await restored.run('seen')).value);
console.log('session:', (await session.run('seen')).value);

// An error of the host is an exception in the guest, with its type; it did not catch it.
try {
  await session.call('totals', [[9]]);
} catch (error) {
  if (!(error instanceof ExecutionError)) throw error;
  console.log(`failed: ${error.code} ${error.details.type}: ${error.details.message}`);
}
for (const one of [session, branch, restored]) await one.dispose();
