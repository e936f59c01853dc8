// Owns exceptions as the outside gets to see them: type, message, stack, and the host's error behind one.
// What getters of the guest throw meanwhile is swallowed: the first exception is the one that counts.
#include "errors.h"
#include "console.h"
#include "host.h"
#include <stdio.h>

#define TEXT_MAX (64u << 10)
#define CODE_MAX 64u

typedef struct {
    const char *text;
    size_t len;
} Text;

static Text no_text(void)
{
    return (Text){ NULL, 0 };
}

static Text text_of(JSValue value)
{
    Text t = { NULL, 0 };
    if (JS_IsString(value))
        t.text = JS_ToCStringLen(cx, &t.len, value);
    if (JS_IsException(value) || (JS_IsString(value) && !t.text))
        JS_FreeValue(cx, JS_GetException(cx));
    JS_FreeValue(cx, value);
    return t;
}

static Text property(JSValueConst object, const char *name)
{
    return JS_IsObject(object) ? text_of(JS_GetPropertyStr(cx, object, name)) : no_text();
}

static bool is(Text t, const char *word)
{
    return t.text && t.len == strlen(word) && !memcmp(t.text, word, t.len);
}

// A class that extends Error without a name of its own is called by the class.
static Text type_of(JSValueConst thrown)
{
    Text name = property(thrown, "name");
    if (name.text && !is(name, "Error") && name.len)
        return name;
    JSValue constructor = JS_IsObject(thrown) ? JS_GetPropertyStr(cx, thrown, "constructor") : JS_UNDEFINED;
    Text class = JS_IsObject(constructor) ? property(constructor, "name") : no_text();
    if (JS_IsException(constructor))
        JS_FreeValue(cx, JS_GetException(cx));
    JS_FreeValue(cx, constructor);
    if (class.text && class.len && !is(class, "Object")) {
        JS_FreeCString(cx, name.text);
        return class;
    }
    JS_FreeCString(cx, class.text);
    return name;
}

// What is no error and has no message is shown as the console would.
static Text message_of(JSValueConst thrown)
{
    Text message = property(thrown, "message");
    if (message.text || (JS_IsObject(thrown) && engine_kind(rt, thrown) == KIND_ERROR))
        return message;
    return text_of(JS_IsString(thrown) ? JS_DupValue(cx, thrown) : console_inspect(thrown));
}

bool error_is_exhaustion(JSValueConst thrown)
{
    if (JS_IsNull(thrown) || JS_IsUninitialized(thrown))
        return true;
    if (!engine_is_internal_error(cx, thrown))
        return false;
    Text message = property(thrown, "message");
    bool says_so = is(message, "out of memory");
    JS_FreeCString(cx, message.text);
    return says_so;
}

// `Type: message`, then the frames, the way other engines do; this one keeps only the frames.
static void write_stack(Writer *w, Text type, Text message, Text stack, size_t cap)
{
    Writer all = { 0 };
    bool headed = stack.len >= type.len && type.len && !memcmp(stack.text, type.text, type.len);
    if (!headed) {
        write_bytes(&all, type.text, type.len);
        if (type.len && message.len)
            write_bytes(&all, ": ", 2);
        write_bytes(&all, message.text, message.len);
        if (stack.len)
            write_bytes(&all, "\n", 1);
    }
    write_bytes(&all, stack.text, stack.len);
    while (all.len && all.bytes[all.len - 1] == '\n')
        all.len--;
    write_lossy(w, all.failed ? "" : (const char *)all.bytes, all.failed ? 0 : all.len, cap);
    writer_free(&all);
}

void error_describe(Writer *w, JSValueConst thrown, const Limits *limits)
{
    size_t cap = limits->bytes / 8 < TEXT_MAX ? limits->bytes / 8 : TEXT_MAX;
    Text type = type_of(thrown), message = message_of(thrown), stack = property(thrown, "stack");
    if (!type.text || !type.len) {
        JS_FreeCString(cx, type.text);
        type = (Text){ NULL, 0 };
    }
    Text shown = type.text ? type : (Text){ "Error", 5 };
    Reader map;
    JSValue holder = JS_UNDEFINED;
    bool from_host = host_origin(thrown, &map, &holder) && (size_t)(map.end - map.at) < limits->bytes / 2;
    Text code = JS_IsError(thrown) ? property(thrown, "code") : no_text();
    write_count(w, TAG_MAP, 3 + from_host + !!code.text);
    write_text(w, "type");
    write_lossy(w, shown.text, shown.len, cap);
    write_text(w, "message");
    write_lossy(w, message.text ? message.text : "", message.len, cap);
    write_text(w, "stack");
    write_stack(w, shown, message, stack, cap);
    if (from_host) {
        write_text(w, "hostError");
        write_bytes(w, map.at, map.end - map.at);
    }
    if (code.text) {
        write_text(w, "code");
        write_lossy(w, code.text, code.len, CODE_MAX);
    }
    JS_FreeValue(cx, holder);
    JS_FreeCString(cx, code.text);
    JS_FreeCString(cx, type.text);
    JS_FreeCString(cx, message.text);
    JS_FreeCString(cx, stack.text);
}
