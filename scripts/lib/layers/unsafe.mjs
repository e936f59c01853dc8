// Owns the rule that `unsafe` stands only where the table allows it, and that no permission outlives
// its use.
import { lineOf, stripRust } from './source.mjs';
import { unsafePlaces } from './table.mjs';

const covers = (place, name) => (place.endsWith('/') ? name.startsWith(place) : name === place);

/** `files`: `{ name, text }` of every Rust source; `places`: `{ place, why }`. */
export function checkUnsafe(files, places = unsafePlaces) {
  const errors = [];
  const used = new Set();
  for (const { name, text } of files) {
    const code = stripRust(text);
    const at = code.search(/\bunsafe\b/);
    if (at === -1) continue;
    const permission = places.find(({ place }) => covers(place, name));
    if (permission) used.add(permission);
    else errors.push(`${name}:${lineOf(code, at)}: \`unsafe\` is not allowed here`);
  }
  for (const permission of places) {
    if (!permission.why)
      errors.push(`${permission.place}: a permission for \`unsafe\` without a reason`);
    if (!used.has(permission))
      errors.push(`${permission.place}: a permission for \`unsafe\` that nothing uses`);
  }
  return errors;
}
