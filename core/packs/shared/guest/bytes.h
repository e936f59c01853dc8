// Owns the layout of encoded values as the packs share it (../../javascript/README.md): tags, growing bytes, reading
// without building. Knows no values of an engine; those are in each pack's codec.h. Counts from outside are never trusted.
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

/** Levels of nesting that the recursion of a codec goes down to, whatever a request allows. */
#define DEPTH_MAX 1000u

/** Each pack's own: memory as its engine counts it; NULL where there is none. */
void *bytes_resize(void *block, size_t size);
void bytes_free(void *block);

/** Growing bytes. `failed` once memory ran out; everything written after that is dropped. */
typedef struct {
    uint8_t *bytes;
    size_t len, cap;
    bool failed;
} Writer;

/** Makes room for so many bytes and counts them as written; NULL when memory ran out. */
uint8_t *write_room(Writer *w, size_t len);
void write_bytes(Writer *w, const void *bytes, size_t len);
void write_tag(Writer *w, enum tag tag);
void write_sized(Writer *w, enum tag tag, const void *bytes, size_t len);
void write_count(Writer *w, enum tag tag, uint32_t count);
void write_int(Writer *w, int64_t n);
void write_float(Writer *w, double n);
void write_text(Writer *w, const char *text);
/** UTF-8 of at most `cap` bytes; what cannot stand in UTF-8, half surrogate pairs, becomes U+FFFD. */
void write_lossy(Writer *w, const char *text, size_t len, size_t cap);
void writer_free(Writer *w);

/** What a value that leaves may be at most; from the request. */
typedef struct {
    uint32_t depth;
    uint32_t bytes;
} Limits;

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
