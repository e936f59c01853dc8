// Owns reading encoded values without building them: kinds, lengths, stepping over.
// Every count is compared with the bytes that are left.
#include "bytes.h"

bool read_bytes(Reader *r, void *out, size_t len)
{
    if ((size_t)(r->end - r->at) < len)
        return false;
    memcpy(out, r->at, len);
    r->at += len;
    return true;
}

bool read_tag(Reader *r, enum tag *tag)
{
    uint8_t byte;
    if (!read_bytes(r, &byte, 1) || byte > TAG_DATETIME)
        return false;
    *tag = byte;
    return true;
}

bool read_u32(Reader *r, uint32_t *n)
{
    return read_bytes(r, n, sizeof *n);
}

bool read_sized(Reader *r, Reader *bytes)
{
    uint32_t len;
    if (!read_u32(r, &len) || len > (size_t)(r->end - r->at))
        return false;
    *bytes = (Reader){ r->at, r->at + len };
    r->at += len;
    return true;
}

bool read_as(Reader *r, enum tag tag, Reader *bytes)
{
    enum tag found;
    return read_tag(r, &found) && found == tag && read_sized(r, bytes);
}

bool read_int(Reader *r, int64_t *n)
{
    enum tag tag;
    return read_tag(r, &tag) && tag == TAG_INT && read_bytes(r, n, sizeof *n);
}

static bool step(Reader *r, size_t len)
{
    if ((size_t)(r->end - r->at) < len)
        return false;
    r->at += len;
    return true;
}

static bool skip_one(Reader *r, enum tag tag, uint64_t *open)
{
    uint32_t count;
    Reader bytes;
    switch (tag) {
    case TAG_NULL:
    case TAG_FALSE:
    case TAG_TRUE:
        return true;
    case TAG_INT:
    case TAG_FLOAT:
        return step(r, 8);
    case TAG_DATETIME:
        return step(r, 10);
    case TAG_BIGINT:
        return step(r, 1) && read_sized(r, &bytes);
    case TAG_STRING:
    case TAG_BYTES:
        return read_sized(r, &bytes);
    case TAG_LIST:
    case TAG_MAP:
        if (!read_u32(r, &count))
            return false;
        *open += (uint64_t)count * (tag == TAG_MAP ? 2 : 1);
        return true;
    }
    return false;
}

bool skip(Reader *r)
{
    // How many values are still to come. Each takes a byte, so more than the bytes left is a lie.
    for (uint64_t open = 1; open; open--) {
        enum tag tag;
        if (open > (size_t)(r->end - r->at) || !read_tag(r, &tag) || !skip_one(r, tag, &open))
            return false;
    }
    return true;
}
