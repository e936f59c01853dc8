// Owns the interface of the value codec: bytes to Python's values and back (layout: ../README.md).
// encode.c and write.c write, read.c and decode.c read. Counts and lengths from outside are never trusted.
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
/** A Python string, or "" for anything else, as UTF-8 of at most `cap` bytes; half surrogate pairs become `?`. */
void write_lossy(Writer *w, PyObject *text, size_t cap);
/** Makes room for so many bytes and counts them as written; NULL when memory ran out. */
uint8_t *write_room(Writer *w, size_t len);
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
/** Learns the types that are not Python's own. -1: raised. */
int codec_start(void);

// --- reading -------------------------------------------------------------------------------------

typedef struct {
    const uint8_t *at, *end;
} Reader;

/** Steps over one value without building it; false when it is malformed. */
bool skip(Reader *r);
bool read_bytes(Reader *r, void *out, size_t len);
bool read_tag(Reader *r, enum tag *tag);
bool read_u32(Reader *r, uint32_t *n);
/** The bytes of a string or of bytes, after their tag. */
bool read_sized(Reader *r, Reader *bytes);
/** The next value if it is of that kind: the bytes of a string, or of bytes. */
bool read_as(Reader *r, enum tag tag, Reader *bytes);
bool read_int(Reader *r, int64_t *n);
/** One value, or NULL and an exception. */
PyObject *decode(Reader *r);
/** A value of its own: an encoded part of a request. */
PyObject *decode_part(Reader part);
PyObject *decode_text(Reader text);
