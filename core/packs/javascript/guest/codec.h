// Owns the interface of the value codec: bytes to values of the engine and back (layout: ../README.md).
// encode.c writes, decode.c reads; what both packs share is in bytes.h.
#pragma once
#include "bytes.h"

#define MAX_SAFE_INTEGER 9007199254740991.0

typedef enum { ENCODED, REFUSED, THREW } Encoding;

/** Why a value cannot leave. `limit`: "depth", "bytes", or NULL when its kind is the reason. */
typedef struct {
    char path[512];
    const char *message;
    const char *limit;
} Refusal;

/** Where in the value the encoder is: a chain through its own frames. */
typedef struct Path {
    const struct Path *up;
    const void *object; // the container, for telling cycles
    JSAtom name;        // the field, or JS_ATOM_NULL
    uint32_t index;
    bool key; // the key of a map's entry, not its value
} Path;

/** Appends a value at the given depth; `path` is where it stands, NULL at the top. */
Encoding encode(Writer *w, JSValueConst value, const Limits *limits, const Path *path, uint32_t depth,
                Refusal *refusal);
void path_render(const Path *path, char *out, size_t cap);
/** The beginning of the name that a part of a path has, as much as fits; false where it has none. */
bool path_name(const Path *part, char *out, size_t cap);

/** One value; throws when it is malformed. */
JSValue decode(Reader *r);
/** A key: an atom for UTF-8. */
JSAtom decode_name(Reader bytes);
