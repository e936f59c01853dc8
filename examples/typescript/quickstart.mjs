// The shortest way: a function of a module and a line of Python under the strict policy, and how refusals look.
// Run it with: node examples/typescript/quickstart.mjs
import { fileURLToPath } from 'node:url';
import { ResourceLimitError, run, SecurityViolation, WasmSandbox } from 'wasm-sandbox';

const guest = (name) => fileURLToPath(new URL(`../../fixtures/guests/${name}`, import.meta.url));

// A module that stays loaded.
const calculator = await WasmSandbox.builder()
  .source(guest('calculator.wasm'))
  .securityPolicy('strict')
  .memoryLimit(16 * 1024 * 1024)
  .build();
console.log('add:', await calculator.call('add', [5, 3]));
await calculator.dispose();

// Untrusted source text, once: values in, a value and output out.
const { value, stdout } = await run({
  python: 'print("adding", len(prices), "prices"); sum(prices)',
  inputs: { prices: [20, 5, 17] },
});
console.log('value:', value);
console.log('output:', stdout.trim());

// What nobody granted is denied.
try {
  const url = 'https://example.com';
  await run({ wasm: guest('network-module.wasm'), call: 'make_http_request', args: [url] });
} catch (error) {
  if (!(error instanceof SecurityViolation)) throw error;
  console.log('denied:', error.code, error.details.capability);
}

// Whatever the code does, it ends: here by the limit on the time that it computes.
try {
  await run({ python: 'while True: pass', limits: { cpuTimeMs: 100 } });
} catch (error) {
  if (!(error instanceof ResourceLimitError)) throw error;
  console.log('ended:', error.code, error.details.field, error.details.limit);
}
