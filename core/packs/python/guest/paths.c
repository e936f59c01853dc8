// Owns where the interpreter believes to be installed: nowhere. CPython would look for its library on the
// disk here; ours is inside the module, so there is nothing to look for, and starting up touches no file.
#include "guest.h"
#include "internal/pycore_initconfig.h"
#include "internal/pycore_pathconfig.h"

static PyStatus set(wchar_t **place, PyConfig *config, const wchar_t *text)
{
    return *place ? PyStatus_Ok() : PyConfig_SetString(config, place, text);
}

PyStatus _PyConfig_InitPathConfig(PyConfig *config, int compute_path_config)
{
    wchar_t **prefixes[] = { &config->prefix, &config->base_prefix, &config->exec_prefix, &config->base_exec_prefix };
    config->module_search_paths_set = 1;
    for (size_t i = 0; i < sizeof prefixes / sizeof *prefixes; i++) {
        PyStatus status = set(prefixes[i], config, L"/usr");
        if (PyStatus_Exception(status))
            return status;
    }
    wchar_t **programs[] = { &config->executable, &config->base_executable };
    for (size_t i = 0; i < sizeof programs / sizeof *programs; i++) {
        PyStatus status = set(programs[i], config, L"");
        if (PyStatus_Exception(status))
            return status;
    }
    return set(&config->platlibdir, config, L"lib");
}
