// Owns starting CPython: isolated from files and variables of any machine, with the same bytes every time.
#include "start.h"
#include "chance.h"
#include "codec.h"
#include "module.h"
#include "sources.h"
#include <stddef.h>

/** Bytes of WebAssembly's own stack that one step of recursion in C takes at most; see ../README.md. */
#define STACK_STEP 1024u
/** For what runs without counting: the shim itself, and the last function called. */
#define STACK_SPARE (96u << 10)

Start start;
PyObject *variables;

static const struct {
    const char *name;
    size_t at;
} functions[] = {
    { "describe", offsetof(Start, describe) },   { "exit_code", offsetof(Start, exit_code) },
    { "finish", offsetof(Start, finish) },       { "Stalled", offsetof(Start, Stalled) },
    { "restart", offsetof(Start, restart) },     { "install_host", offsetof(Start, install_host) },
    { "set_env", offsetof(Start, set_env) },     { "set_argv", offsetof(Start, set_argv) },
    { "set_path", offsetof(Start, set_path) },   { "set_stdin", offsetof(Start, set_stdin) },
};

int start_call(PyObject *function, PyObject *argument)
{
    PyObject *result = argument ? PyObject_CallOneArg(function, argument) : NULL;
    Py_XDECREF(argument);
    Py_XDECREF(result);
    return result ? 0 : -1;
}

void start_stack(uint32_t bytes)
{
    uint32_t steps = bytes > STACK_SPARE ? (bytes - STACK_SPARE) / STACK_STEP : 0;
    PyThreadState_Get()->c_recursion_remaining = steps < Py_C_RECURSION_LIMIT ? steps : Py_C_RECURSION_LIMIT;
}

static int initialize(void)
{
    PyPreConfig before;
    PyPreConfig_InitIsolatedConfig(&before);
    before.utf8_mode = 1;
    PyStatus status = Py_PreInitialize(&before);
    if (PyStatus_Exception(status))
        return -1;
    PyConfig config;
    PyConfig_InitIsolatedConfig(&config);
    config.write_bytecode = 0;
    config.use_hash_seed = 1;
    config.hash_seed = 0;
    config.install_signal_handlers = 0;
    config.site_import = 0;
    config.buffered_stdio = 0;
    config.user_site_directory = 0;
    status = Py_InitializeFromConfig(&config);
    PyConfig_Clear(&config);
    if (!PyStatus_Exception(status))
        return 0;
    fprintf(stderr, "%s: %s\n", status.func ? status.func : "start", status.err_msg ? status.err_msg : "failed");
    return -1;
}

int start_variables(void)
{
    // Held here too: a program may remove it from where modules are looked up.
    static PyObject *main;
    if (!main && !(main = PyImport_AddModuleRef("__main__")))
        return -1;
    variables = PyModule_GetDict(main);
    PyDict_Clear(variables);
    PyObject *name = PyUnicode_FromString("__main__");
    int failed = !name || PyDict_SetItemString(variables, "__name__", name) ||
                 PyDict_SetItemString(variables, "__builtins__", PyImport_AddModule("builtins")) ||
                 PyDict_SetItemString(variables, "__doc__", Py_None) ||
                 PyDict_SetItemString(variables, "__loader__", Py_None) ||
                 PyDict_SetItemString(variables, "__package__", Py_None) ||
                 PyDict_SetItemString(variables, "__spec__", Py_None);
    Py_XDECREF(name);
    return failed ? -1 : 0;
}

// What C does itself for speed, on objects of Python's.
static int share(PyObject *module)
{
    PyObject *generator = PyObject_GetAttrString(module, "generator");
    PyObject *runs = generator ? PyObject_GetAttrString(module, "runs") : NULL;
    PyObject *lines = runs ? PyObject_GetAttrString(module, "lines") : NULL;
    int failed = lines ? chance_start(generator) : -1;
    if (!failed)
        sources_start(runs, lines);
    Py_XDECREF(generator);
    Py_XDECREF(runs);
    Py_XDECREF(lines);
    return failed;
}

int start_interpreter(void)
{
    if (initialize())
        return -1;
    PyObject *module = PyImport_ImportModule("_sandbox_start");
    for (size_t i = 0; module && i < sizeof functions / sizeof *functions; i++) {
        PyObject *function = PyObject_GetAttrString(module, functions[i].name);
        if (!function)
            Py_CLEAR(module);
        *(PyObject **)((char *)&start + functions[i].at) = function;
    }
    if (!module || share(module) || codec_start() || start_variables()) {
        PyErr_Print();
        return -1;
    }
    return 0;
}
