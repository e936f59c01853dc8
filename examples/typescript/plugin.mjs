// Plug-ins: code of your users that stays loaded and is called often, without ever being trusted.
// Run it with: node examples/typescript/plugin.mjs
import { SandboxError, WasmSandbox } from 'wasm-sandbox';

const plugins = {
  tax: 'let seen = 0; function price(item) { seen++; return { ...item, total: item.net * 1.2, seen } }',
  careless: 'function price(item) { return item.missing.field }',
  greedy: 'function price(item) { for (;;); }',
};

for (const [name, code] of Object.entries(plugins)) {
  const session = await WasmSandbox.javascript({
    instanceId: name,
    limits: { cpuTimeMs: 100, memoryBytes: 32 * 1024 * 1024 },
  });
  try {
    await session.run(code);
    for (const net of [10, 20]) console.log(name, await session.call('price', [{ net }]));
  } catch (error) {
    if (!(error instanceof SandboxError)) throw error;
    console.log(name, 'failed:', error.message);
    if (error.family === 'resource') {
      // Its interpreter was cut off in the middle of something; it begins anew, without its state.
      await session.reset();
      console.log(name, 'after reset:', (await session.run('typeof price')).value);
    }
  } finally {
    const { functionCalls, cpuTimeMs, peakMemoryBytes } = await session.getResourceStats();
    const memory = `${(peakMemoryBytes / 2 ** 20).toFixed(1)} MiB`;
    console.log(name, 'used', functionCalls, 'calls,', cpuTimeMs, 'ms,', memory);
    await session.dispose();
  }
}
