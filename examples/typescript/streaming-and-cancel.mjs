// Output as it comes, and an end whenever you like: by a limit, by a signal. The error has what is left of the run.
// Run it with: node examples/typescript/streaming-and-cancel.mjs
import { LifecycleError, ResourceLimitError, run } from 'wasm-sandbox';

const onStdout = (chunk) => process.stdout.write(chunk);

// By a limit.
try {
  await run({
    javascript: 'console.log("computing"); for (;;);',
    limits: { cpuTimeMs: 100 },
    onStdout,
  });
} catch (error) {
  if (!(error instanceof ResourceLimitError)) throw error;
  console.log('ended by:', error.code);
  console.log('written until then:', error.result.stdout.trim());
  console.log('used at least the limit:', error.result.usage.cpuTimeMs >= 100);
}

// By a signal, when enough was seen; the guest has stopped when the promise settles.
const enough = new AbortController();
let lines = 0;
try {
  await run({
    javascript: 'for (let i = 1; ; i++) { console.log("step", i); await pause(); }',
    host: { pause: () => new Promise((done) => setTimeout(done, 10)) },
    onStdout: (chunk) => {
      onStdout(chunk);
      lines += 1;
      if (lines === 3) enough.abort();
    },
    signal: enough.signal,
  });
} catch (error) {
  if (!(error instanceof LifecycleError)) throw error;
  console.log('ended by:', error.code);
  console.log('written until then:', error.result.stdout.trim().split('\n').join(', '));
  console.log('bytes of output:', error.result.usage.outputBytes);
}

// By a signal after a while; a loop is no obstacle.
try {
  await run({ javascript: 'for (;;);', signal: AbortSignal.timeout(100) });
} catch (error) {
  if (!(error instanceof LifecycleError)) throw error;
  console.log('ended by:', error.code, 'after a while');
}
