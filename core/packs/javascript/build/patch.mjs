// Owns what is put into the engine's source on its way to the compiler: room on the stack in linear
// memory, in functions that call themselves and take much of WebAssembly's own stack and little of this one.
// The engine can only measure this one; with the room, its limit is reached before the other stack ends.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** File to function to bytes: about a third of what a level of it takes of the other stack. */
const quickjs = {
  JS_FlattenIntoArray: 256,
  JS_ToPrimitiveFree: 96,
  js_call_c_function: 96,
  js_json_to_str: 160,
  js_parse_assign_expr2: 640,
  js_parse_class: 512,
  js_parse_destructuring_element: 384,
  js_parse_function_decl2: 512,
  js_parse_postfix_expr: 192,
  js_parse_unary: 256,
  js_proxy_call: 128,
  js_proxy_call_constructor: 128,
  js_proxy_define_own_property: 256,
  js_proxy_delete_property: 192,
  js_proxy_get: 128,
  js_proxy_get_own_property: 128,
  js_proxy_get_own_property_names: 384,
  js_proxy_getPrototypeOf: 160,
  js_proxy_has: 192,
  js_proxy_isExtensible: 160,
  js_proxy_preventExtensions: 256,
  js_proxy_setPrototypeOf: 256,
  json_parse_value: 96,
};
const libregexp = { re_parse_disjunction: 96 };
const rooms = { 'quickjs.c': quickjs, 'libregexp.c': libregexp };

/** Functions of quickjs.c that do not look at the limit themselves, though nothing below them does either. */
const unchecked = { js_iterator_concat_next: 384, js_iterator_helper_next: 384 };

const check = 'if (js_check_stack_overflow(ctx->rt, 0)) return JS_ThrowStackOverflow(ctx);';

function insert(code, name, statement) {
  const start = new RegExp(`^static [^;{}]*\\b${name}\\([^;{}]*\\)\\n\\{\\n`, 'gm');
  const found = code.match(start)?.length ?? 0;
  if (found !== 1) throw new Error(`the engine's source has ${found} functions ${name}, not one`);
  return code.replace(start, (head) => `${head}${statement}\n`);
}

/** Writes the patched copy of a source file. Line numbers do not matter: the module has no debug information. */
export function patch(sources, name, work) {
  let code = readFileSync(join(sources, name), 'utf8');
  // The compiler would shrink what is not used; that its address is taken keeps all of it.
  const room = (bytes) =>
    `char stack_room[${bytes}]; __asm__ volatile("" : : "r"(stack_room) : "memory");`;
  for (const [called, bytes] of Object.entries(rooms[name]))
    code = insert(code, called, room(bytes));
  if (name === 'quickjs.c') {
    for (const [called, bytes] of Object.entries(unchecked)) {
      code = insert(code, called, `${room(bytes)} ${check}`);
    }
  }
  writeFileSync(join(work, name), code);
}
