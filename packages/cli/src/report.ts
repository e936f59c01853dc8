// Owns how an error is told: what happened, why, what to do next, as one block on standard error.
// All text that a guest may have chosen is neutralised, whatever it is written to.
import { SandboxError } from 'wasm-sandbox';
import { coloured, painter } from './colour.js';
import { neutralised } from './terminal.js';

const hints: Partial<Record<string, string>> = {
  wall_timeout: 'Give it more time with --timeout, or look for what it waits for.',
  cpu_timeout: 'Give it more time with --cpu, or look for a loop that does not end.',
  fuel_exhausted: "Raise limits.fuel in the policy's file.",
  memory_limit: 'Give it more memory with --memory.',
  output_limit: "Raise limits.outputBytes in the policy's file.",
  access_denied:
    "Grant it in a policy file, given with --policy; 'wasm-sandbox policy show' prints one to begin with.",
  guest_exception: "The code that ran threw this; the guest's own trace is above.",
  invalid_module: "See what it is with 'wasm-sandbox inspect FILE'.",
  invalid_policy: "'wasm-sandbox policy show' prints a complete policy to compare with.",
  internal:
    "This is a defect of wasm-sandbox; please report it with the output of 'wasm-sandbox doctor'.",
};

/** The block for `error`, without a line feed at its end. */
export function describeError(
  error: unknown,
  stream: { isTTY?: boolean } = process.stderr,
): string {
  const paint = painter(coloured(stream));
  const known = error instanceof SandboxError ? error : undefined;
  const message = error instanceof Error ? error.message : String(error);
  const lines = [`${paint('red', 'error')}: ${indented(neutralised(message))}`];
  const stack = known?.details.stack;
  if (typeof stack === 'string' && stack.trim() !== '') {
    lines.push(...frames(stack, message).map((line) => paint('dim', `    ${line}`)));
  }
  const facts = known ? factsOf(known) : '';
  if (known) lines.push(`  ${paint('dim', 'code')}: ${known.code}${facts && ` (${facts})`}`);
  const cause = known?.cause;
  if (cause instanceof Error)
    lines.push(`  ${paint('dim', 'cause')}: ${indented(neutralised(cause.message))}`);
  const hint = known ? hints[known.code] : undefined;
  if (hint) lines.push(`  ${paint('dim', 'next')}: ${hint}`);
  return lines.join('\n');
}

/** Lines that say more than the message does, without what they are indented by in common: the first and the last. */
function frames(stack: string, message: string): string[] {
  const lines = stack
    .split('\n')
    .filter((line) => line.trim() !== '' && !message.includes(line.trim()));
  const margin = Math.min(...lines.map((line) => line.search(/\S/)));
  const told = lines.map((line) => neutralised(line.slice(margin).trimEnd()));
  return told.length > 20 ? [...told.slice(0, 8), '...', ...told.slice(-12)] : told;
}

function factsOf(error: SandboxError): string {
  const told = new Set(['stack', 'message', 'type', 'exitCode', 'stateLost']);
  const simple = Object.entries(error.details).filter(
    ([key, value]) => !told.has(key) && ['string', 'number', 'boolean'].includes(typeof value),
  );
  return simple
    .map(([key, value]) => `${key}: ${neutralised(String(value)).slice(0, 200)}`)
    .join(', ');
}

const indented = (text: string) => text.split('\n').join('\n  ');
