// Owns what the code that both packs share asks of this one: memory that the engine counts, and names as text.
#include "codec.h"

void *bytes_resize(void *block, size_t size)
{
    return js_realloc_rt(rt, block, size);
}

void bytes_free(void *block)
{
    js_free_rt(rt, block);
}

bool path_name(const Path *part, char *out, size_t cap)
{
    if (part->name == JS_ATOM_NULL)
        return false;
    const char *name = JS_AtomToCString(cx, part->name);
    *out = 0;
    strncat(out, name ? name : "", cap - 1);
    JS_FreeCString(cx, name);
    return true;
}
