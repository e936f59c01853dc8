// Owns the interface of output.c: text on its way to stdout and stderr.
#pragma once
#include "guest.h"

void output_write(int fd, const char *text, size_t len);
void output_flush(void);
/** Forgets what was not flushed. */
void output_drop(void);
