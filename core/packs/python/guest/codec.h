// Owns the interface of the value codec: bytes to Python's values and back (layout: ../README.md).
// encode.c writes, decode.c reads; what both packs share is in bytes.h.
#pragma once
#include "bytes.h"

/** A Python string, or "" for anything else, as UTF-8 of at most `cap` bytes; half surrogate pairs become `?`. */
void write_shown(Writer *w, PyObject *text, size_t cap);

typedef enum { ENCODED, REFUSED, THREW } Encoding;

/** Why a value cannot leave. `limit`: "depth", "bytes", or NULL when its kind is the reason. */
typedef struct {
    char path[512];
    char message[256];
    const char *limit;
} Refusal;

/** Where in the value the encoder is: a chain through its own frames. */
typedef struct Path {
    const struct Path *up;
    const void *object; // the container, for telling cycles
    PyObject *name;     // the key when it is a string; borrowed
    uint32_t index;
    bool key; // the key of a map's entry, not its value
} Path;

/** Appends a value at the given depth; `path` is where it stands, NULL at the top. */
Encoding encode(Writer *w, PyObject *value, const Limits *limits, const Path *path, uint32_t depth, Refusal *refusal);
void path_render(const Path *path, char *out, size_t cap);
/** The beginning of the name that a part of a path has, as much as fits; false where it has none. */
bool path_name(const Path *part, char *out, size_t cap);
/** Learns the types that are not Python's own. -1: raised. */
int codec_start(void);

/** One value, or NULL and an exception. */
PyObject *decode(Reader *r);
/** A value of its own: an encoded part of a request. */
PyObject *decode_part(Reader part);
PyObject *decode_text(Reader text);
