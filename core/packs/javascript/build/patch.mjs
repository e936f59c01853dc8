// Owns what is put into the engine's source on its way to the compiler: room on the stack in linear
// memory, in functions that call themselves and take much of WebAssembly's own stack and little of this one.
// The engine can only measure this one; with the room, its limit is reached before the other stack ends.
import { readFileSync, writeFileSync } from 'node:fs';

/** Function to bytes: about a third of what a level of it takes of the other stack. */
const rooms = {
  JS_FlattenIntoArray: 256,
  js_json_to_str: 160,
  js_parse_assign_expr2: 640,
  js_parse_destructuring_element: 384,
  js_parse_function_decl2: 512,
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

/** Functions that do not look at the limit themselves, though nothing below them does either. */
const unchecked = { js_iterator_concat_next: 384, js_iterator_helper_next: 384 };

const check = 'if (js_check_stack_overflow(ctx->rt, 0)) return JS_ThrowStackOverflow(ctx);';

function insert(code, name, statement) {
  const start = new RegExp(`^static [^;{}]*\\b${name}\\([^;{}]*\\)\\n\\{\\n`, 'gm');
  const found = code.match(start)?.length ?? 0;
  if (found !== 1) throw new Error(`the engine's source has ${found} functions ${name}, not one`);
  return code.replace(start, (head) => `${head}${statement}\n`);
}

/** Line numbers do not matter here: the module has no debug information. */
export function patch(source, target) {
  let code = readFileSync(source, 'utf8');
  // The compiler would shrink what is not used; that its address is taken keeps all of it.
  const room = (bytes) =>
    `char stack_room[${bytes}]; __asm__ volatile("" : : "r"(stack_room) : "memory");`;
  for (const [name, bytes] of Object.entries(rooms)) code = insert(code, name, room(bytes));
  for (const [name, bytes] of Object.entries(unchecked)) {
    code = insert(code, name, `${room(bytes)} ${check}`);
  }
  writeFileSync(target, code);
}
