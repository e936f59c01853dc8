// Owns the interface of files.c: what the module `fs` asks of the file tree.
#pragma once
#include "guest.h"

/** An object with the primitives as functions, for fs.js. */
JSValue files_natives(void);
