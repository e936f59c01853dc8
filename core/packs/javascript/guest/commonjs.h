// Owns the interface of commonjs.c: modules that have `require` and `module.exports`.
#pragma once
#include "modules.h"

/** Compiles commonjs.js. */
int commonjs_install(void);
/**
 * Runs a CommonJS module, if it has not run yet: 1 and what it exports; 0: the text is an ES module;
 * -1: thrown. `format` is FORMAT_COMMONJS or FORMAT_EITHER.
 */
int commonjs_import(const char *path, const char *text, size_t len, Format format, JSValue *exports);
