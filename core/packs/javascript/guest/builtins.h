// Owns the interface of builtins.c: modules that are there without a file.
#pragma once
#include "guest.h"

/** Compiles their scripts. */
int builtins_install(void);
/** The full name of the built-in module that an import means; NULL where it means none. */
const char *builtins_find(const char *name);
/** What a module of that full name exports by default. */
JSValue builtins_object(const char *name);
