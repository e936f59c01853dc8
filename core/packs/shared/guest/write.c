// Owns growing byte buffers and the layout of single values in them.
// Knows no values of an engine: that is each pack's encode.c.
#include "bytes.h"

static bool reserve(Writer *w, size_t more)
{
    if (w->failed)
        return false;
    if (more <= w->cap - w->len)
        return true;
    size_t cap = w->cap ? w->cap * 2 : 256;
    if (cap < w->len + more)
        cap = w->len + more;
    uint8_t *grown = bytes_resize(w->bytes, cap);
    if (!grown) {
        w->failed = true;
        return false;
    }
    w->bytes = grown;
    w->cap = cap;
    return true;
}

uint8_t *write_room(Writer *w, size_t len)
{
    if (!reserve(w, len))
        return NULL;
    w->len += len;
    return w->bytes + w->len - len;
}

void write_bytes(Writer *w, const void *bytes, size_t len)
{
    uint8_t *room = len ? write_room(w, len) : NULL;
    if (room)
        memcpy(room, bytes, len);
}

void write_tag(Writer *w, enum tag tag)
{
    write_bytes(w, &(uint8_t){ tag }, 1);
}

// WebAssembly is little endian, as the layout is.
void write_count(Writer *w, enum tag tag, uint32_t count)
{
    write_tag(w, tag);
    write_bytes(w, &count, sizeof count);
}

void write_sized(Writer *w, enum tag tag, const void *bytes, size_t len)
{
    write_count(w, tag, len);
    write_bytes(w, bytes, len);
}

void write_int(Writer *w, int64_t n)
{
    write_tag(w, TAG_INT);
    write_bytes(w, &n, sizeof n);
}

void write_float(Writer *w, double n)
{
    write_tag(w, TAG_FLOAT);
    write_bytes(w, &n, sizeof n);
}

void write_text(Writer *w, const char *text)
{
    write_sized(w, TAG_STRING, text, strlen(text));
}

void write_lossy(Writer *w, const char *text, size_t len, size_t cap)
{
    if (len > cap) {
        len = cap;
        while (len && ((uint8_t)text[len] & 0xc0) == 0x80)
            len--;
    }
    write_count(w, TAG_STRING, len);
    uint8_t *out = len ? write_room(w, len) : NULL;
    if (!out)
        return;
    memcpy(out, text, len);
    for (size_t i = 0; i + 2 < len; i++)
        if (out[i] == 0xed && out[i + 1] >= 0xa0)
            memcpy(out + i, "\xef\xbf\xbd", 3);
}

void writer_free(Writer *w)
{
    bytes_free(w->bytes);
    *w = (Writer){ 0 };
}
