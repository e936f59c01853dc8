// Owns the interface of chance.c: numbers of `random` come from the host's seed.
#pragma once
#include "guest.h"
#include "codec.h"

/** Takes over the generator behind the functions of `random`. -1: raised. */
int chance_start(PyObject *generator);
/** At the start of a run: the generator follows this seed, unless the program has seeded it itself. -1: raised. */
int chance_begin(Reader seed);
/** The program seeds the generator itself from now on. */
void chance_own(void);
/** Back to the beginning. */
void chance_restart(void);
