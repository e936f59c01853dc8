// Owns what commonjs.js gets from the inside: where a name leads, the code of a file, built-in modules.
// Which modules there are and what they export is kept by the script, which runs at the first CommonJS module.
#include "commonjs.h"
#include "builtins.h"
#include "console.h"

static const char source[] = {
#include "commonjs.js.inc"
    , 0 };

#define PARAMETERS "exports, require, module, __filename, __dirname, process, global"

static JSValue make = JS_UNDEFINED, enter = JS_UNDEFINED;

// Only an ES module can have one of these words and not compile as a function; it has the word on what is wrong.
static bool may_be_module(const char *text)
{
    return strstr(text, "import") || strstr(text, "export") || strstr(text, "await");
}

// A function; undefined where it is an ES module.
static JSValue compile(const char *path, const char *text, size_t len, Format format)
{
    size_t mark = len >= 3 && !memcmp(text, "\xef\xbb\xbf", 3) ? 3 : 0;
    JSValue code = engine_function(cx, PARAMETERS, text + mark, len - mark, path);
    if (!JS_IsException(code) || format != FORMAT_EITHER || !may_be_module(text))
        return code;
    JSValue error = JS_GetException(cx);
    bool syntax = engine_is_syntax_error(cx, error);
    if (syntax)
        JS_FreeValue(cx, error);
    else
        JS_Throw(cx, error);
    return syntax ? JS_UNDEFINED : JS_EXCEPTION;
}

// find(base, name): the path of a file.
static JSValue native_find(JSContext *c, JSValueConst self, int argc, JSValueConst *argv)
{
    const char *base = JS_ToCString(c, argv[0]), *name = JS_ToCString(c, argv[1]);
    char *path = base && name ? modules_find(base, name, true) : NULL;
    JSValue found = path ? JS_NewString(c, path) : JS_EXCEPTION;
    js_free(c, path);
    JS_FreeCString(c, base);
    JS_FreeCString(c, name);
    return found;
}

// builtin(name): the full name of a built-in module, or undefined.
static JSValue native_builtin(JSContext *c, JSValueConst self, int argc, JSValueConst *argv)
{
    const char *name = JS_ToCString(c, argv[0]);
    if (!name)
        return JS_EXCEPTION;
    const char *found = builtins_find(name);
    JS_FreeCString(c, name);
    return found ? JS_NewString(c, found) : JS_UNDEFINED;
}

// object(name): what a built-in module of that full name exports.
static JSValue native_object(JSContext *c, JSValueConst self, int argc, JSValueConst *argv)
{
    const char *name = JS_ToCString(c, argv[0]);
    JSValue object = name ? builtins_object(name) : JS_EXCEPTION;
    JS_FreeCString(c, name);
    return object;
}

static JSValue open_text(const char *path, const char *text, size_t len, Format format)
{
    if (format == FORMAT_JSON) {
        size_t mark = len >= 3 && !memcmp(text, "\xef\xbb\xbf", 3) ? 3 : 0;
        return JS_ParseJSON(cx, text + mark, len - mark, path);
    }
    JSValue code = format == FORMAT_MODULE ? JS_UNDEFINED : compile(path, text, len, format);
    if (JS_IsUndefined(code) && modules_define(path, text, len))
        return JS_EXCEPTION;
    return code;
}

// open(path): a function for a CommonJS module, the value of JSON, undefined for an ES module.
static JSValue native_open(JSContext *c, JSValueConst self, int argc, JSValueConst *argv)
{
    size_t len;
    Format format;
    const char *path = JS_ToCString(c, argv[0]);
    char *text = path ? modules_read(path, &len, &format) : NULL;
    JSValue opened = text ? open_text(path, text, len, format) : JS_EXCEPTION;
    js_free(c, text);
    JS_FreeCString(c, path);
    return opened;
}

static JSValue natives(void)
{
    static const JSCFunctionListEntry functions[] = {
        JS_CFUNC_DEF("find", 2, native_find),
        JS_CFUNC_DEF("builtin", 1, native_builtin),
        JS_CFUNC_DEF("object", 1, native_object),
        JS_CFUNC_DEF("open", 1, native_open),
    };
    JSValue all = JS_NewObject(cx);
    if (JS_IsException(all) || JS_SetPropertyFunctionList(cx, all, functions, sizeof functions / sizeof *functions)) {
        JS_FreeValue(cx, all);
        return JS_EXCEPTION;
    }
    return all;
}

// enter(path, code): the module of a file, which runs if it is not there yet. Without code only what is there.
static JSValue entered(const char *path, JSValueConst code)
{
    if (JS_IsUndefined(enter)) {
        JSValue made = JS_Call(cx, make, JS_UNDEFINED, 0, NULL);
        if (JS_IsException(made))
            return made;
        enter = made;
    }
    JSValue name = JS_NewString(cx, path);
    if (JS_IsException(name))
        return name;
    JSValueConst argv[2] = { name, code };
    JSValue module = JS_Call(cx, enter, JS_UNDEFINED, 2, argv);
    JS_FreeValue(cx, name);
    return module;
}

int commonjs_import(const char *path, const char *text, size_t len, Format format, JSValue *exports)
{
    JSValue module = entered(path, JS_UNDEFINED);
    if (JS_IsUndefined(module)) {
        JSValue code = compile(path, text, len, format);
        if (JS_IsUndefined(code))
            return 0;
        module = JS_IsException(code) ? code : entered(path, code);
        JS_FreeValue(cx, code);
    }
    if (JS_IsException(module))
        return -1;
    *exports = JS_GetPropertyStr(cx, module, "exports");
    JS_FreeValue(cx, module);
    return JS_IsException(*exports) ? -1 : 1;
}

int commonjs_install(void)
{
    JSValue given = natives();
    if (!JS_IsException(given))
        make = console_boot("node:module", source, sizeof source - 1, 1, &given);
    JS_FreeValue(cx, given);
    return JS_IsException(make) ? -1 : 0;
}
