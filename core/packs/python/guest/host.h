// Owns the interface of host.c: calling functions of the host, waiting for its answers.
#pragma once
#include "codec.h"

void host_limits(Limits limits);
/** `host_call(name, args, kwargs)`: (True, value), (False, error map, its bytes), or the number of a pending call. */
PyObject *host_call_function(PyObject *module, PyObject *const *args, Py_ssize_t count);
/** `host_wait(microseconds)`: the next answer (number, ok, value or error map, its bytes), or None. -1 waits for any. */
PyObject *host_wait_function(PyObject *module, PyObject *microseconds);
