// Owns completion in JavaScript: which names could stand where the cursor is. The guest is asked in a branch of its
// session, so that neither getters nor proxies change anything.
import type { KeptSession } from '../kept.js';
import type { Completion } from '../language.js';

const keywords =
  'async await break case catch class const continue debugger default delete do else export extends false finally for function if import in instanceof let new null return static super switch this throw true try typeof undefined var void while yield'.split(
    ' ',
  );

/** What the guest runs: the names of an object and of its prototypes; of the global object where there is no path. */
const listing = `(() => {
  let at = globalThis, found = [];
  if ($path !== '') { try { at = (0, eval)($path) } catch { return [] } }
  if (at === null || at === undefined) return [];
  for (let object = Object(at), depth = 0; object !== null && depth < 20; object = Object.getPrototypeOf(object), depth++) {
    for (const name of Object.getOwnPropertyNames(object)) if (found.length < 5000) found.push(name);
  }
  return found;
})()`;

/** Completes the path of names, such as `list.map`, at the end of `line`. `declared`: names of earlier inputs. */
export async function complete(
  session: KeptSession,
  line: string,
  declared: ReadonlySet<string>,
): Promise<Completion> {
  const [, path = '', begun = ''] = /((?:[\w$]+\.)*)([\w$]*)$/.exec(line) ?? [];
  // After a dot that no name stands before, only the value's own names would do, and nobody has computed it.
  const lead = line.slice(0, line.length - path.length - begun.length);
  if (line === '' || lead.endsWith('.') || /^\d/.test(path)) return [[], line];
  const names = (await session.peek(listing, { $path: path.slice(0, -1) })) as string[];
  const all = path === '' ? [...names, ...keywords, ...declared] : names;
  const fitting = all.filter(
    (name) => name.startsWith(begun) && name !== '$path' && /^[A-Za-z_$][\w$]*$/.test(name),
  );
  return [[...new Set(fitting)].sort(), begun];
}

/** Names that an input declares; those of `let`, `const` and `class` are not properties of the global object. */
export function declarations(code: string): string[] {
  const found = code.matchAll(/\b(?:let|const|var|class|function\*?)\s+([A-Za-z_$][\w$]*)/g);
  return [...found].map(([, name = '']) => name);
}
