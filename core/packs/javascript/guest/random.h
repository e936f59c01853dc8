// Owns the interface of random.c: what `Math.random` answers.
#pragma once
#include "guest.h"

/** Replaces `Math.random`. */
int random_install(JSValueConst global);
/** 32 bytes of fresh randomness from the host. */
void random_seed(const uint8_t seed[32]);
/** random(buffer, offset, length): fills bytes of an ArrayBuffer. */
JSValue random_fill(JSContext *c, JSValueConst self, int argc, JSValueConst *argv);
