// A Python session that keeps its state, calls functions of the host, and is saved and branched.
// Run it with: node examples/typescript/sessions.mjs
import { SandboxError, WasmSandbox } from 'wasm-sandbox';

const users = new Map([[7, { name: 'Ada', orders: [20, 22] }]]);
const host = {
  // Python calls it plainly, and waits: find(7, deep=True) arrives as find(7, { deep: true }).
  find: async (id, { deep = false } = {}) => {
    const user = users.get(id);
    if (!user) throw Object.assign(new Error(`no user ${id}`), { name: 'KeyError' });
    return deep ? user : { name: user.name };
  },
};

const session = await WasmSandbox.python({ host });
await session.run(`
def total(id):
    user = find(id, deep=True)
    return {"name": user["name"], "total": sum(user["orders"])}

n = 0
`);
const first = await session.call('total', [7]);
console.log(first); // { name: 'Ada', total: 42 }

await session.run('n = answer', { inputs: { answer: first.total } });
const saved = await session.snapshot(); // bytes: keep them in a file, go on in another process
const branch = await session.fork();
console.log('branch:', (await branch.run('n += 1\nn')).value); // branch: 43

const restored = await WasmSandbox.restore(saved, { host });
console.log('restored:', (await restored.run('n')).value); // restored: 42

// An error of the host is an exception of the same name in Python, where there is one.
try {
  await session.call('total', [8]);
} catch (error) {
  if (!(error instanceof SandboxError)) throw error;
  console.log(error.code, error.details.type, error.details.message); // host_function_failed KeyError no user 8
}

for (const one of [session, branch, restored]) await one.dispose();
