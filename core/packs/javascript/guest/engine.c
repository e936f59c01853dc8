// The engine, with the few functions that reach into it. QuickJS-NG stands unchanged: including its one
// large file here, instead of patching it, keeps the pinned sources as they are published.
// Must not know requests, the codec or the event loop.
#include "quickjs.c"

#include "engine.h"

#define GC_THRESHOLD (8u << 20)

static bool exhausted;

static void *note(void *block)
{
    if (!block)
        exhausted = true;
    return block;
}

static void *take_zeroed(void *opaque, size_t count, size_t size)
{
    return note(calloc(count, size));
}

static void *take(void *opaque, size_t size)
{
    return note(malloc(size));
}

static void give(void *opaque, void *block)
{
    free(block);
}

static void *resize(void *opaque, void *block, size_t size)
{
    return note(realloc(block, size));
}

static const JSMallocFunctions memory_functions = { take_zeroed, take, give, resize, js__malloc_usable_size };

JSRuntime *engine_start(void)
{
    JSRuntime *rt = JS_NewRuntime2(&memory_functions, NULL);
    if (rt)
        JS_SetGCThreshold(rt, GC_THRESHOLD);
    return rt;
}

// The engine switches its own check off under WASI, and deep recursion would be a trap. It can measure
// the stack in linear memory only; the other one fills three times as fast at most (see ../README.md).
void engine_enter(JSRuntime *rt, uint32_t stack)
{
    const uint32_t most = STACK_BYTES / 8 * 7;
    uint32_t budget = stack / 10 * 3;
    if (budget > most)
        budget = most;
    JS_UpdateStackTop(rt);
    rt->stack_limit = rt->stack_top - budget;
    exhausted = false;
}

bool engine_exhausted(void)
{
    return exhausted;
}

bool engine_stack_low(JSRuntime *rt)
{
    return js_check_stack_overflow(rt, 0);
}

static bool is_class(const JSObject *p)
{
    const JSFunctionBytecode *b = p->u.func.function_bytecode;
    return b->source && b->source_len > 5 && !memcmp(b->source, "class", 5);
}

Kind engine_kind(JSRuntime *rt, JSValueConst object)
{
    const JSObject *p = JS_VALUE_GET_OBJ(object);
    switch (p->class_id) {
    case JS_CLASS_ARRAY:
        return KIND_ARRAY;
    case JS_CLASS_ERROR:
    case JS_CLASS_DOM_EXCEPTION:
        return KIND_ERROR;
    case JS_CLASS_NUMBER:
    case JS_CLASS_STRING:
    case JS_CLASS_BOOLEAN:
    case JS_CLASS_BIG_INT:
        return KIND_BOXED;
    case JS_CLASS_SYMBOL:
        return KIND_SYMBOL;
    case JS_CLASS_DATE:
        return KIND_DATE;
    case JS_CLASS_REGEXP:
        return KIND_REGEXP;
    case JS_CLASS_ARRAY_BUFFER:
    case JS_CLASS_SHARED_ARRAY_BUFFER:
    case JS_CLASS_UINT8_ARRAY:
    case JS_CLASS_UINT8C_ARRAY:
    case JS_CLASS_DATAVIEW:
        return KIND_BYTES;
    case JS_CLASS_MAP:
        return KIND_MAP;
    case JS_CLASS_SET:
        return KIND_SET;
    case JS_CLASS_WEAKMAP:
    case JS_CLASS_WEAKSET:
    case JS_CLASS_WEAK_REF:
    case JS_CLASS_FINALIZATION_REGISTRY:
        return KIND_WEAK;
    case JS_CLASS_PROMISE:
        return KIND_PROMISE;
    case JS_CLASS_PROXY:
        return KIND_PROXY;
    }
    if (is_typed_array(p->class_id))
        return KIND_NUMBERS;
    if (js_class_has_bytecode(p->class_id))
        return is_class(p) ? KIND_CLASS : KIND_FUNCTION;
    return rt->class_array[p->class_id].call ? KIND_FUNCTION : KIND_PLAIN;
}

JSValue engine_unbox(JSValueConst object)
{
    return js_dup(JS_VALUE_GET_OBJ(object)->u.object_data);
}

double engine_date(JSValueConst date)
{
    double ms = NAN;
    js_arith_to_float64(JS_VALUE_GET_OBJ(date)->u.object_data, &ms);
    return ms;
}

const uint8_t *engine_bytes(JSValueConst object, size_t *len)
{
    JSObject *p = JS_VALUE_GET_OBJ(object);
    *len = 0;
    if (p->class_id == JS_CLASS_ARRAY_BUFFER || p->class_id == JS_CLASS_SHARED_ARRAY_BUFFER) {
        *len = p->u.array_buffer->byte_length;
        return p->u.array_buffer->data;
    }
    const JSTypedArray *view = p->u.typed_array;
    const JSArrayBuffer *buffer = view->buffer->u.array_buffer;
    bool outside = p->class_id == JS_CLASS_DATAVIEW ? dataview_is_oob(p) : typed_array_is_oob(p);
    if (outside || !buffer->data)
        return NULL;
    *len = view->track_rab ? buffer->byte_length - view->offset : view->length;
    return buffer->data + view->offset;
}

uint32_t engine_length(JSValueConst array)
{
    JSObject *p = JS_VALUE_GET_OBJ(array);
    return typed_array_is_oob(p) ? 0 : typed_array_length(p);
}

JSValue *engine_entries(JSContext *cx, JSValueConst object, uint32_t *count)
{
    JSObject *p = JS_VALUE_GET_OBJ(object);
    const JSMapState *map = p->u.map_state;
    uint32_t per = p->class_id == JS_CLASS_MAP ? 2 : 1, n = 0;
    JSValue *values = js_malloc(cx, sizeof *values * ((size_t)map->record_count * per + 1));
    if (!values)
        return NULL;
    struct list_head *el;
    list_for_each(el, &map->records) {
        const JSMapRecord *record = list_entry(el, JSMapRecord, link);
        if (record->empty)
            continue;
        values[n++] = js_dup(record->key);
        if (per == 2)
            values[n++] = js_dup(record->value);
    }
    *count = n;
    return values;
}

void engine_free_values(JSContext *cx, JSValue *values, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++)
        JS_FreeValue(cx, values[i]);
    js_free(cx, values);
}

JSValue engine_new_map(JSContext *cx)
{
    return js_map_constructor(cx, JS_UNDEFINED, 0, NULL, 0);
}

int engine_map_set(JSContext *cx, JSValueConst map, JSValueConst key, JSValueConst value)
{
    JSValueConst pair[2] = { key, value };
    JSValue same = js_map_set(cx, map, 2, pair, 0);
    JS_FreeValue(cx, same);
    return JS_IsException(same) ? -1 : 0;
}

JSValue engine_bigint(JSContext *cx, bool negative, const uint8_t *magnitude, size_t len)
{
    // Rounded up, and one limb more for the sign of two's complement; too many are refused there.
    JSBigInt *n = js_bigint_new(cx, len / sizeof(js_limb_t) + 2);
    if (!n)
        return JS_EXCEPTION;
    memset(n->tab, 0, sizeof(js_limb_t) * n->len);
    for (size_t i = 0; i < len; i++)
        n->tab[i / sizeof(js_limb_t)] |= (js_limb_t)magnitude[i] << (i % sizeof(js_limb_t) * 8);
    if (negative) {
        js_limb_t carry = 1;
        for (uint32_t i = 0; i < n->len; i++) {
            n->tab[i] = ~n->tab[i] + carry;
            carry = carry && !n->tab[i];
        }
    }
    return JS_CompactBigInt(cx, js_bigint_normalize(cx, n));
}

static const JSBigInt *limbs_of(JSValueConst bigint, JSBigIntBuf *buf)
{
    if (JS_VALUE_GET_TAG(bigint) == JS_TAG_SHORT_BIG_INT)
        return js_bigint_set_short(buf, bigint);
    return JS_VALUE_GET_PTR(bigint);
}

size_t engine_bigint_room(JSValueConst bigint)
{
    JSBigIntBuf buf;
    return limbs_of(bigint, &buf)->len * sizeof(js_limb_t);
}

size_t engine_bigint_write(JSValueConst bigint, bool *negative, uint8_t *out)
{
    JSBigIntBuf buf;
    const JSBigInt *n = limbs_of(bigint, &buf);
    *negative = js_bigint_sign(n);
    js_limb_t carry = 1;
    size_t len = 0;
    for (uint32_t i = 0; i < n->len; i++) {
        js_limb_t limb = n->tab[i];
        if (*negative) {
            limb = ~limb + carry;
            carry = carry && !limb;
        }
        for (size_t shift = 0; shift < JS_LIMB_BITS; shift += 8)
            out[len++] = limb >> shift;
    }
    while (len && !out[len - 1])
        len--;
    return len;
}

JSAtom engine_private_atom(JSContext *cx)
{
    JSValue symbol = JS_NewSymbolFromAtom(cx, JS_ATOM_empty_string, JS_ATOM_TYPE_PRIVATE);
    if (JS_IsException(symbol))
        return JS_ATOM_NULL;
    JSAtom atom = JS_DupAtom(cx, js_symbol_to_atom(cx, symbol));
    JS_FreeValue(cx, symbol);
    return atom;
}

JSValue engine_new_error(JSContext *cx, const char *type, size_t len)
{
    static const struct { const char *name; JSErrorEnum number; } natives[] = {
        { "TypeError", JS_TYPE_ERROR },     { "RangeError", JS_RANGE_ERROR },
        { "SyntaxError", JS_SYNTAX_ERROR }, { "ReferenceError", JS_REFERENCE_ERROR },
        { "URIError", JS_URI_ERROR },       { "EvalError", JS_EVAL_ERROR },
    };
    for (size_t i = 0; i < countof(natives); i++)
        if (strlen(natives[i].name) == len && !memcmp(natives[i].name, type, len))
            return JS_NewObjectProtoClass(cx, cx->native_error_proto[natives[i].number], JS_CLASS_ERROR);
    return JS_NewObjectClass(cx, JS_CLASS_ERROR);
}

JSValue engine_stack(JSValueConst error)
{
    const JSObject *p = JS_VALUE_GET_OBJ(error);
    return p->class_id == JS_CLASS_ERROR ? js_dup(p->u.object_data) : JS_UNDEFINED;
}

static bool is_native_error(JSContext *cx, JSValueConst value, JSErrorEnum number)
{
    if (!JS_IsObject(value))
        return false;
    JSObject *p = JS_VALUE_GET_OBJ(value);
    JSValue proto = cx->native_error_proto[number];
    return p->class_id == JS_CLASS_ERROR && p->shape->proto == JS_VALUE_GET_OBJ(proto);
}

bool engine_is_internal_error(JSContext *cx, JSValueConst value)
{
    return is_native_error(cx, value, JS_INTERNAL_ERROR);
}

bool engine_is_syntax_error(JSContext *cx, JSValueConst value)
{
    return is_native_error(cx, value, JS_SYNTAX_ERROR);
}

int engine_lookup(JSContext *cx, JSAtom name, JSValue *value)
{
    JSProperty *property;
    JSShapeProperty *shape = find_own_property(&property, JS_VALUE_GET_OBJ(cx->global_var_obj), name);
    if (!shape && !find_own_property1(JS_VALUE_GET_OBJ(cx->global_obj), name))
        return 0;
    *value = JS_GetGlobalVar(cx, name, false);
    return JS_IsException(*value) ? -1 : 1;
}

int engine_forget(JSContext *cx, JSAtom name)
{
    return delete_property(cx, JS_VALUE_GET_OBJ(cx->global_var_obj), name) < 0 ? -1 : 0;
}

// A var or function of earlier code is a property that cannot be deleted; what the engine itself
// pins down (`undefined`, `NaN`, `Infinity`) cannot be written either, and stays.
static int forget_var(JSContext *cx, JSAtom name)
{
    JSObject *global = JS_VALUE_GET_OBJ(cx->global_obj);
    JSShapeProperty *found = find_own_property1(global, name);
    const int mask = JS_PROP_CONFIGURABLE | JS_PROP_WRITABLE | JS_PROP_TMASK;
    if (!found || (found->flags & mask) != JS_PROP_WRITABLE)
        return 0;
    if (js_shape_prepare_update(cx, global, &found))
        return -1;
    found->flags |= JS_PROP_CONFIGURABLE;
    return delete_property(cx, global, name) < 0 ? -1 : 0;
}

int engine_redeclare(JSContext *cx, JSValueConst code)
{
    if (JS_VALUE_GET_TAG(code) != JS_TAG_FUNCTION_BYTECODE)
        return 0;
    const JSFunctionBytecode *b = JS_VALUE_GET_PTR(code);
    for (int at = 0; at < b->byte_code_len; at += short_opcode_info(b->byte_code_buf[at]).size) {
        const uint8_t *op = b->byte_code_buf + at;
        if (*op != OP_check_define_var)
            continue;
        JSAtom name = get_u32(op + 1);
        if (engine_forget(cx, name) || ((op[5] & DEFINE_GLOBAL_LEX_VAR) && forget_var(cx, name)))
            return -1;
    }
    return 0;
}

int engine_forget_all(JSContext *cx)
{
    JSPropertyEnum *names;
    uint32_t count;
    if (JS_GetOwnPropertyNames(cx, &names, &count, cx->global_var_obj, JS_GPN_STRING_MASK))
        return -1;
    int failed = 0;
    for (uint32_t i = 0; i < count; i++)
        failed |= engine_forget(cx, names[i].atom);
    JS_FreePropertyEnum(cx, names, count);
    return failed;
}

int engine_remove_global(JSContext *cx, JSAtom name)
{
    if (forget_var(cx, name))
        return -1;
    return delete_property(cx, JS_VALUE_GET_OBJ(cx->global_obj), name) < 0 ? -1 : 0;
}

void engine_keep_value(bool keep)
{
    module_keeps_value = keep;
}

void engine_name_module(JSContext *cx, JSModuleDef *module)
{
    list_del(&module->link);
    list_add(&module->link, &cx->loaded_modules);
}

JSValue engine_module_value(JSContext *cx, JSModuleDef *module)
{
    JSPropertyDescriptor found;
    JSValue meta = JS_GetImportMeta(cx, module), value = JS_UNDEFINED;
    if (JS_IsObject(meta) && JS_GetOwnProperty(cx, &found, meta, JS_ATOM_value) > 0) {
        value = found.value;
        JS_FreeValues(cx, found.getter, found.setter);
    }
    JS_FreeValue(cx, meta);
    return value;
}

int engine_module_bindings(JSContext *cx, JSModuleDef *module, int (*each)(void *opaque, JSAtom name, JSValueConst value),
                           void *opaque)
{
    if (!JS_IsObject(module->func_obj))
        return 0;
    const JSObject *p = JS_VALUE_GET_OBJ(module->func_obj);
    const JSFunctionBytecode *b = p->u.func.function_bytecode;
    for (int i = 0; i < b->closure_var_count; i++) {
        const JSClosureVar *var = &b->closure_var[i];
        const JSVarRef *ref = p->u.func.var_refs[i];
        bool declared = var->closure_type == JS_CLOSURE_MODULE_DECL || var->closure_type == JS_CLOSURE_MODULE_IMPORT;
        // The default export of an expression has a name that nothing can be called by.
        if (!declared || !ref || var->var_name == JS_ATOM__default_ || JS_IsUninitialized(*ref->pvalue))
            continue;
        if (each(opaque, var->var_name, *ref->pvalue))
            return -1;
    }
    return 0;
}

int engine_add_export(JSContext *cx, JSModuleDef *module, JSAtom name)
{
    if (js_resize_array(cx, (void **)&module->export_entries, sizeof *module->export_entries,
                        &module->export_entries_size, module->export_entries_count + 1))
        return -1;
    JSExportEntry *entry = &module->export_entries[module->export_entries_count++];
    *entry = (JSExportEntry){ .export_type = JS_EXPORT_TYPE_LOCAL, .export_name = JS_DupAtom(cx, name) };
    return 0;
}

void engine_set_export(JSContext *cx, JSModuleDef *module, uint32_t index, JSValue value)
{
    set_value(cx, module->export_entries[index].u.local.var_ref->pvalue, value);
}

JSValue engine_function(JSContext *cx, const char *parameters, const char *body, size_t len, const char *file)
{
    static const char open[] = "(function (", begin[] = ") {\n", end[] = "\n})";
    size_t head = sizeof open - 1 + strlen(parameters) + sizeof begin - 1;
    char *text = js_malloc(cx, head + len + sizeof end);
    if (!text)
        return JS_EXCEPTION;
    strcpy(text, open);
    strcat(text, parameters);
    strcat(text, begin);
    memcpy(text + head, body, len);
    // A first line for a shell would be one to the parser at the very beginning only.
    if (len >= 2 && !memcmp(body, "#!", 2))
        memcpy(text + head, "//", 2);
    memcpy(text + head + len, end, sizeof end);
    JSValue function = JS_EvalInternal(cx, cx->global_obj, text, head + len + sizeof end - 1, file, 0, JS_EVAL_TYPE_GLOBAL, -1);
    js_free(cx, text);
    return function;
}

void engine_seed(JSContext *cx, uint64_t seed)
{
    cx->random_state = seed ? seed : 1;
}

void engine_born(JSContext *cx, JSValueConst performance)
{
    cx->time_origin = js__now_ms();
    if (!JS_IsObject(performance))
        return;
    JSAtom name = JS_NewAtom(cx, "timeOrigin");
    JSProperty *property;
    JSShapeProperty *shape = find_own_property(&property, JS_VALUE_GET_OBJ(performance), name);
    if (shape && !(shape->flags & JS_PROP_TMASK))
        set_value(cx, &property->u.value, js_float64(js__gettimeofday_us() / 1000.0));
    JS_FreeAtom(cx, name);
}
