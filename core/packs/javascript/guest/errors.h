// Owns the interface of errors.c: exceptions as the outside gets to see them.
#pragma once
#include "codec.h"

/** Whether this exception says that memory ran out. */
bool error_is_exhaustion(JSValueConst thrown);
/** Writes the map {type, message, stack, hostError?}. Texts are shortened so that it fits into `limits`. */
void error_describe(Writer *w, JSValueConst thrown, const Limits *limits);
