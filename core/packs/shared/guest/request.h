// Owns the interface of request.c: a request taken apart. Not every pack uses every part.
#pragma once
#include "codec.h"

/** What the host gives of WebAssembly's own stack where a request does not say. */
#define STACK_USUAL (1u << 20)

/** Parts of a request, still encoded. A part that is missing has `at` NULL. */
typedef struct {
    Reader op, code, file, function, typed;             // the text itself
    Reader seed;                                        // 32 bytes
    Reader inputs, args, kwargs, host, env, argv, path; // encoded values
    Limits limits;
    uint32_t stack; // bytes of WebAssembly's own stack that the host gives
} Request;

/** False when the bytes are no well-formed request. */
bool request_parse(const uint8_t *bytes, size_t len, Request *request);
/** Whether a text is this word. */
bool is_text(Reader text, const char *word);
