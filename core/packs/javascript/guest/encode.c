// Owns turning values of the engine into bytes, and the reasons why some cannot leave.
// Reads by internal slots and own properties only, so that changed prototypes change nothing; what a
// getter or a proxy of the guest throws meanwhile stays thrown.
#include "codec.h"
#include <math.h>

typedef struct {
    Writer *w;
    const Limits *limits;
    Refusal *refusal;
} Encoder;

static Encoding encode_at(Encoder *e, JSValueConst value, const Path *path, uint32_t depth);

static Encoding refuse(Encoder *e, const Path *path, const char *message, const char *limit)
{
    path_render(path, e->refusal->path, sizeof e->refusal->path);
    e->refusal->message = message;
    e->refusal->limit = limit;
    return REFUSED;
}

static Encoding too_large(Encoder *e, const Path *path)
{
    return refuse(e, path, "the value is too large", "bytes");
}

static size_t room(const Encoder *e)
{
    return e->limits->bytes > e->w->len ? e->limits->bytes - e->w->len : 0;
}

// After every value: memory and size.
static Encoding settle(Encoder *e, const Path *path)
{
    if (e->w->failed) {
        JS_ThrowOutOfMemory(cx);
        return THREW;
    }
    return e->w->len > e->limits->bytes ? too_large(e, path) : ENCODED;
}

static bool has_lone_surrogate(const char *text, size_t len)
{
    for (const char *at = text, *end = text + len; (at = memchr(at, 0xed, end - at)); at++)
        if (end - at > 1 && (uint8_t)at[1] >= 0xa0)
            return true;
    return false;
}

static Encoding encode_text(Encoder *e, const char *text, size_t len, const Path *path)
{
    if (len > room(e))
        return too_large(e, path);
    if (has_lone_surrogate(text, len))
        return refuse(e, path, "a string with half of a surrogate pair is no valid Unicode", NULL);
    write_sized(e->w, TAG_STRING, text, len);
    return settle(e, path);
}

static Encoding encode_string(Encoder *e, JSValueConst value, const Path *path)
{
    size_t len;
    const char *text = JS_ToCStringLen(cx, &len, value);
    if (!text)
        return THREW;
    Encoding outcome = encode_text(e, text, len, path);
    JS_FreeCString(cx, text);
    return outcome;
}

static Encoding encode_number(Encoder *e, double n, const Path *path)
{
    bool integer = n >= -MAX_SAFE_INTEGER && n <= MAX_SAFE_INTEGER && n == trunc(n) && !(n == 0 && signbit(n));
    if (integer)
        write_int(e->w, (int64_t)n);
    else
        write_float(e->w, n);
    return settle(e, path);
}

static Encoding encode_bigint(Encoder *e, JSValueConst value, const Path *path)
{
    size_t most = engine_bigint_room(value);
    if (most > room(e) + sizeof(uint32_t))
        return too_large(e, path);
    uint8_t *magnitude = js_malloc(cx, most);
    if (!magnitude)
        return THREW;
    bool negative;
    uint32_t len = engine_bigint_write(value, &negative, magnitude);
    write_tag(e->w, TAG_BIGINT);
    write_bytes(e->w, &(uint8_t){ negative }, 1);
    write_bytes(e->w, &len, sizeof len);
    write_bytes(e->w, magnitude, len);
    js_free(cx, magnitude);
    return settle(e, path);
}

static Encoding encode_date(Encoder *e, JSValueConst value, const Path *path)
{
    double ms = engine_date(value);
    if (isnan(ms))
        return refuse(e, path, "an invalid date has no value", NULL);
    int64_t micros = (int64_t)ms * 1000;
    write_tag(e->w, TAG_DATETIME);
    write_bytes(e->w, &micros, sizeof micros);
    write_bytes(e->w, &(int16_t){ 0 }, sizeof(int16_t));
    return settle(e, path);
}

static Encoding encode_view(Encoder *e, JSValueConst value, const Path *path)
{
    size_t len;
    const uint8_t *bytes = engine_bytes(value, &len);
    if (len > room(e))
        return too_large(e, path);
    write_sized(e->w, TAG_BYTES, bytes, len);
    return settle(e, path);
}

// One item of a container; the item is given up here.
static Encoding encode_item(Encoder *e, JSValue item, const Path *path, uint32_t depth)
{
    if (JS_IsException(item))
        return THREW;
    Encoding outcome = encode_at(e, item, path, depth + 1);
    JS_FreeValue(cx, item);
    return outcome;
}

// Arrays, typed arrays, and proxies of arrays. The length is the guest's word: each item takes a byte.
static Encoding encode_list(Encoder *e, JSValueConst list, int64_t length, Path *path, uint32_t depth)
{
    if (length < 0 || (uint64_t)length > room(e))
        return too_large(e, path->up);
    write_count(e->w, TAG_LIST, length);
    Encoding outcome = settle(e, path->up);
    for (int64_t i = 0; i < length && outcome == ENCODED; i++) {
        path->index = i;
        outcome = encode_item(e, JS_GetPropertyInt64(cx, list, i), path, depth);
    }
    return outcome;
}

static Encoding encode_field(Encoder *e, JSValueConst object, Path *path, uint32_t depth)
{
    size_t len;
    const char *name = JS_AtomToCStringLen(cx, &len, path->name);
    if (!name)
        return THREW;
    Encoding outcome = encode_text(e, name, len, path);
    JS_FreeCString(cx, name);
    return outcome == ENCODED ? encode_item(e, JS_GetProperty(cx, object, path->name), path, depth) : outcome;
}

static Encoding encode_fields(Encoder *e, JSValueConst object, Path *path, uint32_t depth)
{
    JSPropertyEnum *fields;
    uint32_t count;
    if (JS_GetOwnPropertyNames(cx, &fields, &count, object, JS_GPN_STRING_MASK | JS_GPN_ENUM_ONLY))
        return THREW;
    Encoding outcome = ENCODED;
    if ((uint64_t)count * 2 > room(e)) {
        outcome = too_large(e, path->up);
    } else {
        write_count(e->w, TAG_MAP, count);
        outcome = settle(e, path->up);
    }
    for (uint32_t i = 0; i < count && outcome == ENCODED; i++) {
        path->name = fields[i].atom;
        outcome = encode_field(e, object, path, depth);
    }
    JS_FreePropertyEnum(cx, fields, count);
    return outcome;
}

// A Map or a Set. The entries are copied first: code of the guest may run in between and change it.
static Encoding encode_entries(Encoder *e, JSValueConst object, bool map, Path *path, uint32_t depth)
{
    uint32_t count;
    JSValue *values = engine_entries(cx, object, &count);
    if (!values)
        return THREW;
    Encoding outcome = ENCODED;
    if (count > room(e)) {
        outcome = too_large(e, path->up);
    } else {
        write_count(e->w, map ? TAG_MAP : TAG_LIST, map ? count / 2 : count);
        outcome = settle(e, path->up);
    }
    for (uint32_t i = 0; i < count && outcome == ENCODED; i++) {
        path->index = map ? i / 2 : i;
        path->key = map && i % 2 == 0;
        outcome = encode_at(e, values[i], path, depth + 1);
    }
    engine_free_values(cx, values, count);
    return outcome;
}

static Encoding encode_text_field(Encoder *e, const char *name, JSValueConst object, const Path *path)
{
    JSValue value = JS_GetPropertyStr(cx, object, name);
    if (JS_IsException(value))
        return THREW;
    write_text(e->w, name);
    Encoding outcome = JS_IsString(value) ? encode_string(e, value, path) : (write_text(e->w, ""), settle(e, path));
    JS_FreeValue(cx, value);
    return outcome;
}

static Encoding encode_error(Encoder *e, JSValueConst error, const Path *path)
{
    write_count(e->w, TAG_MAP, 3);
    Encoding outcome = encode_text_field(e, "name", error, path);
    if (outcome == ENCODED)
        outcome = encode_text_field(e, "message", error, path);
    return outcome == ENCODED ? encode_text_field(e, "stack", error, path) : outcome;
}

// A proxy is what its target is; how it answers is the business of its traps.
static Kind kind_behind_proxies(JSValueConst object)
{
    JSValue at = JS_DupValue(cx, object);
    Kind kind = engine_kind(rt, at);
    while (kind == KIND_PROXY) {
        JSValue target = JS_GetProxyTarget(cx, at);
        JS_FreeValue(cx, at);
        at = target;
        if (!JS_IsObject(at)) {
            // A revoked proxy: reading it says so.
            JS_FreeValue(cx, JS_GetException(cx));
            break;
        }
        kind = engine_kind(rt, at);
    }
    JS_FreeValue(cx, at);
    return kind == KIND_ARRAY || kind == KIND_FUNCTION || kind == KIND_CLASS ? kind : KIND_PLAIN;
}

static bool is_cyclic(const Path *path, const void *object)
{
    for (; path; path = path->up)
        if (path->object == object)
            return true;
    return false;
}

static Encoding encode_object(Encoder *e, JSValueConst value, const Path *path, uint32_t depth)
{
    Kind kind = engine_kind(rt, value);
    if (kind == KIND_PROXY)
        kind = kind_behind_proxies(value);
    Path here = { .up = path, .object = JS_VALUE_GET_PTR(value) };
    int64_t length;
    switch (kind) {
    case KIND_FUNCTION:
    case KIND_CLASS:
        return refuse(e, path, "a function cannot leave the sandbox", NULL);
    case KIND_SYMBOL:
        return refuse(e, path, "a symbol cannot leave the sandbox", NULL);
    case KIND_PROMISE:
        return refuse(e, path, "a promise cannot leave the sandbox; await it", NULL);
    case KIND_WEAK:
        return refuse(e, path, "a weak collection or reference cannot leave the sandbox", NULL);
    case KIND_BOXED:
        return encode_item(e, engine_unbox(value), path, depth - 1);
    case KIND_DATE:
        return encode_date(e, value, path);
    case KIND_BYTES:
        return encode_view(e, value, path);
    case KIND_ERROR:
        return encode_error(e, value, path);
    case KIND_NUMBERS:
        return encode_list(e, value, engine_length(value), &here, depth);
    case KIND_ARRAY:
    case KIND_MAP:
    case KIND_SET:
    case KIND_PLAIN:
    case KIND_REGEXP:
    case KIND_PROXY:
        break;
    }
    if (is_cyclic(path, here.object))
        return refuse(e, path, "a value that contains itself cannot leave the sandbox", NULL);
    if (kind == KIND_ARRAY)
        return JS_GetLength(cx, value, &length) ? THREW : encode_list(e, value, length, &here, depth);
    if (kind == KIND_MAP || kind == KIND_SET)
        return encode_entries(e, value, kind == KIND_MAP, &here, depth);
    return encode_fields(e, value, &here, depth);
}

static Encoding encode_at(Encoder *e, JSValueConst value, const Path *path, uint32_t depth)
{
    if (depth > e->limits->depth)
        return refuse(e, path, "the value is nested too deeply", "depth");
    if (engine_stack_low(rt)) {
        JS_ThrowRangeError(cx, "Maximum call stack size exceeded");
        return THREW;
    }
    switch (JS_VALUE_GET_NORM_TAG(value)) {
    case JS_TAG_INT:
        write_int(e->w, JS_VALUE_GET_INT(value));
        return settle(e, path);
    case JS_TAG_FLOAT64:
        return encode_number(e, JS_VALUE_GET_FLOAT64(value), path);
    case JS_TAG_BOOL:
        write_tag(e->w, JS_VALUE_GET_BOOL(value) ? TAG_TRUE : TAG_FALSE);
        return settle(e, path);
    case JS_TAG_STRING:
    case JS_TAG_STRING_ROPE:
        return encode_string(e, value, path);
    case JS_TAG_BIG_INT:
    case JS_TAG_SHORT_BIG_INT:
        return encode_bigint(e, value, path);
    case JS_TAG_OBJECT:
        return encode_object(e, value, path, depth);
    case JS_TAG_SYMBOL:
        return refuse(e, path, "a symbol cannot leave the sandbox", NULL);
    default:
        write_tag(e->w, TAG_NULL);
        return settle(e, path);
    }
}

Encoding encode(Writer *w, JSValueConst value, const Limits *limits, const Path *path, uint32_t depth,
                Refusal *refusal)
{
    Encoder e = { w, limits, refusal };
    return encode_at(&e, value, path, depth);
}
