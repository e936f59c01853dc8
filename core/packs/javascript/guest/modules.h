// Owns the interface of modules.c: programs made of several files.
#pragma once
#include "guest.h"

/** Lets code import what the host finds. */
void modules_install(void);
/** Makes what a module that has run declares and imports visible to later code. */
int modules_publish(JSValueConst global, JSModuleDef *module);
