// Owns running code: a script whose top level is kept from run to run, as in a REPL, its completion
// value, top-level await, calls by name. Turns nothing into bytes.
#include "run.h"
#include "loop.h"
#include "modules.h"

#define FILE_MAX 256

// Waits until a promise is settled; anything else is its own result.
static Progress await(JSValue given, JSValue *value)
{
    if (!JS_IsPromise(given)) {
        *value = given;
        return RUN_DONE;
    }
    Progress progress = RUN_DONE;
    // Its rejection is the run's own, and no unhandled one.
    JS_PromiseMarkAsHandled(cx, given);
    while (progress == RUN_DONE) {
        if (loop_jobs() < 0)
            progress = RUN_THREW;
        if (progress != RUN_DONE || JS_PromiseState(cx, given) != JS_PROMISE_PENDING)
            break;
        int step = loop_step();
        progress = step > 0 ? RUN_DONE : step < 0 ? RUN_THREW : RUN_STALLED;
    }
    if (progress == RUN_DONE) {
        *value = JS_PromiseResult(cx, given);
        if (JS_PromiseState(cx, given) == JS_PROMISE_REJECTED) {
            JS_Throw(cx, *value);
            progress = RUN_THREW;
        }
    }
    JS_FreeValue(cx, given);
    return progress;
}

static bool mentions(Reader code, const char *word)
{
    size_t len = strlen(word);
    for (const uint8_t *at = code.at; (at = memchr(at, *word, code.end - at)); at++)
        if ((size_t)(code.end - at) >= len && !memcmp(at, word, len))
            return true;
    return false;
}

static void file_name(Reader file, char out[FILE_MAX])
{
    size_t len = file.at ? file.end - file.at : 0;
    if (len >= FILE_MAX)
        len = FILE_MAX - 1;
    memcpy(out, file.at, len);
    out[len] = 0;
    if (!len)
        strcpy(out, "<main>");
}

static JSValue compile(const Request *request, int kind)
{
    char file[FILE_MAX];
    file_name(request->file, file);
    // The parser wants a zero behind the code; the request's buffer has room for one at its end.
    uint8_t *end = (uint8_t *)request->code.end, kept = *end;
    *end = 0;
    int flags = kind | JS_EVAL_FLAG_COMPILE_ONLY;
    JSValue code = JS_Eval(cx, (const char *)request->code.at, request->code.end - request->code.at, file, flags);
    *end = kept;
    return code;
}

// An asynchronous script answers with an object around its value, so that a promise as value stays one.
static JSValue unwrap(JSValue result)
{
    if (!JS_IsObject(result))
        return result;
    JSAtom name = JS_NewAtom(cx, "value");
    JSPropertyDescriptor found;
    JSValue value = JS_UNDEFINED;
    if (JS_GetOwnProperty(cx, &found, result, name) > 0) {
        value = found.value;
        JS_FreeValues(cx, found.getter, found.setter);
    }
    JS_FreeAtom(cx, name);
    JS_FreeValue(cx, result);
    return value;
}

// Code with imports or exports of its own. What it declares is not lost to later runs: it is made global.
static Progress run_module(const Request *request, JSValueConst global, JSValue *value)
{
    engine_keep_value(true);
    JSValue code = compile(request, JS_EVAL_TYPE_MODULE);
    engine_keep_value(false);
    if (JS_IsException(code))
        return RUN_THREW;
    JSModuleDef *module = JS_VALUE_GET_PTR(code);
    // Runs share their file's name.
    engine_name_module(cx, module);
    JSValue result = JS_EvalFunction(cx, code);
    if (JS_IsException(result))
        return RUN_THREW;
    Progress progress = await(result, &result);
    if (progress != RUN_DONE)
        return progress;
    JS_FreeValue(cx, result);
    if (modules_publish(global, module))
        return RUN_THREW;
    return await(engine_module_value(cx, module), value);
}

Progress run_code(const Request *request, JSValueConst global, JSValue *value)
{
    // A plain script needs no promise; `await` without one is a name like any other.
    bool async = mentions(request->code, "await");
    JSValue code = compile(request, JS_EVAL_TYPE_GLOBAL | (async ? JS_EVAL_FLAG_ASYNC : 0));
    if (JS_IsException(code)) {
        // Imports and exports stand in modules only; what is wrong in a module too is said of that.
        if (!mentions(request->code, "import") && !mentions(request->code, "export"))
            return RUN_THREW;
        JS_FreeValue(cx, JS_GetException(cx));
        return run_module(request, global, value);
    }
    if (engine_redeclare(cx, code)) {
        JS_FreeValue(cx, code);
        return RUN_THREW;
    }
    JSValue result = JS_EvalFunction(cx, code);
    if (JS_IsException(result))
        return RUN_THREW;
    if (async) {
        Progress progress = await(result, &result);
        if (progress != RUN_DONE)
            return progress;
        result = unwrap(result);
    }
    return await(result, value);
}

// `a.b.c`: the function, and the object it is a method of. 0: there is none.
static int find(Reader path, JSValue *function, JSValue *owner)
{
    *function = *owner = JS_UNDEFINED;
    int found = 0;
    for (const uint8_t *at = path.at; at <= path.end; at++) {
        const uint8_t *dot = memchr(at, '.', path.end - at);
        JSAtom name = decode_name((Reader){ at, dot ? dot : path.end });
        if (name == JS_ATOM_NULL)
            return -1;
        if (at == path.at) {
            found = engine_lookup(cx, name, function);
        } else {
            JS_FreeValue(cx, *owner);
            *owner = *function;
            *function = JS_GetProperty(cx, *owner, name);
            found = JS_IsException(*function) ? -1 : 1;
        }
        JS_FreeAtom(cx, name);
        bool passable = JS_IsObject(*function) || JS_IsString(*function);
        if (found <= 0 || !dot || !passable)
            return found > 0 && !dot && JS_IsFunction(cx, *function) ? 1 : found < 0 ? -1 : 0;
        at = dot;
    }
    return 0;
}

static Progress apply(JSValueConst function, JSValueConst owner, Reader encoded, JSValue *value)
{
    Reader r = encoded;
    JSValue args = encoded.at ? decode(&r) : JS_NewArray(cx);
    int64_t count;
    if (JS_IsException(args) || JS_GetLength(cx, args, &count))
        return RUN_THREW;
    JSValue *argv = js_malloc(cx, sizeof *argv * (count + 1));
    if (!argv) {
        JS_FreeValue(cx, args);
        return RUN_THREW;
    }
    for (int64_t i = 0; i < count; i++)
        argv[i] = JS_GetPropertyInt64(cx, args, i);
    JSValue result = JS_Call(cx, function, owner, count, argv);
    engine_free_values(cx, argv, count);
    JS_FreeValue(cx, args);
    return JS_IsException(result) ? RUN_THREW : await(result, value);
}

Progress run_call(const Request *request, JSValue *value)
{
    JSValue function, owner;
    int found = find(request->function, &function, &owner);
    Progress progress = found < 0 ? RUN_THREW : RUN_MISSING;
    if (found > 0)
        progress = apply(function, owner, request->args, value);
    JS_FreeValue(cx, function);
    JS_FreeValue(cx, owner);
    return progress;
}

Progress run_rest(void)
{
    for (;;) {
        if (loop_jobs() < 0)
            return RUN_THREW;
        int step = loop_step();
        if (step <= 0)
            return step < 0 ? RUN_THREW : RUN_DONE;
    }
}

// A var or function of earlier code cannot be defined anew, only given another value.
int run_global(JSValueConst global, JSAtom name, JSValue value)
{
    if (JS_IsException(value) || engine_forget(cx, name)) {
        JS_FreeValue(cx, value);
        return -1;
    }
    JSPropertyDescriptor there;
    int exists = JS_GetOwnProperty(cx, &there, global, name);
    if (exists > 0)
        JS_FreeValues(cx, there.value, there.getter, there.setter);
    bool pinned = exists > 0 && !(there.flags & JS_PROP_CONFIGURABLE);
    int flags = pinned ? JS_PROP_HAS_VALUE : JS_PROP_C_W_E | JS_PROP_HAS_VALUE | JS_PROP_HAS_CONFIGURABLE |
                                                 JS_PROP_HAS_WRITABLE | JS_PROP_HAS_ENUMERABLE;
    int failed = exists < 0 ? -1 : JS_DefineProperty(cx, global, name, value, JS_UNDEFINED, JS_UNDEFINED, flags | JS_PROP_THROW);
    JS_FreeValue(cx, value);
    return failed < 0 ? -1 : 0;
}

int run_globals(JSValueConst global, Reader map)
{
    enum tag tag;
    uint32_t count = 0;
    Reader name;
    if (!map.at || !read_tag(&map, &tag) || !read_u32(&map, &count))
        return 0;
    for (uint32_t i = 0; i < count; i++) {
        if (!read_as(&map, TAG_STRING, &name)) {
            JS_ThrowTypeError(cx, "the name of an input is not a string");
            return -1;
        }
        JSAtom atom = decode_name(name);
        int failed = atom == JS_ATOM_NULL ? -1 : run_global(global, atom, decode(&map));
        JS_FreeAtom(cx, atom);
        if (failed)
            return -1;
    }
    return 0;
}
