// Owns the seam to QuickJS-NG's inside: what the public API cannot do, or not without running code of
// the guest. Only engine.c sees the engine's own structures; nothing here knows requests or the codec.
#pragma once
#include "quickjs.h"

/** What an object is by its internal slots, whatever its prototype claims. */
typedef enum {
    KIND_PLAIN,
    KIND_ARRAY,
    KIND_FUNCTION,
    KIND_CLASS,
    KIND_ERROR,
    KIND_BOXED,
    KIND_SYMBOL, // a boxed symbol
    KIND_DATE,
    KIND_REGEXP,
    KIND_BYTES,  // Uint8Array, Uint8ClampedArray, ArrayBuffer, SharedArrayBuffer, DataView
    KIND_NUMBERS, // every other typed array
    KIND_MAP,
    KIND_SET,
    KIND_WEAK,
    KIND_PROMISE,
    KIND_PROXY,
} Kind;

JSRuntime *engine_start(void);
/**
 * At the start of every request: how much of WebAssembly's own stack the host gives, in bytes, and a
 * clean slate for `engine_exhausted`.
 */
void engine_enter(JSRuntime *rt, uint32_t stack);
/** Whether an allocation failed since `engine_enter`. */
bool engine_exhausted(void);
bool engine_stack_low(JSRuntime *rt);

Kind engine_kind(JSRuntime *rt, JSValueConst object);
/** The primitive in a boxed object. */
JSValue engine_unbox(JSValueConst object);
/** Milliseconds since 1970, NaN for an invalid date. */
double engine_date(JSValueConst date);
/** The bytes behind an object of KIND_BYTES; none when it is detached or out of bounds. */
const uint8_t *engine_bytes(JSValueConst object, size_t *len);
/** Elements of a typed array. */
uint32_t engine_length(JSValueConst array);
/** Keys and values in turn of a Map, values of a Set; to be freed with `engine_free_values`. NULL: out of memory. */
JSValue *engine_entries(JSContext *cx, JSValueConst object, uint32_t *count);
void engine_free_values(JSContext *cx, JSValue *values, uint32_t count);
JSValue engine_new_map(JSContext *cx);
int engine_map_set(JSContext *cx, JSValueConst map, JSValueConst key, JSValueConst value);

/** From sign and magnitude, little endian. Throws when it is too large. */
JSValue engine_bigint(JSContext *cx, bool negative, const uint8_t *magnitude, size_t len);
/** Room that the magnitude needs at most. */
size_t engine_bigint_room(JSValueConst bigint);
/** Writes the magnitude, returns its length without leading zeros. */
size_t engine_bigint_write(JSValueConst bigint, bool *negative, uint8_t *out);

/** A symbol that no code of the guest can get at. */
JSAtom engine_private_atom(JSContext *cx);
/** An error of the named native class (`Error` when there is none), its stack still to be filled by a throw. */
JSValue engine_new_error(JSContext *cx, const char *type, size_t len);
/** The frames that were recorded for an error, or undefined. */
JSValue engine_stack(JSValueConst error);
bool engine_is_syntax_error(JSContext *cx, JSValueConst value);
bool engine_is_internal_error(JSContext *cx, JSValueConst value);

/** A top-level binding: 1 found, 0 missing, -1 thrown (not initialised yet, or a getter threw). */
int engine_lookup(JSContext *cx, JSAtom name, JSValue *value);
/** Removes a top-level let, const or class. */
int engine_forget(JSContext *cx, JSAtom name);
/** Lets compiled top-level code declare again what earlier code declared, as in a REPL. */
int engine_redeclare(JSContext *cx, JSValueConst code);
/** Removes every top-level let, const and class. */
int engine_forget_all(JSContext *cx);
/** Removes a property of the global object, also one that a var or function made. */
int engine_remove_global(JSContext *cx, JSAtom name);

/** The next module that is compiled keeps the value of its last expression, for `engine_module_value`. */
void engine_keep_value(bool keep);
/** The engine tells modules apart by their names: from now on this one is meant by its. */
void engine_name_module(JSContext *cx, JSModuleDef *module);
/** What it kept; undefined when it kept nothing. */
JSValue engine_module_value(JSContext *cx, JSModuleDef *module);
/** Calls `each` for every top-level binding of a module that has run, imports among them, until one fails. */
int engine_module_bindings(JSContext *cx, JSModuleDef *module, int (*each)(void *opaque, JSAtom name, JSValueConst value),
                           void *opaque);

/** One more name that a module of C exports; the caller sees to it that each is there once. */
int engine_add_export(JSContext *cx, JSModuleDef *module, JSAtom name);
/** Gives the export that was added as number `index` its value. */
void engine_set_export(JSContext *cx, JSModuleDef *module, uint32_t index, JSValue value);
/** A function, not yet run, with these parameters and body; lines of errors are those of the body. */
JSValue engine_function(JSContext *cx, const char *parameters, const char *body, size_t len, const char *file);

/** Seeds the engine's own generator. */
void engine_seed(JSContext *cx, uint64_t seed);
/** Lets `performance` count from now. */
void engine_born(JSContext *cx, JSValueConst performance);
