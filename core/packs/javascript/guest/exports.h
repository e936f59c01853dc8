// Owns the interface of exports.c: modules made of a value.
#pragma once
#include "guest.h"

/** A module whose default export is the value and whose other exports are the value's fields; the value is taken over. */
JSModuleDef *exports_module(const char *name, JSValue value);
