// Owns the interface of sources.c: the sources of the last runs.
#pragma once
#include "guest.h"

/** Takes over the list of runs and linecache's dict. */
void sources_start(PyObject *runs, PyObject *cache);
/** Keeps a run's source text with its code, so that tracebacks can show its lines. -1: raised. */
int sources_remember(PyObject *file, PyObject *text, PyObject *code);
