// Owns putting the web's globals in place: url.js, encoding.js, clone.js, crypto.js, events.js and kv.js run once, before
// any code of the guest. They lie in the snapshot; a run that does not use them does not touch their pages.
#include "web.h"
#include "console.h"
#include "host.h"
#include "random.h"
#include "text.h"

static const char url_source[] = {
#include "url.js.inc"
    , 0 };
static const char encoding_source[] = {
#include "encoding.js.inc"
    , 0 };
static const char clone_source[] = {
#include "clone.js.inc"
    , 0 };
static const char crypto_source[] = {
#include "crypto.js.inc"
    , 0 };
static const char events_source[] = {
#include "events.js.inc"
    , 0 };
static const char kv_source[] = {
#include "kv.js.inc"
    , 0 };

typedef struct {
    const char *source;
    size_t len;
} Script;

static int install(JSValueConst global, JSValue natives, const Script *script)
{
    JSPropertyEnum *names;
    uint32_t count;
    JSValue made = console_boot("<web>", script->source, script->len, 1, &natives);
    if (JS_IsException(made) || JS_GetOwnPropertyNames(cx, &names, &count, made, JS_GPN_STRING_MASK))
        return -1;
    int failed = 0;
    for (uint32_t i = 0; i < count && !failed; i++) {
        JSValue value = JS_GetProperty(cx, made, names[i].atom);
        const int flags = JS_PROP_WRITABLE | JS_PROP_CONFIGURABLE;
        failed = JS_IsException(value) || JS_DefinePropertyValue(cx, global, names[i].atom, value, flags) < 0;
    }
    JS_FreePropertyEnum(cx, names, count);
    JS_FreeValue(cx, made);
    return failed ? -1 : 0;
}

int web_install(JSValueConst global)
{
    static const Script scripts[] = {
        { encoding_source, sizeof encoding_source - 1 }, { url_source, sizeof url_source - 1 },
        { clone_source, sizeof clone_source - 1 },       { crypto_source, sizeof crypto_source - 1 },
        { events_source, sizeof events_source - 1 },     { kv_source, sizeof kv_source - 1 },
    };
    static const JSCFunctionListEntry functions[] = {
        JS_CFUNC_DEF("encode", 1, text_encode),
        JS_CFUNC_DEF("decode", 3, text_decode),
        JS_CFUNC_DEF("random", 3, random_fill),
        JS_CFUNC_DEF("host", 1, host_function),
    };
    JSValue natives = console_natives();
    int failed = JS_IsException(natives) ||
                 JS_SetPropertyFunctionList(cx, natives, functions, sizeof functions / sizeof *functions);
    for (size_t i = 0; i < sizeof scripts / sizeof *scripts && !failed; i++)
        failed = install(global, natives, &scripts[i]);
    JS_FreeValue(cx, natives);
    return failed ? -1 : 0;
}
