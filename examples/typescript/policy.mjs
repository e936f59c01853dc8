// Policies: a preset, one of your own, and one that a tenant sent, cut down to what you allow.
// Run it with: node examples/typescript/policy.mjs
import { execute, parsePolicy, SecurityPolicy } from 'wasm-sandbox';

// Built step by step; everything that is not granted is denied.
const mine = SecurityPolicy.builder('strict')
  .memoryLimit(32 * 1024 * 1024)
  .maxExecutionTime(2_000)
  .allowHostFunctions(['lookup'])
  .enableAuditLogging(true)
  .build();

const host = { lookup: (id) => ({ id, name: 'Ada' }), erase: () => 'gone' };
const events = [];
for (const javascript of ['lookup(7).name', 'erase()']) {
  const record = await execute({
    javascript,
    policy: mine,
    host,
    onAudit: (event) => events.push(event),
  });
  const outcome = record.success ? record.value : `denied: ${record.error.details.capability}`;
  console.log(javascript, '->', outcome);
}
console.log('audit:', events.map(({ target, outcome }) => `${target} ${outcome}`).join(', '));

// A tenant may ask for anything; the result never exceeds the ceiling.
const asked = '{"version": 1, "preset": "permissive", "limits": {"memoryBytes": 8589934592}}';
const effective = parsePolicy(asked, { ceiling: mine });
console.log('memory asked for: 8 GiB, granted:', effective.limits.memoryBytes / 2 ** 20, 'MiB');

// Mistakes are named by their place.
try {
  SecurityPolicy.fromJson('{"version": 1, "limits": {"memoryBites": 1}}');
} catch (error) {
  console.log(error.code, 'at', error.details.path);
}
