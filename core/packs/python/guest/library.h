// Owns the interface of library.c: the standard library as compiled code inside the module.
#pragma once
#include "guest.h"

/** (index, bytes): name to (offset, length, kind) as a dict, and a view of everything. */
PyObject *library_parts(void);
