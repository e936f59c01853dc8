// Owns the interface of run.c: running code, calling functions.
#pragma once
#include "request.h"

typedef enum { RUN_DONE, RUN_THREW, RUN_MISSING } Progress;

/** Runs the code of a request; the value of its last expression, awaited if it is to be awaited. */
Progress run_code(const Request *request, PyObject **value);
/** Calls a function by its dotted name; what it returns, awaited if it is to be awaited. */
Progress run_call(const Request *request, PyObject **value);
/** Makes every entry of an encoded map a variable. */
int run_inputs(Reader map);
