// Owns the interface of run.c: running code, calling functions, waiting until all is done.
#pragma once
#include "request.h"

typedef enum { RUN_DONE, RUN_THREW, RUN_STALLED, RUN_MISSING } Progress;

/** Runs the code of a request; the value of its last expression, awaited if it is a promise. */
Progress run_code(const Request *request, JSValueConst global, JSValue *value);
/** Calls a function by its dotted name; what it returns, awaited if it is a promise. */
Progress run_call(const Request *request, JSValue *value);
/** Runs timers and answers until nothing is left. */
Progress run_rest(void);
/** Makes every entry of an encoded map a global variable. */
int run_globals(JSValueConst global, Reader map);
int run_global(JSValueConst global, JSAtom name, JSValue value);
