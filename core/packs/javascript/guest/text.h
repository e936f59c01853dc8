// Owns the interface of text.c: UTF-8 for the web's encoder and decoder.
#pragma once
#include "guest.h"

/** encode(text): its bytes as Uint8Array. */
JSValue text_encode(JSContext *c, JSValueConst self, int argc, JSValueConst *argv);
/** decode(bytes, fatal, stream): the text, and how many bytes at the end are the beginning of a character. */
JSValue text_decode(JSContext *c, JSValueConst self, int argc, JSValueConst *argv);
