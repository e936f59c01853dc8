// Owns the interface of the value codec: bytes to values of the engine and back (layout: ../README.md).
// encode.c and write.c write, decode.c reads. Counts and lengths in bytes from outside are never trusted.
#pragma once
#include "guest.h"

enum tag {
    TAG_NULL,
    TAG_FALSE,
    TAG_TRUE,
    TAG_INT,
    TAG_BIGINT,
    TAG_FLOAT,
    TAG_STRING,
    TAG_BYTES,
    TAG_LIST,
    TAG_MAP,
    TAG_DATETIME,
};

/** Levels of nesting that the recursion here goes down to, whatever a request allows. */
#define DEPTH_MAX 1000u
#define MAX_SAFE_INTEGER 9007199254740991.0

// --- writing -------------------------------------------------------------------------------------

/** Growing bytes. `failed` once memory ran out; everything written after that is dropped. */
typedef struct {
    uint8_t *bytes;
    size_t len, cap;
    bool failed;
} Writer;

void write_bytes(Writer *w, const void *bytes, size_t len);
void write_tag(Writer *w, enum tag tag);
void write_sized(Writer *w, enum tag tag, const void *bytes, size_t len);
void write_count(Writer *w, enum tag tag, uint32_t count);
void write_int(Writer *w, int64_t n);
void write_float(Writer *w, double n);
void write_text(Writer *w, const char *text);
/** UTF-8 of at most `cap` bytes; what cannot stand in UTF-8 becomes U+FFFD. */
void write_lossy(Writer *w, const char *text, size_t len, size_t cap);
void writer_free(Writer *w);

/** What a value that leaves may be at most; from the request. */
typedef struct {
    uint32_t depth;
    uint32_t bytes;
} Limits;

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

// --- reading -------------------------------------------------------------------------------------

typedef struct {
    const uint8_t *at, *end;
} Reader;

/** Steps over one value without building it; false when it is malformed. */
bool skip(Reader *r);
bool read_tag(Reader *r, enum tag *tag);
bool read_u32(Reader *r, uint32_t *n);
/** The bytes of a string or of bytes, after their tag. */
bool read_sized(Reader *r, Reader *bytes);
/** The next value if it is of that kind: the bytes of a string, or of bytes. */
bool read_as(Reader *r, enum tag tag, Reader *bytes);
bool read_int(Reader *r, int64_t *n);
/** One value; throws when it is malformed. */
JSValue decode(Reader *r);
/** A key: an atom for UTF-8. */
JSAtom decode_name(Reader bytes);
