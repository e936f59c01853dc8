// Owns functions of the host as globals: their arguments on the way out, answers and errors on the way in.
// A function that answers at once returns plainly; one that does not returns a promise.
#include "host.h"
#include "loop.h"

enum status { STATUS_VALUE, STATUS_ERROR, STATUS_PENDING };

IMPORT(host_call) int64_t host_call(const char *name, size_t name_len, const uint8_t *args, size_t args_len);
IMPORT(host_take) void host_take(uint8_t *dst);

static Limits limits;
// Where an error keeps the map it was made of.
static JSAtom origin;
// The globals made for the last list: name to function.
static JSValue installed;

void host_limits(Limits from_request)
{
    limits = from_request;
}

uint8_t *host_reply(size_t len)
{
    uint8_t *bytes = js_malloc(cx, len + 1);
    if (bytes)
        host_take(bytes);
    return bytes;
}

static int encode_arguments(Writer *w, const char *name, int argc, JSValueConst *argv)
{
    write_count(w, TAG_LIST, 2);
    write_count(w, TAG_LIST, argc);
    Encoding outcome = ENCODED;
    Refusal refusal;
    for (int i = 0; i < argc && outcome == ENCODED; i++) {
        Path path = { .index = i };
        // Two lists stand around an argument.
        outcome = encode(w, argv[i], &limits, &path, 2, &refusal);
    }
    write_count(w, TAG_MAP, 0);
    if (outcome == ENCODED && w->failed) {
        JS_ThrowOutOfMemory(cx);
        return -1;
    }
    if (outcome == ENCODED && w->len > limits.bytes) {
        JS_ThrowRangeError(cx, "%s: the arguments are too large", name);
        return -1;
    }
    if (outcome == REFUSED && refusal.limit)
        JS_ThrowRangeError(cx, "%s: argument %s: %s", name, refusal.path, refusal.message);
    else if (outcome == REFUSED)
        JS_ThrowTypeError(cx, "%s: argument %s: %s", name, refusal.path, refusal.message);
    return outcome == ENCODED ? 0 : -1;
}

static JSValue take_answer(uint64_t answer)
{
    uint32_t status = answer >> 32, low = (uint32_t)answer;
    if (status == STATUS_PENDING)
        return loop_promise(low);
    uint8_t *bytes = host_reply(low);
    if (!bytes)
        return JS_EXCEPTION;
    Reader r = { bytes, bytes + low };
    JSValue value = status == STATUS_VALUE ? decode(&r) : host_error(r);
    js_free(cx, bytes);
    return status == STATUS_VALUE || JS_IsException(value) ? value : JS_Throw(cx, value);
}

static JSValue call(JSContext *c, JSValueConst self, int argc, JSValueConst *argv, int magic, JSValueConst *data)
{
    size_t len;
    const char *name = JS_ToCStringLen(c, &len, data[0]);
    if (!name)
        return JS_EXCEPTION;
    Writer w = { 0 };
    JSValue result = JS_EXCEPTION;
    if (!encode_arguments(&w, name, argc, argv)) {
        int64_t answer = host_call(name, len, w.bytes, w.len);
        writer_free(&w);
        result = take_answer(answer);
    }
    writer_free(&w);
    JS_FreeCString(c, name);
    return result;
}

JSValue host_function(JSContext *c, JSValueConst self, int argc, JSValueConst *argv)
{
    return JS_NewCFunctionData(c, call, 0, 0, 1, argv);
}

// Takes away what the last list made, unless the guest put something else in its place.
static int uninstall(JSValueConst global)
{
    JSPropertyEnum *names;
    uint32_t count;
    if (!JS_IsObject(installed))
        return 0;
    if (JS_GetOwnPropertyNames(cx, &names, &count, installed, JS_GPN_STRING_MASK))
        return -1;
    for (uint32_t i = 0; i < count; i++) {
        JSValue function = JS_GetProperty(cx, installed, names[i].atom), there = JS_UNDEFINED;
        if (engine_lookup(cx, names[i].atom, &there) < 0)
            JS_FreeValue(cx, JS_GetException(cx));
        else if (JS_IsStrictEqual(cx, function, there))
            JS_DeleteProperty(cx, global, names[i].atom, 0);
        JS_FreeValue(cx, function);
        JS_FreeValue(cx, there);
    }
    JS_FreePropertyEnum(cx, names, count);
    JS_FreeValue(cx, installed);
    installed = JS_UNDEFINED;
    return 0;
}

static int install(JSValueConst global, Reader name)
{
    JSAtom atom = decode_name(name);
    JSValue text = atom == JS_ATOM_NULL ? JS_EXCEPTION : JS_AtomToString(cx, atom);
    JSValue function = JS_EXCEPTION;
    const char *shown = JS_IsException(text) ? NULL : JS_ToCString(cx, text);
    if (shown)
        function = JS_NewCFunctionData2(cx, call, shown, 0, 0, 1, &text);
    int failed = -1;
    const int flags = JS_PROP_WRITABLE | JS_PROP_CONFIGURABLE;
    if (!JS_IsException(function) && !engine_forget(cx, atom))
        failed = JS_DefinePropertyValue(cx, installed, atom, JS_DupValue(cx, function), JS_PROP_C_W_E) < 0 ||
                 JS_DefinePropertyValue(cx, global, atom, JS_DupValue(cx, function), flags) < 0;
    JS_FreeCString(cx, shown);
    JS_FreeValue(cx, function);
    JS_FreeValue(cx, text);
    JS_FreeAtom(cx, atom);
    return failed ? -1 : 0;
}

int host_install(JSValueConst global, Reader names)
{
    enum tag tag;
    uint32_t count;
    Reader name;
    if (origin == JS_ATOM_NULL && (origin = engine_private_atom(cx)) == JS_ATOM_NULL)
        return -1;
    if (uninstall(global))
        return -1;
    if (!read_tag(&names, &tag) || tag != TAG_LIST || !read_u32(&names, &count))
        return 0;
    installed = JS_NewObjectProto(cx, JS_NULL);
    if (JS_IsException(installed))
        return -1;
    for (uint32_t i = 0; i < count; i++)
        if (!read_as(&names, TAG_STRING, &name) || install(global, name))
            return -1;
    return 0;
}

static int define(JSValueConst error, const char *name, JSValueConst from, const char *key, int flags)
{
    JSValue value = JS_GetPropertyStr(cx, from, key);
    if (JS_IsException(value))
        return -1;
    if (JS_IsNull(value) || JS_IsUndefined(value))
        return 0;
    return JS_DefinePropertyValueStr(cx, error, name, value, flags);
}

JSValue host_error(Reader map)
{
    Reader r = map;
    JSValue from = decode(&r);
    if (JS_IsException(from))
        return JS_EXCEPTION;
    // Own fields only: what the guest did to prototypes is not the host's error.
    JSValue error = JS_EXCEPTION;
    const int hidden = JS_PROP_WRITABLE | JS_PROP_CONFIGURABLE;
    if (!JS_IsObject(from) || JS_SetPrototype(cx, from, JS_NULL) < 0) {
        JS_ThrowInternalError(cx, "the host's error is malformed");
        JS_FreeValue(cx, from);
        return JS_EXCEPTION;
    }
    JSValue type = JS_GetPropertyStr(cx, from, "type");
    size_t len;
    const char *name = JS_IsString(type) ? JS_ToCStringLen(cx, &len, type) : NULL;
    error = engine_new_error(cx, name ? name : "Error", name ? len : strlen("Error"));
    JSValue bytes = JS_NewArrayBufferCopy(cx, map.at, r.at - map.at);
    bool failed = JS_IsException(error) || JS_IsException(bytes) || define(error, "message", from, "message", hidden) < 0 ||
                  define(error, "name", from, "type", hidden) < 0 ||
                  define(error, "code", from, "code", JS_PROP_C_W_E) < 0 ||
                  define(error, "details", from, "details", JS_PROP_C_W_E) < 0 ||
                  JS_DefinePropertyValue(cx, error, origin, JS_DupValue(cx, bytes), 0) < 0;
    JS_FreeCString(cx, name);
    JS_FreeValue(cx, type);
    JS_FreeValue(cx, from);
    JS_FreeValue(cx, bytes);
    if (failed) {
        JS_FreeValue(cx, error);
        return JS_EXCEPTION;
    }
    return error;
}

bool host_origin(JSValueConst error, Reader *map, JSValue *holder)
{
    if (!JS_IsObject(error) || engine_kind(rt, error) != KIND_ERROR || origin == JS_ATOM_NULL)
        return false;
    JSPropertyDescriptor property;
    if (JS_GetOwnProperty(cx, &property, error, origin) <= 0)
        return false;
    size_t len;
    map->at = engine_bytes(property.value, &len);
    map->end = map->at + len;
    *holder = property.value;
    JS_FreeValue(cx, property.getter);
    JS_FreeValue(cx, property.setter);
    return true;
}
