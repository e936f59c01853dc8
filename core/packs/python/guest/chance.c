// Owns seeding `random` from the host at each run. The seed is only worked in when a number is asked for, which the
// patched module of CPython does (../sources/patches/random-late-seed.patch).
#include "chance.h"

extern uint32_t sandbox_seed[8];
void sandbox_unseed(PyObject *random);

static PyObject *generator, *gauss_next;
static bool owned;

int chance_start(PyObject *given)
{
    generator = Py_NewRef(given);
    gauss_next = PyUnicode_InternFromString("gauss_next");
    return gauss_next ? 0 : -1;
}

int chance_begin(Reader seed)
{
    size_t len = seed.at ? (size_t)(seed.end - seed.at) : 0;
    if (owned || !len)
        return 0;
    memset(sandbox_seed, 0, sizeof sandbox_seed);
    memcpy(sandbox_seed, seed.at, len < sizeof sandbox_seed ? len : sizeof sandbox_seed);
    sandbox_unseed(generator);
    // The half of a pair of numbers that `random.gauss` keeps for its next call.
    PyObject *kept = PyObject_GetAttr(generator, gauss_next);
    int failed = kept ? 0 : -1;
    if (kept && kept != Py_None)
        failed = PyObject_SetAttr(generator, gauss_next, Py_None);
    Py_XDECREF(kept);
    return failed;
}

void chance_own(void)
{
    owned = true;
}

void chance_restart(void)
{
    owned = false;
}
