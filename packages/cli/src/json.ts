// Owns the document that --json writes: one object on standard output, whether the run went well or not.
import { type RunResult, SandboxError } from 'wasm-sandbox';
import { tagged } from './tagged.js';

/** A good run. */
export function successJson(result: RunResult): string {
  return JSON.stringify({ success: true, value: tagged(result.value), ...output(result) });
}

/** A failed one, with what it had written and used until then. */
export function failureJson(error: unknown): string {
  const known = error instanceof SandboxError ? error : undefined;
  const { code = 'internal', family = 'internal', details = {} } = known ?? {};
  const message = error instanceof Error ? error.message : String(error);
  const told = { code, family, message, details };
  return JSON.stringify({
    success: false,
    error: told,
    ...(known?.result && output(known.result)),
  });
}

function output(result: RunResult): object {
  const { stdout, stderr, truncated, exitCode, usage } = result;
  const files = tagged(result.files);
  return { stdout, stderr, truncated, exitCode, files, usage };
}
