// Owns taking a request apart: finds the parts, checks their kinds, builds no values.
// A request that is not well formed is refused as a whole, before anything of it has an effect.
#include "request.h"

typedef enum { PART_TEXT, PART_SEED, PART_LIST, PART_MAP, PART_DEPTH, PART_BYTES, PART_STACK } PartKind;

typedef struct {
    const char *name;
    PartKind kind;
    size_t at; // of its Reader in Request
} Part;

static const Part parts[] = {
    { "op", PART_TEXT, offsetof(Request, op) },
    { "code", PART_TEXT, offsetof(Request, code) },
    { "file", PART_TEXT, offsetof(Request, file) },
    { "function", PART_TEXT, offsetof(Request, function) },
    { "seed", PART_SEED, offsetof(Request, seed) },
    { "stdin", PART_TEXT, offsetof(Request, typed) },
    { "inputs", PART_MAP, offsetof(Request, inputs) },
    { "args", PART_LIST, offsetof(Request, args) },
    { "kwargs", PART_MAP, offsetof(Request, kwargs) },
    { "path", PART_LIST, offsetof(Request, path) },
    { "host", PART_LIST, offsetof(Request, host) },
    { "env", PART_MAP, offsetof(Request, env) },
    { "argv", PART_LIST, offsetof(Request, argv) },
    { "maxDepth", PART_DEPTH, 0 },
    { "maxBytes", PART_BYTES, 0 },
    { "stack", PART_STACK, 0 },
};

bool is_text(Reader text, const char *word)
{
    size_t len = strlen(word);
    return text.at && (size_t)(text.end - text.at) == len && !memcmp(text.at, word, len);
}

static bool read_limit(Reader *r, uint32_t most, uint32_t *limit)
{
    int64_t n;
    if (!read_int(r, &n) || n < 0)
        return false;
    *limit = n < most ? n : most;
    return true;
}

static bool read_encoded(Reader *r, enum tag wanted, Reader *part)
{
    Reader start = *r, look = *r;
    enum tag tag;
    if (!read_tag(&look, &tag) || tag != wanted || !skip(r))
        return false;
    *part = (Reader){ start.at, r->at };
    return true;
}

static bool read_part(Reader *r, const Part *part, Request *request)
{
    Reader *place = (Reader *)((uint8_t *)request + part->at);
    switch (part->kind) {
    case PART_TEXT:
        return read_as(r, TAG_STRING, place);
    case PART_SEED:
        return read_as(r, TAG_BYTES, place) && place->end - place->at == 32;
    case PART_LIST:
        return read_encoded(r, TAG_LIST, place);
    case PART_MAP:
        return read_encoded(r, TAG_MAP, place);
    case PART_DEPTH:
        return read_limit(r, DEPTH_MAX, &request->limits.depth);
    case PART_BYTES:
        return read_limit(r, INT32_MAX, &request->limits.bytes);
    case PART_STACK:
        return read_limit(r, INT32_MAX, &request->stack);
    }
    return false;
}

static bool read_entry(Reader *r, Request *request)
{
    Reader name;
    if (!read_as(r, TAG_STRING, &name))
        return false;
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
        if (is_text(name, parts[i].name))
            return read_part(r, &parts[i], request);
    return skip(r);
}

bool request_parse(const uint8_t *bytes, size_t len, Request *request)
{
    Reader r = { bytes, bytes + len };
    enum tag tag;
    uint32_t count;
    *request = (Request){ .limits = { .depth = 128, .bytes = 64u << 20 }, .stack = STACK_USUAL };
    if (!read_tag(&r, &tag) || tag != TAG_MAP || !read_u32(&r, &count))
        return false;
    for (uint32_t i = 0; i < count; i++)
        if (!read_entry(&r, request))
            return false;
    bool runs = is_text(request->op, "run") && request->code.at;
    bool calls = is_text(request->op, "call") && request->function.at;
    return r.at == r.end && (runs || calls);
}
