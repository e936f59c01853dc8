// Owns the interface of timers.c: what setTimeout and setInterval have asked for.
#pragma once
#include "guest.h"

int timers_install(JSValueConst global);
/** Microseconds until the first timer is due, 0 when it is overdue, -1 when there is none. */
int64_t timers_wait(void);
/** The time of the first timer has come: the host waited for it. */
void timers_elapsed(void);
/** Calls the first timer's function. -1: it threw. */
int timers_fire(void);
void timers_clear(void);
