// Owns modules: asks the host where an import leads and for the text, compiles ES modules, wraps JSON.
// Names that are not built in, and files, are the host's to decide about (see ../README.md).
#include "modules.h"
#include "builtins.h"
#include "codec.h"
#include "commonjs.h"
#include "exports.h"
#include "host.h"
#include "run.h"

IMPORT(module_find) uint32_t module_find(const char *base, size_t base_len, const char *name, size_t name_len, uint32_t how);
IMPORT(module_read) uint32_t module_read(const char *path, size_t path_len);

static void refuse(Reader kind, Reader message, Reader code)
{
    JSValue error = engine_new_error(cx, (const char *)kind.at, kind.end - kind.at);
    JSValue text = JS_NewStringLen(cx, (const char *)message.at, message.end - message.at);
    if (JS_IsException(error) || JS_IsException(text)) {
        JS_FreeValues(cx, error, text);
        return;
    }
    JS_DefinePropertyValueStr(cx, error, "message", text, JS_PROP_WRITABLE | JS_PROP_CONFIGURABLE);
    if (code.at)
        JS_SetPropertyStr(cx, error, "code", JS_NewStringLen(cx, (const char *)code.at, code.end - code.at));
    JS_Throw(cx, error);
}

// The host's answer, `[true, text, format]` or `[false, type, message, code]`: the text with a zero behind it, to be
// freed. A format is asked for where `format` is not NULL.
static char *take_text(size_t len, size_t *text_len, Format *format)
{
    uint8_t *bytes = host_reply(len);
    if (!bytes)
        return NULL;
    Reader r = { bytes, bytes + len }, text = { 0 }, second = { 0 }, code = { 0 };
    enum tag list, ok;
    uint32_t fields;
    char *taken = NULL;
    bool sound = read_tag(&r, &list) && list == TAG_LIST && read_u32(&r, &fields) && read_tag(&r, &ok) &&
                 read_as(&r, TAG_STRING, &text);
    bool more = sound && read_as(&r, TAG_STRING, &second);
    if (sound && ok == TAG_TRUE && more == !!format) {
        *text_len = text.end - text.at;
        taken = js_strndup(cx, (const char *)text.at, *text_len);
        // The first letter tells: module, commonjs, json, either.
        if (format)
            *format = second.at < second.end ? *second.at : FORMAT_MODULE;
    } else if (sound && ok == TAG_FALSE && more) {
        read_as(&r, TAG_STRING, &code);
        refuse(text, second, code);
    } else {
        JS_ThrowInternalError(cx, "the host's answer is malformed");
    }
    js_free(cx, bytes);
    return taken;
}

char *modules_find(const char *base, const char *name, bool require)
{
    size_t len;
    return take_text(module_find(base, strlen(base), name, strlen(name), require), &len, NULL);
}

char *modules_read(const char *path, size_t *len, Format *format)
{
    return take_text(module_read(path, strlen(path)), len, format);
}

static char *normalize(JSContext *c, const char *base, const char *name, void *opaque)
{
    const char *builtin = builtins_find(name);
    return builtin ? js_strdup(c, builtin) : modules_find(base, name, false);
}

static int check_attributes(JSContext *c, void *opaque, JSValueConst attributes)
{
    JSPropertyEnum *names;
    uint32_t count;
    if (JS_GetOwnPropertyNames(c, &names, &count, attributes, JS_GPN_STRING_MASK | JS_GPN_ENUM_ONLY))
        return -1;
    int failed = 0;
    for (uint32_t i = 0; i < count && !failed; i++) {
        const char *name = JS_AtomToCString(c, names[i].atom);
        if (!name || strcmp(name, "type")) {
            if (name)
                JS_ThrowTypeError(c, "there is no import attribute '%s'", name);
            failed = -1;
        }
        JS_FreeCString(c, name);
    }
    JS_FreePropertyEnum(c, names, count);
    return failed;
}

// Whether `with {type: 'json'}` was said; -1 when it is another type.
static int wants_json(JSValueConst attributes)
{
    if (!JS_IsObject(attributes))
        return 0;
    JSValue type = JS_GetPropertyStr(cx, attributes, "type");
    if (JS_IsException(type))
        return -1;
    const char *word = JS_IsUndefined(type) ? NULL : JS_ToCString(cx, type);
    int wants = JS_IsUndefined(type) ? 0 : word && !strcmp(word, "json") ? 1 : -1;
    if (wants < 0 && word)
        JS_ThrowTypeError(cx, "a module of type '%s' cannot be imported, only json", word);
    JS_FreeCString(cx, word);
    JS_FreeValue(cx, type);
    return wants;
}

static int give_default(JSContext *c, JSModuleDef *module)
{
    return JS_SetModuleExport(c, module, "default", JS_GetModulePrivateValue(c, module));
}

static JSModuleDef *json_module(const char *path, const char *text, size_t len)
{
    JSValue value = JS_ParseJSON(cx, text, len, path);
    if (JS_IsException(value))
        return NULL;
    JSModuleDef *module = JS_NewCModule(cx, path, give_default);
    if (!module || JS_AddModuleExport(cx, module, "default")) {
        JS_FreeValue(cx, value);
        return NULL;
    }
    JS_SetModulePrivateValue(cx, module, value);
    return module;
}

static int describe(JSModuleDef *module, const char *path)
{
    JSValue meta = JS_GetImportMeta(cx, module);
    if (JS_IsException(meta))
        return -1;
    char *url = js_malloc(cx, strlen(path) + sizeof "file://");
    int failed = -1;
    if (url) {
        strcpy(url, "file://");
        strcat(url, path);
        failed = JS_DefinePropertyValueStr(cx, meta, "url", JS_NewString(cx, url), JS_PROP_C_W_E);
    }
    js_free(cx, url);
    JS_FreeValue(cx, meta);
    return failed < 0 ? -1 : 0;
}

static JSModuleDef *code_module(const char *path, const char *text, size_t len)
{
    JSValue code = JS_Eval(cx, text, len, path, JS_EVAL_TYPE_MODULE | JS_EVAL_FLAG_COMPILE_ONLY);
    if (JS_IsException(code))
        return NULL;
    JSModuleDef *module = JS_VALUE_GET_PTR(code);
    JS_FreeValue(cx, code);
    return describe(module, path) ? NULL : module;
}

int modules_define(const char *path, const char *text, size_t len)
{
    return code_module(path, text, len) ? 0 : -1;
}

// CommonJS runs as soon as it is loaded, because what it exports has to be known.
static JSModuleDef *text_module(const char *path, const char *text, size_t len, Format format)
{
    JSValue exports = JS_UNDEFINED;
    int commonjs = format == FORMAT_MODULE ? 0 : commonjs_import(path, text, len, format, &exports);
    if (commonjs < 0)
        return NULL;
    return commonjs ? exports_module(path, exports) : code_module(path, text, len);
}

static JSModuleDef *load(JSContext *c, const char *path, void *opaque, JSValueConst attributes)
{
    int json = wants_json(attributes);
    if (json < 0)
        return NULL;
    // A file's path begins with a slash, so that no file is taken for one of these.
    if (!json && builtins_find(path)) {
        JSValue object = builtins_object(path);
        return JS_IsException(object) ? NULL : exports_module(path, object);
    }
    size_t len;
    Format format;
    char *text = modules_read(path, &len, &format);
    if (!text)
        return NULL;
    JSModuleDef *module = NULL;
    if (json)
        module = json_module(path, text, len);
    else if (format == FORMAT_JSON)
        JS_ThrowTypeError(c, "'%s' is JSON: import it with { type: 'json' }", path);
    else
        module = text_module(path, text, len, format);
    js_free(c, text);
    return module;
}

void modules_install(void)
{
    JS_SetModuleLoaderFunc2(rt, normalize, load, check_attributes, NULL);
}

static int publish(void *global, JSAtom name, JSValueConst value)
{
    return run_global(*(JSValueConst *)global, name, JS_DupValue(cx, value));
}

int modules_publish(JSValueConst global, JSModuleDef *module)
{
    return engine_module_bindings(cx, module, publish, &global);
}
