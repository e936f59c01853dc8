// Owns what the console's bootstrap (inspect.js, console.js) gets from the inside of the engine: objects as they are,
// without running a getter, a proxy's trap or anything else of the guest.
#include "console.h"
#include "output.h"

static const char inspect_source[] = {
#include "inspect.js.inc"
    , 0 };
static const char console_source[] = {
#include "console.js.inc"
    , 0 };

// What stands for a getter, a setter, both, or a hole where a value is asked for.
enum mark { MARK_GETTER, MARK_SETTER, MARK_BOTH, MARK_HOLE, MARKS };

static JSValue marks[MARKS];
static JSValue inspect, reset;

static JSValue native_write(JSContext *c, JSValueConst self, int argc, JSValueConst *argv)
{
    int32_t fd;
    size_t len;
    if (JS_ToInt32(c, &fd, argv[0]))
        return JS_EXCEPTION;
    const char *text = JS_ToCStringLen(c, &len, argv[1]);
    if (!text)
        return JS_EXCEPTION;
    output_write(fd == 2 ? 2 : 1, text, len);
    output_write(fd == 2 ? 2 : 1, "\n", 1);
    JS_FreeCString(c, text);
    return JS_UNDEFINED;
}

static JSValue native_kind(JSContext *c, JSValueConst self, int argc, JSValueConst *argv)
{
    static const char *const names[] = {
        [KIND_PLAIN] = "object", [KIND_ARRAY] = "array",    [KIND_FUNCTION] = "function", [KIND_CLASS] = "class",
        [KIND_ERROR] = "error",  [KIND_BOXED] = "boxed",    [KIND_SYMBOL] = "boxed",      [KIND_DATE] = "date",
        [KIND_REGEXP] = "regexp", [KIND_BYTES] = "bytes",   [KIND_NUMBERS] = "numbers",   [KIND_MAP] = "map",
        [KIND_SET] = "set",      [KIND_WEAK] = "weak",      [KIND_PROMISE] = "promise",   [KIND_PROXY] = "proxy",
    };
    return JS_NewString(c, names[engine_kind(rt, argv[0])]);
}

static JSValue native_target(JSContext *c, JSValueConst self, int argc, JSValueConst *argv)
{
    JSValue target = JS_GetProxyTarget(c, argv[0]);
    if (!JS_IsException(target))
        return target;
    JS_FreeValue(c, JS_GetException(c));
    return JS_NULL;
}

// Plain data on the object or the nearest prototype that has the property, else null.
static JSValue find_data(JSContext *c, JSValueConst object, JSAtom name)
{
    JSValue at = JS_DupValue(c, object), value = JS_NULL;
    while (JS_IsObject(at) && engine_kind(rt, at) != KIND_PROXY) {
        JSPropertyDescriptor found;
        if (JS_GetOwnProperty(c, &found, at, name) > 0) {
            value = JS_DupValue(c, found.flags & JS_PROP_GETSET ? JS_NULL : found.value);
            JS_FreeValues(c, found.value, found.getter, found.setter);
            break;
        }
        JSValue up = JS_GetPrototype(c, at);
        JS_FreeValue(c, at);
        at = up;
    }
    JS_FreeValue(c, at);
    return value;
}

static JSValue inherited(JSContext *c, JSValueConst object, const char *property)
{
    JSAtom name = JS_NewAtom(c, property);
    JSValue value = find_data(c, object, name);
    JS_FreeAtom(c, name);
    return value;
}

// `constructor.name` where the nearest constructor and its name are plain data, else null.
static JSValue native_class_name(JSContext *c, JSValueConst self, int argc, JSValueConst *argv)
{
    JSValue class = inherited(c, argv[0], "constructor"), name = JS_NULL;
    if (JS_IsObject(class) && engine_kind(rt, class) != KIND_PROXY)
        name = inherited(c, class, "name");
    JS_FreeValue(c, class);
    if (JS_IsString(name))
        return name;
    JS_FreeValue(c, name);
    return JS_NULL;
}

static JSValue value_or_mark(JSContext *c, JSValueConst object, JSAtom name)
{
    JSPropertyDescriptor found;
    int there = JS_GetOwnProperty(c, &found, object, name);
    if (there <= 0)
        return there < 0 ? JS_EXCEPTION : JS_DupValue(c, marks[MARK_HOLE]);
    if (!(found.flags & JS_PROP_GETSET))
        return found.value;
    bool reads = !JS_IsUndefined(found.getter), writes = !JS_IsUndefined(found.setter);
    JS_FreeValues(c, found.value, found.getter, found.setter);
    return JS_DupValue(c, marks[reads && writes ? MARK_BOTH : reads ? MARK_GETTER : MARK_SETTER]);
}

// read(object, name): an own property, a mark where there is no plain value.
static JSValue native_read(JSContext *c, JSValueConst self, int argc, JSValueConst *argv)
{
    JSAtom name = JS_ValueToAtom(c, argv[1]);
    JSValue value = value_or_mark(c, argv[0], name);
    JS_FreeAtom(c, name);
    return value;
}

// inherited(object, name)
static JSValue native_inherited(JSContext *c, JSValueConst self, int argc, JSValueConst *argv)
{
    JSAtom name = JS_ValueToAtom(c, argv[1]);
    JSValue value = find_data(c, argv[0], name);
    JS_FreeAtom(c, name);
    return value;
}

// frames(): the stack of the code that called the console.
static JSValue native_frames(JSContext *c, JSValueConst self, int argc, JSValueConst *argv)
{
    JSValue error = JS_NewError(c);
    JSValue stack = JS_IsException(error) ? JS_UNDEFINED : engine_stack(error);
    JS_FreeValue(c, error);
    const char *text = JS_IsString(stack) ? JS_ToCString(c, stack) : NULL;
    JS_FreeValue(c, stack);
    if (!text)
        return JS_NewString(c, "");
    // The first two frames are this function and the console's.
    const char *from = strchr(text, '\n');
    from = from ? strchr(from + 1, '\n') : NULL;
    size_t len = from ? strlen(++from) : 0;
    JSValue frames = JS_NewStringLen(c, from, len && from[len - 1] == '\n' ? len - 1 : len);
    JS_FreeCString(c, text);
    return frames;
}

static int append(JSContext *c, JSValueConst list, uint32_t *len, JSValue value)
{
    if (JS_IsException(value))
        return -1;
    return JS_DefinePropertyValueUint32(c, list, (*len)++, value, JS_PROP_C_W_E) < 0 ? -1 : 0;
}

static bool is_index(JSContext *c, JSAtom name)
{
    JSValue key = JS_AtomToValue(c, name);
    bool index = false;
    size_t len;
    const char *text = JS_IsString(key) ? JS_ToCStringLen(c, &len, key) : NULL;
    if (text)
        index = len && strspn(text, "0123456789") == len;
    JS_FreeCString(c, text);
    JS_FreeValue(c, key);
    return index;
}

// fields(object, without indices): keys and values in turn of own enumerable properties.
static JSValue native_fields(JSContext *c, JSValueConst self, int argc, JSValueConst *argv)
{
    JSPropertyEnum *names;
    uint32_t count, len = 0;
    bool named = JS_ToBool(c, argv[1]);
    const int flags = JS_GPN_STRING_MASK | JS_GPN_SYMBOL_MASK | JS_GPN_ENUM_ONLY;
    if (JS_GetOwnPropertyNames(c, &names, &count, argv[0], flags))
        return JS_EXCEPTION;
    JSValue list = JS_NewArray(c);
    int failed = JS_IsException(list);
    for (uint32_t i = 0; i < count && !failed; i++) {
        if (named && is_index(c, names[i].atom))
            continue;
        failed = append(c, list, &len, JS_AtomToValue(c, names[i].atom)) ||
                 append(c, list, &len, value_or_mark(c, argv[0], names[i].atom));
    }
    JS_FreePropertyEnum(c, names, count);
    if (failed) {
        JS_FreeValue(c, list);
        return JS_EXCEPTION;
    }
    return list;
}

// items(array, most): the first elements.
static JSValue native_items(JSContext *c, JSValueConst self, int argc, JSValueConst *argv)
{
    int64_t length;
    uint32_t most, len = 0;
    if (JS_GetLength(c, argv[0], &length) || JS_ToUint32(c, &most, argv[1]))
        return JS_EXCEPTION;
    JSValue list = JS_NewArray(c);
    int failed = JS_IsException(list);
    for (uint32_t i = 0; i < most && i < length && !failed; i++) {
        JSAtom name = JS_NewAtomUInt32(c, i);
        failed = append(c, list, &len, value_or_mark(c, argv[0], name));
        JS_FreeAtom(c, name);
    }
    if (failed) {
        JS_FreeValue(c, list);
        return JS_EXCEPTION;
    }
    return list;
}

static JSValue native_entries(JSContext *c, JSValueConst self, int argc, JSValueConst *argv)
{
    uint32_t count;
    JSValue *values = engine_entries(c, argv[0], &count);
    if (!values)
        return JS_EXCEPTION;
    JSValue list = count ? JS_NewArrayFrom(c, count, values) : JS_NewArray(c);
    js_free(c, values);
    return list;
}

// bytes(object, most): the first bytes of a buffer or view, and how many there are.
static JSValue native_bytes(JSContext *c, JSValueConst self, int argc, JSValueConst *argv)
{
    size_t size;
    uint32_t most, len = 0;
    const uint8_t *bytes = engine_bytes(argv[0], &size);
    if (JS_ToUint32(c, &most, argv[1]))
        return JS_EXCEPTION;
    JSValue list = JS_NewArray(c);
    int failed = JS_IsException(list) || append(c, list, &len, JS_NewUint32(c, size));
    for (size_t i = 0; i < size && i < most && !failed; i++)
        failed = append(c, list, &len, JS_NewInt32(c, bytes[i]));
    if (failed) {
        JS_FreeValue(c, list);
        return JS_EXCEPTION;
    }
    return list;
}

// promise(object): its state, and its result once there is one.
static JSValue native_promise(JSContext *c, JSValueConst self, int argc, JSValueConst *argv)
{
    static const char *const states[] = { "pending", "fulfilled", "rejected" };
    uint32_t len = 0;
    JSPromiseStateEnum state = JS_PromiseState(c, argv[0]);
    JSValue list = JS_NewArray(c);
    if (JS_IsException(list) || append(c, list, &len, JS_NewString(c, states[state < 0 ? 0 : state])) ||
        append(c, list, &len, JS_PromiseResult(c, argv[0]))) {
        JS_FreeValue(c, list);
        return JS_EXCEPTION;
    }
    return list;
}

static JSValue native_unbox(JSContext *c, JSValueConst self, int argc, JSValueConst *argv)
{
    return engine_unbox(argv[0]);
}

static JSValue native_time(JSContext *c, JSValueConst self, int argc, JSValueConst *argv)
{
    return JS_NewFloat64(c, engine_date(argv[0]));
}

static JSValue make_natives(void)
{
    static const JSCFunctionListEntry functions[] = {
        JS_CFUNC_DEF("write", 2, native_write),     JS_CFUNC_DEF("kind", 1, native_kind),
        JS_CFUNC_DEF("target", 1, native_target),   JS_CFUNC_DEF("className", 1, native_class_name),
        JS_CFUNC_DEF("fields", 2, native_fields),   JS_CFUNC_DEF("items", 2, native_items),
        JS_CFUNC_DEF("entries", 1, native_entries), JS_CFUNC_DEF("bytes", 2, native_bytes),
        JS_CFUNC_DEF("promise", 1, native_promise), JS_CFUNC_DEF("unbox", 1, native_unbox),
        JS_CFUNC_DEF("time", 1, native_time),
        JS_CFUNC_DEF("read", 2, native_read),       JS_CFUNC_DEF("inherited", 2, native_inherited),
        JS_CFUNC_DEF("frames", 0, native_frames),
    };
    static const char *const names[MARKS] = { "getter", "setter", "accessor", "hole" };
    JSValue all = JS_NewObject(cx);
    if (JS_IsException(all) || JS_SetPropertyFunctionList(cx, all, functions, sizeof functions / sizeof *functions))
        return JS_EXCEPTION;
    for (int i = 0; i < MARKS; i++) {
        marks[i] = JS_NewObject(cx);
        if (JS_DefinePropertyValueStr(cx, all, names[i], JS_DupValue(cx, marks[i]), JS_PROP_C_W_E) < 0)
            return JS_EXCEPTION;
    }
    return all;
}

JSValue console_natives(void)
{
    static JSValue natives;
    if (!JS_IsObject(natives))
        natives = make_natives();
    return JS_DupValue(cx, natives);
}

// Runs a bootstrap script, which is a function, with these arguments.
JSValue console_boot(const char *file, const char *source, size_t len, int argc, JSValue *argv)
{
    JSValue function = JS_Eval(cx, source, len, file, JS_EVAL_TYPE_GLOBAL | JS_EVAL_FLAG_STRICT);
    JSValue made = JS_IsException(function) ? JS_EXCEPTION : JS_Call(cx, function, JS_UNDEFINED, argc, argv);
    JS_FreeValue(cx, function);
    return made;
}

int console_install(JSValueConst global)
{
    JSValue given[2] = { console_natives(), JS_UNDEFINED }, made = JS_EXCEPTION;
    if (!JS_IsException(given[0]))
        given[1] = console_boot("<console>", inspect_source, sizeof inspect_source - 1, 1, given);
    if (!JS_IsException(given[1]))
        made = console_boot("<console>", console_source, sizeof console_source - 1, 2, given);
    int failed = -1;
    if (!JS_IsException(made)) {
        inspect = JS_GetPropertyStr(cx, given[1], "inspect");
        reset = JS_GetPropertyStr(cx, made, "reset");
        const int flags = JS_PROP_WRITABLE | JS_PROP_CONFIGURABLE;
        failed = JS_DefinePropertyValueStr(cx, global, "console", JS_GetPropertyStr(cx, made, "console"), flags);
    }
    JS_FreeValues(cx, given[0], given[1], made);
    return failed < 0 ? -1 : 0;
}

JSValue console_inspect(JSValueConst value)
{
    return JS_Call(cx, inspect, JS_UNDEFINED, 1, &value);
}

void console_uncaught(const char *heading, JSValueConst value)
{
    JSValue text = console_inspect(value);
    size_t len;
    const char *shown = JS_IsException(text) ? NULL : JS_ToCStringLen(cx, &len, text);
    output_write(2, heading, strlen(heading));
    if (shown)
        output_write(2, shown, len);
    else
        JS_FreeValue(cx, JS_GetException(cx));
    output_write(2, "\n", 1);
    JS_FreeCString(cx, shown);
    JS_FreeValue(cx, text);
}

void console_reset(void)
{
    JSValue done = JS_Call(cx, reset, JS_UNDEFINED, 0, NULL);
    if (JS_IsException(done))
        JS_FreeValue(cx, JS_GetException(cx));
    JS_FreeValue(cx, done);
}
