// Owns the lines by which the build says what it does: on stderr, one a step.
// Decides nothing.
export function say(line) {
  process.stderr.write(`python pack: ${line}\n`);
}
