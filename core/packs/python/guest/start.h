// Owns the interface of start.c: the interpreter, and what start.py offers to C.
#pragma once
#include "guest.h"

/** Functions of _sandbox_start.py, by name. */
typedef struct {
    PyObject *describe, *exit_code, *finish, *Stalled, *install_host;
    PyObject *restart, *set_env, *set_argv, *set_path, *set_stdin;
} Start;

extern Start start;
/** The variables of `__main__`. */
extern PyObject *variables;

/** Starts the interpreter and imports what is to be there from the start. */
int start_interpreter(void);
/** Empties `__main__`. */
int start_variables(void);
/** Gives the interpreter so many bytes of WebAssembly's own stack. */
void start_stack(uint32_t bytes);
/** Calls a function of start.py with one argument, which it takes over; -1: raised. */
int start_call(PyObject *function, PyObject *argument);
