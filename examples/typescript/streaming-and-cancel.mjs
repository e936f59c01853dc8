// Output as it comes, and an end whenever you like: by a signal, by a timeout, by a limit.
// Run it with: node examples/typescript/streaming-and-cancel.mjs
import { run } from 'wasm-sandbox';

const controller = new AbortController();
let lines = 0;
try {
  await run({
    javascript: 'for (let i = 1; ; i++) { console.log("step", i); await pause(); }',
    host: { pause: () => new Promise((done) => setTimeout(done, 20)) },
    onStdout: (chunk) => {
      process.stdout.write(chunk);
      lines += 1;
      if (lines === 3) controller.abort(new Error('three steps are enough'));
    },
    signal: controller.signal,
  });
} catch (error) {
  // It settles when the guest has stopped; the reason is the error's cause.
  console.log(`${error.code}: ${error.cause.message}`);
  console.log('written until then:', error.result.stdout.split('\n').length - 1, 'lines');
}

// Any signal will do.
try {
  await run({ javascript: 'for (;;);', signal: AbortSignal.timeout(100) });
} catch (error) {
  console.log(`${error.code}: ${error.cause.name}`); // cancelled: TimeoutError
}
