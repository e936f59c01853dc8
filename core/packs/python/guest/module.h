// Owns the interface of module.c: the built-in module `_sandbox`, which start.py is written against.
#pragma once
#include "guest.h"

PyObject *PyInit__sandbox(void);
