// Owns what is put into the engine's source on its way to the compiler. First room on the stack in linear
// memory, in functions that call themselves and take much of WebAssembly's own stack and little of this one:
// the engine can only measure this one; with the room, its limit is reached before the other stack ends.
// Then two things about modules that the engine has no setting for.
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

/**
 * A module that is run may keep the value of its last expression, as a script does: as `value` of its
 * `import.meta`. And one whose imports cannot be loaded must not count as resolved ever after.
 */
const keepsValue = `bool keeps_value = s->is_module && module_keeps_value;
module_keeps_value = false;
`;
const keptValue = `if (keeps_value) {
    emit_op(s, OP_special_object);
    emit_u8(s, OP_SPECIAL_OBJECT_IMPORT_META);
    emit_op(s, OP_get_loc);
    emit_u16(s, fd->eval_ret_idx);
    emit_op(s, OP_put_field);
    emit_atom(s, JS_ATOM_value);
}
emit_return(s, false);`;

/** Replaces a text that must stand there exactly `times` times. */
function exchange(code, text, replacement, times) {
  const found = code.split(text).length - 1;
  if (found !== times) throw new Error(`the engine's source has ${found} times: ${text}`);
  return code.replaceAll(text, () => replacement);
}

function patchModules(code) {
  const head = 'static __exception int js_parse_program(JSParseState *s)\n{\n';
  code = exchange(code, head, `static bool module_keeps_value;\n${head}${keepsValue}`, 1);
  const hidden = 'if (!s->is_module) {\n        /* hidden variable for the return value */';
  code = exchange(code, hidden, hidden.replace('!s->is_module', '!s->is_module || keeps_value'), 1);
  const start = code.indexOf('js_parse_program(JSParseState *s)\n{');
  const end = code.indexOf('\n}\n', start);
  const program = exchange(code.slice(start, end), 'emit_return(s, false);', keptValue, 2);
  code = code.slice(0, start) + program + code.slice(end);
  const resolve = code.indexOf('static int js_resolve_module(JSContext *ctx, JSModuleDef *m)\n{');
  const resolved = code.indexOf('\n}\n', resolve);
  const failing = exchange(
    code.slice(resolve, resolved),
    'return -1;',
    '{ m->resolved = false; return -1; }',
    2,
  );
  return code.slice(0, resolve) + failing + code.slice(resolved);
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
    code = patchModules(code);
    for (const [called, bytes] of Object.entries(unchecked)) {
      code = insert(code, called, `${room(bytes)} ${check}`);
    }
  }
  writeFileSync(join(work, name), code);
}
