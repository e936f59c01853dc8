// Owns the interface of loop.c: what is still to happen in a run.
#pragma once
#include "guest.h"

/** Defines setTimeout and its relatives. */
int loop_install(JSValueConst global);
/** A promise that the answer to host call `id` settles. */
JSValue loop_promise(uint32_t id);
/** Runs what is due at once: promise reactions, microtasks. -1: one of them threw. */
int loop_jobs(void);
/** Waits for the next timer or answer and runs it. 1: done, 0: nothing is left to wait for, -1: it threw. */
int loop_step(void);
/** Forgets timers, calls and rejections. */
void loop_clear(void);
