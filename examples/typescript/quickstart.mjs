// The shortest way: one snippet of untrusted JavaScript, with values in and a value out.
// Run it with: node examples/typescript/quickstart.mjs
import { run, SandboxError } from 'wasm-sandbox';

const result = await run({
  javascript: `
    const total = prices.reduce((sum, price) => sum + price, 0);
    console.log('added', prices.length, 'prices');
    ({ total, average: total / prices.length })
  `,
  inputs: { prices: [19.9, 5.1, 25] },
});

console.log(result.value); // { total: 50, average: 16.666666666666668 }
console.log(result.stdout.trim()); // added 3 prices
console.log(`${result.usage.cpuTimeUs} us of CPU time`);

// Whatever the code does, it ends: here by the limit on the time that it computes.
try {
  await run({ javascript: 'for (;;);', limits: { cpuTimeMs: 100 } });
} catch (error) {
  if (!(error instanceof SandboxError)) throw error;
  console.log(error.code, error.details); // cpu_timeout { field: 'cpuTimeMs', limit: 100, ... }
}
