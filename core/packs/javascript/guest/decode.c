// Owns making values of the engine out of encoded ones.
// Every count is compared with the bytes that are left before anything is allocated for it.
#include "codec.h"

static JSValue malformed(void)
{
    return JS_ThrowInternalError(cx, "a value from outside is malformed");
}

static JSValue decode_at(Reader *r, uint32_t depth);

static JSValue decode_list(Reader *r, uint32_t depth)
{
    uint32_t count;
    if (!read_u32(r, &count) || count > (size_t)(r->end - r->at))
        return malformed();
    if (!count)
        return JS_NewArray(cx);
    JSValue *items = js_malloc(cx, sizeof *items * count);
    if (!items)
        return JS_EXCEPTION;
    for (uint32_t i = 0; i < count; i++) {
        items[i] = decode_at(r, depth + 1);
        if (JS_IsException(items[i])) {
            engine_free_values(cx, items, i);
            return JS_EXCEPTION;
        }
    }
    JSValue list = JS_NewArrayFrom(cx, count, items);
    js_free(cx, items);
    return list;
}

JSAtom decode_name(Reader bytes)
{
    for (const uint8_t *c = bytes.at; c < bytes.end; c++) {
        if (*c < 0x80)
            continue;
        // The engine's short cut for names takes UTF-8 for Latin-1.
        JSValue text = JS_NewStringLen(cx, (const char *)bytes.at, bytes.end - bytes.at);
        JSAtom name = JS_IsException(text) ? JS_ATOM_NULL : JS_ValueToAtom(cx, text);
        JS_FreeValue(cx, text);
        return name;
    }
    return JS_NewAtomLen(cx, (const char *)bytes.at, bytes.end - bytes.at);
}

// One entry of a map whose keys are strings. Defines instead of setting: `__proto__` is a name like any other.
static int decode_field(Reader *r, JSValueConst object, uint32_t depth)
{
    Reader key;
    if (!read_as(r, TAG_STRING, &key)) {
        malformed();
        return -1;
    }
    JSAtom name = decode_name(key);
    if (name == JS_ATOM_NULL)
        return -1;
    JSValue value = decode_at(r, depth + 1);
    int failed = JS_IsException(value) ? -1 : JS_DefinePropertyValue(cx, object, name, value, JS_PROP_C_W_E);
    JS_FreeAtom(cx, name);
    return failed < 0 ? -1 : 0;
}

static int decode_entry(Reader *r, JSValueConst map, uint32_t depth)
{
    JSValue key = decode_at(r, depth + 1);
    if (JS_IsException(key))
        return -1;
    JSValue value = decode_at(r, depth + 1);
    int failed = JS_IsException(value) ? -1 : engine_map_set(cx, map, key, value);
    JS_FreeValue(cx, key);
    JS_FreeValue(cx, value);
    return failed;
}

// The entries so far had strings as keys and became fields of an object; a Map is made of them, their
// order taken from the bytes, because an object keeps its own.
static JSValue turn_into_map(Reader entries, uint32_t count, JSValueConst object)
{
    JSValue map = engine_new_map(cx);
    for (uint32_t i = 0; i < count && !JS_IsException(map); i++) {
        Reader bytes;
        JSAtom name = read_as(&entries, TAG_STRING, &bytes) ? decode_name(bytes) : JS_ATOM_NULL;
        JSValue key = name == JS_ATOM_NULL ? JS_EXCEPTION : JS_AtomToString(cx, name);
        JSValue value = name == JS_ATOM_NULL ? JS_EXCEPTION : JS_GetProperty(cx, object, name);
        if (JS_IsException(key) || JS_IsException(value) || engine_map_set(cx, map, key, value)) {
            JS_FreeValue(cx, map);
            map = JS_EXCEPTION;
        }
        JS_FreeValue(cx, key);
        JS_FreeValue(cx, value);
        JS_FreeAtom(cx, name);
        skip(&entries);
    }
    return map;
}

static JSValue decode_map(Reader *r, uint32_t depth)
{
    uint32_t count;
    if (!read_u32(r, &count) || (uint64_t)count * 2 > (size_t)(r->end - r->at))
        return malformed();
    Reader entries = *r;
    JSValue all = JS_NewObject(cx);
    bool fields = true;
    for (uint32_t i = 0; i < count && !JS_IsException(all); i++) {
        if (fields && r->at < r->end && *r->at != TAG_STRING) {
            JSValue map = turn_into_map(entries, i, all);
            JS_FreeValue(cx, all);
            all = map;
            fields = false;
            if (JS_IsException(map))
                break;
        }
        if (fields ? decode_field(r, all, depth) : decode_entry(r, all, depth)) {
            JS_FreeValue(cx, all);
            all = JS_EXCEPTION;
        }
    }
    return all;
}

static JSValue decode_bigint(Reader *r)
{
    uint8_t sign;
    Reader magnitude;
    if (!read_bytes(r, &sign, 1) || sign > 1 || !read_sized(r, &magnitude))
        return malformed();
    return engine_bigint(cx, sign, magnitude.at, magnitude.end - magnitude.at);
}

static JSValue decode_date(Reader *r)
{
    int64_t micros;
    int16_t offset;
    if (!read_bytes(r, &micros, sizeof micros) || !read_bytes(r, &offset, sizeof offset))
        return malformed();
    int64_t ms = micros / 1000 - (micros % 1000 < 0);
    return JS_NewDate(cx, (double)ms);
}

static JSValue decode_at(Reader *r, uint32_t depth)
{
    enum tag tag;
    Reader bytes;
    int64_t n;
    double d;
    if (depth > DEPTH_MAX || engine_stack_low(rt))
        return JS_ThrowRangeError(cx, "a value from outside is nested too deeply");
    if (!read_tag(r, &tag))
        return malformed();
    switch (tag) {
    case TAG_NULL:
        return JS_NULL;
    case TAG_FALSE:
        return JS_FALSE;
    case TAG_TRUE:
        return JS_TRUE;
    case TAG_INT:
        if (!read_bytes(r, &n, sizeof n))
            return malformed();
        d = (double)n;
        return d >= -MAX_SAFE_INTEGER && d <= MAX_SAFE_INTEGER ? JS_NewInt64(cx, n) : JS_NewBigInt64(cx, n);
    case TAG_BIGINT:
        return decode_bigint(r);
    case TAG_FLOAT:
        return read_bytes(r, &d, sizeof d) ? JS_NewNumber(cx, d) : malformed();
    case TAG_STRING:
        return read_sized(r, &bytes) ? JS_NewStringLen(cx, (const char *)bytes.at, bytes.end - bytes.at) : malformed();
    case TAG_BYTES:
        return read_sized(r, &bytes) ? JS_NewUint8ArrayCopy(cx, bytes.at, bytes.end - bytes.at) : malformed();
    case TAG_LIST:
        return decode_list(r, depth);
    case TAG_MAP:
        return decode_map(r, depth);
    case TAG_DATETIME:
        return decode_date(r);
    }
    return malformed();
}

JSValue decode(Reader *r)
{
    return decode_at(r, 0);
}
