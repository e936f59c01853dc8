// Owns the built-in modules: fs.js and path.js are compiled before any code of the guest and lie in the snapshot;
// they run when they are imported for the first time, so that a sandbox that imports none pays nothing.
#include "builtins.h"
#include "console.h"
#include "files.h"

static const char fs_source[] = {
#include "fs.js.inc"
    , 0 };
static const char path_source[] = {
#include "path.js.inc"
    , 0 };

enum { SCRIPT_FS, SCRIPT_PATH, SCRIPTS };

// A script gives, before any code of the guest runs, a function that makes an object with the script's modules.
static struct {
    const char *file, *source;
    size_t len;
    JSValue make, made;
} scripts[SCRIPTS] = {
    [SCRIPT_FS] = { "node:fs", fs_source, sizeof fs_source - 1, JS_UNDEFINED, JS_UNDEFINED },
    [SCRIPT_PATH] = { "node:path", path_source, sizeof path_source - 1, JS_UNDEFINED, JS_UNDEFINED },
};

static const struct {
    const char *name;
    int script;
    const char *property;
} modules[] = {
    { "node:fs", SCRIPT_FS, "fs" },
    { "node:fs/promises", SCRIPT_FS, "promises" },
    { "node:path", SCRIPT_PATH, "path" },
    { "node:path/posix", SCRIPT_PATH, "path" },
};

#define PREFIX (sizeof "node:" - 1)
#define MODULES (sizeof modules / sizeof *modules)

const char *builtins_find(const char *name)
{
    for (size_t i = 0; i < MODULES; i++)
        if (!strcmp(name, modules[i].name) || !strcmp(name, modules[i].name + PREFIX))
            return modules[i].name;
    return NULL;
}

// The object behind a module, made by its script if that has not run yet.
static JSValue object_of(size_t i)
{
    int script = modules[i].script;
    if (JS_IsUndefined(scripts[script].made)) {
        JSValue made = JS_Call(cx, scripts[script].make, JS_UNDEFINED, 0, NULL);
        if (JS_IsException(made))
            return made;
        scripts[script].made = made;
    }
    return JS_GetPropertyStr(cx, scripts[script].made, modules[i].property);
}

JSValue builtins_object(const char *name)
{
    size_t i = 0;
    while (i + 1 < MODULES && strcmp(name, modules[i].name))
        i++;
    return object_of(i);
}

int builtins_install(void)
{
    JSValue natives[2] = { console_natives(), files_natives() };
    int failed = JS_IsException(natives[0]) || JS_IsException(natives[1]);
    for (int i = 0; i < SCRIPTS && !failed; i++) {
        scripts[i].make = console_boot(scripts[i].file, scripts[i].source, scripts[i].len, 2, natives);
        failed = JS_IsException(scripts[i].make);
    }
    JS_FreeValues(cx, natives[0], natives[1]);
    return failed ? -1 : 0;
}
