// Owns the interface of rejections.c: promises that were rejected while nobody looked after them.
#pragma once
#include "guest.h"

void rejections_install(void);
/** Writes to stderr what is still unhandled. */
void rejections_report(void);
void rejections_clear(void);
