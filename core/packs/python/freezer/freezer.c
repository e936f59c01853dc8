// Owns the compiler of Python source that runs at build time: the same parser and compiler as the guest's,
// in a module that knows no imports. So the build needs no Python of a certain version on the machine.
#include "guest.h"
#include "marshal.h"
#include "internal/pycore_import.h"
#include "internal/pycore_initconfig.h"
#include <stdlib.h>

static const struct _frozen none[] = { { 0 } };
static const struct _module_alias no_aliases[] = { { 0 } };
const struct _frozen *_PyImport_FrozenBootstrap = none;
const struct _frozen *_PyImport_FrozenStdlib = none;
const struct _frozen *_PyImport_FrozenTest = none;
const struct _frozen *PyImport_FrozenModules = NULL;
const struct _module_alias *_PyImport_FrozenAliases = no_aliases;

static PyObject *frozen;
static char *text;

PyStatus _PyConfig_InitPathConfig(PyConfig *config, int compute_path_config)
{
    return PyStatus_Ok();
}

EXPORT(freezer_start) int freezer_start(void)
{
    PyConfig config;
    PyConfig_InitIsolatedConfig(&config);
    config.site_import = 0;
    config._install_importlib = 0;
    config._init_main = 0;
    config.use_hash_seed = 1;
    config.hash_seed = 0;
    PyStatus status = Py_InitializeFromConfig(&config);
    PyConfig_Clear(&config);
    return PyStatus_Exception(status) ? -1 : 0;
}

/** Room for a file name and a text, a zero behind each. */
EXPORT(freezer_room) char *freezer_room(uint32_t bytes)
{
    free(text);
    text = malloc(bytes);
    return text;
}

/** Compiles what stands there, the text at `at`; the length of the outcome, -1 when it is not Python. */
EXPORT(freezer_compile) int freezer_compile(uint32_t at)
{
    Py_CLEAR(frozen);
    PyCompilerFlags flags = _PyCompilerFlags_INIT;
    flags.cf_flags = PyCF_SOURCE_IS_UTF8 | PyCF_IGNORE_COOKIE;
    PyObject *code = Py_CompileStringExFlags(text + at, text, Py_file_input, &flags, 0);
    frozen = code ? PyMarshal_WriteObjectToString(code, Py_MARSHAL_VERSION) : NULL;
    Py_XDECREF(code);
    if (!frozen)
        PyErr_Print();
    return frozen ? (int)PyBytes_GET_SIZE(frozen) : -1;
}

EXPORT(freezer_bytes) const char *freezer_bytes(void)
{
    return PyBytes_AS_STRING(frozen);
}
