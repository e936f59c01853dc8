// Owns how the place of a value inside another one is written: `$.a[3]["odd name"]`.
// Names come from the guest: they are shortened, and only their plain characters are kept as they are.
#include "codec.h"
#include <stdio.h>

#define NAME_MAX_BYTES 40

static bool is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c == '$';
}

static bool is_plain(const char *name)
{
    if (!is_letter(*name))
        return false;
    for (; *name; name++)
        if (!is_letter(*name) && !(*name >= '0' && *name <= '9'))
            return false;
    return true;
}

static size_t render_name(const char *name, char *out, size_t cap)
{
    if (is_plain(name) && strlen(name) <= NAME_MAX_BYTES)
        return snprintf(out, cap, ".%s", name);
    char kept[NAME_MAX_BYTES + 4];
    size_t len = 0;
    for (; *name && len < NAME_MAX_BYTES; name++) {
        bool shown = *name >= ' ' && *name < 0x7f && *name != '"' && *name != '\\';
        kept[len++] = shown ? *name : '?';
    }
    if (*name) {
        memcpy(kept + len, "...", 3);
        len += 3;
    }
    return snprintf(out, cap, "[\"%.*s\"]", (int)len, kept);
}

// A part of its own buffer, so that nesting does not go into the recursion's frames.
static size_t render_part(const Path *part, char *out, size_t cap)
{
    // Room for a byte more than is shown tells that there is more.
    char name[NAME_MAX_BYTES + 2];
    if (path_name(part, name, sizeof name))
        return render_name(name, out, cap);
    return snprintf(out, cap, part->key ? "[key %u]" : "[%u]", (unsigned)part->index);
}

void path_render(const Path *path, char *out, size_t cap)
{
    // Parts are known from the innermost outwards; the text is filled from its end.
    size_t at = cap - 1;
    out[at] = 0;
    for (; path; path = path->up) {
        char part[NAME_MAX_BYTES + 16];
        size_t len = render_part(path, part, sizeof part);
        if (len > at || at - len < 4) {
            at -= 3;
            memcpy(out + at, "...", 3);
            break;
        }
        at -= len;
        memcpy(out + at, part, len);
    }
    out[--at] = '$';
    memmove(out, out + at, cap - at);
}
