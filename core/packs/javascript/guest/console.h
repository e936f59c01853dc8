// Owns the interface of console.c: the console, and values as text for people.
#pragma once
#include "guest.h"

/** Runs the bootstrap scripts, which define `console`. */
int console_install(JSValueConst global);
/** A value as the console shows it inside of others; a string, or an exception when memory ran out. */
JSValue console_inspect(JSValueConst value);
/** Writes a heading and a value to stderr. */
void console_uncaught(const char *heading, JSValueConst value);
/** Forgets groups, counters and times. */
void console_reset(void);
/** Functions that look into objects without running anything of the guest, for bootstrap scripts. */
JSValue console_natives(void);
/** Runs a bootstrap script, which is a function, with these arguments. */
JSValue console_boot(const char *file, const char *source, size_t len, int argc, JSValue *argv);
