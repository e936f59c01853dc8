// Owns modules that have no source of an ES module: they export a value and the fields that it has by now.
// What they export is settled when they are loaded; the value may be changed later without their following.
#include "exports.h"

static int for_names(JSValueConst object, void *opaque, int (*each)(void *opaque, JSValueConst object, JSAtom name))
{
    JSPropertyEnum *names;
    uint32_t count;
    if (JS_GetOwnPropertyNames(cx, &names, &count, object, JS_GPN_STRING_MASK | JS_GPN_ENUM_ONLY))
        return -1;
    int failed = 0;
    for (uint32_t i = 0; i < count && !failed; i++)
        failed = each(opaque, object, names[i].atom);
    JS_FreePropertyEnum(cx, names, count);
    return failed;
}

// A field that cannot be read is undefined, as in Node: an import of another must not fail for it.
static int copy(void *fields, JSValueConst object, JSAtom name)
{
    JSValue value = JS_GetProperty(cx, object, name);
    if (JS_IsException(value)) {
        JS_FreeValue(cx, JS_GetException(cx));
        value = JS_UNDEFINED;
    }
    return JS_DefinePropertyValue(cx, *(JSValueConst *)fields, name, value, JS_PROP_C_W_E) < 0 ? -1 : 0;
}

static int announce(void *module, JSValueConst fields, JSAtom name)
{
    return engine_add_export(cx, module, name);
}

typedef struct {
    JSModuleDef *module;
    uint32_t index;
} Place;

static int set(void *opaque, JSValueConst fields, JSAtom name)
{
    Place *place = opaque;
    JSValue value = JS_GetProperty(cx, fields, name);
    if (JS_IsException(value))
        return -1;
    engine_set_export(cx, place->module, place->index++, value);
    return 0;
}

static int run(JSContext *c, JSModuleDef *module)
{
    JSValue fields = JS_GetModulePrivateValue(c, module);
    Place place = { module, 0 };
    int failed = for_names(fields, &place, set);
    JS_FreeValue(c, fields);
    return failed;
}

// The elements of a list are no names that anybody imports.
static bool has_fields(JSValueConst value)
{
    if (!JS_IsObject(value))
        return false;
    switch (engine_kind(rt, value)) {
    case KIND_ARRAY:
    case KIND_BYTES:
    case KIND_NUMBERS:
        return false;
    default:
        return true;
    }
}

JSModuleDef *exports_module(const char *name, JSValue value)
{
    JSValue fields = JS_NewObjectProto(cx, JS_NULL);
    int failed = JS_IsException(fields) || (has_fields(value) && for_names(value, &fields, copy));
    if (!failed)
        failed = JS_DefinePropertyValueStr(cx, fields, "default", JS_DupValue(cx, value), JS_PROP_C_W_E) < 0;
    JSModuleDef *module = failed ? NULL : JS_NewCModule(cx, name, run);
    JS_FreeValue(cx, value);
    if (!module || for_names(fields, module, announce)) {
        JS_FreeValue(cx, fields);
        return NULL;
    }
    JS_SetModulePrivateValue(cx, module, fields);
    return module;
}
